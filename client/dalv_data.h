/*
 * libdalv: bytes, values and transactions, which devices and backends share.
 *
 * Part of <dalv/dalv.h>, where threads, ownership and errors are explained.
 */
#ifndef DALV_CLIENT_DALV_DATA_H
#define DALV_CLIENT_DALV_DATA_H

#include <dalv/export.h>
#include <dalv/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
/*
 * How many bytes a register has. A value beyond 1 MiB comes whole from
 * dalv_backend_get, dalv_device_get and dalv_device_fetch; elsewhere (in scans,
 * exports and events) its bytes are left out: it has a size, and is not whole.
 */
DALV_EXPORT uint64_t dalv_value_size(const struct dalv_value *value);
DALV_EXPORT bool dalv_value_is_whole(const struct dalv_value *value);
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

/* What an upload reads. */
struct dalv_source {
    /* The next bytes, up to `size` of them; 0 at the end. A status other than
       DALV_OK ends the upload with it. */
    enum dalv_status (*read)(void *owner, void *memory, size_t size,
                             size_t *out_size);
    void *owner;
};

/*
 * A piece of a value, borrowed for the call, and how many bytes all of them
 * have; false stops, with DALV_CANCELLED.
 */
typedef bool dalv_piece_callback(void *owner, struct dalv_bytes piece,
                                 uint64_t size);

/* ---- Transactions ------------------------------------------------------ */

/*
 * 1 to 1,000 operations that take effect as one: on a device by
 * dalv_device_commit, on the cluster by dalv_backend_update. Building checks
 * bounds only: 1 to 1,024 bytes a key, 1 MiB a value, 4 MiB in all; an
 * operation that is DALV_INVALID or DALV_TOO_BIG is not added. Larger values
 * are uploaded first: dalv_transaction_put_upload.
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
/* What was uploaded for a key by dalv_backend_upload or dalv_device_upload. */
struct dalv_upload {
    uint64_t number;
    uint64_t bytes;
    uint64_t hash;
};

/* PUT of what was uploaded for this key, all of it or nothing; DALV_NOT_FOUND
   from update or commit if that was put before, or is forgotten. */
DALV_EXPORT enum dalv_status dalv_transaction_put_upload(
    struct dalv_transaction *transaction, struct dalv_bytes key,
    const struct dalv_upload *upload, const struct dalv_put_options *options);
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

#ifdef __cplusplus
}
#endif

#endif
