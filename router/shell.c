#include "router/shell.h"

#include "base/assert.h"
#include "base/budget.h"
#include "base/clock.h"
#include "net/endpoint.h"
#include "net/parcel.h"
#include "proto/codec.h"
#include "proto/frame.h"
#include "router/node_links.h"

#include <stdlib.h>

/*
 * A client is named by its connection and by the port that it came by: peers
 * of two endpoints may have the same number.
 */
#define DEVICE_PORT_BIT (UINT64_C(1) << 63)

enum {
    NODE_QUEUE_BYTES_MAX = 64 << 20, /* Requests that it has not taken. */
};

struct router_shell {
    struct router_shell_options options;
    struct loop *loop;
    struct budget budget;
    struct router_core *core;
    struct endpoint *backends;
    struct endpoint *devices;
    struct node_links nodes;
    struct buffer frame;
    uint8_t *arena_block;
    struct router_metrics metrics;
    struct router_event failures[ROUTER_EFFECTS_MAX]; /* Not yet stepped. */
    size_t failure_count;
    uint64_t unreadable_count;
    uint64_t undelivered_count;
};

/* ---- Effects ---- */

/*
 * Something could not be sent. The core is told once all effects of its step
 * are carried out: they borrow from sessions that it may end then. An event of
 * a failure has one effect that can fail again, or none, so there is room.
 */
static void fail(struct router_shell *shell, struct router_event event)
{
    ASSERT(shell->failure_count < ROUTER_EFFECTS_MAX);
    shell->failures[shell->failure_count++] = event;
}

/* Who is gone, or does not read, is dropped, alone. */
static void send_to_client(struct router_shell *shell, uint64_t peer,
                           struct parcel *parcel)
{
    struct endpoint *endpoint =
        (peer & DEVICE_PORT_BIT) != 0 ? shell->devices : shell->backends;

    parcel_set_peer(parcel, peer & ~DEVICE_PORT_BIT);
    if (endpoint_send(endpoint, &parcel) == DALV_OK)
        return;
    shell->undelivered_count++;
    fail(shell,
         (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = peer});
}

static struct parcel *encode(struct router_shell *shell,
                             const struct message *message)
{
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
    enum dalv_status status;

    buffer_clear(&shell->frame);
    status = codec_encode(message, &shell->frame);
    ASSERT(status == DALV_OK);
    parcel_push_back(parcel, buffer_bytes(&shell->frame));
    return parcel;
}

/* The parcel that the client's frame came in, or a new one with one kept. */
static struct parcel *parcel_for(struct bytes frame, struct parcel **parcel_p)
{
    struct parcel *parcel;

    if (parcel_p != NULL && *parcel_p != NULL &&
        parcel_frame(*parcel_p, 0).data == frame.data) {
        parcel = *parcel_p;
        *parcel_p = NULL;
        parcel_set_peer(parcel, PARCEL_ONLY_PEER);
        return parcel;
    }
    parcel = parcel_create(PARCEL_ONLY_PEER);
    parcel_push_back(parcel, frame);
    return parcel;
}

/* The envelope goes before the frame. */
static void forward_parcel(struct router_shell *shell,
                           const struct router_effect *effect,
                           struct parcel *parcel)
{
    enum dalv_status status;

    buffer_clear(&shell->frame);
    status = codec_encode(&effect->message, &shell->frame);
    if (status == DALV_OK) {
        parcel_push_front(parcel, buffer_bytes(&shell->frame));
        status = node_links_send(&shell->nodes, effect->node, &parcel);
    } else {
        parcel_destroy(&parcel);
        status = DALV_BUSY;
    }
    if (status != DALV_OK)
        fail(shell, (struct router_event){.type = ROUTER_FORWARD_FAILED,
                                          .request = effect->message.request,
                                          .status = status});
}

/* The client's frame travels on as it came. */
static void forward(struct router_shell *shell,
                    const struct router_effect *effect,
                    struct parcel **parcel_p)
{
    forward_parcel(shell, effect, parcel_for(effect->frame, parcel_p));
}

static void forward_watch(struct router_shell *shell,
                          const struct router_effect *effect)
{
    const struct message question = {.type = MESSAGE_WATCH,
                                     .request = effect->watch_request,
                                     .watch = effect->watch};

    forward_parcel(shell, effect, encode(shell, &question));
}

