#include "net/socket.h"

#include "base/assert.h"
#include "base/bounds.h"

#include <arpa/inet.h>
#include <czmq.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What differs between the roles; all else is the same for every socket. */
struct profile {
    int type;
    int heartbeat_ms;
    int heartbeat_timeout_ms;
    int reconnect_ms;
    int reconnect_max_ms;
    int connect_ms;
    int send_messages_max;
    int receive_messages_max;
};

enum {
    /* Servers notice a silent one of them soon; a device saves its battery. */
    SERVER_HEARTBEAT_MS = 200,
    SERVER_HEARTBEAT_TIMEOUT_MS = 600,
    CLIENT_HEARTBEAT_MS = 15000,
    CLIENT_HEARTBEAT_TIMEOUT_MS = 45000,
    /*
     * ZeroMQ counts messages, not bytes, so what anybody may send or leave
     * unread is kept short: the queues of an endpoint count bytes.
     */
    CLIENT_SEND_MESSAGES_MAX = 64,
    CLIENT_RECEIVE_MESSAGES_MAX = 16,
    SERVER_MESSAGES_MAX = 1000,
    /* The default of 30 s lets anybody hold connections for nothing. */
    HANDSHAKE_MS = 2000,
    /*
     * Clients are many, and wait longer each time. Nodes are few, and a
     * partition may have no majority until others reach one that came back. Nor
     * do they wait for the system, which asks again ever later where packets
     * are dropped.
     */
    CLIENT_RECONNECT_MS = 200,
    CLIENT_RECONNECT_MAX_MS = 30000,
    CLIENT_CONNECT_MS = 10000,
    SERVER_RECONNECT_MS = 100,
    SERVER_RECONNECT_MAX_MS = 400,
    SERVER_CONNECT_MS = 1000,
    /* Unacknowledged for so long, a connection is dead. */
    TCP_UNACKNOWLEDGED_MS = 30000,
    BACKLOG = 4096,
    HOST_BYTES = 256,
    /* Refuse peers while nobody answers for the domain. The library has it, its
       header of 4.3.4 hides the name among the drafts. */
    SOCKET_ZAP_ENFORCE_DOMAIN = 93,
    MONITOR_NAME_BYTES = 48,
};

static struct profile profile_of(enum endpoint_role role)
{
    struct profile profile = {
        .type = socket_is_bound(role) ? ZMQ_ROUTER : ZMQ_DEALER,
        .heartbeat_ms = SERVER_HEARTBEAT_MS,
        .heartbeat_timeout_ms = SERVER_HEARTBEAT_TIMEOUT_MS,
        .reconnect_ms = SERVER_RECONNECT_MS,
        .reconnect_max_ms = SERVER_RECONNECT_MAX_MS,
        .connect_ms = SERVER_CONNECT_MS,
        .send_messages_max = SERVER_MESSAGES_MAX,
        .receive_messages_max = SERVER_MESSAGES_MAX,
    };

    if (role == ENDPOINT_FOR_CLIENTS || role == ENDPOINT_TO_ROUTER) {
        profile.heartbeat_ms = CLIENT_HEARTBEAT_MS;
        profile.heartbeat_timeout_ms = CLIENT_HEARTBEAT_TIMEOUT_MS;
        profile.reconnect_ms = CLIENT_RECONNECT_MS;
        profile.reconnect_max_ms = CLIENT_RECONNECT_MAX_MS;
        profile.connect_ms = CLIENT_CONNECT_MS;
    }
    if (role == ENDPOINT_FOR_CLIENTS) {
        profile.send_messages_max = CLIENT_SEND_MESSAGES_MAX;
        profile.receive_messages_max = CLIENT_RECEIVE_MESSAGES_MAX;
    }
    return profile;
}

