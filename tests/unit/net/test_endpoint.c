#include "net/endpoint.h"

#include "net/parcel.h"
#include "tests/support/suite.h"
#include "tests/unit/net/endpoints.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

enum {
    QUEUE_BYTES = 1 << 18,
    LARGE_BYTES = 8 << 10,
    GARBAGE_BYTES = 5000,
};

static void answers_whoever_asked(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *ann = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    struct endpoint *bob = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    uint64_t ann_id;
    uint64_t bob_id;

    CU_ASSERT_EQUAL(endpoints_send(ann, 0, "I am Ann", NULL), DALV_OK);
    ann_id = endpoints_expect(server, "I am Ann");
    CU_ASSERT_EQUAL(endpoints_send(bob, 0, "I am Bob", NULL), DALV_OK);
    bob_id = endpoints_expect(server, "I am Bob");
    CU_ASSERT_NOT_EQUAL(ann_id, bob_id);
    CU_ASSERT_EQUAL(endpoints_send(server, bob_id, "hello Bob", NULL), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_send(server, ann_id, "hello Ann", NULL), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_expect(ann, "hello Ann"), PARCEL_ONLY_PEER);
    CU_ASSERT_EQUAL(endpoints_expect(bob, "hello Bob"), PARCEL_ONLY_PEER);
    endpoint_close(&ann);
    endpoint_close(&bob);
    endpoint_close(&server);
}

static void carries_two_frames(void)
{
    struct endpoint *node = endpoints_bind(ENDPOINT_FOR_SERVERS);
    struct endpoint *router = endpoints_connect(ENDPOINT_TO_NODE, node);
    struct endpoint_event event;

    CU_ASSERT_EQUAL(endpoints_send(router, 0, "forward", "frame"), DALV_OK);
    event = endpoints_await(node, ENDPOINT_RECEIVED);
    CU_ASSERT_EQUAL_FATAL(parcel_frame_count(event.parcel), 2);
    CU_ASSERT(
        bytes_equal(parcel_frame(event.parcel, 1), bytes_from_text("frame")));
    /* Sent back as it is, without a copy. */
    CU_ASSERT_EQUAL(endpoint_send(node, &event.parcel), DALV_OK);
    event = endpoints_await(router, ENDPOINT_RECEIVED);
    CU_ASSERT_EQUAL(parcel_frame_count(event.parcel), 2);
    parcel_destroy(&event.parcel);
    endpoint_close(&router);
    endpoint_close(&node);
}

static enum dalv_status open_at(const char *address)
{
    const struct endpoint_options options = {.role = ENDPOINT_TO_ROUTER,
                                             .address = address};
    struct endpoint *endpoint = NULL;
    enum dalv_status status = endpoint_open(&options, &endpoint);

    endpoint_close(&endpoint);
    return status;
}

static void leaves_loopback_only_with_keys(void)
{
    CU_ASSERT_EQUAL(open_at("tcp://127.0.0.1:7470"), DALV_OK);
    CU_ASSERT_EQUAL(open_at("tcp://127.9.9.9:7470"), DALV_OK);
    CU_ASSERT_EQUAL(open_at("tcp://[::1]:7470"), DALV_OK);
    CU_ASSERT_EQUAL(open_at("tcp://192.168.0.1:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://0.0.0.0:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://*:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://[::]:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://localhost:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://eth0:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://127.0.0.1"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("tcp://127.0.0.1;192.168.0.1:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("ipc:///tmp/x"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at("udp://127.0.0.1:7470"), DALV_INVALID);
    CU_ASSERT_EQUAL(open_at(""), DALV_INVALID);
}

static void says_that_an_address_is_taken(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    const struct endpoint_options options = {
        .role = ENDPOINT_FOR_CLIENTS, .address = endpoint_address(server)};
    struct endpoint *second = NULL;

    CU_ASSERT_EQUAL(endpoint_open(&options, &second), DALV_LOCKED);
    CU_ASSERT_PTR_NULL(second);
    endpoint_close(&server);
}

static void sends_nothing_before_there_is_a_connection(void)
{
    struct endpoint_options options = {.role = ENDPOINT_TO_ROUTER,
                                       .address = "tcp://127.0.0.1:1"};
    struct endpoint *client = NULL;

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &client), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_UNAVAILABLE);
    endpoint_close(&client);
}

static void says_that_a_peer_is_gone(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    uint64_t peer;
    enum dalv_status status = DALV_OK;

    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_OK);
    peer = endpoints_expect(server, "hello");
    endpoint_close(&client);
    for (int i = 0; i < 1000 && status == DALV_OK; i++) {
        zmq_pollitem_t item = {.socket = endpoint_socket(server),
                               .events = ZMQ_POLLIN};

        (void)zmq_poll(&item, 1, 10);
        (void)endpoint_flush(server);
        status = endpoints_send(server, peer, "anybody?", NULL);
    }
    CU_ASSERT_EQUAL(status, DALV_UNAVAILABLE);
    endpoint_close(&server);
}

