#include "tests/sim/wire.h"

#include "base/assert.h"
#include "model/message.h"
#include "proto/frame.h"
#include "tests/sim/host/process.h"
#include "tests/sim/world.h"

#include <stdlib.h>

enum {
    NOTICE_US_MAX = 3000000,       /* Until a cut is noticed, ... */
    NOTICE_SERVER_US_MAX = 700000, /* ... which servers look out for. */
    DUPLICATE_LAG_US = 500000,
};

void wires_init(struct wires *wires, struct world *world)
{
    *wires = (struct wires){.world = world};
}

void wires_deinit(struct wires *wires)
{
    for (size_t i = 0; i < wires->count; i++)
        free(wires->items[i]);
    free(wires->items);
}

struct wire *wires_add(struct wires *wires)
{
    struct wire *wire = calloc(1, sizeof(*wire));

    ASSERT(wire != NULL);
    if (wires->count == wires->capacity) {
        wires->capacity = 2 * wires->capacity + 64;
        wires->items = realloc(wires->items, wires->capacity * sizeof(wire));
        ASSERT(wires->items != NULL);
    }
    wires->items[wires->count++] = wire;
    wire->world = wires->world;
    wire->number = wires->count;
    wire->is_open = true;
    return wire;
}

struct wire *wires_find(const struct wires *wires, uint64_t number)
{
    struct wire *wire;

    if (number == 0 || number > wires->count)
        return NULL;
    wire = wires->items[number - 1];
    return wire->is_open ? wire : NULL;
}

/* ---- Arriving ---- */

static void arrive(struct wire *wire, enum wire_side side,
                   struct moment *moment)
{
    struct wire_end *end = &wire->ends[side];

    if (wire->is_open && end->owner != NULL)
        end->on_parcel(end->owner, wire, &moment->parcel);
}

static void arrive_at_client(void *owner, struct moment *moment)
{
    arrive(owner, WIRE_CLIENT, moment);
}

static void arrive_at_server(void *owner, struct moment *moment)
{
    arrive(owner, WIRE_SERVER, moment);
}

static void put(struct wire *wire, enum wire_side to, uint64_t at_us,
                struct parcel *parcel)
{
    const struct moment moment = {
        .at_us = at_us,
        .run = to == WIRE_CLIENT ? arrive_at_client : arrive_at_server,
        .owner = wire,
        .parcel = parcel,
    };

    schedule_put(&wire->world->schedule, moment);
}

struct parcel *wire_copy(const struct parcel *parcel)
{
    struct parcel *other = parcel_create(parcel_peer(parcel));

    for (size_t i = 0; i < parcel_frame_count(parcel); i++)
        parcel_push_back(other, parcel_frame(parcel, i));
    return other;
}

static void look(struct wire *wire, enum wire_side to,
                 const struct parcel *parcel)
{
    const struct tap *tap = &wire->world->tap;

    if (tap->on_sent != NULL)
        tap->on_sent(tap->owner, wire, to, parcel);
}

/*
 * What servers tell each other by the protocols of replication and control is
 * said again, and may come twice; what a router forwards travels by a stream,
 * and is lost only with it.
 */
static bool is_lossy(const struct wire *wire, const struct parcel *parcel)
{
    struct frame frame;

    if (!wire->is_between_servers)
        return wire->is_lossy;
    if (frame_decode(parcel_frame(parcel, 0), &frame) != DALV_OK)
        return false;
    return frame.type >= MESSAGE_JOIN ||
           (frame.type >= MESSAGE_HEARTBEAT && frame.type <= MESSAGE_START) ||
           (frame.type >= MESSAGE_HEARTBEATEN && frame.type <= MESSAGE_STARTED);
}

/* A repeated question of a backend would be a request of its own. */
static bool may_repeat(const struct wire *wire, enum wire_side to)
{
    return wire->is_between_servers || wire->is_device || to == WIRE_CLIENT;
}

static bool is_blocked(const struct wire *wire, enum wire_side to)
{
    const struct process *from = wire->ends[1 - to].process;
    const struct process *other = wire->ends[to].process;

    return from != NULL && other != NULL &&
           world_is_blocked(wire->world, from, other);
}

/* Nothing comes through. A stream cannot go on behind what it has lost. */
static void lose(struct wire *wire, struct parcel **parcel_p, bool is_lossy_now)
{
    parcel_destroy(parcel_p);
    if (!is_lossy_now)
        wire_cut(wire);
}

bool wire_send(struct wire *wire, enum wire_side to, struct parcel **parcel_p)
{
    struct world *world = wire->world;
    struct wire_end *end = &wire->ends[to];
    uint64_t at_us = world->now_us + faults_delay_us(world);
    bool is_lossy_now;

    if (!wire->is_open) {
        parcel_destroy(parcel_p);
        return false;
    }
    look(wire, to, *parcel_p);
    is_lossy_now = is_lossy(wire, *parcel_p);
    if (is_blocked(wire, to)) {
        lose(wire, parcel_p, is_lossy_now);
        return true;
    }
    if (!(is_lossy_now && faults_strike(world, FAULT_REORDERING)) &&
        at_us <= end->arrives_us)
        at_us = end->arrives_us + 1;
    if (at_us > end->arrives_us)
        end->arrives_us = at_us;
    if (is_lossy_now && may_repeat(wire, to) &&
        faults_strike(world, FAULT_DUPLICATION))
        put(wire, to, at_us + prng_below(&world->prng, DUPLICATE_LAG_US),
            wire_copy(*parcel_p));
    if (is_lossy_now && faults_strike(world, FAULT_LOSS))
        parcel_destroy(parcel_p);
    else
        put(wire, to, at_us, *parcel_p);
    *parcel_p = NULL;
    return true;
}

/* ---- Cuts ---- */

static void notice(struct wire *wire, enum wire_side side)
{
    struct wire_end *end = &wire->ends[side];

    if (end->owner != NULL)
        end->on_cut(end->owner, wire);
    end->owner = NULL;
}

static void notice_at_client(void *owner, struct moment *moment)
{
    (void)moment;
    notice(owner, WIRE_CLIENT);
}

static void notice_at_server(void *owner, struct moment *moment)
{
    (void)moment;
    notice(owner, WIRE_SERVER);
}

void wire_cut(struct wire *wire)
{
    struct world *world = wire->world;
    struct moment moment = {.owner = wire};
    uint64_t notice_us =
        wire->is_between_servers ? NOTICE_SERVER_US_MAX : NOTICE_US_MAX;

    if (!wire->is_open)
        return;
    wire->is_open = false;
    moment.at_us = world->now_us + prng_below(&world->prng, notice_us);
    moment.run = notice_at_client;
    schedule_put(&world->schedule, moment);
    moment.at_us = world->now_us + prng_below(&world->prng, notice_us);
    moment.run = notice_at_server;
    schedule_put(&world->schedule, moment);
}

void wire_drop(struct wire *wire, enum wire_side side)
{
    wire->ends[side].owner = NULL;
    wire_cut(wire);
}
