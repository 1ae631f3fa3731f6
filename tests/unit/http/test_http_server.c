/*
 * Each test talks to a server on a free loopback port, over a socket of its
 * own: what it sends stands on the left, how the answer begins on the right.
 */
#include "http/server.h"

#include "base/clock.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    PATIENCE_S = 10,
    ANSWER_MAX = 16 << 10,
};

static struct metric_counter visits;

static const struct metric rows[] = {
    {"dalv_visits_total", "Visits.", NULL, METRIC_COUNTER, &visits},
};

struct fixture {
    struct health health;
    struct http_server *server;
    char answer[ANSWER_MAX];
};

static enum dalv_status open_at(struct fixture *fixture, const char *address,
                                uint16_t port, struct http_server **out_server)
{
    const struct http_server_options options = {
        .address = address,
        .port = port,
        .health = &fixture->health,
        .metrics = {.metrics = rows, .count = 1},
    };

    return http_server_open(&options, out_server);
}

static void begin(struct fixture *fixture)
{
    health_init(&fixture->health, clock_boot_ms());
    fixture->server = NULL;
    CU_ASSERT_EQUAL_FATAL(open_at(fixture, "127.0.0.1", 0, &fixture->server),
                          DALV_OK);
}

static void end(struct fixture *fixture)
{
    http_server_close(&fixture->server);
    CU_ASSERT_PTR_NULL(fixture->server);
}

/* A socket that is connected to the server and waits for seconds at most. */
static int connect_to(const struct fixture *fixture)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(http_server_port(fixture->server)),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
    };
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CU_ASSERT_FATAL(connection >= 0);
    CU_ASSERT_EQUAL(setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience,
                               sizeof(patience)),
                    0);
    CU_ASSERT_EQUAL_FATAL(
        connect(connection, (const struct sockaddr *)&address, sizeof(address)),
        0);
    return connection;
}

/* All that the server says to `request`, up to its end of the connection. */
static const char *ask(struct fixture *fixture, const char *request)
{
    int connection = connect_to(fixture);
    size_t size = 0;
    ssize_t count = 1;

    CU_ASSERT_EQUAL(send(connection, request, strlen(request), MSG_NOSIGNAL),
                    (ssize_t)strlen(request));
    while (count > 0 && size < ANSWER_MAX - 1) {
        count =
            recv(connection, fixture->answer + size, ANSWER_MAX - 1 - size, 0);
        size += count > 0 ? (size_t)count : 0;
    }
    CU_ASSERT_EQUAL(count, 0);
    fixture->answer[size] = '\0';
    (void)close(connection);
    return fixture->answer;
}

#define REQUEST(method, path)                                                  \
    method " " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static bool says(const char *answer, const char *status, const char *body)
{
    const char *end = strstr(answer, "\r\n\r\n");

    return strncmp(answer, status, strlen(status)) == 0 && end != NULL &&
           strcmp(end + 4, body) == 0;
}

static void tells_that_it_lives_and_whether_it_is_ready(void)
{
    static struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/healthz")),
                        "HTTP/1.1 200 OK\r\n", "live\n"));
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/readyz")),
                        "HTTP/1.1 503 ", "not ready\n"));
    health_set_ready(&fixture.health, true);
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/readyz")),
                        "HTTP/1.1 200 OK\r\n", "ready\n"));
    end(&fixture);
}

static void tells_that_its_loop_hangs(void)
{
    static struct fixture fixture;

    begin(&fixture);
    health_set_ready(&fixture.health, true);
    health_beat(&fixture.health, clock_boot_ms() - 60000);
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/healthz")),
                        "HTTP/1.1 503 ", "not live\n"));
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/readyz")),
                        "HTTP/1.1 503 ", "not ready\n"));
    end(&fixture);
}

