/*
 * The walk goes from page to page. Where a batch is expected there is one of:
 *
 *     a good batch     its records are taken; the next one is behind it
 *     a blank page     the end, if nothing but blank pages follows
 *     anything else    a bad place, which ends at the next good batch
 *
 * Invariants: `end_offset` is behind the last good batch of the segment, where
 * the next one must be. A bad place begins there, and is `bad` until a good
 * batch makes it damage or the end of the log makes it the torn tail.
 */
#include "storage/log_scan.h"

#include "base/assert.h"
#include "base/crc32c.h"

#include <string.h>

/* What was found at a page. */
struct finding {
    enum log_fault fault; /* LOG_FAULT_NONE: a good batch, or a blank page. */
    bool is_blank;
    struct batch batch; /* Of a good one. */
    uint64_t size;      /* Where to look on: behind it. */
};

void log_scan_init(struct log_scan *scan,
                   const struct log_scan_options *options,
                   struct log_state *state)
{
    *scan = (struct log_scan){.options = *options, .state = state};
    buffer_init(&scan->page);
}

void log_scan_deinit(struct log_scan *scan)
{
    segment_close(&scan->segment);
    buffer_deinit(&scan->page);
}

static void note_bad(struct log_scan *scan, enum log_fault fault,
                     uint64_t offset)
{
    if (scan->stage == LOG_SCAN_STATE)
        scan->is_state_whole = false;
    if (scan->has_bad)
        return;
    scan->has_bad = true;
    scan->bad = (struct log_damage){
        .fault = fault,
        .segment = scan->segment.number,
        .offset = offset,
    };
}

/* The bad place is no torn tail. If batches were lost in it, say so. */
static void confirm_damage(struct log_scan *scan, uint64_t resumed_offset,
                           bool is_lost)
{
    scan->bad.resumed_segment = scan->segment.number;
    scan->bad.resumed_offset = resumed_offset;
    if (scan->report.damage_count++ == 0)
        scan->report.damage = scan->bad;
    if (scan->bad.segment == scan->segment.number)
        scan->is_last_damaged = true;
    scan->has_bad = false;
    scan->has_read_failed = false;
    if (is_lost) {
        log_state_note_gap(scan->state);
        scan->has_lost_promises = true;
    }
}

/* A batch that passes its checksum and yet says what cannot be. */
static void note_damage(struct log_scan *scan, enum log_fault fault,
                        uint64_t offset, bool is_lost)
{
    note_bad(scan, fault, offset);
    confirm_damage(scan, offset, is_lost);
}

/* --- One batch --- */

static bool is_blank(struct bytes bytes)
{
    return bytes.size == 0 ||
           (bytes.data[0] == 0 &&
            memcmp(bytes.data, bytes.data + 1, bytes.size - 1) == 0);
}

/* Read [from, to) of the batch at `offset` into the page buffer. */
static bool read_into_page(struct log_scan *scan, uint64_t offset, size_t from,
                           size_t to)
{
    enum dalv_status status;
    size_t size = 0;

    scan->page.size = from;
    status = buffer_reserve(&scan->page, to - from);
    ASSERT(status == DALV_OK);
    status = file_read(scan->segment.file, offset + from,
                       scan->page.data + from, to - from, &size);
    if (status != DALV_OK) {
        scan->has_read_failed = true;
        return false;
    }
    scan->page.size = from + size;
    return true;
}

/* True if such a header can stand here, after all that was met. */
static bool header_fits(const struct log_scan *scan, const struct batch *batch,
                        uint64_t offset)
{
    if (batch->segment != scan->segment.number || batch->offset != offset ||
        offset + batch_bytes(batch->body_size) > scan->segment.size)
        return false;
    if (scan->segment_bytes != 0 && batch->segment_bytes != scan->segment_bytes)
        return false;
    return !scan->is_anchored || (batch->log_id == scan->log_id &&
                                  batch->sequence >= scan->next_sequence);
}

static struct finding bad_page(enum log_fault fault)
{
    return (struct finding){.fault = fault, .size = BATCH_ALIGNMENT};
}

/* The header is good, so its sizes hold even if the body does not. */
static struct finding look_at_body(struct log_scan *scan,
                                   const struct batch *batch, uint64_t offset)
{
    struct finding finding = {
        .batch = *batch,
        .size = batch_bytes(batch->body_size),
    };
    size_t size = (size_t)finding.size;
    size_t page = scan->page.size;

    if (size > page && !read_into_page(scan, offset, page, size))
        finding.fault = LOG_FAULT_READ;
    else if (scan->page.size < size)
        finding.fault = LOG_FAULT_BODY;
    else if (crc32c(bytes_make(scan->page.data + BATCH_HEADER_BYTES,
                               batch->body_size)) != batch->body_crc)
        finding.fault = LOG_FAULT_BODY;
    return finding;
}

static enum dalv_status look_at(struct log_scan *scan, uint64_t offset,
                                struct finding *out_finding)
{
    struct batch batch;
    enum dalv_status status;

