/* What changes with nodes and partitions: who is attached, who leads what. */
#include "router/core_internal.h"

#include "base/assert.h"

void router_core_on_connected(struct router_core *core, uint32_t node,
                              struct router_effects *effects)
{
    uint16_t link = links_add(&core->links, node);

    ASSERT(link != LINK_NONE);
    router_core_ask_node(core, effects, link,
                         &(struct message){
                             .type = MESSAGE_ATTACH,
                             .attach = {.cluster_id = core->options.cluster_id,
                                        .router = core->options.router_id,
                                        .session = core->options.boot_session},
                         });
}

void router_core_on_attached(struct router_core *core, uint32_t node)
{
    uint16_t link = links_find(&core->links, node);

    if (link == LINK_NONE)
        return;
    links_attach(&core->links, link);
    router_core_release_held(core);
}

/* ---- Questions ---- */

/* It went to a node that cannot be waited for: the next one decides. */
static void take_back(struct router_core *core, struct question *question)
{
    question->may_be_done = true;
    router_core_hold(core, question);
}

static void take_back_from(struct router_core *core, uint16_t link)
{
    size_t cursor = 0;
    struct question *question;

    while ((question = map_next(&core->pending.questions, &cursor)) != NULL) {
        if (question->link != link)
            continue;
        take_back(core, question);
        cursor--;
    }
}

/* Those that were asked a node which does not lead their partition now. */
static void take_back_moved(struct router_core *core)
{
    size_t cursor = 0;
    struct question *question;

    while ((question = map_next(&core->pending.questions, &cursor)) != NULL) {
        uint32_t leader = core->routes.items[question->partition].node;

        if (question->node != 0 || question->may_be_stale ||
            core->links.items[question->link].node == leader)
            continue;
        take_back(core, question);
        cursor--;
    }
}

/* ---- Who listens ---- */

void router_core_turn_deaf(struct router_core *core, struct session *session)
{
    session->is_deaf = true;
    router_core_look_soon(core, session);
}

void router_core_on_node_lost(struct router_core *core, uint32_t node)
{
    uint16_t link = links_find(&core->links, node);
    size_t cursor = 0;
    struct session *session;

    if (link == LINK_NONE)
        return;
    links_detach(&core->links, link);
    while ((session = map_next(&core->peers, &cursor)) != NULL) {
        if (link_set_has(&session->listens_at, link))
            router_core_turn_deaf(core, session);
        link_set_remove(&session->vouched, link);
        link_set_remove(&session->known_at, link);
        link_set_remove(&session->listens_at, link);
    }
    take_back_from(core, link);
    core->is_map_wanted = true;
}

/* Of a backend it is known only modulo 64 what it listens to: telling it once
   too often costs a round trip. */
static bool listens_to(const struct router_core *core,
                       const struct session *session, uint32_t partition)
{
    if (!session->is_listening || (session->listens >> partition % 64 & 1) == 0)
        return false;
    return !session->is_device ||
           routes_partition(&core->routes, session_user(session)) == partition;
}

static void tell_listeners(struct router_core *core, uint32_t partition)
{
    size_t cursor = 0;
    struct session *session;

    while ((session = map_next(&core->peers, &cursor)) != NULL) {
        if (listens_to(core, session, partition))
            router_core_turn_deaf(core, session);
    }
}

/* ---- Partitions ---- */

void router_core_on_route_moved(struct router_core *core, uint32_t partition)
{
    tell_listeners(core, partition);
    take_back_moved(core);
    router_core_release_held(core);
}

/* Nodes that are not of the cluster any more have no connection any more. */
static void drop_links(struct router_core *core, const struct cluster_map *map)
{
    for (unsigned link = 0; link < LINKS_MAX; link++) {
        uint32_t id = core->links.items[link].node;
        const struct cluster_node *node =
            id == 0 ? NULL : cluster_map_node(map, id);

        if (id == 0 || (node != NULL && node->state != CLUSTER_NODE_REMOVED))
            continue;
        router_core_on_node_lost(core, id);
        links_remove(&core->links, (uint16_t)link);
    }
}

void router_core_on_map_learnt(struct router_core *core,
                               const struct cluster_map *map)
{
    struct routes *routes = &core->routes;
    bool is_first = routes->partition_count == 0;
    bool is_any_moved = false;

    if (!is_first && routes->partition_count != map->head.partition_count)
        return;
    for (uint32_t p = 0; !is_first && p < routes->partition_count; p++) {
        if (!routes_would_move(routes, p, &map->records[p]))
            continue;
        tell_listeners(core, p);
        is_any_moved = true;
    }
    if (!routes_learn(routes, map))
        return;
    core->is_map_wanted = false;
    drop_links(core, map);
    if (is_any_moved)
        take_back_moved(core);
    router_core_release_held(core);
}
