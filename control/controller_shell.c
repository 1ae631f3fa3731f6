#include "control/controller_shell.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/control_desk.h"
#include "proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENDPOINT_TEXT_BYTES = CLUSTER_ADDRESS_BYTES_MAX + 8,
};

/* A node, and the connection to it. */
struct node_link {
    struct cluster_node node;
    struct endpoint_keys keys;
    struct endpoint *endpoint; /* NULL until there is something to say. */
};

struct controller_shell {
    struct loop *loop;
    struct controller_shell_options options;
    struct controller *controller;
    struct controller_effects *effects;
    struct control_desk *desks[CONTROLLER_LANES];
    struct node_link links[CLUSTER_NODES_MAX];
    size_t link_count;
    struct cluster_version version; /* Of the map that has them. */
    struct buffer frame;
    void *arena_block;
    uint64_t unreadable_count;
};

/* ---- Nodes ---- */

static struct node_link *find(struct controller_shell *shell, uint32_t node)
{
    for (size_t i = 0; i < shell->link_count; i++) {
        if (shell->links[i].node.id == node)
            return &shell->links[i];
    }
    return NULL;
}

static struct node_link *find_by_endpoint(struct controller_shell *shell,
                                          const struct endpoint *endpoint)
{
    for (size_t i = 0; i < shell->link_count; i++) {
        if (shell->links[i].endpoint == endpoint)
            return &shell->links[i];
    }
    return NULL;
}

static void disconnect(struct controller_shell *shell, struct node_link *link)
{
    if (link->endpoint == NULL)
        return;
    loop_remove_endpoint(shell->loop, link->endpoint);
    endpoint_close(&link->endpoint);
}

static void connect(struct controller_shell *shell, struct node_link *link)
{
    char address[ENDPOINT_TEXT_BYTES];
    struct endpoint_options options = {.role = ENDPOINT_TO_NODE,
                                       .address = address};

    if (link->node.address[0] == '\0')
        return;
    if (cluster_node_has_key(&link->node))
        options.keys = &link->keys;
    (void)snprintf(address, sizeof(address), "tcp://%s", link->node.address);
    if (endpoint_open(&options, &link->endpoint) == DALV_OK)
        loop_add_endpoint(shell->loop, link->endpoint);
    else
        LOG(LOG_ERROR, "node_unusable", log_u64("node", link->node.id),
            log_text("address", address));
}

static void set_link(struct controller_shell *shell,
                     const struct cluster_node *node)
{
    struct node_link *link = find(shell, node->id);

    if (link == NULL) {
        ASSERT(shell->link_count < CLUSTER_NODES_MAX);
        link = &shell->links[shell->link_count++];
        memset(link, 0, sizeof(*link));
    }
    if (strcmp(link->node.address, node->address) != 0 ||
        memcmp(link->node.key, node->key, sizeof(node->key)) != 0 ||
        node->state == CLUSTER_NODE_REMOVED)
        disconnect(shell, link);
    link->node = *node;
    link->keys.gate = GATE_NODES;
    if (shell->options.keys != NULL)
        link->keys.own = shell->options.keys->own;
    memcpy(link->keys.server.bytes, node->key, sizeof(node->key));
}

void controller_shell_set_map(struct controller_shell *shell,
                              const struct cluster_map *map)
{
    if (cluster_version_compare(map->head.version, shell->version) <= 0)
        return;
    shell->version = map->head.version;
    for (size_t i = 0; i < map->node_count; i++)
        set_link(shell, &map->nodes[i]);
}

/* What does not arrive the controller says again. */
static void send(struct controller_shell *shell,
                 const struct controller_message *message)
{
    struct node_link *link = find(shell, message->node);
    struct parcel *parcel;

    if (link == NULL || link->node.state == CLUSTER_NODE_REMOVED)
        return;
    if (link->endpoint == NULL)
        connect(shell, link);
    if (link->endpoint == NULL)
        return;
    buffer_clear(&shell->frame);
    if (codec_encode(&message->message, &shell->frame) != DALV_OK) {
        shell->unreadable_count++;
        return;
    }
    parcel = parcel_create(PARCEL_ONLY_PEER);
    parcel_push_buffer(parcel, &shell->frame);
    if (endpoint_send(link->endpoint, &parcel) != DALV_OK)
        return;
}

/* ---- News ---- */

static const char *news_name(enum controller_news_type type)
{
    switch (type) {
    case CONTROLLER_ELECTED:
        return "controller_elected";
    case CONTROLLER_LOST:
        return "controller_lost";
    case CONTROLLER_NODE_BACK:
        return "node_back";
    case CONTROLLER_NODE_AWAY:
        return "node_away";
    case CONTROLLER_NODE_PUT_BACK:
        return "node_put_back";
    case CONTROLLER_OPENED:
        return "epoch_opened";
    case CONTROLLER_STARTED:
        return "master_chosen";
    case CONTROLLER_BALANCING:
        return "leads_uneven";
    case CONTROLLER_BALANCED:
        return "leads_balanced";
    case CONTROLLER_HALTED:
        return "partition_halted";
    case CONTROLLER_STORE_FAILED:
        return "control_store_failed";
    }
    return "controller";
}

static enum log_level level_of(enum controller_news_type type)
{
    if (type == CONTROLLER_HALTED || type == CONTROLLER_NODE_PUT_BACK)
        return LOG_ERROR;
    if (type == CONTROLLER_NODE_AWAY || type == CONTROLLER_STORE_FAILED)
        return LOG_WARNING;
    if (type == CONTROLLER_OPENED || type == CONTROLLER_STARTED)
        return LOG_DEBUG;
    return LOG_INFO;
}

