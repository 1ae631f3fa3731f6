#include "client/ledger_table.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "client/ledger_entry.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_MIN = 64,
    PUSHES_MAX = 1 << 20, /* Numbers given and not settled. */
    /* What the largest transaction takes once it is decoded. */
    SCRATCH_BYTES =
        BOUNDS_TRANSACTION_OPERATIONS_MAX * 2 * sizeof(struct operation) +
        (BOUNDS_TRANSACTION_BYTES_MAX / TRANSACTION_DOT_BYTES + 1) *
            sizeof(struct dot) +
        (1 << 16),
};

enum dalv_status ledger_table_init(struct ledger_table *table)
{
    *table = (struct ledger_table){.position = {.local_id_next = 1}};
    table->slots = calloc(SLOTS_MIN, sizeof(*table->slots));
    table->receipts = calloc(LEDGER_RECEIPTS_MAX, sizeof(*table->receipts));
    table->scratch_block = malloc(SCRATCH_BYTES);
    if (table->slots == NULL || table->receipts == NULL ||
        table->scratch_block == NULL) {
        ledger_table_deinit(table);
        return DALV_NO_MEMORY;
    }
    map_init(&table->by_id, table->slots, SLOTS_MIN);
    arena_init(&table->scratch, table->scratch_block, SCRATCH_BYTES);
    return DALV_OK;
}

static void destroy_all(struct ledger_entries *entries)
{
    struct ledger_entry *entry = entries->first;

    while (entry != NULL) {
        struct ledger_entry *next = entry->next;

        ledger_entry_destroy(&entry);
        entry = next;
    }
}

void ledger_table_deinit(struct ledger_table *table)
{
    destroy_all(&table->pending);
    destroy_all(&table->losses);
    free(table->user_memory);
    free(table->slots);
    free(table->pushed);
    free(table->receipts);
    free(table->scratch_block);
    *table = (struct ledger_table){0};
}

static void append(struct ledger_entries *entries, struct ledger_entry *entry)
{
    entry->next = NULL;
    if (entries->last == NULL)
        entries->first = entry;
    else
        entries->last->next = entry;
    entries->last = entry;
    entries->count++;
}

static bool is_pending(const struct ledger_entry *entry)
{
    return entry->draft.state == LEDGER_PENDING ||
           entry->draft.state == LEDGER_CONFLICT;
}

static struct ledger_entries *list_of(struct ledger_table *table,
                                      const struct ledger_entry *entry)
{
    return is_pending(entry) ? &table->pending : &table->losses;
}

/* Puts `entry`, or nothing if it is NULL, into the place of `old`. */
static void replace(struct ledger_entries *entries, struct ledger_entry *old,
                    struct ledger_entry *entry)
{
    struct ledger_entry **link_p = &entries->first;
    struct ledger_entry *before = NULL;

    while (*link_p != old) {
        ASSERT(*link_p != NULL);
        before = *link_p;
        link_p = &before->next;
    }
    if (entry == NULL) {
        *link_p = old->next;
        entries->count--;
    } else {
        entry->next = old->next;
        *link_p = entry;
        before = entry;
    }
    if (entries->last == old)
        entries->last = before;
}

static enum dalv_status grow(struct ledger_table *table)
{
    size_t count = table->by_id.slot_count * 2;
    struct map_slot *slots = calloc(count, sizeof(*slots));
    struct map grown;
    struct ledger_entry *entry;
    size_t cursor = 0;

    if (slots == NULL)
        return DALV_NO_MEMORY;
    map_init(&grown, slots, count);
    while ((entry = map_next(&table->by_id, &cursor)) != NULL)
        map_put(&grown, entry->draft.local_id, entry);
    free(table->slots);
    table->slots = slots;
    table->by_id = grown;
    return DALV_OK;
}

static enum dalv_status grow_pushed(struct ledger_table *table, size_t count)
{
    size_t capacity = table->pushed_capacity * 2;
    struct ledger_entry **pushed;

    if (count <= table->pushed_capacity)
        return DALV_OK;
    if (capacity < count)
        capacity = count + SLOTS_MIN;
    pushed = realloc(table->pushed, capacity * sizeof(struct ledger_entry *));
    if (pushed == NULL)
        return DALV_NO_MEMORY;
    table->pushed = pushed;
    table->pushed_capacity = capacity;
    return DALV_OK;
}

/* Numbers are contiguous: the next one is at most one beyond the last. */
static bool is_number_sound(const struct ledger_table *table, uint64_t number)
{
    return number > table->position.settled &&
           number - table->position.settled <= PUSHES_MAX;
}

