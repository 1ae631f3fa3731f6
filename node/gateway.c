#include "node/gateway.h"

#include "base/assert.h"
#include "proto/codec.h"
#include "proto/frame.h"

#include <string.h>

enum {
    RETRY_AFTER_MS = 100
};

static size_t or_unbounded(size_t bytes_max)
{
    return bytes_max != 0 ? bytes_max : SIZE_MAX;
}

void gateway_init(struct gateway *gateway,
                  const struct gateway_options *options)
{
    gateway->allocator = options->allocator;
    gateway->bytes_max = or_unbounded(options->request_bytes_max);
    gateway->bytes_used = 0;
    accounts_init(&gateway->accounts, or_unbounded(options->client_bytes_max),
                  or_unbounded(options->answer_bytes_max));
}

void gateway_deinit(struct gateway *gateway)
{
    accounts_deinit(&gateway->accounts);
}

/* ---- In ---- */

static size_t request_bytes(const struct request *request)
{
    return sizeof(*request) + request->arena.capacity;
}

/*
 * What the frame decodes to, found out by doing so: most take a hundredth of
 * what any frame of their size could.
 */
static size_t decoded_bytes(struct gateway *gateway, struct bytes frame)
{
    size_t mark = arena_mark(&gateway->arena);
    struct message message;
    size_t bytes = codec_arena_bytes(frame.size);

    /* Aligned, as the request's own arena is: it takes the same there. */
    if (arena_take(&gateway->arena, 0, 1) != NULL) {
        size_t begin = arena_mark(&gateway->arena);

        if (codec_decode(frame, &gateway->arena, &message) == DALV_OK)
            bytes = arena_mark(&gateway->arena) - begin;
    }
    arena_rewind(&gateway->arena, mark);
    return bytes;
}

/* A request with room for what the frame decodes to. */
static struct request *create(struct gateway *gateway, struct bytes frame)
{
    size_t arena_bytes =
        decoded_bytes(gateway, frame) + BOUNDS_USER_ID_MAX + REQUEST_DUE_BYTES;
    struct request *request = NULL;

    if (sizeof(*request) + arena_bytes <=
        gateway->bytes_max - gateway->bytes_used)
        request =
            allocator_take(gateway->allocator, sizeof(*request) + arena_bytes);
    if (request == NULL)
        return NULL;
    gateway->bytes_used += sizeof(*request) + arena_bytes;
    memset(request, 0, sizeof(*request));
    arena_init(&request->arena, request + 1, arena_bytes);
    buffer_init(&request->frame);
    request->bytes = frame.size + sizeof(*request);
    return request;
}

void gateway_lose(struct request *request)
{
    buffer_deinit(&request->frame);
    account_release(&request->account);
}

void gateway_end(struct gateway *gateway, struct request **request_p)
{
    struct request *request = *request_p;

    *request_p = NULL;
    if (request == NULL)
        return;
    ASSERT(request->voucher == NULL && request->turn == NULL);
    gateway_lose(request);
    gateway->bytes_used -= request_bytes(request);
    allocator_give(gateway->allocator, request, request_bytes(request));
}

static uint64_t deadline_of(uint32_t left_ms, uint64_t now_ms)
{
    return now_ms + (left_ms < BOUNDS_DEADLINE_MS_MAX ? left_ms
                                                      : BOUNDS_DEADLINE_MS_MAX);
}

static void take_forward(struct request *request,
                         const struct message_forward *forward, uint64_t now_ms)
{
    request->session = forward->session;
    request->client = forward->client;
    request->device = forward->device;
    request->token = forward->token;
    request->deadline_ms = deadline_of(forward->deadline_ms, now_ms);
}

static void take_open_device(struct request *request,
                             const struct message *envelope, uint64_t now_ms)
{
    const struct message_open_device *open = &envelope->open_device;

    request->message = *envelope;
    request->session = open->session;
    request->token = open->token;
    request->client = open->token;
    request->deadline_ms = deadline_of(open->deadline_ms, now_ms);
}

/* The client's own frame, behind the envelope; an envelope may have none. */
static struct bytes inner_frame(const struct parcel *parcel)
{
    return parcel_frame_count(parcel) > 1 ? parcel_frame(parcel, 1)
                                          : (struct bytes){0};
}

static enum dalv_status take_request(struct gateway *gateway,
                                     const struct parcel *parcel,
                                     const struct message *envelope,
                                     uint64_t now_ms,
                                     struct request **out_request)
{
    struct bytes frame = inner_frame(parcel);
    struct request *request = create(gateway, frame);
    struct bytes user;
    enum dalv_status status = DALV_OK;

    if (request == NULL)
        return DALV_BUSY;
    request->router = parcel_peer(parcel);
    request->number = envelope->request;
    if (envelope->type == MESSAGE_FORWARD) {
        user = envelope->forward.user;
        take_forward(request, &envelope->forward, now_ms);
        status = codec_decode(frame, &request->arena, &request->message);
    } else {
        user = envelope->open_device.user;
        take_open_device(request, envelope, now_ms);
    }
    if (status == DALV_OK && !arena_copy(&request->arena, user, &request->user))
        status = DALV_TOO_BIG;
    if (envelope->type == MESSAGE_OPEN_DEVICE)
        request->message.open_device.user = request->user;
    request->due_mark = arena_mark(&request->arena);
    request->account = account_hold(accounts_of(
        &gateway->accounts, (struct account_key){.peer = request->router,
                                                 .client = request->client}));
    if (status == DALV_OK)
        *out_request = request;
    else
        gateway_end(gateway, &request);
    return status;
}

