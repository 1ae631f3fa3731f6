/*
 * Endpoints of one thread, without a socket between them.
 */
#include "net/endpoint.h"

#include "tests/support/suite.h"
#include "tests/unit/net/endpoints.h"

#include <CUnit/CUnit.h>

static struct endpoint *open_within(struct endpoint *server,
                                    size_t queue_bytes_max)
{
    const struct endpoint_options options = {
        .role = server == NULL ? ENDPOINT_FOR_SERVERS : ENDPOINT_TO_NODE,
        .within = server,
        .queue_bytes_max = queue_bytes_max,
    };
    struct endpoint *endpoint = NULL;

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &endpoint), DALV_OK);
    return endpoint;
}

/* Within the process what comes is there at once. */
static enum endpoint_event_type next_event(struct endpoint *endpoint)
{
    struct endpoint_event event = {0};

    CU_ASSERT_FALSE(endpoint_is_drained(endpoint));
    CU_ASSERT_FATAL(endpoint_receive(endpoint, &event));
    parcel_destroy(&event.parcel);
    return event.type;
}

static bool is_silent(struct endpoint *endpoint)
{
    struct endpoint_event event;

    return endpoint_is_drained(endpoint) && !endpoint_receive(endpoint, &event);
}

static void connects(void)
{
    struct endpoint *node = open_within(NULL, 0);
    struct endpoint *router = open_within(node, 0);
    struct endpoint *other = open_within(node, 0);
    uint64_t peer;

    CU_ASSERT_STRING_EQUAL(endpoint_address(node), "");
    CU_ASSERT_EQUAL(endpoints_send(router, 0, "early", NULL), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(next_event(router), ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(next_event(other), ENDPOINT_CONNECTED);
    CU_ASSERT(is_silent(router));
    CU_ASSERT(is_silent(node));
    CU_ASSERT_EQUAL(endpoints_send(router, 0, "hello", NULL), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_send(router, 0, "again", NULL), DALV_OK);
    peer = endpoints_expect(node, "hello");
    CU_ASSERT_EQUAL(endpoints_expect(node, "again"), peer);
    CU_ASSERT_EQUAL(endpoints_send(other, 0, "I too", NULL), DALV_OK);
    CU_ASSERT_NOT_EQUAL(endpoints_expect(node, "I too"), peer);
    CU_ASSERT_EQUAL(endpoints_send(node, peer, "welcome", NULL), DALV_OK);
    CU_ASSERT(is_silent(other));
    CU_ASSERT_EQUAL(endpoints_expect(router, "welcome"), PARCEL_ONLY_PEER);
    CU_ASSERT_EQUAL(endpoint_counters(node).received, 3);
    CU_ASSERT_EQUAL(endpoint_counters(router).sent, 2);
    endpoint_close(&router);
    endpoint_close(&other);
    endpoint_close(&node);
}

/* One that floods does not keep the other from its turn. */
static void hears_all_in_turn(void)
{
    struct endpoint *node = open_within(NULL, 0);
    struct endpoint *flood = open_within(node, 0);
    struct endpoint *drop = open_within(node, 0);
    uint64_t first;
    uint64_t second;

    CU_ASSERT_EQUAL(next_event(flood), ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(next_event(drop), ENDPOINT_CONNECTED);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(endpoints_send(flood, 0, "x", NULL), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_send(drop, 0, "x", NULL), DALV_OK);
    first = endpoints_expect(node, "x");
    second = endpoints_expect(node, "x");
    CU_ASSERT_NOT_EQUAL(first, second);
    endpoint_close(&flood);
    endpoint_close(&drop);
    endpoint_close(&node);
}

static void bounds_what_waits(void)
{
    struct endpoint *node = open_within(NULL, 2048);
    struct endpoint *router = open_within(node, 2048);
    enum dalv_status status = DALV_OK;
    uint64_t peer;
    int sent;

    CU_ASSERT_EQUAL(next_event(router), ENDPOINT_CONNECTED);
    for (sent = 0; status == DALV_OK && sent < 100; sent++)
        status = endpoints_send(router, 0, "to the node", NULL);
    CU_ASSERT_EQUAL(status, DALV_BUSY);
    /* All that was taken arrives, and there is room again. */
    for (int i = 1; i < sent; i++)
        (void)endpoints_expect(node, "to the node");
    CU_ASSERT(is_silent(node));
    CU_ASSERT_EQUAL(endpoints_send(router, 0, "more", NULL), DALV_OK);
    peer = endpoints_expect(node, "more");

    /* One that does not read is given up, and begins again. */
    for (sent = 0; status != DALV_UNAVAILABLE && sent < 100; sent++)
        status = endpoints_send(node, peer, "to the router", NULL);
    CU_ASSERT_EQUAL(status, DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(endpoints_send(node, peer, "x", NULL), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(next_event(router), ENDPOINT_DISCONNECTED);
    CU_ASSERT_EQUAL(next_event(router), ENDPOINT_CONNECTED);
    CU_ASSERT(is_silent(router));
    CU_ASSERT_EQUAL(endpoints_send(node, peer, "anew", NULL), DALV_OK);
    (void)endpoints_expect(router, "anew");
    endpoint_close(&router);
    endpoint_close(&node);
}

static void hears_that_the_other_has_gone(void)
{
    struct endpoint *node = open_within(NULL, 0);
    struct endpoint *router = open_within(node, 0);
    struct endpoint *other = open_within(node, 0);
    uint64_t peer;

    CU_ASSERT_EQUAL(next_event(router), ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(next_event(other), ENDPOINT_CONNECTED);
    CU_ASSERT_EQUAL(endpoints_send(router, 0, "last words", NULL), DALV_OK);
    endpoint_close(&router);
    peer = endpoints_expect(node, "last words");
    CU_ASSERT_EQUAL(endpoints_send(node, peer, "too late", NULL),
                    DALV_UNAVAILABLE);
    CU_ASSERT(is_silent(node));
    CU_ASSERT_EQUAL(endpoints_send(other, 0, "never read", NULL), DALV_OK);
    endpoint_close(&node);
    CU_ASSERT_EQUAL(next_event(other), ENDPOINT_DISCONNECTED);
    CU_ASSERT(is_silent(other));
    CU_ASSERT_EQUAL(endpoints_send(other, 0, "x", NULL), DALV_UNAVAILABLE);
    endpoint_close(&other);
}

static const struct suite_test tests[] = {
    SUITE_TEST(connects),
    SUITE_TEST(hears_all_in_turn),
    SUITE_TEST(bounds_what_waits),
    SUITE_TEST(hears_that_the_other_has_gone),
};

int main(void)
{
    return SUITE_RUN("net/endpoint_within", tests);
}
