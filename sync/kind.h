/*
 * What each operation does to each kind of key: the one table that the
 * server's judge and a device's overlay share, so that both say the same.
 *
 *              absent      register    list        counter
 *   PUT        register    register    register    register
 *   DEL        -           absent      absent      absent
 *   ADD        register    OCCUPIED    OCCUPIED    OCCUPIED
 *   ADD_TO     list        WRONG_KIND  list        WRONG_KIND
 *   REMOVE_    -           WRONG_KIND  list        WRONG_KIND
 *   INCREMENT  counter     WRONG_KIND  WRONG_KIND  counter
 */
#ifndef DALV_SYNC_KIND_H
#define DALV_SYNC_KIND_H

#include "base/status.h"
#include "model/key_state.h"
#include "model/operation.h"

#include <stdbool.h>
#include <stdint.h>

/* DALV_OK, DALV_WRONG_KIND or DALV_OCCUPIED. */
DALV_MUST_CHECK enum dalv_status kind_admits(enum key_kind kind,
                                             enum operation_type operation);

/* The kind that an admitted operation leaves behind. */
enum key_kind kind_after(enum key_kind kind, enum operation_type operation);

/* DALV_OVERFLOW if `number` and `addend` leave the range of a counter. */
DALV_MUST_CHECK enum dalv_status kind_add(int64_t number, int64_t addend,
                                          int64_t *out_sum);

/* True for a PUT that would leave the register as it is, but for its expiry:
 * the same value and flags, and both expire or neither does. */
bool kind_is_equal_put(const struct key_state *state,
                       const struct operation *operation);

#endif