bool socket_is_bound(enum endpoint_role role)
{
    return role == ENDPOINT_FOR_CLIENTS || role == ENDPOINT_FOR_SERVERS;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* By the literal alone: a name may mean anything, tomorrow. */
static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;

    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* The host of "tcp://host:port" or "tcp://[host]:port"; false if none. */
static bool read_host(const char *address, char *host, size_t capacity)
{
    const char *start = address + strlen("tcp://");
    const char *end = strrchr(start, ':');

    if (end == NULL || end == start)
        return false;
    if (*start == '[') {
        start++;
        end--;
        if (*end != ']')
            return false;
    }
    if ((size_t)(end - start) >= capacity)
        return false;
    memcpy(host, start, (size_t)(end - start));
    host[end - start] = '\0';
    return true;
}

static bool is_allowed(const struct endpoint_options *options)
{
    char host[HOST_BYTES];

    if (!has_prefix(options->address, "tcp://"))
        return false;
    return read_host(options->address, host, sizeof(host)) &&
           (options->keys != NULL || is_loopback(host));
}

/* Where the library asks, by RFC 27. */
static const char questions[] = "inproc://zeromq.zap.01";

#define SOCKET_EVENTS                                                          \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |     \
     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED)

/* Of options that this version of the library knows: any failure is ours. */
static void set(zsock_t *socket, int option, int value)
{
    ASSERT(zmq_setsockopt(zsock_resolve(socket), option, &value,
                          sizeof(value)) == 0);
}

static void set_frame_max(zsock_t *socket, size_t frame_bytes_max)
{
    int64_t max = frame_bytes_max != 0 ? (int64_t)frame_bytes_max
                                       : BOUNDS_MESSAGE_BYTES_MAX;

    ASSERT(zmq_setsockopt(zsock_resolve(socket), ZMQ_MAXMSGSIZE, &max,
                          sizeof(max)) == 0);
}

static void set_times(zsock_t *socket, const struct profile *profile)
{
    set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set(socket, ZMQ_HEARTBEAT_IVL, profile->heartbeat_ms);
    set(socket, ZMQ_HEARTBEAT_TIMEOUT, profile->heartbeat_timeout_ms);
    set(socket, ZMQ_RECONNECT_IVL, profile->reconnect_ms);
    set(socket, ZMQ_RECONNECT_IVL_MAX, profile->reconnect_max_ms);
    set(socket, ZMQ_CONNECT_TIMEOUT, profile->connect_ms);
    set(socket, ZMQ_TCP_KEEPALIVE, 1);
    set(socket, ZMQ_TCP_MAXRT, TCP_UNACKNOWLEDGED_MS);
    /* Nothing ever waits: neither a send, nor a receive, nor the end. */
    set(socket, ZMQ_SNDTIMEO, 0);
    set(socket, ZMQ_RCVTIMEO, 0);
    set(socket, ZMQ_LINGER, 0);
}

/*
 * With a domain, ZeroMQ refuses peers that speak its protocols before version
 * 3. Without, 5,000 random bytes may reach us as frames of old; and one that
 * hangs up at the wrong moment ends the process, by an assertion of the library
 * (4.3.4, process_routing_id_msg). The gatekeeper lets peers of this domain
 * pass.
 */
static void set_domain(zsock_t *socket, const char *domain)
{
    ASSERT(zmq_setsockopt(zsock_resolve(socket), ZMQ_ZAP_DOMAIN, domain,
                          strlen(domain)) == 0);
}

static void set_key(zsock_t *socket, int option, const struct curve_key *key)
{
    ASSERT(zmq_setsockopt(zsock_resolve(socket), option, key->bytes,
                          sizeof(key->bytes)) == 0);
}

/* CURVE: both prove who they are, and nobody else reads or changes a byte. */
static void set_keys(zsock_t *socket, const struct endpoint_options *options)
{
    const struct endpoint_keys *keys = options->keys;

    set_key(socket, ZMQ_CURVE_SECRETKEY, &keys->own.secret_key);
    if (socket_is_bound(options->role)) {
        set(socket, ZMQ_CURVE_SERVER, 1);
        set(socket, SOCKET_ZAP_ENFORCE_DOMAIN, 1);
        set_domain(socket, gate_name(keys->gate));
    } else {
        set_key(socket, ZMQ_CURVE_PUBLICKEY, &keys->own.public_key);
        set_key(socket, ZMQ_CURVE_SERVERKEY, &keys->server);
    }
}

