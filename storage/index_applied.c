/*
 * How far a partition's records are applied.
 *
 * The record of a user's state leaves its place and time in `changed`, so the
 * newest entry there tells how far the partition has come, and no entry has to
 * be written for it. It is noted under `applied` only
 *
 * - when the last record of a commit has no entry in `changed`;
 * - each INDEX_APPLIED_EVERY records, so that an opening looks at few entries;
 * - at every commit of a snapshot that is received: its pages were read one
 *   after the other, so `changed` may be ahead of what is applied.
 *
 * What is applied is the later of the two. A snapshot is adopted only when it
 * has passed all that its pages told, and its place was noted then.
 */
#include "storage/index_internal.h"

enum dalv_status index_read_applied(struct index *index,
                                    const struct index_place *place,
                                    struct index_progress *out_progress)
{
    struct index_applied_value applied;
    struct index_key key;
    struct bytes value;
    enum dalv_status status;

    *out_progress = (struct index_progress){0};
    index_key_start(&key, place, INDEX_TABLE_APPLIED);
    status = index_get(index, &key, &value);
    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status != DALV_OK)
        return status;
    if (!index_value_read_applied(value, &applied))
        return index_damaged(index);
    out_progress->applied = applied.position;
    out_progress->collected = applied.position;
    out_progress->time_us = applied.time_us;
    out_progress->noted_index = applied.position.index;
    return DALV_OK;
}

static enum dalv_status take_changed(struct index *index,
                                     const struct index_scan *scan,
                                     struct index_progress *progress)
{
    struct index_changed_value changed;
    struct reader reader;
    uint64_t log_index;

    reader_init(&reader, index_scan_rest(scan));
    log_index = reader_u64_be(&reader);
    if (!reader_is_finished(&reader) ||
        !index_value_read_changed(index_scan_value(scan), &changed))
        return index_damaged(index);
    progress->applied = (struct log_position){
        .epoch = changed.epoch, .index = log_index, .crc = changed.crc};
    progress->collected = progress->applied;
    progress->time_us = changed.time_us;
    return DALV_OK;
}

enum dalv_status index_read_changed(struct index *index,
                                    const struct index_place *place,
                                    struct index_progress *progress)
{
    struct index_key prefix;
    struct index_key from;
    struct index_scan scan;
    enum dalv_status status;

    index_key_start(&prefix, place, INDEX_TABLE_CHANGED);
    index_key_start(&from, place, INDEX_TABLE_CHANGED);
    writer_u64_be(&from.writer, progress->noted_index + 1);
    status = index_scan_open(&scan, index, &prefix, &from);
    while (status == DALV_OK && index_scan_is_at_entry(&scan)) {
        status = take_changed(index, &scan, progress);
        index_scan_next(&scan);
    }
    return index_scan_close(&scan, status);
}

void index_put_applied(struct index *index, const struct index_place *place,
                       struct index_progress *progress)
{
    const struct index_applied_value applied = {
        .position = progress->collected,
        .time_us = progress->time_us,
    };
    uint8_t memory[INDEX_VALUE_HEAD_MAX];
    struct index_key key;
    struct writer writer;

    index_key_start(&key, place, INDEX_TABLE_APPLIED);
    writer_init(&writer, memory, sizeof(memory));
    index_value_put_applied(&writer, &applied);
    kv_batch_put(index->batch, index_key_bytes(&key), writer_bytes(&writer));
    progress->noted_index = applied.position.index;
}
