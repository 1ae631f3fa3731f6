/*
 * libdalv: the SDK of DalvDB.
 *
 * Two ways in. A *device* is a replica of one user's data in a folder: it
 * reads and writes locally at once, online or not, and syncs when it can. A
 * *backend* is a connection of the service's own servers to the cluster, for
 * any user.
 *
 * Threads: an object is used by one thread at a time; different objects are
 * independent. Nothing here starts a thread that calls you back: callbacks run
 * inside the call that you made, on your thread, and must not use the object
 * that calls them unless a comment allows it.
 *
 * Ownership: `out_` pointers are written only on DALV_OK. Each pointer that
 * you get says "borrowed until ..." or "owned by you; release with ...". What
 * you hand in is copied before the call returns. A `_p` parameter takes your
 * object and sets your pointer to NULL, whatever the status.
 *
 * Errors: a status says what may be concluded (dalv_status_outcome); the text
 * of the last failure, for people, is that of dalv_device_error() or
 * dalv_backend_error().
 */
#ifndef DALV_DALV_H
#define DALV_DALV_H

#include <dalv/export.h>
#include <dalv/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DALV_VERSION_MAJOR 0
#define DALV_VERSION_MINOR 1
#define DALV_VERSION_PATCH 0

/* The library's version at run time, "0.1.0". Static. */
DALV_EXPORT const char *dalv_version(void);

/* The text of a status for people, its constant's name. Static. */
DALV_EXPORT const char *dalv_status_text(enum dalv_status status);
DALV_EXPORT const char *dalv_status_name(enum dalv_status status);

/* A write's status: 0 it took effect, 1 it never will, 2 unknown: retry. */
DALV_EXPORT int dalv_status_outcome(enum dalv_status status);

/* Any bytes; lent to a call, or borrowed from an object. */
struct dalv_bytes {
    const void *data;
    size_t size;
};

DALV_EXPORT struct dalv_bytes dalv_bytes(const void *data, size_t size);
DALV_EXPORT struct dalv_bytes dalv_text(const char *text);

/* ---- Values ------------------------------------------------------------ */

enum dalv_kind {
    DALV_KIND_NONE = 0,
    DALV_KIND_REGISTER = 1,
    DALV_KIND_LIST = 2,
    DALV_KIND_COUNTER = 3,
};

/* Names one list element for ever, so that exactly it can be removed. */
struct dalv_element_id {
    uint64_t device;
    uint64_t local_id;
    uint32_t position;
};

/* What is under a key; owned by whoever got it. */
struct dalv_value;

DALV_EXPORT void dalv_value_destroy(struct dalv_value **value_p);
DALV_EXPORT enum dalv_kind dalv_value_kind(const struct dalv_value *value);
/* A register's bytes; borrowed until the value is destroyed. */
DALV_EXPORT struct dalv_bytes dalv_value_bytes(const struct dalv_value *value);
DALV_EXPORT uint32_t dalv_value_flags(const struct dalv_value *value);
/* Microseconds since 1970 by the cluster's clock; 0 if it never expires. */
DALV_EXPORT uint64_t dalv_value_expiry_us(const struct dalv_value *value);
DALV_EXPORT int64_t dalv_value_number(const struct dalv_value *value);
/* The last revision that changed it; 0 if all of it is local and pending. */
DALV_EXPORT uint64_t dalv_value_revision(const struct dalv_value *value);
/* True if local work that is not yet settled went into it. */
DALV_EXPORT bool dalv_value_is_pending(const struct dalv_value *value);
DALV_EXPORT size_t dalv_value_element_count(const struct dalv_value *value);
/* Elements in the order in which they were added; `index` < the count. */
DALV_EXPORT struct dalv_bytes dalv_value_element(const struct dalv_value *value,
                                                 size_t index);
