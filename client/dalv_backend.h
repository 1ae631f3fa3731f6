/*
 * libdalv: a backend, which is a connection of the service's own servers to the
 * cluster.
 *
 * Part of <dalv/dalv.h>, where threads, ownership and errors are explained.
 */
#ifndef DALV_CLIENT_DALV_BACKEND_H
#define DALV_CLIENT_DALV_BACKEND_H

#include <dalv/data.h>
#include <dalv/device.h>
#include <dalv/export.h>
#include <dalv/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Backend ----------------------------------------------------------- */

struct dalv_backend;
struct dalv_backend_options;

DALV_EXPORT enum dalv_status
dalv_backend_options_create(struct dalv_backend_options **out_options);
DALV_EXPORT void
dalv_backend_options_destroy(struct dalv_backend_options **options_p);
/* A router, "tcp://127.0.0.1:7470"; several calls name several. Required. */
DALV_EXPORT enum dalv_status
dalv_backend_options_add_endpoint(struct dalv_backend_options *options,
                                  const char *endpoint);
DALV_EXPORT enum dalv_status
dalv_backend_options_set_token(struct dalv_backend_options *options,
                               const char *token);
/*
 * For routers that encrypt their connections, as all do beyond loopback: the
 * public key of their port for backends, 40 characters that the operator gives,
 * and the file of the backend's own secret key (mode 0600, `dalv keys make`),
 * which the routers must know. DALV_INVALID: the key or the file is none;
 * DALV_NOT_FOUND; DALV_NOT_PERMITTED: others can read the file; DALV_IO.
 */
DALV_EXPORT enum dalv_status
dalv_backend_options_set_keys(struct dalv_backend_options *options,
                              const char *server_key, const char *key_file);
/* For each call, retries with them; 0 for 5,000. */
DALV_EXPORT enum dalv_status
dalv_backend_options_set_timeout(struct dalv_backend_options *options,
                                 uint32_t timeout_ms);
/*
 * Let other nodes than a partition's master answer dalv_backend_get and
 * dalv_backend_scan, with what was true at most so long ago; 0, unless set: the
 * master alone. What this backend has seen or written of a user before is seen
 * by all that it reads of that user later. A value may outlive its expiry by
 * that time.
 */
DALV_EXPORT enum dalv_status
dalv_backend_options_set_max_staleness(struct dalv_backend_options *options,
                                       uint32_t max_staleness_ms);

/* Connects and shows the token. DALV_UNAVAILABLE, DALV_NOT_PERMITTED. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_open(const struct dalv_backend_options *options,
                  struct dalv_backend **out_backend);
/* Calls that still wait are given up without a word: a write may have been
   applied. */
DALV_EXPORT void dalv_backend_close(struct dalv_backend **backend_p);
/* About the last call that failed; borrowed until the next call. */
DALV_EXPORT const char *dalv_backend_error(const struct dalv_backend *backend);

/* What an update did. */
struct dalv_update_result {
    uint64_t revision; /* That it took. */
    uint64_t epoch;
    size_t operation; /* On a refusal: the operation or precondition at
                         fault. */
    int64_t number;   /* After the last INCREMENT: its result. */
};

