#include "cli/cluster_top.h"

#include "base/sort.h"
#include "cli/cluster_health.h"
#include "cli/metrics_text.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    US_PER_S = 1000000,
    NAME_COLUMNS = 16,
    MIB_BITS = 20,
};

/* One process at two moments; `before` is NULL if it did not answer then, or
   began anew since. */
struct process {
    const struct inspection *now;
    const struct inspection *before;
};

/* What a partition does. */
struct activity {
    uint32_t partition;
    const char *leader;
    uint64_t lag;       /* Records that the slowest member lacks. */
    double commit_rate; /* Records a second. */
    uint64_t commit_index;
    uint64_t epoch;
};

/* ---- Rates ---- */

static const struct inspection *find_before(const struct cluster_top *top,
                                            const struct inspection *now)
{
    for (size_t i = 0; i < top->before->count; i++) {
        const struct inspection *before = &top->before->items[i];

        if (before->outcome == INSPECTION_ANSWERED &&
            before->said.boot_id == now->said.boot_id)
            return before;
    }
    return NULL;
}

static double seconds_of(const struct process *process)
{
    return (double)(process->now->heard_us - process->before->heard_us) /
           US_PER_S;
}

/* How much a counter grows in a second. */
static double rate(const struct process *process, const char *name)
{
    double grown;

    if (process->before == NULL ||
        process->now->heard_us <= process->before->heard_us)
        return 0;
    grown = metrics_text_value(process->now->said.metrics, name) -
            metrics_text_value(process->before->said.metrics, name);
    return grown / seconds_of(process);
}

static double level(const struct process *process, const char *name)
{
    return metrics_text_value(process->now->said.metrics, name);
}

/* The mean time of a sync between the two moments, in ms. */
static double sync_ms(const struct process *process)
{
    double count = rate(process, "dalv_node_log_sync_seconds_count");

    return count <= 0
               ? 0
               : rate(process, "dalv_node_log_sync_seconds_sum") / count * 1000;
}

/* ---- Partitions ---- */

static const struct heartbeaten_part *part_of(const struct process_round *round,
                                              uint32_t node, uint32_t partition)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *item = &round->items[i];

        if (item->outcome == INSPECTION_ANSWERED && item->has_parts &&
            item->said.node == node)
            return inspection_part(item, partition);
    }
    return NULL;
}

static uint64_t lag_of(const struct cluster_top *top, uint32_t partition,
                       uint64_t commit_index)
{
    const struct member_set *members =
        &top->known->map.records[partition].joint.members;
    uint64_t lag = 0;

    for (size_t i = 0; i < members->count; i++) {
        const struct heartbeaten_part *part =
            part_of(top->now, members->items[i].node, partition);

        if (part != NULL && part->durable_index < commit_index &&
            commit_index - part->durable_index > lag)
            lag = commit_index - part->durable_index;
    }
    return lag;
}

static double commit_rate(const struct cluster_top *top, uint32_t partition,
                          const struct heartbeaten_part *now)
{
    uint32_t master = top->known->map.records[partition].master.node;
    const struct heartbeaten_part *before =
        part_of(top->before, master, partition);
    uint64_t took_us = top->now->items[0].heard_us;

    if (before == NULL || before->commit_index > now->commit_index ||
        took_us <= top->before->items[0].heard_us)
        return 0;
    took_us -= top->before->items[0].heard_us;
    return (double)(now->commit_index - before->commit_index) * US_PER_S /
           (double)took_us;
}

static struct activity activity_of(const struct cluster_top *top,
                                   uint32_t partition)
{
    const struct partition_record *record = &top->known->map.records[partition];
    const struct cluster_node *leader =
        cluster_map_node(&top->known->map, record->master.node);
    const struct heartbeaten_part *part =
        part_of(top->now, record->master.node, partition);
    struct activity activity = {
        .partition = partition,
        .leader = record->state != PARTITION_LED || leader == NULL
                      ? "-"
                      : leader->name,
        .epoch = record->epoch,
    };

    if (part == NULL)
        return activity;
    activity.commit_index = part->commit_index;
    activity.commit_rate = commit_rate(top, partition, part);
    activity.lag = lag_of(top, partition, part->commit_index);
    return activity;
}

