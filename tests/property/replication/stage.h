/*
 * What a directed schedule acts with: a world in which nothing goes wrong by
 * itself, a director in the controllers' place, and every link, sync and
 * process in its hand. All promises are judged as under random faults.
 *
 * Partition 0 is the one that schedules are about; its members are the nodes 1,
 * 2 and 3. The lease is 300 ms, and a silent session ends after 500 ms.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_STAGE_H
#define DALV_TESTS_PROPERTY_REPLICATION_STAGE_H

#include "tests/property/replication/world.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STAGE_DIRECTOR = WORLD_NODES_MAX + 1, /* Its end of the network. */
    STAGE_LEASE_MS = 300,
    STAGE_SHORT_MS = 30, /* Time for a few messages and syncs, ... */
    STAGE_OVER_MS = 400, /* ... and until no lease holds any more. */
};

/* So many nodes are up, and nobody leads; partition 0 has so many copies. */
struct world *stage_begin(uint64_t seed, bool is_traced, uint32_t node_count,
                          uint32_t copy_count);
/* Everything is mended, clients and controllers are at work, and all must be
   well soon. */
void stage_end(struct world *world);

void stage_pass(struct world *world, uint64_t ms);
/* What the schedule itself needs; else it shows nothing. */
void stage_expect(struct world *world, bool is_so, const char *what);

/*
 * Elections. The director reaches all whom it is not cut from. Without a
 * number, partition 0 is meant.
 */

/* The first master is elected, and its lease holds. */
void stage_found(struct world *world, uint32_t node);
/* Another partition gets it as its master too. */
void stage_found_other(struct world *world, uint32_t partition, uint32_t node);
/* The next epoch is opened, and all members are sealed until it is led by the
   one who is chosen: of equal logs `node`. */
void stage_elect(struct world *world, uint32_t node);
/* The same step by step. */
void stage_open(struct world *world);
void stage_open_with(struct world *world, const struct joint_set *joint);
/* Seals all members for a while, until enough promised: then it is recorded who
   leads, and nobody is told. False if too few promised. */
bool stage_choose(struct world *world, uint32_t node, uint64_t ms);
/* The record as it is now. */
void stage_tell(struct world *world, uint32_t node);
void stage_tell_all(struct world *world);

/* Members, within the epoch. */
void stage_add_learner(struct world *world, uint32_t node);
void stage_settle(struct world *world);

/* Faults. */

/* Both ways, whatever is on its way arrives. */
void stage_cut(struct world *world, uint32_t a, uint32_t b);
void stage_mend(struct world *world, uint32_t a, uint32_t b);
/* From everybody, the director among them. */
void stage_isolate(struct world *world, uint32_t node);
void stage_gate(struct world *world, uint32_t from, uint32_t to,
                enum message_type type, enum gate_deed deed);
/* Nothing that was not synced survives. */
void stage_crash(struct world *world, uint32_t node);
void stage_start(struct world *world, uint32_t node);
void stage_restart(struct world *world, uint32_t node);
/* Its disk is another one now, and empty. */
void stage_wipe(struct world *world, uint32_t node);
void stage_hold_sync(struct world *world, uint32_t node);
void stage_let_sync(struct world *world, uint32_t node);

/* Clients, of partition 0. */

/* Gives the index of what was written, 0 if that node takes no writes. */
uint64_t stage_write(struct world *world, uint32_t node);
/* The same, and it must be acknowledged soon. */
uint64_t stage_commit(struct world *world, uint32_t node);
bool stage_is_acknowledged(const struct world *world, uint64_t index);
/* True if it was answered; the judge has seen whether it was stale. */
bool stage_read(struct world *world, uint32_t node);
bool stage_is_leading(const struct world *world, uint32_t node);
uint64_t stage_end_index(const struct world *world, uint32_t node);
/* What survives a crash; 0 if nothing does. */
uint64_t stage_durable_index(const struct world *world, uint32_t node);

#endif
