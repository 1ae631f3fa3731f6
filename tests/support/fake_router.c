#include "tests/support/fake_router.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "net/endpoint.h"
#include "net/network.h"
#include "proto/codec.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    TURN_MS = 5
};

struct fake_router {
    fake_router_answer *answer;
    void *owner;
    struct endpoint *endpoint;
    pthread_t thread;
    void *arena_block;
    atomic_int refusal;
    atomic_bool is_silent;
    atomic_bool is_stopped;
};

void fake_router_send(struct fake_router *router, uint64_t peer,
                      const struct message *message)
{
    struct parcel *parcel = parcel_create(peer);
    struct buffer frame;

    buffer_init(&frame);
    ASSERT(codec_encode(message, &frame) == DALV_OK);
    parcel_push_buffer(parcel, &frame);
    /* Who has gone needs no answer. */
    if (endpoint_send(router->endpoint, &parcel) != DALV_OK)
        buffer_clear(&frame);
    buffer_deinit(&frame);
}

static void welcome(struct fake_router *router, uint64_t peer,
                    const struct message *hello)
{
    const struct message welcomed = {
        .type = MESSAGE_WELCOMED,
        .request = hello->request,
        .welcomed = {.protocol = 1,
                     .session = 1,
                     .device = hello->hello.is_device ? 7 : 0,
                     .user =
                         bytes_from_text(hello->hello.is_device ? "anna" : ""),
                     .cluster_id = bytes_from_text("test")},
    };
    const struct message refused = {
        .type = MESSAGE_REFUSED,
        .request = hello->request,
        .refused = {.status = (enum dalv_status)atomic_load(&router->refusal),
                    .text = bytes_from_text("this token is not taken")},
    };

    fake_router_send(router, peer,
                     refused.refused.status == DALV_OK ? &welcomed : &refused);
}

static void on_message(struct fake_router *router, uint64_t peer,
                       const struct message *message)
{
    const struct message ponged = {
        .type = MESSAGE_PONGED,
        .request = message->request,
        .ponged = {.payload = message->ping.payload},
    };

    if (atomic_load(&router->is_silent))
        return;
    if (message->type == MESSAGE_HELLO)
        welcome(router, peer, message);
    else if (message->type == MESSAGE_PING)
        fake_router_send(router, peer, &ponged);
    else
        router->answer(router->owner, router, peer, message);
}

static void on_parcel(struct fake_router *router, struct parcel *parcel)
{
    struct arena arena;
    struct message message;

    arena_init(&arena, router->arena_block, CODEC_ARENA_BYTES_MAX);
    if (codec_decode(parcel_frame(parcel, 0), &arena, &message) == DALV_OK)
        on_message(router, parcel_peer(parcel), &message);
}

static void *run(void *owner)
{
    struct fake_router *router = owner;
    struct endpoint_event event;

    while (!atomic_load(&router->is_stopped)) {
        endpoint_wait(router->endpoint, TURN_MS);
        while (endpoint_receive(router->endpoint, &event)) {
            if (event.type != ENDPOINT_RECEIVED)
                continue;
            on_parcel(router, event.parcel);
            parcel_destroy(&event.parcel);
        }
        (void)endpoint_flush(router->endpoint);
    }
    return NULL;
}

struct fake_router *fake_router_start(fake_router_answer *answer, void *owner)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_FOR_CLIENTS,
        .address = "tcp://127.0.0.1:*",
    };
    struct fake_router *router = calloc(1, sizeof(*router));

    ASSERT(router != NULL);
    router->answer = answer;
    router->owner = owner;
    router->arena_block = malloc(CODEC_ARENA_BYTES_MAX);
    ASSERT(router->arena_block != NULL);
    network_start(1);
    ASSERT(endpoint_open(&options, &router->endpoint) == DALV_OK);
    ASSERT(pthread_create(&router->thread, NULL, run, router) == 0);
    return router;
}

void fake_router_stop(struct fake_router **router_p)
{
    struct fake_router *router = *router_p;

    *router_p = NULL;
    if (router == NULL)
        return;
    atomic_store(&router->is_stopped, true);
    ASSERT(pthread_join(router->thread, NULL) == 0);
    endpoint_close(&router->endpoint);
    free(router->arena_block);
    free(router);
}

const char *fake_router_endpoint(const struct fake_router *router)
{
    return endpoint_address(router->endpoint);
}

void fake_router_refuse(struct fake_router *router, enum dalv_status status)
{
    atomic_store(&router->refusal, (int)status);
}

void fake_router_hush(struct fake_router *router, bool is_silent)
{
    atomic_store(&router->is_silent, is_silent);
}
