#include "tests/support/live_network.h"

#include "base/assert.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

enum {
    COMMAND_BYTES = 1024,
};

/* True if all of it went well. */
__attribute__((format(printf, 1, 2))) static bool run(const char *format, ...)
{
    char command[COMMAND_BYTES];
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    ASSERT(size > 0 && size < COMMAND_BYTES);
    /* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): a test of ours. */
    return system(command) == 0;
}

/* The names of `ip netns` are files below /run: those are ours alone, too. */
static bool leave_the_network(void)
{
    return unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") == 0;
}

static bool make_middle(void)
{
    return run("exec 2>/dev/null; ip link set lo up && "
               "echo 1 >/proc/sys/net/ipv4/ip_forward && "
               "iptables -w -P FORWARD ACCEPT");
}

static bool make_place(size_t place)
{
    return run("exec 2>/dev/null; n=%zu; ip netns add p$n && "
               "ip link add v$n type veth peer name eth0 netns p$n && "
               "ip address add 10.77.$n.1/24 dev v$n && ip link set v$n up && "
               "ip -n p$n link set lo up && "
               "ip -n p$n address add 10.77.$n.2/24 dev eth0 && "
               "ip -n p$n link set eth0 up && "
               "ip -n p$n route add default via 10.77.$n.1 src 10.77.$n.2",
               place);
}

int live_network_go(const char *path)
{
    int place = open(path, O_RDONLY | O_CLOEXEC);
    int result = place < 0 ? -1 : setns(place, CLONE_NEWNET);

    if (place >= 0)
        (void)close(place);
    return result;
}

bool live_network_enter(size_t place_count)
{
    bool is_made = run("command -v ip iptables >/dev/null") &&
                   leave_the_network() && make_middle();

    ASSERT(place_count <= LIVE_NETWORK_PLACES_MAX);
    for (size_t i = 1; is_made && i <= place_count; i++)
        is_made = make_place(i);
    if (!is_made)
        (void)puts("skipped: network namespaces want root, ip and iptables");
    return is_made;
}

void live_network_host(size_t place, char host[LIVE_NETWORK_HOST_BYTES])
{
    (void)snprintf(host, LIVE_NETWORK_HOST_BYTES, "10.77.%zu.2", place);
}

void live_network_path(size_t place, char path[LIVE_NETWORK_PATH_BYTES])
{
    (void)snprintf(path, LIVE_NETWORK_PATH_BYTES, "/run/netns/p%zu", place);
}

void live_network_cut(size_t from, size_t to)
{
    char source[LIVE_NETWORK_HOST_BYTES];
    char target[LIVE_NETWORK_HOST_BYTES];

    ASSERT(from > 0 && to > 0);
    live_network_host(from, source);
    live_network_host(to, target);
    ASSERT(run("iptables -w -A FORWARD -s %s -d %s -j DROP", source, target));
}

void live_network_heal(void)
{
    ASSERT(run("iptables -w -F"));
}
