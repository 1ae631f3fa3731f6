/*
 * Invariants
 *
 * 1. A partition's places are in the order of `first_index`, and of the file.
 * 2. The live entry with an index stands in the run of the last place whose
 *    `first_index` is not above it.
 *
 * Cut entries stay in the file. They are never found: they are at or above the
 * `first_index` of the place that begins where the chain went on, or, until it
 * does, above the end.
 */
#include "storage/log_catalog.h"

#include "base/assert.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct place {
    uint64_t first_index;
    struct log_place at;
};

struct partition {
    struct log_extent extent;
    uint64_t next_index; /* Behind the last entry met. */
    struct place *places;
    size_t count;
    size_t capacity;
};

struct log_catalog {
    pthread_mutex_t mutex;
    struct partition *partitions;
    uint32_t partition_count;
    struct log_tail tail;
    size_t places_max;
    uint32_t segment;      /* The one that is filled, ... */
    size_t segment_places; /* ... and how many places it has. */
};

static void lock(struct log_catalog *catalog)
{
    ASSERT(pthread_mutex_lock(&catalog->mutex) == 0);
}

static void unlock(struct log_catalog *catalog)
{
    ASSERT(pthread_mutex_unlock(&catalog->mutex) == 0);
}

struct log_catalog *log_catalog_create(
    const struct log_catalog_options *options)
{
    struct log_catalog *catalog = calloc(1, sizeof(*catalog));

    ASSERT(catalog != NULL);
    ASSERT(pthread_mutex_init(&catalog->mutex, NULL) == 0);
    catalog->partition_count = options->partition_count;
    catalog->places_max = options->places_max;
    catalog->partitions =
        calloc(options->partition_count, sizeof(*catalog->partitions));
    ASSERT(catalog->partitions != NULL);
    log_tail_init(&catalog->tail, options->tail_bytes);
    return catalog;
}

void log_catalog_destroy(struct log_catalog **catalog_p)
{
    struct log_catalog *catalog = *catalog_p;

    *catalog_p = NULL;
    if (catalog == NULL)
        return;
    for (uint32_t i = 0; i < catalog->partition_count; i++)
        free(catalog->partitions[i].places);
    free(catalog->partitions);
    log_tail_deinit(&catalog->tail);
    ASSERT(pthread_mutex_destroy(&catalog->mutex) == 0);
    free(catalog);
}

/* --- Moving it --- */

static bool needs_place(const struct log_catalog *catalog,
                        const struct partition *partition, uint64_t index,
                        struct log_place at)
{
    const struct place *last;

    if (partition->count == 0 || index != partition->next_index)
        return true;
    last = &partition->places[partition->count - 1];
    if (last->at.segment != at.segment)
        return true;
    if (last->at.offset == at.offset)
        return false;
    return catalog->segment_places < catalog->places_max ||
           at.offset - last->at.offset >= LOG_CATALOG_RUN_BYTES;
}

static void put_place(struct partition *partition, uint64_t index,
                      struct log_place at)
{
    if (partition->count == partition->capacity) {
        size_t capacity =
            partition->capacity == 0 ? 4 : partition->capacity * 2;

        partition->places =
            realloc(partition->places, capacity * sizeof(*partition->places));
        ASSERT(partition->places != NULL);
        partition->capacity = capacity;
    }
    partition->places[partition->count++] =
        (struct place){.first_index = index, .at = at};
}

static void take_entry(struct log_catalog *catalog, const struct record *record,
                       struct log_place at)
{
    struct partition *partition = &catalog->partitions[record->partition];
    uint64_t index = record->position.index;

    if (needs_place(catalog, partition, index, at)) {
        while (partition->count > 0 &&
               partition->places[partition->count - 1].first_index >= index)
            partition->count--;
        put_place(partition, index, at);
        catalog->segment_places++;
    }
    partition->next_index = index + 1;
}