static void tell(const struct controller_news *news)
{
    LOG(level_of(news->type), news_name(news->type),
        log_u64("node", news->node), log_u64("partition", news->partition),
        log_u64("epoch", news->epoch),
        log_text("status", status_text(news->status)));
}

/* ---- Steps ---- */

static void step(struct controller_shell *shell, struct controller_event event)
{
    struct controller_effects *effects = shell->effects;

    event.now_ms = clock_boot_ms();
    event.wall_us = clock_wall_us();
    controller_step(shell->controller, &event, effects);
    for (size_t i = 0; i < effects->news_count; i++)
        tell(&effects->news[i]);
    for (size_t i = 0; i < CONTROLLER_LANES; i++) {
        if (effects->questions[i] != NULL)
            control_desk_ask(shell->desks[i], effects->questions[i]);
    }
    if (controller_map(shell->controller) != NULL)
        controller_shell_set_map(shell, controller_map(shell->controller));
    for (size_t i = 0; i < effects->message_count; i++)
        send(shell, &effects->messages[i]);
}

static void collect(struct controller_shell *shell, size_t lane)
{
    struct control_reply reply;

    if (control_desk_is_busy(shell->desks[lane]) &&
        control_desk_collect(shell->desks[lane], &reply))
        step(shell, (struct controller_event){
                        .type = CONTROLLER_REPLIED,
                        .lane = (enum controller_lane)lane,
                        .reply = &reply,
                    });
}

bool controller_shell_on_parcel(struct controller_shell *shell,
                                const struct endpoint *from,
                                const struct parcel *parcel)
{
    const struct node_link *link = find_by_endpoint(shell, from);
    struct message message;
    struct arena arena;

    if (link == NULL)
        return false;
    arena_init(&arena, shell->arena_block, CODEC_ARENA_BYTES_MAX);
    if (codec_decode(parcel_frame(parcel, 0), &arena, &message) != DALV_OK)
        shell->unreadable_count++;
    else
        step(shell, (struct controller_event){.type = CONTROLLER_HEARD,
                                              .message = &message,
                                              .node = link->node.id});
    return true;
}

bool controller_shell_on_connection(struct controller_shell *shell,
                                    const struct endpoint *from)
{
    return find_by_endpoint(shell, from) != NULL;
}

/* It would never try again by itself: the next message does. */
bool controller_shell_on_refused(struct controller_shell *shell,
                                 const struct endpoint *from)
{
    struct node_link *link = find_by_endpoint(shell, from);

    if (link == NULL)
        return false;
    LOG(LOG_WARNING, "node_refuses", log_u64("node", link->node.id));
    disconnect(shell, link);
    return true;
}

bool controller_shell_on_job_done(struct controller_shell *shell,
                                  const struct worker *from)
{
    for (size_t i = 0; i < CONTROLLER_LANES; i++) {
        if (control_desk_on_job_done(shell->desks[i], from))
            return true;
    }
    return false;
}

void controller_shell_on_batch_end(struct controller_shell *shell,
                                   uint64_t now_ms)
{
    for (size_t i = 0; i < CONTROLLER_LANES; i++)
        collect(shell, i);
    if (now_ms >= controller_next_ms(shell->controller))
        step(shell, (struct controller_event){.type = CONTROLLER_TICKED});
}

uint64_t controller_shell_next_deadline_ms(const struct controller_shell *shell)
{
    return controller_next_ms(shell->controller);
}

bool controller_shell_is_leading(const struct controller_shell *shell)
{
    return controller_is_leading(shell->controller, clock_boot_ms());
}

/* ---- Life ---- */

static enum dalv_status open_desks(struct controller_shell *shell)
{
    static const char *const names[CONTROLLER_LANES] = {"counter", "map"};
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < CONTROLLER_LANES; i++) {
        status = control_desk_create(names[i], &shell->options.stores[i],
                                     &shell->desks[i]);
        if (status == DALV_OK)
            loop_add_worker(shell->loop, control_desk_worker(shell->desks[i]));
    }
    return status;
}

enum dalv_status controller_shell_open(
    const struct controller_shell_options *options, struct loop *loop,
    struct controller_shell **out_shell)
{
    struct controller_shell *shell = calloc(1, sizeof(*shell));
    const struct controller_options controller_options = {
        .id = options->id, .name = options->name};
    enum dalv_status status;

    ASSERT(shell != NULL);
    shell->loop = loop;
    shell->options = *options;
    buffer_init(&shell->frame);
    shell->effects = calloc(1, sizeof(*shell->effects));
    shell->arena_block = malloc(CODEC_ARENA_BYTES_MAX);
    ASSERT(shell->effects != NULL && shell->arena_block != NULL);
    status = open_desks(shell);
    if (status == DALV_OK)
        status = controller_create(&controller_options, options->allocator,
                                   &shell->controller);
    if (status == DALV_OK)
        *out_shell = shell;
    else
        controller_shell_close(&shell);
    return status;
}

static void close_desk(struct controller_shell *shell, size_t lane)
{
    if (shell->desks[lane] == NULL) {
        control_store_close(&shell->options.stores[lane]);
        return;
    }
    loop_remove_worker(shell->loop, control_desk_worker(shell->desks[lane]));
    control_desk_destroy(&shell->desks[lane]);
}

void controller_shell_close(struct controller_shell **shell_p)
{
    struct controller_shell *shell = *shell_p;

    *shell_p = NULL;
    if (shell == NULL)
        return;
    /* A question that is under way borrows from the controller. */
    for (size_t i = 0; i < CONTROLLER_LANES; i++)
        close_desk(shell, i);
    for (size_t i = 0; i < shell->link_count; i++)
        disconnect(shell, &shell->links[i]);
    controller_destroy(&shell->controller);
    buffer_deinit(&shell->frame);
    free(shell->arena_block);
    free(shell->effects);
    free(shell);
}