/*
 * Apply the transaction, all of it or nothing, exactly once: it is retried
 * under one request id until the time is up. DALV_OK: durable. DALV_TIMEOUT or
 * DALV_UNKNOWN: it may have been applied. Every other status: it was not, and
 * never will be. `out_result` may be NULL and is also written on a refusal.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_update(struct dalv_backend *backend, struct dalv_bytes user,
                    struct dalv_transaction **transaction_p,
                    struct dalv_update_result *out_result);

/*
 * Send a value of more than 1 MiB, up to 64 MiB, in parts, to be made visible
 * as a whole by an update with dalv_transaction_put_upload for the same key.
 * What no update puts within 24 hours is dropped; till then it counts in the
 * user's quota. DALV_INVALID if it has no more than 1 MiB: that is put as it
 * is; DALV_TOO_BIG. The time to wait counts anew for each part; after a failure
 * upload it again. The upload's number is yours, if you set one that is not 0,
 * so that another process may try again; it must then be the same value. An
 * upload that fails under a number of its own is given up at once.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_upload(struct dalv_backend *backend, struct dalv_bytes user,
                    struct dalv_bytes key, const struct dalv_source *source,
                    struct dalv_upload *upload);
/* The same of bytes that are there. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_upload_bytes(struct dalv_backend *backend, struct dalv_bytes user,
                          struct dalv_bytes key, struct dalv_bytes value,
                          struct dalv_upload *upload);

/* Give up what was uploaded and is not to be put, before it is forgotten. */
DALV_EXPORT enum dalv_status
dalv_backend_drop_upload(struct dalv_backend *backend, struct dalv_bytes user,
                         struct dalv_bytes key,
                         const struct dalv_upload *upload);

/*
 * Read a register in pieces of 1 MiB at most. DALV_NOT_FOUND; DALV_WRONG_KIND;
 * DALV_BUSY if it was replaced on the way: what was told is to be thrown away,
 * and to be read again.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_read(struct dalv_backend *backend, struct dalv_bytes user,
                  struct dalv_bytes key, dalv_piece_callback *callback,
                  void *owner);

/* One operation; `options` may be NULL. A value beyond 1 MiB is uploaded. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_put(struct dalv_backend *backend, struct dalv_bytes user,
                 struct dalv_bytes key, struct dalv_bytes value,
                 const struct dalv_put_options *options);
/* DALV_NOT_FOUND if there was nothing. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_del(struct dalv_backend *backend, struct dalv_bytes user,
                 struct dalv_bytes key);
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_increment(struct dalv_backend *backend, struct dalv_bytes user,
                       struct dalv_bytes key, int64_t number,
                       int64_t *out_result);

DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_list_add(struct dalv_backend *backend, struct dalv_bytes user,
                      struct dalv_bytes key, struct dalv_bytes element);
/* Reads the list and removes every element equal to `element`, exactly those
   that were read; DALV_NOT_FOUND if there is none. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_list_remove(struct dalv_backend *backend, struct dalv_bytes user,
                         struct dalv_bytes key, struct dalv_bytes element);

/* Linearizable read, unless dalv_backend_options_set_max_staleness says
   otherwise; owned by you. DALV_NOT_FOUND if the key is absent. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_get(struct dalv_backend *backend, struct dalv_bytes user,
                 struct dalv_bytes key, struct dalv_value **out_value);
/* Keys that begin with `prefix`, in order, read page by page; each page is of
   one moment. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_scan(struct dalv_backend *backend, struct dalv_bytes user,
                  struct dalv_bytes prefix, dalv_scan_callback *callback,
                  void *owner);

/* What of a user's data is meant, ... */
struct dalv_range {
    struct dalv_bytes user;
    struct dalv_bytes prefix; /* Only keys that begin so; empty: all. */
};

/* ... and where it stood: a revision of a history. */
struct dalv_position {
    uint64_t history_id;
    uint64_t revision;
};

/*
 * The same as dalv_backend_scan, all of it as it was at one moment: as of one
 * revision, though others write meanwhile. It is read whole before the first
 * callback, so it needs as much memory. DALV_BUSY if the user's removals are
 * forgotten faster than it reads. `out_position` may be NULL.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_export(struct dalv_backend *backend,
                    const struct dalv_range *range,
                    dalv_scan_callback *callback, void *owner,
                    struct dalv_position *out_position);

/* Pipelining: send many, then poll for the answers. The callback runs inside
   dalv_backend_poll; `value` is borrowed for the call, NULL for an update. */
typedef void dalv_answer_callback(void *owner, enum dalv_status status,
                                  const struct dalv_update_result *result,
                                  const struct dalv_value *value);

