#include "storage/index_feed_walk.h"

#include <stdint.h>

/* Where to seek for what follows: before it, or on what it is behind. */
static void seek_key(const struct index_feed_walk *walk,
                     const struct feed_position *after, struct index_key *key)
{
    if (after->key.size == 0) {
        index_key_start_history(key, &walk->place, INDEX_TABLE_FEED);
        writer_u64_be(&key->writer, after->revision + 1);
    } else if (after->has_dot) {
        /* The largest generation: behind all entries of this dot. */
        index_key_feed_element(key, &walk->place, after->revision, after->key,
                               after->dot);
        writer_u64_be(&key->writer, UINT64_MAX);
    } else {
        index_key_feed(key, &walk->place, after->revision, after->key);
    }
}

enum dalv_status index_feed_walk_open(struct index_feed_walk *walk,
                                      struct index *index,
                                      const struct index_scope *scope,
                                      const struct feed_position *after)
{
    struct index_key key;
    enum dalv_status status;

    walk->index = index;
    walk->place = index_place_of(index, scope);
    walk->list_key.size = 0;
    index_key_start_history(&walk->start, &walk->place, INDEX_TABLE_FEED);
    seek_key(walk, after, &key);
    status = index_scan_open(&walk->scan, index, &walk->start, &key);
    if (status == DALV_OK && index_scan_is_at_entry(&walk->scan) &&
        after->key.size > 0 &&
        bytes_equal(kv_cursor_key(walk->scan.cursor), index_key_bytes(&key)))
        index_scan_next(&walk->scan);
    return status;
}

enum dalv_status index_feed_walk_read(struct index_feed_walk *walk)
{
    if (!index_scan_is_at_entry(&walk->scan))
        return DALV_NOT_FOUND;
    return index_feed_entry_read(index_scan_rest(&walk->scan), &walk->entry)
               ? DALV_OK
               : index_damaged(walk->index);
}

static enum dalv_status key_change(struct index_feed_walk *walk,
                                   struct change *out_change)
{
    enum dalv_status status;

    out_change->type = CHANGE_KEY;
    status = index_get_key(walk->index, &walk->place, walk->entry.key,
                           &out_change->state);
    if (status != DALV_OK)
        return status;
    return key_state_feed_revision(&out_change->state) == walk->entry.revision
               ? DALV_OK
               : index_damaged(walk->index);
}

/* The elements of one list mostly follow each other. */
static enum dalv_status find_list(struct index_feed_walk *walk)
{
    struct bytes known = bytes_make(walk->list_key.memory, walk->list_key.size);

    if (bytes_equal(known, walk->entry.key))
        return DALV_OK;
    (void)index_unescaped_keep(&walk->list_key, walk->entry.key);
    return index_get_key(walk->index, &walk->place, walk->entry.key,
                         &walk->list);
}

static enum dalv_status element_change(struct index_feed_walk *walk,
                                       struct change *out_change)
{
    struct element_state named = {
        .dot = walk->entry.dot,
        .generation = walk->entry.generation,
    };
    struct index_element element;
    enum dalv_status status = find_list(walk);

    if (status != DALV_OK)
        return status;
    if (walk->list.kind != KEY_LIST ||
        walk->list.generation != named.generation)
        return DALV_NOT_FOUND;
    status = index_get_element(walk->index, &walk->place, walk->entry.key,
                               &named, &element);
    if (status == DALV_NOT_FOUND ||
        (status == DALV_OK && element.state.revision != walk->entry.revision))
        return index_damaged(walk->index);
    if (status != DALV_OK)
        return status;
    out_change->type = CHANGE_ELEMENT;
    out_change->element = element.state;
    out_change->writer = element.writer;
    out_change->time_us = element.time_us;
    return DALV_OK;
}

enum dalv_status index_feed_walk_change(struct index_feed_walk *walk,
                                        struct change *out_change)
{
    *out_change = (struct change){.key = walk->entry.key};
    return walk->entry.has_dot ? element_change(walk, out_change)
                               : key_change(walk, out_change);
}

void index_feed_walk_next(struct index_feed_walk *walk)
{
    index_scan_next(&walk->scan);
}

struct feed_position index_feed_walk_reach(const struct index_feed_walk *walk)
{
    return (struct feed_position){
        .revision = walk->entry.revision,
        .key = index_unescaped_keep(&walk->index->reached, walk->entry.key),
        .has_dot = walk->entry.has_dot,
        .dot = walk->entry.dot,
    };
}
