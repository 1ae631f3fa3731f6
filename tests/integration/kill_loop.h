/*
 * A server that is killed (-9) again and again at any moment, under load, while
 * it starts, and while it recovers; and a witness.
 */
#ifndef DALV_TESTS_INTEGRATION_KILL_LOOP_H
#define DALV_TESTS_INTEGRATION_KILL_LOOP_H

#include "tests/integration/load.h"
#include "tests/support/live_server.h"

struct kill_loop {
    struct live_server server;
    struct witness witness;
    struct load load;
    struct prng prng;
    struct dalv_backend *backend;
    size_t kills;
    size_t kills_at_start;
    size_t retries_unknown;
    size_t retries_done;
    size_t not_in_time; /* Starts or answers that were waited for in vain. */
};

void kill_loop_open(struct kill_loop *loop, uint64_t seed);
void kill_loop_close(struct kill_loop *loop);

/* Start, ask again for what is unknown, look, load, kill. */
void kill_loop_cycle(struct kill_loop *loop);
/* Start once more and look at everything; end in order and read the log. */
void kill_loop_judge(struct kill_loop *loop);
/* One line for people. */
void kill_loop_tell(const struct kill_loop *loop);

#endif