/* A DISMISS that is lost is said again at the next push. */
static void ask_node(struct router_shell *shell, uint32_t node,
                     const struct message *message)
{
    struct parcel *parcel = encode(shell, message);
    enum dalv_status status = node_links_send(&shell->nodes, node, &parcel);

    if (status == DALV_OK)
        return;
    if (message->type == MESSAGE_VOUCH)
        fail(shell, (struct router_event){.type = ROUTER_VOUCH_FAILED,
                                          .node = node,
                                          .session = message->vouch.number});
    else if (message->request != 0)
        fail(shell, (struct router_event){.type = ROUTER_FORWARD_FAILED,
                                          .request = message->request,
                                          .status = status});
}

static void ask_all(struct router_shell *shell, const struct message *message)
{
    for (size_t i = 0; i < shell->nodes.count; i++)
        ask_node(shell, shell->nodes.items[i].node, message);
}

static void want_map(const struct router_shell *shell)
{
    if (shell->options.want_map != NULL)
        shell->options.want_map(shell->options.want_map_context);
}

static void pass_answer(struct router_shell *shell, uint64_t peer,
                        struct parcel **parcel_p)
{
    struct parcel *parcel;

    ASSERT(parcel_p != NULL);
    parcel = *parcel_p;
    *parcel_p = NULL;
    parcel_pop_front(parcel);
    send_to_client(shell, peer, parcel);
}

/* Of one step at most one effect sends on the parcel that caused it. */
static void act(struct router_shell *shell, const struct router_effect *effect,
                struct parcel **parcel_p)
{
    switch (effect->type) {
    case ROUTER_ANSWER:
        send_to_client(shell, effect->peer, encode(shell, &effect->message));
        break;
    case ROUTER_PASS_ANSWER:
        pass_answer(shell, effect->peer, parcel_p);
        break;
    case ROUTER_ASK:
        ask_node(shell, effect->node, &effect->message);
        break;
    case ROUTER_ASK_ALL:
        ask_all(shell, &effect->message);
        break;
    case ROUTER_FETCH_MAP:
        want_map(shell);
        break;
    case ROUTER_FORWARD:
        forward(shell, effect, parcel_p);
        break;
    case ROUTER_FORWARD_WATCH:
        forward_watch(shell, effect);
        break;
    }
}

static void step_once(struct router_shell *shell, struct router_event event,
                      struct parcel **parcel_p)
{
    struct router_effects effects;

    event.now_ms = loop_now_ms(shell->loop);
    event.wall_us = clock_wall_us();
    router_core_step(shell->core, &event, &effects);
    for (size_t i = 0; i < effects.count; i++)
        act(shell, &effects.items[i], parcel_p);
}

static void tell_failures(struct router_shell *shell)
{
    while (shell->failure_count > 0)
        step_once(shell, shell->failures[--shell->failure_count], NULL);
}

static void step(struct router_shell *shell, struct router_event event,
                 struct parcel **parcel_p)
{
    step_once(shell, event, parcel_p);
    tell_failures(shell);
}

/* ---- What happened ---- */

/* Whoever can be named is told what was wrong with the frame. */
static void refuse_frame(struct router_shell *shell, uint64_t peer,
                         struct bytes bytes, enum dalv_status status)
{
    struct message refused = {
        .type = MESSAGE_REFUSED,
        .refused = {.status = status,
                    .text = bytes_from_text(status_text(status))},
    };
    struct frame frame;

    shell->unreadable_count++;
    if (frame_decode(bytes, &frame) != DALV_OK)
        return;
    refused.request = frame.request;
    send_to_client(shell, peer, encode(shell, &refused));
    tell_failures(shell);
}

static void on_client_parcel(struct router_shell *shell, bool is_device_port,
                             struct parcel **parcel_p)
{
    struct bytes frame = parcel_frame(*parcel_p, 0);
    uint64_t peer =
        parcel_peer(*parcel_p) | (is_device_port ? DEVICE_PORT_BIT : 0);
    struct message message;
    struct arena arena;
    enum dalv_status status = DALV_PROTOCOL;

    arena_init(&arena, shell->arena_block, CODEC_ARENA_BYTES_MAX);
    if (parcel_frame_count(*parcel_p) == 1)
        status = codec_decode(frame, &arena, &message);
    if (status != DALV_OK) {
        refuse_frame(shell, peer, frame, status);
        return;
    }
    step(shell,
         (struct router_event){.type = ROUTER_CLIENT_SENT,
                               .peer = peer,
                               .is_device_port = is_device_port,
                               .message = &message,
                               .frame = frame},
         parcel_p);
}

