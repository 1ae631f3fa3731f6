/*
 * The store of a device: one user's replica, and over it the device's own work.
 *
 * The journal (client/ledger.h) is what can not be rebuilt and is never removed
 * by anything that is done to the replica. A commit returns once it is in the
 * journal, durably; what it did is seen at once. Nothing here knows a network:
 * client/sync_machine.h brings store and cluster together.
 *
 *   folder/lock       held while the store is open
 *   folder/journal    see client/journal.h
 *   folder/replica/   the replica's map
 *   folder/large/     large values, see client/store_large.h
 */
#ifndef DALV_CLIENT_STORE_H
#define DALV_CLIENT_STORE_H

#include "base/bytes.h"
#include "base/status.h"
#include "client/key_value.h"
#include "client/ledger.h"
#include "client/replica.h"
#include "model/operation.h"
#include "storage/files.h"
#include "storage/kv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_PENDING_MAX = 100000, /* Local transactions not settled. */
    STORE_LOST_DAYS = 30,       /* How long the conflict log remembers. */
};

struct store;

/* Fills in random bytes that nobody can guess. */
typedef void store_random(void *owner, uint8_t *bytes, size_t size);

struct store_options {
    struct files *files;
    const char *folder; /* Made if it is not there; its parent must be. */
    struct bytes user;  /* A new store: whose it is; else empty or the same. */
    store_random *random;
    void *random_owner;
    /* The replica's map, which stays the caller's; NULL for LevelDB. */
    struct kv *kv;
};

/* What was found at opening. */
struct store_report {
    struct journal_report journal;
    bool is_replica_rebuilt; /* It was damaged, and is empty until a sync. */
};

/*
 * Open, or make, a store. DALV_LOCKED if another process has it, DALV_INVALID
 * if it is another user's or no user id, DALV_DAMAGED if the journal is
 * damaged: then all that could be read was saved, the damaged file is kept
 * aside, and the next opening succeeds. `out_report` is written in each case.
 */
DALV_MUST_CHECK enum dalv_status store_open(const struct store_options *options,
                                            struct store_report *out_report,
                                            struct store **out_store);
void store_close(struct store **store_p);

/* Borrowed until the store is closed; for reading. */
struct ledger *store_ledger(struct store *store);
struct replica *store_replica(struct store *store);

/* ---- Local transactions ---- */

struct store_transaction {
    const struct operation *operations;
    size_t operation_count;
    uint64_t after; /* Local id that it depends on by the application's word. */
};

/*
 * Commit `count` transactions, each atomic by itself, with one sync: all are
 * durable and seen when it returns, or none was made. They get consecutive
 * local ids from `*out_local_id` on. `now_us` is kept for people.
 *
 * A dot of an element that this device added and that is not settled names
 * DOT_SELF; with the device's own id it means the same. What a PUT_UPLOADED
 * names was put by store_put_large before, or is DALV_NOT_FOUND.
 *
 * DALV_INVALID, DALV_TOO_BIG, DALV_WRONG_KIND, DALV_OCCUPIED, DALV_OVERFLOW,
 * DALV_NOT_PERMITTED (a key of the system); DALV_BUSY (too much is pending);
 * and as the disk says: after DALV_IO it is unknown whether it was committed,
 * and everything answers so until the store is opened again.
 */
DALV_MUST_CHECK enum dalv_status
store_commit(struct store *store, const struct store_transaction *transactions,
             size_t count, uint64_t now_us, uint64_t *out_local_id);

/* ---- Reading ---- */

/*
 * What this device sees under `key`. `out_value` was initialized. DALV_OK with
 * KEY_NONE if it is absent.
 */
DALV_MUST_CHECK enum dalv_status
store_get(struct store *store, struct bytes key, struct key_value *out_value);

/* Called for each key that is there, in order; false ends the scan. */
typedef bool store_visitor(void *owner, struct bytes key,
                           const struct key_value *value);
DALV_MUST_CHECK enum dalv_status store_scan(struct store *store,
                                            struct bytes prefix,
                                            store_visitor *visitor,
                                            void *owner);

enum store_receipt_state {
    STORE_LOCAL = 1,  /* Durable here; with a reason it waits for a resolver. */
    STORE_PUSHED = 2, /* Sent; no answer yet. */
    STORE_DURABLE = 3, /* Durable in the cluster. */
    STORE_REFUSED = 4, /* For good, or it lost a conflict: see the reason. */
};

struct store_receipt {
    enum store_receipt_state state;
    enum dalv_status reason;
    uint64_t revision; /* DURABLE: 0 if the cluster did not tell. */
};

/* DALV_NOT_FOUND if the store never gave the id, or forgot. */
DALV_MUST_CHECK enum dalv_status
store_receipt(struct store *store, uint64_t local_id,
              struct store_receipt *out_receipt);

struct store_status {
    uint64_t device; /* 0 before the first contact. */
    struct cursor cursor;
    uint64_t pending_count;
    uint64_t conflict_count; /* Of them, waiting for a resolver. */
    uint64_t dead_count;
    uint64_t key_count;
};

struct store_status store_status(struct store *store);

/* Forget a dead letter. DALV_NOT_FOUND. */
DALV_MUST_CHECK enum dalv_status store_discard(struct store *store,
                                               uint64_t local_id);

/* Forget entries of the conflict log that are too many or too old. */
DALV_MUST_CHECK enum dalv_status store_prune(struct store *store,
                                             uint64_t now_us);

#endif