    if (!read_into_page(scan, offset, 0, BATCH_ALIGNMENT)) {
        *out_finding = bad_page(LOG_FAULT_READ);
        return DALV_OK;
    }
    *out_finding = bad_page(LOG_FAULT_HEADER);
    if (is_blank(buffer_bytes(&scan->page))) {
        out_finding->fault = LOG_FAULT_NONE;
        out_finding->is_blank = true;
        return DALV_OK;
    }
    status = batch_decode(buffer_bytes(&scan->page), &batch);
    /* Inside a bad place it may be bytes of a value that look like one. */
    if (status == DALV_UNSUPPORTED && !scan->has_bad)
        return status;
    if (status == DALV_OK && header_fits(scan, &batch, offset))
        *out_finding = look_at_body(scan, &batch, offset);
    return DALV_OK;
}

/* --- Records --- */

/*
 * A record whose bytes are good and that does not join: what was between is
 * lost. Taken again behind a gap it is where its partition goes on.
 */
static enum dalv_status take_record(struct log_scan *scan, uint64_t offset,
                                    const struct record *record)
{
    enum dalv_status status = log_state_take(scan->state, record);

    if (status == DALV_DAMAGED) {
        note_damage(scan, LOG_FAULT_CHAIN, offset, true);
        status = log_state_take(scan->state, record);
    }
    if (status == DALV_DAMAGED)
        return DALV_OK; /* Nothing can be made of it; it is reported. */
    if (status == DALV_OK && scan->options.visitor != NULL)
        status = scan->options.visitor(scan->options.owner, record);
    return status;
}

static enum dalv_status take_records(struct log_scan *scan,
                                     const struct batch *batch)
{
    bool is_state = (batch->flags & BATCH_IS_STATE) != 0;
    enum dalv_status status = DALV_OK;
    struct record record;
    struct reader reader;
    uint32_t count = 0;

    reader_init(&reader, bytes_make(scan->page.data + BATCH_HEADER_BYTES,
                                    batch->body_size));
    while (status == DALV_OK && reader.rest.size > 0) {
        status = record_decode(&reader, &record);
        if (status == DALV_OK && is_state != (record.type == RECORD_STATE))
            status = DALV_DAMAGED;
        if (status == DALV_OK)
            status = take_record(scan, batch->offset, &record);
        count++;
    }
    if (status == DALV_DAMAGED ||
        (status == DALV_OK && count != batch->record_count)) {
        note_damage(scan, LOG_FAULT_RECORD, batch->offset, true);
        status = DALV_OK;
    }
    scan->report.record_count += count;
    return status;
}

/* --- What a batch means for the walk --- */

/* All that a good header must agree with: its place in the order. */
static void join_batch(struct log_scan *scan, const struct batch *batch)
{
    bool is_joined = scan->is_anchored
                         ? batch->sequence == scan->next_sequence &&
                               batch->previous_crc == scan->previous_crc
                         : batch->offset == 0;

    if (!is_joined)
        note_bad(scan, LOG_FAULT_SEQUENCE, scan->end_offset);
    else if (batch->offset != scan->end_offset)
        note_bad(scan, LOG_FAULT_HEADER, scan->end_offset);
    if (scan->has_bad)
        confirm_damage(scan, batch->offset, !is_joined);
}

static void finish_state(struct log_scan *scan, const struct batch *batch)
{
    bool is_whole = scan->is_state_whole;

    scan->stage =
        scan->options.is_state_only ? LOG_SCAN_DONE : LOG_SCAN_RECORDS;
    if (!is_whole)
        return;
    scan->has_lost_promises = false;
    if (log_state_complete(scan->state) != DALV_OK)
        note_damage(scan, LOG_FAULT_STATE, batch->offset, true);
}

static void follow_stage(struct log_scan *scan, const struct batch *batch)
{
    bool is_state = (batch->flags & BATCH_IS_STATE) != 0;

    if (is_state != (scan->stage == LOG_SCAN_STATE)) {
        /* If the STATE was met and is bad, that is known by now. */
        if (is_state || scan->is_state_whole)
            note_damage(scan, LOG_FAULT_STATE, batch->offset, true);
        scan->stage = LOG_SCAN_RECORDS;
    }
    if (is_state && (batch->flags & BATCH_HAS_MORE_STATE) == 0)
        finish_state(scan, batch);
}

static void follow_certainty(struct log_scan *scan, const struct batch *batch)
{
    bool is_uncertain = (batch->flags & BATCH_IS_UNCERTAIN) != 0;

    if (scan->report.is_uncertain && !is_uncertain)
        log_state_set_certain(scan->state);
    scan->report.is_uncertain = is_uncertain;
}

static bool has_blank_padding(const struct log_scan *scan,
                              const struct batch *batch)
{
    size_t used = BATCH_HEADER_BYTES + (size_t)batch->body_size;

    return is_blank(bytes_make(scan->page.data + used, scan->page.size - used));
}

static void tell_catalog(struct log_scan *scan, const struct batch *batch)
{
    struct log_place place = {
        .segment = batch->segment,
        .offset = batch->offset,
    };

    if (scan->options.catalog == NULL || (batch->flags & BATCH_IS_STATE) != 0)
        return;
    log_catalog_take(
        scan->options.catalog, place,
        bytes_make(scan->page.data + BATCH_HEADER_BYTES, batch->body_size),
        scan->state);
}

