#include "bench/redis_group.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/prng.h"
#include "bench/histogram.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FOLLOW_MS_MAX = 30000,
    FOLLOW_POLL_MS = 20,
    ANSWER_MS_MAX = 30000,
    CONNECTIONS_MAX = 64,
    REQUEST_BYTES = 4096,
    ANSWER_BYTES = 32,
    VALUE_BYTES_MAX = 2048,
    US_PER_MS = 1000,
    /* "+OK\r\n:1\r\n", or 2 where the 1 is. */
    ANSWER_SIZE = 9,
    ANSWER_COUNT_AT = 6,
};

static const char answer_start[] = "+OK\r\n:";

struct connection {
    int socket;
    uint64_t sent_us;
    size_t size;
    char answer[ANSWER_BYTES];
};

struct waiting_load {
    const struct bench_plan *plan;
    struct prng prng;
    int epoll;
    bool is_over;
    unsigned under_way;
    char value[VALUE_BYTES_MAX];
    struct connection connections[CONNECTIONS_MAX];
    struct histogram latency_us;
};

/* ---- Servers ---- */

static int open_connection(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;
    int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (opened < 0 ||
        connect(opened, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        setsockopt(opened, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
        bench_give_up("redis", strerror(errno));
    return opened;
}

/* Replicas that have a write that was just made. */
static unsigned count_replicas(int connection)
{
    static const char question[] = "SET followed yes\r\nWAIT 2 1000\r\n";
    char answer[ANSWER_BYTES] = "";
    size_t size = 0;

    if (send(connection, question, sizeof(question) - 1, MSG_NOSIGNAL) <= 0)
        bench_give_up("redis", strerror(errno));
    while (size < ANSWER_SIZE) {
        ssize_t count =
            recv(connection, answer + size, sizeof(answer) - 1 - size, 0);

        if (count <= 0)
            bench_give_up("redis", "a connection was closed");
        size += (size_t)count;
    }
    return strncmp(answer, answer_start, ANSWER_COUNT_AT) == 0
               ? (unsigned)(answer[ANSWER_COUNT_AT] - '0')
               : 0;
}

void redis_group_start(struct redis_group *group, const struct bench *bench)
{
    uint64_t end_ms = clock_boot_ms() + FOLLOW_MS_MAX;
    int connection;

    redis_start(&group->master, bench);
    for (size_t i = 0; i < REDIS_GROUP_REPLICAS; i++) {
        char name[ANSWER_BYTES];

        (void)snprintf(name, sizeof(name), "redis-replica-%zu", i);
        redis_start_replica(&group->replicas[i], &group->master, name);
    }
    connection = open_connection(group->master.port);
    while (count_replicas(connection) < REDIS_GROUP_REPLICAS) {
        if (clock_boot_ms() >= end_ms)
            bench_give_up("redis", "the replicas do not follow");
        (void)poll(NULL, 0, FOLLOW_POLL_MS);
    }
    (void)close(connection);
}

void redis_group_stop(struct redis_group *group)
{
    redis_stop(&group->master);
    for (size_t i = 0; i < REDIS_GROUP_REPLICAS; i++)
        redis_stop(&group->replicas[i]);
}

/* ---- The loop ---- */

static void ask(struct waiting_load *load, struct connection *connection)
{
    char request[REQUEST_BYTES];
    int size = snprintf(
        request, sizeof(request),
        "*3\r\n$3\r\nSET\r\n$16\r\nkey:%012llu\r\n$%zu\r\n%.*s\r\n"
        "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$1\r\n0\r\n",
        (unsigned long long)prng_below(&load->prng, load->plan->keys),
        load->plan->value_bytes, (int)load->plan->value_bytes, load->value);

    ASSERT(size > 0 && size < (int)sizeof(request));
    connection->size = 0;
    connection->sent_us = clock_boot_us();
    if (send(connection->socket, request, (size_t)size, MSG_NOSIGNAL) != size)
        bench_give_up("redis", "a request was not sent");
    load->under_way++;
}

static void on_ready(struct waiting_load *load, struct connection *connection)
{
    ssize_t count =
        recv(connection->socket, connection->answer + connection->size,
             sizeof(connection->answer) - connection->size, 0);

    if (count <= 0)
        bench_give_up("redis", "a connection was closed");
    connection->size += (size_t)count;
    if (connection->size < ANSWER_SIZE)
        return;
    if (memcmp(connection->answer, answer_start, ANSWER_COUNT_AT) != 0 ||
        connection->answer[ANSWER_COUNT_AT] == '0')
        bench_give_up("redis", "a write has no copy");
    histogram_add(&load->latency_us, clock_boot_us() - connection->sent_us);
    load->under_way--;
    if (!load->is_over)
        ask(load, connection);
}

static void open_all(struct waiting_load *load, uint16_t port, unsigned count)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    ASSERT(load->epoll >= 0 && count <= CONNECTIONS_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};

        load->connections[i].socket = open_connection(port);
        ASSERT(epoll_ctl(load->epoll, EPOLL_CTL_ADD,
                         load->connections[i].socket, &event) == 0);
    }
}

static void close_all(struct waiting_load *load, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)close(load->connections[i].socket);
    (void)close(load->epoll);
}

/* Microseconds that it took. */
static uint64_t run(struct waiting_load *load, unsigned count)
{
    struct epoll_event events[CONNECTIONS_MAX];
    uint64_t began_us = clock_boot_us();
    uint64_t end_us = began_us + (uint64_t)load->plan->measure_ms * US_PER_MS;

    for (unsigned i = 0; i < count; i++)
        ask(load, &load->connections[i]);
    while (load->under_way > 0) {
        int ready =
            epoll_wait(load->epoll, events, CONNECTIONS_MAX, ANSWER_MS_MAX);

        if (ready == 0 || (ready < 0 && errno != EINTR))
            bench_give_up("redis", "no answer in time");
        for (int i = 0; i < ready; i++)
            on_ready(load, &load->connections[events[i].data.u64]);
        load->is_over = clock_boot_us() >= end_us;
    }
    return clock_boot_us() - began_us;
}

struct redis_result redis_group_measure(const struct redis_group *group,
                                        unsigned connections)
{
    struct waiting_load *load = calloc(1, sizeof(*load));
    struct redis_result result;
    uint64_t took_us;

    ASSERT(load != NULL);
    load->plan = &group->master.bench->plan;
    ASSERT(load->plan->value_bytes <= VALUE_BYTES_MAX);
    prng_init(&load->prng, clock_wall_us());
    for (size_t i = 0; i < load->plan->value_bytes; i++)
        load->value[i] = (char)('a' + prng_below(&load->prng, 26));
    open_all(load, group->master.port, connections);
    took_us = run(load, connections);
    close_all(load, connections);
    result = (struct redis_result){
        .rate = (double)load->latency_us.count * 1e6 / (double)took_us,
        .p50_ms = histogram_percentile(&load->latency_us, 50) / 1e3,
        .p99_ms = histogram_percentile(&load->latency_us, 99) / 1e3,
    };
    free(load);
    return result;
}
