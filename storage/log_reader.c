/*
 * A run of batches is gone through from its place on. Of each batch the
 * partition's records are met in the order of the file: an entry that joins the
 * last one is taken, a TRUNCATE takes back what it cut.
 */
#include "storage/log_reader.h"

#include "base/assert.h"
#include "base/crc32c.h"
#include "storage/commit_log_internal.h"

#include <stdlib.h>

enum {
    AHEAD_BYTES = 256 << 10, /* Read at once where batches follow in a row. */
    SINGLE_BYTES = 16 << 10, /* Where they do not. */
};

struct log_reader {
    struct files *files;
    const char *folder;
    uint64_t log_id;
    struct log_catalog *catalog;
    struct segment segment; /* Open, or not. */
    /* What was read of it last. */
    struct buffer window;
    uint64_t window_offset;
    /* The batch at hand. */
    struct log_block *block; /* NULL if it is in the window. */
    struct bytes body;
    struct log_place place;
    struct log_place next; /* Behind it. */
};

struct log_reader *log_reader_open(const struct commit_log *log)
{
    struct log_reader *reader = calloc(1, sizeof(*reader));

    ASSERT(reader != NULL);
    reader->files = log->options.files;
    reader->folder = log->folder;
    reader->log_id = log->log_id;
    reader->catalog = log->catalog;
    buffer_init(&reader->window);
    return reader;
}

static void drop_batch(struct log_reader *reader)
{
    if (reader->block != NULL)
        log_catalog_drop(reader->catalog, &reader->block);
    reader->body = (struct bytes){0};
}

void log_reader_close(struct log_reader **reader_p)
{
    struct log_reader *reader = *reader_p;

    *reader_p = NULL;
    if (reader == NULL)
        return;
    drop_batch(reader);
    segment_close(&reader->segment);
    buffer_deinit(&reader->window);
    free(reader);
}

void log_entries_init(struct log_entries *entries)
{
    *entries = (struct log_entries){0};
    buffer_init(&entries->records);
}

void log_entries_deinit(struct log_entries *entries)
{
    buffer_deinit(&entries->records);
}

/* --- Batches --- */

/* DALV_NOT_FOUND: it was released meanwhile. */
static enum dalv_status enter_segment(struct log_reader *reader,
                                      uint32_t number)
{
    enum dalv_status status;

    if (reader->segment.file != NULL && reader->segment.number == number)
        return DALV_OK;
    segment_close(&reader->segment);
    buffer_clear(&reader->window);
    status =
        segment_open(reader->files, reader->folder, number, &reader->segment);
    return status;
}

/* Have [offset, offset + size) in the window; `ahead` bytes if it is read. */
static enum dalv_status fill_window(struct log_reader *reader, uint64_t offset,
                                    size_t size, size_t ahead)
{
    uint64_t end = reader->window_offset + reader->window.size;
    size_t wanted = size > ahead ? size : ahead;
    enum dalv_status status;
    size_t done = 0;

    if (offset >= reader->window_offset && offset + size <= end)
        return DALV_OK;
    buffer_clear(&reader->window);
    status = buffer_reserve(&reader->window, wanted);
    ASSERT(status == DALV_OK);
    status = file_read(reader->segment.file, offset, reader->window.data,
                       wanted, &done);
    if (status != DALV_OK)
        return status;
    reader->window_offset = offset;
    reader->window.size = done;
    return done >= size ? DALV_OK : DALV_DAMAGED;
}

static struct bytes in_window(const struct log_reader *reader, uint64_t offset,
                              size_t size)
{
    return bytes_make(reader->window.data + (offset - reader->window_offset),
                      size);
}

static enum dalv_status read_batch(struct log_reader *reader,
                                   struct log_place place)
{
    bool is_next = log_place_compare(place, reader->next) == 0;
    size_t ahead = is_next ? AHEAD_BYTES : SINGLE_BYTES;
    struct batch batch;
    enum dalv_status status = enter_segment(reader, place.segment);
    size_t size;

    if (status == DALV_OK)
        status = fill_window(reader, place.offset, BATCH_ALIGNMENT, ahead);
    if (status == DALV_OK)
        status = batch_decode(in_window(reader, place.offset, BATCH_ALIGNMENT),
                              &batch);
    if (status != DALV_OK)
        return status == DALV_UNSUPPORTED ? DALV_DAMAGED : status;
    if (batch.log_id != reader->log_id || batch.segment != place.segment ||
        batch.offset != place.offset)
        return DALV_DAMAGED;
    size = BATCH_HEADER_BYTES + (size_t)batch.body_size;
    status = fill_window(reader, place.offset, size, ahead);
    if (status != DALV_OK)
        return status;
    reader->body =
        in_window(reader, place.offset + BATCH_HEADER_BYTES, batch.body_size);
    return crc32c(reader->body) == batch.body_crc ? DALV_OK : DALV_DAMAGED;
}

