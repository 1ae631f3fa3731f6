/*
 * How far an import has come, in a small file beside the one that is imported,
 * so that the same command goes on where it stopped.
 *
 * The file also holds the import's id. Request ids are made of it and of line
 * numbers: what was sent twice takes effect once (for 24 hours).
 */
#ifndef DALV_CLI_IMPORT_STATE_H
#define DALV_CLI_IMPORT_STATE_H

#include "base/status.h"

#include <stdint.h>

enum {
    IMPORT_STATE_PATH_MAX = 4096
};

struct import_state {
    char path[IMPORT_STATE_PATH_MAX]; /* Empty: standard input, not kept. */
    uint64_t id;
    uint64_t file_bytes; /* Of the file that is imported, to know it again. */
    uint64_t file_time_us;
    uint64_t mapping; /* A hash of how it is read. */
    uint64_t line;    /* All up to it is settled. */
};

/* Begin, or go on if there is a state of the same file and mapping. `file`
   NULL: standard input. DALV_IO, DALV_NOT_FOUND, DALV_DAMAGED. */
DALV_MUST_CHECK enum dalv_status import_state_open(struct import_state *state,
                                                   const char *file,
                                                   uint64_t mapping);

/* Forget what an earlier run did: everything is sent, as new requests. */
DALV_MUST_CHECK enum dalv_status import_state_restart(
    struct import_state *state);

/* Keep it durably. */
DALV_MUST_CHECK enum dalv_status import_state_save(
    const struct import_state *state);

/* It is finished: nothing to go on with. */
void import_state_remove(const struct import_state *state);

#endif
