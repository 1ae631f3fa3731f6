/*
 * Entries of one partition's log that follow each other, all of one epoch, as
 * the bytes of their records. Replication never looks into them.
 */
#ifndef DALV_REPLICATION_ENTRY_RUN_H
#define DALV_REPLICATION_ENTRY_RUN_H

#include "base/bytes.h"
#include "model/log_position.h"

#include <stdbool.h>
#include <stdint.h>

struct entry_run {
    uint32_t partition;
    struct log_position before; /* The entry that they follow. */
    struct log_position end; /* The last of them; its epoch is that of all. */
    struct bytes bytes;
};

/* False for what cannot be: nothing in it, or older than what it follows. */
bool entry_run_is_sound(const struct entry_run *run);

#endif
