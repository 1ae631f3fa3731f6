/*
 * Keeps a process's map up to date: the head of the map is looked at at least
 * once a second, and what is new is read whole.
 *
 *   RESTING --- the store hinted at a change, or a second went by ---> READING
 *      ^                                                                  |
 *      +---- the same version, a newer map, or the store failed <---------+
 *
 * A store that can not be asked is no reason to stop: the map that one has
 * stays good, and a partition's record is learnt from whoever has a newer one.
 * The loop calls it; the questions wait in a desk's thread.
 */
#ifndef DALV_CONTROL_AGENT_H
#define DALV_CONTROL_AGENT_H

#include "base/allocator.h"
#include "base/status.h"
#include "cluster/cluster_map.h"
#include "control/control_desk.h"
#include "control/map_reader.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    AGENT_REST_MS = 1000,
    AGENT_REST_MIN_MS = 100, /* Between two readings, whatever is hinted. */
};

struct agent;

enum agent_news {
    AGENT_NOTHING,
    AGENT_MAP,    /* There is a newer map: agent_take. */
    AGENT_FAILED, /* The store could not be read: agent_status. */
};

/* Takes the desk, which goes with the agent; also if this fails. */
DALV_MUST_CHECK enum dalv_status agent_create(struct control_desk **desk_p,
                                              struct allocator *allocator,
                                              struct agent **out_agent);
void agent_destroy(struct agent **agent_p);

/* In each round of the loop, and when its worker has something. */
enum agent_news agent_tick(struct agent *agent, uint64_t now_ms);

/* Somebody told of this version: do not wait for the second to go by. */
void agent_hint(struct agent *agent, struct cluster_version version);

/* The map of AGENT_MAP, once; release with control_map_destroy. It is whole
   only if `is_founded`: before that the cluster has no partitions. */
struct control_map *agent_take(struct agent *agent);
enum dalv_status agent_status(const struct agent *agent);
const char *agent_problem(const struct agent *agent);

/* When to tick at the latest; its worker wakes the loop before. */
uint64_t agent_next_ms(const struct agent *agent);
struct worker *agent_worker(struct agent *agent);
/* The loop has taken what its worker has done: tick. False if it is of another
   one. */
bool agent_on_job_done(struct agent *agent, const struct worker *from);

#endif
