/*
 * One run of a server whose disk fails at one moment, and what a witness says
 * once the disk is whole again.
 */
#ifndef DALV_TESTS_INTEGRATION_DISK_FAULT_H
#define DALV_TESTS_INTEGRATION_DISK_FAULT_H

#include "tests/integration/load.h"
#include "tests/support/live_server.h"

#include <stdbool.h>

struct disk_fault {
    const char *folder; /* Below the data folder: "/log" or "/index". */
    const char *kind;   /* As tests/support/fault_shim.c names them. */
    unsigned at;        /* The how-manieth call fails. */
};

struct disk_fault_run {
    struct live_server server;
    struct witness witness;
    struct load load;
    bool is_struck;  /* It happened. */
    bool is_serving; /* The server answered before it ended. */
    int code;        /* How the server ended. */
    int next_code;   /* How it ended, in order, with a whole disk; -1: it did
                        not even start. */
};

/* Make a data folder that is about to need another file of its log. */
void disk_fault_prepare(struct disk_fault_run *run);
/* Begin with a copy of what was prepared, let the fault happen while the
   server starts, works and ends, then start it with a whole disk and look. */
void disk_fault_strike(const struct disk_fault_run *prepared,
                       const struct disk_fault *fault,
                       struct disk_fault_run *run);
void disk_fault_release(struct disk_fault_run *run);

#endif
