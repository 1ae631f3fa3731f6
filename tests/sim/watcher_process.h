/*
 * A backend that follows what is committed, of one user or of all: it keeps
 * where it stands, asks again from there whatever happens, and judges what it
 * is told: everything, at least once, in the order of each user, and never a
 * transaction in part.
 *
 * Its wires lose nothing and keep their order until they are cut: so does the
 * transport, and a watch counts on it.
 */
#ifndef DALV_TESTS_SIM_WATCHER_PROCESS_H
#define DALV_TESTS_SIM_WATCHER_PROCESS_H

#include "base/buffer.h"
#include "model/cursor.h"
#include "tests/sim/line.h"
#include "tests/sim/size.h"
#include "tests/sim/witness.h"

#include <stdbool.h>
#include <stdint.h>

struct world;

/* What the consumer keeps: it may be older than what it was told. */
struct watcher_place {
    struct cursor told[WITNESS_USERS];
    uint64_t indexes[WORLD_PARTITIONS];
    bool has_indexes;
};

struct watcher_process {
    struct world *world;
    unsigned number;
    bool is_all;
    unsigned user; /* Unless it follows all. */
    struct line line;
    bool is_greeted;
    bool is_following;
    uint64_t watch;   /* Its number, while it follows. */
    uint64_t thought; /* Counts; only the last one leads to anything. */
    struct watcher_place place;
    struct watcher_place kept;
    struct cursor fresh[WITNESS_USERS]; /* Told by this very watch. */
    struct buffer staged; /* Pages of a change that is not whole. */
    uint64_t told_count;
};

void watcher_process_init(struct watcher_process *watcher, struct world *world,
                          unsigned number);
void watcher_process_deinit(struct watcher_process *watcher);
void watcher_process_start(struct watcher_process *watcher);
/* The consumer ends, and goes on at once from what it kept. */
void watcher_process_restart(struct watcher_process *watcher);
/* True if it was told of all that is committed. */
bool watcher_process_is_done(const struct watcher_process *watcher);

#endif
