/*
 * The name of one list element, for ever: who added it, in which of its
 * transactions, at which place in it (Preguica et al., "Dotted Version
 * Vectors", 2010, for the term).
 *
 * A device's dot is (device id, local transaction id, position); a backend's
 * is (0, revision, position). In a device's journal, before its id is known,
 * the device is DOT_SELF.
 */
#ifndef DALV_MODEL_DOT_H
#define DALV_MODEL_DOT_H

#include <stdbool.h>
#include <stdint.h>

#define DOT_SELF UINT64_MAX

struct dot {
    uint64_t device;
    uint64_t local_id;
    uint32_t position; /* Of the operation in its transaction, from 0. */
};

bool dot_equal(struct dot a, struct dot b);

/* By device, local id, position: < 0, 0, > 0. */
int dot_compare(struct dot a, struct dot b);

#endif
