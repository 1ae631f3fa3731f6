#include "storage/index.h"

#include "base/assert.h"
#include "storage/index_apply.h"
#include "storage/index_internal.h"

#include <stdio.h>
#include <stdlib.h>

static void *take_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        (void)fputs("out of memory for the index\n", stderr);
        abort();
    }
    return memory;
}

struct index_place index_place_of_partition(const struct index *index,
                                            uint32_t partition)
{
    ASSERT(partition < index->partition_count);
    return (struct index_place){
        .partition = (uint16_t)partition,
        .local_generation = index->partitions[partition].generation,
    };
}

static bool is_staged(const struct index_partition *entry)
{
    return entry->staging != NULL && entry->staging->is_complete;
}

struct index_place index_target_place(const struct index *index,
                                      uint32_t partition)
{
    const struct index_partition *entry = &index->partitions[partition];
    struct index_place place = index_place_of_partition(index, partition);

    if (is_staged(entry))
        place.local_generation = entry->staging->generation;
    return place;
}

struct index_progress *index_target(const struct index *index,
                                    uint32_t partition)
{
    struct index_partition *entry = &index->partitions[partition];

    ASSERT(partition < index->partition_count);
    return is_staged(entry) ? &entry->staging->progress : &entry->progress;
}

struct index_place index_place_of(const struct index *index,
                                  const struct index_scope *scope)
{
    struct index_place place =
        index_place_of_partition(index, scope->partition);

    place.user = scope->user;
    place.history_id = scope->history_id;
    return place;
}

enum dalv_status index_damaged(struct index *index)
{
    if (index->kv->poison == DALV_OK)
        index->kv->poison = DALV_DAMAGED;
    return index->kv->poison;
}

enum dalv_status index_get(struct index *index, const struct index_key *key,
                           struct bytes *out_value)
{
    enum dalv_status status =
        kv_get(index->kv, index_key_bytes(key), &index->value);

    if (status == DALV_OK)
        *out_value = buffer_bytes(&index->value);
    return status;
}

static void format_key(struct index_key *key)
{
    struct index_place place = {.partition = INDEX_PARTITION_NONE};

    index_key_start(key, &place, INDEX_TABLE_FORMAT);
}

static enum dalv_status write_format(struct index *index)
{
    uint8_t memory[2 * sizeof(uint32_t)];
    struct index_key key;
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    writer_u32(&writer, INDEX_FORMAT_VERSION);
    writer_u32(&writer, index->partition_count);
    format_key(&key);
    kv_batch_clear(index->batch);
    kv_batch_put(index->batch, index_key_bytes(&key), writer_bytes(&writer));
    return kv_write(index->kv, index->batch, /* is_synced= */ false);
}

static enum dalv_status check_format(struct index *index, struct bytes value)
{
    struct reader reader;
    uint32_t version;
    uint32_t partition_count;

    reader_init(&reader, value);
    version = reader_u32(&reader);
    if (reader_is_ok(&reader) && version > INDEX_FORMAT_VERSION)
        return DALV_UNSUPPORTED;
    partition_count = reader_u32(&reader);
    if (!reader_is_finished(&reader) || version == 0)
        return index_damaged(index);
    if (version < INDEX_FORMAT_VERSION)
        return DALV_REBASE;
    return partition_count == index->partition_count ? DALV_OK : DALV_INVALID;
}

static enum dalv_status is_empty(struct index *index, bool *out_is_empty)
{
    struct kv_cursor *cursor = NULL;
    enum dalv_status status = kv_cursor_open(index->kv, &cursor);
    bool is_nothing;

    if (status != DALV_OK)
        return status;
    kv_cursor_seek(cursor, (struct bytes){0});
    is_nothing = !kv_cursor_is_valid(cursor);
    status = kv_cursor_close(&cursor);
    if (status == DALV_OK)
        *out_is_empty = is_nothing;
    return status;
}

static enum dalv_status open_format(struct index *index)
{
    struct index_key key;
    struct bytes value;
    enum dalv_status status;
    bool is_new = false;

    format_key(&key);
    status = index_get(index, &key, &value);
    if (status == DALV_OK)
        return check_format(index, value);
    if (status == DALV_NOT_FOUND)
        status = is_empty(index, &is_new);
    if (status != DALV_OK)
        return status;
    return is_new ? write_format(index) : index_damaged(index);
}

static enum dalv_status read_progress(struct index *index, uint32_t partition)
{
    struct index_partition *entry = &index->partitions[partition];
    struct index_place place = index_place_of_partition(index, partition);
    enum dalv_status status =
        index_read_applied(index, &place, &entry->progress);

    if (status == DALV_OK)
        status = index_read_changed(index, &place, &entry->progress);
    if (status != DALV_OK || entry->staging == NULL)
        return status;
    place.local_generation = entry->staging->generation;
    return index_read_applied(index, &place, &entry->staging->progress);
}

enum dalv_status index_open(struct kv *kv, uint32_t partition_count,
                            struct index **out_index)
{
    struct index *index = take_memory(1, sizeof(*index));
    enum dalv_status status;

