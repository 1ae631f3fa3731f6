#include "dalvd/membership.h"

#include "base/assert.h"
#include "base/budget.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/small_file.h"
#include "control/agent.h"
#include "control/control_place.h"
#include "control/controller_shell.h"
#include "dalvd/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* For maps: the one that is read, and those that a controller works on. */
    MEMORY_BYTES = 256 << 20,
    PROBLEM_BYTES = 512,
    PATH_BYTES = CONFIG_PATH_MAX + 16,
};

struct membership {
    const struct config *config;
    struct keyring *keyring;
    struct loop *loop;
    struct budget budget;
    struct agent *agent;
    struct control_map *map;             /* The newest. */
    struct controller_shell *controller; /* NULL unless it routes. */
    struct membership_roles roles;
    bool has_told_failure;
};

static enum dalv_status explain(struct config_error *error,
                                enum dalv_status status, const char *what,
                                const char *problem)
{
    struct text text = config_error_begin(error, status, 0, 0);

    text_put(&text, what);
    text_put(&text, ": ");
    text_put(&text, problem[0] != '\0' ? problem : status_text(status));
    return status;
}

/* ---- Who this is ---- */

static enum dalv_status make_store_id(const char *path, struct store_id *out_id)
{
    for (size_t i = 0; i < STORE_ID_BYTES; i += sizeof(uint64_t)) {
        uint64_t number = random_u64();

        memcpy(out_id->bytes + i, &number, sizeof(number));
    }
    return small_file_replace(path, SMALL_FILE_PUBLIC,
                              bytes_make(out_id->bytes, STORE_ID_BYTES));
}

enum dalv_status membership_identify(const struct config *config,
                                     struct member *out_member,
                                     struct config_error *out_error)
{
    char path[PATH_BYTES];
    struct buffer content;
    enum dalv_status status;

    (void)snprintf(path, sizeof(path), "%s/store", config->data.folder);
    out_member->node = (uint32_t)config->node.id;
    buffer_init(&content);
    status = small_file_read(path, SMALL_FILE_PUBLIC, STORE_ID_BYTES, &content);
    if (status == DALV_NOT_FOUND)
        status = make_store_id(path, &out_member->store);
    else if (status == DALV_OK && content.size != STORE_ID_BYTES)
        status = DALV_DAMAGED;
    else if (status == DALV_OK)
        memcpy(out_member->store.bytes, content.data, STORE_ID_BYTES);
    buffer_deinit(&content);
    return status == DALV_OK ? DALV_OK : explain(out_error, status, path, "");
}

/* ---- The map ---- */

/* Beside those in the lists, whom the map names may connect. */
static void admit_nodes(const struct membership *membership)
{
    struct curve_key keys[CLUSTER_NODES_MAX];
    const struct cluster_map *map = &membership->map->map;
    size_t count = 0;

    for (size_t i = 0; i < map->node_count; i++) {
        if (cluster_node_has_key(&map->nodes[i]) &&
            map->nodes[i].state != CLUSTER_NODE_REMOVED)
            memcpy(keys[count++].bytes, map->nodes[i].key, CLUSTER_KEY_BYTES);
    }
    if (keyring_admit_nodes(membership->keyring, keys, count) != DALV_OK)
        LOG(LOG_ERROR, "nodes_not_admitted", log_u64("count", count));
}

/* One of another cluster, or cut otherwise, would scatter data. */
static bool is_ours(const struct membership *membership)
{
    const struct config *config = membership->config;
    const struct cluster_head *head = &membership->map->map.head;

    if (strcmp(head->cluster_id, config->cluster.id) == 0 &&
        head->partition_count == config->cluster.partitions)
        return true;
    LOG(LOG_ERROR, "map_refused", log_text("cluster", head->cluster_id),
        log_u64("partitions", head->partition_count),
        log_text("note", "cluster.id and cluster.partitions of the "
                         "configuration must be those of the control store"));
    return false;
}

static void tell_roles(struct membership *membership)
{
    const struct control_map *map = membership->map;

    if (!is_ours(membership))
        return;
    admit_nodes(membership);
    if (membership->roles.agree != NULL)
        membership->roles.agree(membership->roles.owner, &map->map);
    if (membership->roles.node != NULL)
        node_shell_set_map(membership->roles.node, &map->map);
    if (membership->controller != NULL)
        controller_shell_set_map(membership->controller, &map->map);
    if (membership->roles.router != NULL && map->is_founded &&
        router_shell_set_map(membership->roles.router, &map->map) != DALV_OK)
        LOG(LOG_ERROR, "map_partly_taken",
            log_text("note", "a node of it cannot be connected to"));
}

static void take_map(struct membership *membership)
{
    control_map_destroy(&membership->map);
    membership->map = agent_take(membership->agent);
    membership->has_told_failure = false;
    LOG(LOG_DEBUG, "map_taken",
        log_u64("version", membership->map->map.head.version.version));
    tell_roles(membership);
}

/* Once: the map that one has stays good. */
static void tell_failure(struct membership *membership)
{
    if (membership->has_told_failure)
        return;
    membership->has_told_failure = true;
    LOG(LOG_WARNING, "control_store_unreadable",
        log_text("status", status_text(agent_status(membership->agent))),
        log_text("why", agent_problem(membership->agent)));
}

void membership_set_roles(struct membership *membership,
                          const struct membership_roles *roles)
{
    membership->roles = *roles;
}

