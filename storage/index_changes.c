#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_internal.h"

struct user_feed {
    struct index *index;
    struct index_place place;
    struct index_scan scan;
};

/*
 * The log index of the first entry at or above a revision; UINT64_MAX if there
 * is none. It never falls from one revision to the next.
 */
static enum dalv_status first_from(struct user_feed *feed, uint64_t revision,
                                   uint64_t *out_log_index)
{
    struct index_feed_value value;
    struct index_key key;

    index_key_start_history(&key, &feed->place, INDEX_TABLE_FEED);
    writer_u64_be(&key.writer, revision);
    kv_cursor_seek(feed->scan.cursor, index_key_bytes(&key));
    *out_log_index = UINT64_MAX;
    if (!index_scan_is_at_entry(&feed->scan))
        return DALV_OK;
    if (!index_value_read_feed(index_scan_value(&feed->scan), &value))
        return index_damaged(feed->index);
    *out_log_index = value.log_index;
    return DALV_OK;
}

/*
 * The last revision with an entry from at or before `log_index`, and not the
 * last before the first that is newer: between the two a removal may have been
 * told and forgotten, and the floor tells who missed it. Whoever follows
 * closely finds it a few steps from the end, so that is where to look first.
 */
static enum dalv_status search(struct user_feed *feed, uint64_t log_index,
                               uint64_t revision_max, uint64_t *out_revision)
{
    uint64_t above = revision_max + 1; /* Its entries are newer, if any. */
    uint64_t below = revision_max;     /* To be found: the last that is not. */
    uint64_t step = 1;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && below > 0) {
        uint64_t first;

        status = first_from(feed, below, &first);
        if (first <= log_index)
            break;
        above = below;
        below = below > step ? below - step : 0;
        step *= 2;
    }
    while (status == DALV_OK && above - below > 1) {
        uint64_t middle = below + (above - below) / 2;
        uint64_t first;

        status = first_from(feed, middle, &first);
        if (first <= log_index)
            below = middle;
        else
            above = middle;
    }
    *out_revision = below;
    return status;
}

static enum dalv_status revision_at(struct index *index,
                                    const struct index_scope *scope,
                                    uint64_t log_index,
                                    struct index_change *change)
{
    struct user_feed feed = {
        .index = index,
        .place = index_place_of(index, scope),
    };
    struct index_key prefix;
    enum dalv_status status;

    change->after_revision = 0;
    if (change->state.revision == 0)
        return DALV_OK;
    index_key_start_history(&prefix, &feed.place, INDEX_TABLE_FEED);
    status = index_scan_open(&feed.scan, index, &prefix, NULL);
    if (status == DALV_OK)
        status = search(&feed, log_index, change->state.revision,
                        &change->after_revision);
    return index_scan_close(&feed.scan, status);
}

struct change_walk {
    struct index *index;
    uint32_t partition;
    uint64_t after_index;
    struct index_scan scan;
    struct arena *arena;
};

static enum dalv_status read_change(struct change_walk *walk,
                                    struct index_change *out_change)
{
    struct index_scope scope = {.partition = walk->partition};
    struct index_changed_value changed;
    struct reader reader;
    uint64_t log_index;
    enum dalv_status status;

    reader_init(&reader, index_scan_rest(&walk->scan));
    log_index = reader_u64_be(&reader);
    if (!reader_is_finished(&reader) ||
        !index_value_read_changed(index_scan_value(&walk->scan), &changed))
        return index_damaged(walk->index);
    out_change->user = changed.user;
    status = index_user(walk->index, walk->partition, out_change->user,
                        &out_change->state);
    /* The entry moves with the state: they cannot tell of different writes. */
    if (status == DALV_NOT_FOUND ||
        (status == DALV_OK && out_change->state.log_index != log_index))
        return index_damaged(walk->index);
    if (status != DALV_OK)
        return status;
    scope.user = out_change->user;
    scope.history_id = out_change->state.history_id;
    return revision_at(walk->index, &scope, walk->after_index, out_change);
}

static enum dalv_status take_changes(struct change_walk *walk,
                                     struct index_changes *changes)
{
    for (; index_scan_is_at_entry(&walk->scan); index_scan_next(&walk->scan)) {
        struct index_change change = {0};
        enum dalv_status status;

        if (changes->count == changes->capacity)
            return DALV_OK;
        status = read_change(walk, &change);
        if (status != DALV_OK)
            return status;
        if (!arena_copy(walk->arena, change.user, &change.user))
            return index_list_cut(changes->count);
        changes->items[changes->count++] = change;
    }
    changes->is_whole = true;
    return DALV_OK;
}

enum dalv_status index_list_changes(struct index *index, uint32_t partition,
                                    uint64_t after_index, struct arena *arena,
                                    struct index_changes *changes)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct change_walk walk = {
        .index = index,
        .partition = partition,
        .after_index = after_index,
        .arena = arena,
    };
    struct index_key prefix;
    struct index_key from;
    enum dalv_status status;

    ASSERT(changes->capacity > 0 && after_index < UINT64_MAX);
    changes->count = 0;
    changes->is_whole = false;
    index_key_start(&prefix, &place, INDEX_TABLE_CHANGED);
    index_key_start(&from, &place, INDEX_TABLE_CHANGED);
    writer_u64_be(&from.writer, after_index + 1);
    status = index_scan_open(&walk.scan, index, &prefix, &from);
    if (status == DALV_OK)
        status = take_changes(&walk, changes);
    return index_scan_close(&walk.scan, status);
}
