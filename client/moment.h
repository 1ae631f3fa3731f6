/*
 * Pages that were read at several moments, put together into one.
 *
 * First come the pages of a range, each key once, read at revision S or later;
 * then, in the order of the feed, everything that changed behind S up to R. The
 * last that was told of each key and element is how it stood at R: what is not
 * told again has not changed since S, and what went is told as gone.
 */
#ifndef DALV_CLIENT_MOMENT_H
#define DALV_CLIENT_MOMENT_H

#include "base/bytes.h"
#include "base/status.h"
#include "client/dalv.h"
#include "model/dot.h"

#include <stdbool.h>
#include <stddef.h>

struct moment_page {
    struct moment_page *next;
    uint8_t bytes[];
};

/* One change, where it stands in its page. */
struct moment_entry {
    struct bytes key;
    struct bytes change; /* From its first byte to the end of the page. */
    bool is_element;
    struct dot dot;
    size_t order; /* In which they came. */
};

struct moment {
    struct moment_page *pages;
    struct moment_entry *entries;
    size_t count;
    size_t capacity;
};

void moment_init(struct moment *moment);
void moment_deinit(struct moment *moment);
/* Begin again with nothing. */
void moment_clear(struct moment *moment);

/* Takes a copy of a page. DALV_PROTOCOL if it is malformed, DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status moment_add(struct moment *moment,
                                            struct bytes page);

/* Every key that is there, in order; false stops. DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status
moment_tell(struct moment *moment, dalv_scan_callback *callback, void *owner);

#endif
