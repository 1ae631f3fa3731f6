/*
 * Two or three devices, a backend and a server, under faults: requests and
 * answers are lost, requests come twice and late, the feed is compacted, the
 * server goes back to a backup.
 *
 * Everything is judged twice: by sync/ over a small store that applies its
 * records blindly, and by a history that keeps every change. After each step
 * both hold the same values; in the end so do the devices.
 */
#ifndef DALV_TESTS_PROPERTY_SYNC_WORLD_H
#define DALV_TESTS_PROPERTY_SYNC_WORLD_H

#include "base/arena.h"
#include "base/prng.h"
#include "sync/judge.h"
#include "sync/policy.h"
#include "sync/push.h"
#include "tests/property/sync_history.h"
#include "tests/property/sync_replica.h"
#include "tests/support/small_store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WORLD_DEVICES = 2,
    WORLD_LATE_MAX = 3,
};

/* A server: what it holds twice over, and what must come back with it. */
struct world_server {
    struct small_store store;
    struct history history;
    /* How often each transaction of the application took effect. */
    uint8_t effect_count[REPLICA_SERIALS_MAX];
};

struct world {
    struct prng prng;
    struct policy policy;
    uint64_t now_us;
    uint64_t history_id_last;
    uint64_t mark_last; /* Of a restore. */
    struct world_server server;
    struct world_server backup;
    bool has_backup;
    bool is_at_rest;
    struct replica replicas[WORLD_DEVICES];
    struct replica_ends ends;
    /* Which transaction went out under a number of a device. */
    uint64_t serials[WORLD_DEVICES + 1][HISTORY_PUSHES_MAX];
    struct replica_request late[WORLD_LATE_MAX];
    size_t late_count;
    struct arena arena;
    void *memory;
    struct user_view view;
    struct judge judge;
    struct replica_reply reply;
    const char *wrong; /* The first thing that must not be, or NULL. */
    size_t operation_count;
};

struct world *world_create(void);
void world_destroy(struct world **world_p);

/* A whole life from a seed: what went wrong, or NULL. */
const char *world_run(struct world *world, uint64_t seed);

#endif
