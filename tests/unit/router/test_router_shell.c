/*
 * The router's shell between a client and a node: both are the test's, and
 * everything goes over real endpoints on one loop.
 */
#include "router/shell.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cluster/cluster_map.h"
#include "net/endpoint.h"
#include "net/network.h"
#include "proto/codec.h"
#include "tests/support/fake_tokens.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATIENCE_MS = 10000,
    TURN_MS = 20,
    CLIENT_BYTES = 5 << 20,
    PORT_BYTES = 8 << 20,
    MEMORY_BYTES = 64 << 20,
    ADDRESS_BYTES = 64,
    MAP_BYTES = 1 << 20,
};

struct story {
    struct fake_tokens tokens;
    struct loop *loop;
    struct router_shell *shell;
    struct endpoint *node;
    struct endpoint *client;
    uint8_t *block; /* What was heard last is decoded to. */
    struct parcel *heard;
    uint64_t router; /* As the node knows it. */
};

static void on_parcel(void *owner, struct endpoint *from,
                      struct parcel **parcel_p)
{
    struct story *story = owner;

    (void)router_shell_on_parcel(story->shell, from, parcel_p);
}

static void on_connection(void *owner, struct endpoint *from, bool is_connected)
{
    struct story *story = owner;

    (void)router_shell_on_connection(story->shell, from, is_connected);
}

static void on_deadline(void *owner, uint64_t now_ms)
{
    struct story *story = owner;

    (void)now_ms;
    router_shell_on_deadline(story->shell);
}

static uint64_t next_deadline_ms(void *owner)
{
    const struct story *story = owner;

    return story->shell == NULL ? UINT64_MAX
                                : router_shell_next_deadline_ms(story->shell);
}

/* ---- What the client and the node hear ---- */

/* The first frame, or with `is_inner` the one behind it. */
static bool decode(struct story *story, bool is_inner, struct message *out)
{
    size_t index = is_inner ? 1 : 0;
    struct arena arena;

    if (parcel_frame_count(story->heard) <= index)
        return false;
    arena_init(&arena, story->block, CODEC_ARENA_BYTES_MAX);
    return codec_decode(parcel_frame(story->heard, index), &arena, out) ==
           DALV_OK;
}

static struct message hear(struct story *story, struct endpoint *at)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    struct endpoint_event event;
    struct message message;

    memset(&message, 0, sizeof(message));
    parcel_destroy(&story->heard);
    while (clock_boot_ms() < until_ms) {
        loop_run_once(story->loop, TURN_MS);
        while (endpoint_receive(at, &event)) {
            if (event.type != ENDPOINT_RECEIVED)
                continue;
            story->heard = event.parcel;
            CU_ASSERT_TRUE(decode(story, /* is_inner= */ false, &message));
            return message;
        }
    }
    CU_FAIL_FATAL("waited in vain");
    return message;
}

static void push(struct parcel *parcel, const struct message *message)
{
    struct buffer frame;

    buffer_init(&frame);
    ASSERT(codec_encode(message, &frame) == DALV_OK);
    parcel_push_buffer(parcel, &frame);
    buffer_deinit(&frame);
}

static void say(struct endpoint *by, uint64_t to, const struct message *message,
                const struct message *inner)
{
    struct parcel *parcel = parcel_create(to);

    push(parcel, message);
    if (inner != NULL)
        push(parcel, inner);
    CU_ASSERT_EQUAL(endpoint_send(by, &parcel), DALV_OK);
}

/* ---- Life ---- */

static void open_node(struct story *story)
{
    const struct endpoint_options options = {.role = ENDPOINT_FOR_SERVERS};

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &story->node), DALV_OK);
}

/* Two free ports, as the system names them; nobody else takes them so soon. */
static void find_ports(char addresses[2][ADDRESS_BYTES])
{
    const struct endpoint_options options = {.role = ENDPOINT_FOR_CLIENTS,
                                             .address = "tcp://127.0.0.1:*"};
    struct endpoint *endpoints[2] = {NULL};

    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &endpoints[i]), DALV_OK);
        (void)snprintf(addresses[i], ADDRESS_BYTES, "%s",
                       endpoint_address(endpoints[i]));
    }
    endpoint_close(&endpoints[0]);
    endpoint_close(&endpoints[1]);
}

