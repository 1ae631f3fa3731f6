/*
 * What a node counts of its copies: sums over all of them, and rows of the
 * first partitions, as many as a page of metrics can bear.
 */
#ifndef DALV_DALVD_COPY_METRICS_H
#define DALV_DALVD_COPY_METRICS_H

#include "http/metrics.h"
#include "node/shell.h"

enum {
    COPY_METRICS_ROWS = 64, /* Partitions with rows of their own. */
    COPY_METRICS_LABEL_BYTES = 24,
};

struct copy_metrics {
    struct metric_gauge held;      /* Copies that the node has. */
    struct metric_gauge led;       /* Of those, that it leads. */
    struct metric_gauge stalled;   /* That it led until it stood down. */
    struct metric_gauge not_whole; /* Damaged, or being made anew. */
    struct metric_gauge behind;    /* Followed, and not caught up. */
    struct metric_gauge unapplied; /* Committed records, not in the index. */
    struct copy_metrics_row {
        char label[COPY_METRICS_LABEL_BYTES]; /* partition="7" */
        struct metric_gauge epoch;
        struct metric_gauge commit;
        struct metric_gauge unapplied;
        struct metric_counter stalls; /* How often it stood down. */
        bool is_stalled;
    } rows[COPY_METRICS_ROWS];
    size_t row_count;
};

/* A cluster of so many partitions. */
void copy_metrics_init(struct copy_metrics *metrics, uint32_t partition_count);

/* Bring them up to date. */
void copy_metrics_measure(struct copy_metrics *metrics,
                          const struct node_shell *node);

#endif
