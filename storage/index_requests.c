/*
 * Which request ids a partition may have.
 *
 * Nearly every write asks in vain whether its request id is there, and what is
 * not there is the most work to find: through LevelDB's memtable and all levels
 * of tables. So of each partition a filter is kept in memory (Bloom, with all
 * bits of an id in one word): what it has never seen is not there, what it may
 * have seen is looked up.
 *
 *              first id asked for
 *     unknown --------------------> known
 *        ^     (ids are read from     | more ids than it is made for,
 *        |      `request age`)        | another generation is read
 *        +----------------------------+
 *
 * It is empty until it is needed, and then as large as what is read into it. A
 * partition with more than half of IDS_MAX stays unknown for a while: each of
 * its ids is looked up. So does one for which nothing is left of what all
 * filters may take together.
 */
#include "base/hash.h"
#include "storage/index_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    IDS_AT_START = 256,
    IDS_MAX = 32 << 10,
    WORD_BITS = 64,
    BITS_PER_ID = 16,
    PROBES = 5, /* Bits that each id sets in its word. */
    PROBE_SHIFT = 6,
    BYTES_MAX = 64 << 20, /* Of all partitions: of 1024 that are full. */
};

static size_t bytes_of(size_t capacity)
{
    return capacity * BITS_PER_ID / 8;
}

size_t index_requests_bytes_max(uint32_t partition_count)
{
    size_t bytes = partition_count * bytes_of(IDS_MAX);

    return bytes < BYTES_MAX ? bytes : BYTES_MAX;
}

static size_t word_count(const struct index_requests *requests)
{
    return requests->capacity / (WORD_BITS / BITS_PER_ID);
}

/* The upper half of the hash says which word, the lower which bits of it. */
static uint64_t *word_of(const struct index_requests *requests, uint64_t hash)
{
    return &requests->words[(hash >> 32) % word_count(requests)];
}

static uint64_t bits_of(uint64_t hash)
{
    uint64_t bits = 0;

    for (int i = 0; i < PROBES; i++) {
        bits |= UINT64_C(1) << (hash % WORD_BITS);
        hash >>= PROBE_SHIFT;
    }
    return bits;
}

static void add(struct index_requests *requests, uint64_t hash)
{
    *word_of(requests, hash) |= bits_of(hash);
    requests->count++;
}

static uint64_t hash_of(const struct request_id *id)
{
    return hash64(bytes_make(id->bytes, sizeof(id->bytes)));
}

void index_requests_forget(struct index *index, uint32_t partition)
{
    struct index_requests *requests = &index->partitions[partition].requests;

    index->request_bytes -= bytes_of(requests->capacity);
    free(requests->words);
    *requests = (struct index_requests){0};
}

/* False, and it is as forgotten, if the other partitions leave no room. */
static bool begin(struct index *index, uint32_t partition, size_t capacity)
{
    struct index_requests *requests = &index->partitions[partition].requests;

    index_requests_forget(index, partition);
    if (bytes_of(capacity) > index->request_bytes_max - index->request_bytes)
        return false;
    index->request_bytes += bytes_of(capacity);
    requests->capacity = capacity;
    requests->words = calloc(word_count(requests), sizeof(uint64_t));
    if (requests->words == NULL) {
        (void)fputs("out of memory for the index's request ids\n", stderr);
        abort();
    }
    return true;
}

/* Behind time and owner a key of `request age` ends with the id. */
static enum dalv_status read_id(struct index *index,
                                const struct index_scan *scan,
                                struct request_id *out_id)
{
    struct bytes key = index_scan_rest(scan);

    if (key.size < sizeof(out_id->bytes))
        return index_damaged(index);
    memcpy(out_id->bytes, key.data + key.size - sizeof(out_id->bytes),
           sizeof(out_id->bytes));
    return DALV_OK;
}

/* Not to the end if there are more than half of what the filter is made for:
   so that there is room for as many new ones before it is read again. */
static enum dalv_status read_ids(struct index *index, struct index_scan *scan,
                                 struct index_requests *requests)
{
    struct request_id id;

    while (index_scan_is_at_entry(scan) &&
           requests->count < requests->capacity / 2) {
        enum dalv_status status = read_id(index, scan, &id);

        if (status != DALV_OK)
            return status;
        add(requests, hash_of(&id));
        index_scan_next(scan);
    }
    requests->is_known = !index_scan_is_at_entry(scan);
    return DALV_OK;
}

static enum dalv_status read_into(struct index *index,
                                  const struct index_place *place,
                                  struct index_requests *requests)
{
    struct index_key prefix;
    struct index_scan scan;
    enum dalv_status status;

    index_key_start(&prefix, place, INDEX_TABLE_REQUEST_AGE);
    status = index_scan_open(&scan, index, &prefix, NULL);
    if (status == DALV_OK)
        status = read_ids(index, &scan, requests);
    return index_scan_close(&scan, status);
}

static enum dalv_status read_all(struct index *index,
                                 const struct index_place *place)
{
    struct index_requests *requests =
        &index->partitions[place->partition].requests;
    size_t capacity = IDS_AT_START;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && !requests->is_known && capacity <= IDS_MAX &&
           begin(index, place->partition, capacity)) {
        status = read_into(index, place, requests);
        capacity *= 2;
    }
    if (status == DALV_OK && !requests->is_known) {
        index_requests_forget(index, place->partition);
        requests->unread_left = IDS_MAX;
    }
    return status;
}

enum dalv_status index_may_have_request(struct index *index,
                                        const struct index_place *place,
                                        const struct request_id *id,
                                        bool *out_may_be)
{
    struct index_requests *requests =
        &index->partitions[place->partition].requests;
    enum dalv_status status = DALV_OK;
    uint64_t hash = hash_of(id);

    /* What is only collected would not be read. */
    if (!requests->is_known && requests->unread_left == 0 &&
        index->touched_count == 0)
        status = read_all(index, place);
    if (status != DALV_OK)
        return status;
    *out_may_be = !requests->is_known ||
                  (*word_of(requests, hash) & bits_of(hash)) == bits_of(hash);
    return DALV_OK;
}

void index_note_request(struct index *index, uint32_t partition,
                        const struct request_id *id)
{
    struct index_requests *requests = &index->partitions[partition].requests;

    if (requests->unread_left > 0)
        requests->unread_left--;
    if (!requests->is_known)
        return;
    if (requests->count < requests->capacity)
        add(requests, hash_of(id));
    else
        index_requests_forget(index, partition);
}
