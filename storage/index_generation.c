/*
 * Which generations of a partition there are. A partition of which nothing is
 * written has one, number 0, and receives nothing.
 */
#include "storage/index_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    VALUE_BYTES_MAX = 6 * 10 + INDEX_KEY_BYTES_MAX,
    HAS_BEGUN = 1,
    IS_COMPLETE = 2,
};

struct index_staging *index_staging_create(uint32_t generation)
{
    struct index_staging *staging = calloc(1, sizeof(*staging));

    if (staging == NULL) {
        (void)fputs("out of memory for the index\n", stderr);
        abort();
    }
    staging->generation = generation;
    buffer_init(&staging->last_key);
    return staging;
}

void index_staging_destroy(struct index_staging **staging_p)
{
    struct index_staging *staging = *staging_p;

    *staging_p = NULL;
    if (staging == NULL)
        return;
    buffer_deinit(&staging->last_key);
    free(staging);
}

static void start_key(struct index_key *key, uint32_t partition)
{
    struct index_place place = {
        .partition = INDEX_PARTITION_NONE,
        .local_generation = partition,
    };

    index_key_start(key, &place, INDEX_TABLE_GENERATIONS);
}

void index_put_generations(struct index *index, uint32_t partition)
{
    const struct index_partition *entry = &index->partitions[partition];
    const struct index_staging *staging = entry->staging;
    uint8_t memory[VALUE_BYTES_MAX];
    struct index_key key;
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    writer_varint(&writer, entry->generation);
    writer_varint(&writer, entry->oldest);
    writer_varint(&writer, entry->newest);
    writer_varint(&writer, staging == NULL ? 0 : staging->generation);
    if (staging != NULL) {
        writer_u8(&writer, (uint8_t)((staging->has_begun ? HAS_BEGUN : 0) |
                                     (staging->is_complete ? IS_COMPLETE : 0)));
        writer_varint(&writer, staging->index_max);
        writer_sized(&writer, buffer_bytes(&staging->last_key));
    }
    start_key(&key, partition);
    kv_batch_put(index->batch, index_key_bytes(&key), writer_bytes(&writer));
}

static void read_staging(struct reader *reader, uint32_t generation,
                         struct index_partition *entry)
{
    struct index_staging *staging = index_staging_create(generation);
    uint8_t flags = reader_u8(reader);

    staging->has_begun = (flags & HAS_BEGUN) != 0;
    staging->is_complete = (flags & IS_COMPLETE) != 0;
    staging->index_max = reader_varint(reader);
    buffer_put(&staging->last_key, reader_sized(reader, INDEX_KEY_BYTES_MAX));
    entry->staging = staging;
}

static bool read_value(struct bytes value, struct index_partition *entry)
{
    struct reader reader;
    uint64_t generation;
    uint64_t oldest;
    uint64_t newest;
    uint64_t received;

    reader_init(&reader, value);
    generation = reader_varint(&reader);
    oldest = reader_varint(&reader);
    newest = reader_varint(&reader);
    received = reader_varint(&reader);
    if (!reader_is_ok(&reader) || newest > UINT32_MAX || oldest > generation ||
        generation > newest || received > newest)
        return false;
    entry->generation = (uint32_t)generation;
    entry->oldest = (uint32_t)oldest;
    entry->newest = (uint32_t)newest;
    if (received != 0)
        read_staging(&reader, (uint32_t)received, entry);
    entry->is_purge_due = newest - oldest > (received != 0 ? 1 : 0);
    entry->purge_next = entry->oldest;
    return reader_is_finished(&reader);
}

/* Of which partition the entry under a cursor is. */
static enum dalv_status read_entry(struct index *index,
                                   const struct index_scan *scan)
{
    struct reader reader;
    uint32_t partition;

    reader_init(&reader, index_scan_rest(scan));
    partition = reader_u32_be(&reader);
    if (reader_u8(&reader) != INDEX_TABLE_GENERATIONS)
        return DALV_OK;
    if (!reader_is_finished(&reader) || partition >= index->partition_count ||
        !read_value(index_scan_value(scan), &index->partitions[partition]))
        return index_damaged(index);
    return DALV_OK;
}

enum dalv_status index_read_generations(struct index *index)
{
    struct index_key prefix;
    struct index_scan scan;
    enum dalv_status status;

    /* All of the map's own entries: the partition without a generation. */
    writer_init(&prefix.writer, prefix.memory, sizeof(prefix.memory));
    writer_u16_be(&prefix.writer, INDEX_PARTITION_NONE);
    status = index_scan_open(&scan, index, &prefix, NULL);
    while (status == DALV_OK && index_scan_is_at_entry(&scan)) {
        status = read_entry(index, &scan);
        index_scan_next(&scan);
    }
    return index_scan_close(&scan, status);
}
