/*
 * What a log does with its past: replay it, and let old segments go.
 */
#include "storage/commit_log_internal.h"

#include "base/assert.h"

#include <string.h>

/* --- What a segment begins with --- */

/* What stands before a segment. */
struct log_beginning {
    uint32_t segment;
    struct log_state state;
};

static enum dalv_status read_beginning(const struct commit_log *log,
                                       uint32_t number, struct log_state *state)
{
    struct log_segments segments = {.numbers = &number, .count = 1};
    struct log_scan_options options = {
        .files = log->options.files,
        .folder = log->folder,
        .is_state_only = true,
    };
    struct log_scan scan;
    enum dalv_status status;

    log_scan_init(&scan, &options, state);
    status = log_scan_run(&scan, &segments);
    if (status == DALV_OK && scan.report.damage_count > 0)
        status = DALV_DAMAGED;
    log_scan_deinit(&scan);
    return status;
}

/* True if no partition's entries in `before` are above the positions. */
static bool is_covered(const struct log_state *before,
                       const struct log_position *positions)
{
    for (uint32_t i = 0; i < before->partition_count; i++) {
        if (log_position_compare(before->partitions[i].end, positions[i]) > 0)
            return false;
    }
    return true;
}

/* --- Replay --- */

struct replay {
    const struct log_position *from;
    log_visitor *visitor;
    void *owner;
};

static enum dalv_status replay_record(void *owner, const struct record *record)
{
    const struct replay *replay = owner;

    if (record->type == RECORD_STATE)
        return DALV_OK;
    if (record_is_entry(record->type) &&
        record->position.index <= replay->from[record->partition].index)
        return DALV_OK;
    return replay->visitor(replay->owner, record);
}

/*
 * Leave out the segments that hold no entry above `from`: those before the
 * newest one whose STATE is at or below it.
 */
static void skip_covered(const struct commit_log *log,
                         struct log_segments *segments,
                         const struct log_position *from)
{
    size_t first = segments->count;
    bool is_found = false;

    while (!is_found && --first > 0) {
        struct log_state state;

        log_state_init(&state, log->state.partition_count);
        is_found =
            read_beginning(log, segments->numbers[first], &state) == DALV_OK &&
            is_covered(&state, from);
        log_state_deinit(&state);
    }
    segments->count -= first;
    memmove(segments->numbers, segments->numbers + first,
            segments->count * sizeof(*segments->numbers));
}

enum dalv_status commit_log_replay(struct commit_log *log,
                                   const struct log_position *from,
                                   log_visitor *visitor, void *owner)
{
    struct replay replay = {.from = from, .visitor = visitor, .owner = owner};
    struct log_scan_options options = {
        .files = log->options.files,
        .folder = log->folder,
        .visitor = replay_record,
        .owner = &replay,
    };
    struct log_segments segments;
    struct log_state state;
    struct log_scan scan;
    enum dalv_status status;

    ASSERT(log->collected_count == 0);
    if (log->poison != DALV_OK)
        return log->poison;
    log_segments_init(&segments);
    log_state_init(&state, log->state.partition_count);
    log_scan_init(&scan, &options, &state);
    status = log_segments_list(&segments, log->options.files, log->folder);
    if (status == DALV_OK) {
        skip_covered(log, &segments, from);
        status = log_scan_run(&scan, &segments);
    }
    log_scan_deinit(&scan);
    log_state_deinit(&state);
    log_segments_deinit(&segments);
    return status;
}

/* --- Retention --- */

/*
 * The last entry of the partition that stands before the segment with this
 * beginning: if the chain was set back since, only those up to there are
 * entries still; none are up to where the log starts, which gives zero.
 */
static struct log_position last_before(const struct commit_log *log,
                                       const struct log_beginning *beginning,
                                       uint32_t i)
{
    const struct log_partition *partition = &log->state.partitions[i];
    struct log_position end = beginning->state.partitions[i].end;

    if (partition->reset_segment >= beginning->segment &&
        partition->reset.index < end.index)
        end = partition->reset;
    return end.index > partition->start.index ? end : (struct log_position){0};
}

