/*
 * A session with one of several routers, kept up as client/session.h says: the
 * shell around that machine, a DEALER socket and the codec.
 *
 * It starts no thread of its own; time passes only inside connection_poll.
 */
#ifndef DALV_CLIENT_CONNECTION_H
#define DALV_CLIENT_CONNECTION_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/message.h"
#include "net/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONNECTION_ENDPOINTS_MAX = 16,
    CONNECTION_ENDPOINT_BYTES_MAX = 288,
};

/*
 * The numbers of questions that no call waits for; those of calls have the
 * highest bit set. They are told apart here, once: an answer to one that was
 * taken for the answer to another would end the session.
 */
enum connection_number {
    CONNECTION_HELLO_NUMBER = 1,
    CONNECTION_PING_NUMBER = 2,
    CONNECTION_UNWATCH_NUMBER = 3, /* Whatever comes back is passed over. */
};

struct connection;

struct connection_options {
    const char *const *endpoints;
    size_t endpoint_count;            /* 1 .. CONNECTION_ENDPOINTS_MAX. */
    const struct endpoint_keys *keys; /* NULL on loopback; copied. */
    struct bytes token;
    bool is_device;
    struct install_id install; /* Devices. */
    uint64_t rest_max_ms;      /* Longest pause between attempts. */
};

enum connection_event_type {
    CONNECTION_SILENT,  /* The time is up, nothing happened. */
    CONNECTION_OPENED,  /* WELCOMED: `message` is it. */
    CONNECTION_LOST,    /* Whatever waits must be asked again. */
    CONNECTION_REFUSED, /* The token is not taken: `status`, `text`. Final. */
    CONNECTION_HEARD,   /* `message` came. */
};

struct connection_event {
    enum connection_event_type type;
    const struct message *message; /* Borrowed until the next poll. */
    enum dalv_status status;
    const char *text;
};

/* Does not wait; the first poll connects. DALV_INVALID (an endpoint that is
   none), DALV_NO_MEMORY, DALV_IO. */
DALV_MUST_CHECK enum dalv_status
connection_open(const struct connection_options *options,
                struct connection **out_connection);
void connection_close(struct connection **connection_p);

/* True between OPENED and LOST. */
bool connection_is_open(const struct connection *connection);

/* True if the last endpoint that was tried does not let our key in. */
bool connection_is_barred(const struct connection *connection);

/*
 * Hand a message over. DALV_BUSY: the way is full, poll and try again;
 * DALV_UNAVAILABLE: not open; DALV_TOO_BIG, DALV_INVALID, DALV_NO_MEMORY: it
 * can not be sent at all.
 */
DALV_MUST_CHECK enum dalv_status connection_send(struct connection *connection,
                                                 const struct message *message);

/* Whether an answer is waited for: then silence is noticed sooner. */
void connection_set_asked(struct connection *connection, bool is_asked);

/* Wait until something happens, at most until `deadline_ms` of the monotonic
   clock; 0 does not wait. */
void connection_poll(struct connection *connection, uint64_t deadline_ms,
                     struct connection_event *out_event);

#endif
