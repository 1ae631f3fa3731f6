#include "storage/index_snapshot.h"

#include "base/assert.h"
#include "base/crc32c.h"
#include "storage/index_internal.h"

enum {
    CRC_BYTES = 4, /* Of all that follows it. */
    FLAGS_OFFSET = CRC_BYTES,
    HEADER_BYTES = CRC_BYTES + 1 + 20 + 8,
    IS_LAST = 1,
    FORMAT_SHIFT = 1, /* Above that flag: the format of the entries. */
};

/* --- Out --- */

/* Which entries of a partition are its data, by their first byte. */
static bool is_moved(struct bytes key)
{
    return key.size > 0 && key.data[0] != INDEX_TABLE_FORMAT &&
           key.data[0] != INDEX_TABLE_APPLIED &&
           key.data[0] != INDEX_TABLE_GENERATIONS;
}

static bool put_entry(struct writer *writer, struct bytes key,
                      struct bytes value)
{
    size_t size_before = writer->size;

    writer_sized(writer, key);
    writer_sized(writer, value);
    if (writer_is_ok(writer))
        return true;
    writer->size = size_before;
    writer->failed = false;
    return false;
}

/* Entries until the page is full; the key of the last one is in it. */
static enum dalv_status put_entries(struct index_scan *scan,
                                    struct bytes resume,
                                    struct index_snapshot_page *page)
{
    size_t count = 0;

    page->is_whole = false;
    for (; index_scan_is_at_entry(scan); index_scan_next(scan)) {
        struct bytes key = index_scan_rest(scan);
        size_t place = page->writer.size;
        struct reader reader;

        if (!is_moved(key) || bytes_compare(key, resume) <= 0)
            continue;
        if (!put_entry(&page->writer, key, index_scan_value(scan)))
            return index_list_cut(count);
        count++;
        reader_init(&reader, bytes_make(page->writer.data + place,
                                        page->writer.size - place));
        page->resume = reader_sized(&reader, INDEX_KEY_BYTES_MAX);
    }
    page->is_whole = true;
    return DALV_OK;
}

static void put_header(struct index_snapshot_page *page, uint64_t time_us)
{
    struct writer *writer = &page->writer;

    writer_u32(writer, 0);
    writer_u8(writer, 0);
    writer_u64(writer, page->position.epoch);
    writer_u64(writer, page->position.index);
    writer_u32(writer, page->position.crc);
    writer_u64(writer, time_us);
}

static void close_page(struct index_snapshot_page *page)
{
    struct writer *writer = &page->writer;
    uint32_t crc;

    writer->data[FLAGS_OFFSET] =
        (uint8_t)(INDEX_FORMAT_VERSION << FORMAT_SHIFT |
                  (page->is_whole ? IS_LAST : 0));
    crc =
        crc32c(bytes_make(writer->data + CRC_BYTES, writer->size - CRC_BYTES));
    writer_u32_at(writer, 0, crc);
}

enum dalv_status index_snapshot_read(struct index *index, uint32_t partition,
                                     struct bytes resume,
                                     struct index_snapshot_page *page)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct index_key prefix;
    struct index_key from;
    struct index_scan scan;
    enum dalv_status status;

    ASSERT(page->writer.size == 0);
    if (page->writer.capacity < HEADER_BYTES ||
        resume.size > INDEX_KEY_BYTES_MAX - sizeof(uint16_t) - sizeof(uint32_t))
        return DALV_TOO_BIG;
    page->position = index_applied(index, partition);
    page->resume = resume;
    put_header(page, index_time_us(index, partition));
    index_key_start_generation(&prefix, &place);
    index_key_start_generation(&from, &place);
    writer_bytes_put(&from.writer, resume);
    status = index_scan_open(&scan, index, &prefix, &from);
    if (status == DALV_OK)
        status = put_entries(&scan, resume, page);
    status = index_scan_close(&scan, status);
    if (status == DALV_OK)
        close_page(page);
    return status;
}

/* --- In --- */

static enum dalv_status write_batch(struct index *index)
{
    enum dalv_status status =
        kv_write(index->kv, index->batch, /* is_synced= */ false);

    kv_batch_clear(index->batch);
    return status;
}

/* Into the tables: after an end that was not in order only they are believed,
   so a synced write would not do. */
static enum dalv_status write_durably(struct index *index)
{
    enum dalv_status status = write_batch(index);

    return status == DALV_OK ? kv_flush(index->kv) : status;
}

static struct index_staging *staging_of(const struct index *index,
                                        uint32_t partition)
{
    ASSERT(partition < index->partition_count && index->touched_count == 0);
    return index->partitions[partition].staging;
}

static void start_purge(struct index_partition *entry)
{
    entry->is_purge_due = true;
    entry->purge_next = entry->oldest;
}