enum dalv_status gateway_take(struct gateway *gateway,
                              const struct parcel *parcel, uint64_t now_ms,
                              struct gateway_intake *out_intake)
{
    enum dalv_status status;

    *out_intake = (struct gateway_intake){0};
    arena_init(&gateway->arena, gateway->arena_block,
               sizeof(gateway->arena_block));
    status = codec_decode(parcel_frame(parcel, 0), &gateway->arena,
                          &out_intake->message);
    if (status != DALV_OK)
        return status;
    if (out_intake->message.type != MESSAGE_FORWARD &&
        out_intake->message.type != MESSAGE_OPEN_DEVICE)
        return DALV_OK;
    return take_request(gateway, parcel, &out_intake->message, now_ms,
                        &out_intake->request);
}

/* ---- Out ---- */

static void encode(const struct message *message, struct buffer *frame)
{
    enum dalv_status status;

    buffer_clear(frame);
    status = codec_encode(message, frame);
    /* What we make ourselves is within the codec's bounds. */
    ASSERT(status == DALV_OK);
}

struct parcel *gateway_reply(uint64_t peer, const struct message *message)
{
    struct parcel *parcel = parcel_create(peer);
    struct buffer frame;

    buffer_init(&frame);
    encode(message, &frame);
    parcel_push_buffer(parcel, &frame);
    buffer_deinit(&frame);
    return parcel;
}

/* A device's opening has no client's frame: the envelope is the answer. */
static struct parcel *answer_opening(const struct request *request)
{
    struct message message = request->answer;

    if (message.type == MESSAGE_REFUSED)
        message = (struct message){
            .type = MESSAGE_DEVICE_OPENED,
            .device_opened = {.status = request->answer.refused.status},
        };
    message.request = request->number;
    return gateway_reply(request->router, &message);
}

struct parcel *gateway_answer(struct request *request)
{
    const struct message envelope = {
        .type = MESSAGE_ANSWERED,
        .request = request->number,
        .answered = {.client = request->client},
    };
    struct parcel *parcel;

    if (request->answer.type == MESSAGE_NOT_MASTER) {
        request->answer.request = request->number;
        return gateway_reply(request->router, &request->answer);
    }
    if (request->message.type == MESSAGE_OPEN_DEVICE)
        return answer_opening(request);
    if (!request->has_frame) {
        request->answer.request = request->message.request;
        encode(&request->answer, &request->frame);
    }
    parcel = gateway_reply(request->router, &envelope);
    parcel_push_buffer(parcel, &request->frame);
    if (request->charged_bytes > 0) {
        parcel_charge(parcel, request->account);
        account_settle(request->account, request->charged_bytes);
        request->charged_bytes = 0;
    }
    return parcel;
}

struct parcel *gateway_push(const struct push_out *push)
{
    const struct message envelope = {
        .type = MESSAGE_ANSWERED,
        .answered = {.client = push->client, .is_push = true},
    };
    const struct message message = {.type = MESSAGE_CHANGED,
                                    .changed = push->changed};
    struct parcel *parcel = gateway_reply(push->router, &envelope);
    struct buffer frame;

    buffer_init(&frame);
    encode(&message, &frame);
    parcel_push_buffer(parcel, &frame);
    buffer_deinit(&frame);
    return parcel;
}

static struct message_refused refusal_of(enum dalv_status status)
{
    if (status == DALV_BUSY)
        return (struct message_refused){
            .status = status,
            .text = bytes_from_text("the storage node is out of memory for "
                                    "requests, not done"),
            .retry_after_ms = RETRY_AFTER_MS};
    return (struct message_refused){
        .status = status,
        .text = bytes_from_text("the storage node cannot read the request, "
                                "not done: it may be of another version")};
}

struct parcel *gateway_refuse(const struct parcel *parcel,
                              const struct message *envelope,
                              enum dalv_status status)
{
    struct request request = {.router = parcel_peer(parcel),
                              .number = envelope->request};
    struct parcel *answer;
    struct frame frame;

    if (envelope->type != MESSAGE_FORWARD &&
        envelope->type != MESSAGE_OPEN_DEVICE)
        return NULL;
    buffer_init(&request.frame);
    request.message.type = envelope->type;
    request.answer.type = MESSAGE_REFUSED;
    request.answer.refused = refusal_of(status);
    if (envelope->type == MESSAGE_FORWARD) {
        if (frame_decode(inner_frame(parcel), &frame) != DALV_OK)
            return NULL;
        request.client = envelope->forward.client;
        request.message.request = frame.request;
    }
    answer = gateway_answer(&request);
    buffer_deinit(&request.frame);
    return answer;
}
