#include "dalvd/monitor.h"

#include "base/assert.h"
#include "base/clock.h"
#include "dalvd/copy_metrics.h"
#include "http/health.h"
#include "http/metrics.h"
#include "http/server.h"

#include <stddef.h>
#include <stdlib.h>

enum {
    METRICS_MAX = 48 + 4 * COPY_METRICS_ROWS,
};

/* Of a cluster. */
struct map_metrics {
    struct metric_gauge incarnation;
    struct metric_gauge version;
    struct metric_gauge is_store_readable;
    struct metric_gauge is_controller;
};

struct monitor {
    struct node_shell *node;
    struct router_shell *router;
    const struct membership *membership;
    struct copy_metrics copies;
    struct map_metrics map;
    struct http_server *server;
    struct health health;
    struct metric metrics[METRICS_MAX];
    size_t metric_count;
    uint64_t measured_ms;
    bool is_ending;
};

static void add_metric(struct monitor *monitor, const struct metric *metric)
{
    ASSERT(monitor->metric_count < METRICS_MAX);
    monitor->metrics[monitor->metric_count++] = *metric;
}

static void add(struct monitor *monitor, enum metric_type type,
                const char *name, const char *help, const void *value)
{
    add_metric(monitor,
               &(struct metric){
                   .name = name, .help = help, .type = type, .value = value});
}

static void add_of_router(struct monitor *monitor)
{
    const struct router_metrics *of = router_shell_metrics(monitor->router);

    add(monitor, METRIC_COUNTER, "dalv_router_requests_total",
        "Messages that clients sent.", &of->requests);
    add(monitor, METRIC_COUNTER, "dalv_router_refused_total",
        "Requests that the router refused itself.", &of->refused);
    add(monitor, METRIC_COUNTER, "dalv_router_hellos_refused_total",
        "Clients whose token was refused.", &of->hellos_refused);
    add(monitor, METRIC_COUNTER, "dalv_router_rates_refused_total",
        "Requests beyond what a device may ask for.", &of->rates_refused);
    add(monitor, METRIC_COUNTER, "dalv_router_sessions_expired_total",
        "Sessions whose token ended while they were open.",
        &of->sessions_expired);
    add(monitor, METRIC_COUNTER, "dalv_router_timeouts_total",
        "Requests that no node answered in time.", &of->timed_out);
    add(monitor, METRIC_COUNTER, "dalv_router_held_total",
        "Times that a request had to wait for a node that leads.", &of->held);
    add(monitor, METRIC_COUNTER, "dalv_router_repeated_total",
        "Times that a request was asked again.", &of->repeated);
    add(monitor, METRIC_COUNTER, "dalv_router_not_master_total",
        "Times that a node said that it does not lead.", &of->not_master);
    add(monitor, METRIC_COUNTER, "dalv_router_unreadable_total",
        "Frames that could not be read.", &of->unreadable);
    add(monitor, METRIC_COUNTER, "dalv_router_undelivered_total",
        "Answers whose client had gone or did not read.", &of->undelivered);
    add(monitor, METRIC_GAUGE, "dalv_router_sessions",
        "Clients with an open session.", &of->sessions);
    add(monitor, METRIC_GAUGE, "dalv_router_pending",
        "Requests that wait for a node.", &of->pending);
    add(monitor, METRIC_GAUGE, "dalv_router_waiting_bytes",
        "Answers that clients have not taken yet.", &of->waiting_bytes);
}

