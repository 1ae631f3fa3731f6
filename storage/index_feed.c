#include "storage/index.h"
#include "storage/index_internal.h"

struct feed {
    struct index *index;
    const struct index_feed_query *query;
    struct index_place place;
    struct user_state user;
    struct kv_cursor *cursor;
    struct index_pager pager;
    struct index_key start;        /* Of all entries of the history. */
    struct index_feed_entry entry; /* Under the cursor. */
    struct feed_position reached;
    /* The list whose elements came last. */
    struct index_unescaped list_key;
    struct key_state list;
};

/* False at the end of the feed. */
static bool is_at_entry(const struct feed *feed)
{
    return kv_cursor_is_valid(feed->cursor) &&
           bytes_has_prefix(kv_cursor_key(feed->cursor),
                            index_key_bytes(&feed->start));
}

static enum dalv_status read_entry(struct feed *feed)
{
    struct bytes key = kv_cursor_key(feed->cursor);
    size_t start_size = index_key_bytes(&feed->start).size;
    struct bytes rest =
        bytes_make(key.data + start_size, key.size - start_size);

    return index_feed_entry_read(rest, &feed->entry)
               ? DALV_OK
               : index_damaged(feed->index);
}

static bool is_told(const struct feed *feed)
{
    const struct index_feed_query *query = feed->query;
    const struct index_feed_entry *entry = &feed->entry;

    if (!bytes_has_prefix(entry->key, query->prefix))
        return false;
    return query->is_skipped == NULL ||
           !query->is_skipped(query->filter_owner, entry->key, entry->revision);
}

static enum dalv_status put_key(struct feed *feed)
{
    struct change change = {.type = CHANGE_KEY, .key = feed->entry.key};
    enum dalv_status status = index_get_key(feed->index, &feed->place,
                                            feed->entry.key, &change.state);

    if (status != DALV_OK)
        return status;
    if (key_state_feed_revision(&change.state) != feed->entry.revision)
        return index_damaged(feed->index);
    return index_pager_put(&feed->pager, &change);
}

static enum dalv_status find_list(struct feed *feed)
{
    struct bytes known = bytes_make(feed->list_key.memory, feed->list_key.size);

    if (bytes_equal(known, feed->entry.key))
        return DALV_OK;
    feed->list_key = feed->entry.memory;
    return index_get_key(feed->index, &feed->place, feed->entry.key,
                         &feed->list);
}

static enum dalv_status put_element(struct feed *feed)
{
    struct change change = {
        .type = CHANGE_ELEMENT,
        .key = feed->entry.key,
        .element = {.dot = feed->entry.dot,
                    .generation = feed->entry.generation},
    };
    struct index_element element;
    enum dalv_status status = find_list(feed);

    if (status != DALV_OK)
        return status;
    if (feed->list.kind != KEY_LIST ||
        feed->list.generation != feed->entry.generation)
        return DALV_OK;
    status = index_get_element(feed->index, &feed->place, feed->entry.key,
                               &change.element, &element);
    if (status == DALV_NOT_FOUND ||
        (status == DALV_OK && element.state.revision != feed->entry.revision))
        return index_damaged(feed->index);
    if (status != DALV_OK)
        return status;
    change.element = element.state;
    change.writer = element.writer;
    change.time_us = element.time_us;
    return index_pager_put(&feed->pager, &change);
}

static void reach_entry(struct feed *feed)
{
    feed->reached.revision = feed->entry.revision;
    feed->reached.key =
        index_unescaped_keep(&feed->index->reached, feed->entry.key);
    feed->reached.has_dot = feed->entry.has_dot;
    feed->reached.dot = feed->entry.dot;
}

/* Put what fits; DALV_TOO_BIG with the cursor on the first that does not. */
static enum dalv_status put_entries(struct feed *feed)
{
    for (; is_at_entry(feed); kv_cursor_next(feed->cursor)) {
        enum dalv_status status = read_entry(feed);

        if (status == DALV_OK && is_told(feed))
            status = feed->entry.has_dot ? put_element(feed) : put_key(feed);
        if (status != DALV_OK)
            return status;
        reach_entry(feed);
    }
    return DALV_OK;
}

