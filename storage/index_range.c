#include "storage/index.h"
#include "storage/index_internal.h"
#include "storage/index_walk.h"

enum {
    /* Values are read to count them: so the rest is counted in bytes, too. */
    REMAINING_BYTES_MAX = 256 * 1024,
};

struct range {
    struct index *index;
    const struct index_range_query *query;
    struct index_walk walk;
    struct index_pager pager;
    struct range_position reached;
};

/* Is the item behind the end of the query? */
static bool is_beyond(const struct index_range_query *query,
                      const struct index_item *item)
{
    const struct range_position *to = &query->to;
    int order;

    if (to->key.size == 0)
        return false;
    order = bytes_compare(item->key, to->key);
    if (order != 0)
        return order > 0;
    if (!item->is_element || to->is_after_key)
        return false;
    return !to->has_dot || dot_compare(item->element.state.dot, to->dot) > 0;
}

static struct change change_of(const struct index_item *item)
{
    struct change change = {.type = CHANGE_KEY, .key = item->key};

    if (!item->is_element) {
        change.state = *item->state;
        return change;
    }
    change.type = CHANGE_ELEMENT;
    change.element = item->element.state;
    change.writer = item->element.writer;
    change.time_us = item->element.time_us;
    return change;
}

static void reach_item(struct range *range, const struct index_item *item)
{
    range->reached.key =
        index_unescaped_keep(&range->index->reached, item->key);
    range->reached.has_dot = item->is_element;
    range->reached.dot = (struct dot){0};
    if (item->is_element)
        range->reached.dot = item->element.state.dot;
    range->reached.is_after_key = !index_walk_enters(&range->walk, item->state);
}

static enum dalv_status put_item(struct range *range,
                                 const struct index_item *item)
{
    struct change change = change_of(item);
    size_t count_max = range->query->count_max;

    if (count_max != 0 && range->pager.count == count_max)
        return DALV_TOO_BIG;
    return index_pager_put(&range->pager, &change);
}

/* DALV_TOO_BIG with the first item that was not put. */
static enum dalv_status put_items(struct range *range, struct index_item *item)
{
    enum dalv_status status;

    for (;;) {
        status = index_walk_next(&range->walk, item);
        if (status != DALV_OK)
            break;
        if (is_beyond(range->query, item))
            return DALV_NOT_FOUND;
        status = put_item(range, item);
        if (status != DALV_OK)
            break;
        reach_item(range, item);
    }
    return status;
}

static uint64_t item_bytes(const struct index_item *item)
{
    return item->key.size + (item->is_element ? item->element.state.value.size
                                              : item->state->value.size);
}

/*
 * Beyond what was counted, the user's live data by the share of the user's
 * tables that lies behind here. What is in the map's memory alone has no size
 * there: then what was counted stands.
 */
static enum dalv_status estimate(struct range *range, struct bytes key)
{
    struct index *index = range->index;
    struct index_page *page = range->pager.page;
    struct index_place place = range->walk.place;
    struct index_key end;
    struct user_state user;
    uint64_t whole = 0;
    uint64_t rest = 0;
    enum dalv_status status =
        index_user(index, range->query->scope.partition, place.user, &user);

    if (status != DALV_OK)
        return status;
    index_key_start_history(&end, &place, INDEX_TABLE_ELEMENT);
    status = kv_size(index->kv, index_key_bytes(&range->walk.keys_start),
                     index_key_bytes(&end), &whole);
    if (status == DALV_OK)
        status = kv_size(index->kv, key, index_key_bytes(&end), &rest);
    if (status != DALV_OK || whole == 0)
        return status;
    if (rest > whole)
        rest = whole;
    /* In 1/1000: products of large sizes stay in 64 bits. */
    rest = rest * 1000 / whole;
    if (user.live_count * rest / 1000 > page->remaining_count)
        page->remaining_count = user.live_count * rest / 1000;
    if (user.live_bytes * rest / 1000 > page->remaining_bytes)
        page->remaining_bytes = user.live_bytes * rest / 1000;
    return DALV_OK;
}

static enum dalv_status count_remaining(struct range *range,
                                        struct index_item *item)
{
    struct index_page *page = range->pager.page;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && !is_beyond(range->query, item)) {
        page->remaining_count++;
        page->remaining_bytes += item_bytes(item);
        if (page->remaining_count >= INDEX_REMAINING_MAX ||
            page->remaining_bytes >= REMAINING_BYTES_MAX)
            return estimate(range, kv_cursor_key(range->walk.keys));
        status = index_walk_next(&range->walk, item);
    }
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static enum dalv_status fill(struct range *range)
{
    struct index_item item;
    enum dalv_status status = put_items(range, &item);

    if (status == DALV_NOT_FOUND) {
        range->pager.page->is_whole = true;
        range->reached = range->query->to;
        return DALV_OK;
    }
    if (status == DALV_TOO_BIG)
        status = index_pager_cut(&range->pager);
    return status == DALV_OK ? count_remaining(range, &item) : status;
}

enum dalv_status index_range(struct index *index,
                             const struct index_range_query *query,
                             struct index_page *page,
                             struct range_position *out_reached)
{
    struct index_walk_options options = {
        .scope = query->scope,
        .prefix = query->prefix,
        .from = query->from,
        .has_elements = query->has_elements,
        .has_parts = query->has_parts,
    };
    struct range range;
    enum dalv_status status;
    enum dalv_status close_status;

    range.index = index;
    range.query = query;
    range.reached = query->from;
    index_pager_init(&range.pager, page);
    status = index_walk_open(&range.walk, index, &options);
    if (status == DALV_OK)
        status = fill(&range);
    close_status = index_walk_close(&range.walk);
    if (close_status != DALV_OK)
        status = close_status;
    if (status == DALV_OK)
        *out_reached = range.reached;
    return status;
}
