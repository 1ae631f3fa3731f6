#include "tests/sim/host/process.h"

#include "base/assert.h"
#include "tests/sim/host/endpoint.h"
#include "tests/sim/host/worker.h"
#include "tests/sim/world.h"

enum {
    MILLION = 1000000,
    RESUME_MORE_US = 1000,
    DRIFT_PPM_MAX = 20000, /* A lease stands five times as much. */
};

/* Every machine was switched on at another time, before the world began. */
#define HOUR_US UINT64_C(3600000000)

static struct process *current;

void process_init(struct process *process, struct world *world, unsigned number,
                  const char *name)
{
    *process = (struct process){.world = world, .number = number, .name = name};
    pool_init(&process->pool);
}

void process_deinit(struct process *process)
{
    ASSERT(!process->is_up);
    sockets_destroy(&process->sockets);
    threads_destroy(&process->threads);
}

void process_begin(struct process *process)
{
    ASSERT(!process->is_up && process->loop == NULL);
    process->life++;
    process->is_up = true;
    process->is_dying = false;
    process->paused_until_us = 0;
    process->slow_until_us = 0;
    if (faults_strike(process->world, FAULT_DRIFT))
        process->drift_ppm =
            (int32_t)prng_below(&process->world->prng, 2 * DRIFT_PPM_MAX) -
            DRIFT_PPM_MAX;
}

void process_end(struct process *process)
{
    process->is_up = false;
    pool_clear(&process->pool);
}

void process_enter(struct process *process)
{
    ASSERT(current == NULL);
    current = process;
}

void process_leave(void)
{
    ASSERT(current != NULL);
    current = NULL;
}

struct process *process_current(void)
{
    return current;
}

/* ---- Time ---- */

uint64_t process_clock_us(const struct process *process)
{
    uint64_t now_us = process->world->now_us;
    int64_t drift_us = (int64_t)now_us / MILLION * process->drift_ppm;

    return HOUR_US * (1 + process->number) + now_us + (uint64_t)drift_us;
}

uint64_t process_world_us(const struct process *process, uint64_t clock_us)
{
    uint64_t clock_now_us = process_clock_us(process);
    uint64_t now_us = process->world->now_us;

    return clock_us <= clock_now_us ? now_us : now_us + clock_us - clock_now_us;
}

void process_put(struct process *process, uint64_t delay_us, moment_runner *run,
                 void *owner)
{
    schedule_put(&process->world->schedule,
                 (struct moment){.at_us = process->world->now_us + delay_us,
                                 .run = run,
                                 .owner = owner,
                                 .number = process->life});
}

bool process_is_due(struct process *process, const struct moment *moment)
{
    struct world *world = process->world;

    if (!process->is_up || moment->number != process->life)
        return false;
    if (world->now_us >= process->paused_until_us)
        return true;
    process_put(process,
                process->paused_until_us - world->now_us +
                    prng_below(&world->prng, RESUME_MORE_US),
                moment->run, moment->owner);
    return false;
}
