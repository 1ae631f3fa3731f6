/*
 * A device of the user "ada" on a disk in memory, beside a small cluster.
 *
 * What a key is, is told as text: "-" absent, "value" a register, "#5" a
 * counter, "[a b]" a list.
 */
#ifndef DALV_TESTS_UNIT_CLIENT_DEVICE_FIXTURE_H
#define DALV_TESTS_UNIT_CLIENT_DEVICE_FIXTURE_H

#include "client/store.h"
#include "client/sync_machine.h"
#include "tests/support/memory_files.h"
#include "tests/support/memory_kv.h"
#include "tests/support/operations.h"
#include "tests/support/small_cluster.h"

struct device {
    struct memory_files *disk;
    struct memory_store *map;
    struct kv *kv;
    struct store *store;
    struct store_report report;
    struct small_cluster *cluster;
    uint64_t now_us;
    uint8_t random_next;
    struct sync_options options; /* Of the next sync. */
    struct sync_report synced;   /* Of the last one. */
    uint64_t local_id;           /* Of the last commit. */
    unsigned answers_left;       /* Then answers are lost; 0: never. */
    uint64_t common;             /* What a snapshot says of it; 0: nothing. */
    char text[256];
};

/* `seed` tells its disk and its install ids from those of others. */
void device_init(struct device *device, struct small_cluster *cluster,
                 uint8_t seed);
void device_deinit(struct device *device);

/* Open the store; DALV_OK and what store_open gives. */
enum dalv_status device_start(struct device *device);
void device_stop(struct device *device);
/* Power fails and comes back; not opened. Of what was not synced nothing is
   left of the map. */
void device_crash(struct device *device);
/* The same, and of the map's unsynced writes `luck` says how many are left. */
void device_crash_by(struct device *device, uint64_t luck);

/* One operation as a transaction. */
enum dalv_status device_do(struct device *device,
                           const struct operation *operation);
/* The dot of the element `value` that the device sees under `key`; zeros if it
   sees none. */
struct dot device_dot(struct device *device, const char *key,
                      const char *value);

/* Sync to the end, or until the answers are lost: then DALV_TIMEOUT. */
enum dalv_status device_sync(struct device *device);

/* What the device sees; borrowed until the next call. */
const char *device_sees(struct device *device, const char *key);
/* What the cluster holds of a register or counter. */
const char *cluster_holds(struct device *device, const char *key);
/* All keys of a scan, "a=value b=#5 ". */
const char *device_scan(struct device *device, const char *prefix);
size_t device_pending(struct device *device);

#endif