static void shows_its_metrics_as_they_are_now(void)
{
    static struct fixture fixture;
    const char *answer;

    begin(&fixture);
    metric_counter_add(&visits, 41);
    metric_counter_add(&visits, 1);
    answer = ask(&fixture, REQUEST("GET", "/metrics"));
    CU_ASSERT_TRUE(says(answer, "HTTP/1.1 200 OK\r\n",
                        "# HELP dalv_visits_total Visits.\n"
                        "# TYPE dalv_visits_total counter\n"
                        "dalv_visits_total 42\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(answer, "Content-Type: text/plain; version=0.0.4"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "Cache-Control: no-store"));
    end(&fixture);
}

static void answers_a_head_without_a_body(void)
{
    static struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("HEAD", "/healthz")),
                        "HTTP/1.1 200 OK\r\n", ""));
    end(&fixture);
}

static void knows_no_other_page(void)
{
    static struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/")), "HTTP/1.1 404 ",
                        "not found\n"));
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/metrics/../x")),
                        "HTTP/1.1 404 ", "not found\n"));
    end(&fixture);
}

static void takes_nothing_from_anybody(void)
{
    static struct fixture fixture;
    const char *answer;

    begin(&fixture);
    answer = ask(&fixture, REQUEST("DELETE", "/metrics"));
    CU_ASSERT_TRUE(says(answer, "HTTP/1.1 405 ", "only GET and HEAD\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "Allow: GET, HEAD"));
    answer = ask(&fixture, "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: "
                           "close\r\nContent-Length: 3\r\n\r\nabc");
    CU_ASSERT_EQUAL(strncmp(answer, "HTTP/1.1 405 ", 13), 0);
    answer = ask(&fixture, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: "
                           "close\r\nContent-Length: 3\r\n\r\nabc");
    CU_ASSERT_TRUE(says(answer, "HTTP/1.1 200 ", "live\n"));
    end(&fixture);
}

/* Silent connections hold every place; whoever comes next waits for one. */
static void bounds_its_connections(void)
{
    static struct fixture fixture;
    const char *request = REQUEST("GET", "/healthz");
    int silent[HTTP_CONNECTIONS_MAX];
    int waiting;
    char byte;

    begin(&fixture);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        silent[i] = connect_to(&fixture);
    waiting = connect_to(&fixture);
    CU_ASSERT_EQUAL(send(waiting, request, strlen(request), MSG_NOSIGNAL),
                    (ssize_t)strlen(request));
    CU_ASSERT_EQUAL(recv(waiting, &byte, 1, MSG_DONTWAIT), -1);
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        (void)close(silent[i]);
    CU_ASSERT_EQUAL(recv(waiting, &byte, 1, 0), 1);
    (void)close(waiting);
    end(&fixture);
}

static void survives_what_is_no_http(void)
{
    static struct fixture fixture;
    static char noise[64 << 10];
    int connection;

    begin(&fixture);
    memset(noise, 0xA5, sizeof(noise));
    connection = connect_to(&fixture);
    (void)send(connection, noise, sizeof(noise), MSG_NOSIGNAL);
    (void)close(connection);
    CU_ASSERT_TRUE(says(ask(&fixture, REQUEST("GET", "/healthz")),
                        "HTTP/1.1 200 OK\r\n", "live\n"));
    end(&fixture);
}

static void says_why_it_cannot_listen(void)
{
    static struct fixture fixture;
    struct http_server *second = NULL;

    begin(&fixture);
    CU_ASSERT_EQUAL(open_at(&fixture, "127.0.0.1",
                            http_server_port(fixture.server), &second),
                    DALV_LOCKED);
    CU_ASSERT_EQUAL(open_at(&fixture, "localhost", 0, &second), DALV_INVALID);
    CU_ASSERT_PTR_NULL(second);
    http_server_close(&second);
    end(&fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(tells_that_it_lives_and_whether_it_is_ready),
    SUITE_TEST(tells_that_its_loop_hangs),
    SUITE_TEST(shows_its_metrics_as_they_are_now),
    SUITE_TEST(answers_a_head_without_a_body),
    SUITE_TEST(knows_no_other_page),
    SUITE_TEST(takes_nothing_from_anybody),
    SUITE_TEST(bounds_its_connections),
    SUITE_TEST(survives_what_is_no_http),
    SUITE_TEST(says_why_it_cannot_listen),
};

int main(void)
{
    return SUITE_RUN("http/server", tests);
}
