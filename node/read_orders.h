/*
 * What the loop orders from the thread that reads the log for other nodes, and
 * how that thread carries it out: a slave that is far behind keeps neither the
 * log's thread nor the index's.
 */
#ifndef DALV_NODE_READ_ORDERS_H
#define DALV_NODE_READ_ORDERS_H

#include "base/status.h"
#include "replication/replicator.h"
#include "storage/log_reader.h"

#include <stddef.h>
#include <stdint.h>

struct read_order {
    struct replicator_reading reading;
    struct log_range range;
    /* DALV_OK: `entries`, at least one. DALV_NOT_FOUND: the log begins later.
       Anything else: the log is damaged there. */
    enum dalv_status status;
    struct log_position before; /* The entry that they follow. */
    struct log_entries entries;
};

/* Carry out the orders. A `worker_options.run` whose owner is a log_reader. */
void read_orders_run(void *owner, void *const *orders, size_t count);

#endif
