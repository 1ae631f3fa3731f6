#include "tests/sim/held_logs.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

static const struct held_log *log_of(const struct held_logs *logs,
                                     uint32_t node, uint32_t partition)
{
    ASSERT(node < HELD_LOGS_NODES_MAX && partition < HELD_LOGS_PARTITIONS_MAX);
    return &logs->items[node][partition];
}

static struct held_log *change(struct held_logs *logs, uint32_t node,
                               uint32_t partition)
{
    ASSERT(node < HELD_LOGS_NODES_MAX && partition < HELD_LOGS_PARTITIONS_MAX);
    return &logs->items[node][partition];
}

static struct log_position end_of(const struct held_log *log)
{
    return log->count == 0 ? log->begin : log->places[log->count - 1];
}

struct log_position held_logs_end(const struct held_logs *logs, uint32_t node,
                                  uint32_t partition)
{
    return end_of(log_of(logs, node, partition));
}

struct log_position held_logs_at(const struct held_logs *logs, uint32_t node,
                                 uint32_t partition, uint64_t index)
{
    static const struct log_position none = {0};
    const struct held_log *log = log_of(logs, node, partition);

    if (index == log->begin.index)
        return log->begin;
    if (index < log->begin.index || index > end_of(log).index)
        return none;
    return log->places[index - log->begin.index - 1];
}

bool held_logs_reach(const struct held_logs *logs, uint32_t node,
                     uint32_t partition, struct log_position position)
{
    const struct held_log *log = log_of(logs, node, partition);

    return position.index <= log->begin.index ||
           log_position_equal(
               held_logs_at(logs, node, partition, position.index), position);
}

/* ---- Bytes ---- */

static struct held_entry **slot_of(struct held_logs *logs, uint32_t partition,
                                   uint64_t index)
{
    struct held_entries *entries = &logs->entries[partition];
    size_t capacity = entries->capacity;

    if (index >= capacity) {
        entries->capacity = 2 * (size_t)index + 64;
        entries->items = realloc(entries->items,
                                 entries->capacity * sizeof(*entries->items));
        ASSERT(entries->items != NULL);
        memset(entries->items + capacity, 0,
               (entries->capacity - capacity) * sizeof(*entries->items));
    }
    return &entries->items[index];
}

static const char *keep(struct held_logs *logs, const struct record *record)
{
    struct held_entry **slot =
        slot_of(logs, record->partition, record->position.index);
    struct held_entry *entry = *slot;

    while (entry != NULL && entry->position.epoch != record->position.epoch)
        entry = entry->next;
    if (entry != NULL)
        return log_position_equal(entry->position, record->position)
                   ? NULL
                   : "two masters wrote in one epoch";
    entry = malloc(sizeof(*entry) + record->payload.size);
    ASSERT(entry != NULL);
    entry->next = *slot;
    entry->type = record->type;
    entry->position = record->position;
    entry->size = record->payload.size;
    if (entry->size > 0)
        memcpy(entry->bytes, record->payload.data, entry->size);
    *slot = entry;
    return NULL;
}

bool held_logs_find(const struct held_logs *logs, uint32_t partition,
                    struct log_position position, struct record *out_record)
{
    const struct held_entries *entries = &logs->entries[partition];
    const struct held_entry *entry = position.index < entries->capacity
                                         ? entries->items[position.index]
                                         : NULL;

    while (entry != NULL && !log_position_equal(entry->position, position))
        entry = entry->next;
    if (entry == NULL)
        return false;
    *out_record = (struct record){
        .type = entry->type,
        .partition = partition,
        .position = position,
        .payload = bytes_make(entry->bytes, entry->size),
    };
    return true;
}

void held_logs_drop(struct held_logs *logs, uint32_t partition, uint64_t index)
{
    struct held_entry **slot = slot_of(logs, partition, index);

    while (*slot != NULL) {
        struct held_entry *entry = *slot;

        *slot = entry->next;
        free(entry);
    }
}

/* ---- Changes ---- */

const char *held_logs_put(struct held_logs *logs, uint32_t node,
                          const struct record *record)
{
    struct held_log *log = change(logs, node, record->partition);
    struct log_position end = end_of(log);

    if (record->position.index != end.index + 1 ||
        record->previous_crc != end.crc)
        return "a log goes on with an entry that does not follow";
    if (log->count == log->capacity) {
        log->capacity = 2 * log->capacity + 64;
        log->places =
            realloc(log->places, log->capacity * sizeof(*log->places));
        ASSERT(log->places != NULL);
    }
    log->places[log->count++] = record->position;
    return keep(logs, record);
}

void held_logs_cut(struct held_logs *logs, uint32_t node, uint32_t partition,
                   uint64_t index)
{
    struct held_log *log = change(logs, node, partition);

    while (log->count > 0 && log->places[log->count - 1].index > index)
        log->count--;
}

void held_logs_begin(struct held_logs *logs, uint32_t node, uint32_t partition,
                     struct log_position position)
{
    struct held_log *log = change(logs, node, partition);

    log->begin = position;
    log->count = 0;
}

void held_logs_set_aside(struct held_logs *logs, uint32_t node, uint32_t aside)
{
    static const struct log_position nothing = {0};

    for (uint32_t i = 0; i < HELD_LOGS_PARTITIONS_MAX; i++) {
        struct held_log log = logs->items[aside][i];

        logs->items[aside][i] = logs->items[node][i];
        logs->items[node][i] = log;
        held_logs_begin(logs, node, i, nothing);
    }
}

void held_logs_deinit(struct held_logs *logs)
{
    for (uint32_t i = 0; i < HELD_LOGS_PARTITIONS_MAX; i++) {
        struct held_entries *entries = &logs->entries[i];

        for (size_t index = 0; index < entries->capacity; index++)
            held_logs_drop(logs, i, index);
        free(entries->items);
        for (uint32_t node = 0; node < HELD_LOGS_NODES_MAX; node++)
            free(logs->items[node][i].places);
    }
}
