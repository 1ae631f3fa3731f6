#include "tests/sim/router_process.h"

#include "base/assert.h"
#include "cluster/cluster_map.h"
#include "tests/sim/host/endpoint.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOWN_MORE_US = 2000000,
    SESSIONS_MAX = 64,
    PENDING_MAX = 256,
    DEADLINE_MS = 2000,
    MEMORY_BYTES = 64 << 20,
    FRAME_BYTES_MAX = 8 << 20,
};

static void tell(const struct router_process *router, const char *what)
{
    trace_put(&router->world->trace, router->world->now_us, "%s %s",
              router->server.name, what);
}

/* Of the one node, which leads everything. */
static void tell_map(struct router_process *router)
{
    const struct cluster_head head = {.version = {1, 1},
                                      .cluster_id = WORLD_CLUSTER_ID,
                                      .partition_count = WORLD_PARTITIONS,
                                      .replica_count = 1,
                                      .feature_level = 1};
    struct cluster_node node = world_node(router->world, 1);
    size_t bytes = cluster_map_memory(WORLD_PARTITIONS);
    void *block = malloc(bytes);
    struct cluster_map map;
    struct arena arena;
    enum dalv_status status;

    ASSERT(block != NULL);
    node.state = CLUSTER_NODE_ACTIVE;
    node.store.bytes[0] = 1;
    node.boot_number = 1;
    arena_init(&arena, block, bytes);
    status = cluster_map_init(&map, &head, &arena);
    ASSERT(status == DALV_OK);
    cluster_map_set_alone(&map, &node, 1);
    status = router_shell_set_map(router->server.router, &map);
    ASSERT(status == DALV_OK);
    free(block);
}

static void open_shell(struct router_process *router)
{
    struct server *server = &router->server;
    struct world *world = router->world;
    const struct router_shell_options options = {
        .backend_address = router->backend_address,
        .device_address = router->device_address,
        .want_map = server->membership == NULL ? NULL : membership_want_map,
        .want_map_context = server->membership,
        .router_id = bytes_from_text(server->name),
        .cluster_id = bytes_from_text(WORLD_CLUSTER_ID),
        .boot_session = server->process.life,
        .session_max = SESSIONS_MAX,
        .pending_max = PENDING_MAX,
        .deadline_ms = DEADLINE_MS,
        .memory_bytes_max = MEMORY_BYTES,
        .frame_bytes_max = FRAME_BYTES_MAX,
        .token_judge = &world->token_judge,
    };
    const char *address = "";
    enum dalv_status status =
        router_shell_open(&options, server->loop, &server->router, &address);

    ASSERT(status == DALV_OK);
}

void router_process_start(struct router_process *router)
{
    struct server *server = &router->server;

    server_begin(server);
    if (router->world->node_count > 1)
        server_join(server);
    open_shell(router);
    if (server->membership != NULL)
        membership_set_roles(server->membership, &(struct membership_roles){
                                                     .router = server->router});
    else
        tell_map(router);
    process_leave();
    tell(router, "starts");
}

void router_process_kill(struct router_process *router)
{
    struct process *process = &router->server.process;

    if (!process->is_up)
        return;
    tell(router, "ends");
    process->is_dying = true;
    process_enter(process);
    (void)server_close(&router->server);
    process_leave();
    ASSERT(process->pool.block_count == 0);
    process_end(process);
}

static void on_start(void *owner, struct moment *moment)
{
    struct router_process *router = owner;
    const struct process *process = &router->server.process;

    if (!process->is_up && moment->number == process->life)
        router_process_start(router);
}

void router_process_restart(struct router_process *router)
{
    struct process *process = &router->server.process;

    if (!process->is_up)
        return;
    router_process_kill(router);
    process_put(process, prng_below(&router->world->prng, DOWN_MORE_US),
                on_start, router);
}

void router_process_cut(struct router_process *router)
{
    struct endpoint *endpoint = router->server.process.sockets;

    while (endpoint != NULL)
        endpoint = endpoint_cut(endpoint);
}

bool router_process_accept(struct router_process *router, struct wire *wire)
{
    const char *address =
        wire->is_device ? router->device_address : router->backend_address;
    struct endpoint *endpoint = sockets_find(&router->server.process, address);

    if (endpoint == NULL)
        return false;
    socket_accept(endpoint, wire);
    return true;
}

void router_process_init(struct router_process *router, struct world *world,
                         unsigned number)
{
    char name[16];

    memset(router, 0, sizeof(*router));
    router->world = world;
    (void)snprintf(name, sizeof(name), "router-%u", number);
    (void)snprintf(router->backend_address, sizeof(router->backend_address),
                   "tcp://r%u:1", number);
    (void)snprintf(router->device_address, sizeof(router->device_address),
                   "tcp://r%u:2", number);
    server_init(&router->server, world, name, CONFIG_ROUTER);
}

void router_process_deinit(struct router_process *router)
{
    router_process_kill(router);
    process_deinit(&router->server.process);
}
