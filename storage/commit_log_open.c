/*
 * Opening a log: scan it, make its end good, go on.
 */
#include "storage/commit_log_internal.h"

#include "base/assert.h"
#include "storage/batch.h"

#include <stdlib.h>
#include <string.h>

/* Names of segments in the making are of no use: their content is unknown. */
struct leftovers {
    struct commit_log *log;
    enum dalv_status status;
};

static void remove_leftover(void *owner, const char *name)
{
    struct leftovers *leftovers = owner;
    char path[SEGMENT_PATH_BYTES];
    uint32_t number;
    bool is_new;

    if (leftovers->status != DALV_OK ||
        !segment_parse_name(name, &number, &is_new) || !is_new)
        return;
    leftovers->status = segment_path(leftovers->log->folder, name, path);
    if (leftovers->status == DALV_OK)
        leftovers->status = files_remove(leftovers->log->options.files, path);
}

static enum dalv_status remove_leftovers(struct commit_log *log)
{
    struct leftovers leftovers = {.log = log, .status = DALV_OK};
    enum dalv_status status = files_list(log->options.files, log->folder,
                                         remove_leftover, &leftovers);

    return status == DALV_OK ? leftovers.status : status;
}

static enum dalv_status lock_folder(struct commit_log *log)
{
    char path[SEGMENT_PATH_BYTES];
    enum dalv_status status = DALV_OK;

    if (log->options.is_created)
        status = files_make_folder(log->options.files, log->folder);
    if (status == DALV_OK)
        status = segment_path(log->folder, "LOCK", path);
    if (status == DALV_OK)
        status = files_lock(log->options.files, path, &log->lock);
    return status;
}

/* Without this a crash could take the whole new folder away. */
static enum dalv_status sync_parent(const struct commit_log *log)
{
    char path[SEGMENT_PATH_BYTES];
    const char *slash = strrchr(log->folder, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - log->folder);

    if (slash == NULL)
        return files_sync_folder(log->options.files, ".");
    if (size == 0)
        return files_sync_folder(log->options.files, "/");
    if (size >= sizeof(path))
        return DALV_TOO_BIG;
    memcpy(path, log->folder, size);
    path[size] = '\0';
    return files_sync_folder(log->options.files, path);
}

static enum dalv_status make_new(struct commit_log *log,
                                 struct log_report *out_report)
{
    enum dalv_status status;

    if (!log->options.is_created)
        return DALV_NOT_FOUND;
    ASSERT(log->options.log_id != 0);
    log->log_id = log->options.log_id;
    log->next_sequence = 1;
    log->first_segment = 1;
    out_report->is_new = true;
    out_report->first_segment = 1;
    out_report->last_segment = 1;
    status = sync_parent(log);
    return status == DALV_OK ? commit_log_enter(log, 1) : status;
}

/*
 * The last batch was read, perhaps from memory that a failed sync of the last
 * process left behind as if it were written. Written anew it is, or fails. So
 * are the zeros behind its records, which a cut may have left as they were.
 */
static enum dalv_status write_last_anew(struct commit_log *log,
                                        const struct log_scan *scan)
{
    const struct batch *batch = &scan->last_batch;
    size_t size = (size_t)batch_bytes(batch->body_size);
    struct buffer *buffer = &log->collected;
    enum dalv_status status;
    size_t read_size = 0;

    if (scan->last_segment != log->current.number)
        return DALV_OK;
    buffer_clear(buffer);
    status = buffer_reserve(buffer, size);
    if (status == DALV_OK)
        status = file_read(log->current.file, batch->offset, buffer->data, size,
                           &read_size);
    if (status == DALV_OK && read_size != size)
        status = DALV_IO;
    if (status == DALV_OK) {
        memset(buffer->data + BATCH_HEADER_BYTES + batch->body_size, 0,
               size - BATCH_HEADER_BYTES - batch->body_size);
        status = file_write(log->current.file, batch->offset,
                            bytes_make(buffer->data, size));
    }
    commit_log_clear_collected(log);
    return status == DALV_OK ? file_sync(log->current.file) : status;
}

/*
 * An empty batch goes over the torn one's beginning, saying that the log is
 * uncertain; only then is the rest made zeros. Whatever a crash leaves of this
 * is again a torn tail, or the finished work.
 */
static enum dalv_status cut_tail(struct commit_log *log, uint64_t used_end)
{
    static const uint8_t zeros[BATCH_ALIGNMENT];
    enum dalv_status status;

    ASSERT(log->is_uncertain);
    status = commit_log_write_batch(log);
    if (status == DALV_OK)
        status = file_sync(log->current.file);
    for (uint64_t offset = log->offset; status == DALV_OK && offset < used_end;
         offset += sizeof(zeros))
        status = file_write(log->current.file, offset,
                            bytes_make(zeros, sizeof(zeros)));
    return status == DALV_OK ? file_sync(log->current.file) : status;
}