static enum dalv_status take_batch(struct log_scan *scan,
                                   const struct finding *finding)
{
    const struct batch *batch = &finding->batch;
    enum dalv_status status;

    join_batch(scan, batch);
    status = take_records(scan, batch);
    if (status != DALV_OK)
        return status;
    tell_catalog(scan, batch);
    follow_stage(scan, batch);
    follow_certainty(scan, batch);
    scan->is_anchored = true;
    scan->log_id = batch->log_id;
    scan->segment_bytes = batch->segment_bytes;
    scan->next_sequence = batch->sequence + 1;
    scan->previous_crc = batch->crc;
    scan->end_offset = batch->offset + (uint32_t)finding->size;
    scan->last_segment = scan->segment.number;
    scan->last_batch = *batch;
    scan->report.batch_count++;
    scan->report.last_sequence = batch->sequence;
    /* The batch itself is good: behind it something bad begins. */
    if (!has_blank_padding(scan, batch))
        note_bad(scan, LOG_FAULT_PADDING, batch->offset);
    return DALV_OK;
}

/* --- Segments --- */

static enum dalv_status walk_pages(struct log_scan *scan)
{
    uint64_t offset = 0;
    struct finding finding;
    enum dalv_status status;

    while (offset < scan->segment.size && scan->stage != LOG_SCAN_DONE) {
        status = look_at(scan, offset, &finding);
        if (status != DALV_OK)
            return status;
        if (finding.fault != LOG_FAULT_NONE)
            note_bad(scan, finding.fault, scan->end_offset);
        else if (!finding.is_blank)
            status = take_batch(scan, &finding);
        if (status != DALV_OK)
            return status;
        offset += finding.size;
        if (!finding.is_blank)
            scan->used_end = offset;
    }
    return DALV_OK;
}

static enum dalv_status walk_segment(struct log_scan *scan, uint32_t number)
{
    enum dalv_status status;

    segment_close(&scan->segment);
    status = segment_open(scan->options.files, scan->options.folder, number,
                          &scan->segment);
    if (status != DALV_OK)
        return status;
    log_state_enter(scan->state, number);
    scan->stage = LOG_SCAN_STATE;
    scan->is_state_whole = true;
    scan->segment_bytes = 0;
    scan->end_offset = 0;
    scan->used_end = 0;
    scan->is_last_damaged = false;
    status = walk_pages(scan);
    if (status != DALV_OK || scan->stage == LOG_SCAN_DONE)
        return status;
    if (scan->segment_bytes == 0 || scan->stage == LOG_SCAN_STATE)
        note_bad(scan, LOG_FAULT_STATE, scan->end_offset);
    else if (scan->segment.size != scan->segment_bytes)
        note_bad(scan, LOG_FAULT_SIZE, scan->end_offset);
    return DALV_OK;
}

/*
 * A crash tears the batch behind the last good one, and nothing else: segments
 * get their name only when they are of full size and have their STATE.
 */
static bool is_torn_tail(const struct log_scan *scan)
{
    return scan->bad.segment == scan->segment.number &&
           scan->stage == LOG_SCAN_RECORDS &&
           scan->segment.size == scan->segment_bytes;
}

static enum dalv_status finish(struct log_scan *scan)
{
    struct log_report *report = &scan->report;

    if (scan->has_bad && scan->has_read_failed)
        return DALV_IO;
    if (scan->has_bad && is_torn_tail(scan)) {
        report->is_cut = true;
        report->cut = scan->bad;
        report->cut.offset = scan->end_offset;
        report->is_uncertain = true;
    } else if (scan->has_bad) {
        confirm_damage(scan, 0, true);
        if (report->damage_count == 1)
            report->damage.resumed_segment = 0;
    }
    log_state_finish(scan->state);
    for (uint32_t i = 0; i < scan->state->partition_count; i++) {
        enum log_health health = scan->state->partitions[i].health;

        if (health == LOG_DOUBTFUL)
            report->is_uncertain = true;
        if (health == LOG_WHOLE)
            continue;
        if (report->partition_count++ == 0)
            report->partition_first = i;
        report->partition_last = i;
    }
    if (scan->has_lost_promises)
        report->is_uncertain = true;
    return DALV_OK;
}

enum dalv_status log_scan_run(struct log_scan *scan,
                              const struct log_segments *segments)
{
    enum dalv_status status = DALV_OK;

    ASSERT(segments->count > 0);
    scan->report.first_segment = segments->numbers[0];
    scan->report.last_segment = segments->numbers[segments->count - 1];
    for (size_t i = 0; i < segments->count && status == DALV_OK; i++) {
        if (i > 0 && segments->numbers[i] != segments->numbers[i - 1] + 1)
            note_bad(scan, LOG_FAULT_SEGMENT, scan->end_offset);
        status = walk_segment(scan, segments->numbers[i]);
        if (scan->stage == LOG_SCAN_DONE)
            return status;
    }
    return status == DALV_OK ? finish(scan) : status;
}
