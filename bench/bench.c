#include "bench/bench.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT_ATTEMPTS = 100,
    PORT_RANGE = 10, /* A server takes ports up to so many above its own. */
};

void bench_tell(const char *what, const char *detail)
{
    (void)fprintf(stderr, "  %-34s %s\n", what, detail);
}

_Noreturn void bench_give_up(const char *what, const char *why)
{
    (void)fprintf(stderr, "dalv-bench: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

void bench_path(const struct bench *bench, const char *name,
                char path[BENCH_PATH_BYTES])
{
    int size =
        snprintf(path, BENCH_PATH_BYTES, "%s/%s", bench->plan.scratch, name);

    if (size < 0 || size >= BENCH_PATH_BYTES)
        bench_give_up(name, "the path is too long");
}

/* The port that was bound, or 0. */
static uint16_t try_port(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_bound =
        socket_fd >= 0 &&
        bind(socket_fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        getsockname(socket_fd, (struct sockaddr *)&address, &size) == 0;

    if (socket_fd >= 0)
        (void)close(socket_fd);
    return is_bound ? ntohs(address.sin_port) : 0;
}

static bool is_range_free(uint16_t first)
{
    for (unsigned i = 0; i <= PORT_RANGE; i++)
        if (first > UINT16_MAX - PORT_RANGE ||
            try_port((uint16_t)(first + i)) == 0)
            return false;
    return true;
}

uint16_t bench_free_port(void)
{
    for (unsigned i = 0; i < PORT_ATTEMPTS; i++) {
        uint16_t port = try_port(0);

        if (port != 0 && is_range_free(port))
            return port;
    }
    bench_give_up("loopback", "no free ports");
}
