/*
 * Invariants
 *
 * 1. `collected` begins with room for a header; what is behind it are records
 *    that `state` has taken, and they fit the rest of `current`. So the STATE
 *    that a new segment begins with, which is written only while nothing is
 *    collected, is exactly what stands before it.
 * 2. Every batch before `next_sequence` is synced.
 * 3. `poison` is set by the first failure and never reset.
 */
#include "storage/commit_log_internal.h"

#include "base/assert.h"
#include "base/crc32c.h"
#include "storage/batch.h"

enum {
    /* STATE is written in batches of about this size. */
    STATE_BATCH_BYTES = 1 << 20,
    STATE_RECORD_MAX = RECORD_HEADER_BYTES + LOG_STATE_PAYLOAD_MAX,
};

static enum dalv_status fail(struct commit_log *log, enum dalv_status status)
{
    if (status != DALV_OK && log->poison == DALV_OK)
        log->poison = status;
    return status;
}

/* --- Batches --- */

static void put_zeros(struct buffer *buffer, size_t size)
{
    static const uint8_t zeros[BATCH_ALIGNMENT];

    ASSERT(size <= sizeof(zeros));
    buffer_put(buffer, bytes_make(zeros, size));
}

void commit_log_clear_collected(struct commit_log *log)
{
    buffer_clear(&log->collected);
    put_zeros(&log->collected, BATCH_HEADER_BYTES);
    log->collected_count = 0;
}

/* Where a batch goes. */
struct place {
    struct segment *segment;
    uint32_t segment_bytes;
    uint32_t *offset; /* Moved behind the batch. */
};

/* They may read it from now on, while it is synced. */
static void tell_readers(struct commit_log *log, const struct place *place,
                         uint32_t body_size)
{
    struct log_place written = {
        .segment = place->segment->number,
        .offset = *place->offset,
    };

    log_catalog_take(
        log->catalog, written,
        bytes_make(log->collected.data + BATCH_HEADER_BYTES, body_size),
        &log->state);
}

/* Write what is collected as one batch; the sync is the caller's. */
static enum dalv_status write_batch(struct commit_log *log,
                                    const struct place *place, uint16_t flags)
{
    uint32_t body_size = (uint32_t)(log->collected.size - BATCH_HEADER_BYTES);
    struct batch batch = {
        .flags = flags,
        .record_count = log->collected_count,
        .sequence = log->next_sequence,
        .log_id = log->log_id,
        .segment = place->segment->number,
        .segment_bytes = place->segment_bytes,
        .offset = *place->offset,
        .body_size = body_size,
        .previous_crc = log->previous_crc,
    };
    uint32_t size = (uint32_t)batch_bytes(body_size);
    enum dalv_status status;

    if (log->is_uncertain)
        batch.flags |= BATCH_IS_UNCERTAIN;
    ASSERT(*place->offset + (uint64_t)size <= place->segment_bytes);
    batch.body_crc =
        crc32c(bytes_make(log->collected.data + BATCH_HEADER_BYTES, body_size));
    batch_encode(&batch, log->collected.data);
    put_zeros(&log->collected, size - log->collected.size);
    status = file_write(place->segment->file, *place->offset,
                        buffer_bytes(&log->collected));
    if (status != DALV_OK)
        return fail(log, status);
    if ((flags & BATCH_IS_STATE) == 0 && log->collected_count > 0)
        tell_readers(log, place, body_size);
    *place->offset += size;
    log->next_sequence++;
    log->previous_crc = batch.crc;
    log->is_sealed = log->collected_count == 0;
    commit_log_clear_collected(log);
    return DALV_OK;
}

enum dalv_status commit_log_write_batch(struct commit_log *log)
{
    struct place place = {
        .segment = &log->current,
        .segment_bytes = log->segment_bytes,
        .offset = &log->offset,
    };

    return write_batch(log, &place, 0);
}

/* --- Segments --- */

