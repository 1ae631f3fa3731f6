/*
 * Sockets over the simulator's wires: bound ones are found by their address,
 * connecting ones connect again whenever their wire is cut.
 *
 * A parcel that was sent is on its way, or lost; nothing waits on this side,
 * and nobody is told more than net/endpoint.h tells him.
 */
#include "tests/sim/host/endpoint.h"

#include "base/assert.h"
#include "tests/sim/host/loop.h"
#include "tests/sim/host/process.h"
#include "tests/sim/world.h"

#include <stdlib.h>
#include <string.h>

enum {
    ADDRESS_BYTES = 96,
    CONNECT_US = 20000, /* Between two attempts, ... */
    CONNECT_MORE_US = 200000,
    FIRST_MORE_US = 5000, /* ... and until the first. */
};

struct endpoint {
    struct endpoint *next; /* Of the same process. */
    struct process *process;
    uint64_t life; /* Of the process. */
    enum endpoint_role role;
    char address[ADDRESS_BYTES];
    bool is_closed;
    struct wire *wire; /* Connecting: NULL while there is none. */
    struct endpoint_event *inbox;
    size_t first; /* Of the inbox: what is before was taken. */
    size_t count;
    size_t capacity;
};

static bool is_bound(const struct endpoint *endpoint)
{
    return endpoint->role == ENDPOINT_FOR_CLIENTS ||
           endpoint->role == ENDPOINT_FOR_SERVERS;
}

/* ---- In ---- */

static void put(struct endpoint *endpoint, enum endpoint_event_type type,
                struct parcel *parcel)
{
    if (endpoint->count == endpoint->capacity) {
        endpoint->capacity = 2 * endpoint->capacity + 16;
        endpoint->inbox =
            realloc(endpoint->inbox,
                    endpoint->capacity * sizeof(struct endpoint_event));
        ASSERT(endpoint->inbox != NULL);
    }
    endpoint->inbox[endpoint->count++] =
        (struct endpoint_event){.type = type, .parcel = parcel};
    if (endpoint->process->loop != NULL)
        loop_wake(endpoint->process->loop);
}

bool endpoint_receive(struct endpoint *endpoint,
                      struct endpoint_event *out_event)
{
    if (endpoint->first == endpoint->count) {
        endpoint->first = 0;
        endpoint->count = 0;
        return false;
    }
    *out_event = endpoint->inbox[endpoint->first++];
    return true;
}

static void on_parcel(void *owner, struct wire *wire, struct parcel **parcel_p)
{
    struct endpoint *endpoint = owner;

    parcel_set_peer(*parcel_p,
                    is_bound(endpoint) ? wire->number : PARCEL_ONLY_PEER);
    put(endpoint, ENDPOINT_RECEIVED, *parcel_p);
    *parcel_p = NULL;
}

/* ---- Connections ---- */

static void on_connect(void *owner, struct moment *moment);

static void connect_after(struct endpoint *endpoint, uint64_t us)
{
    process_put(endpoint->process, us, on_connect, endpoint);
}

static void connect_again(struct endpoint *endpoint)
{
    struct prng *prng = &endpoint->process->world->prng;

    connect_after(endpoint, CONNECT_US + prng_below(prng, CONNECT_MORE_US));
}

/* Whoever listens is not told: he finds out when he sends. */
static void on_cut(void *owner, struct wire *wire)
{
    struct endpoint *endpoint = owner;

    if (wire != endpoint->wire)
        return;
    endpoint->wire = NULL;
    put(endpoint, ENDPOINT_DISCONNECTED, NULL);
    connect_again(endpoint);
}

static struct wire_end end_of(struct endpoint *endpoint)
{
    return (struct wire_end){.owner = endpoint,
                             .process = endpoint->process,
                             .on_parcel = on_parcel,
                             .on_cut = on_cut};
}

void socket_accept(struct endpoint *endpoint, struct wire *wire)
{
    wire->ends[WIRE_SERVER] = end_of(endpoint);
}

/* Over the network, as it is now. */
static struct endpoint *find_listener(const struct endpoint *endpoint)
{
    struct world *world = endpoint->process->world;

    for (unsigned i = 0; i < WORLD_PROCESSES_MAX; i++) {
        struct process *process = world->processes[i];
        struct endpoint *listener;

        if (process == NULL ||
            world_is_blocked(world, endpoint->process, process) ||
            world_is_blocked(world, process, endpoint->process))
            continue;
        listener = sockets_find(process, endpoint->address);
        if (listener != NULL)
            return listener;
    }
    return NULL;
}

