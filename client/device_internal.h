/*
 * What the files of the device share: a store, the way to its cluster, and the
 * session if there is one.
 */
#ifndef DALV_CLIENT_DEVICE_INTERNAL_H
#define DALV_CLIENT_DEVICE_INTERNAL_H

#include "base/buffer.h"
#include "client/connection.h"
#include "client/dalv.h"
#include "client/device_link.h"
#include "client/key_value.h"
#include "client/store.h"
#include "client/value.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DEVICE_ERROR_BYTES_MAX = 256
};

struct dalv_device {
    struct store *store;
    struct device_link link;
    struct connection *connection; /* NULL until it is needed. */
    uint32_t next_number;          /* Of questions. */
    bool is_stale;                 /* The cluster told of something newer. */
    struct buffer watch_prefix;
    dalv_change_callback *watch; /* NULL: nobody. */
    void *watch_owner;
    char error[DEVICE_ERROR_BYTES_MAX];
};

/* Remember what went wrong, for people; gives `status` back. */
enum dalv_status device_fail(struct dalv_device *device,
                             enum dalv_status status, const char *text);

/* An SDK value of what the store holds; NULL in `*out_value` for an absent key.
   DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status device_value(const struct key_value *value,
                                              struct dalv_value **out_value);

/* ---- Large values, device_large.c ---- */

/* Add the parts that the store has of `held`; where some are missing, the value
   is not whole. */
DALV_MUST_CHECK enum dalv_status device_fill(struct dalv_device *device,
                                             struct bytes key,
                                             const struct key_value *held,
                                             struct dalv_value *value);
/* Put bytes beyond 1 MiB into the store, and the PUT into a transaction. */
DALV_MUST_CHECK enum dalv_status
device_put_large(struct dalv_device *device, struct dalv_bytes key,
                 struct dalv_bytes value, struct dalv_transaction *transaction);

/* ---- The session, device_session.c ---- */

/* Begin one, with the store's identity as it is now; one that there was ends.
   DALV_INVALID without endpoint or token. */
DALV_MUST_CHECK enum dalv_status
device_session_begin(struct dalv_device *device);
void device_session_end(struct dalv_device *device);

/*
 * Wait until the session is open; `*out_welcomed` is borrowed until the next
 * call. DALV_UNAVAILABLE, or why the token was refused.
 */
DALV_MUST_CHECK enum dalv_status
device_session_open(struct dalv_device *device, uint32_t timeout_ms,
                    const struct message **out_welcomed);

/*
 * Ask, again and again while the answer is "not now" or the connection breaks,
 * until `timeout_ms` are over. `*out_answer`, which may be REFUSED, is borrowed
 * until the next call. DALV_TIMEOUT, DALV_UNAVAILABLE, or why the token was
 * refused.
 */
DALV_MUST_CHECK enum dalv_status
device_session_ask(struct dalv_device *device, const struct message *question,
                   uint32_t timeout_ms, const struct message **out_answer);

/*
 * Wait until the cluster tells of something new, at most until `deadline_ms`.
 * `*out_changed` is what it pushed, borrowed until the next call, or NULL. A
 * new session is told of nothing until it has asked: the device is stale.
 * DALV_OK, also if there is nothing, or why the token was refused.
 */
DALV_MUST_CHECK enum dalv_status
device_session_listen(struct dalv_device *device, uint64_t deadline_ms,
                      const struct message_changed **out_changed);

#endif