DALV_EXPORT struct dalv_element_id
dalv_value_element_id(const struct dalv_value *value, size_t index);
/* In an event's value only: the element went, its bytes are empty. */
DALV_EXPORT bool dalv_value_element_is_removed(const struct dalv_value *value,
                                               size_t index);

/* For each key of a scan, in order. Borrowed for the call; false stops. */
typedef bool dalv_scan_callback(void *owner, struct dalv_bytes key,
                                const struct dalv_value *value);

/* ---- Transactions ------------------------------------------------------ */

/*
 * 1 to 1,000 operations that take effect as one: on a device by
 * dalv_device_commit, on the cluster by dalv_backend_update. Building checks
 * bounds only: 1 to 1,024 bytes a key, 1 MiB a value, 4 MiB in all; an
 * operation that is DALV_INVALID or DALV_TOO_BIG is not added.
 */
struct dalv_transaction;

DALV_EXPORT enum dalv_status
dalv_transaction_create(struct dalv_transaction **out_transaction);
DALV_EXPORT void
dalv_transaction_destroy(struct dalv_transaction **transaction_p);
DALV_EXPORT size_t
dalv_transaction_count(const struct dalv_transaction *transaction);

/* What a PUT or ADD may carry beside its value; zeros for nothing. */
struct dalv_put_options {
    uint32_t flags;  /* Yours; kept and given back, never read. */
    uint64_t ttl_ms; /* Life by the cluster's clock, from when it gets there;
                        0 for ever. */
};

/* `options` may be NULL. */
DALV_EXPORT enum dalv_status
dalv_transaction_put(struct dalv_transaction *transaction,
                     struct dalv_bytes key, struct dalv_bytes value,
                     const struct dalv_put_options *options);
/* PUT only if the key is absent. */
DALV_EXPORT enum dalv_status
dalv_transaction_add(struct dalv_transaction *transaction,
                     struct dalv_bytes key, struct dalv_bytes value,
                     const struct dalv_put_options *options);
DALV_EXPORT enum dalv_status
dalv_transaction_del(struct dalv_transaction *transaction,
                     struct dalv_bytes key);
DALV_EXPORT enum dalv_status
dalv_transaction_increment(struct dalv_transaction *transaction,
                           struct dalv_bytes key, int64_t number);
DALV_EXPORT enum dalv_status
dalv_transaction_list_add(struct dalv_transaction *transaction,
                          struct dalv_bytes key, struct dalv_bytes element);
/* Removes exactly these elements; one that is gone already is no error. */
DALV_EXPORT enum dalv_status dalv_transaction_list_remove(
    struct dalv_transaction *transaction, struct dalv_bytes key,
    const struct dalv_element_id *ids, size_t id_count);

/* Backends: what must hold, or the whole is refused: DALV_PRECONDITION. */
DALV_EXPORT enum dalv_status
dalv_transaction_if_absent(struct dalv_transaction *transaction,
                           struct dalv_bytes key);
/* `revision` as dalv_value_revision gave it; 0: the key is absent. */
DALV_EXPORT enum dalv_status
dalv_transaction_if_revision(struct dalv_transaction *transaction,
                             struct dalv_bytes key, uint64_t revision);

/* Backends: name the request yourself, so that another process may retry it:
   within 24 hours the same id takes effect once. Otherwise it is random. */
DALV_EXPORT void
dalv_transaction_set_request_id(struct dalv_transaction *transaction,
                                const uint8_t id[16]);

/* Devices: it depends on an earlier one, though they share no key. */
DALV_EXPORT enum dalv_status
dalv_transaction_after(struct dalv_transaction *transaction, uint64_t receipt);

/* ---- Device ------------------------------------------------------------ */

struct dalv_device;
struct dalv_device_options;

DALV_EXPORT enum dalv_status
dalv_device_options_create(struct dalv_device_options **out_options);
DALV_EXPORT void
dalv_device_options_destroy(struct dalv_device_options **options_p);
/* The store's folder; made if it is not there. Required. */
DALV_EXPORT enum dalv_status
dalv_device_options_set_path(struct dalv_device_options *options,
                             const char *path);
