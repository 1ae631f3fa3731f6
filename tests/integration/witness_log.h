/*
 * What a witness says to the log of a server.
 */
#ifndef DALV_TESTS_INTEGRATION_WITNESS_LOG_H
#define DALV_TESTS_INTEGRATION_WITNESS_LOG_H

#include "tests/integration/witness.h"

/*
 * Read the log in a folder with `dalv log dump`: each user's revisions are 1,
 * 2, 3, ..., each write is in it at most once, under its request id, and the
 * acknowledged ones are at their revision.
 */
void witness_read_log(struct witness *witness, const char *folder);

#endif