static void on_node_parcel(struct router_shell *shell, uint32_t node,
                           struct parcel **parcel_p)
{
    struct message message;
    struct frame answer = {.type = 0};
    struct arena arena;

    arena_init(&arena, shell->arena_block, CODEC_ARENA_BYTES_MAX);
    if (codec_decode(parcel_frame(*parcel_p, 0), &arena, &message) != DALV_OK ||
        (message.type == MESSAGE_ANSWERED &&
         (parcel_frame_count(*parcel_p) != 2 ||
          frame_decode(parcel_frame(*parcel_p, 1), &answer) != DALV_OK))) {
        shell->unreadable_count++;
        return;
    }
    step(shell,
         (struct router_event){.type = ROUTER_NODE_SENT,
                               .node = node,
                               .message = &message,
                               .answer_type = answer.type},
         parcel_p);
}

bool router_shell_on_parcel(struct router_shell *shell,
                            const struct endpoint *from,
                            struct parcel **parcel_p)
{
    uint32_t node;

    if (from == shell->devices || from == shell->backends) {
        on_client_parcel(shell, from == shell->devices, parcel_p);
        return true;
    }
    node = node_links_node(&shell->nodes, from);
    if (node != 0)
        on_node_parcel(shell, node, parcel_p);
    return node != 0;
}

bool router_shell_on_connection(struct router_shell *shell,
                                const struct endpoint *from, bool is_connected)
{
    uint32_t node = node_links_node(&shell->nodes, from);

    if (node == 0)
        return false;
    step(shell,
         (struct router_event){.type = is_connected ? ROUTER_NODE_CONNECTED
                                                    : ROUTER_NODE_LOST,
                               .node = node},
         NULL);
    return true;
}

enum dalv_status router_shell_set_map(struct router_shell *shell,
                                      const struct cluster_map *map)
{
    enum dalv_status status = node_links_follow(&shell->nodes, map);

    step(shell, (struct router_event){.type = ROUTER_MAP_LEARNT, .map = map},
         NULL);
    return status;
}

void router_shell_set_limits(struct router_shell *shell,
                             const struct admission_limits *limits,
                             uint32_t deadline_ms)
{
    router_core_set_limits(shell->core, limits, deadline_ms);
}

void router_shell_review_tokens(struct router_shell *shell)
{
    router_core_review_tokens(shell->core, loop_now_ms(shell->loop));
}

void router_shell_on_deadline(struct router_shell *shell)
{
    while (router_core_next_deadline_ms(shell->core) <=
           loop_now_ms(shell->loop))
        step(shell, (struct router_event){.type = ROUTER_TICKED}, NULL);
}

uint64_t router_shell_next_deadline_ms(const struct router_shell *shell)
{
    return router_core_next_deadline_ms(shell->core);
}

const struct router_metrics *router_shell_metrics(
    const struct router_shell *shell)
{
    return &shell->metrics;
}

void router_shell_measure(struct router_shell *shell)
{
    const struct router_counters *counters = router_core_counters(shell->core);
    struct router_metrics *metrics = &shell->metrics;
    size_t untaken = endpoint_untaken_bytes(shell->backends) +
                     endpoint_untaken_bytes(shell->devices);

    metric_counter_set(&metrics->requests, counters->requests);
    metric_counter_set(&metrics->refused, counters->refused);
    metric_counter_set(&metrics->hellos_refused, counters->hellos_refused);
    metric_counter_set(&metrics->rates_refused, counters->rates_refused);
    metric_counter_set(&metrics->sessions_expired, counters->sessions_expired);
    metric_counter_set(&metrics->timed_out, counters->timed_out);
    metric_counter_set(&metrics->held, counters->held);
    metric_counter_set(&metrics->repeated, counters->repeated);
    metric_counter_set(&metrics->not_master, counters->not_master);
    metric_counter_set(&metrics->unreadable, shell->unreadable_count);
    metric_counter_set(&metrics->undelivered, shell->undelivered_count);
    metric_gauge_set(&metrics->sessions,
                     (int64_t)router_core_session_count(shell->core));
    metric_gauge_set(&metrics->pending,
                     (int64_t)router_core_pending_count(shell->core));
    metric_gauge_set(&metrics->waiting_bytes, (int64_t)untaken);
}