enum dalv_status index_snapshot_begin(struct index *index, uint32_t partition)
{
    struct index_partition *entry = &index->partitions[partition];

    (void)staging_of(index, partition);
    index_staging_destroy(&entry->staging);
    entry->staging = index_staging_create(++entry->newest);
    start_purge(entry);
    index_put_generations(index, partition);
    return write_batch(index);
}

/* A page's header. */
struct page {
    bool is_last;
    uint8_t format;
    struct log_position position;
    uint64_t time_us;
    struct bytes entries;
};

static bool read_header(struct bytes bytes, struct page *out_page)
{
    struct reader reader;
    uint32_t crc;
    uint8_t flags;

    reader_init(&reader, bytes);
    crc = reader_u32(&reader);
    flags = reader_u8(&reader);
    out_page->is_last = (flags & IS_LAST) != 0;
    out_page->format = flags >> FORMAT_SHIFT;
    out_page->position.epoch = reader_u64(&reader);
    out_page->position.index = reader_u64(&reader);
    out_page->position.crc = reader_u32(&reader);
    out_page->time_us = reader_u64(&reader);
    out_page->entries = reader.rest;
    return reader_is_ok(&reader) &&
           crc == crc32c(bytes_make(bytes.data + CRC_BYTES,
                                    bytes.size - CRC_BYTES));
}

/* Every entry goes on behind the one before; gives the last key. */
static enum dalv_status check_entries(const struct page *page,
                                      struct bytes last_key,
                                      struct bytes *out_last_key)
{
    struct bytes last = last_key;
    struct reader reader;

    reader_init(&reader, page->entries);
    while (reader.rest.size > 0) {
        struct bytes key = reader_sized(
            &reader, INDEX_KEY_BYTES_MAX - sizeof(uint16_t) - sizeof(uint32_t));

        (void)reader_sized(&reader, reader.rest.size);
        if (!reader_is_ok(&reader) || !is_moved(key))
            return DALV_DAMAGED;
        if (bytes_compare(key, last) <= 0)
            return DALV_CONFLICT;
        last = key;
    }
    *out_last_key = last;
    return DALV_OK;
}

static void put_page(struct index *index, const struct index_place *place,
                     const struct page *page)
{
    struct reader reader;
    struct index_key key;

    reader_init(&reader, page->entries);
    while (reader.rest.size > 0) {
        index_key_start_generation(&key, place);
        writer_bytes_put(&key.writer,
                         reader_sized(&reader, INDEX_KEY_BYTES_MAX));
        kv_batch_put(index->batch, index_key_bytes(&key),
                     reader_sized(&reader, reader.rest.size));
    }
}

/* The first page names S0; no later one was read before it. */
static enum dalv_status check_page(const struct index_staging *staging,
                                   const struct page *page,
                                   struct bytes *out_last_key)
{
    if (staging == NULL || staging->is_complete)
        return DALV_PRECONDITION;
    if (staging->has_begun &&
        page->position.index < staging->progress.applied.index)
        return DALV_CONFLICT;
    return check_entries(page, buffer_bytes(&staging->last_key), out_last_key);
}

static void take_page(struct index_staging *staging, const struct page *page,
                      struct bytes last_key)
{
    struct index_progress *progress = &staging->progress;

    if (!staging->has_begun) {
        progress->applied = page->position;
        progress->collected = page->position;
        progress->time_us = page->time_us;
    }
    staging->has_begun = true;
    staging->is_complete = page->is_last;
    if (staging->index_max < page->position.index)
        staging->index_max = page->position.index;
    if (page->entries.size == 0)
        return;
    buffer_clear(&staging->last_key);
    buffer_put(&staging->last_key, last_key);
}

enum dalv_status index_snapshot_store(struct index *index, uint32_t partition,
                                      struct bytes page)
{
    struct index_staging *staging = staging_of(index, partition);
    struct index_place place = index_place_of_partition(index, partition);
    struct bytes last_key;
    struct page parts;
    enum dalv_status status;

    if (!read_header(page, &parts))
        return DALV_DAMAGED;
    if (parts.format != INDEX_FORMAT_VERSION)
        return DALV_UNSUPPORTED;
    status = check_page(staging, &parts, &last_key);
    if (status != DALV_OK)
        return status;
    take_page(staging, &parts, last_key);
    place.local_generation = staging->generation;
    put_page(index, &place, &parts);
    index_put_applied(index, &place, &staging->progress);
    index_put_generations(index, partition);
    return write_batch(index);
}

enum dalv_status index_snapshot_adopt(struct index *index, uint32_t partition)
{
    struct index_staging *staging = staging_of(index, partition);
    struct index_partition *entry = &index->partitions[partition];

