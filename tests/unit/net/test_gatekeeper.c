#include "net/gatekeeper.h"

#include "net/endpoint.h"
#include "net/network.h"
#include "tests/support/suite.h"
#include "tests/unit/net/endpoints.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <unistd.h>

static struct endpoint_keys server_keys;
static struct endpoint_keys ann_keys;
static struct endpoint_keys eve_keys;

static void make_keys(void)
{
    curve_pair_generate(&server_keys.own);
    curve_pair_generate(&ann_keys.own);
    curve_pair_generate(&eve_keys.own);
    server_keys.gate = GATE_NODES;
    ann_keys.server = server_keys.own.public_key;
    eve_keys.server = server_keys.own.public_key;
}

static struct endpoint *bind_server(void)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_FOR_SERVERS,
        .address = "tcp://127.0.0.1:*",
        .keys = &server_keys,
    };
    struct endpoint *server = NULL;

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &server), DALV_OK);
    return server;
}

static struct endpoint *connect_to(const struct endpoint *server,
                                   const struct endpoint_keys *keys)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_TO_NODE,
        .address = endpoint_address(server),
        .keys = keys,
    };
    struct endpoint *client = NULL;

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &client), DALV_OK);
    return client;
}

static void admit_ann(void)
{
    CU_ASSERT_EQUAL(gatekeeper_admit(GATE_NODES, &ann_keys.own.public_key, 1),
                    DALV_OK);
}

static void start(void)
{
    make_keys();
    network_start(1);
    gatekeeper_start();
}

