/*
 * Which epoch each stretch of a partition's log is of: the newest of them.
 *
 * A log is named by the ends of its epochs. Two logs that have an entry of the
 * same epoch at the same index are equal up to it, since each epoch has one
 * master and that one writes each index once.
 */
#ifndef DALV_REPLICATION_EPOCHS_H
#define DALV_REPLICATION_EPOCHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EPOCHS_MAX = 32, /* Beyond it the oldest is forgotten. */
};

struct epochs_item {
    uint64_t epoch;
    uint64_t first_index;
};

struct epochs {
    struct epochs_item items[EPOCHS_MAX]; /* Oldest first. */
    size_t count;
};

/* An entry of `epoch`, not older than the newest, stands at `index`. */
void epochs_put(struct epochs *epochs, uint64_t epoch, uint64_t index);
/* The log ends with `index` now. */
void epochs_cut(struct epochs *epochs, uint64_t index);
/* The epoch of the entry at `index`; 0 if it is older than what is known. */
uint64_t epochs_at(const struct epochs *epochs, uint64_t index);
/*
 * The last index of the newest epoch that is not newer than `epoch`, in a log
 * that ends with `end_index`; the epoch itself goes to `out_epoch`. If all that
 * are known are newer: the index before them, and 0.
 */
uint64_t epochs_end_of(const struct epochs *epochs, uint64_t epoch,
                       uint64_t end_index, uint64_t *out_epoch);

#endif