/* The file in the making, filled up to `bytes`. */
static enum dalv_status fill_next(struct commit_log *log, uint32_t number,
                                  uint32_t bytes)
{
    enum dalv_status status = DALV_OK;

    if (log->next.file == NULL)
        status =
            segment_begin(log->options.files, log->folder, number, &log->next);
    if (status == DALV_OK)
        status = segment_fill(&log->next, bytes);
    return fail(log, status);
}

/* The STATE of all partitions, in as many batches as it takes. */
static enum dalv_status write_state(struct commit_log *log,
                                    const struct place *place)
{
    uint8_t payload[LOG_STATE_PAYLOAD_MAX];
    uint8_t memory[STATE_RECORD_MAX];
    enum dalv_status status = DALV_OK;

    for (uint32_t i = 0; i < log->state.partition_count; i++) {
        struct record record;
        struct writer writer;

        if (log_state_is_zero(&log->state, i))
            continue;
        if (log->collected.size > STATE_BATCH_BYTES)
            status =
                write_batch(log, place, BATCH_IS_STATE | BATCH_HAS_MORE_STATE);
        if (status != DALV_OK)
            return status;
        record = log_state_record(&log->state, i, payload);
        writer_init(&writer, memory, sizeof(memory));
        status = record_encode(&record, &writer);
        ASSERT(status == DALV_OK);
        buffer_put(&log->collected, writer_bytes(&writer));
        log->collected_count++;
    }
    return write_batch(log, place, BATCH_IS_STATE);
}

/* Bytes that the STATE of a new segment takes at most. */
static uint64_t state_bytes_max(const struct commit_log *log)
{
    uint64_t bytes = 0;
    uint64_t batches;

    for (uint32_t i = 0; i < log->state.partition_count; i++) {
        if (!log_state_is_zero(&log->state, i))
            bytes += log_state_record_bytes(&log->state, i);
    }
    batches = bytes / STATE_BATCH_BYTES + 1;
    if (batches == 1)
        return batch_bytes((uint32_t)bytes);
    return bytes + batches * (BATCH_HEADER_BYTES + (uint64_t)BATCH_ALIGNMENT);
}

enum dalv_status commit_log_enter(struct commit_log *log, uint32_t number)
{
    uint32_t offset = 0;
    struct place place = {
        .segment = &log->next,
        .segment_bytes = log->options.segment_bytes,
        .offset = &offset,
    };
    enum dalv_status status;

    ASSERT(log->collected_count == 0);
    if (state_bytes_max(log) + batch_bytes(0) > place.segment_bytes)
        return fail(log, DALV_TOO_BIG);
    status = fill_next(log, number, place.segment_bytes);
    if (status == DALV_OK)
        status = write_state(log, &place);
    if (status == DALV_OK)
        status = fail(
            log, segment_publish(&log->next, log->options.files, log->folder));
    if (status != DALV_OK)
        return status;
    log->old_bytes += log->current.file == NULL ? 0 : log->segment_bytes;
    segment_close(&log->current);
    log->current = log->next;
    log->next = (struct segment){0};
    log->segment_bytes = place.segment_bytes;
    log->offset = offset;
    /* Rot in a STATE is never mistaken for a crash: it needs no seal. */
    log->is_sealed = true;
    log_state_enter(&log->state, number);
    return DALV_OK;
}

/* --- Appending --- */

/* The last page of a segment is kept for a seal, which then needs no space. */
static bool fits(uint64_t offset, size_t body_size, uint32_t segment_bytes)
{
    return body_size <= BATCH_BODY_MAX &&
           offset + batch_bytes((uint32_t)body_size) + batch_bytes(0) <=
               segment_bytes;
}

static size_t collected_bytes(const struct commit_log *log)
{
    return log->collected.size - BATCH_HEADER_BYTES;
}

/* After this a batch of so many bytes fits behind what is collected. */
static enum dalv_status make_room(struct commit_log *log, size_t size)
{
    enum dalv_status status;

