/*
 * What the loop orders from the thread that owns the log, and how that thread
 * carries it out.
 */
#ifndef DALV_NODE_LOG_ORDERS_H
#define DALV_NODE_LOG_ORDERS_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/log_position.h"
#include "node/delivery.h"
#include "node/proposal.h"
#include "storage/commit_log.h"

#include <stddef.h>
#include <stdint.h>

enum log_order_type {
    LOG_APPEND,      /* The proposal's records, decided here. */
    LOG_RECEIVE,     /* What was received, from a master of `epoch`. */
    LOG_PROMISE,     /* Take nothing older than `epoch`. */
    LOG_SET_MEMBERS, /* The proposal's bytes are the member sets. */
    LOG_CUT,         /* A master of `epoch` has what is behind `index` cut. */
    LOG_MARK,        /* The log begins anew behind `position`. */
    LOG_FORGET,      /* The partition stands at zero again. */
    LOG_SET_CERTAIN, /* What a lost tail may have held is there again. */
    LOG_PREPARE,     /* Make room ahead, while nobody waits. */
    LOG_SEAL,        /* Close an idle log. */
    LOG_TURN,        /* Go on in a new segment. */
    LOG_RELEASE,     /* Let old segments go. */
};

struct log_order {
    enum log_order_type type;
    enum dalv_status status; /* Not DALV_OK: the log is poisoned. */
    /* RECEIVE, PROMISE, CUT: not DALV_OK if the log did not take it, and is as
       it was; then `position` and `promised` say where its partition stands. */
    enum dalv_status refusal;
    uint64_t ticket;    /* See replication/replicator.h; 0 for none. */
    uint32_t partition; /* PROMISE to MARK. */
    uint64_t epoch;
    uint64_t index;
    uint64_t promised;
    uint64_t applied_index; /* CUT, MARK: what the index holds. */
    /* MARK; CUT, and if it was refused: where the log ends, after it. */
    struct log_position position;
    union {
        struct proposal *proposal; /* APPEND, SET_MEMBERS. */
        struct {
            struct bytes entries; /* Within the delivery. */
            struct delivery *delivery;
        } received; /* RECEIVE. */
        struct {
            const struct log_position *flushed; /* One a partition. */
            const uint64_t *wanted;
            uint64_t bytes_max;
            uint32_t partition_count;
            struct log_position *starts; /* Where the log begins, after it. */
        } release;
    };
    uint64_t log_bytes; /* After it: bytes of the log on disk. */
    uint64_t sync_us;   /* How long the sync took that made it durable. */
};

/*
 * Carry out the orders in their order, with one sync for all that they append.
 * A `worker_options.run` whose owner is the log.
 */
void log_orders_run(void *owner, void *const *orders, size_t count);

#endif