static bool is_flushed(const struct commit_log *log,
                       const struct log_beginning *beginning,
                       const struct log_position *flushed)
{
    for (uint32_t i = 0; i < log->state.partition_count; i++) {
        if (log_position_compare(last_before(log, beginning, i), flushed[i]) >
            0)
            return false;
    }
    return true;
}

static bool is_wanted(const struct commit_log *log,
                      const struct log_beginning *beginning,
                      const uint64_t *wanted)
{
    for (uint32_t i = 0; i < log->state.partition_count; i++) {
        if (last_before(log, beginning, i).index > wanted[i])
            return true;
    }
    return false;
}

static bool may_go(const struct commit_log *log,
                   const struct commit_log_retention *retention,
                   const struct log_beginning *beginning)
{
    if (!is_flushed(log, beginning, retention->flushed))
        return false;
    return retention->wanted == NULL ||
           commit_log_bytes(log) > retention->bytes_max ||
           !is_wanted(log, beginning, retention->wanted);
}

/* Its name is gone for good before the next one is looked at. */
static enum dalv_status remove_first(struct commit_log *log)
{
    char name[SEGMENT_NAME_BYTES];
    char path[SEGMENT_PATH_BYTES];
    struct segment segment = {0};
    enum dalv_status status;

    segment_name(log->first_segment, false, name);
    status = segment_path(log->folder, name, path);
    if (status == DALV_OK)
        status = segment_open(log->options.files, log->folder,
                              log->first_segment, &segment);
    segment_close(&segment);
    if (status == DALV_OK)
        status = files_remove(log->options.files, path);
    if (status == DALV_OK)
        status = files_sync_folder(log->options.files, log->folder);
    /* A missing one was reported when the log was opened. */
    if (status != DALV_OK && status != DALV_NOT_FOUND)
        return status;
    log->old_bytes -= segment.size;
    log->first_segment++;
    return DALV_OK;
}

/*
 * The first segment behind the oldest whose beginning can be read. The current
 * one's always can: it was written or checked by this opening.
 */
static enum dalv_status find_beginning(const struct commit_log *log,
                                       struct log_beginning *beginning)
{
    enum dalv_status status;

    beginning->segment = log->first_segment;
    do {
        beginning->segment++;
        log_state_deinit(&beginning->state);
        log_state_init(&beginning->state, log->state.partition_count);
        status = read_beginning(log, beginning->segment, &beginning->state);
    } while (status != DALV_OK && beginning->segment < log->current.number);
    return status;
}

/* `out_is_removed` tells whether the next one may be tried. */
static enum dalv_status release_first(
    struct commit_log *log, const struct commit_log_retention *retention,
    bool *out_is_removed)
{
    struct log_beginning beginning;
    enum dalv_status status;

    *out_is_removed = false;
    log_state_init(&beginning.state, log->state.partition_count);
    status = find_beginning(log, &beginning);
    if (status == DALV_OK && may_go(log, retention, &beginning)) {
        while (status == DALV_OK && log->first_segment < beginning.segment)
            status = remove_first(log);
        log_state_advance_start(&log->state, beginning.segment,
                                &beginning.state);
        *out_is_removed = true;
    }
    log_state_deinit(&beginning.state);
    return status;
}

enum dalv_status commit_log_release(
    struct commit_log *log, const struct commit_log_retention *retention)
{
    enum dalv_status status = log->poison;
    bool is_removed = true;

    while (status == DALV_OK && is_removed &&
           log->first_segment < log->current.number)
        status = release_first(log, retention, &is_removed);
    log_catalog_release(log->catalog, log->first_segment, &log->state);
    if (status != DALV_OK && log->poison == DALV_OK)
        log->poison = status;
    return status;
}