static void notices_the_end_and_the_return_of_a_server(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    struct endpoint_options options = {.role = ENDPOINT_FOR_CLIENTS};
    char address[64];

    (void)snprintf(address, sizeof(address), "%s", endpoint_address(server));
    endpoint_close(&server);
    (void)endpoints_await(client, ENDPOINT_DISCONNECTED);
    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_UNAVAILABLE);
    options.address = address;
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &server), DALV_OK);
    (void)endpoints_await(client, ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_OK);
    (void)endpoints_expect(server, "hello");
    endpoint_close(&client);
    endpoint_close(&server);
}

static enum dalv_status send_large(struct endpoint *server, uint64_t peer)
{
    static uint8_t large[LARGE_BYTES];
    struct parcel *parcel = parcel_create(peer);

    parcel_push_back(parcel, bytes_make(large, sizeof(large)));
    return endpoint_send(server, &parcel);
}

/* Sends until the peer is given up; returns how many were taken. */
static size_t send_until_given_up(struct endpoint *server, uint64_t peer)
{
    size_t count = 0;

    while (count < 100000 && send_large(server, peer) == DALV_OK) {
        count++;
        (void)endpoint_flush(server);
        CU_ASSERT_FATAL(endpoint_waiting_bytes(server) <=
                        QUEUE_BYTES + LARGE_BYTES);
    }
    return count;
}

/* The library's thread tells of a broken connection, and stood still for ever
   if nobody was there to hear it any more. */
static void may_be_closed_while_its_connection_breaks(void)
{
    enum {
        ROUNDS = 300
    };

    for (int i = 0; i < ROUNDS; i++) {
        struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
        struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);

        endpoint_close(&server);
        endpoint_close(&client);
    }
}

static void gives_up_a_slow_reader_alone(void)
{
    struct endpoint *server =
        endpoints_bind_queue(ENDPOINT_FOR_CLIENTS, QUEUE_BYTES);
    struct endpoint *slow = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    struct endpoint *good = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    uint64_t slow_id;
    uint64_t good_id;

    CU_ASSERT_EQUAL(endpoints_send(slow, 0, "slow", NULL), DALV_OK);
    slow_id = endpoints_expect(server, "slow");
    CU_ASSERT_EQUAL(endpoints_send(good, 0, "good", NULL), DALV_OK);
    good_id = endpoints_expect(server, "good");
    CU_ASSERT(send_until_given_up(server, slow_id) > 16);
    CU_ASSERT_EQUAL(endpoint_counters(server).gave_up, 1);
    CU_ASSERT_EQUAL(endpoint_waiting_bytes(server), 0);
    CU_ASSERT_EQUAL(send_large(server, slow_id), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(endpoint_counters(server).gave_up, 1);
    CU_ASSERT_EQUAL(endpoints_send(server, good_id, "still here", NULL),
                    DALV_OK);
    (void)endpoints_expect(good, "still here");
    endpoint_close(&slow);
    endpoint_close(&good);
    endpoint_close(&server);
}

/* ZeroMQ counts messages and would take 64 of any size: bytes are counted. */
static void counts_what_lies_with_the_library(void)
{
    enum {
        ONE_BYTES = 64 << 10,
        BYTES_MAX = 8 << 20,
        /* More than both libraries and the system take in all. */
        SENT_MAX = 5000,
    };
    static uint8_t one[ONE_BYTES];
    struct endpoint *server =
        endpoints_bind_queue(ENDPOINT_FOR_CLIENTS, BYTES_MAX);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    enum dalv_status status = DALV_OK;
    size_t taken = 0;
    uint64_t peer;

    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_OK);
    peer = endpoints_expect(server, "hello");
    while (status == DALV_OK && taken < SENT_MAX) {
        struct parcel *parcel = parcel_create(peer);

        parcel_push_back(parcel, bytes_make(one, sizeof(one)));
        status = endpoint_send(server, &parcel);
        taken += status == DALV_OK;
        CU_ASSERT_FATAL(endpoint_untaken_bytes(server) <= BYTES_MAX);
    }
    CU_ASSERT_EQUAL(status, DALV_UNAVAILABLE);
    CU_ASSERT(taken >= BYTES_MAX / ONE_BYTES);
    /* The client's library takes 1000 messages, as fast as it reads. */
    CU_ASSERT_EQUAL(endpoint_counters(server).gave_up, 1);
    endpoint_close(&client);
    endpoint_close(&server);
}