    if (fits(log->offset, collected_bytes(log) + size, log->segment_bytes))
        return DALV_OK;
    /* The STATE of a new segment may not grow by what is collected. */
    status = commit_log_sync(log);
    if (status != DALV_OK || fits(log->offset, size, log->segment_bytes))
        return status;
    if (!fits(state_bytes_max(log), size, log->options.segment_bytes))
        return DALV_TOO_BIG;
    return commit_log_enter(log, log->current.number + 1);
}

enum dalv_status commit_log_append(struct commit_log *log, struct bytes records,
                                   size_t record_count)
{
    enum dalv_status status = log->poison;
    struct reader reader;
    struct record record;

    ASSERT(record_count > 0);
    if (status == DALV_OK)
        status = make_room(log, records.size);
    if (status != DALV_OK)
        return status;
    reader_init(&reader, records);
    for (size_t i = 0; i < record_count; i++) {
        status = record_decode_unchecked(&reader, &record);
        ASSERT(status == DALV_OK && record.type != RECORD_STATE);
        status = log_state_take(&log->state, &record);
        ASSERT(status == DALV_OK);
    }
    ASSERT(reader_is_finished(&reader));
    buffer_put(&log->collected, records);
    log->collected_count += (uint32_t)record_count;
    return DALV_OK;
}

size_t commit_log_append_max(const struct commit_log *log)
{
    uint64_t used = state_bytes_max(log) + batch_bytes(0) + BATCH_HEADER_BYTES;
    uint64_t rest;

    if (used >= log->options.segment_bytes)
        return 0;
    rest = log->options.segment_bytes - used;
    return rest < BATCH_BODY_MAX ? (size_t)rest : BATCH_BODY_MAX;
}

/* Write what is collected, be it nothing, and sync it. */
static enum dalv_status commit(struct commit_log *log)
{
    enum dalv_status status = commit_log_write_batch(log);

    return status == DALV_OK ? fail(log, file_sync(log->current.file)) : status;
}

enum dalv_status commit_log_sync(struct commit_log *log)
{
    if (log->poison != DALV_OK || log->collected_count == 0)
        return log->poison;
    return commit(log);
}

enum dalv_status commit_log_seal(struct commit_log *log)
{
    enum dalv_status status = commit_log_sync(log);

    if (status != DALV_OK || log->is_sealed)
        return status;
    return commit(log);
}

enum dalv_status commit_log_prepare(struct commit_log *log, uint32_t bytes)
{
    uint32_t target = log->options.segment_bytes;

    if (log->poison != DALV_OK)
        return log->poison;
    if (log->next.size < target && target - log->next.size > bytes)
        target = log->next.size + bytes;
    return fill_next(log, log->current.number + 1, target);
}

enum dalv_status commit_log_turn(struct commit_log *log)
{
    enum dalv_status status = commit_log_sync(log);

    return status == DALV_OK ? commit_log_enter(log, log->current.number + 1)
                             : status;
}

/* --- Queries --- */

const struct log_partition *commit_log_partition(const struct commit_log *log,
                                                 uint32_t partition)
{
    ASSERT(partition < log->state.partition_count);
    return &log->state.partitions[partition];
}

struct log_position commit_log_end(const struct commit_log *log,
                                   uint32_t partition)
{
    return commit_log_partition(log, partition)->end;
}

uint64_t commit_log_bytes(const struct commit_log *log)
{
    return log->old_bytes + log->segment_bytes;
}

enum dalv_status commit_log_poison(const struct commit_log *log)
{
    return log->poison;
}

bool commit_log_is_uncertain(const struct commit_log *log)
{
    return log->is_uncertain;
}

void commit_log_set_certain(struct commit_log *log)
{
    /* The last batch says otherwise: the log is not closed by it. */
    if (log->is_uncertain)
        log->is_sealed = false;
    log->is_uncertain = false;
    log_state_set_certain(&log->state);
}
