#include "tests/sim/faults.h"

#include "tests/sim/world.h"

enum {
    CHANCES = 100000,
    TRAVEL_US = 200, /* At least, ... */
    TRAVEL_MORE_US = 2000,
    LATE_US = 4000000,
    SKEW_US_MAX = 3000000,
};

/* How often each strikes where it is not switched off. */
static const struct {
    const char *name;
    uint32_t rate;
} kinds[FAULT_COUNT] = {
    [FAULT_LOSS] = {"loss", 3000},
    [FAULT_DUPLICATION] = {"duplication", 3000},
    [FAULT_REORDERING] = {"reordering", 10000},
    [FAULT_DELAY] = {"delay", 2000},
    /* Of those below: each time when the world's faults are drawn. */
    [FAULT_CUT] = {"cut", 6000},
    [FAULT_NODE_CUT] = {"node cut", 1500},
    [FAULT_ROUTER_RESTART] = {"router restart", 1500},
    [FAULT_NODE_KILL] = {"node kill", 1500},
    [FAULT_NODE_STOP] = {"node stop", 1500},
    [FAULT_NODE_POWER] = {"node power", 3000},
    [FAULT_NODE_DISK] = {"node disk", 3000},
    [FAULT_INDEX_LOSS] = {"index loss", 20000}, /* At a start of the node. */
    [FAULT_DEVICE_KILL] = {"device kill", 4000},
    [FAULT_DEVICE_POWER] = {"device power", 6000},
    [FAULT_DEVICE_DISK] = {"device disk", 6000},
    [FAULT_REPLICA_LOSS] = {"replica loss", 10000}, /* At a device's start. */
    [FAULT_CLONE] = {"clone", 1500},
    [FAULT_ROLLBACK] = {"rollback", 3000},
    [FAULT_AWAY] = {"away", 4000},
    [FAULT_NODE_CLOCK] = {"node clock", 2000},
    [FAULT_DEVICE_CLOCK] = {"device clock", 8000},
    [FAULT_WATCHER_RESTART] = {"watcher restart", 3000},
    /* At a backend's next question. */
    [FAULT_ERASE] = {"erase", 1500},
    [FAULT_RETIRE] = {"retire", 3000},
    [FAULT_TOKEN_EXPIRY] = {"token expiry", 1},
    /* At each question to the control store. */
    [FAULT_CONTROL_DEAF] = {"control deaf", 3000},
    [FAULT_CONTROL_MUTE] = {"control mute", 3000},
    [FAULT_CONTROL_DOWN] = {"control down", 1000},
    [FAULT_SPLIT] = {"split", 2000},
    [FAULT_PAUSE] = {"pause", 2000},
    [FAULT_SLOW_DISK] = {"slow disk", 2000},
    [FAULT_SKEW] = {"skew", 2000},
    [FAULT_DRIFT] = {"drift", 100000}, /* At a process's start. */
    [FAULT_WIPE] = {"wipe", 1000},
    [FAULT_OPERATOR] = {"operator", 3000},
    [FAULT_ALL_POWER] = {"all power", 500},
};

/* Half of the kinds, each at half, the whole or the double of its rate. */
static void draw(struct world *world)
{
    struct faults *faults = &world->faults;
    bool is_quiet = prng_chance(&world->prng, 1, 20);

    for (size_t i = 0; i < FAULT_COUNT; i++) {
        uint32_t rate = kinds[i].rate << prng_below(&world->prng, 3) >> 1;

        if (rate == 0)
            rate = 1;
        faults->counts[i] = 0;
        faults->rates[i] =
            is_quiet || prng_chance(&world->prng, 1, 2) ? 0 : rate;
    }
}

/*
 * A disk that is gone and, at another node, a torn last batch are two faults of
 * one majority: it then rightly waits for an operator.
 */
static void keep_a_majority(struct faults *faults)
{
    if (faults->rates[FAULT_WIPE] == 0 && faults->rates[FAULT_INDEX_LOSS] == 0)
        return;
    faults->rates[FAULT_NODE_POWER] = 0;
    faults->rates[FAULT_ALL_POWER] = 0;
    faults->rates[FAULT_NODE_DISK] = 0;
}

void faults_init(struct world *world)
{
    draw(world);
    if (world->node_count == 1)
        return;
    if (prng_chance(&world->prng, 1, 2)) {
        world->faults.rates[FAULT_WIPE] = 0;
        world->faults.rates[FAULT_INDEX_LOSS] = 0;
    }
    keep_a_majority(&world->faults);
}

bool faults_has(const struct world *world, enum fault fault)
{
    return !world->is_calm && world->faults.rates[fault] > 0;
}

bool faults_strike(struct world *world, enum fault fault)
{
    if (!faults_has(world, fault) ||
        !prng_chance(&world->prng, world->faults.rates[fault], CHANCES))
        return false;
    world->faults.counts[fault]++;
    return true;
}

uint64_t faults_delay_us(struct world *world)
{
    uint64_t delay_us = TRAVEL_US + prng_below(&world->prng, TRAVEL_MORE_US);

    if (faults_strike(world, FAULT_DELAY))
        delay_us += prng_below(&world->prng, LATE_US);
    return delay_us;
}

bool faults_may_lose_copy(const struct world *world)
{
    const uint64_t *counts = world->faults.counts;

    return world->node_count == 1 ||
           counts[FAULT_WIPE] + counts[FAULT_INDEX_LOSS] == 1;
}

uint64_t faults_skew_us_max(const struct world *world)
{
    return world->faults.rates[FAULT_SKEW] == 0 ? 0 : SKEW_US_MAX;
}

#define YEAR_US INT64_C(31557600000000)

int64_t faults_jump_us(struct world *world)
{
    switch (prng_below(&world->prng, 4)) {
    case 0:
        return -(int64_t)WORLD_BASE_US; /* 1970. */
    case 1:
        return 10 * YEAR_US;
    case 2:
        return (int64_t)prng_below(&world->prng, 7200000000) - 3600000000;
    default:
        return 0;
    }
}

enum memory_fault faults_any_of_disk(struct world *world)
{
    static const enum memory_fault faults[] = {
        MEMORY_FAULT_IO, MEMORY_FAULT_NO_SPACE, MEMORY_FAULT_HALF_WRITE};

    return faults[prng_below(&world->prng, 3)];
}

const char *fault_name(enum fault fault)
{
    return kinds[fault].name;
}