/* Reads on the one side, flushes on the other, until the event comes. */
static bool read_until(struct endpoint *client, struct endpoint *server,
                       enum endpoint_event_type type)
{
    for (int i = 0; i < 100000; i++) {
        struct endpoint_event event;
        zmq_pollitem_t item = {.socket = endpoint_socket(client),
                               .events = ZMQ_POLLIN};

        (void)endpoint_flush(server);
        if (!endpoint_receive(client, &event)) {
            (void)zmq_poll(&item, 1, 10);
            continue;
        }
        parcel_destroy(&event.parcel);
        if (event.type == type)
            return true;
    }
    return false;
}

/* It missed something, and must not go on as if it had not. */
static void tells_a_slow_reader_that_it_was_given_up(void)
{
    struct endpoint *server =
        endpoints_bind_queue(ENDPOINT_FOR_CLIENTS, QUEUE_BYTES);
    struct endpoint *slow = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    uint64_t peer;

    CU_ASSERT_EQUAL(endpoints_send(slow, 0, "slow", NULL), DALV_OK);
    peer = endpoints_expect(server, "slow");
    CU_ASSERT(send_until_given_up(server, peer) > 16);
    CU_ASSERT(read_until(slow, server, ENDPOINT_DISCONNECTED));
    (void)endpoints_await(slow, ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(endpoints_send(slow, 0, "again", NULL), DALV_OK);
    peer = endpoints_expect(server, "again");
    CU_ASSERT_FALSE(endpoint_flush(server));
    CU_ASSERT_EQUAL(endpoints_send(server, peer, "welcome", NULL), DALV_OK);
    (void)endpoints_expect(slow, "welcome");
    endpoint_close(&slow);
    endpoint_close(&server);
}

/* What waited arrives, in its order, once the peer reads. */
static void keeps_what_waits_in_order(void)
{
    struct endpoint *server =
        endpoints_bind_queue(ENDPOINT_FOR_CLIENTS, 64 << 20);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    uint64_t peer;
    uint32_t sent = 0;
    uint32_t received = 0;

    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_OK);
    peer = endpoints_expect(server, "hello");
    while (sent < 10000 && endpoint_counters(server).queued < 100) {
        static uint8_t large[LARGE_BYTES];
        struct parcel *parcel = parcel_create(peer);

        memcpy(large, &sent, sizeof(sent));
        parcel_push_back(parcel, bytes_make(large, sizeof(large)));
        CU_ASSERT_EQUAL_FATAL(endpoint_send(server, &parcel), DALV_OK);
        sent++;
    }
    CU_ASSERT(endpoint_waiting_bytes(server) > 0);
    while (received < sent) {
        struct endpoint_event event;
        uint32_t number;

        (void)endpoint_flush(server);
        if (!endpoint_receive(client, &event))
            continue;
        CU_ASSERT_EQUAL_FATAL(event.type, ENDPOINT_RECEIVED);
        memcpy(&number, parcel_frame(event.parcel, 0).data, sizeof(number));
        parcel_destroy(&event.parcel);
        CU_ASSERT_EQUAL_FATAL(number, received);
        received++;
    }
    CU_ASSERT_EQUAL(endpoint_waiting_bytes(server), 0);
    endpoint_close(&client);
    endpoint_close(&server);
}

static void refuses_a_frame_beyond_the_bound(void)
{
    const struct endpoint_options options = {.role = ENDPOINT_FOR_CLIENTS,
                                             .address = "tcp://127.0.0.1:*",
                                             .frame_bytes_max = 1000};
    struct endpoint *server = NULL;
    struct endpoint *client;
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
    uint8_t large[1001] = {0};

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &server), DALV_OK);
    client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    parcel_push_back(parcel, bytes_make(large, sizeof(large)));
    CU_ASSERT_EQUAL(endpoint_send(client, &parcel), DALV_OK);
    (void)endpoints_await(client, ENDPOINT_DISCONNECTED);
    CU_ASSERT_EQUAL(endpoint_counters(server).received, 0);
    endpoint_close(&client);
    endpoint_close(&server);
}