static enum dalv_status enter_push(struct ledger_table *table,
                                   struct ledger_entry *entry)
{
    uint64_t number = entry->draft.push_number;
    size_t place = (size_t)(number - table->position.settled - 1);
    enum dalv_status status = grow_pushed(table, place + 1);

    if (status != DALV_OK)
        return status;
    while (table->pushed_count <= place)
        table->pushed[table->pushed_count++] = NULL;
    table->pushed[place] = entry;
    return DALV_OK;
}

static void leave_push(struct ledger_table *table, struct ledger_entry *entry)
{
    uint64_t number = entry->draft.push_number;

    if (number > table->position.settled &&
        number - table->position.settled <= table->pushed_count)
        table->pushed[number - table->position.settled - 1] = NULL;
    while (table->pushed_count > 0 &&
           table->pushed[table->pushed_count - 1] == NULL)
        table->pushed_count--;
    entry->draft.push_number = 0;
    entry->draft.sent = (struct bytes){0};
}

static void remove_entry(struct ledger_table *table, struct ledger_entry *entry)
{
    leave_push(table, entry);
    (void)map_remove(&table->by_id, entry->draft.local_id);
    replace(list_of(table, entry), entry, NULL);
    ledger_entry_destroy(&entry);
}

static void remember(struct ledger_table *table,
                     const struct ledger_receipt *receipt)
{
    table->receipts[table->receipt_count % LEDGER_RECEIPTS_MAX] = *receipt;
    table->receipt_count++;
}

/* From one list to the other, or in place if it belongs where it is. */
static void set_state(struct ledger_table *table, struct ledger_entry *entry,
                      enum ledger_state state, enum dalv_status reason)
{
    struct ledger_entries *from = list_of(table, entry);
    struct ledger_entries *to;

    entry->draft.state = state;
    entry->draft.reason = reason;
    to = list_of(table, entry);
    if (from == to)
        return;
    replace(from, entry, NULL);
    append(to, entry);
}

static enum dalv_status take_identity(struct ledger_table *table,
                                      const struct ledger_identity *identity)
{
    bool is_other = memcmp(table->identity.install.bytes,
                           identity->install.bytes, INSTALL_ID_BYTES) != 0 ||
                    (table->identity.device != 0 &&
                     table->identity.device != identity->device);
    uint8_t *user = malloc(identity->user.size + 1);

    if (user == NULL)
        return DALV_NO_MEMORY;
    if (identity->user.size > 0)
        memcpy(user, identity->user.data, identity->user.size);
    free(table->user_memory);
    table->user_memory = user;
    table->identity = *identity;
    table->identity.user = bytes_make(user, identity->user.size);
    if (!is_other)
        return DALV_OK;
    for (struct ledger_entry *entry = table->pending.first; entry != NULL;
         entry = entry->next)
        leave_push(table, entry);
    table->position.settled = 0;
    table->position.chain = 0;
    return DALV_OK;
}

