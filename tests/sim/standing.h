/*
 * How a cluster stands once all faults have ended: every partition is led by a
 * process that lives, has as many members as it is to have, no change under
 * way, and all of them have applied the same.
 */
#ifndef DALV_TESTS_SIM_STANDING_H
#define DALV_TESTS_SIM_STANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world;

/* If not, `out_text` says what is missing. */
bool standing_is_well(struct world *world, char *out_text, size_t text_bytes);
/* The node that leads a partition by what is agreed on; 0 if none does. */
uint32_t standing_master(struct world *world, uint32_t partition);
/* What is agreed on, and what each node has of it, into the trace. */
void standing_tell(struct world *world);
/* The replicas of all nodes are compared. */
void standing_judge(struct world *world);

#endif
