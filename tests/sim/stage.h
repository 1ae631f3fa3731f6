/*
 * A world in which nothing happens by itself: what a directed schedule acts
 * with. All promises are judged as in any other.
 */
#ifndef DALV_TESTS_SIM_STAGE_H
#define DALV_TESTS_SIM_STAGE_H

#include "tests/sim/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The node, its routers and the first devices start, and are ready. */
void stage_begin(struct world *world, size_t device_count);
/* Everything asked is answered, synced and equal: all promises were kept. */
void stage_end(struct world *world);

void stage_pass(struct world *world, uint64_t ms);
/* The schedule did not come to what it is there for. */
void stage_expect(struct world *world, bool is_so, const char *what);

/* A device's application commits one operation; NULL if it was refused. */
struct deed *stage_put(struct world *world, unsigned device, const char *key,
                       const char *value);
struct deed *stage_add(struct world *world, unsigned device);
/* It takes away an element that it sees in the set. */
struct deed *stage_remove(struct world *world, unsigned device);
/* It syncs until there is nothing left to do, or gives up after ten seconds. */
void stage_sync(struct world *world, unsigned device);

/* A backend writes, erases or retires, and is answered. */
struct deed *stage_write(struct world *world, const char *key,
                         const char *value, uint64_t ttl_ms);
void stage_erase(struct world *world);
void stage_retire(struct world *world, uint64_t device);
/* True once the first backend has its answer. */
bool stage_is_answered(const struct world *world);
void stage_await_answer(struct world *world);

#endif
