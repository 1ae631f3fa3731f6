/*
 * What a witness says to what a server shows.
 */
#ifndef DALV_TESTS_INTEGRATION_WITNESS_CHECK_H
#define DALV_TESTS_INTEGRATION_WITNESS_CHECK_H

#include "client/dalv.h"
#include "tests/integration/witness.h"

/* Read what was written since the last look, and each counter. Nothing that was
   asked so far may still be under way. */
void witness_look(struct witness *witness, struct dalv_backend *backend);
/* The same with all that was ever written, and the lists. */
void witness_look_at_all(struct witness *witness, struct dalv_backend *backend);
/* Follow each user from the start: the same is told. */
void witness_watch(struct witness *witness, struct dalv_backend *backend);

#endif