/* Take over what the scan came to, and make the end of the log good. */
static enum dalv_status resume(struct commit_log *log,
                               const struct log_scan *scan)
{
    const struct log_report *report = &scan->report;
    enum dalv_status status;

    log->log_id = scan->log_id;
    log->next_sequence = scan->next_sequence;
    log->previous_crc = scan->previous_crc;
    log->segment_bytes = scan->segment_bytes;
    log->offset = scan->end_offset;
    log->first_segment = report->first_segment;
    log->is_uncertain = report->is_uncertain;
    log->is_sealed = scan->last_batch.record_count == 0;
    status = segment_open(log->options.files, log->folder, report->last_segment,
                          &log->current);
    if (status == DALV_OK)
        status = write_last_anew(log, scan);
    if (status == DALV_OK && report->is_cut)
        status = cut_tail(log, scan->used_end);
    if (status == DALV_OK)
        status = files_sync_folder(log->options.files, log->folder);
    /* Behind damage nothing is appended: its end is not known for sure. */
    if (status == DALV_OK && scan->is_last_damaged)
        status = commit_log_enter(log, report->last_segment + 1);
    return status;
}

/* The last one is the current one. */
static enum dalv_status count_old_bytes(struct commit_log *log,
                                        const struct log_segments *segments)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; i + 1 < segments->count && status == DALV_OK; i++) {
        struct segment segment = {0};

        status = segment_open(log->options.files, log->folder,
                              segments->numbers[i], &segment);
        log->old_bytes += segment.size;
        segment_close(&segment);
    }
    return status;
}

static enum dalv_status open_existing(struct commit_log *log,
                                      const struct log_segments *segments,
                                      struct log_report *out_report)
{
    struct log_scan_options options = {
        .files = log->options.files,
        .folder = log->folder,
        .catalog = log->catalog,
    };
    struct log_scan scan;
    enum dalv_status status;

    log_scan_init(&scan, &options, &log->state);
    status = log_scan_run(&scan, segments);
    log_catalog_settle(log->catalog, &log->state);
    *out_report = scan.report;
    if (status == DALV_OK && scan.report.damage_count > 0 &&
        (!log->options.is_damage_accepted || !scan.is_anchored))
        status = DALV_DAMAGED;
    if (status == DALV_OK)
        status = count_old_bytes(log, segments);
    if (status == DALV_OK)
        status = resume(log, &scan);
    log_scan_deinit(&scan);
    return status;
}

static enum dalv_status open_folder(struct commit_log *log,
                                    struct log_report *out_report)
{
    struct log_segments segments;
    enum dalv_status status;

    log_segments_init(&segments);
    status = log_segments_list(&segments, log->options.files, log->folder);
    if (status == DALV_OK && segments.has_new)
        status = remove_leftovers(log);
    if (status == DALV_OK)
        status = segments.count == 0
                     ? make_new(log, out_report)
                     : open_existing(log, &segments, out_report);
    if (status == DALV_OK)
        status = commit_log_seal(log);
    if (status == DALV_OK)
        status = log_quarantine_load(&log->quarantine);
    log->reader = log_reader_open(log);
    log_segments_deinit(&segments);
    return status;
}

static struct commit_log *create(const struct commit_log_options *options)
{
    struct commit_log *log = calloc(1, sizeof(*log));

    ASSERT(log != NULL);
    log->options = *options;
    log->folder = strdup(options->folder);
    ASSERT(log->folder != NULL);
    log->options.folder = log->folder;
    if (log->options.segment_bytes == 0)
        log->options.segment_bytes = SEGMENT_BYTES_DEFAULT;
    ASSERT(log->options.segment_bytes % BATCH_ALIGNMENT == 0 &&
           log->options.segment_bytes >= SEGMENT_BYTES_MIN &&
           log->options.segment_bytes <= SEGMENT_BYTES_MAX);
    log_state_init(&log->state, options->partition_count);
    log->catalog = log_catalog_create(&(struct log_catalog_options){
        .partition_count = options->partition_count,
        .tail_bytes = options->tail_bytes,
        .places_max = options->places_max == 0 ? LOG_CATALOG_PLACES_MAX
                                               : options->places_max,
    });
    log_quarantine_init(&log->quarantine, options->files, log->folder);
    buffer_init(&log->collected);
    commit_log_clear_collected(log);
    return log;
}

static void destroy(struct commit_log **log_p)
{
    struct commit_log *log = *log_p;

    segment_close(&log->current);
    segment_close(&log->next);
    file_close(&log->lock);
    log_reader_close(&log->reader);
    log_catalog_destroy(&log->catalog);
    log_quarantine_deinit(&log->quarantine);
    buffer_deinit(&log->collected);
    log_state_deinit(&log->state);
    free(log->folder);
    free(log);
    *log_p = NULL;
}

enum dalv_status commit_log_open(const struct commit_log_options *options,
                                 struct log_report *out_report,
                                 struct commit_log **out_log)
{
    struct commit_log *log = create(options);
    enum dalv_status status;

    *out_report = (struct log_report){0};
    status = lock_folder(log);
    if (status == DALV_OK)
        status = open_folder(log, out_report);
    if (status == DALV_OK)
        *out_log = log;
    else
        destroy(&log);
    return status;
}

void commit_log_close(struct commit_log **log_p)
{
    enum dalv_status status;

    if (*log_p == NULL)
        return;
    /* Nobody is left to hear a failure; the next opening will. */
    status = commit_log_seal(*log_p);
    (void)status;
    destroy(log_p);
}
