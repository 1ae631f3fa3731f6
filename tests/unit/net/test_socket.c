#include "net/socket.h"

#include "net/network.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <czmq.h>
#include <string.h>

static int option_of(zsock_t *socket, int option)
{
    int value = -1;
    size_t size = sizeof(value);

    CU_ASSERT_EQUAL(
        zmq_getsockopt(zsock_resolve(socket), option, &value, &size), 0);
    return value;
}

static int64_t frame_max_of(zsock_t *socket)
{
    int64_t value = 0;
    size_t size = sizeof(value);

    CU_ASSERT_EQUAL(
        zmq_getsockopt(zsock_resolve(socket), ZMQ_MAXMSGSIZE, &value, &size),
        0);
    return value;
}

static zsock_t *open_as(enum endpoint_role role, const char *address)
{
    const struct endpoint_options options = {.role = role, .address = address};
    zsock_t *socket = NULL;
    zsock_t *monitor = NULL;

    network_start(1);
    CU_ASSERT_EQUAL_FATAL(socket_open(&options, &socket, &monitor), DALV_OK);
    socket_close(&monitor);
    return socket;
}

static void expect_the_same_of_all(zsock_t *socket)
{
    CU_ASSERT_EQUAL(frame_max_of(socket), 5 << 20);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_HANDSHAKE_IVL), 2000);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_LINGER), 0);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_SNDTIMEO), 0);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_RCVTIMEO), 0);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_TCP_KEEPALIVE), 1);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_TCP_MAXRT), 30000);
    CU_ASSERT_EQUAL(option_of(socket, ZMQ_BACKLOG), 4096);
}

static void hardens_every_role(void)
{
    const enum endpoint_role roles[] = {ENDPOINT_FOR_CLIENTS,
                                        ENDPOINT_FOR_SERVERS,
                                        ENDPOINT_TO_ROUTER, ENDPOINT_TO_NODE};

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        bool is_bound = socket_is_bound(roles[i]);
        zsock_t *socket = open_as(roles[i], is_bound ? "tcp://127.0.0.1:*"
                                                     : "tcp://127.0.0.1:1");

        expect_the_same_of_all(socket);
        CU_ASSERT_EQUAL(option_of(socket, ZMQ_TYPE),
                        is_bound ? ZMQ_ROUTER : ZMQ_DEALER);
        CU_ASSERT_EQUAL(option_of(socket, ZMQ_IMMEDIATE), !is_bound);
        socket_close(&socket);
        CU_ASSERT_PTR_NULL(socket);
    }
}

static void beats_slower_for_devices(void)
{
    zsock_t *clients = open_as(ENDPOINT_FOR_CLIENTS, "tcp://127.0.0.1:*");
    zsock_t *servers = open_as(ENDPOINT_FOR_SERVERS, "tcp://127.0.0.1:*");

    CU_ASSERT_EQUAL(option_of(clients, ZMQ_HEARTBEAT_IVL), 15000);
    CU_ASSERT_EQUAL(option_of(clients, ZMQ_HEARTBEAT_TIMEOUT), 45000);
    CU_ASSERT_EQUAL(option_of(servers, ZMQ_HEARTBEAT_IVL), 200);
    CU_ASSERT_EQUAL(option_of(servers, ZMQ_HEARTBEAT_TIMEOUT), 600);
    CU_ASSERT(option_of(clients, ZMQ_RCVHWM) <= 16);
    CU_ASSERT(option_of(clients, ZMQ_SNDHWM) <= 64);
    socket_close(&clients);
    socket_close(&servers);
}

/* What came back, or is not cut off any more, is reached within a second. */
static void looks_for_nodes_without_a_rest(void)
{
    zsock_t *node = open_as(ENDPOINT_TO_NODE, "tcp://127.0.0.1:1");
    zsock_t *router = open_as(ENDPOINT_TO_ROUTER, "tcp://127.0.0.1:1");

    CU_ASSERT_EQUAL(option_of(node, ZMQ_RECONNECT_IVL), 100);
    CU_ASSERT_EQUAL(option_of(node, ZMQ_RECONNECT_IVL_MAX), 400);
    CU_ASSERT_EQUAL(option_of(node, ZMQ_CONNECT_TIMEOUT), 1000);
    CU_ASSERT_EQUAL(option_of(router, ZMQ_RECONNECT_IVL), 200);
    CU_ASSERT_EQUAL(option_of(router, ZMQ_RECONNECT_IVL_MAX), 30000);
    CU_ASSERT_EQUAL(option_of(router, ZMQ_CONNECT_TIMEOUT), 10000);
    socket_close(&node);
    socket_close(&router);
}

/* Of each of our sources, whether it makes a socket or a context. */
static bool makes_one(const char *path)
{
    static const char *const makers[] = {"zmq_socket (", "zmq_socket(",
                                         "zsock_new",    "zmq_ctx_new",
                                         "zactor_new",   "zpoller_new"};
    char *text;
    bool found = false;
    zfile_t *file = zfile_new(DALV_SOURCE_DIR, path);
    zchunk_t *chunk = NULL;

    if (file != NULL && zfile_input(file) == 0)
        chunk = zfile_read(file, 1 << 20, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(chunk);
    text = zchunk_strdup(chunk);
    for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
        found = found || strstr(text, makers[i]) != NULL;
    zstr_free(&text);
    zchunk_destroy(&chunk);
    zfile_destroy(&file);
    return found;
}

/* Only net may include ZeroMQ; of net, only one file may make a socket. */
static void is_the_only_place_that_makes_sockets(void)
{
    zdir_t *folder = zdir_new(DALV_SOURCE_DIR "/net", "-");
    zfile_t **files;
    size_t count = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    files = zdir_flatten(folder);
    for (size_t i = 0; files[i] != NULL; i++) {
        const char *name = zfile_filename(files[i], DALV_SOURCE_DIR);

        if (strstr(name, ".c") == NULL || strstr(name, ".cmake") != NULL)
            continue;
        count++;
        CU_ASSERT_EQUAL(makes_one(name), strstr(name, "socket.c") != NULL);
    }
    CU_ASSERT(count >= 9);
    zdir_flatten_free(&files);
    zdir_destroy(&folder);
}

static const struct suite_test tests[] = {
    SUITE_TEST(hardens_every_role),
    SUITE_TEST(beats_slower_for_devices),
    SUITE_TEST(looks_for_nodes_without_a_rest),
    SUITE_TEST(is_the_only_place_that_makes_sockets),
};

int main(void)
{
    return SUITE_RUN("net/socket", tests);
}
