#include "client/event.h"

#include "base/assert.h"
#include "client/public_bytes.h"
#include "client/value_stream.h"
#include "model/places.h"

#include <stdlib.h>

enum {
    ITEMS_MIN = 8,
    CURSOR_USER_BYTES = 17,
};

void event_init(struct dalv_event *event)
{
    *event = (struct dalv_event){0};
    buffer_init(&event->keys);
}

void event_deinit(struct dalv_event *event)
{
    for (size_t i = 0; i < event->item_count; i++)
        dalv_value_destroy(&event->items[i].value);
    free(event->items);
    buffer_deinit(&event->keys);
}

struct intake {
    struct dalv_event *event;
    enum dalv_status status;
};

static enum dalv_status reserve_item(struct dalv_event *event)
{
    size_t capacity =
        event->item_capacity == 0 ? ITEMS_MIN : event->item_capacity * 2;
    struct event_item *grown;

    if (event->item_count < event->item_capacity)
        return DALV_OK;
    grown = realloc(event->items, capacity * sizeof(*grown));
    if (grown == NULL)
        return DALV_NO_MEMORY;
    event->items = grown;
    event->item_capacity = capacity;
    return DALV_OK;
}

static bool take_item(void *owner, struct bytes key,
                      struct dalv_value **value_p)
{
    struct intake *intake = owner;
    struct dalv_event *event = intake->event;

    intake->status = reserve_item(event);
    if (intake->status == DALV_OK)
        intake->status = buffer_reserve(&event->keys, key.size);
    if (intake->status != DALV_OK)
        return false;
    event->items[event->item_count++] = (struct event_item){
        .key_offset = event->keys.size,
        .key_size = key.size,
        .value = *value_p,
    };
    *value_p = NULL;
    buffer_put(&event->keys, key);
    return true;
}

enum dalv_status event_read(struct dalv_event *event, struct bytes page)
{
    struct intake intake = {.event = event};
    struct value_stream stream;
    enum dalv_status status;

    value_stream_init(&stream, take_item, &intake);
    status = value_stream_page(&stream, page);
    if (status == DALV_OK)
        value_stream_finish(&stream);
    value_stream_deinit(&stream);
    return status == DALV_OK ? intake.status : status;
}

enum dalv_status event_cursor_of_user(struct cursor cursor,
                                      struct buffer *buffer)
{
    struct writer writer;
    enum dalv_status status;

    buffer_clear(buffer);
    status = buffer_reserve(buffer, CURSOR_USER_BYTES);
    if (status != DALV_OK)
        return status;
    writer_init(&writer, buffer->data, buffer->capacity);
    writer_u8(&writer, 'U');
    writer_u64(&writer, cursor.history_id);
    writer_u64(&writer, cursor.revision);
    buffer->size = writer.size;
    return DALV_OK;
}

enum dalv_status event_cursor_of_all(const uint64_t *places, size_t count,
                                     struct buffer *buffer)
{
    struct writer writer;
    enum dalv_status status;

    buffer_clear(buffer);
    status = buffer_reserve(buffer, 1 + places_bytes_max(count));
    if (status != DALV_OK)
        return status;
    writer_init(&writer, buffer->data, buffer->capacity);
    writer_u8(&writer, 'A');
    places_put(&writer, places, count);
    buffer->size = writer.size;
    return DALV_OK;
}

enum dalv_status event_cursor_parse(struct bytes cursor,
                                    struct message_watch *out_watch)
{
    struct reader reader;
    struct cursor parsed;

    if (cursor.size == 0 || cursor.data[0] != (out_watch->is_all ? 'A' : 'U'))
        return DALV_INVALID;
    if (out_watch->is_all) {
        out_watch->resume = bytes_make(cursor.data + 1, cursor.size - 1);
        return DALV_OK;
    }
    reader_init(&reader, bytes_make(cursor.data + 1, cursor.size - 1));
    parsed.history_id = reader_u64(&reader);
    parsed.revision = reader_u64(&reader);
    if (!reader_is_finished(&reader))
        return DALV_INVALID;
    out_watch->cursor = parsed;
    return DALV_OK;
}

struct dalv_bytes dalv_event_user(const struct dalv_event *event)
{
    return public_bytes_out(event->user);
}

uint64_t dalv_event_revision(const struct dalv_event *event)
{
    return event->revision;
}

uint64_t dalv_event_history_id(const struct dalv_event *event)
{
    return event->history_id;
}

bool dalv_event_is_anew(const struct dalv_event *event)
{
    return event->is_anew;
}

struct dalv_bytes dalv_event_cursor(const struct dalv_event *event)
{
    return public_bytes_out(event->cursor);
}

size_t dalv_event_count(const struct dalv_event *event)
{
    return event->item_count;
}

struct dalv_bytes dalv_event_key(const struct dalv_event *event, size_t index)
{
    ASSERT(index < event->item_count);
    return dalv_bytes(event->keys.data + event->items[index].key_offset,
                      event->items[index].key_size);
}

const struct dalv_value *dalv_event_value(const struct dalv_event *event,
                                          size_t index)
{
    ASSERT(index < event->item_count);
    return event->items[index].value;
}