bool router_shell_is_ready(const struct router_shell *shell)
{
    return router_core_is_attached(shell->core);
}

void router_shell_drain(struct router_shell *shell)
{
    loop_pause(shell->loop, shell->backends);
    loop_pause(shell->loop, shell->devices);
}

bool router_shell_is_idle(const struct router_shell *shell)
{
    return router_core_pending_count(shell->core) == 0 &&
           endpoint_waiting_bytes(shell->backends) == 0 &&
           endpoint_waiting_bytes(shell->devices) == 0;
}

/* ---- Life ---- */

static enum dalv_status open_one(struct router_shell *shell,
                                 const struct endpoint_options *options,
                                 struct endpoint **out_endpoint,
                                 const char **out_address)
{
    enum dalv_status status = endpoint_open(options, out_endpoint);

    if (status == DALV_OK)
        loop_add_endpoint(shell->loop, *out_endpoint);
    else
        *out_address = options->address;
    return status;
}

static enum dalv_status open_endpoints(struct router_shell *shell,
                                       const char **out_address)
{
    const struct router_shell_options *options = &shell->options;
    const struct endpoint_options backends = {
        .role = ENDPOINT_FOR_CLIENTS,
        .address = options->backend_address,
        .keys = options->backend_keys,
        .queue_bytes_max = options->client_queue_bytes,
        .total_bytes_max = options->port_queue_bytes,
    };
    const struct endpoint_options devices = {
        .role = ENDPOINT_FOR_CLIENTS,
        .address = options->device_address,
        .keys = options->device_keys,
        .queue_bytes_max = options->client_queue_bytes,
        .total_bytes_max = options->port_queue_bytes,
    };
    enum dalv_status status =
        open_one(shell, &backends, &shell->backends, out_address);

    if (status == DALV_OK)
        status = open_one(shell, &devices, &shell->devices, out_address);
    return status;
}

static enum dalv_status make_core(struct router_shell *shell)
{
    const struct router_shell_options *options = &shell->options;
    const struct router_options core_options = {
        .router_id = options->router_id,
        .cluster_id = options->cluster_id,
        .boot_session = options->boot_session,
        .session_max = options->session_max,
        .pending_max = options->pending_max,
        .frame_bytes_max = options->frame_bytes_max,
        .deadline_ms = options->deadline_ms,
        .limits = options->limits,
        .token_judge = options->token_judge,
        .allocator = &shell->budget.allocator,
    };

    shell->core = router_core_create(&core_options);
    shell->arena_block = malloc(CODEC_ARENA_BYTES_MAX);
    return shell->core == NULL || shell->arena_block == NULL ? DALV_NO_MEMORY
                                                             : DALV_OK;
}

enum dalv_status router_shell_open(const struct router_shell_options *options,
                                   struct loop *loop,
                                   struct router_shell **out_shell,
                                   const char **out_address)
{
    struct router_shell *shell = calloc(1, sizeof(*shell));
    enum dalv_status status;

    ASSERT(shell != NULL);
    shell->options = *options;
    shell->loop = loop;
    shell->nodes.loop = loop;
    shell->nodes.own = options->node;
    shell->nodes.own_node = options->node_id;
    shell->nodes.keys = options->node_keys;
    shell->nodes.queue_bytes_max = NODE_QUEUE_BYTES_MAX;
    budget_init(&shell->budget, options->memory_bytes_max);
    buffer_init(&shell->frame);
    *out_address = "";
    status = make_core(shell);
    if (status == DALV_OK)
        status = open_endpoints(shell, out_address);
    if (status == DALV_OK)
        *out_shell = shell;
    else
        router_shell_close(&shell);
    return status;
}

static void close_one(struct router_shell *shell, struct endpoint **endpoint_p)
{
    if (*endpoint_p == NULL)
        return;
    loop_remove_endpoint(shell->loop, *endpoint_p);
    endpoint_close(endpoint_p);
}

void router_shell_close(struct router_shell **shell_p)
{
    struct router_shell *shell = *shell_p;

    *shell_p = NULL;
    if (shell == NULL)
        return;
    close_one(shell, &shell->backends);
    close_one(shell, &shell->devices);
    node_links_close(&shell->nodes);
    router_core_destroy(&shell->core);
    buffer_deinit(&shell->frame);
    free(shell->arena_block);
    free(shell);
}