/* What was read ahead may be from before the batch was written. */
static enum dalv_status load_from_file(struct log_reader *reader,
                                       struct log_place place)
{
    enum dalv_status status = read_batch(reader, place);

    if (status != DALV_DAMAGED)
        return status;
    buffer_clear(&reader->window);
    return read_batch(reader, place);
}

/* The batch there is at hand until the next call. */
static enum dalv_status load(struct log_reader *reader, struct log_place place)
{
    enum dalv_status status = DALV_OK;

    drop_batch(reader);
    reader->block = log_catalog_hold(reader->catalog, place);
    if (reader->block != NULL)
        reader->body = bytes_make(reader->block->body, reader->block->size);
    else
        status = load_from_file(reader, place);
    if (status != DALV_OK) {
        reader->body = (struct bytes){0};
        return status;
    }
    reader->place = place;
    reader->next = place;
    reader->next.offset += (uint32_t)batch_bytes((uint32_t)reader->body.size);
    return DALV_OK;
}

/* --- Entries --- */

/* What is gathered from the batches of one reading. */
struct gathering {
    const struct log_range *range;
    struct log_entries *entries;
    uint64_t
        index_limit; /* Of the run: entries from it on are not looked at. */
    bool is_ended;   /* Another epoch begins. */
    bool is_strange; /* The entry behind the last one has another chain. */
};

static void clear_entries(struct gathering *gathering)
{
    buffer_clear(&gathering->entries->records);
    gathering->entries->count = 0;
    gathering->entries->before_crc = gathering->range->after.crc;
    gathering->entries->last = gathering->range->after;
}

/* What is behind `index` is not of the log any more. */
static void take_back(struct gathering *gathering, uint64_t index)
{
    struct log_entries *entries = gathering->entries;
    struct bytes all = buffer_bytes(&entries->records);
    struct log_position after = gathering->range->after;
    struct reader reader;
    struct record record;

    if (index >= entries->last.index)
        return;
    clear_entries(gathering);
    reader_init(&reader, all);
    while (index > after.index + entries->count) {
        enum dalv_status status = record_decode_unchecked(&reader, &record);

        ASSERT(status == DALV_OK);
        if (entries->count++ == 0)
            entries->before_crc = record.previous_crc;
        entries->last = record.position;
    }
    entries->records.size = all.size - reader.rest.size;
}

static bool is_over(const struct gathering *gathering)
{
    return gathering->is_ended ||
           gathering->entries->records.size >= gathering->range->bytes_max;
}

static bool joins(const struct gathering *gathering,
                  const struct record *record)
{
    const struct log_entries *entries = gathering->entries;

    return record->previous_crc == entries->last.crc ||
           (entries->count == 0 && gathering->range->is_by_index);
}

static void on_entry(struct gathering *gathering, const struct record *record,
                     struct bytes encoded)
{
    struct log_entries *entries = gathering->entries;
    uint64_t index = record->position.index;

    if (index != entries->last.index + 1 || index >= gathering->index_limit ||
        index > gathering->range->index_max || is_over(gathering))
        return;
    if (!joins(gathering, record)) {
        gathering->is_strange = true;
        return;
    }
    if (gathering->range->is_one_epoch && entries->count > 0 &&
        record->position.epoch != entries->last.epoch) {
        gathering->is_ended = true;
        return;
    }
    if (entries->count == 0)
        entries->before_crc = record->previous_crc;
    buffer_put(&entries->records, encoded);
    entries->last = record->position;
    entries->count++;
}

static void on_truncate(struct gathering *gathering,
                        const struct record *record)
{
    struct log_position kept;

    if (record_kept_decode(record->payload, &kept) != DALV_OK)
        return;
    take_back(gathering, kept.index);
    /* What seemed strange, or new, was cut. */
    if (kept.index <= gathering->entries->last.index) {
        gathering->is_strange = false;
        gathering->is_ended = false;
    }
}

/* Those of other partitions are nobody's concern: only the wanted ones are
   checked once more. */
static bool is_sound(struct bytes from)
{
    struct reader reader;
    struct record record;

    reader_init(&reader, from);
    return record_decode(&reader, &record) == DALV_OK;
}

/* All of the partition's records of the batch at hand. */
static enum dalv_status gather_batch(struct log_reader *reader,
                                     struct gathering *gathering)
{
    struct reader body;
    struct record record;

