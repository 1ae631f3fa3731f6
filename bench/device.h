/*
 * A device that syncs, without a store: it remembers where it stands, and
 * nothing of what it was told.
 */
#ifndef DALV_BENCH_DEVICE_H
#define DALV_BENCH_DEVICE_H

#include "bench/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
    struct client client;
    uint64_t id; /* Given by the cluster. */
    struct cursor cursor;
    uint64_t confirmed;
    uint64_t push_first;
    uint64_t chain;
    uint64_t local_id;
    struct bytes *pushes; /* Of the next SYNC, into `memory`. */
    size_t push_count;
    struct buffer memory;
    struct buffer resume;    /* Where the next page begins. */
    uint64_t received_count; /* Changes in all pages so far. */
};

void device_open(struct device *device, const struct server *server,
                 const char *user, uint64_t install);
void device_close(struct device *device);

/* Add a transaction of PUTs of keys `first` up to `first` + `count` - 1 to
   what the next SYNC pushes. */
void device_add_push(struct device *device, uint32_t first, unsigned count,
                     struct bytes value);

/*
 * One round trip. Ends the harness if a push was refused. True if the page was
 * the last one.
 */
bool device_sync(struct device *device, bool is_live);

/* Round trips until the device has everything. */
void device_sync_whole(struct device *device);

#endif
