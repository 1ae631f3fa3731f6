#include "cli/host_probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PORT_BYTES = 8,
};

static struct addrinfo *resolve(const struct address *address)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[PORT_BYTES];

    (void)snprintf(port, sizeof(port), "%u", (unsigned)address->port);
    return getaddrinfo(address->host, port, &wanted, &found) == 0 ? found
                                                                  : NULL;
}

/* 0, or why there is no connection. */
static int wait_for(int socket)
{
    struct pollfd item = {.fd = socket, .events = POLLOUT};
    socklen_t size = sizeof(int);
    int problem = 0;

    if (poll(&item, 1, HOST_PROBE_MS) != 1)
        return ETIMEDOUT;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &problem, &size) == 0
               ? problem
               : errno;
}

static int connect_to(const struct addrinfo *place)
{
    int problem;
    int handle =
        socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (handle < 0)
        return errno;
    problem =
        connect(handle, place->ai_addr, place->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS)
        problem = wait_for(handle);
    (void)close(handle);
    return problem;
}

enum inspection_outcome host_probe(const struct address *address)
{
    struct addrinfo *place = resolve(address);
    int problem;

    if (place == NULL)
        return INSPECTION_UNRESOLVED;
    problem = connect_to(place);
    freeaddrinfo(place);
    if (problem == 0)
        return INSPECTION_ANSWERED;
    return problem == ECONNREFUSED ? INSPECTION_DOWN : INSPECTION_UNREACHABLE;
}

bool host_probe_resolves(const struct address *address)
{
    struct addrinfo *place = resolve(address);

    if (place == NULL)
        return false;
    freeaddrinfo(place);
    return true;
}