    if (staging == NULL || !staging->is_complete ||
        staging->progress.applied.index < staging->index_max)
        return DALV_PRECONDITION;
    entry->generation = staging->generation;
    entry->progress = staging->progress;
    index_requests_forget(index, partition);
    index_staging_destroy(&entry->staging);
    start_purge(entry);
    index_put_generations(index, partition);
    return write_durably(index);
}

struct index_snapshot_state index_snapshot_state(const struct index *index,
                                                 uint32_t partition)
{
    const struct index_staging *staging = index->partitions[partition].staging;

    if (staging == NULL)
        return (struct index_snapshot_state){0};
    return (struct index_snapshot_state){
        .is_receiving = true,
        .is_complete = staging->is_complete,
        .position = staging->progress.applied,
        .index_max = staging->index_max,
        .resume = buffer_bytes(&staging->last_key),
    };
}

/* --- Away --- */

enum dalv_status index_drop(struct index *index, uint32_t partition)
{
    struct index_partition *entry = &index->partitions[partition];

    (void)staging_of(index, partition);
    index_staging_destroy(&entry->staging);
    entry->generation = ++entry->newest;
    entry->progress = (struct index_progress){0};
    index_requests_forget(index, partition);
    start_purge(entry);
    index_put_generations(index, partition);
    return write_durably(index);
}

static bool is_dead(const struct index_partition *entry, uint32_t generation)
{
    return generation != entry->generation &&
           (entry->staging == NULL || generation != entry->staging->generation);
}

/* Not over the traces of those that went before. */
static enum dalv_status open_dead(struct index_scan *scan, struct index *index,
                                  const struct index_key *prefix)
{
    struct bytes purged = buffer_bytes(&index->purged);
    struct index_key from;

    if (!bytes_has_prefix(purged, index_key_bytes(prefix)))
        return index_scan_open(scan, index, prefix, NULL);
    writer_init(&from.writer, from.memory, sizeof(from.memory));
    writer_bytes_put(&from.writer, purged);
    return index_scan_open(scan, index, prefix, &from);
}

/* Remove entries of one generation; gives how many there were. */
static enum dalv_status purge_generation(struct index *index,
                                         const struct index_place *place,
                                         size_t count_max, size_t *out_count)
{
    struct index_key prefix;
    struct index_scan scan;
    enum dalv_status status;
    size_t count = 0;

    index_key_start_generation(&prefix, place);
    status = open_dead(&scan, index, &prefix);
    for (; status == DALV_OK && count < count_max &&
           index_scan_is_at_entry(&scan);
         index_scan_next(&scan)) {
        struct bytes key = kv_cursor_key(scan.cursor);

        kv_batch_delete(index->batch, key);
        buffer_clear(&index->purged);
        buffer_put(&index->purged, key);
        count++;
    }
    *out_count = count;
    return index_scan_close(&scan, status);
}

/* All that is dead is gone: only what lives is left to be named. */
static void finish_purge(struct index_partition *entry)
{
    entry->is_purge_due = false;
    entry->oldest = entry->generation;
    entry->newest = entry->generation;
    if (entry->staging != NULL)
        entry->newest = entry->staging->generation;
}

/* The partition's next dead generations, as far as `count_max` goes. */
static enum dalv_status purge_partition(struct index *index, uint32_t partition,
                                        size_t *count_left)
{
    struct index_partition *entry = &index->partitions[partition];
    struct index_place place = index_place_of_partition(index, partition);
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && *count_left > 0 && entry->is_purge_due) {
        size_t count = 0;

        place.local_generation = entry->purge_next;
        if (entry->purge_next > entry->newest)
            finish_purge(entry);
        else if (is_dead(entry, entry->purge_next))
            status = purge_generation(index, &place, *count_left, &count);
        if (count < *count_left) {
            entry->purge_next++;
            buffer_clear(&index->purged);
        }
        *count_left -= count;
    }
    index_put_generations(index, partition);
    return status;
}

enum dalv_status index_purge(struct index *index, size_t count_max,
                             bool *out_is_done)
{
    enum dalv_status status = DALV_OK;
    size_t count_left = count_max;
    uint32_t looked = 0;

    ASSERT(count_max > 0 && index->touched_count == 0);
    while (status == DALV_OK && count_left > 0 &&
           looked++ < index->partition_count) {
        uint32_t partition = index->purge_partition;

        if (index->partitions[partition].is_purge_due)
            status = purge_partition(index, partition, &count_left);
        if (!index->partitions[partition].is_purge_due)
            index->purge_partition = (partition + 1) % index->partition_count;
    }
    *out_is_done = count_left > 0;
    if (status == DALV_OK && kv_batch_count(index->batch) > 0)
        status = kv_write(index->kv, index->batch, /* is_synced= */ false);
    kv_batch_clear(index->batch);
    return status;
}
