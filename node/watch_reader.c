#include "node/watch_reader.h"

#include "model/change_format.h"
#include "model/places.h"

enum {
    CHANGES_PER_READING = 64
};

/* One feed that is read for a watch, page by page. */
struct feed {
    struct responder *responder;
    struct allocator *allocator;
    struct watch *watch;
    struct index_feed_query query;
    uint64_t revision_before;
    struct cursor head;
    uint64_t floor;     /* Removals at or below it may have been forgotten. */
    struct bytes place; /* All users: the resume of the last page. */
};

static enum dalv_status put_page(struct feed *feed,
                                 const struct index_page *page, bool is_gap)
{
    struct watch *watch = feed->watch;
    struct message_changed changed = {
        .watch = watch->number,
        .history_id = feed->head.history_id,
        .revision_before = feed->revision_before,
        .revision =
            page->is_whole ? feed->head.revision : feed->revision_before,
        .page = writer_bytes(&page->writer),
        .is_gap = is_gap,
    };
    struct push_out *push;

    if (watch->is_all) {
        changed.user = feed->query.scope.user;
        if (page->is_whole)
            changed.resume = feed->place;
    }
    push = push_create(feed->allocator, &changed);
    if (push == NULL)
        return DALV_NO_MEMORY;
    push->router = watch->router;
    push->client = watch->client;
    list_append(&watch->read_pushes, &push->link);
    return DALV_OK;
}

/* The next page of the feed; DALV_OK and a page, or the index's poison. */
static enum dalv_status read_page(struct feed *feed, struct index_page *page,
                                  struct feed_position *out_reached)
{
    struct responder *responder = feed->responder;
    size_t size = WATCH_PAGE_BYTES_MAX;
    enum dalv_status status;

    *page = (struct index_page){0};
    writer_init(&page->writer, responder->page, size);
    status = index_feed(responder->index, &feed->query, page, out_reached);
    if (status != DALV_TOO_BIG)
        return status;
    /* One change that is larger has a page alone. */
    *page = (struct index_page){0};
    writer_init(&page->writer, responder->page, sizeof(responder->page));
    return index_feed(responder->index, &feed->query, page, out_reached);
}

/*
 * A value that is due goes by the log before anybody is told of it, or of its
 * absence: the reading ends here, and is ordered again behind the removal.
 */
static bool meets_due(struct feed *feed, const struct index_page *page)
{
    struct change_reader reader;
    struct change change;

    change_reader_init(&reader, writer_bytes(&page->writer));
    if (change_next_due(&reader, feed->watch->now_us, &change))
        feed->watch->has_met_due = true;
    return feed->watch->has_met_due;
}

static enum dalv_status find_head(struct feed *feed)
{
    struct user_state state = {0};
    enum dalv_status status =
        index_user(feed->responder->index, feed->query.scope.partition,
                   feed->query.scope.user, &state);

    feed->head = (struct cursor){.history_id = user_state_history(&state),
                                 .revision = state.revision};
    feed->floor = state.floor;
    feed->query.scope.history_id = state.history_id;
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/*
 * Whoever stands below the floor, or in another history, may have missed
 * removals that nobody can tell any more: everything is told from the
 * beginning, so that what is not named is known to be gone.
 */
static uint64_t revision_to_begin(const struct feed *feed, struct cursor told)
{
    return told.history_id == feed->head.history_id &&
                   told.revision >= feed->floor
               ? told.revision
               : 0;
}

/* Nothing more counts as told: it is read once more. */
static void stay(struct watch *watch)
{
    watch->read_up_to = watch->told;
    if (watch->is_all)
        watch->read_up_to_index = watch->told_indexes[watch->read_partition];
}

/* ---- One user ---- */

/* The page was not whole: the next reading goes on behind it. */
static void keep_resume(const struct feed *feed,
                        const struct feed_position *reached)
{
    struct watch *watch = feed->watch;
    struct writer resume;

    writer_init(&resume, watch->resume, sizeof(watch->resume));
    resume_put_feed(&resume, reached);
    watch->resume_size = resume.size;
    watch->resume_floor = feed->floor;
    watch->read_up_to = (struct cursor){.history_id = feed->head.history_id,
                                        .revision = feed->revision_before};
}

/* The pages before this one do not tell what has been forgotten since. */
static bool is_broken(const struct feed *feed)
{
    const struct watch *watch = feed->watch;

    return watch->resume_size > 0 &&
           (watch->told.history_id != feed->head.history_id ||
            watch->resume_floor != feed->floor);
}

/* Only where the watch stands now. */
static enum dalv_status tell_head(struct feed *feed, bool is_gap)
{
    const struct index_page nothing = {.is_whole = true};

