#include "dalvd/copy_metrics.h"

#include <stdio.h>
#include <string.h>

/* The sums, while copy after copy is told. */
struct sums {
    struct copy_metrics *metrics;
    int64_t held;
    int64_t led;
    int64_t stalled;
    int64_t not_whole;
    int64_t behind;
    int64_t unapplied;
};

void copy_metrics_init(struct copy_metrics *metrics, uint32_t partition_count)
{
    memset(metrics, 0, sizeof(*metrics));
    metrics->row_count = partition_count < COPY_METRICS_ROWS
                             ? partition_count
                             : COPY_METRICS_ROWS;
    for (size_t i = 0; i < metrics->row_count; i++)
        (void)snprintf(metrics->rows[i].label, sizeof(metrics->rows[i].label),
                       "partition=\"%u\"", (unsigned)i);
}

static void measure_row(struct copy_metrics_row *row,
                        const struct heartbeaten_part *part)
{
    bool is_stalled = part->role == PARTITION_STALLED;

    metric_gauge_set(&row->epoch, (int64_t)part->epoch);
    metric_gauge_set(&row->commit, (int64_t)part->commit_index);
    metric_gauge_set(&row->unapplied,
                     (int64_t)(part->commit_index - part->applied_index));
    if (is_stalled && !row->is_stalled)
        metric_counter_add(&row->stalls, 1);
    row->is_stalled = is_stalled;
}

static void measure_copy(void *owner, const struct heartbeaten_part *part)
{
    struct sums *sums = owner;

    sums->held++;
    sums->led += part->role == PARTITION_LEADING ? 1 : 0;
    sums->stalled += part->role == PARTITION_STALLED ? 1 : 0;
    sums->not_whole += part->is_not_whole ? 1 : 0;
    sums->behind +=
        part->role == PARTITION_FOLLOWING && !part->is_caught_up ? 1 : 0;
    sums->unapplied += (int64_t)(part->commit_index - part->applied_index);
    if (part->partition < sums->metrics->row_count)
        measure_row(&sums->metrics->rows[part->partition], part);
}

void copy_metrics_measure(struct copy_metrics *metrics,
                          const struct node_shell *node)
{
    struct sums sums = {.metrics = metrics};

    node_shell_tell_copies(node, measure_copy, &sums);
    metric_gauge_set(&metrics->held, sums.held);
    metric_gauge_set(&metrics->led, sums.led);
    metric_gauge_set(&metrics->stalled, sums.stalled);
    metric_gauge_set(&metrics->not_whole, sums.not_whole);
    metric_gauge_set(&metrics->behind, sums.behind);
    metric_gauge_set(&metrics->unapplied, sums.unapplied);
}
