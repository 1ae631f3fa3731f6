/*
 * Whether anybody controls the cluster: the counter in the control store moves.
 */
#ifndef DALV_CLI_CONTROLLER_PULSE_H
#define DALV_CLI_CONTROLLER_PULSE_H

#include "cli/cluster_access.h"

#include <stdbool.h>

struct controller_pulse {
    char name[CANDIDACY_NAME_BYTES_MAX + 1]; /* Empty: nobody ever was it. */
    bool is_felt;
};

/* Waits until the counter moves, or two terms at most. What the store says. */
DALV_MUST_CHECK enum dalv_status controller_pulse_feel(
    struct cluster_access *access, struct controller_pulse *out_pulse);

#endif
