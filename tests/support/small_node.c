#include "tests/support/small_node.h"

#include "base/assert.h"
#include "model/transaction_format.h"
#include "proto/codec.h"
#include "tests/support/message_line.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLENTY_BYTES = 1 << 30,
    USERS_MAX = 1000,
    CLIENTS_MAX = 1000,
    REFUSALS_MAX = 1000,
    ORDERS_MAX = 4096,
    DEADLINE_MS = 2000,
    ARENA_BYTES = 1 << 20,
    US_PER_MS = 1000,
    LINE_BYTES = 1 << 14,
};

/* ---- Life ---- */

static size_t or_plenty(size_t bytes)
{
    return bytes == 0 ? PLENTY_BYTES : bytes;
}

static bool may_read(void *owner, uint32_t partition)
{
    const struct small_node *node = owner;

    (void)partition;
    return !node->is_lease_over;
}

static uint64_t staleness_us(void *owner, uint32_t partition)
{
    const struct small_node *node = owner;

    (void)partition;
    return node->staleness_us;
}

static void open_core(struct small_node *node,
                      const struct small_node_options *options)
{
    const struct node_options core_options = {
        .node_id = bytes_from_text("n1"),
        .cluster_id = bytes_from_text("c1"),
        .policy = &node->policy,
        .boot_id = 1,
        .seed = 42,
        .partition_count = SMALL_NODE_PARTITIONS,
        .user_max = USERS_MAX,
        .client_max = CLIENTS_MAX,
        .refusal_max =
            options->refusal_max == 0 ? REFUSALS_MAX : options->refusal_max,
        .waiting_bytes_max = or_plenty(options->waiting_bytes_max),
        .token_judge = &node->tokens.judge,
        .may_read = may_read,
        .staleness_us = staleness_us,
        .owner = node,
        .allocator = &node->budget.allocator,
    };

    node->core = node_core_create(&core_options);
    ASSERT(node->core != NULL);
}

static void step(struct small_node *node, struct node_event event)
{
    event.now_ms = node->now_ms;
    event.wall_us = node->wall_us;
    node_core_step(node->core, &event, &node->effects);
}

void small_node_lead(struct small_node *node, uint64_t epoch, uint64_t index)
{
    const struct appender_start start = {.end = {.index = index},
                                         .epoch = epoch};

    for (uint32_t i = 0; i < SMALL_NODE_PARTITIONS; i++)
        step(node, (struct node_event){
                       .type = NODE_LED, .partition = i, .start = &start});
}

struct small_node *small_node_create(const struct small_node_options *options)
{
    static const struct small_node_options plenty;
    struct small_node *node = calloc(1, sizeof(*node));
    enum dalv_status status;

    ASSERT(node != NULL);
    if (options == NULL)
        options = &plenty;
    budget_init(&node->budget, or_plenty(options->memory_bytes_max));
    fake_tokens_init(&node->tokens);
    node->policy = policy_default();
    node->now_ms = 1000;
    node->wall_us = UINT64_C(1000000) * 1000000;
    node->disk = memory_store_create();
    node->kv = memory_kv_open(node->disk);
    status = index_open(node->kv, SMALL_NODE_PARTITIONS, &node->index);
    ASSERT(status == DALV_OK);
    node->clerk = malloc(sizeof(*node->clerk));
    node->gateway = malloc(sizeof(*node->gateway));
    ASSERT(node->clerk != NULL && node->gateway != NULL);
    index_clerk_init(node->clerk, node->index, SMALL_NODE_PARTITIONS,
                     &node->budget.allocator);
    gateway_init(
        node->gateway,
        &(struct gateway_options){
            .allocator = &node->budget.allocator,
            .request_bytes_max = or_plenty(options->memory_bytes_max) / 2,
            .client_bytes_max = or_plenty(options->client_bytes_max),
            .answer_bytes_max = or_plenty(options->answer_bytes_max),
        });
    node_effects_init(&node->effects);
    list_init(&node->held);
    open_core(node, options);
    small_node_lead(node, 1, 0);
    text_init(&node->text, node->said, sizeof(node->said));
    return node;
}

void small_node_destroy(struct small_node **node_p)
{
    struct small_node *node = *node_p;

    *node_p = NULL;
    ASSERT(list_is_empty(&node->held));
    node_core_destroy(&node->core);
    ASSERT(node->budget.bytes_used == 0);
    index_close(&node->index);
    kv_close(&node->kv);
    memory_store_destroy(&node->disk);
    free(node->clerk);
    gateway_deinit(node->gateway);
    free(node->gateway);
    free(node);
}

/* ---- What it says ---- */

