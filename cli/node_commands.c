/*
 * node list, add, drain, remove.
 */
#include "cli/cluster_json.h"
#include "cli/cluster_status.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/map_place.h"
#include "cli/node_text.h"
#include "cli/operator_wait.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ATTEMPTS_MAX = 8,
    PROBLEM_BYTES = 512,
};

static int show_list(const struct cluster_access *access)
{
    const struct invocation *invocation = access->invocation;
    const struct cluster_map *map = &access->map->map;
    struct cluster_health *health = calloc(1, sizeof(*health));

    if (health == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, NULL);
    cluster_health_make(map, access->map->is_founded, health);
    if (invocation->is_json) {
        for (size_t i = 0; i < map->node_count; i++)
            value_json_print(cluster_status_node_json(health, i),
                             invocation->out);
    } else {
        (void)cluster_status_print_nodes(health, CLUSTER_NODES_MAX + 1,
                                         invocation->out);
    }
    free(health);
    return EXIT_DONE;
}

static int run_list(struct invocation *invocation)
{
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE)
        code = show_list(&access);
    cluster_access_close(&access);
    return code;
}

/* Numbers are never given again. */
static uint32_t next_id(const struct cluster_map *map)
{
    return map->node_count == 0 ? 1 : map->nodes[map->node_count - 1].id + 1;
}

static int check_free(const struct cluster_access *access,
                      const struct cluster_node *node)
{
    const struct cluster_map *map = &access->map->map;

    for (size_t i = 0; i < map->node_count; i++) {
        const char *same = node_text_clash(node, &map->nodes[i]);
        char detail[PROBLEM_BYTES];

        if (same == NULL)
            continue;
        (void)snprintf(detail, sizeof(detail),
                       "node %" PRIu32 ", %s, has the same %s",
                       map->nodes[i].id, map->nodes[i].name, same);
        return invocation_fail(access->invocation, DALV_PRECONDITION, detail);
    }
    return EXIT_DONE;
}

static void put_node(struct map_change *change, const void *wanted)
{
    (void)map_change_put_node(change, wanted);
}

static bool is_in_map(const struct cluster_access *access,
                      const struct cluster_node *node)
{
    const struct cluster_map *map = &access->map->map;
    const struct cluster_node *known =
        cluster_map_node_named(map, bytes_from_text(node->name));

    return known != NULL && known->id == node->id &&
           strcmp(known->address, node->address) == 0;
}

static int tell_added(const struct invocation *invocation,
                      const struct cluster_node *node)
{
    if (invocation->is_json) {
        value_json_print(cluster_json_node(node), invocation->out);
        return EXIT_DONE;
    }
    (void)fprintf(invocation->out,
                  "Added %s: start it with node.id %" PRIu32 "\n", node->name,
                  node->id);
    return EXIT_DONE;
}

/* While it goes on. */
struct addition {
    struct cluster_access *access;
    struct cluster_node *node;
    bool may_be_done; /* The outcome of an attempt is unknown. */
};

/* False if the map has moved, or may have: then it is read, and tried again.
   Else `out_code` is how it ended. */
static bool add_once(struct addition *addition, int *out_code)
{
    struct cluster_access *access = addition->access;
    struct cluster_node *node = addition->node;
    enum dalv_status status;

    if (addition->may_be_done && is_in_map(access, node)) {
        *out_code = tell_added(access->invocation, node);
        return true;
    }
    *out_code = check_free(access, node);
    if (*out_code != EXIT_DONE)
        return true;
    node->id = next_id(&access->map->map);
    status = cluster_access_change(access, put_node, node);
    addition->may_be_done = addition->may_be_done || status == DALV_UNKNOWN;
    if (status == DALV_PRECONDITION || status == DALV_UNKNOWN)
        return false;
    *out_code = status == DALV_OK ? tell_added(access->invocation, node)
                                  : cluster_access_fail_write(access, status);
    return true;
}

static int add(struct cluster_access *access, struct cluster_node *node)
{
    struct addition addition = {.access = access, .node = node};
    int code = EXIT_DONE;

    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        if (add_once(&addition, &code))
            return code;
        code = cluster_access_read(access);
        if (code != EXIT_DONE)
            return code;
    }
    return cluster_access_fail_write(access, addition.may_be_done ? DALV_UNKNOWN
                                                                  : DALV_BUSY);
}

static int run_add(struct invocation *invocation)
{
    struct cluster_access access = {0};
    struct cluster_node node;
    char said[PROBLEM_BYTES];
    struct text problem;
    int code;

    text_init(&problem, said, sizeof(said));
    if (!node_text_parse(invocation->operands[0], &node, &problem))
        return invocation_usage(invocation, "%s", said);
    if (!node_text_is_safe(&node))
        return invocation_usage(invocation,
                                "%s is not on this machine: name the key that "
                                "'dalv keys make' made for it, as ,key=KEY",
                                node.name);
    code = cluster_access_begin(&access, invocation);
    if (code == EXIT_DONE)
        code = add(&access, &node);
    cluster_access_close(&access);
    return code;
}

static int ask_for(struct invocation *invocation, enum operator_verb verb)
{
    struct operator_request wanted = {.verb = verb};
    const struct cluster_node *node = NULL;
    struct cluster_access access = {0};
    int code = cluster_access_begin(&access, invocation);

    if (code == EXIT_DONE)
        code = map_place_node(&access, invocation->operands[0], &node);
    if (code == EXIT_DONE) {
        wanted.node = node->id;
        code = operator_wait_for(&access, &wanted);
    }
    cluster_access_close(&access);
    return code;
}

static int run_drain(struct invocation *invocation)
{
    return ask_for(invocation, OPERATOR_EMPTY);
}

static int run_remove(struct invocation *invocation)
{
    return ask_for(invocation, OPERATOR_REMOVE);
}

static const struct command_option store_options[] = {CLUSTER_ACCESS_OPTION};

static const struct command_option wait_options[] = {CLUSTER_ACCESS_OPTION,
                                                     OPERATOR_WAIT_OPTIONS};

static const struct command commands[] = {
    {.name = "node list",
     .operands = "",
     .summary = "Show the nodes, with the partitions they hold and lead",
     .details = "With --json, one object a line, with those that were removed.",
     COMMAND_OPTIONS(store_options),
     .run = run_list},
    {.name = "node add",
     .operands = "NODE",
     .summary = "Let another node join the cluster",
     .details =
         "NODE is as for 'dalv cluster init': NAME=HOST:PORT[,zone=ZONE]"
         "[,weight=N][,key=KEY]. Make its keys by 'dalv keys make', put the "
         "routers' public keys into its routers.allowed, and name its own as "
         "KEY: the others let it in by the map. It holds nothing until it has "
         "started; then 'dalv rebalance' gives it its share.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(store_options),
     .run = run_add},
    {.name = "node drain",
     .operands = "NODE",
     .summary = "Move everything off a node, which stays in the cluster",
     .details = "NODE is its name or number. The node serves what it has until "
                "others hold it. Refused, with 3, if fewer nodes than copies "
                "would be left.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(wait_options),
     .run = run_drain},
    {.name = "node remove",
     .operands = "NODE",
     .summary = "Move everything off a node, and let it go for good",
     .details = "NODE is its name or number, and may be away. Its number is "
                "never given again; what it says later counts for nothing.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(wait_options),
     .run = run_remove},
};

const struct command_family node_commands = COMMAND_FAMILY("Nodes", commands);
