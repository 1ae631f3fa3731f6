/*
 * What the files of the backend client share: the connection, the calls that
 * wait, and the one loop that both live in.
 */
#ifndef DALV_CLIENT_BACKEND_INTERNAL_H
#define DALV_CLIENT_BACKEND_INTERNAL_H

#include "base/status.h"
#include "client/calls.h"
#include "client/connection.h"
#include "client/dalv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BACKEND_ERROR_BYTES_MAX = 256,
    BACKEND_TIMEOUT_MS = 5000,
    BACKEND_REST_MAX_MS = 2000,
};

/* Who is told of what answers no call. */
struct backend_listener {
    void (*lost)(void *owner);
    void (*changed)(void *owner, const struct message_changed *changed);
    void *owner;
};

struct dalv_backend {
    struct connection *connection;
    struct calls calls;
    uint32_t timeout_ms;
    uint32_t max_staleness_ms;
    enum dalv_status refusal; /* The token was refused; else DALV_OK. */
    const struct backend_listener *listener; /* NULL: nobody. */
    size_t called_back;                      /* How many calls ended, ever. */
    bool is_closing;                         /* Nobody is called back. */
    char error[BACKEND_ERROR_BYTES_MAX];
};

/* Ask; the handler runs inside backend_turn. DALV_BUSY, DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status backend_ask(struct dalv_backend *backend,
                                             const struct message *question,
                                             call_handler *handler,
                                             void *owner);

/* One turn of the loop: send, wait until something happens or until
   `deadline_ms`, handle it. */
void backend_turn(struct dalv_backend *backend, uint64_t deadline_ms);

/* Ask and turn until the answer is there. The handler, if there is one, sees
   the message; the result is the answer's status. */
DALV_MUST_CHECK enum dalv_status
backend_ask_and_wait(struct dalv_backend *backend,
                     const struct message *question, call_handler *handler,
                     void *owner);

/* Remember what went wrong, for people; gives `status` back. */
enum dalv_status backend_fail(struct dalv_backend *backend,
                              enum dalv_status status, const char *text);

#endif