/* Those furthest behind first, then the busiest. */
static int compare(const void *a, const void *b)
{
    const struct activity *left = a;
    const struct activity *right = b;

    if (left->lag != right->lag)
        return left->lag > right->lag ? -1 : 1;
    if (left->commit_rate > right->commit_rate)
        return -1;
    if (left->commit_rate < right->commit_rate)
        return 1;
    return left->partition < right->partition ? -1 : 1;
}

/* NULL without partitions, or memory; owned by the caller. */
static struct activity *list_activities(const struct cluster_top *top,
                                        size_t *out_count)
{
    uint32_t count = top->known->map.head.partition_count;
    struct activity *list;

    *out_count = 0;
    if (!top->known->is_founded || top->partition_max == 0)
        return NULL;
    list = calloc(count, sizeof(*list));
    if (list == NULL)
        return NULL;
    for (uint32_t i = 0; i < count; i++)
        list[i] = activity_of(top, i);
    sort_items(list, count, sizeof(list[0]), compare);
    *out_count = count < top->partition_max ? count : top->partition_max;
    return list;
}

/* ---- For people ---- */

static struct process process_at(const struct cluster_top *top, size_t place)
{
    const struct inspection *now = &top->now->items[place];

    return (struct process){.now = now,
                            .before = now->outcome == INSPECTION_ANSWERED
                                          ? find_before(top, now)
                                          : NULL};
}

static const char *name_of(const struct cluster_top *top,
                           const struct inspection *item,
                           char name[NAME_COLUMNS + 1])
{
    const struct cluster_node *node =
        cluster_map_node(&top->known->map, item->node);

    if (item->outcome == INSPECTION_ANSWERED)
        (void)snprintf(name, NAME_COLUMNS + 1, "%.*s",
                       (int)item->said.name.size, item->said.name.data);
    else
        (void)snprintf(name, NAME_COLUMNS + 1, "%.*s", NAME_COLUMNS,
                       node == NULL ? item->address.host : node->name);
    return name;
}

static bool has_role(const struct inspection *item, enum admin_role role)
{
    return item->outcome == INSPECTION_ANSWERED &&
           (item->said.roles & (uint32_t)role) != 0;
}

static void print_nodes(const struct cluster_top *top,
                        const struct cluster_health *health, FILE *out)
{
    (void)fprintf(out, "%-16s %6s %6s %8s %9s %8s %8s %9s\n", "NODE", "LEADS",
                  "COPIES", "READS/S", "WRITES/S", "SYNC MS", "WAITING",
                  "LOG MIB");
    for (size_t i = 0; i < top->now->count; i++) {
        struct process process = process_at(top, i);
        const struct cluster_node *node;
        struct node_share share = {0};
        char name[NAME_COLUMNS + 1];

        if (!has_role(process.now, ADMIN_ROLE_STORAGE))
            continue;
        node = cluster_map_node(&top->known->map, process.now->said.node);
        if (node != NULL)
            share = health->shares[node - health->map->nodes];
        (void)fprintf(out,
                      "%-16s %6" PRIu32 " %6" PRIu32
                      " %8.0f %9.0f %8.2f %8.0f %9.0f\n",
                      name_of(top, process.now, name), share.leads,
                      share.copies, rate(&process, "dalv_node_reads_total"),
                      rate(&process, "dalv_node_records_total"),
                      sync_ms(&process), level(&process, "dalv_node_under_way"),
                      level(&process, "dalv_node_log_bytes") / (1 << MIB_BITS));
    }
}

static void print_routers(const struct cluster_top *top, FILE *out)
{
    bool has_any = false;

    for (size_t i = 0; i < top->now->count; i++) {
        struct process process = process_at(top, i);
        char name[NAME_COLUMNS + 1];

        if (!has_role(process.now, ADMIN_ROLE_ROUTER))
            continue;
        if (!has_any)
            (void)fprintf(out, "\n%-16s %10s %8s %10s %10s %9s %8s\n", "ROUTER",
                          "REQUESTS/S", "HELD/S", "REPEATED/S", "TIMEOUTS/S",
                          "SESSIONS", "WAITING");
        has_any = true;
        (void)fprintf(out, "%-16s %10.0f %8.1f %10.1f %10.1f %9.0f %8.0f%s\n",
                      name_of(top, process.now, name),
                      rate(&process, "dalv_router_requests_total"),
                      rate(&process, "dalv_router_held_total"),
                      rate(&process, "dalv_router_repeated_total"),
                      rate(&process, "dalv_router_timeouts_total"),
                      level(&process, "dalv_router_sessions"),
                      level(&process, "dalv_router_pending"),
                      process.now->said.is_controller ? "  controller" : "");
    }
}