static void lets_in_whom_it_knows_and_says_who_it_is(void)
{
    struct endpoint *server;
    struct endpoint *ann;
    struct endpoint_event event;
    struct curve_key sender;

    start();
    admit_ann();
    server = bind_server();
    ann = connect_to(server, &ann_keys);
    (void)endpoints_await(ann, ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(endpoints_send(ann, 0, "hello", "and more"), DALV_OK);
    event = endpoints_await(server, ENDPOINT_RECEIVED);
    CU_ASSERT(parcel_sender(event.parcel, &sender));
    CU_ASSERT(curve_key_equal(&sender, &ann_keys.own.public_key));
    parcel_destroy(&event.parcel);
    CU_ASSERT_EQUAL(gatekeeper_counters().admitted[GATE_NODES], 1);
    CU_ASSERT_EQUAL(gatekeeper_counters().refused[GATE_NODES], 0);
    endpoint_close(&ann);
    endpoint_close(&server);
    gatekeeper_stop();
}

static void refuses_a_key_that_it_does_not_know(void)
{
    struct endpoint *server;
    struct endpoint *eve;

    start();
    admit_ann();
    server = bind_server();
    eve = connect_to(server, &eve_keys);
    (void)endpoints_await(eve, ENDPOINT_REFUSED);
    CU_ASSERT_EQUAL(endpoints_send(eve, 0, "hello", NULL), DALV_UNAVAILABLE);
    CU_ASSERT(gatekeeper_counters().refused[GATE_NODES] >= 1);
    CU_ASSERT_EQUAL(gatekeeper_counters().admitted[GATE_NODES], 0);
    endpoint_close(&eve);
    endpoint_close(&server);
    gatekeeper_stop();
}

/* A key that backends may have is worth nothing at the nodes' port. */
static void keeps_a_list_for_each_gate(void)
{
    struct endpoint *server;
    struct endpoint *eve;

    start();
    admit_ann();
    CU_ASSERT_EQUAL(
        gatekeeper_admit(GATE_BACKENDS, &eve_keys.own.public_key, 1), DALV_OK);
    gatekeeper_admit_all(GATE_DEVICES);
    server = bind_server();
    eve = connect_to(server, &eve_keys);
    (void)endpoints_await(eve, ENDPOINT_REFUSED);
    endpoint_close(&eve);
    endpoint_close(&server);
    gatekeeper_stop();
}

static void lets_nobody_in_before_it_was_told_whom(void)
{
    struct endpoint *server;
    struct endpoint *ann;

    start();
    server = bind_server();
    ann = connect_to(server, &ann_keys);
    (void)endpoints_await(ann, ENDPOINT_REFUSED);
    endpoint_close(&ann);
    endpoint_close(&server);
    gatekeeper_stop();
}

static void lets_any_key_through_an_open_gate(void)
{
    struct endpoint *server;
    struct endpoint *eve;

    start();
    gatekeeper_admit_all(GATE_NODES);
    server = bind_server();
    eve = connect_to(server, &eve_keys);
    (void)endpoints_await(eve, ENDPOINT_CONNECTED);
    endpoint_close(&eve);
    endpoint_close(&server);
    gatekeeper_stop();
}

/* Who comes without keys never gets to speak. */
static void refuses_who_has_no_key(void)
{
    struct endpoint *server;
    struct endpoint *nobody;

    start();
    gatekeeper_admit_all(GATE_NODES);
    server = bind_server();
    nobody = connect_to(server, NULL);
    (void)endpoints_await(nobody, ENDPOINT_REFUSED);
    endpoint_close(&nobody);
    endpoint_close(&server);
    gatekeeper_stop();
}

/* A server with another key is not whom the client wants to tell anything. */
static void is_not_deceived_by_another_server(void)
{
    struct endpoint *server;
    struct endpoint *ann;
    struct endpoint_keys mistaken;

    start();
    gatekeeper_admit_all(GATE_NODES);
    mistaken = ann_keys;
    mistaken.server = eve_keys.own.public_key;
    server = bind_server();
    ann = connect_to(server, &mistaken);
    for (int i = 0; i < 20; i++) {
        struct endpoint_event event = {0};

        endpoint_wait(ann, 20);
        if (endpoint_receive(ann, &event))
            CU_ASSERT_NOT_EQUAL(event.type, ENDPOINT_CONNECTED);
    }
    CU_ASSERT_EQUAL(endpoints_send(ann, 0, "hello", NULL), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(gatekeeper_counters().admitted[GATE_NODES], 0);
    endpoint_close(&ann);
    endpoint_close(&server);
    gatekeeper_stop();
}

/* Fails closed: nobody to ask is nobody let in. */
static void lets_nobody_in_once_it_is_gone(void)
{
    struct endpoint *server;
    struct endpoint *ann;

    start();
    admit_ann();
    server = bind_server();
    gatekeeper_stop();
    ann = connect_to(server, &ann_keys);
    for (int i = 0; i < 20; i++) {
        struct endpoint_event event = {0};

        endpoint_wait(ann, 20);
        if (endpoint_receive(ann, &event))
            CU_ASSERT_NOT_EQUAL(event.type, ENDPOINT_CONNECTED);
    }
    CU_ASSERT_EQUAL(endpoints_send(ann, 0, "hello", NULL), DALV_UNAVAILABLE);
    endpoint_close(&ann);
    endpoint_close(&server);
}

/* On loopback and in the process there need not be keys. */
static void lets_in_who_comes_by_a_socket_without_keys(void)
{
    struct endpoint *server;
    struct endpoint *client;
    struct endpoint_event event;
    struct curve_key sender;

    start();
    server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_OK);
    event = endpoints_await(server, ENDPOINT_RECEIVED);
    CU_ASSERT_FALSE(parcel_sender(event.parcel, &sender));
    parcel_destroy(&event.parcel);
    endpoint_close(&client);
    endpoint_close(&server);
    gatekeeper_stop();
}

static void takes_another_list_at_any_time(void)
{
    struct endpoint *server;
    struct endpoint *ann;
    struct endpoint *eve;

    start();
    admit_ann();
    server = bind_server();
    ann = connect_to(server, &ann_keys);
    (void)endpoints_await(ann, ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(gatekeeper_admit(GATE_NODES, &eve_keys.own.public_key, 1),
                    DALV_OK);
    eve = connect_to(server, &eve_keys);
    (void)endpoints_await(eve, ENDPOINT_CONNECTED);
    endpoint_close(&ann);
    ann = connect_to(server, &ann_keys);
    (void)endpoints_await(ann, ENDPOINT_REFUSED);
    endpoint_close(&ann);
    endpoint_close(&eve);
    endpoint_close(&server);
    gatekeeper_stop();
}

static void holds_so_many_keys_and_no_more(void)
{
    static struct curve_key keys[GATE_KEYS_MAX + 1];

    start();
    CU_ASSERT_EQUAL(gatekeeper_admit(GATE_BACKENDS, keys, GATE_KEYS_MAX),
                    DALV_OK);
    CU_ASSERT_EQUAL(gatekeeper_admit(GATE_BACKENDS, keys, GATE_KEYS_MAX + 1),
                    DALV_TOO_BIG);
    gatekeeper_stop();
}

static const struct suite_test tests[] = {
    SUITE_TEST(lets_in_whom_it_knows_and_says_who_it_is),
    SUITE_TEST(refuses_a_key_that_it_does_not_know),
    SUITE_TEST(keeps_a_list_for_each_gate),
    SUITE_TEST(lets_nobody_in_before_it_was_told_whom),
    SUITE_TEST(lets_any_key_through_an_open_gate),
    SUITE_TEST(refuses_who_has_no_key),
    SUITE_TEST(is_not_deceived_by_another_server),
    SUITE_TEST(lets_nobody_in_once_it_is_gone),
    SUITE_TEST(lets_in_who_comes_by_a_socket_without_keys),
    SUITE_TEST(takes_another_list_at_any_time),
    SUITE_TEST(holds_so_many_keys_and_no_more),
};

int main(void)
{
    return SUITE_RUN("net/gatekeeper", tests);
}