/* Whose data. Required for a new store; must agree with an old one. */
DALV_EXPORT enum dalv_status
dalv_device_options_set_user(struct dalv_device_options *options,
                             struct dalv_bytes user);
/* Where to sync, "tcp://127.0.0.1:7472"; several calls name several routers.
   Kept in the store; needed once. */
DALV_EXPORT enum dalv_status
dalv_device_options_add_endpoint(struct dalv_device_options *options,
                                 const char *endpoint);
/* The device's token. Kept in the store (mode 0600) until the next. */
DALV_EXPORT enum dalv_status
dalv_device_options_set_token(struct dalv_device_options *options,
                              const char *token);

/*
 * Open, or make, the store. DALV_LOCKED if another process has it open,
 * DALV_INVALID if it belongs to another user, DALV_DAMAGED if its journal is
 * damaged (what could be read is kept; see dalv_device_error).
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_open(const struct dalv_device_options *options,
                 struct dalv_device **out_device);
/* Close and release; everything committed is durable already. */
DALV_EXPORT void dalv_device_close(struct dalv_device **device_p);
/* About the last call that failed; borrowed until the next call. */
DALV_EXPORT const char *dalv_device_error(const struct dalv_device *device);

/*
 * Commit locally: durable and visible to this device when it returns, whether
 * or not there is a network. `out_receipt` (may be NULL) names it for
 * dalv_device_receipt. Refused at once, and nothing done: DALV_WRONG_KIND,
 * DALV_OCCUPIED (ADD), DALV_OVERFLOW, DALV_NOT_PERMITTED (a system key),
 * DALV_INVALID (empty).
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_commit(struct dalv_device *device,
                   struct dalv_transaction **transaction_p,
                   uint64_t *out_receipt);

/* One operation as a transaction of its own. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_put(struct dalv_device *device, struct dalv_bytes key,
                struct dalv_bytes value);
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_add(struct dalv_device *device, struct dalv_bytes key,
                struct dalv_bytes value);
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_del(struct dalv_device *device, struct dalv_bytes key);
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_increment(struct dalv_device *device, struct dalv_bytes key,
                      int64_t number);
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_list_add(struct dalv_device *device, struct dalv_bytes key,
                     struct dalv_bytes element);
/* Removes every element equal to `element` that this device sees;
   DALV_NOT_FOUND if there is none. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_list_remove(struct dalv_device *device, struct dalv_bytes key,
                        struct dalv_bytes element);

/* What this device sees; owned by you. DALV_NOT_FOUND if it is absent. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_get(struct dalv_device *device, struct dalv_bytes key,
                struct dalv_value **out_value);
/* Every key that begins with `prefix`, in order. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_scan(struct dalv_device *device, struct dalv_bytes prefix,
                 dalv_scan_callback *callback, void *owner);
/* Ask the cluster for one key, past the replica, which is left as it is. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_fetch(struct dalv_device *device, struct dalv_bytes key,
                  uint32_t timeout_ms, struct dalv_value **out_value);

enum dalv_receipt_state {
    DALV_RECEIPT_LOCAL = 1,   /* Durable here. */
    DALV_RECEIPT_PUSHED = 2,  /* Sent; no answer yet. */
    DALV_RECEIPT_DURABLE = 3, /* Durable in the cluster. */
    DALV_RECEIPT_REFUSED = 4, /* See the reason. */
};

struct dalv_receipt {
    enum dalv_receipt_state state;
    enum dalv_status reason; /* REFUSED: why. */
    uint64_t revision;       /* DURABLE: if known, else 0. */
};

/* DALV_NOT_FOUND for a number that this store never gave, or forgot: durable
   ones are remembered for the last 10,000. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_receipt(struct dalv_device *device, uint64_t receipt,
                    struct dalv_receipt *out_receipt);

/* ---- Conflicts --------------------------------------------------------- */