static void copy_extent(struct log_catalog *catalog, uint32_t partition,
                        const struct log_state *state)
{
    catalog->partitions[partition].extent = (struct log_extent){
        .start = state->partitions[partition].start,
        .end = state->partitions[partition].end,
    };
}

void log_catalog_take(struct log_catalog *catalog, struct log_place place,
                      struct bytes body, const struct log_state *state)
{
    struct reader reader;
    struct record record;

    lock(catalog);
    if (catalog->segment != place.segment) {
        catalog->segment = place.segment;
        catalog->segment_places = 0;
    }
    reader_init(&reader, body);
    while (reader.rest.size > 0 &&
           record_decode_unchecked(&reader, &record) == DALV_OK) {
        if (record.partition >= catalog->partition_count)
            continue;
        if (record_is_entry(record.type))
            take_entry(catalog, &record, place);
        copy_extent(catalog, record.partition, state);
    }
    if (body.size > 0)
        log_tail_put(&catalog->tail, place, body);
    unlock(catalog);
}

void log_catalog_settle(struct log_catalog *catalog,
                        const struct log_state *state)
{
    lock(catalog);
    for (uint32_t i = 0; i < catalog->partition_count; i++)
        copy_extent(catalog, i, state);
    unlock(catalog);
}

static void drop_places(struct partition *partition, uint32_t first_segment)
{
    size_t gone = 0;

    while (gone < partition->count &&
           partition->places[gone].at.segment < first_segment)
        gone++;
    if (gone == 0)
        return;
    partition->count -= gone;
    memmove(partition->places, partition->places + gone,
            partition->count * sizeof(*partition->places));
    if (partition->count > 0)
        return;
    free(partition->places);
    partition->places = NULL;
    partition->capacity = 0;
}

void log_catalog_release(struct log_catalog *catalog, uint32_t first_segment,
                         const struct log_state *state)
{
    lock(catalog);
    for (uint32_t i = 0; i < catalog->partition_count; i++) {
        drop_places(&catalog->partitions[i], first_segment);
        copy_extent(catalog, i, state);
    }
    unlock(catalog);
}

/* --- Asking it --- */

struct log_extent log_catalog_extent(struct log_catalog *catalog,
                                     uint32_t partition)
{
    struct log_extent extent;

    ASSERT(partition < catalog->partition_count);
    lock(catalog);
    extent = catalog->partitions[partition].extent;
    unlock(catalog);
    return extent;
}

/* The number of places whose `first_index` is not above `index`. */
static size_t count_up_to(const struct partition *partition, uint64_t index)
{
    size_t low = 0;
    size_t high = partition->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (partition->places[middle].first_index <= index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool find(const struct partition *partition, uint64_t index,
                 struct log_run *out_run)
{
    const struct log_extent *extent = &partition->extent;
    size_t count = count_up_to(partition, index);

    if (index <= extent->start.index || index > extent->end.index || count == 0)
        return false;
    out_run->place = partition->places[count - 1].at;
    out_run->first_index = partition->places[count - 1].first_index;
    out_run->index_limit = extent->end.index + 1;
    if (count < partition->count &&
        partition->places[count].first_index < out_run->index_limit)
        out_run->index_limit = partition->places[count].first_index;
    return true;
}

bool log_catalog_find(struct log_catalog *catalog, uint32_t partition,
                      uint64_t index, struct log_run *out_run)
{
    bool is_found;

    ASSERT(partition < catalog->partition_count);
    lock(catalog);
    is_found = find(&catalog->partitions[partition], index, out_run);
    unlock(catalog);
    return is_found;
}

struct log_block *log_catalog_hold(struct log_catalog *catalog,
                                   struct log_place place)
{
    struct log_block *block;

    lock(catalog);
    block = log_tail_hold(&catalog->tail, place);
    unlock(catalog);
    return block;
}

void log_catalog_drop(struct log_catalog *catalog, struct log_block **block_p)
{
    lock(catalog);
    log_block_drop(block_p);
    unlock(catalog);
}
