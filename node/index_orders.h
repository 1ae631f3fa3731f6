/*
 * What the loop orders from the thread that owns the index, and how that
 * thread carries it out.
 */
#ifndef DALV_NODE_INDEX_ORDERS_H
#define DALV_NODE_INDEX_ORDERS_H

#include "base/status.h"
#include "model/log_position.h"
#include "node/core.h"
#include "node/page_order.h"
#include "node/patrol.h"
#include "node/proposal.h"
#include "node/replay.h"
#include "node/request.h"
#include "node/responder.h"
#include "node/turn.h"
#include "node/watch.h"
#include "storage/commit_log.h"
#include "storage/index.h"
#include "storage/log_reader.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum index_order_type {
    INDEX_FETCH,         /* Fill the turn's view. */
    INDEX_APPLY_ENTRIES, /* Apply entries that the log holds. */
    INDEX_PAGE,          /* Of a snapshot: see page_order.h. */
    INDEX_PURGE,         /* Remove some of what was dropped. */
    INDEX_APPLY,         /* Apply the records of the proposal's turn. */
    INDEX_READ,          /* Make the request's answer. */
    INDEX_WATCH_READ,    /* Read what the watch was not told. */
    INDEX_PATROL,        /* Look for chores. */
    INDEX_CHECKPOINT,    /* Make everything applied durable. */
    INDEX_SUM_ERASED,    /* Which erasures the log still tells of. */
    INDEX_EXPUNGE,       /* Leave nothing of those in the tables: CHECKPOINT. */
};

/* For SUM_ERASED and EXPUNGE; one item a partition. */
struct index_erased {
    const struct log_position *starts; /* Where the log begins. */
    size_t count;                      /* Of stubs that it tells of, ... */
    uint64_t oldest_us;                /* ... and the first of them. */
};

struct index_order {
    enum index_order_type type;
    enum dalv_status status; /* Not DALV_OK: the index is poisoned. */
    union {
        struct turn *turn;
        struct proposal *proposal;
        struct {
            uint32_t partition;
            uint64_t index_max; /* Committed, and durable here. */
            uint64_t time_us;   /* Of the newest one, afterwards. */
            bool is_unreadable; /* The log does not give all of them. */
        } entries;
        bool is_purged; /* Nothing is left to remove. */
        struct page_order *page;
        struct request *request;
        struct watch *watch;
        struct patrol *patrol;
        struct index_erased erased;
    };
    struct log_position *flushed; /* CHECKPOINT, EXPUNGE: one a partition, to
                                     fill in what is durable. */
};

/*
 * The next order that the core's effects ask for, taken out of them: reads
 * behind the applies before them. False if there is none.
 */
bool index_order_take(struct node_effects *effects,
                      struct index_order *out_order);

/* What tells the core that it was carried out; of any that comes from it. */
struct node_event index_order_event(const struct index_order *order);

struct index_clerk {
    struct index *index;
    struct log_reader *log_reader; /* NULL: there is no APPLY_ENTRIES. */
    struct replay replay;
    uint32_t partition_count;
    struct allocator *allocator; /* Of pushes and chores; for any thread. */
    struct responder responder;
};

/* The struct is large: on the heap. `index` must outlive it. */
void index_clerk_init(struct index_clerk *clerk, struct index *index,
                      uint32_t partition_count, struct allocator *allocator);

/* Read entries from `log`, which must outlive the clerk. DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status index_clerk_open_log(
    struct index_clerk *clerk, const struct commit_log *log);
/* Fine if it was not opened. */
void index_clerk_close_log(struct index_clerk *clerk);

/*
 * Carry out the orders in their order. Records that come one behind the other
 * go to the index in one write. A `worker_options.run`.
 */
void index_clerk_run(void *owner, void *const *orders, size_t count);

#endif