static void refuses_three_frames(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    void *socket = endpoint_socket(client);

    CU_ASSERT_EQUAL(zmq_send(socket, "a", 1, ZMQ_SNDMORE), 1);
    CU_ASSERT_EQUAL(zmq_send(socket, "b", 1, ZMQ_SNDMORE), 1);
    CU_ASSERT_EQUAL(zmq_send(socket, "c", 1, 0), 1);
    CU_ASSERT_EQUAL(endpoints_send(client, 0, "one", NULL), DALV_OK);
    (void)endpoints_expect(server, "one");
    CU_ASSERT_EQUAL(endpoint_counters(server).refused_frames, 1);
    CU_ASSERT_EQUAL(endpoint_counters(server).received, 1);
    endpoint_close(&client);
    endpoint_close(&server);
}

/* It might be that of somebody else. */
static void refuses_a_peer_that_chose_its_id(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *honest;
    void *context = zmq_ctx_new();
    void *forger = zmq_socket(context, ZMQ_DEALER);
    int none = 0;

    CU_ASSERT_EQUAL(zmq_setsockopt(forger, ZMQ_ROUTING_ID, "ann", 3), 0);
    CU_ASSERT_EQUAL(zmq_setsockopt(forger, ZMQ_LINGER, &none, sizeof(none)), 0);
    CU_ASSERT_EQUAL(zmq_connect(forger, endpoint_address(server)), 0);
    CU_ASSERT_EQUAL(zmq_send(forger, "hello", 5, 0), 5);
    for (int i = 0; i < 1000; i++) {
        zmq_pollitem_t item = {.socket = endpoint_socket(server),
                               .events = ZMQ_POLLIN};
        struct endpoint_event event;

        (void)zmq_poll(&item, 1, 20);
        CU_ASSERT_FALSE_FATAL(endpoint_receive(server, &event));
        if (endpoint_counters(server).refused_peers > 0)
            break;
    }
    CU_ASSERT_EQUAL(endpoint_counters(server).refused_peers, 1);
    honest = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    CU_ASSERT_EQUAL(endpoints_send(honest, 0, "hello", NULL), DALV_OK);
    (void)endpoints_expect(server, "hello");
    (void)zmq_close(forger);
    (void)zmq_ctx_term(context);
    endpoint_close(&honest);
    endpoint_close(&server);
}

static int dial(const struct endpoint *server)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    const char *port = strrchr(endpoint_address(server), ':') + 1;
    int connection = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    CU_ASSERT_FATAL(connection >= 0);
    CU_ASSERT_EQUAL_FATAL(
        connect(connection, (struct sockaddr *)&to, sizeof(to)), 0);
    return connection;
}

/* It ends in the handshake: not one frame of it arrives. */
static void survives_garbage(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *honest = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    uint8_t garbage[GARBAGE_BYTES];
    uint32_t seed = 1;

    for (int i = 0; i < 100; i++) {
        int connection = dial(server);

        for (size_t j = 0; j < sizeof(garbage); j++) {
            seed = seed * 1664525 + 1013904223;
            garbage[j] = (uint8_t)(seed >> 24);
        }
        (void)send(connection, garbage, sizeof(garbage), MSG_NOSIGNAL);
        (void)close(connection);
    }
    CU_ASSERT_EQUAL(endpoints_send(honest, 0, "still here", NULL), DALV_OK);
    (void)endpoints_expect(server, "still here");
    CU_ASSERT_EQUAL(endpoint_counters(server).received, 1);
    CU_ASSERT_EQUAL(endpoint_counters(server).refused_frames, 0);
    CU_ASSERT_EQUAL(endpoint_counters(server).refused_peers, 0);
    endpoint_close(&honest);
    endpoint_close(&server);
}

static const struct suite_test tests[] = {
    SUITE_TEST(answers_whoever_asked),
    SUITE_TEST(carries_two_frames),
    SUITE_TEST(leaves_loopback_only_with_keys),
    SUITE_TEST(says_that_an_address_is_taken),
    SUITE_TEST(sends_nothing_before_there_is_a_connection),
    SUITE_TEST(says_that_a_peer_is_gone),
    SUITE_TEST(notices_the_end_and_the_return_of_a_server),
    SUITE_TEST(may_be_closed_while_its_connection_breaks),
    SUITE_TEST(gives_up_a_slow_reader_alone),
    SUITE_TEST(counts_what_lies_with_the_library),
    SUITE_TEST(tells_a_slow_reader_that_it_was_given_up),
    SUITE_TEST(keeps_what_waits_in_order),
    SUITE_TEST(refuses_a_frame_beyond_the_bound),
    SUITE_TEST(refuses_three_frames),
    SUITE_TEST(refuses_a_peer_that_chose_its_id),
    SUITE_TEST(survives_garbage),
};

int main(void)
{
    return SUITE_RUN("net/endpoint", tests);
}
