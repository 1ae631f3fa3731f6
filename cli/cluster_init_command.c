#include "cli/cluster_init_command.h"

#include "cli/cluster_access.h"
#include "cli/node_keys.h"
#include "cli/node_text.h"
#include "cli/value_json.h"
#include "cluster/cluster_text.h"
#include "cluster/ring.h"

#include <inttypes.h>
#include <string.h>

enum {
    PARTITIONS_DEFAULT = 1024,
    REPLICAS_DEFAULT = 3,
    FEATURE_LEVEL = 1,
    PROBLEM_BYTES = 512,
};

const struct command_option
    cluster_init_command_options[CLUSTER_INIT_COMMAND_OPTION_COUNT] = {
        CLUSTER_ACCESS_OPTION,
        {.name = "id",
         .value = "ID",
         .help = "The cluster's name, which tokens give as their audience"},
        {.name = "partitions",
         .value = "P",
         .help = "A power of two, for good; default 1024"},
        {.name = "replicas",
         .value = "R",
         .help = "Copies of each partition, 1 to 7; default 3"},
        {.name = "keys",
         .value = "FOLDER",
         .help = "Make the keys of all processes there, a folder each"},
};

static bool read_sizes(struct invocation *invocation, struct cluster_head *head)
{
    uint64_t partitions = PARTITIONS_DEFAULT;
    uint64_t replicas = REPLICAS_DEFAULT;

    if (!invocation_number(invocation, "partitions", RING_PARTITIONS_MAX,
                           &partitions) ||
        !invocation_number(invocation, "replicas", MEMBER_SET_MAX, &replicas))
        return false;
    head->partition_count = (uint32_t)partitions;
    head->replica_count = (uint32_t)replicas;
    head->feature_level = FEATURE_LEVEL;
    if (ring_is_partition_count(partitions) && replicas > 0)
        return true;
    (void)invocation_usage(invocation, "--partitions is a power of two up to "
                                       "65536, --replicas 1 to 7");
    return false;
}

static bool read_head(struct invocation *invocation, struct cluster_head *head)
{
    const char *id = invocation_option(invocation, "id");

    if (id == NULL || id[0] == '\0' ||
        !cluster_text_set(head->cluster_id, sizeof(head->cluster_id),
                          bytes_from_text(id))) {
        (void)invocation_usage(invocation,
                               "--id names the cluster, with 1 to 64 bytes");
        return false;
    }
    return read_sizes(invocation, head);
}

static int check_apart(const struct invocation *invocation,
                       const struct cluster_node *nodes, size_t count)
{
    const struct cluster_node *last = &nodes[count - 1];

    for (size_t i = 0; i + 1 < count; i++) {
        const char *same = node_text_clash(&nodes[i], last);

        if (same != NULL)
            return invocation_usage(invocation, "%s and %s have the same %s",
                                    nodes[i].name, last->name, same);
    }
    return EXIT_DONE;
}

/* Nodes get their numbers in the order in which they are named. */
static int read_nodes(const struct invocation *invocation,
                      struct cluster_node *nodes)
{
    char said[PROBLEM_BYTES];
    struct text problem;
    int code = EXIT_DONE;

    text_init(&problem, said, sizeof(said));
    for (size_t i = 0; code == EXIT_DONE && i < invocation->operand_count;
         i++) {
        if (!node_text_parse(invocation->operands[i], &nodes[i], &problem))
            return invocation_usage(invocation, "%s", said);
        nodes[i].id = (uint32_t)i + 1;
        code = check_apart(invocation, nodes, i + 1);
    }
    return code;
}

static int check_safe(const struct invocation *invocation,
                      const struct cluster_node *nodes)
{
    for (size_t i = 0; i < invocation->operand_count; i++) {
        if (!node_text_is_safe(&nodes[i]))
            return invocation_usage(invocation,
                                    "%s is not on this machine: it needs a "
                                    "key, by --keys or as %s=...,key=KEY",
                                    nodes[i].name, nodes[i].name);
    }
    return EXIT_DONE;
}

