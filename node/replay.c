#include "node/replay.h"

#include "storage/user_record.h"

#include <stdlib.h>

enum {
    ARENA_BYTES = 16 << 20,
};

enum dalv_status replay_init(struct replay *replay, struct index *index)
{
    *replay = (struct replay){.index = index, .block = malloc(ARENA_BYTES)};
    if (replay->block == NULL)
        return DALV_NO_MEMORY;
    arena_init(&replay->arena, replay->block, ARENA_BYTES);
    log_entries_init(&replay->entries);
    return DALV_OK;
}

void replay_deinit(struct replay *replay)
{
    log_entries_deinit(&replay->entries);
    free(replay->block);
    *replay = (struct replay){0};
}

enum dalv_status replay_commit(struct replay *replay)
{
    replay->uncommitted = 0;
    replay->uncommitted_bytes = 0;
    return index_commit(replay->index);
}

/* Of a record without user data; 0 if it has none. */
static uint64_t time_of(const struct record *record)
{
    struct reader reader;

    if (record->type != RECORD_EPOCH_START)
        return 0;
    reader_init(&reader, record->payload);
    return reader_u64(&reader); /* Replication's words follow it. */
}

enum dalv_status replay_record(void *owner, const struct record *record)
{
    struct replay *replay = owner;
    struct user_record decoded;
    enum dalv_status status;

    if (!record_is_entry(record->type))
        return DALV_OK;
    arena_clear(&replay->arena);
    if (record->type == RECORD_DATA) {
        status = user_record_decode(record->payload, &replay->arena, &decoded);
        if (status != DALV_OK)
            return status;
        index_apply(replay->index, record->partition, record->position,
                    &decoded);
    } else {
        index_skip(replay->index, record->partition, record->position,
                   time_of(record));
    }
    replay->count++;
    replay->uncommitted_bytes += record->payload.size;
    if (++replay->uncommitted < REPLAY_COMMIT_EVERY &&
        replay->uncommitted_bytes < REPLAY_COMMIT_BYTES)
        return DALV_OK;
    return replay_commit(replay);
}

static enum dalv_status apply_piece(struct replay *replay)
{
    enum dalv_status status = DALV_OK;
    struct reader reader;
    struct record record;

    reader_init(&reader, buffer_bytes(&replay->entries.records));
    while (status == DALV_OK && reader.rest.size > 0) {
        status = record_decode_unchecked(&reader, &record);
        if (status == DALV_OK)
            status = replay_record(replay, &record);
    }
    /* What came before a bad one is good, and written with what follows. */
    return status;
}

enum dalv_status replay_step(struct replay *replay, struct log_reader *reader,
                             const struct replay_goal *goal, bool *out_is_done)
{
    const struct log_range range = {
        .partition = goal->partition,
        .after = index_reached(replay->index, goal->partition),
        .index_max = goal->index_max,
        .bytes_max = REPLAY_PIECE_BYTES,
    };
    enum dalv_status status = DALV_OK;

    *out_is_done = range.after.index >= goal->index_max;
    if (*out_is_done)
        return DALV_OK;
    status = log_reader_read(reader, &range, &replay->entries);
    if (status == DALV_OK)
        status = apply_piece(replay);
    *out_is_done = replay->entries.count == 0 ||
                   replay->entries.last.index >= goal->index_max;
    return status;
}
