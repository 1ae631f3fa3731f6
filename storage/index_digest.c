#include "base/assert.h"
#include "model/digest.h"
#include "storage/index.h"
#include "storage/index_walk.h"

struct ranges {
    struct index_walk walk;
    const struct index_digest_query *query;
    struct arena *arena;
    struct index_digests *digests;
    size_t key_count; /* In the range that is being made. */
    struct index_unescaped last_key;
};

static enum dalv_status end_range(struct ranges *ranges)
{
    struct index_digest_range *range =
        &ranges->digests->items[ranges->digests->count];
    struct bytes last =
        bytes_make(ranges->last_key.memory, ranges->last_key.size);

    if (!arena_copy(ranges->arena, last, &range->last_key))
        return DALV_TOO_BIG;
    ranges->digests->count++;
    ranges->key_count = 0;
    return DALV_OK;
}

/* DALV_TOO_BIG if the arena is full; `*out_is_full` if the array is. */
static enum dalv_status put_key(struct ranges *ranges,
                                const struct index_item *item,
                                bool *out_is_full)
{
    struct index_digests *digests = ranges->digests;
    enum dalv_status status = DALV_OK;

    if (ranges->key_count == ranges->query->keys_per_range)
        status = end_range(ranges);
    if (status != DALV_OK)
        return status;
    *out_is_full = digests->count == digests->capacity;
    if (*out_is_full)
        return DALV_OK;
    if (ranges->key_count == 0)
        digest_init(&digests->items[digests->count].digest);
    ranges->key_count++;
    index_unescaped_keep(&ranges->last_key, item->key);
    digest_put_key(&digests->items[digests->count].digest, item->key,
                   item->state);
    return DALV_OK;
}

static enum dalv_status put_all(struct ranges *ranges)
{
    struct index_digests *digests = ranges->digests;
    struct index_item item;
    enum dalv_status status;
    bool is_full = false;

    for (;;) {
        status = index_walk_next(&ranges->walk, &item);
        if (status != DALV_OK)
            break;
        if (item.is_element)
            digest_put_element(&digests->items[digests->count].digest,
                               &item.element.state);
        else
            status = put_key(ranges, &item, &is_full);
        if (status != DALV_OK || is_full)
            return status;
    }
    if (status != DALV_NOT_FOUND)
        return status;
    digests->is_whole = true;
    return ranges->key_count > 0 ? end_range(ranges) : DALV_OK;
}

enum dalv_status index_digest(struct index *index,
                              const struct index_digest_query *query,
                              struct arena *arena,
                              struct index_digests *digests)
{
    struct index_walk_options options = {
        .scope = query->scope,
        .from = {.key = query->from_key, .is_after_key = true},
        .has_elements = true,
    };
    struct ranges ranges;
    enum dalv_status status;
    enum dalv_status close_status;

    ASSERT(query->keys_per_range > 0 && digests->capacity > 0);
    ranges.query = query;
    ranges.arena = arena;
    ranges.digests = digests;
    ranges.key_count = 0;
    digests->count = 0;
    digests->is_whole = false;
    status = index_walk_open(&ranges.walk, index, &options);
    if (status == DALV_OK)
        status = put_all(&ranges);
    close_status = index_walk_close(&ranges.walk);
    return close_status != DALV_OK ? close_status : status;
}