static void decode_line(struct small_node *node, struct bytes frame)
{
    static uint8_t block[ARENA_BYTES];
    static char line[LINE_BYTES];
    struct message message;
    struct arena arena;
    struct text text;
    enum dalv_status status;

    arena_init(&arena, block, sizeof(block));
    status = codec_decode(frame, &arena, &message);
    ASSERT(status == DALV_OK);
    text_init(&text, line, sizeof(line));
    message_line_put(&text, &message);
    text_put(&node->text, text_string(&text));
    text_put_char(&node->text, '\n');
}

static void say(struct small_node *node, struct parcel *parcel)
{
    static uint8_t block[ARENA_BYTES];
    struct message envelope;
    struct arena arena;
    enum dalv_status status;

    arena_init(&arena, block, sizeof(block));
    status = codec_decode(parcel_frame(parcel, 0), &arena, &envelope);
    ASSERT(status == DALV_OK);
    if (envelope.type == MESSAGE_ANSWERED && envelope.answered.is_push) {
        text_put(&node->text, "client ");
        text_put_u64(&node->text, envelope.answered.client);
        text_put(&node->text, ": ");
    }
    decode_line(node, parcel_frame(parcel, parcel_frame_count(parcel) - 1));
    parcel_destroy(&parcel);
}

const char *small_node_said(struct small_node *node)
{
    static char said[SMALL_NODE_SAID_BYTES];

    memcpy(said, text_string(&node->text), node->text.size + 1);
    text_init(&node->text, node->said, sizeof(node->said));
    return said;
}

/* ---- What it does ---- */

struct orders {
    struct index_order items[ORDERS_MAX];
    void *places[ORDERS_MAX];
    size_t count;
};

static void add_order(struct orders *orders, struct index_order order)
{
    ASSERT(orders->count < ORDERS_MAX);
    orders->items[orders->count] = order;
    orders->places[orders->count] = &orders->items[orders->count];
    orders->count++;
}

static void gather_orders(struct node_effects *effects, struct orders *orders)
{
    struct index_order order;

    orders->count = 0;
    while (index_order_take(effects, &order))
        add_order(orders, order);
}

static bool run_index(struct small_node *node)
{
    struct orders *orders = malloc(sizeof(*orders));
    bool has_run;

    ASSERT(orders != NULL);
    gather_orders(&node->effects, orders);
    has_run = orders->count > 0;
    index_clerk_run(node->clerk, orders->places, orders->count);
    for (size_t i = 0; i < orders->count; i++) {
        ASSERT(orders->items[i].status == DALV_OK);
        step(node, index_order_event(&orders->items[i]));
    }
    free(orders);
    return has_run;
}

static bool run_log(struct small_node *node)
{
    struct list_link *link;
    bool has_run = false;

    if (node->is_log_held) {
        list_append_all(&node->held, &node->effects.proposals);
        return false;
    }
    while ((link = list_take(&node->effects.proposals)) != NULL) {
        step(node, (struct node_event){
                       .type = NODE_COMMITTED,
                       .proposal = LIST_ITEM(link, struct proposal, link)});
        has_run = true;
    }
    node->sync_count += has_run;
    return has_run;
}

static void run_answers(struct small_node *node)
{
    struct node_effects *effects = &node->effects;
    struct list_link *link;

    while ((link = list_take(&effects->answers)) != NULL) {
        struct request *request = LIST_ITEM(link, struct request, link);

        say(node, gateway_answer(request));
        node_core_finish(node->core, request);
        gateway_end(node->gateway, &request);
    }
    while ((link = list_take(&effects->pushes)) != NULL) {
        struct push_out *push = LIST_ITEM(link, struct push_out, link);

        say(node, gateway_push(push));
        push_destroy(&push, &node->budget.allocator);
    }
    for (size_t i = 0; i < effects->reply_count; i++)
        say(node, gateway_reply(effects->replies[i].peer,
                                &effects->replies[i].message));
    effects->reply_count = 0;
}

void small_node_run(struct small_node *node)
{
    bool has_run = true;

    while (has_run) {
        step(node, (struct node_event){.type = NODE_ROUND_ENDED});
        has_run = run_index(node);
        has_run = run_log(node) || has_run;
        run_answers(node);
    }
}

void small_node_rest(struct small_node *node)
{
    for (uint32_t i = 0; i < SMALL_NODE_PARTITIONS; i++)
        step(node, (struct node_event){.type = NODE_RESTED, .partition = i});
    small_node_run(node);
}

void small_node_abandon(struct small_node *node)
{
    struct list_link *link;

    while ((link = list_take(&node->held)) != NULL)
        step(node, (struct node_event){
                       .type = NODE_ABANDONED,
                       .proposal = LIST_ITEM(link, struct proposal, link)});
    node->is_log_held = false;
    small_node_run(node);
}