/* A change of ours that met a change of somebody else; borrowed for the
   resolver's call. */
struct dalv_conflict;

DALV_EXPORT struct dalv_bytes
dalv_conflict_key(const struct dalv_conflict *conflict);
/* What our change was based on, what we want, what is there now: borrowed
   with the conflict; NULL where the key is absent. */
DALV_EXPORT const struct dalv_value *
dalv_conflict_base(const struct dalv_conflict *conflict);
DALV_EXPORT const struct dalv_value *
dalv_conflict_mine(const struct dalv_conflict *conflict);
DALV_EXPORT const struct dalv_value *
dalv_conflict_theirs(const struct dalv_conflict *conflict);
/* Who wrote theirs: a device's id, 0 a backend. When, by the cluster. */
DALV_EXPORT uint64_t dalv_conflict_author(const struct dalv_conflict *conflict);
DALV_EXPORT uint64_t
dalv_conflict_time_us(const struct dalv_conflict *conflict);

enum dalv_resolution {
    DALV_RESOLVE_LATER = 0,  /* Leave it pending; it is asked again. */
    DALV_RESOLVE_MINE = 1,   /* Our operations again, over theirs. */
    DALV_RESOLVE_THEIRS = 2, /* Ours goes to the conflict log. */
    DALV_RESOLVE_ANSWER = 3, /* What was put into `answer`. */
};

/*
 * Decides one conflict. `answer` is an empty transaction of yours to fill for
 * DALV_RESOLVE_ANSWER.
 */
typedef enum dalv_resolution dalv_resolver(void *owner,
                                           const struct dalv_conflict *conflict,
                                           struct dalv_transaction *answer);

/* Ready-made resolvers; `owner` is not used. The last merges lists by element
   and JSON objects by member, and leaves what it cannot merge for later. */
DALV_EXPORT dalv_resolver dalv_resolve_mine;
DALV_EXPORT dalv_resolver dalv_resolve_theirs;
DALV_EXPORT dalv_resolver dalv_resolve_merge;

/* ---- Sync -------------------------------------------------------------- */

struct dalv_progress {
    uint64_t received_count; /* Changes so far, ... */
    uint64_t received_bytes;
    uint64_t remaining_count; /* ... and still to come, about. */
    uint64_t remaining_bytes;
    uint64_t pushed_count;  /* Local transactions settled so far, ... */
    uint64_t pending_count; /* ... and not yet. */
};

/* Called now and then; false stops the sync, which loses nothing. */
typedef bool dalv_progress_callback(void *owner,
                                    const struct dalv_progress *progress);

struct dalv_sync_options {
    dalv_resolver *resolver; /* NULL: conflicts stay for later. */
    void *resolver_owner;
    dalv_progress_callback *progress; /* May be NULL. */
    void *progress_owner;
    uint32_t timeout_ms; /* For each answer; 0 for 10,000. */
};

struct dalv_sync_report {
    uint64_t round_trips;
    uint64_t received_count;
    uint64_t pushed_count;   /* Transactions that the cluster took. */
    uint64_t merged_count;   /* Of them, with operations that lost. */
    uint64_t conflict_count; /* Given to the resolver. */
    uint64_t refused_count;  /* Gone to the dead letters. */
    uint64_t waiting_count;  /* Still unresolved. */
    uint64_t revision;       /* Of the replica now. */
};

/*
 * Bring the replica and the cluster together. May stop at any point, by error
 * or by time, and loses nothing: call it again. DALV_CONFLICT: all is synced
 * but conflicts wait for a resolver. DALV_UNAVAILABLE, DALV_TIMEOUT,
 * DALV_EXPIRED (a new token is needed). `options` and `out_report` may be NULL.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_sync(struct dalv_device *device,
                 const struct dalv_sync_options *options,
                 struct dalv_sync_report *out_report);

/* A key that a sync or the live session changed; borrowed for the call, value
   NULL if the key is gone. The callback may read the device. */
