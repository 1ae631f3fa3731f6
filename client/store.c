#include "client/store.h"

#include "client/store_internal.h"
#include "client/store_large.h"
#include "model/user_id.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US UINT64_C(86400000000)

static enum dalv_status lock_folder(struct store *store)
{
    char path[FILES_PATH_MAX];
    enum dalv_status status = files_make_folder(store->files, store->folder);

    if (status == DALV_OK)
        status = files_path(store->folder, "lock", path);
    if (status == DALV_OK)
        status = files_lock(store->files, path, &store->lock);
    return status;
}

/* A new store becomes the user's; an old one must be. */
static enum dalv_status claim(struct store *store, struct bytes user)
{
    const struct ledger_identity *known = ledger_identity(store->ledger);
    struct ledger_part part = {.type = LEDGER_PART_IDENTITY,
                               .identity = {.user = user}};
    enum dalv_status status;

    if (known->user.size > 0)
        return user.size == 0 || bytes_equal(known->user, user) ? DALV_OK
                                                                : DALV_INVALID;
    if (user_id_check(user) != DALV_OK)
        return DALV_INVALID;
    store->random(store->random_owner, part.identity.install.bytes,
                  INSTALL_ID_BYTES);
    status = ledger_put(store->ledger, &part);
    return status == DALV_OK ? ledger_commit(store->ledger) : status;
}

static enum dalv_status open_kv(struct store *store,
                                struct store_report *report)
{
    char path[FILES_PATH_MAX];
    struct kv_options options = {.path = path};
    enum dalv_status status = files_path(store->folder, "replica", path);

    if (status != DALV_OK)
        return status;
    store->is_kv_owned = true;
    status = kv_open_leveldb(&options, &store->kv);
    if (status == DALV_OK)
        status = replica_open(store->kv, &store->replica);
    if (status != DALV_DAMAGED)
        return status;
    /* It holds nothing that a sync does not bring again. */
    kv_close(&store->kv);
    report->is_replica_rebuilt = true;
    status = kv_destroy_leveldb(path);
    if (status == DALV_OK)
        status = kv_open_leveldb(&options, &store->kv);
    if (status == DALV_OK)
        status = replica_open(store->kv, &store->replica);
    return status;
}

static enum dalv_status open_replica(struct store *store, struct kv *kv,
                                     struct store_report *report)
{
    if (kv == NULL)
        return open_kv(store, report);
    store->kv = kv;
    return replica_open(kv, &store->replica);
}

/*
 * The replica came to disk with a settlement, and then power failed before the
 * journal let go of what was settled: it does so now.
 */
static enum dalv_status finish_settling(struct store *store)
{
    const struct replica_state *state = replica_state(store->replica);
    struct buffer parts;
    struct reader reader;
    struct ledger_part part;
    enum dalv_status status;

    if (state->identity != store_identity(store) ||
        state->settled <= ledger_position(store->ledger)->settled)
        return DALV_OK;
    buffer_init(&parts);
    status = replica_settlement(store->replica, &parts);
    reader_init(&reader, buffer_bytes(&parts));
    while (status == DALV_OK) {
        status = ledger_part_read(&reader, &part);
        if (status == DALV_OK)
            status = ledger_put(store->ledger, &part);
    }
    if (status == DALV_NOT_FOUND)
        status = ledger_commit(store->ledger);
    else
        ledger_cancel(store->ledger);
    buffer_deinit(&parts);
    return status;
}

/* A lost record may have held a number that later ones follow. */
static bool has_gap(const struct ledger *ledger)
{
    uint64_t last = ledger_push_last(ledger);
    uint64_t number = ledger_position(ledger)->settled + 1;

    for (; number <= last; number++) {
        if (ledger_pushed(ledger, number) == NULL)
            return true;
    }
    return false;
}

static enum dalv_status open_parts(struct store *store,
                                   const struct store_options *options,
                                   struct store_report *report)
{
    enum dalv_status status = lock_folder(store);

    if (status == DALV_OK)
        status = parts_folder_init(&store->large, store->files, store->folder);
    if (status == DALV_OK)
        status = ledger_open(store->files, store->folder, &store->ledger);
    if (status != DALV_OK)
        return status;
    report->journal = *ledger_report(store->ledger);
    status = claim(store, options->user);
    if (status == DALV_OK && has_gap(store->ledger))
        status = store_renew_identity(store);
    if (status == DALV_OK && report->journal.damaged_bytes > 0)
        status = DALV_DAMAGED;
    if (status == DALV_OK)
        status = open_replica(store, options->kv, report);
    if (status == DALV_OK)
        status = finish_settling(store);
    if (status == DALV_OK)
        status = store_sweep_large(store, /* is_opening= */ true);
    return status;
}