void small_node_sync_log(struct small_node *node)
{
    list_append_all(&node->effects.proposals, &node->held);
    node->is_log_held = false;
    (void)run_log(node);
    small_node_run(node);
}

void small_node_pass(struct small_node *node, uint64_t ms)
{
    node->now_ms += ms;
    node->wall_us += ms * US_PER_MS;
    while (node_core_next_deadline_ms(node->core) <= node->now_ms) {
        step(node, (struct node_event){.type = NODE_TICKED});
        small_node_run(node);
    }
}

/* ---- What it hears ---- */

static void take(struct small_node *node, struct parcel *parcel)
{
    struct gateway_intake intake;
    enum dalv_status status =
        gateway_take(node->gateway, parcel, node->now_ms, &intake);

    if (status != DALV_OK)
        say(node, gateway_refuse(parcel, &intake.message, status));
    else if (intake.request != NULL)
        step(node, (struct node_event){.type = NODE_FORWARDED,
                                       .request = intake.request});
    else
        step(node, (struct node_event){.type = NODE_ROUTER_SENT,
                                       .peer = parcel_peer(parcel),
                                       .message = &intake.message});
    parcel_destroy(&parcel);
}

static void push_frame(struct parcel *parcel, const struct message *message,
                       size_t cut_bytes)
{
    struct buffer frame;
    enum dalv_status status;

    buffer_init(&frame);
    status = codec_encode(message, &frame);
    ASSERT(status == DALV_OK && cut_bytes < frame.size);
    frame.size -= cut_bytes;
    parcel_push_back(parcel, buffer_bytes(&frame));
    buffer_deinit(&frame);
}

void small_node_hear(struct small_node *node, uint64_t router,
                     const struct message *message)
{
    struct parcel *parcel = parcel_create(router);

    push_frame(parcel, message, 0);
    take(node, parcel);
    run_answers(node);
}

void small_node_vouch(struct small_node *node, uint64_t number,
                      const struct token_claims *claims)
{
    small_node_hear(
        node, 1,
        &(struct message){
            .type = MESSAGE_VOUCH,
            .vouch = {.number = number, .token = fake_tokens_show(claims)},
        });
}

void small_node_meet_backend(struct small_node *node)
{
    const struct token_claims claims = fake_tokens_backend(2000000);

    small_node_hear(node, 1,
                    &(struct message){
                        .type = MESSAGE_ATTACH,
                        .attach = {.cluster_id = bytes_from_text("c1"),
                                   .router = bytes_from_text("r1"),
                                   .session = 1},
                    });
    small_node_vouch(node, 1, &claims);
    (void)small_node_said(node);
}

static uint64_t or_one(uint64_t number)
{
    return number == 0 ? 1 : number;
}

static void ask(struct small_node *node, const struct small_node_way *by,
                const struct message *question, size_t cut_bytes)
{
    struct parcel *parcel = parcel_create(or_one(by->router));
    struct bytes user =
        by->user == NULL ? message_user(question) : bytes_from_text(by->user);
    uint32_t deadline_ms = by->deadline_ms == 0 ? DEADLINE_MS : by->deadline_ms;

    push_frame(parcel,
               &(struct message){
                   .type = MESSAGE_FORWARD,
                   .request = question->request,
                   .forward = {.session = or_one(by->session),
                               .token = or_one(by->token),
                               .user = user,
                               .device = by->device,
                               .client = or_one(by->token),
                               .deadline_ms = deadline_ms},
               },
               0);
    push_frame(parcel, question, cut_bytes);
    take(node, parcel);
}

static const struct small_node_way usual;

void small_node_ask(struct small_node *node, const struct small_node_way *way,
                    const struct message *question)
{
    ask(node, way == NULL ? &usual : way, question, 0);
}

void small_node_ask_cut(struct small_node *node, const struct message *question,
                        size_t cut_bytes)
{
    ask(node, &usual, question, cut_bytes);
}

/* ---- Questions ---- */

struct message small_node_get(uint32_t number, const char *user,
                              const char *key)
{
    return (struct message){
        .type = MESSAGE_GET,
        .request = number,
        .get = {.user = bytes_from_text(user), .key = bytes_from_text(key)},
    };
}

struct message small_node_update(uint32_t number, const char *user,
                                 const struct transaction *transaction,
                                 struct writer *memory)
{
    size_t begin = memory->size;
    struct message message = {
        .type = MESSAGE_UPDATE,
        .request = number,
        .update = {.user = bytes_from_text(user)},
    };
    enum dalv_status status = transaction_encode(transaction, memory);

    ASSERT(status == DALV_OK);
    memcpy(message.update.id.bytes, &number, sizeof(number));
    message.update.transaction =
        bytes_make(writer_bytes(memory).data + begin, memory->size - begin);
    return message;
}
