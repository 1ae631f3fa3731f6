/*
 * A device in the simulator: the product's store and sync machine on a disk in
 * memory, an application that works with them, and what befalls a device.
 */
#ifndef DALV_TESTS_SIM_DEVICE_PROCESS_H
#define DALV_TESTS_SIM_DEVICE_PROCESS_H

#include "client/store.h"
#include "client/sync_machine.h"
#include "tests/sim/disk.h"
#include "tests/sim/line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world;
struct deed;
struct deed_operation;

/* A deed of this store, by its local id. */
struct device_work {
    uint64_t local_id;
    struct deed *deed;
};

struct device_process {
    struct world *world;
    unsigned number;
    unsigned user;
    struct disk disk;
    struct disk backup; /* What the disk may be put back to. */
    bool has_backup;
    bool is_put_back; /* Since the last start. */
    size_t backup_work_count;
    uint64_t life; /* Counts starts. */
    bool is_up;
    uint64_t away_until_us;
    int64_t skew_us;      /* Of its wall clock. */
    bool is_disk_failing; /* A call of its disk was told to fail. */
    struct kv *kv;
    struct store *store;
    struct sync_machine *machine; /* NULL while nothing is synced. */
    struct line line;
    bool is_greeted;      /* On this connection. */
    bool is_greeting_its; /* The greeting is the machine's own. */
    bool is_synced;       /* Nothing was left to do at the last end. */
    uint64_t sync_count;  /* That came to their end. */
    struct cursor shown;  /* The position that was last judged. */
    struct device_work *work;
    size_t work_count;
    size_t work_capacity;
};

void device_process_init(struct device_process *device, struct world *world,
                         unsigned number, unsigned user);
void device_process_deinit(struct device_process *device);

/* Open the store; false if it does not open now. */
bool device_process_start(struct device_process *device);
void device_process_kill(struct device_process *device, bool is_power_lost);
/* The same, and it is started again after a while. */
void device_process_restart(struct device_process *device, bool is_power_lost);

/* Start as a copy of another device that is up, down to its last file. */
void device_process_clone(struct device_process *device,
                          const struct device_process *from);
/* Keep a copy of the disk; or, if there is one, put the disk back to it. */
void device_process_roll_back(struct device_process *device);

/* Begin to sync, unless it does. */
void device_process_sync(struct device_process *device);

/* The application commits something. */
void device_process_work(struct device_process *device);
/* The same, by a directed schedule; NULL if it was refused. */
struct deed *device_process_commit(struct device_process *device,
                                   const struct deed_operation *operations,
                                   size_t count);
/* Any element of the set that its application sees; false without one. */
bool device_process_sees_element(struct device_process *device,
                                 struct dot *out_dot);

/* Everything of this store has exactly one outcome: promise 6. */
void device_process_judge_end(struct device_process *device);

#endif