    feed->watch->resume_size = 0;
    feed->revision_before = feed->head.revision;
    return put_page(feed, &nothing, is_gap);
}

/* From behind what was told, or where the last page ended. */
static enum dalv_status tell_page(struct feed *feed)
{
    struct watch *watch = feed->watch;
    struct feed_position reached;
    struct index_page page;
    enum dalv_status status;

    feed->query.after.revision = feed->revision_before;
    if (watch->resume_size > 0 &&
        resume_get_feed(bytes_make(watch->resume, watch->resume_size),
                        &feed->query.after) != DALV_OK)
        return DALV_INTERNAL;
    status = read_page(feed, &page, &reached);
    if (status == DALV_OK && meets_due(feed, &page))
        stay(watch);
    if (status != DALV_OK || watch->has_met_due)
        return status;
    watch->resume_size = 0;
    status = put_page(feed, &page, false);
    if (status == DALV_OK && !page.is_whole)
        keep_resume(feed, &reached);
    return status;
}

static enum dalv_status read_user(struct feed *feed)
{
    struct watch *watch = feed->watch;
    enum dalv_status status;

    feed->query.scope.partition = watch->partition;
    feed->query.scope.user = watch->user;
    status = find_head(feed);
    if (status != DALV_OK)
        return status;
    watch->read_up_to = feed->head;
    watch->read_head = feed->head;
    if (watch->is_from_now || is_broken(feed))
        return tell_head(feed, !watch->is_from_now);
    feed->revision_before = revision_to_begin(feed, watch->told);
    if (feed->head.history_id == 0 ||
        feed->head.revision <= feed->revision_before)
        return DALV_OK;
    return tell_page(feed);
}

/* ---- All users ---- */

/* All pages of one user's changes; too many for the memory are a gap. */
static enum dalv_status read_change(struct feed *feed,
                                    const struct index_change *change)
{
    struct feed_position reached;
    struct index_page page;
    enum dalv_status status;

    feed->query.scope.user = change->user;
    status = find_head(feed);
    feed->revision_before = revision_to_begin(
        feed, (struct cursor){.history_id = feed->head.history_id,
                              .revision = change->after_revision});
    feed->query.after =
        (struct feed_position){.revision = feed->revision_before};
    while (status == DALV_OK) {
        status = read_page(feed, &page, &reached);
        if (status != DALV_OK || meets_due(feed, &page))
            break;
        if (page.count == 0 && page.is_whole &&
            feed->revision_before == change->after_revision)
            return DALV_OK; /* None of them under the prefix. */
        if (put_page(feed, &page, false) != DALV_OK)
            return DALV_NO_MEMORY;
        if (page.is_whole)
            return DALV_OK;
        feed->query.after = reached;
    }
    /* The user was erased since: whoever watches hears of the next write. */
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static enum dalv_status read_all(struct feed *feed)
{
    struct watch *watch = feed->watch;
    struct responder *responder = feed->responder;
    struct index_change items[CHANGES_PER_READING] = {0};
    struct index_changes changes = {.items = items,
                                    .capacity = CHANGES_PER_READING};
    uint8_t place[PLACES_MOVE_BYTES_MAX];
    struct writer writer;
    enum dalv_status status;

    arena_init(&responder->arena, responder->arena_block,
               sizeof(responder->arena_block));
    feed->query.scope.partition = watch->read_partition;
    watch->read_up_to_index =
        index_applied(responder->index, watch->read_partition).index;
    status = index_list_changes(responder->index, watch->read_partition,
                                watch->told_indexes[watch->read_partition],
                                &responder->arena, &changes);
    if (status == DALV_OK && !changes.is_whole && changes.count > 0)
        watch->read_up_to_index =
            changes.items[changes.count - 1].state.log_index;
    for (size_t i = 0; status == DALV_OK && i < changes.count; i++) {
        writer_init(&writer, place, sizeof(place));
        places_put_move(&writer, watch->read_partition,
                        changes.items[i].state.log_index);
        feed->place = writer_bytes(&writer);
        status = read_change(feed, &changes.items[i]);
        if (watch->has_met_due) {
            stay(watch);
            break;
        }
    }
    return status;
}

enum dalv_status watch_reader_read(struct responder *responder,
                                   struct allocator *allocator,
                                   struct watch *watch)
{
    struct feed feed = {
        .responder = responder,
        .allocator = allocator,
        .watch = watch,
        .query = {.prefix = watch->prefix},
    };
    struct index_page nothing = {.is_whole = true};
    enum dalv_status status;

    watch->has_met_due = false;
    status = watch->is_all ? read_all(&feed) : read_user(&feed);

    if (status != DALV_NO_MEMORY)
        return status;
    if (put_page(&feed, &nothing, true) != DALV_OK)
        stay(watch);
    return DALV_OK;
}
