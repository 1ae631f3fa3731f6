#include "storage/index_walk.h"

static struct bytes behind(struct bytes bytes, size_t size)
{
    return bytes_make(bytes.data + size, bytes.size - size);
}

/* The user's key under the cursor, or empty at the end of the user's keys. */
static struct bytes key_here(const struct index_walk *walk)
{
    struct bytes start = index_key_bytes(&walk->keys_start);
    struct bytes key;

    if (!kv_cursor_is_valid(walk->keys))
        return (struct bytes){0};
    key = kv_cursor_key(walk->keys);
    if (!bytes_has_prefix(key, start))
        return (struct bytes){0};
    key = behind(key, start.size);
    return bytes_has_prefix(key, walk->prefix) ? key : (struct bytes){0};
}

static enum dalv_status read_state(struct index_walk *walk)
{
    return index_value_read_key(kv_cursor_value(walk->keys), &walk->state)
               ? DALV_OK
               : index_damaged(walk->index);
}

static enum dalv_status enter_list(struct index_walk *walk,
                                   const struct dot *behind_dot)
{
    enum dalv_status status = DALV_OK;
    struct index_key seek;

    index_key_start_generation(&seek, &walk->place);
    if (walk->elements == NULL)
        status = kv_cursor_open_within(walk->index->kv, index_key_bytes(&seek),
                                       &walk->elements);
    if (status != DALV_OK)
        return status;
    index_key_list(&walk->list_start, &walk->place, key_here(walk),
                   walk->state.generation);
    index_key_list(&seek, &walk->place, key_here(walk), walk->state.generation);
    if (behind_dot != NULL)
        index_key_put_dot(&seek, *behind_dot);
    kv_cursor_seek(walk->elements, index_key_bytes(&seek));
    if (behind_dot != NULL && kv_cursor_is_valid(walk->elements) &&
        bytes_equal(kv_cursor_key(walk->elements), index_key_bytes(&seek)))
        kv_cursor_next(walk->elements);
    walk->is_in_list = true;
    walk->is_on_element = false;
    return DALV_OK;
}

bool index_walk_enters(const struct index_walk *walk,
                       const struct key_state *state)
{
    return (walk->has_elements && state->kind == KEY_LIST) ||
           (walk->has_parts && key_state_is_in_parts(state));
}

/* Stand behind `from`, which may be inside a list. */
static enum dalv_status go_to(struct index_walk *walk,
                              const struct range_position *from)
{
    struct index_key seek;
    enum dalv_status status;

    index_key_register(
        &seek, &walk->place,
        bytes_compare(from->key, walk->prefix) > 0 ? from->key : walk->prefix);
    kv_cursor_seek(walk->keys, index_key_bytes(&seek));
    if (from->key.size == 0 || !bytes_equal(key_here(walk), from->key))
        return DALV_OK;
    walk->is_on_key = true;
    if (from->is_after_key)
        return DALV_OK;
    status = read_state(walk);
    if (status != DALV_OK || !index_walk_enters(walk, &walk->state))
        return status;
    return enter_list(walk, from->has_dot ? &from->dot : NULL);
}

enum dalv_status index_walk_open(struct index_walk *walk, struct index *index,
                                 const struct index_walk_options *options)
{
    enum dalv_status status;

    walk->index = index;
    walk->place = index_place_of(index, &options->scope);
    walk->prefix = options->prefix;
    walk->has_elements = options->has_elements;
    walk->has_parts = options->has_parts;
    walk->keys = NULL;
    walk->elements = NULL;
    walk->is_on_key = false;
    walk->is_in_list = false;
    walk->is_on_element = false;
    index_key_start_history(&walk->keys_start, &walk->place, INDEX_TABLE_KEY);
    status = kv_cursor_open_within(
        index->kv, index_key_bytes(&walk->keys_start), &walk->keys);
    if (status == DALV_OK)
        status = go_to(walk, &options->from);
    return status;
}

/* DALV_NOT_FOUND once the list has no more live elements. */
static enum dalv_status next_element(struct index_walk *walk,
                                     struct index_item *out_item)
{
    struct bytes start = index_key_bytes(&walk->list_start);
    struct index_element *element = &out_item->element;
    struct reader reader;

    for (; kv_cursor_is_valid(walk->elements); kv_cursor_next(walk->elements)) {
        struct bytes key = kv_cursor_key(walk->elements);

        if (!bytes_has_prefix(key, start))
            break;
        reader_init(&reader, behind(key, start.size));
        element->state.dot = index_read_dot(&reader);
        element->state.generation = walk->state.generation;
        if (!reader_is_finished(&reader) ||
            !index_value_read_element(kv_cursor_value(walk->elements), element))
            return index_damaged(walk->index);
        if (!element->state.is_removed)
            return DALV_OK;
    }
    return DALV_NOT_FOUND;
}

static enum dalv_status next_key(struct index_walk *walk)
{
    if (walk->is_on_key)
        kv_cursor_next(walk->keys);
    walk->is_on_key = false;
    while (key_here(walk).size > 0) {
        enum dalv_status status = read_state(walk);

        if (status != DALV_OK)
            return status;
        if (walk->state.kind != KEY_NONE) {
            walk->is_on_key = true;
            return DALV_OK;
        }
        kv_cursor_next(walk->keys);
    }
    return DALV_NOT_FOUND;
}

/* The cursor stays on an element that was given until the next call. */
static enum dalv_status go_on_in_list(struct index_walk *walk,
                                      struct index_item *out_item)
{
    enum dalv_status status;

    if (walk->is_on_element)
        kv_cursor_next(walk->elements);
    walk->is_on_element = false;
    status = next_element(walk, out_item);
    if (status == DALV_NOT_FOUND)
        walk->is_in_list = false;
    if (status == DALV_OK)
        walk->is_on_element = true;
    return status;
}

enum dalv_status index_walk_next(struct index_walk *walk,
                                 struct index_item *out_item)
{
    enum dalv_status status = DALV_NOT_FOUND;

    if (walk->is_in_list)
        status = go_on_in_list(walk, out_item);
    out_item->is_element = status == DALV_OK;
    if (status == DALV_NOT_FOUND) {
        status = next_key(walk);
        if (status == DALV_OK && index_walk_enters(walk, &walk->state))
            status = enter_list(walk, NULL);
    }
    if (status != DALV_OK)
        return status;
    out_item->key = key_here(walk);
    out_item->state = &walk->state;
    return DALV_OK;
}

enum dalv_status index_walk_close(struct index_walk *walk)
{
    enum dalv_status keys_status = kv_cursor_close(&walk->keys);
    enum dalv_status elements_status = kv_cursor_close(&walk->elements);

    return keys_status != DALV_OK ? keys_status : elements_status;
}
