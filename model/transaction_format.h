/*
 * A transaction as plain bytes: the same in a device's journal, in a push and
 * in a backend's UPDATE.
 *
 * What went out under a push number must repeat byte for byte, and the hash
 * chain proves it: so the encoding is canonical (one transaction has exactly
 * one form, and decoding refuses any other), and it is made once, when the
 * push number is given. docs/PROTOCOL.md specifies every byte.
 */
#ifndef DALV_MODEL_TRANSACTION_FORMAT_H
#define DALV_MODEL_TRANSACTION_FORMAT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/transaction.h"

#include <stdint.h>

/* DALV_TOO_BIG if it does not fit into what is left of `writer`. */
DALV_MUST_CHECK enum dalv_status transaction_encode(
    const struct transaction *transaction, struct writer *writer);

/*
 * Operations, dots and preconditions are taken from the arena, keys and values
 * borrowed from `bytes`. DALV_PROTOCOL if malformed or not canonical,
 * DALV_UNSUPPORTED for a newer version, DALV_INVALID or DALV_TOO_BIG from
 * transaction_check, DALV_NO_MEMORY if the arena is too small.
 */
DALV_MUST_CHECK enum dalv_status transaction_decode(
    struct bytes bytes, struct arena *arena,
    struct transaction *out_transaction);

/*
 * The hash chain of a device's pushes: the chain over pushes 1 .. n is
 * chain_extend(chain over 1 .. n-1, push n as it was sent); 0 over none.
 */
uint64_t chain_extend(uint64_t chain, struct bytes push);

#endif