/* Node 1 leads all four partitions. */
static void tell_map(struct story *story)
{
    static uint8_t block[MAP_BYTES];
    const struct cluster_head head = {.version = {1, 1},
                                      .cluster_id = "c1",
                                      .partition_count = 4,
                                      .replica_count = 1,
                                      .feature_level = 1};
    const struct cluster_node node = {.id = 1,
                                      .name = "n1",
                                      .address = "127.0.0.1:1",
                                      .state = CLUSTER_NODE_ACTIVE,
                                      .weight = CLUSTER_WEIGHT_NORMAL,
                                      .store = {{1}},
                                      .boot_number = 1};
    struct cluster_map map;
    struct arena arena;

    arena_init(&arena, block, sizeof(block));
    CU_ASSERT_EQUAL_FATAL(cluster_map_init(&map, &head, &arena), DALV_OK);
    cluster_map_set_alone(&map, &node, 1);
    CU_ASSERT_EQUAL_FATAL(router_shell_set_map(story->shell, &map), DALV_OK);
}

static void open_shell(struct story *story)
{
    char addresses[2][ADDRESS_BYTES];
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    enum dalv_status status;
    const struct router_shell_options options = {
        .backend_address = addresses[0],
        .device_address = addresses[1],
        .node = story->node,
        .node_id = 1,
        .frame_bytes_max = MEMORY_BYTES,
        .router_id = bytes_from_text("r1"),
        .cluster_id = bytes_from_text("c1"),
        .boot_session = 1,
        .session_max = 100,
        .pending_max = 100,
        .deadline_ms = 500,
        .client_queue_bytes = CLIENT_BYTES,
        .port_queue_bytes = PORT_BYTES,
        .memory_bytes_max = MEMORY_BYTES,
        .token_judge = &story->tokens.judge,
    };
    const struct endpoint_options client = {.role = ENDPOINT_TO_ROUTER,
                                            .address = addresses[0]};
    const char *address = NULL;

    find_ports(addresses);
    /* ZeroMQ gives a port back a little after it was closed. */
    do
        status =
            router_shell_open(&options, story->loop, &story->shell, &address);
    while (status == DALV_LOCKED && clock_boot_ms() < until_ms);
    CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&client, &story->client), DALV_OK);
}

static void await_connection(struct story *story)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    struct endpoint_event event = {.type = ENDPOINT_DISCONNECTED};

    while (event.type != ENDPOINT_CONNECTED && clock_boot_ms() < until_ms) {
        loop_run_once(story->loop, TURN_MS);
        (void)endpoint_receive(story->client, &event);
    }
    CU_ASSERT_EQUAL_FATAL(event.type, ENDPOINT_CONNECTED);
}

static void begin(struct story *story)
{
    const struct loop_options options = {
        .handlers = {.owner = story,
                     .on_parcel = on_parcel,
                     .on_connection = on_connection,
                     .on_deadline = on_deadline,
                     .next_deadline_ms = next_deadline_ms}};

    memset(story, 0, sizeof(*story));
    network_start(1);
    fake_tokens_init(&story->tokens);
    story->block = malloc(CODEC_ARENA_BYTES_MAX);
    ASSERT(story->block != NULL);
    story->loop = loop_create(&options);
    open_node(story);
    open_shell(story);
    tell_map(story);
    await_connection(story);
}

static void end(struct story *story)
{
    parcel_destroy(&story->heard);
    endpoint_close(&story->client);
    router_shell_close(&story->shell);
    endpoint_close(&story->node);
    loop_destroy(&story->loop);
    free(story->block);
}

/* The node answers ATTACH, and the client's HELLO is taken. */
static void attach(struct story *story)
{
    const struct message attached = {
        .type = MESSAGE_ATTACHED,
        .attached = {.node = bytes_from_text("n1"), .boot_id = 1}};

    CU_ASSERT_EQUAL(hear(story, story->node).type, MESSAGE_ATTACH);
    story->router = parcel_peer(story->heard);
    say(story->node, story->router, &attached, NULL);
}

static void greet(struct story *story)
{
    const struct token_claims claims =
        fake_tokens_backend(clock_wall_us() / 1000000 + 3600);
    const struct message hello = {
        .type = MESSAGE_HELLO,
        .request = 1,
        .hello = {.protocol = 1, .token = fake_tokens_show(&claims)}};
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    while (!router_shell_is_ready(story->shell) && clock_boot_ms() < until_ms)
        loop_run_once(story->loop, TURN_MS);
    say(story->client, PARCEL_ONLY_PEER, &hello, NULL);
    CU_ASSERT_EQUAL(hear(story, story->client).type, MESSAGE_WELCOMED);
}