static int fail_occupied(const struct cluster_access *access)
{
    return invocation_fail(access->invocation, DALV_PRECONDITION,
                           "the control store holds a cluster: 'dalv cluster "
                           "status' shows it");
}

/* Before anything is made for it. */
static int check_empty(struct cluster_access *access)
{
    struct control_key key = control_key_head();
    enum dalv_status status = control_store_get(
        access->store, control_key_bytes(&key), &access->answer);

    if (status == DALV_NOT_FOUND)
        return EXIT_DONE;
    if (status == DALV_OK)
        return fail_occupied(access);
    return cluster_access_fail(access, status);
}

static void tell(const struct invocation *invocation,
                 const struct cluster_init *init,
                 const struct node_keys_made *made)
{
    const struct cluster_head *head = &init->head;
    const char *keys = invocation_option(invocation, "keys");

    if (invocation->is_json) {
        value_json_print(json_pack("{s:s, s:I, s:I, s:I, s:s*, s:s*}",
                                   "cluster", head->cluster_id, "partitions",
                                   (json_int_t)head->partition_count,
                                   "replicas", (json_int_t)head->replica_count,
                                   "nodes", (json_int_t)init->node_count,
                                   "keys", keys, "admin_key",
                                   keys == NULL ? NULL : made->admin_key),
                         invocation->out);
        return;
    }
    (void)fprintf(invocation->out,
                  "Cluster %s: %" PRIu32 " partitions, %" PRIu32
                  " of each on %zu node%s\n",
                  head->cluster_id, head->partition_count, head->replica_count,
                  init->node_count, init->node_count == 1 ? "" : "s");
    for (size_t i = 0; i < init->node_count; i++)
        (void)fprintf(invocation->out, "  node.id %" PRIu32 "  %s  %s\n",
                      init->nodes[i].id, init->nodes[i].name,
                      init->nodes[i].address);
    if (keys != NULL)
        (void)fprintf(invocation->out,
                      "Keys: %s/NAME for each node, %s/routers for routers\n"
                      "For operators' profiles, with %s/operator/operator.key:"
                      "\nkeys: {admin: \"%s\", admin_file: operator.key}\n",
                      keys, keys, keys, made->admin_key);
    if (init->node_count < head->replica_count)
        (void)fprintf(invocation->out,
                      "It begins to serve once %" PRIu32
                      " nodes have started: add %zu more, by 'dalv node add'\n",
                      head->replica_count,
                      head->replica_count - init->node_count);
}

static int make(struct cluster_access *access, const struct cluster_init *init,
                const struct node_keys_made *made)
{
    enum dalv_status status =
        cluster_init(access->store, init, &access->budget.allocator);

    /* Done if it was this one, and tried again if it was not done. */
    if (status == DALV_UNKNOWN)
        status = cluster_init(access->store, init, &access->budget.allocator);
    if (status == DALV_OCCUPIED)
        return fail_occupied(access);
    if (status != DALV_OK)
        return cluster_access_fail_write(access, status);
    tell(access->invocation, init, made);
    return EXIT_DONE;
}

int cluster_init_command_run(struct invocation *invocation)
{
    static struct cluster_node nodes[CLUSTER_INIT_NODES_MAX];
    struct cluster_init init = {.policy = cluster_policy_default(),
                                .nodes = nodes,
                                .node_count = invocation->operand_count};
    const char *keys = invocation_option(invocation, "keys");
    struct node_keys_made made = {{0}};
    struct cluster_access access = {0};
    int code;

    if (!read_head(invocation, &init.head))
        return EXIT_USAGE;
    code = read_nodes(invocation, nodes);
    if (code == EXIT_DONE && keys == NULL)
        code = check_safe(invocation, nodes);
    if (code != EXIT_DONE)
        return code;
    code = cluster_access_open(&access, invocation);
    if (code == EXIT_DONE)
        code = check_empty(&access);
    if (code == EXIT_DONE && keys != NULL)
        code = node_keys_make(invocation, keys, nodes, init.node_count, &made);
    if (code == EXIT_DONE)
        code = make(&access, &init, &made);
    cluster_access_close(&access);
    return code;
}
