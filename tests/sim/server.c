#include "tests/sim/server.h"

#include "base/assert.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <string.h>

/* ---- Events, as in dalvd/service.c ---- */

static void on_parcel(void *owner, struct endpoint *from,
                      struct parcel **parcel_p)
{
    struct server *server = owner;

    if (server->node != NULL &&
        node_shell_on_parcel(server->node, from, parcel_p))
        return;
    if (server->membership != NULL &&
        membership_on_parcel(server->membership, from, *parcel_p))
        return;
    if (server->router != NULL)
        (void)router_shell_on_parcel(server->router, from, parcel_p);
}

static void on_connection(void *owner, struct endpoint *from, bool is_connected)
{
    struct server *server = owner;

    if (server->node != NULL &&
        node_shell_on_connection(server->node, from, is_connected))
        return;
    if (server->membership != NULL &&
        membership_on_connection(server->membership, from))
        return;
    if (server->router != NULL)
        (void)router_shell_on_connection(server->router, from, is_connected);
}

static void on_job_done(void *owner, struct worker *from, void *job)
{
    struct server *server = owner;

    if (server->membership != NULL &&
        membership_on_job_done(server->membership, from))
        return;
    if (server->node != NULL)
        (void)node_shell_on_job_done(server->node, from, job);
}

static void on_deadline(void *owner, uint64_t now_ms)
{
    struct server *server = owner;

    (void)now_ms;
    if (server->router != NULL)
        router_shell_on_deadline(server->router);
}

static void on_batch_end(void *owner, uint64_t now_ms)
{
    struct server *server = owner;

    if (server->node != NULL)
        node_shell_on_batch_end(server->node, now_ms);
    if (server->membership != NULL)
        membership_on_batch_end(server->membership, now_ms);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_deadline_ms(void *owner)
{
    const struct server *server = owner;
    uint64_t next_ms = LOOP_NO_DEADLINE;

    if (server->router != NULL)
        next_ms =
            earlier(next_ms, router_shell_next_deadline_ms(server->router));
    if (server->node != NULL)
        next_ms = earlier(next_ms, node_shell_next_deadline_ms(server->node));
    if (server->membership != NULL)
        next_ms =
            earlier(next_ms, membership_next_deadline_ms(server->membership));
    return next_ms;
}

/* ---- Life ---- */

void server_init(struct server *server, struct world *world, const char *name,
                 uint32_t roles)
{
    struct config *config = &server->config;

    process_init(&server->process, world,
                 world_add_process(world, &server->process), server->name);
    (void)snprintf(server->name, sizeof(server->name), "%s", name);
    config->roles = roles;
    (void)snprintf(config->node.name, sizeof(config->node.name), "%s", name);
    (void)snprintf(config->cluster.id, sizeof(config->cluster.id), "%s",
                   WORLD_CLUSTER_ID);
    config->cluster.partitions = WORLD_PARTITIONS;
}

void server_begin(struct server *server)
{
    const struct loop_options options = {
        .handlers =
            {
                .owner = server,
                .on_parcel = on_parcel,
                .on_connection = on_connection,
                .on_job_done = on_job_done,
                .on_deadline = on_deadline,
                .on_batch_end = on_batch_end,
                .next_deadline_ms = next_deadline_ms,
            },
    };

    process_begin(&server->process);
    process_enter(&server->process);
    server->loop = loop_create(&options);
}

void server_join(struct server *server)
{
    struct config_error error = {0};
    enum dalv_status status =
        membership_open(&server->config, &server->keyring, server->loop,
                        &server->membership, &error);

    ASSERT(status == DALV_OK);
}

enum dalv_status server_close(struct server *server)
{
    enum dalv_status status;

    membership_close(&server->membership);
    router_shell_close(&server->router);
    status = node_shell_close(&server->node);
    loop_destroy(&server->loop);
    return status;
}
