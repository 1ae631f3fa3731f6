/*
 * The folder that a configuration names, opened: to be served, or to be marked
 * as put back from a copy.
 */
#ifndef DALV_DALVD_DATA_FOLDER_H
#define DALV_DALVD_DATA_FOLDER_H

#include "base/status.h"
#include "config/config.h"
#include "node/store.h"

#include <stdint.h>

enum data_folder_use {
    DATA_FOLDER_SERVED,
    DATA_FOLDER_RESTORED,
};

/* Open, or make, it. Failures are explained in `out_error`. */
DALV_MUST_CHECK enum dalv_status data_folder_open(
    const struct config *config, enum data_folder_use use,
    struct node_store **out_store, struct config_error *out_error);

/* The room on its disk, for those who are not root; zeros if unknown. */
void data_folder_room(const struct config *config, uint64_t *out_free_bytes,
                      uint64_t *out_bytes);

/*
 * Mark every user's data as put back; see node/restore.h. `out_count` is the
 * number of users. Failures are explained in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status data_folder_restore(
    const struct config *config, uint64_t *out_count,
    struct config_error *out_error);

#endif
