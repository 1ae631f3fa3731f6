/*
 * Removing from a list by value: exactly the elements that were seen.
 */
#ifndef DALV_CLIENT_EQUAL_ELEMENTS_H
#define DALV_CLIENT_EQUAL_ELEMENTS_H

#include "base/status.h"
#include "client/dalv.h"

/*
 * Add the removal of every element of `value` that is equal to `element`.
 * DALV_NOT_FOUND if none is, DALV_WRONG_KIND if it is no list, and as
 * dalv_transaction_list_remove.
 */
DALV_MUST_CHECK enum dalv_status
equal_elements_remove(struct dalv_transaction *transaction,
                      struct dalv_bytes key, const struct dalv_value *value,
                      struct dalv_bytes element);

#endif
