#include "http/server.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTION_BYTES_MAX = 16 << 10, /* For headers; there are no bodies. */
};

/* Owned by its one thread, apart from what the options lend. */
struct http_server {
    struct MHD_Daemon *daemon;
    const struct health *health;
    struct metric_table metrics;
    uint16_t port;
    char page[HTTP_PAGE_BYTES_MAX];
};

/* A page writes its text and gives the status code. */
struct page {
    const char *path;
    unsigned (*write)(const struct http_server *server, struct text *text);
};

static unsigned write_live(const struct http_server *server, struct text *text)
{
    bool is_live = health_is_live(server->health, clock_boot_ms());

    text_put(text, is_live ? "live\n" : "not live\n");
    return is_live ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned write_ready(const struct http_server *server, struct text *text)
{
    bool is_ready = health_is_ready(server->health, clock_boot_ms());

    text_put(text, is_ready ? "ready\n" : "not ready\n");
    return is_ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

/* Half of the metrics would look like a fall of the others to nothing. */
static unsigned write_metrics(const struct http_server *server,
                              struct text *text)
{
    metrics_format(&server->metrics, text);
    return text->is_cut ? MHD_HTTP_INTERNAL_SERVER_ERROR : MHD_HTTP_OK;
}

static const struct page pages[] = {
    {"/healthz", write_live},
    {"/readyz", write_ready},
    {"/metrics", write_metrics},
};

static unsigned write_page(const struct http_server *server, const char *path,
                           struct text *text)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(path, pages[i].path) == 0)
            return pages[i].write(server, text);
    }
    text_put(text, "not found\n");
    return MHD_HTTP_NOT_FOUND;
}

static bool is_reading(const char *method)
{
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
           strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static unsigned write_answer(const struct http_server *server,
                             const char *method, const char *path,
                             struct text *text)
{
    if (is_reading(method))
        return write_page(server, path, text);
    text_put(text, "only GET and HEAD\n");
    return MHD_HTTP_METHOD_NOT_ALLOWED;
}

static enum MHD_Result respond(struct MHD_Connection *connection,
                               unsigned status, const struct text *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        text->size, text->data, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                  "text/plain; version=0.0.4; charset=utf-8");
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
                                  "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
                                      "GET, HEAD");
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/*
 * libmicrohttpd calls it once for the headers, where `*progress` is NULL, then
 * for each piece of a body, and at last with nothing left. Bodies are dropped.
 */
/* NOLINTNEXTLINE(readability-function-size): its parameters, not ours. */
static enum MHD_Result on_request(void *owner,
                                  struct MHD_Connection *connection,
                                  const char *path, const char *method,
                                  const char *version, const char *body,
                                  size_t *body_size, void **progress)
{
    struct http_server *server = owner;
    struct text text;
    unsigned status;

    (void)version;
    (void)body;
    if (*progress == NULL && is_reading(method)) {
        *progress = server;
        return MHD_YES;
    }
    if (*body_size > 0) {
        *body_size = 0;
        return MHD_YES;
    }
    text_init(&text, server->page, sizeof(server->page));
    status = write_answer(server, method, path, &text);
    return respond(connection, status, &text);
}

/* Numeric address and port as the system wants them. */
static bool make_address(const struct http_server_options *options,
                         struct sockaddr_storage *out_address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons(options->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(options->port)};

    memset(out_address, 0, sizeof(*out_address));
    if (inet_pton(AF_INET, options->address, &v4.sin_addr) == 1) {
        memcpy(out_address, &v4, sizeof(v4));
        return true;
    }
    if (inet_pton(AF_INET6, options->address, &v6.sin6_addr) == 1) {
        memcpy(out_address, &v6, sizeof(v6));
        return true;
    }
    return false;
}

static struct MHD_Daemon *start_daemon(struct http_server *server,
                                       const struct sockaddr_storage *address)
{
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD;

    if (address->ss_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
        (const struct sockaddr *)address, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES_MAX, MHD_OPTION_END);
}

/* Signals are the main thread's: the new one inherits that it gets none. */
static enum dalv_status start(struct http_server *server,
                              const struct sockaddr_storage *address)
{
    sigset_t all;
    sigset_t before;
    int number;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = 0;
    server->daemon = start_daemon(server, address);
    number = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (server->daemon != NULL)
        return DALV_OK;
    if (number == EADDRINUSE)
        return DALV_LOCKED;
    return number == EACCES ? DALV_NOT_PERMITTED : DALV_IO;
}

enum dalv_status http_server_open(const struct http_server_options *options,
                                  struct http_server **out_server)
{
    struct sockaddr_storage address;
    struct http_server *server;
    enum dalv_status status;

    ASSERT(metrics_check(&options->metrics) == NULL);
    if (!make_address(options, &address))
        return DALV_INVALID;
    server = calloc(1, sizeof(*server));
    if (server == NULL)
        return DALV_NO_MEMORY;
    server->health = options->health;
    server->metrics = options->metrics;
    status = start(server, &address);
    if (status != DALV_OK) {
        free(server);
        return status;
    }
    server->port =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    *out_server = server;
    return DALV_OK;
}

void http_server_close(struct http_server **server_p)
{
    struct http_server *server = *server_p;

    *server_p = NULL;
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}
