/*
 * One page of a partition's index on its way between two nodes, while the
 * index's thread reads or stores it.
 */
#ifndef DALV_NODE_PAGE_ORDER_H
#define DALV_NODE_PAGE_ORDER_H

#include "base/buffer.h"
#include "base/status.h"
#include "replication/replicator.h"
#include "storage/index_snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum page_order_type {
    PAGE_READ,  /* The page behind `resume`, for a peer. */
    PAGE_BEGIN, /* A snapshot is to be received. */
    PAGE_STORE, /* `content` is its next page. */
    PAGE_ADOPT, /* It becomes the index. */
    PAGE_DROP,  /* The partition is empty from now on. */
};

struct page_order {
    enum page_order_type type;
    uint32_t partition;
    struct replicator_reading reading; /* PAGE_READ. */
    size_t bytes_max;
    enum dalv_status status;
    struct buffer content; /* Owned, as is this: where the next page begins. */
    struct buffer resume;
    struct log_position position; /* Where the page was read. */
    bool is_whole;
};

/* Ends the process if there is no memory. */
struct page_order *page_order_create(enum page_order_type type,
                                     uint32_t partition);
void page_order_destroy(struct page_order **order_p);

/*
 * Carry it out; on the thread of the index. What comes back is for the index
 * alone, which is poisoned: that a page is not as it should be, or that nothing
 * can be adopted, is the order's own status.
 */
DALV_MUST_CHECK enum dalv_status page_order_run(struct page_order *order,
                                                struct index *index);

#endif
