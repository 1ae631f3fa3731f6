#include "storage/index.h"
#include "storage/index_feed_walk.h"
#include "storage/index_internal.h"

struct feed {
    const struct index_feed_query *query;
    struct user_state user;
    struct index_feed_walk walk;
    struct index_pager pager;
    struct feed_position reached;
};

static bool is_told(const struct feed *feed)
{
    const struct index_feed_query *query = feed->query;
    const struct index_feed_entry *entry = &feed->walk.entry;

    if (!bytes_has_prefix(entry->key, query->prefix))
        return false;
    return query->is_skipped == NULL ||
           !query->is_skipped(query->filter_owner, entry->key, entry->revision);
}

static enum dalv_status put_entry(struct feed *feed)
{
    struct change change;
    enum dalv_status status;

    if (!is_told(feed))
        return DALV_OK;
    status = index_feed_walk_change(&feed->walk, &change);
    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    return status == DALV_OK ? index_pager_put(&feed->pager, &change) : status;
}

/*
 * Put what fits: DALV_TOO_BIG with the walk on the first entry that does not,
 * DALV_NOT_FOUND at the end.
 */
static enum dalv_status put_entries(struct feed *feed)
{
    for (;;) {
        enum dalv_status status = index_feed_walk_read(&feed->walk);

        if (status == DALV_OK)
            status = put_entry(feed);
        if (status != DALV_OK)
            return status;
        feed->reached = index_feed_walk_reach(&feed->walk);
        index_feed_walk_next(&feed->walk);
    }
}

/* Beyond what was counted, as many entries a revision as in it. */
static void estimate(struct feed *feed, uint64_t first_revision)
{
    struct index_page *page = feed->pager.page;
    uint64_t last_revision = feed->walk.entry.revision;
    uint64_t known = feed->user.live_count + feed->user.tombstone_count;
    uint64_t counted = page->remaining_count;
    uint64_t more = counted * (feed->user.revision - last_revision) /
                    (last_revision - first_revision + 1);

    if (counted == 0)
        return;
    if (more + counted > known)
        more = known > counted ? known - counted : 0;
    page->remaining_count += more;
    page->remaining_bytes += page->remaining_bytes / counted * more;
}

static enum dalv_status count_entry(struct feed *feed)
{
    struct index_page *page = feed->pager.page;
    struct index_feed_value value;

    if (!index_value_read_feed(index_scan_value(&feed->walk.scan), &value))
        return index_damaged(feed->walk.index);
    if (is_told(feed)) {
        page->remaining_count++;
        page->remaining_bytes += value.change_bytes;
    }
    return DALV_OK;
}

static enum dalv_status count_remaining(struct feed *feed)
{
    uint64_t first_revision = feed->walk.entry.revision;

    for (size_t i = 0; i < INDEX_REMAINING_MAX; i++) {
        enum dalv_status status = index_feed_walk_read(&feed->walk);

        if (status == DALV_NOT_FOUND)
            return DALV_OK;
        if (status == DALV_OK)
            status = count_entry(feed);
        if (status != DALV_OK)
            return status;
        index_feed_walk_next(&feed->walk);
    }
    estimate(feed, first_revision);
    return DALV_OK;
}

static void finish(struct feed *feed)
{
    feed->pager.page->is_whole = true;
    feed->reached = (struct feed_position){.revision = feed->user.revision};
}

static enum dalv_status fill(struct feed *feed)
{
    enum dalv_status status = put_entries(feed);

    if (status == DALV_NOT_FOUND) {
        finish(feed);
        return DALV_OK;
    }
    if (status == DALV_TOO_BIG)
        status = index_pager_cut(&feed->pager);
    return status == DALV_OK ? count_remaining(feed) : status;
}

static enum dalv_status walk_and_fill(struct feed *feed, struct index *index)
{
    const struct index_feed_query *query = feed->query;
    enum dalv_status status =
        index_feed_walk_open(&feed->walk, index, &query->scope, &query->after);

    if (status == DALV_OK)
        status = fill(feed);
    return index_scan_close(&feed->walk.scan, status);
}

enum dalv_status index_feed(struct index *index,
                            const struct index_feed_query *query,
                            struct index_page *page,
                            struct feed_position *out_reached)
{
    struct feed feed;
    enum dalv_status status;

    feed.query = query;
    index_pager_init(&feed.pager, page);
    status = index_user(index, query->scope.partition, query->scope.user,
                        &feed.user);
    if (status != DALV_OK)
        return status;
    if (feed.user.history_id != query->scope.history_id)
        return DALV_NOT_FOUND;
    /* The device that has everything costs no cursor. */
    if (query->after.key.size == 0 &&
        query->after.revision >= feed.user.revision)
        finish(&feed);
    else
        status = walk_and_fill(&feed, index);
    if (status == DALV_OK)
        *out_reached = feed.reached;
    return status;
}