static void add_of_node(struct monitor *monitor)
{
    const struct node_metrics *of = node_shell_metrics(monitor->node);

    add(monitor, METRIC_COUNTER, "dalv_node_requests_total",
        "Requests that routers forwarded.", &of->requests);
    add(monitor, METRIC_COUNTER, "dalv_node_refused_total",
        "Requests that the node refused.", &of->refused);
    add(monitor, METRIC_COUNTER, "dalv_node_unreadable_total",
        "Frames of routers that could not be read.", &of->unreadable);
    add(monitor, METRIC_COUNTER, "dalv_node_reads_total", "Reads of the index.",
        &of->reads);
    add(monitor, METRIC_COUNTER, "dalv_node_stale_reads_total",
        "Reads of the index by copies that did not lead.", &of->stale_reads);
    add(monitor, METRIC_COUNTER, "dalv_node_records_total",
        "Records written to the log.", &of->records);
    add(monitor, METRIC_COUNTER, "dalv_node_turns_total",
        "Turns of users whose records were committed.", &of->turns);
    add(monitor, METRIC_GAUGE, "dalv_node_under_way",
        "Requests that have no answer yet.", &of->under_way);
    add(monitor, METRIC_GAUGE, "dalv_node_memory_bytes",
        "Memory of requests and turns.", &of->memory_bytes);
    add(monitor, METRIC_GAUGE, "dalv_node_log_bytes", "The log on disk.",
        &of->log_bytes);
    add(monitor, METRIC_GAUGE, "dalv_node_erasures_in_log",
        "Records of erasures, two each, that the log still holds.",
        &of->erasures_in_log);
    add(monitor, METRIC_COUNTER, "dalv_node_cache_hits_total",
        "Entries of the index that were found in memory.", &of->cache_hits);
    add(monitor, METRIC_COUNTER, "dalv_node_cache_misses_total",
        "Entries of the index that were looked for in tables.",
        &of->cache_misses);
    add(monitor, METRIC_GAUGE, "dalv_node_cache_bytes",
        "Memory of the entries that are remembered.", &of->cache_bytes);
    add(monitor, METRIC_DURATIONS, "dalv_node_log_sync_seconds",
        "How long a sync of the log took.", &of->syncs);
}

static void add_of_copies(struct monitor *monitor)
{
    const struct copy_metrics *of = &monitor->copies;

    add(monitor, METRIC_GAUGE, "dalv_node_partitions_held",
        "Partitions that the node has a copy of.", &of->held);
    add(monitor, METRIC_GAUGE, "dalv_node_partitions_led",
        "Partitions that the node leads.", &of->led);
    add(monitor, METRIC_GAUGE, "dalv_node_partitions_stalled",
        "Partitions that it stood down from leading.", &of->stalled);
    add(monitor, METRIC_GAUGE, "dalv_node_partitions_not_whole",
        "Copies that are damaged or being made anew.", &of->not_whole);
    add(monitor, METRIC_GAUGE, "dalv_node_partitions_behind",
        "Copies that lack something of what their leader has.", &of->behind);
    add(monitor, METRIC_GAUGE, "dalv_node_records_unapplied",
        "Committed records that are not in the index yet.", &of->unapplied);
}

/* Rows of one name stand together. */
static void add_rows(struct monitor *monitor, const struct metric *like,
                     size_t offset)
{
    for (size_t i = 0; i < monitor->copies.row_count; i++) {
        const struct copy_metrics_row *row = &monitor->copies.rows[i];
        struct metric metric = *like;

        metric.labels = row->label;
        metric.value = (const char *)row + offset;
        add_metric(monitor, &metric);
    }
}

static void add_of_partitions(struct monitor *monitor)
{
    add_rows(monitor,
             &(struct metric){.name = "dalv_node_partition_epoch",
                              .help = "The epoch that the copy is in.",
                              .type = METRIC_GAUGE},
             offsetof(struct copy_metrics_row, epoch));
    add_rows(monitor,
             &(struct metric){.name = "dalv_node_partition_commit",
                              .help = "The last committed record's index.",
                              .type = METRIC_GAUGE},
             offsetof(struct copy_metrics_row, commit));
    add_rows(monitor,
             &(struct metric){.name = "dalv_node_partition_unapplied",
                              .help = "Committed, and not in the index yet.",
                              .type = METRIC_GAUGE},
             offsetof(struct copy_metrics_row, unapplied));
    add_rows(monitor,
             &(struct metric){.name = "dalv_node_partition_stalls_total",
                              .help = "Times that it stood down as leader.",
                              .type = METRIC_COUNTER},
             offsetof(struct copy_metrics_row, stalls));
}