/* DALV_BUSY if 10,000 calls or 64 MiB wait for their answers: poll first. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_send_update(struct dalv_backend *backend, struct dalv_bytes user,
                         struct dalv_transaction **transaction_p,
                         dalv_answer_callback *callback, void *owner);
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_send_get(struct dalv_backend *backend, struct dalv_bytes user,
                      struct dalv_bytes key, dalv_answer_callback *callback,
                      void *owner);
/* Send, receive and call back, for up to `timeout_ms` or until something was
   called back. The number of calls still waiting. */
DALV_EXPORT size_t dalv_backend_poll(struct dalv_backend *backend,
                                     uint32_t timeout_ms);

/* One committed transaction, or, when catching up, a stretch of them as their
   outcome; borrowed for the call. */
struct dalv_event;

DALV_EXPORT struct dalv_bytes dalv_event_user(const struct dalv_event *event);
DALV_EXPORT uint64_t dalv_event_revision(const struct dalv_event *event);
DALV_EXPORT uint64_t dalv_event_history_id(const struct dalv_event *event);
/* True if it tells everything that there is of the user under the prefix: what
   it does not name is gone. So a user's data begins, so it goes on after it was
   erased, and after a time so long that removals were forgotten. */
DALV_EXPORT bool dalv_event_is_anew(const struct dalv_event *event);
/* Where to go on after this event; keep it to resume. */
DALV_EXPORT struct dalv_bytes dalv_event_cursor(const struct dalv_event *event);
DALV_EXPORT size_t dalv_event_count(const struct dalv_event *event);
DALV_EXPORT struct dalv_bytes dalv_event_key(const struct dalv_event *event,
                                             size_t index);
/* NULL if the key is gone; of a list, what changed in it. */
DALV_EXPORT const struct dalv_value *
dalv_event_value(const struct dalv_event *event, size_t index);

/* False ends the watch. */
typedef bool dalv_event_callback(void *owner, const struct dalv_event *event);

struct dalv_watch_options {
    struct dalv_bytes user;   /* Empty: all users. */
    struct dalv_bytes prefix; /* Only keys that begin so. */
    struct dalv_bytes cursor; /* Go on from here; empty: from now on. */
    bool is_from_start;       /* Without cursor: all there is, first. */
    uint64_t duration_ms;     /* 0: until the callback ends it. */
};

/*
 * Follow committed changes, at least once each, in order for each user. Lost
 * connections are taken up again from the last event.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_watch(struct dalv_backend *backend,
                   const struct dalv_watch_options *options,
                   dalv_event_callback *callback, void *owner);

/* Remove everything of a user. Devices empty themselves at their next sync. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_erase(struct dalv_backend *backend, struct dalv_bytes user);

/* A store of a user, as the cluster knows it; borrowed for the call. */
struct dalv_store_entry {
    uint64_t device; /* Its id, 1, 2, 3, ... within the user. */
    uint8_t install_id[16];
    bool is_retired;
    uint64_t pushed_count; /* Transactions of it that were settled. */
    uint64_t seen_us;      /* When it opened itself or pushed last, by the
                              cluster's clock. */
};

/* False stops. */
typedef bool dalv_store_callback(void *owner,
                                 const struct dalv_store_entry *entry);

/* A user's device stores in the order of their ids, retired ones with them. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_devices(struct dalv_backend *backend, struct dalv_bytes user,
                     dalv_store_callback *callback, void *owner);

/*
 * Retire a store, so that another has room; what it wrote stays. Nothing that
 * it sends in a session of before is taken. With a token that is still good it
 * may come back: it is active again, goes on where it stood, and nothing of its
 * work is lost or done twice. Again is DALV_OK. DALV_NOT_FOUND: no such device;
 * DALV_PRECONDITION: it has not heard yet that work of it was refused, and was
 * there within the last 30 days.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_retire_device(struct dalv_backend *backend, struct dalv_bytes user,
                           uint64_t device);

/* Changes that lost against others, as the cluster keeps them. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_conflicts(struct dalv_backend *backend, struct dalv_bytes user,
                       dalv_loss_callback *callback, void *owner);

#ifdef __cplusplus
}
#endif

#endif
