/*
 * A connection between two processes.
 *
 * What one end sends arrives at the other in its order, after some time, or,
 * once the wire is cut, not at all; each end learns of the cut later, in its
 * own time. A wire that is lossy also drops single parcels, brings them twice,
 * and lets them overtake each other.
 */
#ifndef DALV_TESTS_SIM_WIRE_H
#define DALV_TESTS_SIM_WIRE_H

#include "net/parcel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process;
struct wire;
struct world;

/* One end; an owner of NULL is a process that is gone. */
struct wire_end {
    void *owner;
    struct process *process; /* A server's; NULL: a client's. */
    void (*on_parcel)(void *owner, struct wire *wire, struct parcel **parcel_p);
    void (*on_cut)(void *owner, struct wire *wire);
    uint64_t arrives_us; /* What was sent to it last. */
};

enum wire_side {
    WIRE_CLIENT = 0, /* The end that connected, ... */
    WIRE_SERVER = 1, /* ... and the one that listens. */
};

struct wire {
    struct world *world;
    uint64_t number; /* Names it for its server: a peer. */
    bool is_open;
    bool is_lossy;
    bool is_device; /* It came by the port for devices. */
    bool is_between_servers;
    struct wire_end ends[2];
};

/* Sees each parcel as it is sent; it may send others. */
struct tap {
    void *owner;
    void (*on_sent)(void *owner, struct wire *wire, enum wire_side to,
                    const struct parcel *parcel);
};

struct wires {
    struct world *world;
    struct wire **items; /* By number, from 1. */
    size_t count;
    size_t capacity;
};

void wires_init(struct wires *wires, struct world *world);
void wires_deinit(struct wires *wires);

/* A new open wire without ends. */
struct wire *wires_add(struct wires *wires);
/* NULL if there is none of that number, or it is cut. */
struct wire *wires_find(const struct wires *wires, uint64_t number);

/* Send to the end `to`; false if the wire is cut. The parcel is taken. */
bool wire_send(struct wire *wire, enum wire_side to, struct parcel **parcel_p);

/* A parcel of the same frames. */
struct parcel *wire_copy(const struct parcel *parcel);

/* Nothing arrives any more; both ends that are there learn of it. */
void wire_cut(struct wire *wire);

/* The process at that end is gone: the other learns of it. */
void wire_drop(struct wire *wire, enum wire_side side);

#endif