static void add_of_map(struct monitor *monitor)
{
    const struct map_metrics *of = &monitor->map;

    add(monitor, METRIC_GAUGE, "dalv_map_incarnation",
        "Of the control store that the map is from.", &of->incarnation);
    add(monitor, METRIC_GAUGE, "dalv_map_version",
        "The version of the map that the process goes by.", &of->version);
    add(monitor, METRIC_GAUGE, "dalv_control_store_readable",
        "1 if the last reading of the control store succeeded.",
        &of->is_store_readable);
    add(monitor, METRIC_GAUGE, "dalv_controller",
        "1 if the process controls the cluster.", &of->is_controller);
}

static void add_all(struct monitor *monitor)
{
    if (monitor->router != NULL)
        add_of_router(monitor);
    if (monitor->node != NULL)
        add_of_node(monitor);
    if (monitor->membership == NULL)
        return;
    add_of_map(monitor);
    if (monitor->node == NULL)
        return;
    add_of_copies(monitor);
    add_of_partitions(monitor);
}

static void measure_map(struct monitor *monitor)
{
    struct membership_state state = membership_state(monitor->membership);

    metric_gauge_set(&monitor->map.incarnation,
                     (int64_t)state.version.incarnation);
    metric_gauge_set(&monitor->map.version, (int64_t)state.version.version);
    metric_gauge_set(&monitor->map.is_store_readable,
                     state.store_status == DALV_OK ? 1 : 0);
    metric_gauge_set(&monitor->map.is_controller, state.is_controller ? 1 : 0);
}

static void measure(struct monitor *monitor)
{
    if (monitor->node != NULL) {
        node_shell_measure(monitor->node);
        copy_metrics_measure(&monitor->copies, monitor->node);
    }
    if (monitor->router != NULL)
        router_shell_measure(monitor->router);
    if (monitor->membership != NULL)
        measure_map(monitor);
}

enum dalv_status monitor_open(const struct address *address,
                              const struct monitor_sources *sources,
                              struct monitor **out_monitor)
{
    struct monitor *monitor = calloc(1, sizeof(*monitor));
    struct http_server_options options;
    enum dalv_status status;

    ASSERT(monitor != NULL);
    monitor->node = sources->node;
    monitor->router = sources->router;
    monitor->membership = sources->membership;
    copy_metrics_init(&monitor->copies, sources->partition_count);
    health_init(&monitor->health, clock_boot_ms());
    add_all(monitor);
    options = (struct http_server_options){
        .address = address->host,
        .port = address->port,
        .health = &monitor->health,
        .metrics = {.metrics = monitor->metrics,
                    .count = monitor->metric_count},
    };
    ASSERT(metrics_check(&options.metrics) == NULL);
    status = http_server_open(&options, &monitor->server);
    if (status == DALV_OK)
        *out_monitor = monitor;
    else
        monitor_close(&monitor);
    return status;
}

void monitor_beat(struct monitor *monitor, uint64_t now_ms)
{
    health_beat(&monitor->health, now_ms);
    if (now_ms < monitor->measured_ms + MONITOR_EVERY_MS)
        return;
    monitor->measured_ms = now_ms;
    measure(monitor);
    health_set_ready(&monitor->health,
                     !monitor->is_ending &&
                         (monitor->router == NULL ||
                          router_shell_is_ready(monitor->router)));
}

uint64_t monitor_next_deadline_ms(const struct monitor *monitor)
{
    return monitor->measured_ms + MONITOR_EVERY_MS;
}

void monitor_describe(const struct monitor *monitor, struct text *out_text)
{
    const struct metric_table table = {.metrics = monitor->metrics,
                                       .count = monitor->metric_count};

    metrics_format(&table, out_text);
}

bool monitor_is_ready(const struct monitor *monitor)
{
    return health_is_ready(&monitor->health, clock_boot_ms());
}

void monitor_set_ending(struct monitor *monitor)
{
    monitor->is_ending = true;
    health_set_ready(&monitor->health, false);
}

void monitor_close(struct monitor **monitor_p)
{
    struct monitor *monitor = *monitor_p;

    *monitor_p = NULL;
    if (monitor == NULL)
        return;
    http_server_close(&monitor->server);
    free(monitor);
}
