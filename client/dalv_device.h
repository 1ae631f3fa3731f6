/*
 * libdalv: a device, which is a replica of one user's data in a folder.
 *
 * Part of <dalv/dalv.h>, where threads, ownership and errors are explained.
 */
#ifndef DALV_CLIENT_DALV_DEVICE_H
#define DALV_CLIENT_DALV_DEVICE_H

#include <dalv/data.h>
#include <dalv/export.h>
#include <dalv/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
/*
 * For routers that encrypt their connections, as all do beyond loopback: the
 * public key of their port for devices, 40 characters that come with the app.
 * Kept in the store; needed once. DALV_INVALID: it is no key.
 */
DALV_EXPORT enum dalv_status
dalv_device_options_set_server_key(struct dalv_device_options *options,
                                   const char *server_key);
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

/*
 * Keep a value of more than 1 MiB, up to 64 MiB, in the store, durably, to be
 * put by a transaction with dalv_transaction_put_upload for the same key. It is
 * read piece by piece. Unless it is committed it is dropped by
 * dalv_device_drop_upload, or when the store is opened again. DALV_INVALID if
 * it has no more than 1 MiB: that is put as it is; DALV_TOO_BIG; DALV_NO_SPACE.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_upload(struct dalv_device *device, struct dalv_bytes key,
                   const struct dalv_source *source,
                   struct dalv_upload *out_upload);
DALV_EXPORT enum dalv_status
dalv_device_drop_upload(struct dalv_device *device, struct dalv_bytes key,
                        const struct dalv_upload *upload);

/* One operation as a transaction of its own. A value of PUT may have up to
   64 MiB. */
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
/*
 * Read a register in pieces of 1 MiB at most. DALV_NOT_FOUND; DALV_WRONG_KIND;
 * DALV_DAMAGED if the store's copy of it is: what was told is to be thrown
 * away, and the next sync brings it again, unless it is pending work.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_read(struct dalv_device *device, struct dalv_bytes key,
                 dalv_piece_callback *callback, void *owner);
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
    uint64_t sent_bytes;      /* Of values beyond 1 MiB. */
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
    /* 1 PUT 2 DEL 3 ADD_TO_LIST 4 REMOVE_FROM_LIST 5 INCREMENT 6 ADD
       8 PUT of a value beyond 1 MiB */
    int operation;
    struct dalv_bytes value; /* 8: empty, see dalv_device_read_loss. */
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
/* What a PUT of a value beyond 1 MiB had put, as dalv_device_read gives it.
   DALV_NOT_FOUND; DALV_DAMAGED. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_read_loss(struct dalv_device *device, uint64_t receipt,
                      struct dalv_bytes key, dalv_piece_callback *callback,
                      void *owner);
/* Forget a dead letter by its receipt, once the application dealt with it. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_device_dead_letter_discard(struct dalv_device *device, uint64_t receipt);

#ifdef __cplusplus
}
#endif

#endif
