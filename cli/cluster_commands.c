/*
 * cluster init, status, doctor, top, recover, map, and locate: a cluster as a
 * whole.
 */
#include "cli/cluster_init_command.h"
#include "cli/cluster_json.h"
#include "cli/cluster_status.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/controller_pulse.h"
#include "cli/doctor_command.h"
#include "cli/partition_text.h"
#include "cli/recover_command.h"
#include "cli/top_command.h"
#include "cli/value_json.h"
#include "cluster/ring.h"

#include <inttypes.h>
#include <stdlib.h>

static int show_status(struct cluster_access *access,
                       struct cluster_status *status)
{
    const struct invocation *invocation = access->invocation;
    enum dalv_status read = operator_list_read(access, &status->requests);

    if (read == DALV_OK)
        read = controller_pulse_feel(access, &status->pulse);
    if (read != DALV_OK)
        return cluster_access_fail(access, read);
    cluster_health_make(&access->map->map, access->map->is_founded,
                        &status->health);
    if (invocation->is_json)
        cluster_status_print_json(status, invocation->out);
    else
        cluster_status_print(status, invocation->out);
    return cluster_health_is_serving(&status->health) ? EXIT_DONE
                                                      : EXIT_UNAVAILABLE;
}

static int run_status(struct invocation *invocation)
{
    struct cluster_status *status = calloc(1, sizeof(*status));
    struct cluster_access access = {0};
    int code;

    if (status == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, NULL);
    code = cluster_access_begin(&access, invocation);
    if (code == EXIT_DONE)
        code = show_status(&access, status);
    cluster_access_close(&access);
    free(status);
    return code;
}

static void print_map(const struct control_map *known, FILE *out)
{
    const struct cluster_map *map = &known->map;

    (void)fprintf(out,
                  "map %" PRIu64 ".%" PRIu64 " of %s: %" PRIu32
                  " partitions, %" PRIu32 " replicas, feature level %" PRIu32
                  "\n",
                  map->head.version.incarnation, map->head.version.version,
                  map->head.cluster_id, map->head.partition_count,
                  map->head.replica_count, map->head.feature_level);
    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *node = &map->nodes[i];

        (void)fprintf(out,
                      "node %" PRIu32 " %s %s %s weight %" PRIu32
                      " starts %" PRIu64 "%s%s\n",
                      node->id, node->name, cluster_json_state(node->state),
                      node->address, node->weight, node->boot_number,
                      node->zone[0] == '\0' ? "" : " zone ", node->zone);
    }
    for (uint32_t i = 0; known->is_founded && i < map->head.partition_count;
         i++)
        partition_text_print(map, i, out);
}

static void print_map_json(const struct control_map *known, FILE *out)
{
    const struct cluster_map *map = &known->map;
    json_t *nodes = json_array();
    json_t *partitions = json_array();

    for (size_t i = 0; i < map->node_count; i++)
        (void)json_array_append_new(nodes, cluster_json_node(&map->nodes[i]));
    for (uint32_t i = 0; known->is_founded && i < map->head.partition_count;
         i++)
        (void)json_array_append_new(partitions, cluster_json_partition(map, i));
    value_json_print(
        json_pack("{s:s, s:[I,I], s:I, s:I, s:I, s:o, s:o}", "cluster",
                  map->head.cluster_id, "version",
                  (json_int_t)map->head.version.incarnation,
                  (json_int_t)map->head.version.version, "partition_count",
                  (json_int_t)map->head.partition_count, "replicas",
                  (json_int_t)map->head.replica_count, "feature_level",
                  (json_int_t)map->head.feature_level, "nodes", nodes,
                  "partitions", partitions),
        out);
}

static int run_map(struct invocation *invocation)
{
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE && invocation->is_json)
        print_map_json(access.map, invocation->out);
    else if (code == EXIT_DONE)
        print_map(access.map, invocation->out);
    cluster_access_close(&access);
    return code;
}

static void print_place(const struct invocation *invocation,
                        const struct control_map *known, uint32_t partition)
{
    const struct cluster_map *map = &known->map;
    const struct partition_record *record = &map->records[partition];

    if (invocation->is_json) {
        value_json_print(
            known->is_founded
                ? cluster_json_partition(map, partition)
                : json_pack("{s:I}", "partition", (json_int_t)partition),
            invocation->out);
        return;
    }
    if (known->is_founded)
        partition_text_print(map, partition, invocation->out);
    else
        (void)fprintf(invocation->out,
                      "partition %" PRIu32 ", on no node yet\n", partition);
    if (known->is_founded && record->state == PARTITION_LED)
        (void)fprintf(
            invocation->out, "%s is at %s\n",
            cluster_json_name(map, record->master.node),
            cluster_map_node(map, record->master.node) == NULL
                ? "?"
                : cluster_map_node(map, record->master.node)->address);
}

