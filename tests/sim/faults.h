/*
 * What goes wrong, and how often. Each seed switches whole kinds off, so that
 * rare combinations come up; in the calm at the end nothing goes wrong.
 */
#ifndef DALV_TESTS_SIM_FAULTS_H
#define DALV_TESTS_SIM_FAULTS_H

#include "tests/support/memory_files.h"

#include <stdbool.h>
#include <stdint.h>

struct world;

enum fault {
    FAULT_LOSS,           /* A parcel of a client is lost. */
    FAULT_DUPLICATION,    /* It comes twice. */
    FAULT_REORDERING,     /* It overtakes another. */
    FAULT_DELAY,          /* It comes seconds late. */
    FAULT_CUT,            /* A client's connection breaks. */
    FAULT_NODE_CUT,       /* The router's connection to the node breaks. */
    FAULT_ROUTER_RESTART, /* All that it knew is gone. */
    FAULT_NODE_KILL,      /* The process ends; the page cache survives. */
    FAULT_NODE_STOP,      /* It is asked to end, and ends in order. */
    FAULT_NODE_POWER,     /* The machine stops: unsynced bytes go or tear. */
    FAULT_NODE_DISK,      /* A write, or a sync, fails. */
    FAULT_INDEX_LOSS,     /* The index is gone or damaged. */
    FAULT_DEVICE_KILL,
    FAULT_DEVICE_POWER,
    FAULT_DEVICE_DISK,
    FAULT_REPLICA_LOSS, /* A device's replica is gone. */
    FAULT_CLONE,        /* Another device starts from its files. */
    FAULT_ROLLBACK,     /* Its files are put back to what they were. */
    FAULT_AWAY,         /* A device is offline for long. */
    FAULT_NODE_CLOCK,   /* The servers' wall clock jumps. */
    FAULT_DEVICE_CLOCK,
    FAULT_WATCHER_RESTART,
    FAULT_ERASE,        /* A backend erases a user. */
    FAULT_RETIRE,       /* Or retires a device. */
    FAULT_TOKEN_EXPIRY, /* Tokens live for seconds. */
    /* Of a cluster: */
    FAULT_CONTROL_DEAF, /* A transaction to the control store is lost, ... */
    FAULT_CONTROL_MUTE, /* ... or its answer is. */
    FAULT_CONTROL_DOWN, /* It cannot be reached for a while. */
    FAULT_SPLIT,        /* The network is cut, one way or both. */
    FAULT_PAUSE,        /* A process stands still; its clocks go on. */
    FAULT_SLOW_DISK,    /* A sync takes up to two seconds. */
    FAULT_SKEW,         /* A machine's clock is set, within seconds. */
    FAULT_DRIFT,        /* Monotonic clocks are fast or slow. */
    FAULT_WIPE,         /* A node gets another disk. */
    FAULT_OPERATOR,     /* Somebody asks for a switchover, or to move copies. */
    FAULT_ALL_POWER,    /* All nodes lose their power at once. */
    FAULT_COUNT,
};

struct faults {
    /* Of 100,000 chances; 0: switched off. */
    uint32_t rates[FAULT_COUNT];
    uint64_t counts[FAULT_COUNT]; /* How often each struck. */
};

/* Choose for the world's seed. */
void faults_init(struct world *world);

bool faults_has(const struct world *world, enum fault fault);
/* True if the fault strikes now. */
bool faults_strike(struct world *world, enum fault fault);

/* How long a parcel travels. */
uint64_t faults_delay_us(struct world *world);

/*
 * True if what has just struck may take a node's copies away for good. Of a
 * cluster only once: no promise holds when a majority of copies is lost, and
 * one that was is not made up for before the node has caught up.
 */
bool faults_may_lose_copy(const struct world *world);

/* How far one server's clock may be from the others'. */
uint64_t faults_skew_us_max(const struct world *world);
/* By how much a clock jumps: to 1970, by years, by an hour, or back. */
int64_t faults_jump_us(struct world *world);
/* One of those of a disk. */
enum memory_fault faults_any_of_disk(struct world *world);

const char *fault_name(enum fault fault);

#endif
