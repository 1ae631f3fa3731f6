#include "cli/process_round.h"

#include "cli/access.h"
#include "net/network.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PATH_BYTES_MAX = 4096,
    /* From the nodes' port to the admin port: base port + 4, + 6. */
    NODES_TO_ADMIN = 2,
    IO_THREADS = 1,
};

/* ---- Whom to ask ---- */

static bool is_same_address(const struct address *a, const struct address *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static void add(struct process_round *round, const struct address *address,
                uint32_t node)
{
    for (size_t i = 0; i < round->count; i++) {
        if (is_same_address(&round->items[i].address, address))
            return;
    }
    if (round->count < PROCESS_ROUND_MAX)
        round->items[round->count++] =
            (struct inspection){.address = *address, .node = node};
}

void process_round_add_nodes(struct process_round *round,
                             const struct cluster_map *map)
{
    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *node = &map->nodes[i];
        struct address address;

        if (node->state == CLUSTER_NODE_REMOVED ||
            !address_parse_named(bytes_from_text(node->address), &address))
            continue;
        address.port = (uint16_t)(address.port + NODES_TO_ADMIN);
        add(round, &address, node->id);
    }
}

static int add_operands(struct process_round *round,
                        const struct invocation *invocation)
{
    for (size_t i = 0; i < invocation->operand_count; i++) {
        struct address address;

        if (!address_parse_named(bytes_from_text(invocation->operands[i]),
                                 &address))
            return invocation_usage(invocation,
                                    "\"%s\" is no HOST:PORT of an admin port",
                                    invocation->operands[i]);
        add(round, &address, 0);
    }
    return EXIT_DONE;
}

/* A store that is named needs no profile; one that is there says more. */
static bool needs_profile(const struct invocation *invocation)
{
    char path[PATH_BYTES_MAX];

    return invocation_option(invocation, "store") == NULL ||
           invocation->profile_path != NULL ||
           (access_profile_path(invocation, path, sizeof(path)) &&
            access(path, F_OK) == 0);
}

static int take_keys(struct process_round *round,
                     const struct invocation *invocation,
                     const struct profile_keys *keys)
{
    const char *path = keys->admin_file;
    enum dalv_status status;

    if (keys->admin[0] == '\0')
        return EXIT_DONE;
    if (curve_key_parse(bytes_from_text(keys->admin), &round->keys.server) !=
        DALV_OK)
        return invocation_usage(invocation,
                                "keys.admin of the profile is no key");
    status = curve_pair_load(path, &round->keys.own);
    round->keys.gate = GATE_ADMINS;
    round->has_keys = status == DALV_OK;
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail_file(invocation, status, path);
}

static int take_profile(struct process_round *round,
                        struct invocation *invocation)
{
    struct profile *profile;
    const struct addresses *admin;
    int code;

    if (!needs_profile(invocation))
        return EXIT_DONE;
    profile = malloc(sizeof(*profile));
    if (profile == NULL)
        return invocation_fail(invocation, DALV_NO_MEMORY, "");
    profile_init(profile);
    code = access_load(invocation, profile);
    admin = &profile->endpoints.admin;
    for (size_t i = 0; code == EXIT_DONE && i < admin->count; i++)
        add(round, &admin->items[i], 0);
    if (code == EXIT_DONE)
        code = take_keys(round, invocation, &profile->keys);
    profile_wipe(profile);
    free(profile);
    return code;
}

int process_round_list(struct process_round *round,
                       struct invocation *invocation,
                       const struct cluster_map *map)
{
    int code;

    network_start(IO_THREADS);
    if (map != NULL)
        process_round_add_nodes(round, map);
    code = add_operands(round, invocation);
    return code == EXIT_DONE ? take_profile(round, invocation) : code;
}

/* ---- Asking ---- */

/* The node answered at another address than the map's. */
static bool is_found_elsewhere(const struct process_round *round,
                               const struct inspection *missed)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *other = &round->items[i];

        if (other != missed && other->outcome == INSPECTION_ANSWERED &&
            (other->said.roles & ADMIN_ROLE_STORAGE) != 0 &&
            other->said.node == missed->node)
            return true;
    }
    return false;
}

void process_round_ask(struct process_round *round,
                       const struct inspection_options *wanted)
{
    struct inspection_options options = *wanted;
    size_t kept = 0;

    options.keys = round->has_keys ? &round->keys : NULL;
    inspection_run(round->items, round->count, &options);
    for (size_t i = 0; i < round->count; i++) {
        struct inspection *item = &round->items[i];

        if (item->node != 0 && item->outcome != INSPECTION_ANSWERED &&
            is_found_elsewhere(round, item))
            inspection_release(item);
        else
            round->items[kept++] = *item;
    }
    round->count = kept;
}

void process_round_copy(struct process_round *round,
                        const struct process_round *like)
{
    memset(round, 0, sizeof(*round));
    round->keys = like->keys;
    round->has_keys = like->has_keys;
    for (size_t i = 0; i < like->count; i++)
        add(round, &like->items[i].address, like->items[i].node);
}

void process_round_release(struct process_round *round)
{
    for (size_t i = 0; i < round->count; i++)
        inspection_release(&round->items[i]);
    curve_pair_wipe(&round->keys.own);
    round->count = 0;
}
