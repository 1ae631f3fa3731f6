#include "client/value_stream.h"

#include "model/change_format.h"
#include "model/upload.h"

void value_stream_init(struct value_stream *stream,
                       value_stream_callback *callback, void *owner)
{
    *stream = (struct value_stream){.callback = callback, .owner = owner};
    buffer_init(&stream->key);
}

void value_stream_deinit(struct value_stream *stream)
{
    dalv_value_destroy(&stream->value);
    buffer_deinit(&stream->key);
}

static void tell(struct value_stream *stream)
{
    if (!stream->has_key)
        return;
    stream->has_key = false;
    if (stream->value != NULL)
        value_sort(stream->value);
    if (!stream->is_stopped)
        stream->is_stopped = !stream->callback(
            stream->owner, buffer_bytes(&stream->key), &stream->value);
    dalv_value_destroy(&stream->value);
}

static bool goes_on(const struct value_stream *stream, struct bytes key)
{
    return stream->has_key && bytes_equal(buffer_bytes(&stream->key), key);
}

static enum dalv_status begin(struct value_stream *stream, struct bytes key,
                              const struct key_state *state)
{
    enum dalv_status status;

    tell(stream);
    buffer_clear(&stream->key);
    status = buffer_reserve(&stream->key, key.size);
    if (status == DALV_OK && state->kind != KEY_NONE)
        status = value_create(state, &stream->value);
    if (status != DALV_OK)
        return status;
    buffer_put(&stream->key, key);
    stream->has_key = true;
    return DALV_OK;
}

/* What goes on in the next page, a list or a value in parts, tells its key
   again. */
static bool is_same_value(const struct value_stream *stream,
                          const struct change *change)
{
    return goes_on(stream, change->key) && stream->value != NULL &&
           change->state.generation != 0 &&
           (int)stream->value->kind == (int)change->state.kind &&
           stream->value->generation == change->state.generation;
}

static enum dalv_status on_key(struct value_stream *stream,
                               const struct change *change)
{
    if (is_same_value(stream, change)) {
        if (change->state.revision > stream->value->revision)
            stream->value->revision = change->state.revision;
        return DALV_OK;
    }
    return begin(stream, change->key, &change->state);
}

/* In events an element comes without its list's key. */
static enum dalv_status on_element(struct value_stream *stream,
                                   const struct change *change)
{
    const struct key_state list = {
        .kind = KEY_LIST,
        .generation = change->element.generation,
    };
    bool belongs = goes_on(stream, change->key) && stream->value != NULL;
    enum dalv_status status = DALV_OK;

    if (upload_is_number(change->element.generation))
        return belongs && stream->value->kind == DALV_KIND_REGISTER
                   ? value_put_part(stream->value, &change->element)
                   : DALV_OK;

    if (belongs && stream->value->generation != change->element.generation)
        return DALV_OK; /* Of a list that ended between two pages. */
    if (!belongs)
        status = begin(stream, change->key, &list);
    if (status != DALV_OK)
        return status;
    return value_put_element(stream->value, &change->element);
}

enum dalv_status value_stream_page(struct value_stream *stream,
                                   struct bytes page)
{
    struct change_reader reader;
    enum dalv_status status = DALV_OK;

    change_reader_init(&reader, page);
    while (status == DALV_OK && !stream->is_stopped) {
        struct change change;

        status = change_next(&reader, &change);
        if (status == DALV_NOT_FOUND)
            return DALV_OK;
        if (status != DALV_OK)
            return status;
        if (change.type == CHANGE_KEY)
            status = on_key(stream, &change);
        else
            status = on_element(stream, &change);
    }
    return status;
}

bool value_stream_lacks_parts(const struct value_stream *stream)
{
    return stream->has_key && stream->value != NULL &&
           !dalv_value_is_whole(stream->value);
}

void value_stream_finish(struct value_stream *stream)
{
    tell(stream);
}
