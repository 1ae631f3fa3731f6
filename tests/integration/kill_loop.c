#include "tests/integration/kill_loop.h"

#include "tests/integration/witness_check.h"
#include "tests/integration/witness_log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    USERS = 6,
    CALL_MS = 20000,
    DRAIN_MS = 25000,
    START_KILL_OF = 4,
    START_US_MAX = 80000,
    ANSWERS_MAX = 600,
    LOAD_MS_MAX = 120,
    DONE_AGAIN = 4, /* Acknowledged writes asked again, each cycle. */
};

void kill_loop_open(struct kill_loop *loop, uint64_t seed)
{
    memset(loop, 0, sizeof(*loop));
    live_server_open(&loop->server);
    witness_init(&loop->witness, seed, USERS);
    load_init(&loop->load, &loop->witness, seed + 1);
    prng_init(&loop->prng, seed + 2);
}

void kill_loop_close(struct kill_loop *loop)
{
    dalv_backend_close(&loop->backend);
    live_server_close(&loop->server);
    witness_deinit(&loop->witness);
}

/* The moment of a fault is chance: a start is interrupted anywhere. */
static void kill_while_it_starts(struct kill_loop *loop)
{
    live_server_start(&loop->server);
    (void)usleep((useconds_t)prng_below(&loop->prng, START_US_MAX));
    live_server_kill(&loop->server);
    loop->kills_at_start++;
}

static bool start(struct kill_loop *loop)
{
    if (prng_below(&loop->prng, START_KILL_OF) == 0)
        kill_while_it_starts(loop);
    if (!live_server_start_ready(&loop->server))
        return false;
    if (loop->backend != NULL)
        return true; /* It finds the way back by itself. */
    loop->backend = live_server_connect(&loop->server, CALL_MS);
    load_use(&loop->load, loop->backend);
    return loop->backend != NULL;
}

/* Every second one that nobody knows about; the others stay unknown. */
static void ask_again(struct kill_loop *loop, size_t user)
{
    const struct witnessed_user *kept = &loop->witness.users[user];

    for (size_t i = kept->settled_count; i < kept->count; i++) {
        if (kept->writes[i].testimony != TESTIMONY_UNKNOWN ||
            prng_below(&loop->prng, 2) == 0)
            continue;
        while (!load_ask(&loop->load, user, i))
            load_poll(&loop->load, 10);
        loop->retries_unknown++;
    }
}

static void ask_for_what_is_done(struct kill_loop *loop, size_t user)
{
    const struct witnessed_user *kept = &loop->witness.users[user];

    for (int i = 0; i < DONE_AGAIN && kept->count > 0; i++) {
        size_t number = prng_below(&loop->prng, kept->count);

        if (kept->writes[number].testimony != TESTIMONY_DONE)
            continue;
        while (!load_ask(&loop->load, user, number))
            load_poll(&loop->load, 10);
        loop->retries_done++;
    }
}

static bool miss(struct kill_loop *loop, const char *what)
{
    (void)fprintf(stderr, "after %zu kills: %s; %zu writes are under way\n",
                  loop->kills, what, loop->load.under_way);
    loop->not_in_time++;
    live_server_kill(&loop->server);
    return false;
}

static bool settle(struct kill_loop *loop)
{
    if (!start(loop))
        return miss(loop, "the server does not take us in");
    if (!load_drain(&loop->load, DRAIN_MS))
        return miss(loop, "what was under way is not answered");
    for (size_t i = 0; i < loop->witness.user_count; i++) {
        ask_again(loop, i);
        ask_for_what_is_done(loop, i);
    }
    return load_drain(&loop->load, DRAIN_MS) ||
           miss(loop, "what was asked again is not answered");
}

void kill_loop_cycle(struct kill_loop *loop)
{
    if (!settle(loop))
        return;
    witness_look(&loop->witness, loop->backend);
    load_run(&loop->load, prng_below(&loop->prng, ANSWERS_MAX),
             (uint32_t)prng_below(&loop->prng, LOAD_MS_MAX));
    live_server_kill(&loop->server);
    loop->kills++;
    if (prng_below(&loop->prng, 2) == 0) {
        dalv_backend_close(&loop->backend);
        load_use(&loop->load, NULL);
    }
}

void kill_loop_judge(struct kill_loop *loop)
{
    char path[LIVE_SERVER_PATH_BYTES + 8];

    if (!settle(loop))
        return;
    witness_look_at_all(&loop->witness, loop->backend);
    witness_watch(&loop->witness, loop->backend);
    dalv_backend_close(&loop->backend);
    if (live_server_stop(&loop->server) != 0)
        loop->not_in_time++;
    (void)snprintf(path, sizeof(path), "%s/log", loop->server.data);
    witness_read_log(&loop->witness, path);
}

void kill_loop_tell(const struct kill_loop *loop)
{
    const struct witness *witness = &loop->witness;

    (void)printf("%zu kills under load, %zu while starting; %zu writes done, "
                 "%zu unknown, %zu refused; asked again: %zu unknown, %zu "
                 "done; lost %zu, doubled %zu, undead %zu, wrong %zu\n",
                 loop->kills, loop->kills_at_start,
                 witness_count(witness, TESTIMONY_DONE),
                 witness_count(witness, TESTIMONY_UNKNOWN),
                 witness_count(witness, TESTIMONY_REFUSED),
                 loop->retries_unknown, loop->retries_done, witness->lost,
                 witness->doubled, witness->undead, witness->wrong);
}
