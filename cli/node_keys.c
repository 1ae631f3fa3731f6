#include "cli/node_keys.h"

#include "base/assert.h"
#include "cli/key_folder.h"
#include "cli/node_text.h"
#include "cluster/cluster_map.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char routers_name[] = "routers";
static const char operator_name[] = "operator";
static const char nodes_remark[] = "# Nodes that may connect, a line each.\n";
static const char keys_of_routers_remark[] =
    "# Routers, which may connect and say who leads, a line each.\n";
static const char operators_remark[] =
    "# Operators that may connect, a line each.\n";
static const char backends_remark[] =
    "# Backends that may connect, a line each.\n";

/* While it goes on: the public keys of the nodes, and then the routers'. */
struct making {
    const struct invocation *invocation;
    const char *folder;
    char path[PATH_MAX]; /* Of the process that was entered last. */
    size_t count;
    char publics[CLUSTER_NODES_MAX + 1][DALV_KEY_TEXT_BYTES];
    char operators[1][DALV_KEY_TEXT_BYTES];
};

static int enter(struct making *making, const char *name)
{
    int size = snprintf(making->path, PATH_MAX, "%s/%s", making->folder, name);

    if (size < 0 || size >= PATH_MAX)
        return invocation_fail_file(making->invocation, DALV_TOO_BIG,
                                    making->folder);
    return key_folder_make(making->invocation, making->path);
}

/* The folder of one process, and its key among nodes. */
static int make_one(struct making *making, const char *name)
{
    int code = enter(making, name);

    if (code == EXIT_DONE)
        code = key_folder_have_key(making->invocation, making->path,
                                   "nodes.key", making->publics[making->count]);
    making->count += code == EXIT_DONE ? 1 : 0;
    return code;
}

static int put_lists(struct making *making, const char *name)
{
    const size_t node_count = making->count - 1;
    const struct key_list nodes = {
        .remark = nodes_remark,
        .keys = making->publics,
        .count = node_count,
    };
    const struct key_list routers = {
        .remark = keys_of_routers_remark,
        .keys = making->publics + node_count,
        .count = 1,
    };
    const struct key_list operators = {
        .remark = operators_remark, .keys = making->operators, .count = 1};
    int code = enter(making, name);

    if (code == EXIT_DONE)
        code = key_folder_put_list(making->invocation, making->path,
                                   "nodes.allowed", &nodes);
    if (code == EXIT_DONE)
        code = key_folder_put_list(making->invocation, making->path,
                                   "routers.allowed", &routers);
    if (code == EXIT_DONE)
        code = key_folder_put_list(making->invocation, making->path,
                                   "admin.allowed", &operators);
    return code;
}

/* All admin ports have one key, so that an operator need know one only. */
static int make_admin_keys(struct making *making,
                           const struct cluster_node *nodes, size_t count,
                           struct node_keys_made *out_made)
{
    char routers[PATH_MAX];
    int code = enter(making, operator_name);

    if (code == EXIT_DONE)
        code = key_folder_have_key(making->invocation, making->path,
                                   "operator.key", making->operators[0]);
    if (code == EXIT_DONE)
        code = enter(making, routers_name);
    memcpy(routers, making->path, sizeof(routers));
    if (code == EXIT_DONE)
        code = key_folder_have_key(making->invocation, routers, "admin.key",
                                   out_made->admin_key);
    for (size_t i = 0; code == EXIT_DONE && i < count; i++) {
        code = enter(making, nodes[i].name);
        if (code == EXIT_DONE)
            code = key_folder_share_key(making->invocation, routers,
                                        making->path, "admin.key");
    }
    return code;
}

/* What routers show to devices and backends, and the first of these. */
static int make_doors(struct making *making)
{
    static const char *const names[] = {"devices.key", "backends.key",
                                        "client.key"};
    char client[1][DALV_KEY_TEXT_BYTES];
    const struct key_list list = {
        .remark = backends_remark, .keys = client, .count = 1};
    int code = enter(making, routers_name);

    for (size_t i = 0;
         code == EXIT_DONE && i < sizeof(names) / sizeof(names[0]); i++)
        code = key_folder_have_key(making->invocation, making->path, names[i],
                                   client[0]);
    if (code == EXIT_DONE)
        code = key_folder_put_list(making->invocation, making->path,
                                   "backends.allowed", &list);
    return code;
}

static int make_nodes(struct making *making, struct cluster_node *nodes,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int code = make_one(making, nodes[i].name);

        if (code != EXIT_DONE)
            return code;
        ASSERT(node_text_set_key(&nodes[i], making->publics[i]));
    }
    return make_one(making, routers_name);
}

static int make_lists(struct making *making, const struct cluster_node *nodes,
                      size_t count)
{
    int code = put_lists(making, routers_name);

    for (size_t i = 0; code == EXIT_DONE && i < count; i++)
        code = put_lists(making, nodes[i].name);
    return code;
}

static int check_names(const struct invocation *invocation,
                       const struct cluster_node *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(nodes[i].name, routers_name) == 0 ||
            strcmp(nodes[i].name, operator_name) == 0)
            return invocation_usage(invocation,
                                    "with --keys no node can be called "
                                    "\"%s\": that is a folder of its own",
                                    nodes[i].name);
    }
    return EXIT_DONE;
}

static int make_all(struct making *making, struct cluster_node *nodes,
                    size_t count, struct node_keys_made *out_made)
{
    int code = key_folder_make(making->invocation, making->folder);

    if (code == EXIT_DONE)
        code = check_names(making->invocation, nodes, count);
    if (code == EXIT_DONE)
        code = make_nodes(making, nodes, count);
    if (code == EXIT_DONE)
        code = make_admin_keys(making, nodes, count, out_made);
    if (code == EXIT_DONE)
        code = make_lists(making, nodes, count);
    return code == EXIT_DONE ? make_doors(making) : code;
}

int node_keys_make(const struct invocation *invocation, const char *folder,
                   struct cluster_node *nodes, size_t count,
                   struct node_keys_made *out_made)
{
    struct making *making = calloc(1, sizeof(*making));
    int code;

    if (making == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, "");
    making->invocation = invocation;
    making->folder = folder;
    code = make_all(making, nodes, count, out_made);
    free(making);
    return code;
}
