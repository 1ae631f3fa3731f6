/*
 * What a watch tells: one committed transaction, or a stretch of them as their
 * outcome; and the cursor that goes on behind it.
 */
#ifndef DALV_CLIENT_EVENT_H
#define DALV_CLIENT_EVENT_H

#include "base/buffer.h"
#include "base/status.h"
#include "client/dalv.h"
#include "model/cursor.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_item {
    size_t key_offset; /* Into `keys`. */
    size_t key_size;
    struct dalv_value *value; /* NULL: the key is gone. */
};

struct dalv_event {
    struct bytes user; /* Borrowed from the message or the options. */
    uint64_t revision;
    uint64_t history_id;
    bool is_anew;
    struct bytes cursor; /* Borrowed from the watch. */
    struct buffer keys;
    struct event_item *items;
    size_t item_count;
    size_t item_capacity;
};

void event_init(struct dalv_event *event);
void event_deinit(struct dalv_event *event);

/* Take in the changes of a page. DALV_PROTOCOL, DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status event_read(struct dalv_event *event,
                                            struct bytes page);

/*
 * The cursor as callers keep it, opaque to them: of one user 'U', history and
 * revision; of all users 'A' and model/places. Written into `buffer`,
 * which is emptied first. DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status event_cursor_of_user(struct cursor cursor,
                                                      struct buffer *buffer);
DALV_MUST_CHECK enum dalv_status event_cursor_of_all(const uint64_t *places,
                                                     size_t count,
                                                     struct buffer *buffer);

/* Set the cursor in `out_watch`. DALV_INVALID if it is not one of this kind. */
DALV_MUST_CHECK enum dalv_status
event_cursor_parse(struct bytes cursor, struct message_watch *out_watch);

#endif
