#include "dalvd/monitor.h"

#include "base/assert.h"
#include "base/clock.h"
#include "http/health.h"
#include "http/metrics.h"
#include "http/server.h"

#include <stdlib.h>

enum {
    METRICS_MAX = 32
};

struct monitor {
    struct node_shell *node;
    struct router_shell *router;
    struct http_server *server;
    struct health health;
    struct metric metrics[METRICS_MAX];
    size_t metric_count;
    uint64_t measured_ms;
    bool is_ending;
};

static void add(struct monitor *monitor, enum metric_type type,
                const char *name, const char *help, const void *value)
{
    ASSERT(monitor->metric_count < METRICS_MAX);
    monitor->metrics[monitor->metric_count++] = (struct metric){
        .name = name, .help = help, .type = type, .value = value};
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

enum dalv_status monitor_open(const struct address *address,
                              struct node_shell *node,
                              struct router_shell *router,
                              struct monitor **out_monitor)
{
    struct monitor *monitor = calloc(1, sizeof(*monitor));
    struct http_server_options options;
    enum dalv_status status;

    ASSERT(monitor != NULL);
    monitor->node = node;
    monitor->router = router;
    health_init(&monitor->health, clock_boot_ms());
    if (router != NULL)
        add_of_router(monitor);
    if (node != NULL)
        add_of_node(monitor);
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
    if (monitor->node != NULL)
        node_shell_measure(monitor->node);
    if (monitor->router != NULL)
        router_shell_measure(monitor->router);
    health_set_ready(&monitor->health,
                     !monitor->is_ending &&
                         (monitor->router == NULL ||
                          router_shell_is_ready(monitor->router)));
}

uint64_t monitor_next_deadline_ms(const struct monitor *monitor)
{
    return monitor->measured_ms + MONITOR_EVERY_MS;
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