enum dalv_status store_open(const struct store_options *options,
                            struct store_report *out_report,
                            struct store **out_store)
{
    struct store *store = calloc(1, sizeof(*store));
    enum dalv_status status;

    *out_report = (struct store_report){0};
    if (store == NULL)
        return DALV_NO_MEMORY;
    store->files = options->files;
    store->random = options->random;
    store->random_owner = options->random_owner;
    buffer_init(&store->put_large);
    if (strlen(options->folder) < sizeof(store->folder)) {
        memcpy(store->folder, options->folder, strlen(options->folder) + 1);
        status = open_parts(store, options, out_report);
    } else {
        status = DALV_TOO_BIG;
    }
    if (status != DALV_OK) {
        store_close(&store);
        return status;
    }
    *out_store = store;
    return DALV_OK;
}

void store_close(struct store **store_p)
{
    struct store *store = *store_p;

    if (store == NULL)
        return;
    *store_p = NULL;
    replica_close(&store->replica);
    if (store->is_kv_owned)
        kv_close(&store->kv);
    ledger_close(&store->ledger);
    file_close(&store->lock);
    buffer_deinit(&store->put_large);
    free(store);
}

struct ledger *store_ledger(struct store *store)
{
    return store->ledger;
}

struct replica *store_replica(struct store *store)
{
    return store->replica;
}

enum dalv_status store_receipt(struct store *store, uint64_t local_id,
                               struct store_receipt *out_receipt)
{
    const struct ledger_entry *entry = ledger_find(store->ledger, local_id);
    struct store_receipt receipt = {.reason = DALV_OK};
    struct ledger_receipt settled;

    if (entry == NULL) {
        if (!ledger_receipt(store->ledger, local_id, &settled))
            return DALV_NOT_FOUND;
        receipt.state = STORE_DURABLE;
        receipt.revision = settled.revision;
    } else {
        receipt.reason = entry->draft.reason;
        if (entry->draft.state == LEDGER_DEAD ||
            entry->draft.state == LEDGER_LOST)
            receipt.state = STORE_REFUSED;
        else
            receipt.state =
                entry->draft.push_number != 0 ? STORE_PUSHED : STORE_LOCAL;
    }
    *out_receipt = receipt;
    return DALV_OK;
}

static uint64_t count_state(const struct ledger_entries *entries,
                            enum ledger_state state)
{
    uint64_t count = 0;
    const struct ledger_entry *entry = entries->first;

    for (; entry != NULL; entry = entry->next)
        count += entry->draft.state == state;
    return count;
}

struct store_status store_status(struct store *store)
{
    const struct replica_state *replica = replica_state(store->replica);
    const struct ledger_entries *pending = ledger_pending(store->ledger);

    return (struct store_status){
        .device = ledger_identity(store->ledger)->device,
        .cursor = replica->cursor,
        .pending_count = pending->count,
        .conflict_count = count_state(pending, LEDGER_CONFLICT),
        .dead_count = count_state(ledger_losses(store->ledger), LEDGER_DEAD),
        .key_count = replica->key_count,
    };
}

static enum dalv_status put_dropped(struct store *store, uint64_t local_id)
{
    struct ledger_part part = {.type = LEDGER_PART_DROPPED,
                               .dropped = local_id};

    return ledger_put(store->ledger, &part);
}

enum dalv_status store_discard(struct store *store, uint64_t local_id)
{
    const struct ledger_entry *entry = ledger_find(store->ledger, local_id);
    enum dalv_status status;

    if (entry == NULL || entry->draft.state != LEDGER_DEAD)
        return DALV_NOT_FOUND;
    status = put_dropped(store, local_id);
    if (status == DALV_OK)
        status = ledger_commit(store->ledger);
    store->is_sweep_due = true;
    return status == DALV_OK ? store_sweep_large(store, /* is_opening= */ false)
                             : status;
}

enum dalv_status store_prune(struct store *store, uint64_t now_us)
{
    const struct ledger_entries *losses = ledger_losses(store->ledger);
    const struct ledger_entry *entry = losses->first;
    uint64_t lost = count_state(losses, LEDGER_LOST);
    enum dalv_status status = DALV_OK;

    for (; status == DALV_OK && entry != NULL; entry = entry->next) {
        bool is_old = entry->draft.time_us + STORE_LOST_DAYS * DAY_US < now_us;

        if (entry->draft.state != LEDGER_LOST ||
            (!is_old && lost <= LEDGER_LOST_MAX))
            continue;
        status = put_dropped(store, entry->draft.local_id);
        store->is_sweep_due = true;
        lost--;
    }
    if (status != DALV_OK) {
        ledger_cancel(store->ledger);
        return status;
    }
    status = ledger_commit(store->ledger);
    if (status == DALV_OK)
        status = store_sweep_large(store, /* is_opening= */ false);
    return status == DALV_OK ? ledger_compact(store->ledger) : status;
}
