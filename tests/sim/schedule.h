/*
 * What will happen, in the order in which it happens.
 *
 * Moments with the same time come in the order in which they were put: one
 * seed, one story. A parcel on its way belongs to its moment.
 */
#ifndef DALV_TESTS_SIM_SCHEDULE_H
#define DALV_TESTS_SIM_SCHEDULE_H

#include "net/parcel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct moment;

/* The moment has come; a parcel that is not taken is destroyed. */
typedef void moment_runner(void *owner, struct moment *moment);

struct moment {
    uint64_t at_us;
    uint64_t sequence; /* Given by schedule_put. */
    moment_runner *run;
    void *owner;
    uint64_t number;       /* The runner's own. */
    struct parcel *parcel; /* Owned; may be NULL. */
};

struct schedule {
    struct moment *heap;
    size_t count;
    size_t capacity;
    uint64_t sequence_last;
};

void schedule_init(struct schedule *schedule);
/* Destroys the parcels that are still on their way. */
void schedule_deinit(struct schedule *schedule);

/* The parcel, if there is one, is taken. */
void schedule_put(struct schedule *schedule, struct moment moment);
/* The next moment, with its parcel; false if there is none. */
bool schedule_take(struct schedule *schedule, struct moment *out_moment);

#endif