static void get(struct story *story, uint32_t number)
{
    const struct message question = {
        .type = MESSAGE_GET,
        .request = number,
        .get = {.user = bytes_from_text("anna"), .key = bytes_from_text("k")}};

    say(story->client, PARCEL_ONLY_PEER, &question, NULL);
}

/* ---- Stories ---- */

static void says_that_there_is_no_node_yet(void)
{
    static struct story story;
    const struct message hello = {
        .type = MESSAGE_HELLO,
        .request = 4,
        .hello = {.protocol = 1, .token = bytes_from_text("t")}};
    struct message heard;

    begin(&story);
    say(story.client, PARCEL_ONLY_PEER, &hello, NULL);
    heard = hear(&story, story.client);
    CU_ASSERT_EQUAL(heard.type, MESSAGE_REFUSED);
    CU_ASSERT_EQUAL(heard.request, 4);
    end(&story);
}

/* The client's frame travels as it came, and so does the node's answer. */
static void carries_a_question_there_and_its_answer_back(void)
{
    static struct story story;
    struct message heard;
    struct message answered = {.type = MESSAGE_ANSWERED};
    const struct message got = {.type = MESSAGE_GOT, .request = 7};

    begin(&story);
    attach(&story);
    greet(&story);
    get(&story, 7);
    CU_ASSERT_EQUAL(hear(&story, story.node).type, MESSAGE_VOUCH);
    heard = hear(&story, story.node);
    CU_ASSERT_EQUAL(heard.type, MESSAGE_FORWARD);
    answered.request = heard.request;
    answered.answered.client = heard.forward.client;
    CU_ASSERT_TRUE(decode(&story, /* is_inner= */ true, &heard));
    CU_ASSERT_EQUAL(heard.type, MESSAGE_GET);
    CU_ASSERT_EQUAL(heard.request, 7);
    CU_ASSERT_FALSE(router_shell_is_idle(story.shell));
    say(story.node, story.router, &answered, &got);
    heard = hear(&story, story.client);
    CU_ASSERT_EQUAL(heard.type, MESSAGE_GOT);
    CU_ASSERT_EQUAL(heard.request, 7);
    CU_ASSERT_TRUE(router_shell_is_idle(story.shell));
    end(&story);
}

static void answers_for_a_node_that_is_silent(void)
{
    static struct story story;
    struct message heard;

    begin(&story);
    attach(&story);
    greet(&story);
    get(&story, 8);
    heard = hear(&story, story.client);
    CU_ASSERT_EQUAL(heard.type, MESSAGE_REFUSED);
    CU_ASSERT_EQUAL(heard.request, 8);
    CU_ASSERT_EQUAL(heard.refused.status, DALV_UNAVAILABLE);
    router_shell_measure(story.shell);
    CU_ASSERT_EQUAL(
        atomic_load(&router_shell_metrics(story.shell)->timed_out.count), 1);
    end(&story);
}

/* A head that can be read, and nothing behind it. */
static void tells_who_sent_what_cannot_be_read(void)
{
    static struct story story;
    const uint8_t frame[] = {1, MESSAGE_GET, 9, 0xff};
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
    struct message heard;

    begin(&story);
    parcel_push_back(parcel, bytes_make(frame, sizeof(frame)));
    CU_ASSERT_EQUAL(endpoint_send(story.client, &parcel), DALV_OK);
    heard = hear(&story, story.client);
    CU_ASSERT_EQUAL(heard.type, MESSAGE_REFUSED);
    CU_ASSERT_EQUAL(heard.request, 9);
    CU_ASSERT_EQUAL(heard.refused.status, DALV_PROTOCOL);
    end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(says_that_there_is_no_node_yet),
    SUITE_TEST(carries_a_question_there_and_its_answer_back),
    SUITE_TEST(answers_for_a_node_that_is_silent),
    SUITE_TEST(tells_who_sent_what_cannot_be_read),
};

int main(void)
{
    int result = SUITE_RUN("router/shell", tests);

    network_stop();
    return result;
}