static void on_connect(void *owner, struct moment *moment)
{
    struct endpoint *endpoint = owner;
    struct endpoint *listener;

    if (!process_is_due(endpoint->process, moment) || endpoint->is_closed ||
        endpoint->wire != NULL)
        return;
    listener = find_listener(endpoint);
    if (listener == NULL) {
        connect_again(endpoint);
        return;
    }
    endpoint->wire = wires_add(&endpoint->process->world->wires);
    endpoint->wire->is_between_servers = true;
    endpoint->wire->ends[WIRE_CLIENT] = end_of(endpoint);
    socket_accept(listener, endpoint->wire);
    put(endpoint, ENDPOINT_CONNECTED, NULL);
}

struct endpoint *sockets_find(struct process *process, const char *address)
{
    struct endpoint *endpoint = process->sockets;

    if (!process->is_up || process->world->now_us < process->paused_until_us)
        return NULL;
    while (endpoint != NULL &&
           (endpoint->is_closed || endpoint->life != process->life ||
            !is_bound(endpoint) || strcmp(endpoint->address, address) != 0))
        endpoint = endpoint->next;
    return endpoint;
}

struct endpoint *endpoint_cut(struct endpoint *endpoint)
{
    if (endpoint->wire != NULL)
        wire_cut(endpoint->wire);
    return endpoint->next;
}

/* ---- Out ---- */

enum dalv_status endpoint_send(struct endpoint *endpoint,
                               struct parcel **parcel_p)
{
    struct wires *wires = &endpoint->process->world->wires;
    struct wire *wire = endpoint->wire;
    bool is_sent = false;

    if (is_bound(endpoint))
        wire = wires_find(wires, parcel_peer(*parcel_p));
    if (wire != NULL && is_bound(endpoint))
        is_sent = wire->ends[WIRE_SERVER].owner == endpoint &&
                  wire_send(wire, WIRE_CLIENT, parcel_p);
    else if (wire != NULL)
        is_sent = wire_send(wire, WIRE_SERVER, parcel_p);
    parcel_destroy(parcel_p);
    return is_sent ? DALV_OK : DALV_UNAVAILABLE;
}

/* ---- Life ---- */

enum dalv_status endpoint_open(const struct endpoint_options *options,
                               struct endpoint **out_endpoint)
{
    struct process *process = process_current();
    struct endpoint *endpoint = calloc(1, sizeof(*endpoint));
    const char *address = options->address;

    ASSERT(endpoint != NULL && address != NULL &&
           strlen(address) < ADDRESS_BYTES);
    endpoint->process = process;
    endpoint->life = process->life;
    endpoint->role = options->role;
    memcpy(endpoint->address, address, strlen(address) + 1);
    endpoint->next = process->sockets;
    process->sockets = endpoint;
    if (!is_bound(endpoint))
        connect_after(endpoint,
                      prng_below(&process->world->prng, FIRST_MORE_US));
    *out_endpoint = endpoint;
    return DALV_OK;
}

static void empty(struct endpoint *endpoint)
{
    while (endpoint->first < endpoint->count)
        parcel_destroy(&endpoint->inbox[endpoint->first++].parcel);
    free(endpoint->inbox);
    endpoint->inbox = NULL;
    endpoint->first = 0;
    endpoint->count = 0;
    endpoint->capacity = 0;
}

/* Of a bound one: each wire that leads to it. */
static void drop_clients(struct endpoint *endpoint)
{
    struct wires *wires = &endpoint->process->world->wires;

    for (size_t i = 0; i < wires->count; i++) {
        if (wires->items[i]->ends[WIRE_SERVER].owner == endpoint)
            wire_drop(wires->items[i], WIRE_SERVER);
    }
}

static void close_one(struct endpoint *endpoint)
{
    endpoint->is_closed = true;
    if (is_bound(endpoint))
        drop_clients(endpoint);
    else if (endpoint->wire != NULL)
        wire_drop(endpoint->wire, WIRE_CLIENT);
    endpoint->wire = NULL;
    empty(endpoint);
}

void endpoint_close(struct endpoint **endpoint_p)
{
    if (*endpoint_p != NULL)
        close_one(*endpoint_p);
    *endpoint_p = NULL;
}

void sockets_destroy(struct endpoint **first_p)
{
    while (*first_p != NULL) {
        struct endpoint *endpoint = *first_p;

        *first_p = endpoint->next;
        empty(endpoint);
        free(endpoint);
    }
}

/* ---- Measures: nothing waits here ---- */

size_t endpoint_waiting_bytes(const struct endpoint *endpoint)
{
    (void)endpoint;
    return 0;
}

size_t endpoint_untaken_bytes(const struct endpoint *endpoint)
{
    (void)endpoint;
    return 0;
}
