/*
 * What the files of a simulated node share: its steps (node_process.c), and how
 * it begins and ends (node_life.c).
 */
#ifndef DALV_TESTS_SIM_NODE_INTERNAL_H
#define DALV_TESTS_SIM_NODE_INTERNAL_H

#include "tests/sim/node_process.h"
#include "tests/sim/schedule.h"

/* It belongs to this life of the node: see struct node_process. */
void node_put_moment(struct node_process *node, uint64_t delay_us,
                     moment_runner *run);
/* The core sees the event, and what it wants done is done. */
void node_step(struct node_process *node, struct node_event event);
/* The core has a deadline. */
void node_schedule_tick(struct node_process *node);

#endif
