/*
 * What the files of the store, and the sync machine, share.
 */
#ifndef DALV_CLIENT_STORE_INTERNAL_H
#define DALV_CLIENT_STORE_INTERNAL_H

#include "base/buffer.h"
#include "client/parts_folder.h"
#include "client/store.h"
#include "storage/files.h"

struct store {
    struct files *files;
    char folder[FILES_PATH_MAX];
    struct file *lock;
    struct ledger *ledger;
    struct kv *kv;
    bool is_kv_owned;
    struct replica *replica;
    struct parts_folder large; /* See client/store_large.h. */
    struct buffer put_large;   /* Put and not committed. */
    bool is_sweep_due;         /* Something may be named no more. */
    store_random *random;
    void *random_owner;
};

/* Names the numbering that push numbers belong to: see replica_state. */
uint64_t store_identity(const struct store *store);

/*
 * True if the replica holds the effects of this pending transaction already:
 * it was shown, and the journal has not yet let go of it.
 */
bool store_is_absorbed(const struct store *store,
                       const struct ledger_entry *entry);

/* The device's own id in place of DOT_SELF, if what it names is settled. */
struct dot store_settled_dot(const struct store *store, struct dot dot);

/* Lay all pending work on `key` over `value`. */
DALV_MUST_CHECK enum dalv_status
store_overlay(struct store *store, struct bytes key, struct key_value *value);

/* How much of a list goes into the base of an operation on it. */
enum store_base {
    STORE_BASE_KEY,      /* The key alone: list operations commute. */
    STORE_BASE_ELEMENTS, /* All of it: the operation ends the list. */
};

/* Append what the replica shows of `key` as changes to `page`. */
DALV_MUST_CHECK enum dalv_status store_put_base(struct store *store,
                                                struct bytes key,
                                                enum store_base extent,
                                                struct buffer *page);

/* Append the base of all keys of `transaction` to `page`. */
DALV_MUST_CHECK enum dalv_status
store_put_bases(struct store *store, const struct transaction *transaction,
                struct buffer *page);

/* The transaction's bytes, in place of what `bytes` held. */
DALV_MUST_CHECK enum dalv_status
store_encode(const struct transaction *transaction, struct buffer *bytes);

/* As it goes out: "self" is the device's id. Empty if that changes nothing. */
DALV_MUST_CHECK enum dalv_status
store_encode_sent(const struct store *store,
                  const struct transaction *transaction, struct buffer *bytes);

/* A random number for an upload. */
uint64_t store_new_upload(struct store *store);

/* A new install id: all that is not settled will be pushed again under it. */
DALV_MUST_CHECK enum dalv_status store_renew_identity(struct store *store);

/* The device's id, as the cluster gave it. */
DALV_MUST_CHECK enum dalv_status store_set_device(struct store *store,
                                                  uint64_t device);

#endif
