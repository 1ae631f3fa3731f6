#include "tests/sim/line.h"

#include "base/assert.h"
#include "proto/codec.h"
#include "tests/sim/world.h"

enum {
    PATIENCE_US = 3000000,
    PATIENCE_MORE_US = 2000000,
};

void line_init(struct line *line, struct world *world,
               const struct line_handlers *handlers)
{
    *line = (struct line){.world = world, .handlers = *handlers};
    buffer_init(&line->frame);
}

void line_deinit(struct line *line)
{
    line_close(line);
    buffer_deinit(&line->frame);
}

void line_close(struct line *line)
{
    line->state = LINE_DOWN;
    line->asked++;
    if (line->wire == NULL)
        return;
    wire_drop(line->wire, WIRE_CLIENT);
    line->wire = NULL;
}

static void lose(struct line *line)
{
    line_close(line);
    line->handlers.on_lost(line->handlers.owner);
}

static void on_alarm(void *owner, struct moment *moment)
{
    struct line *line = owner;

    if (moment->number == line->asked)
        lose(line);
}

static void set_alarm(struct line *line)
{
    struct world *world = line->world;
    const struct moment alarm = {
        .at_us = world->now_us + PATIENCE_US +
                 prng_below(&world->prng, PATIENCE_MORE_US),
        .run = on_alarm,
        .owner = line,
        .number = ++line->asked,
    };

    schedule_put(&world->schedule, alarm);
}

static void send(struct line *line, const struct message *message)
{
    struct message numbered = *message;
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
    enum dalv_status status;

    numbered.request = ++line->request;
    if (message->type == MESSAGE_HELLO)
        line->expires_us = world_token_expiry_us(line->world);
    line->is_expired = line->world->faults.rates[FAULT_NODE_CLOCK] == 0 &&
                       world_server_wall_us(line->world) >=
                           line->expires_us + faults_skew_us_max(line->world);
    buffer_clear(&line->frame);
    status = codec_encode(&numbered, &line->frame);
    ASSERT(status == DALV_OK);
    parcel_push_back(parcel, buffer_bytes(&line->frame));
    set_alarm(line);
    (void)wire_send(line->wire, WIRE_SERVER, &parcel);
}

/* Promise 8 and 10: neither a client's word nor its clock lengthens a token. */
static void judge_answer(struct line *line, const struct message *message)
{
    if (line->is_expired && line->state == LINE_ASKING &&
        message->type != MESSAGE_REFUSED && message->type != MESSAGE_WELCOMED)
        world_fail(line->world, "an expired token was accepted for %s",
                   message_type_name(message->type));
}

static void take_answer(struct line *line, const struct message *message)
{
    judge_answer(line, message);
    if (line->state == LINE_GREETING && message->type == MESSAGE_REFUSED)
        line_close(line);
    else
        line->state = LINE_READY;
    line->asked++;
    line->handlers.on_answer(line->handlers.owner, message);
}

/* What answers an older question is late, or came twice. */
static void on_parcel(void *owner, struct wire *wire, struct parcel **parcel_p)
{
    struct line *line = owner;
    struct message message;
    struct arena arena;
    enum dalv_status status;

    if (wire != line->wire)
        return;
    arena_init(&arena, line->world->arena_block, CODEC_ARENA_BYTES_MAX);
    status = codec_decode(parcel_frame(*parcel_p, 0), &arena, &message);
    if (status != DALV_OK) {
        world_fail(line->world, "a client cannot read: %s",
                   status_text(status));
        return;
    }
    if (message.request == 0)
        line->handlers.on_push(line->handlers.owner, &message);
    else if (message.request == line->request &&
             (line->state == LINE_GREETING || line->state == LINE_ASKING))
        take_answer(line, &message);
}

static void on_cut(void *owner, struct wire *wire)
{
    struct line *line = owner;

    if (wire == line->wire)
        lose(line);
}

void line_open(struct line *line, const struct message *hello)
{
    struct world *world = line->world;
    struct router_process *router =
        &world->routers[prng_below(&world->prng, WORLD_ROUTERS)];

    ASSERT(line->wire == NULL);
    line->session++;
    line->wire = wires_add(&world->wires);
    line->wire->is_lossy = !line->is_faithful;
    line->wire->is_device = hello->hello.is_device;
    line->wire->ends[WIRE_CLIENT] = (struct wire_end){
        .owner = line, .on_parcel = on_parcel, .on_cut = on_cut};
    line->state = LINE_GREETING;
    if (router_process_accept(router, line->wire))
        send(line, hello);
    else
        wire_cut(line->wire);
}

void line_ask(struct line *line, const struct message *question)
{
    ASSERT(line->state == LINE_READY);
    line->state = LINE_ASKING;
    send(line, question);
}