    reader_init(&body, reader->body);
    while (body.rest.size > 0) {
        struct bytes from = body.rest;

        if (record_decode_unchecked(&body, &record) != DALV_OK)
            return DALV_DAMAGED;
        if (record.partition != gathering->range->partition)
            continue;
        if (!is_sound(from))
            return DALV_DAMAGED;
        if (record_is_entry(record.type))
            on_entry(gathering, &record,
                     bytes_make(from.data, from.size - body.rest.size));
        else if (record.type == RECORD_TRUNCATE)
            on_truncate(gathering, &record);
    }
    return DALV_OK;
}

/* From the run's place on until an entry is found; then the whole batch. */
static enum dalv_status gather_run(struct log_reader *reader,
                                   struct gathering *gathering,
                                   struct log_place from)
{
    struct log_place place = from;
    size_t count = gathering->entries->count;
    enum dalv_status status;

    for (;;) {
        status = load(reader, place);
        if (status == DALV_OK)
            status = gather_batch(reader, gathering);
        if (status != DALV_OK || gathering->entries->count > count ||
            gathering->is_ended)
            return status;
        if (gathering->is_strange)
            return DALV_CONFLICT;
        place = reader->next;
    }
}

/*
 * Where to go on: in the same run behind the batch at hand. Another run may
 * begin in that batch, too, where the chain was set back in it.
 */
static struct log_place place_in(const struct log_reader *reader,
                                 const struct log_run *run,
                                 uint64_t first_index_before)
{
    return run->first_index == first_index_before ? reader->next : run->place;
}

static enum dalv_status gather(struct log_reader *reader,
                               struct gathering *gathering)
{
    const struct log_range *range = gathering->range;
    struct log_entries *entries = gathering->entries;
    uint64_t first_index = 0;
    enum dalv_status status = DALV_OK;
    struct log_run run;

    while (status == DALV_OK && !is_over(gathering) &&
           entries->last.index < range->index_max &&
           log_catalog_find(reader->catalog, range->partition,
                            entries->last.index + 1, &run)) {
        gathering->index_limit = run.index_limit;
        gathering->is_strange = false;
        status =
            gather_run(reader, gathering, place_in(reader, &run, first_index));
        first_index = run.first_index;
    }
    return status;
}

/* Whether `after` can be a place of this log, before anything is read. */
static enum dalv_status check_place(const struct log_range *range,
                                    const struct log_extent *extent)
{
    struct log_position after = range->after;

    if (after.index < extent->start.index)
        return DALV_NOT_FOUND;
    if (after.index > extent->end.index)
        return DALV_CONFLICT;
    if (after.index == extent->end.index && !range->is_by_index &&
        !log_position_equal(after, extent->end))
        return DALV_CONFLICT;
    return DALV_OK;
}

enum dalv_status log_reader_read(struct log_reader *reader,
                                 const struct log_range *range,
                                 struct log_entries *entries)
{
    struct gathering gathering = {.range = range, .entries = entries};
    struct log_extent extent = log_reader_extent(reader, range->partition);
    enum dalv_status status = check_place(range, &extent);

    ASSERT(range->bytes_max > 0);
    clear_entries(&gathering);
    if (status == DALV_OK)
        status = gather(reader, &gathering);
    drop_batch(reader);
    return status;
}

/* --- One entry --- */

/* The last one counts: an earlier one was cut. False if there is none. */
static bool look_for(const struct log_reader *reader, uint32_t partition,
                     uint64_t index, struct log_position *out_position)
{
    struct reader body;
    struct record record;
    bool is_found = false;

    reader_init(&body, reader->body);
    while (body.rest.size > 0 && record_decode(&body, &record) == DALV_OK) {
        if (record.partition != partition || !record_is_entry(record.type) ||
            record.position.index != index)
            continue;
        *out_position = record.position;
        is_found = true;
    }
    return is_found;
}

enum dalv_status log_reader_locate(struct log_reader *reader,
                                   uint32_t partition, uint64_t index,
                                   struct log_position *out_position)
{
    struct log_extent extent = log_reader_extent(reader, partition);
    struct log_run run;
    enum dalv_status status;

    if (index == extent.end.index || index == extent.start.index) {
        *out_position = index == extent.end.index ? extent.end : extent.start;
        return DALV_OK;
    }
    if (!log_catalog_find(reader->catalog, partition, index, &run))
        return DALV_NOT_FOUND;
    status = load(reader, run.place);
    while (status == DALV_OK &&
           !look_for(reader, partition, index, out_position))
        status = load(reader, reader->next);
    drop_batch(reader);
    return status;
}

struct log_extent log_reader_extent(const struct log_reader *reader,
                                    uint32_t partition)
{
    return log_catalog_extent(reader->catalog, partition);
}