typedef void dalv_change_callback(void *owner, struct dalv_bytes key,
                                  const struct dalv_value *value);

/* Tell of changes by others under `prefix`, from the next sync on; one
   callback a device, NULL for none. */
DALV_EXPORT enum dalv_status dalv_device_watch(struct dalv_device *device,
                                               struct dalv_bytes prefix,
                                               dalv_change_callback *callback,
                                               void *owner);

/*
 * Stay in sync: sync once, then take what others commit as it comes and push
 * what is committed here, for `duration_ms` (0: until an error or the
 * progress callback stops it). Commits by other means wait for the next call.
 * After a lost connection it tries again by itself, with growing pauses.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_live(struct dalv_device *device,
                 const struct dalv_sync_options *options, uint64_t duration_ms,
                 struct dalv_sync_report *out_report);

struct dalv_device_status {
    uint64_t device_id; /* 0 before the first contact. */
    uint64_t history_id;
    uint64_t revision;       /* Up to where the replica has seen the cluster. */
    uint64_t pending_count;  /* Local transactions not yet settled. */
    uint64_t conflict_count; /* Of them, waiting for a resolver. */
    uint64_t dead_letter_count;
    uint64_t key_count;      /* In the replica. */
    uint64_t synced_time_us; /* Of the last whole sync, local clock; 0. */
};

DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_status(struct dalv_device *device,
                   struct dalv_device_status *out_status);

/* Whose store it is; borrowed until it is closed. */
DALV_EXPORT struct dalv_bytes
dalv_device_user(const struct dalv_device *device);

/* An entry of a device's conflict log or dead letters; borrowed for the
   call. */
struct dalv_loss {
    uint64_t receipt;        /* The local transaction, or 0. */
    enum dalv_status reason; /* DALV_CONFLICT, DALV_QUOTA, DALV_ERASED, ... */
    uint64_t time_us;        /* Local clock: for people only. */
    struct dalv_bytes key;
    int operation; /* 1 PUT 2 DEL 3 ADD_TO_LIST 4 REMOVE_FROM_LIST
                      5 INCREMENT 6 ADD */
    struct dalv_bytes value;
    int64_t number;
};

typedef bool dalv_loss_callback(void *owner, const struct dalv_loss *loss);

/* Conflicts that wait, then those that were decided, newest first. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_conflicts(struct dalv_device *device, dalv_loss_callback *callback,
                      void *owner);
/* What was refused for good, oldest first. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_dead_letters(struct dalv_device *device,
                         dalv_loss_callback *callback, void *owner);
/* Forget a dead letter by its receipt, once the application dealt with it. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_dead_letter_discard(struct dalv_device *device, uint64_t receipt);

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
/* For each call, retries with them; 0 for 5,000. */
DALV_EXPORT enum dalv_status
dalv_backend_options_set_timeout(struct dalv_backend_options *options,
                                 uint32_t timeout_ms);

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

/* One operation; `options` may be NULL. */
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

/* Linearizable read; owned by you. DALV_NOT_FOUND if the key is absent. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_get(struct dalv_backend *backend, struct dalv_bytes user,
                 struct dalv_bytes key, struct dalv_value **out_value);
/* Keys that begin with `prefix`, in order, read page by page; each page is of
   one moment. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_scan(struct dalv_backend *backend, struct dalv_bytes user,
                  struct dalv_bytes prefix, dalv_scan_callback *callback,
                  void *owner);

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

/* Changes that lost against others, as the cluster keeps them. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_backend_conflicts(struct dalv_backend *backend, struct dalv_bytes user,
                       dalv_loss_callback *callback, void *owner);

#ifdef __cplusplus
}
#endif

#endif