    ASSERT(partition_count > 0 && partition_count <= INDEX_PARTITIONS_MAX);
    index->kv = kv;
    index->partition_count = partition_count;
    index->request_bytes_max = index_requests_bytes_max(partition_count);
    index->partitions =
        take_memory(partition_count, sizeof(index->partitions[0]));
    index->touched = take_memory(partition_count, sizeof(index->touched[0]));
    index->batch = kv_batch_create();
    buffer_init(&index->value);
    buffer_init(&index->purged);

    status = open_format(index);
    if (status == DALV_OK)
        status = index_read_generations(index);
    for (uint32_t i = 0; status == DALV_OK && i < partition_count; i++)
        status = read_progress(index, i);
    kv_batch_clear(index->batch);
    if (status == DALV_OK)
        *out_index = index;
    else
        index_close(&index);
    return status;
}

void index_close(struct index **index_p)
{
    struct index *index = *index_p;

    if (index == NULL)
        return;
    kv_batch_destroy(&index->batch);
    buffer_deinit(&index->value);
    buffer_deinit(&index->purged);
    for (uint32_t i = 0; i < index->partition_count; i++) {
        index_staging_destroy(&index->partitions[i].staging);
        index_requests_forget(index, i);
    }
    free(index->touched);
    free(index->partitions);
    free(index);
    *index_p = NULL;
}

struct log_position index_applied(const struct index *index, uint32_t partition)
{
    ASSERT(partition < index->partition_count);
    return index->partitions[partition].progress.applied;
}

struct log_position index_reached(const struct index *index, uint32_t partition)
{
    return index_target(index, partition)->collected;
}

enum dalv_status index_poison(const struct index *index)
{
    return index->kv->poison;
}

uint64_t index_time_us(const struct index *index, uint32_t partition)
{
    ASSERT(partition < index->partition_count);
    return index->partitions[partition].progress.time_us;
}

static void collect(struct index *index, uint32_t partition,
                    struct log_position position, uint64_t time_us)
{
    struct index_progress *progress = index_target(index, partition);

    ASSERT(position.index == progress->collected.index + 1);
    ASSERT(position.epoch >= progress->collected.epoch);
    progress->collected = position;
    if (progress->time_us < time_us)
        progress->time_us = time_us;
    if (progress->is_collected)
        return;
    progress->is_collected = true;
    index->touched[index->touched_count++] = partition;
}

/* Only a record of a user's state has an entry in `changed`. */
static void note(struct index *index, uint32_t partition,
                 const struct user_record *record)
{
    struct index_progress *progress = index_target(index, partition);

    progress->is_told = false;
    for (size_t i = 0; i < record->effect_count; i++) {
        const struct effect *effect = &record->effects[i];

        if (effect->type == EFFECT_USER)
            progress->is_told = true;
        if (effect->type == EFFECT_REQUEST)
            index_note_request(index, partition, &effect->request.id);
    }
}

static void on_put(void *owner, struct bytes key, struct bytes head,
                   struct bytes tail)
{
    kv_batch_put_joined(owner, key, head, tail);
}

static void on_drop(void *owner, struct bytes key)
{
    kv_batch_delete(owner, key);
}

void index_apply(struct index *index, uint32_t partition,
                 struct log_position position, const struct user_record *record)
{
    struct index_origin origin = {
        .partition = (uint16_t)partition,
        .local_generation =
            index_target_place(index, partition).local_generation,
        .position = position,
    };
    struct index_sink sink = {
        .put = on_put, .drop = on_drop, .owner = index->batch};

    collect(index, partition, position, record->time_us);
    note(index, partition, record);
    origin.time_us = index_target(index, partition)->time_us;
    index_apply_record(record, &origin, &sink);
}

void index_skip(struct index *index, uint32_t partition,
                struct log_position position, uint64_t time_us)
{
    collect(index, partition, position, time_us);
    index_target(index, partition)->is_told = false;
}

/* Nothing but the rest of a snapshot stands in `changed` ahead of it. */
static void put_progress(struct index *index, uint32_t partition)
{
    struct index_place place = index_target_place(index, partition);
    struct index_progress *progress = index_target(index, partition);
    uint64_t untold = progress->collected.index - progress->noted_index;

    if (is_staged(&index->partitions[partition]) || !progress->is_told ||
        untold >= INDEX_APPLIED_EVERY)
        index_put_applied(index, &place, progress);
}

enum dalv_status index_commit(struct index *index)
{
    enum dalv_status status;

    if (index->touched_count == 0)
        return index->kv->poison;
    for (size_t i = 0; i < index->touched_count; i++)
        put_progress(index, index->touched[i]);
    /* Each partition goes on by itself from where it is. */
    status = kv_write_apart(index->kv, index->batch, INDEX_PARTITION_BYTES);
    if (status != DALV_OK)
        return status;
    for (size_t i = 0; i < index->touched_count; i++) {
        struct index_progress *progress =
            index_target(index, index->touched[i]);

        progress->applied = progress->collected;
        progress->is_collected = false;
    }
    index->touched_count = 0;
    kv_batch_clear(index->batch);
    return DALV_OK;
}

enum dalv_status index_checkpoint(struct index *index)
{
    ASSERT(index->touched_count == 0);
    return kv_flush(index->kv);
}
