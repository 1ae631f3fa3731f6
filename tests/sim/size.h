/*
 * How large a world is.
 */
#ifndef DALV_TESTS_SIM_SIZE_H
#define DALV_TESTS_SIM_SIZE_H

enum {
    WORLD_NODES_MAX = 7,
    WORLD_ROUTERS = 2,
    WORLD_PROCESSES_MAX = WORLD_NODES_MAX + WORLD_ROUTERS,
    WORLD_PARTITIONS = 4,
    WORLD_DEVICES_MAX = 6, /* With clones. */
    WORLD_BACKENDS = 2,
    WORLD_WATCHERS = 2, /* The first follows all users. */
};

#endif