/* Beyond what was counted, as many entries a revision as in it. */
static void estimate(struct feed *feed, uint64_t first_revision)
{
    struct index_page *page = feed->pager.page;
    uint64_t known = feed->user.live_count + feed->user.tombstone_count;
    uint64_t counted = page->remaining_count;
    uint64_t span = feed->entry.revision - first_revision + 1;
    uint64_t revisions_left = feed->user.revision - feed->entry.revision;
    uint64_t more = counted * revisions_left / span;

    if (more + counted > known)
        more = known > counted ? known - counted : 0;
    page->remaining_count += more;
    page->remaining_bytes += page->remaining_bytes / counted * more;
}

static enum dalv_status count_remaining(struct feed *feed)
{
    struct index_page *page = feed->pager.page;
    uint64_t first_revision = feed->entry.revision;
    size_t looked_at = 0;

    for (; is_at_entry(feed); kv_cursor_next(feed->cursor)) {
        struct index_feed_value value;
        enum dalv_status status = read_entry(feed);

        if (status != DALV_OK)
            return status;
        if (!index_value_read_feed(kv_cursor_value(feed->cursor), &value))
            return index_damaged(feed->index);
        if (is_told(feed)) {
            page->remaining_count++;
            page->remaining_bytes += value.change_bytes;
        }
        if (++looked_at < INDEX_REMAINING_MAX)
            continue;
        if (page->remaining_count > 0)
            estimate(feed, first_revision);
        break;
    }
    return DALV_OK;
}

static void seek(struct feed *feed)
{
    const struct feed_position *after = &feed->query->after;
    struct index_key key;

    if (after->key.size == 0) {
        index_key_start_history(&key, &feed->place, INDEX_TABLE_FEED);
        writer_u64_be(&key.writer, after->revision + 1);
        kv_cursor_seek(feed->cursor, index_key_bytes(&key));
        return;
    }
    /* No generation is the largest: this is behind all that may follow. */
    if (after->has_dot)
        index_key_feed_element(&key, &feed->place, after->revision, after->key,
                               after->dot);
    else
        index_key_feed(&key, &feed->place, after->revision, after->key);
    if (after->has_dot)
        writer_u64_be(&key.writer, UINT64_MAX);
    kv_cursor_seek(feed->cursor, index_key_bytes(&key));
    if (is_at_entry(feed) &&
        bytes_equal(kv_cursor_key(feed->cursor), index_key_bytes(&key)))
        kv_cursor_next(feed->cursor);
}

static enum dalv_status fill(struct feed *feed)
{
    struct index_page *page = feed->pager.page;
    enum dalv_status status;

    index_key_start_history(&feed->start, &feed->place, INDEX_TABLE_FEED);
    seek(feed);
    status = put_entries(feed);
    if (status == DALV_OK) {
        page->is_whole = true;
        feed->reached = (struct feed_position){.revision = feed->user.revision};
        return DALV_OK;
    }
    if (status == DALV_TOO_BIG)
        status = index_pager_cut(&feed->pager);
    return status == DALV_OK ? count_remaining(feed) : status;
}

enum dalv_status index_feed(struct index *index,
                            const struct index_feed_query *query,
                            struct index_page *page,
                            struct feed_position *out_reached)
{
    struct feed feed;
    enum dalv_status status;
    enum dalv_status close_status;

    feed.index = index;
    feed.query = query;
    feed.place = index_place_of(index, &query->scope);
    feed.cursor = NULL;
    feed.list_key.size = 0;
    feed.reached = query->after;
    index_pager_init(&feed.pager, page);
    page->is_whole = false;
    page->remaining_count = 0;
    page->remaining_bytes = 0;
    status = index_user(index, query->scope.partition, query->scope.user,
                        &feed.user);
    if (status != DALV_OK)
        return status;
    if (feed.user.history_id != query->scope.history_id)
        return DALV_NOT_FOUND;
    /* The device that has everything costs no cursor. */
    if (query->after.key.size == 0 &&
        query->after.revision >= feed.user.revision) {
        page->is_whole = true;
        *out_reached = (struct feed_position){.revision = feed.user.revision};
        return DALV_OK;
    }
    status = kv_cursor_open(index->kv, &feed.cursor);
    if (status != DALV_OK)
        return status;
    status = fill(&feed);
    close_status = kv_cursor_close(&feed.cursor);
    if (close_status != DALV_OK)
        status = close_status;
    if (status == DALV_OK)
        *out_reached = feed.reached;
    return status;
}
