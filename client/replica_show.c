#include "base/assert.h"
#include "base/buffer.h"
#include "client/replica_internal.h"

/*
 * Keys are shown before elements, so that an element meets the list that it
 * belongs to. Everything is collected in one batch: it may be large, but only
 * so can no transaction be seen in part.
 */
struct showing {
    struct replica *replica;
    replica_told *told;
    void *owner;
    uint64_t key_count;

    /* The list whose elements are being shown. */
    struct buffer key;
    struct key_value list; /* Its state as it will be; not a list: none. */
    bool is_list_staged;
    bool is_list_newer; /* An element changed after it. */
};

static void tell(struct showing *showing, struct bytes key)
{
    if (showing->told != NULL)
        showing->told(showing->owner, key);
}

struct purging {
    struct replica *replica;
    uint64_t generation_kept;
};

static enum dalv_status purge_element(void *owner, struct bytes name,
                                      const struct change *change)
{
    struct purging *purging = owner;

    if (change->element.generation != purging->generation_kept)
        kv_batch_delete(purging->replica->batch, name);
    return DALV_OK;
}

/* The list that was under the key ended: its elements go with it. */
static enum dalv_status purge_list(struct replica *replica, struct bytes key,
                                   uint64_t generation_kept)
{
    struct purging purging = {.replica = replica,
                              .generation_kept = generation_kept};
    struct replica_name prefix;
    struct replica_walk walk = {.visitor = purge_element, .owner = &purging};

    replica_name_elements(&prefix, REPLICA_SHOWN, key);
    walk.prefix = replica_name_bytes(&prefix);
    return replica_walk(replica, &walk);
}

static enum dalv_status show_key(void *owner, struct bytes name,
                                 const struct change *change)
{
    struct showing *showing = owner;
    struct replica *replica = showing->replica;
    struct replica_name shown;
    struct change before = {.type = CHANGE_KEY};
    enum dalv_status status;

    replica_name_of(&shown, REPLICA_SHOWN, change);
    status = replica_find(replica, &shown, &before);
    if (status != DALV_OK && status != DALV_NOT_FOUND)
        return status;
    if (before.state.kind != KEY_NONE)
        showing->key_count--;
    if (change->state.kind == KEY_NONE) {
        kv_batch_delete(replica->batch, replica_name_bytes(&shown));
    } else {
        showing->key_count++;
        replica_put(replica, REPLICA_SHOWN, change);
    }
    kv_batch_delete(replica->batch, name);
    tell(showing, change->key);
    replica->has_lost_parts |= key_state_is_in_parts(&before.state);
    if (before.state.kind == KEY_LIST &&
        before.state.generation != change->state.generation)
        return purge_list(replica, change->key, change->state.generation);
    return DALV_OK;
}

/* The list as it will be once its elements are in it. */
static void end_list(struct showing *showing)
{
    const struct change change = {.type = CHANGE_KEY,
                                  .key = buffer_bytes(&showing->key),
                                  .state = showing->list.state};

    if (showing->key.size == 0)
        return;
    if (showing->is_list_newer)
        replica_put(showing->replica, REPLICA_SHOWN, &change);
    if (!showing->is_list_staged)
        tell(showing, change.key);
}

static enum dalv_status begin_list(struct showing *showing, struct bytes key)
{
    struct replica *replica = showing->replica;
    enum dalv_status status;

    end_list(showing);
    buffer_clear(&showing->key);
    buffer_put(&showing->key, key);
    key_value_clear(&showing->list);
    showing->is_list_newer = false;
    status = replica_get_state(replica, REPLICA_STAGED, key, &showing->list);
    showing->is_list_staged = status == DALV_OK;
    if (status == DALV_NOT_FOUND)
        status = replica_get_state(replica, REPLICA_SHOWN, key, &showing->list);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static void note_newer(struct showing *showing, const struct change *change)
{
    struct key_state *list = &showing->list.state;

    if (change->element.revision <= list->revision)
        return;
    list->revision = change->element.revision;
    list->writer = change->writer;
    list->time_us = change->time_us;
    showing->is_list_newer = true;
}

static enum dalv_status show_element(void *owner, struct bytes name,
                                     const struct change *change)
{
    struct showing *showing = owner;
    struct replica *replica = showing->replica;
    struct replica_name shown;
    bool is_of_list;

    if (!bytes_equal(buffer_bytes(&showing->key), change->key)) {
        enum dalv_status status = begin_list(showing, change->key);

        if (status != DALV_OK)
            return status;
    }
    is_of_list = showing->list.state.kind == KEY_LIST &&
                 showing->list.state.generation == change->element.generation;
    replica_name_of(&shown, REPLICA_SHOWN, change);
    if (is_of_list && !change->element.is_removed)
        replica_put(replica, REPLICA_SHOWN, change);
    else
        kv_batch_delete(replica->batch, replica_name_bytes(&shown));
    if (is_of_list)
        note_newer(showing, change);
    kv_batch_delete(replica->batch, name);
    return DALV_OK;
}

static enum dalv_status show_set(struct showing *showing, bool is_elements)
{
    struct replica_name all;
    struct replica_walk walk = {.owner = showing};

    replica_name_all(&all, REPLICA_STAGED, is_elements);
    walk.prefix = replica_name_bytes(&all);
    walk.visitor = is_elements ? show_element : show_key;
    return replica_walk(showing->replica, &walk);
}

static enum dalv_status finish(struct showing *showing,
                               const struct replica_state *state,
                               struct bytes settlement)
{
    struct replica *replica = showing->replica;
    struct replica_state shown = *state;
    uint8_t memory[REPLICA_STATE_BYTES];
    struct writer writer;
    enum dalv_status status;

    shown.key_count = showing->key_count;
    writer_init(&writer, memory, sizeof(memory));
    replica_state_write(&shown, &writer);
    ASSERT(writer_is_ok(&writer));
    kv_batch_put(replica->batch, bytes_from_text("m"), writer_bytes(&writer));
    kv_batch_put(replica->batch, bytes_from_text("o"), settlement);
    kv_batch_delete(replica->batch, bytes_from_text("n"));
    status = replica_write(replica, /* is_synced= */ true);
    if (status == DALV_OK)
        replica->state = shown;
    return status;
}

enum dalv_status replica_show(struct replica *replica,
                              const struct replica_state *state,
                              struct bytes settlement, replica_told *told,
                              void *owner)
{
    struct showing showing = {.replica = replica,
                              .told = told,
                              .owner = owner,
                              .key_count = replica->state.key_count};
    enum dalv_status status;

    buffer_init(&showing.key);
    key_value_init(&showing.list);
    status = show_set(&showing, /* is_elements= */ false);
    if (status == DALV_OK)
        status = show_set(&showing, /* is_elements= */ true);
    if (status == DALV_OK) {
        end_list(&showing);
        status = finish(&showing, state, settlement);
    } else {
        kv_batch_clear(replica->batch);
    }
    buffer_deinit(&showing.key);
    key_value_deinit(&showing.list);
    return status;
}

bool replica_take_lost_parts(struct replica *replica)
{
    bool has_lost_parts = replica->has_lost_parts;

    replica->has_lost_parts = false;
    return has_lost_parts;
}
