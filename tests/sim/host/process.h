/*
 * A server process of the simulator, for what stands in for the machine under
 * it: the files beside this one define the functions of net/loop.h, endpoint.h
 * and worker.h, of the clock, and of the memory and the control store that a
 * process is handed, so that the product's own shells run in virtual time.
 *
 * The linker takes these in place of the product's, so they serve whichever
 * process has entered; nothing of the product runs outside of one.
 */
#ifndef DALV_TESTS_SIM_HOST_PROCESS_H
#define DALV_TESTS_SIM_HOST_PROCESS_H

#include "tests/sim/pool.h"
#include "tests/sim/schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint;
struct loop;
struct world;

/* What a thread of it is handed, carries out, or never comes to. */
struct process_observer {
    void *owner;
    void (*on_ordered)(void *owner, const char *worker, const void *job);
    void (*on_carried_out)(void *owner, const char *worker, const void *job);
    void (*on_lost)(void *owner, const char *worker, void *job);
    /* Its loop has ended by itself; the process may be ended. */
    void (*on_stopped)(void *owner);
};

struct process {
    struct world *world;
    unsigned number;  /* Among all processes of the world. */
    const char *name; /* The owner's. */
    uint64_t life;    /* Counts starts; what belongs to another is late. */
    bool is_up;
    bool is_dying;            /* Its threads do nothing any more. */
    uint64_t paused_until_us; /* It stands still; its clocks do not. */
    uint64_t slow_until_us;   /* Its disk takes seconds for a sync. */
    int64_t skew_us;          /* Of its wall clock, from the servers'. */
    int32_t drift_ppm;        /* Of its monotonic clock. */
    struct process_observer observer;
    struct pool pool;         /* What its budgets give: dies with it. */
    struct loop *loop;        /* NULL before it makes one. */
    struct endpoint *sockets; /* Of this life and of those before. */
    struct worker *threads;   /* The same. */
};

void process_init(struct process *process, struct world *world, unsigned number,
                  const char *name);
/* It is not up. */
void process_deinit(struct process *process);

/* A new life begins, of which nothing is late. */
void process_begin(struct process *process);
/* It is gone: whatever it left is dropped, other processes notice. */
void process_end(struct process *process);

/* From now on, until it is left, the product's code is this process's. */
void process_enter(struct process *process);
void process_leave(void);
/* NULL outside of any. */
struct process *process_current(void);

/* After `delay_us`, unless this life is over by then: see process_is_due. */
void process_put(struct process *process, uint64_t delay_us, moment_runner *run,
                 void *owner);
/*
 * True if the moment is still of this life. One that comes while the process
 * stands still is put off until it goes on, and is not due yet.
 */
bool process_is_due(struct process *process, const struct moment *moment);

/* Its monotonic clock, and when, by the world's, that one shows a time. */
uint64_t process_clock_us(const struct process *process);
uint64_t process_world_us(const struct process *process, uint64_t clock_us);

#endif