static int run_locate(struct invocation *invocation)
{
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE)
        print_place(invocation, access.map,
                    ring_partition(bytes_from_text(invocation->operands[0]),
                                   access.map->map.head.partition_count));
    cluster_access_close(&access);
    return code;
}

static const struct command_option store_options[] = {CLUSTER_ACCESS_OPTION};

static const struct command commands[] = {
    {.name = "cluster init",
     .operands = "NODE...",
     .summary = "Make a cluster in a control store that holds none",
     .details =
         "NODE is NAME=HOST:PORT, and behind it, if wanted, ,zone=ZONE "
         ",weight=N ,key=KEY and ,bulk=HOST:PORT. HOST:PORT is where other "
         "nodes and routers reach it; copies of a partition are spread over "
         "zones; a node of weight 200 bears twice what one of 100, the "
         "default, does. Nodes get the numbers 1, 2, ... in their order, "
         "which each server's configuration gives as node.id.\n\n"
         "Beyond one machine all connections are encrypted, and nodes known "
         "by their keys. With --keys FOLDER they are made, for each node "
         "into FOLDER/NAME, for all routers into FOLDER/routers: take each "
         "to its machine and name it there as keys.folder. Keys that are "
         "there already are taken.\n\n"
         "The cluster begins to serve once R nodes and a router have "
         "started. Ends with 3 if the store holds a cluster.",
     .operand_min = 1,
     .operand_max = CLUSTER_INIT_NODES_MAX,
     .options = cluster_init_command_options,
     .option_count = CLUSTER_INIT_COMMAND_OPTION_COUNT,
     .run = cluster_init_command_run},
    {.name = "cluster status",
     .operands = "",
     .summary = "Show what is wrong with the cluster, then its nodes",
     .details = "It is what stands in the control store: that a node is away "
                "shows once what it led is led by others. COPIES are the "
                "partitions that a node holds, LEADS those of them that it "
                "leads. Ends with 4 if a partition has no leader.",
     COMMAND_OPTIONS(store_options),
     .run = run_status},
    {.name = "cluster doctor",
     .operands = "[HOST:PORT...]",
     .summary = "Say what is wrong with the cluster, and what to do about it",
     .details =
         "It reads the control store and asks every process that it can know "
         "of at its admin port: the nodes of the map, at the port two above "
         "the one that the map names, and those at HOST:PORT and in "
         "endpoints.admin of the profile, as routers. With encryption it "
         "takes keys.admin and keys.admin_file from the profile. What may "
         "come and go is looked at twice, two seconds apart.\n\n"
         "Ends with 4 if somebody is not served, with 3 if anything else is "
         "wrong, and with 0 if not.",
     .operand_max = PROCESS_ROUND_OPERANDS_MAX,
     COMMAND_OPTIONS(store_options),
     .run = doctor_command_run},
    {.name = "cluster top",
     .operands = "[HOST:PORT...]",
     .summary = "Show what each node, router and partition does just now",
     .details =
         "It asks the same processes as 'dalv cluster doctor', twice, and "
         "shows by how much their counters grew: what nodes read and write in "
         "a second, how long a sync took and how much waits; what routers were "
         "asked, had to hold and to repeat; and the partitions whose slowest "
         "copy lacks most records, or that commit most. On a terminal it "
         "goes on until it is interrupted, elsewhere it shows it once; with "
         "--json one object a look.",
     .operand_max = PROCESS_ROUND_OPERANDS_MAX,
     .options = top_command_options,
     .option_count = TOP_COMMAND_OPTION_COUNT,
     .run = top_command_run},
    {.name = "cluster recover",
     .operands = "[HOST:PORT...]",
     .summary = "Make a control store anew that was lost or put back",
     .details =
         "What is in it is made from what the processes know: the newest map "
         "that one of them still has, and who the members of each partition "
         "are by the logs of its copies. HOST:PORT are admin ports of "
         "processes that run since before, as endpoints.admin of the profile; "
         "all nodes of their map are asked.\n\n"
         "Stop all routers first, and start them again afterwards; nodes go "
         "on running, and where the store is another file than before they "
         "are started anew at the end. Nothing is written unless a majority "
         "of the members of every partition answers, with the disks that they "
         "had: else it ends with 3 and names who is missing. Users' data is "
         "not touched. It can be repeated.",
     .operand_max = PROCESS_ROUND_OPERANDS_MAX,
     .options = recover_command_options,
     .option_count = RECOVER_COMMAND_OPTION_COUNT,
     .run = recover_command_run},
    {.name = "cluster map",
     .operands = "",
     .summary = "Print the whole map: nodes, and every partition's record",
     COMMAND_OPTIONS(store_options),
     .run = run_map},
    {.name = "locate",
     .operands = "USER",
     .summary = "Show which partition holds a user, and where that is",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(store_options),
     .run = run_locate},
};

const struct command_family cluster_commands =
    COMMAND_FAMILY("The cluster", commands);