void membership_want_map(void *membership)
{
    const struct membership *self = membership;

    if (self->map != NULL) {
        struct cluster_version next = self->map->map.head.version;

        next.version++;
        agent_hint(self->agent, next);
    }
}

const struct cluster_map *membership_map(const struct membership *membership)
{
    return membership->map == NULL ? NULL : &membership->map->map;
}

struct membership_state membership_state(const struct membership *membership)
{
    struct membership_state state = {
        .store_status = agent_status(membership->agent),
        .is_controller = membership->controller != NULL &&
                         controller_shell_is_leading(membership->controller),
    };

    if (membership->map != NULL)
        state.version = membership->map->map.head.version;
    return state;
}

/* ---- Events ---- */

bool membership_on_parcel(struct membership *membership,
                          const struct endpoint *from,
                          const struct parcel *parcel)
{
    return membership->controller != NULL &&
           controller_shell_on_parcel(membership->controller, from, parcel);
}

bool membership_on_connection(struct membership *membership,
                              const struct endpoint *from)
{
    return membership->controller != NULL &&
           controller_shell_on_connection(membership->controller, from);
}

bool membership_on_refused(struct membership *membership,
                           const struct endpoint *from)
{
    return membership->controller != NULL &&
           controller_shell_on_refused(membership->controller, from);
}

bool membership_on_job_done(struct membership *membership,
                            const struct worker *from)
{
    return agent_on_job_done(membership->agent, from) ||
           (membership->controller != NULL &&
            controller_shell_on_job_done(membership->controller, from));
}

void membership_on_batch_end(struct membership *membership, uint64_t now_ms)
{
    switch (agent_tick(membership->agent, now_ms)) {
    case AGENT_NOTHING:
        if (agent_status(membership->agent) == DALV_OK)
            membership->has_told_failure = false;
        break;
    case AGENT_MAP:
        take_map(membership);
        break;
    case AGENT_FAILED:
        tell_failure(membership);
        break;
    }
    if (membership->controller != NULL)
        controller_shell_on_batch_end(membership->controller, now_ms);
}

uint64_t membership_next_deadline_ms(const struct membership *membership)
{
    uint64_t next_ms = agent_next_ms(membership->agent);

    if (membership->controller != NULL &&
        controller_shell_next_deadline_ms(membership->controller) < next_ms)
        next_ms = controller_shell_next_deadline_ms(membership->controller);
    return next_ms;
}

/* ---- Life ---- */

static enum dalv_status open_session(const struct membership *membership,
                                     struct control_store **out_store,
                                     struct config_error *error)
{
    const struct config_control *control = &membership->config->control;
    const struct control_place place = {
        .name = control->store,
        .authority = control->authority_file,
        .certificate = control->certificate_file,
        .key = control->key_file,
    };
    char said[PROBLEM_BYTES];
    struct text problem;
    enum dalv_status status;

    text_init(&problem, said, sizeof(said));
    status = control_place_open(&place, out_store, &problem);
    return status == DALV_OK
               ? DALV_OK
               : explain(error, status, "control.store", text_string(&problem));
}

static enum dalv_status open_agent(struct membership *membership,
                                   struct config_error *error)
{
    struct control_store *store = NULL;
    struct control_desk *desk = NULL;
    enum dalv_status status = open_session(membership, &store, error);

    if (status != DALV_OK)
        return status;
    status = control_desk_create("agent", &store, &desk);
    if (status == DALV_OK)
        status = agent_create(&desk, &membership->budget.allocator,
                              &membership->agent);
    if (status != DALV_OK)
        return explain(error, status, "control.store", "");
    loop_add_worker(membership->loop, agent_worker(membership->agent));
    return DALV_OK;
}

static enum dalv_status open_controller(struct membership *membership,
                                        struct config_error *error)
{
    const struct keyring *keyring = membership->keyring;
    struct controller_shell_options options = {
        .id = random_u64(),
        .name = membership->config->node.name,
        .keys = keyring->has_keys ? &keyring->nodes : NULL,
        .allocator = &membership->budget.allocator,
    };
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < CONTROLLER_LANES; i++)
        status = open_session(membership, &options.stores[i], error);
    if (status == DALV_OK)
        return controller_shell_open(&options, membership->loop,
                                     &membership->controller);
    for (size_t i = 0; i < CONTROLLER_LANES; i++)
        control_store_close(&options.stores[i]);
    return status;
}

enum dalv_status membership_open(const struct config *config,
                                 struct keyring *keyring, struct loop *loop,
                                 struct membership **out_membership,
                                 struct config_error *out_error)
{
    struct membership *membership = calloc(1, sizeof(*membership));
    enum dalv_status status;

    ASSERT(membership != NULL);
    membership->config = config;
    membership->keyring = keyring;
    membership->loop = loop;
    budget_init(&membership->budget, MEMORY_BYTES);
    status = open_agent(membership, out_error);
    if (status == DALV_OK && (config->roles & CONFIG_ROUTER) != 0)
        status = open_controller(membership, out_error);
    if (status == DALV_OK)
        *out_membership = membership;
    else
        membership_close(&membership);
    return status;
}

void membership_close(struct membership **membership_p)
{
    struct membership *membership = *membership_p;

    *membership_p = NULL;
    if (membership == NULL)
        return;
    controller_shell_close(&membership->controller);
    if (membership->agent != NULL)
        loop_remove_worker(membership->loop, agent_worker(membership->agent));
    agent_destroy(&membership->agent);
    control_map_destroy(&membership->map);
    free(membership);
}