static void print_silent(const struct cluster_top *top, FILE *out)
{
    for (size_t i = 0; i < top->now->count; i++) {
        const struct inspection *item = &top->now->items[i];
        char name[NAME_COLUMNS + 1];

        if (item->outcome != INSPECTION_ANSWERED)
            (void)fprintf(out, "%-16s %s: 'dalv cluster doctor'\n",
                          name_of(top, item, name),
                          inspection_outcome_name(item->outcome));
    }
}

static void print_partitions(const struct cluster_top *top, FILE *out)
{
    size_t count;
    struct activity *list = list_activities(top, &count);

    if (count > 0)
        (void)fprintf(out, "\n%-9s %-16s %8s %10s %12s %12s\n", "PARTITION",
                      "LEADER", "EPOCH", "COMMITS/S", "COMMITTED", "LAG");
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out,
                      "%-9" PRIu32 " %-16.16s %8" PRIu64 " %10.0f %12" PRIu64
                      " %12" PRIu64 "\n",
                      list[i].partition, list[i].leader, list[i].epoch,
                      list[i].commit_rate, list[i].commit_index, list[i].lag);
    free(list);
}

void cluster_top_print(const struct cluster_top *top, FILE *out)
{
    struct cluster_health *health = calloc(1, sizeof(*health));

    if (health == NULL)
        return;
    cluster_health_make(&top->known->map, top->known->is_founded, health);
    print_nodes(top, health, out);
    print_routers(top, out);
    print_silent(top, out);
    print_partitions(top, out);
    free(health);
}

/* ---- As JSON ---- */

static void put_number(json_t *object, const char *name, double value)
{
    (void)json_object_set_new(object, name, json_real(value));
}

static void put_storage(const struct process *process, json_t *object)
{
    put_number(object, "reads_per_s", rate(process, "dalv_node_reads_total"));
    put_number(object, "writes_per_s",
               rate(process, "dalv_node_records_total"));
    put_number(object, "sync_ms", sync_ms(process));
    put_number(object, "under_way", level(process, "dalv_node_under_way"));
    put_number(object, "log_bytes", level(process, "dalv_node_log_bytes"));
}

static void put_routing(const struct process *process, json_t *object)
{
    put_number(object, "requests_per_s",
               rate(process, "dalv_router_requests_total"));
    put_number(object, "held_per_s", rate(process, "dalv_router_held_total"));
    put_number(object, "repeated_per_s",
               rate(process, "dalv_router_repeated_total"));
    put_number(object, "timeouts_per_s",
               rate(process, "dalv_router_timeouts_total"));
    put_number(object, "sessions", level(process, "dalv_router_sessions"));
    put_number(object, "pending", level(process, "dalv_router_pending"));
}

static json_t *process_json(const struct cluster_top *top, size_t place)
{
    struct process process = process_at(top, place);
    char name[NAME_COLUMNS + 1];
    json_t *object =
        json_pack("{s:s, s:s}", "name", name_of(top, process.now, name),
                  "outcome", inspection_outcome_name(process.now->outcome));

    if (object == NULL)
        return NULL;
    if (has_role(process.now, ADMIN_ROLE_STORAGE))
        put_storage(&process, object);
    if (has_role(process.now, ADMIN_ROLE_ROUTER))
        put_routing(&process, object);
    return object;
}

static json_t *partitions_json(const struct cluster_top *top)
{
    json_t *partitions = json_array();
    size_t count;
    struct activity *list = list_activities(top, &count);

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(
            partitions,
            json_pack("{s:I, s:s, s:I, s:f, s:I, s:I}", "partition",
                      (json_int_t)list[i].partition, "leader", list[i].leader,
                      "epoch", (json_int_t)list[i].epoch, "commits_per_s",
                      list[i].commit_rate, "committed",
                      (json_int_t)list[i].commit_index, "lag",
                      (json_int_t)list[i].lag));
    free(list);
    return partitions;
}

json_t *cluster_top_json(const struct cluster_top *top)
{
    json_t *processes = json_array();

    for (size_t i = 0; i < top->now->count; i++)
        (void)json_array_append_new(processes, process_json(top, i));
    return json_pack("{s:o, s:o}", "processes", processes, "partitions",
                     partitions_json(top));
}
