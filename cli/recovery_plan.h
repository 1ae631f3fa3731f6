/*
 * A map made anew from what the processes of a cluster say, for a control store
 * that was lost or put back. It writes nothing.
 */
#ifndef DALV_CLI_RECOVERY_PLAN_H
#define DALV_CLI_RECOVERY_PLAN_H

#include "cli/process_round.h"
#include "cluster/cluster_map.h"

#include <stddef.h>

enum {
    RECOVERY_PROBLEM_BYTES = 512,
};

struct recovery_plan {
    void *memory;           /* Of the map. */
    struct cluster_map map; /* As it shall be. */
    size_t by_log_count;    /* Partitions whose members a log names, ... */
    size_t by_map_count;    /* ... or only a map that a process still has. */
    char problem[RECOVERY_PROBLEM_BYTES]; /* Why there is none. */
};

/* Begin with the newest map that a process has told; false, and `problem` says
   why: none has one, or they are of several clusters. */
bool recovery_plan_begin(struct recovery_plan *plan,
                         const struct process_round *round);

/* Now that all nodes of that map were asked: every partition's record. False,
   and `problem` names who must answer first. */
bool recovery_plan_finish(struct recovery_plan *plan,
                          const struct process_round *round);

void recovery_plan_release(struct recovery_plan *plan);

#endif