static void harden(zsock_t *socket, const struct endpoint_options *options)
{
    struct profile profile = profile_of(options->role);

    if (options->keys != NULL)
        set_keys(socket, options);
    else
        set_domain(socket, SOCKET_OPEN_DOMAIN);
    set_frame_max(socket, options->frame_bytes_max);
    set_times(socket, &profile);
    set(socket, ZMQ_SNDHWM, profile.send_messages_max);
    set(socket, ZMQ_RCVHWM, profile.receive_messages_max);
    set(socket, ZMQ_BACKLOG, BACKLOG);
    set(socket, ZMQ_IPV6, strchr(options->address, '[') != NULL);
    if (profile.type == ZMQ_ROUTER) {
        set(socket, ZMQ_ROUTER_MANDATORY, 1);
        set(socket, ZMQ_ROUTER_HANDOVER, 0);
    } else {
        /* What is sent while there is no connection would wait for one. */
        set(socket, ZMQ_IMMEDIATE, 1);
    }
}

static enum dalv_status attach(zsock_t *socket,
                               const struct endpoint_options *options)
{
    void *handle = zsock_resolve(socket);
    int result = socket_is_bound(options->role)
                     ? zmq_bind(handle, options->address)
                     : zmq_connect(handle, options->address);

    if (result == 0)
        return DALV_OK;
    return errno == EADDRINUSE ? DALV_LOCKED : DALV_INVALID;
}

/*
 * Hears of the connection of `watched`. The name of a monitor is free again
 * only when a thread of the library got to it; and a new socket may well lie
 * where an old one lay.
 */
static zsock_t *make_monitor(zsock_t *watched)
{
    char name[MONITOR_NAME_BYTES];
    zsock_t *monitor = zsock_new(ZMQ_PAIR);
    unsigned attempt = 0;
    int result;

    ASSERT(monitor != NULL);
    set(monitor, ZMQ_LINGER, 0);
    set(monitor, ZMQ_RCVTIMEO, 0);
    do {
        (void)snprintf(name, sizeof(name), "inproc://monitor-%p-%u",
                       (void *)watched, attempt++);
        result =
            zmq_socket_monitor(zsock_resolve(watched), name, SOCKET_EVENTS);
        ASSERT(result == 0 || errno == EADDRINUSE);
    } while (result != 0);
    ASSERT(zmq_connect(zsock_resolve(monitor), name) == 0);
    return monitor;
}

enum dalv_status socket_open(const struct endpoint_options *options,
                             zsock_t **out_socket, zsock_t **out_monitor)
{
    zsock_t *socket;
    zsock_t *monitor = NULL;
    enum dalv_status status;

    if (!is_allowed(options))
        return DALV_INVALID;
    socket = zsock_new(profile_of(options->role).type);
    ASSERT(socket != NULL);
    harden(socket, options);
    if (!socket_is_bound(options->role))
        monitor = make_monitor(socket);
    status = attach(socket, options);
    if (status != DALV_OK) {
        if (monitor != NULL)
            socket_silence(socket);
        socket_close(&socket);
        socket_close(&monitor);
        return status;
    }
    *out_socket = socket;
    *out_monitor = monitor;
    return DALV_OK;
}

zsock_t *socket_open_gatekeeper(void)
{
    zsock_t *socket = zsock_new(ZMQ_REP);

    ASSERT(socket != NULL);
    set(socket, ZMQ_LINGER, 0);
    ASSERT(zmq_bind(zsock_resolve(socket), questions) == 0);
    return socket;
}

/* A closed socket keeps its name until a thread of the library got to it. */
void socket_close_gatekeeper(zsock_t **socket_p)
{
    (void)zmq_unbind(zsock_resolve(*socket_p), questions);
    zsock_destroy(socket_p);
}

/*
 * The library's thread tells the monitor and waits until it can: for ever, once
 * nobody hears it, and all connections of the process with it (4.3.4). A closed
 * socket lives on for a while, so it is told to be silent before.
 */
void socket_silence(zsock_t *socket)
{
    ASSERT(zmq_socket_monitor(zsock_resolve(socket), NULL, 0) == 0);
}

void socket_close(zsock_t **socket_p)
{
    if (*socket_p != NULL)
        zsock_destroy(socket_p);
}
