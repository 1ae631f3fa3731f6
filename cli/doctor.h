/*
 * What is wrong with a cluster, by what its control store, its map and its
 * processes say. It asks nobody: whoever asks them fills in a case.
 */
#ifndef DALV_CLI_DOCTOR_H
#define DALV_CLI_DOCTOR_H

#include "cli/diagnosis.h"
#include "cli/inspection.h"
#include "control/map_reader.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    DOCTOR_CLOCK_MS_MAX = 5000,
    DOCTOR_LAG_MAX = 10000, /* Records. */
    DOCTOR_DISK_FREE_PART = 10,
    /* No alarm with so much free, however large the disk. */
    DOCTOR_DISK_FREE_GIB = 50,
};

/* Everything is borrowed. */
struct doctor_case {
    const char *store_problem;       /* Why there is no map; NULL: there is. */
    const struct control_map *known; /* NULL without. */
    /* What every process should have by now. */
    struct cluster_version version;
    bool is_controlled;
    const char *controller; /* Who was it last; empty: nobody ever. */
    const struct inspection *inspections;
    size_t count;
    /* The same processes, some seconds ago; NULL: never. */
    const struct inspection *before;
};

/* Put what is wrong into a zeroed diagnosis, sorted. */
void doctor_examine(const struct doctor_case *facts,
                    struct diagnosis *diagnosis);

#endif
