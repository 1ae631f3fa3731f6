/*
 * Pages of changes in, values out: a key with all its elements at a time.
 *
 * Pages of a RANGE come in the order of the keys and may be cut inside a list;
 * the value that may go on in the next page is held back until another key
 * begins or the caller says that this was the last page. A large value is told
 * with the parts that came: see dalv_value_is_whole.
 */
#ifndef DALV_CLIENT_VALUE_STREAM_H
#define DALV_CLIENT_VALUE_STREAM_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "client/value.h"

#include <stdbool.h>

/* For each key; `*value_p` is NULL for one that is gone. Who wants to keep the
   value takes it and sets NULL there. False stops. */
typedef bool value_stream_callback(void *owner, struct bytes key,
                                   struct dalv_value **value_p);

struct value_stream {
    value_stream_callback *callback;
    void *owner;
    struct buffer key;        /* Of what is held back. */
    struct dalv_value *value; /* NULL: a key that is gone, or nothing. */
    bool has_key;
    bool is_stopped; /* The callback wanted no more. */
};

void value_stream_init(struct value_stream *stream,
                       value_stream_callback *callback, void *owner);
void value_stream_deinit(struct value_stream *stream);

/* DALV_PROTOCOL if the page is malformed, DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status value_stream_page(struct value_stream *stream,
                                                   struct bytes page);

/* True if the value that is held back lacks parts. */
bool value_stream_lacks_parts(const struct value_stream *stream);

/* There are no more pages: tell the last value. */
void value_stream_finish(struct value_stream *stream);

#endif
