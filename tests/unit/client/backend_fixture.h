/*
 * A backend that is open, and the answer to an UPDATE.
 */
#ifndef DALV_TESTS_UNIT_CLIENT_BACKEND_FIXTURE_H
#define DALV_TESTS_UNIT_CLIENT_BACKEND_FIXTURE_H

#include "client/dalv.h"
#include "tests/support/fake_router.h"

#include <stddef.h>
#include <stdint.h>

/* With these routers to choose from; ends the test if it does not open. */
struct dalv_backend *backend_fixture_open(const struct fake_router *const *list,
                                          size_t count, uint32_t timeout_ms);
struct dalv_backend *backend_fixture_open_one(const struct fake_router *router);

/* UPDATED with revision 9, epoch 3 and one number, 42. */
void backend_fixture_updated(struct fake_router *router, uint64_t peer,
                             const struct message *question,
                             enum dalv_status status);

#endif
