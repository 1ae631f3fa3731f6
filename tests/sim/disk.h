/*
 * The disk of one machine: files, and the ordered map that stands for LevelDB.
 *
 * It outlives the processes that use it. When the machine stops, what was not
 * synced goes or tears; when only a process ends, the page cache survives. In
 * either case a map that was not closed in order may only be opened by its
 * tables: whoever believes its write-ahead log finds that a batch is missing.
 */
#ifndef DALV_TESTS_SIM_DISK_H
#define DALV_TESTS_SIM_DISK_H

#include "base/prng.h"
#include "storage/files.h"
#include "storage/kv.h"
#include "tests/support/memory_files.h"
#include "tests/support/memory_kv.h"

#include <stdbool.h>
#include <stdint.h>

struct disk {
    struct kv_opener opener; /* First: hand out its address. */
    struct memory_files *files;
    struct memory_store *map;
    struct prng *prng;
    bool is_log_trusted; /* The map's own log: a device's is. */
    bool is_unclean;
    bool is_damaged; /* The map does not open. */
};

void disk_init(struct disk *disk, struct prng *prng, bool is_log_trusted);
void disk_deinit(struct disk *disk);

/*
 * A process ends, or its machine: files that it has open are dead from now on.
 * The process closes what it had, and then disk_end follows.
 */
void disk_stop(struct disk *disk, bool is_power_lost);
void disk_end(struct disk *disk, bool is_power_lost);

/* The process closed all that it had, in order. */
void disk_close(struct disk *disk);

/* All that the map holds is gone. */
void disk_lose_map(struct disk *disk);

/* Everything as another disk has it, durably. */
void disk_copy(struct disk *disk, const struct disk *from);

#endif