static enum dalv_status enter(struct ledger_table *table,
                              struct ledger_entry *entry,
                              const struct ledger_entry *old)
{
    if (old == NULL && map_is_full(&table->by_id)) {
        enum dalv_status status = grow(table);

        if (status != DALV_OK)
            return status;
    }
    if (entry->draft.push_number != 0) {
        enum dalv_status status = enter_push(table, entry);

        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

static void put_in_list(struct ledger_table *table, struct ledger_entry *entry,
                        struct ledger_entry *old)
{
    if (old != NULL && list_of(table, old) == list_of(table, entry)) {
        replace(list_of(table, entry), old, entry);
    } else {
        if (old != NULL)
            replace(list_of(table, old), old, NULL);
        append(list_of(table, entry), entry);
    }
    if (old != NULL)
        (void)map_remove(&table->by_id, old->draft.local_id);
    map_put(&table->by_id, entry->draft.local_id, entry);
    if (entry->draft.local_id >= table->position.local_id_next)
        table->position.local_id_next = entry->draft.local_id + 1;
}

static enum dalv_status take_entry(struct ledger_table *table,
                                   const struct ledger_draft *draft)
{
    struct ledger_entry *old =
        map_get(&table->by_id,
                draft->replaces != 0 ? draft->replaces : draft->local_id);
    struct ledger_entry *entry = NULL;
    enum dalv_status status;

    if (draft->local_id == 0 || (draft->push_number != 0 &&
                                 !is_number_sound(table, draft->push_number)))
        return DALV_DAMAGED;
    status = ledger_entry_create(draft, &table->scratch, &entry);
    if (status != DALV_OK)
        return status;
    if (entry->transaction.local_id != draft->local_id) {
        ledger_entry_destroy(&entry);
        return DALV_DAMAGED;
    }
    if (old != NULL)
        leave_push(table, old);
    status = enter(table, entry, old);
    if (status != DALV_OK) {
        ledger_entry_destroy(&entry);
        return status;
    }
    entry->draft.replaces = 0;
    put_in_list(table, entry, old);
    ledger_entry_destroy(&old);
    return DALV_OK;
}

/* The bytes that went out differ from its own: it is made anew with them. */
static enum dalv_status take_numbered(struct ledger_table *table,
                                      const struct ledger_numbered *numbered)
{
    struct ledger_entry *entry = map_get(&table->by_id, numbered->local_id);
    struct ledger_draft draft;

    if (entry == NULL || entry->draft.state != LEDGER_PENDING ||
        !is_number_sound(table, numbered->push_number))
        return DALV_DAMAGED;
    draft = entry->draft;
    draft.push_number = numbered->push_number;
    draft.sent = numbered->sent;
    if (draft.sent.size > 0)
        return take_entry(table, &draft);
    leave_push(table, entry);
    entry->draft.push_number = numbered->push_number;
    return enter_push(table, entry);
}

static struct ledger_entry *pushed_at(const struct ledger_table *table,
                                      uint64_t number)
{
    if (number <= table->position.settled ||
        number - table->position.settled > table->pushed_count)
        return NULL;
    return table->pushed[number - table->position.settled - 1];
}

static void take_outcome(struct ledger_table *table,
                         const struct outcome *outcome)
{
    struct ledger_entry *entry = pushed_at(table, outcome->push_number);

    /* A number that was taken back meanwhile has no entry any more. */
    if (entry == NULL)
        return;
    if (outcome->result != OUTCOME_REFUSED) {
        struct ledger_receipt receipt = {.local_id = entry->draft.local_id,
                                         .revision = outcome->revision,
                                         .is_merged =
                                             outcome->result == OUTCOME_MERGED};

        remember(table, &receipt);
        remove_entry(table, entry);
        return;
    }
    leave_push(table, entry);
    entry->draft.operation = outcome->operation;
    if (outcome->status == DALV_CONFLICT)
        set_state(table, entry, LEDGER_CONFLICT, DALV_CONFLICT);
    else if (outcome->status != DALV_WAITS)
        set_state(table, entry, LEDGER_DEAD, outcome->status);
}

/* What has no outcome of its own was applied. */
static enum dalv_status take_settled(struct ledger_table *table,
                                     const struct ledger_settled *settled)
{
    uint64_t before = table->position.settled;
    size_t count;

    if (settled->settled < before)
        return DALV_DAMAGED;
    for (uint64_t number = before + 1; number <= settled->settled; number++) {
        struct ledger_entry *entry = pushed_at(table, number);
        struct outcome outcome = {.push_number = number,
                                  .result = OUTCOME_APPLIED};

        if (entry != NULL)
            take_outcome(table, &outcome);
        if (table->pushed_count == 0)
            break;
    }
    count = settled->settled - before < table->pushed_count
                ? (size_t)(settled->settled - before)
                : table->pushed_count;
    table->pushed_count -= count;
    if (table->pushed_count > 0)
        memmove(table->pushed, table->pushed + count,
                table->pushed_count * sizeof(struct ledger_entry *));
    table->position.settled = settled->settled;
    table->position.chain = settled->chain;
    return DALV_OK;
}

static enum dalv_status take_dropped(struct ledger_table *table,
                                     uint64_t local_id)
{
    struct ledger_entry *entry = map_get(&table->by_id, local_id);

    if (entry == NULL)
        return DALV_DAMAGED;
    remove_entry(table, entry);
    return DALV_OK;
}

enum dalv_status ledger_table_take(struct ledger_table *table,
                                   const struct ledger_part *part)
{
    switch (part->type) {
    case LEDGER_PART_IDENTITY:
        return take_identity(table, &part->identity);
    case LEDGER_PART_POSITION:
        table->position = part->position;
        return DALV_OK;
    case LEDGER_PART_ENTRY:
        return take_entry(table, &part->entry);
    case LEDGER_PART_NUMBERED:
        return take_numbered(table, &part->numbered);
    case LEDGER_PART_OUTCOME:
        take_outcome(table, &part->outcome);
        return DALV_OK;
    case LEDGER_PART_SETTLED:
        return take_settled(table, &part->settled);
    case LEDGER_PART_DROPPED:
        return take_dropped(table, part->dropped);
    case LEDGER_PART_OFFERED:
        table->position.offered_history_id = part->offered;
        return DALV_OK;
    case LEDGER_PART_RECEIPT:
        remember(table, &part->receipt);
        return DALV_OK;
    }
    return DALV_UNSUPPORTED;
}
