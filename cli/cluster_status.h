/*
 * `dalv cluster status`: what is wrong first, then what each node bears; it
 * fits a terminal of 80 columns and 24 lines.
 */
#ifndef DALV_CLI_CLUSTER_STATUS_H
#define DALV_CLI_CLUSTER_STATUS_H

#include "cli/cluster_health.h"
#include "cli/controller_pulse.h"
#include "cli/operator_list.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CLUSTER_STATUS_COLUMNS = 80,
    CLUSTER_STATUS_LINES = 23, /* And the prompt. */
};

struct cluster_status {
    struct cluster_health health;
    struct operator_list requests;
    struct controller_pulse pulse;
};

void cluster_status_print(const struct cluster_status *status, FILE *out);
void cluster_status_print_json(const struct cluster_status *status, FILE *out);

/* A node with what it bears; owned by you. NULL if there is no memory. */
json_t *cluster_status_node_json(const struct cluster_health *health,
                                 size_t index);

/* One line a node that is not removed, of `lines_max` lines with the heading.
   Gives how many did not fit. */
size_t cluster_status_print_nodes(const struct cluster_health *health,
                                  size_t lines_max, FILE *out);

#endif
