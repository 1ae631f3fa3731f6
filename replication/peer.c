#include "replication/peer.h"

#include "base/bounds.h"

enum {
    PARTS_MAX = BOUNDS_PARTITIONS_LISTED_MAX,
    RUNS_EACH = 4,
};

void peer_init(struct peer *peer, uint32_t node)
{
    *peer = (struct peer){.node = node};
    queue_init(&peer->up.telling);
    queue_init(&peer->up.commits);
    queue_init(&peer->up.starved);
    queue_init(&peer->up.farewells);
    queue_init(&peer->down.asking);
    queue_init(&peer->down.later);
}

void uplink_close(struct uplink *up)
{
    up->is_open = false;
    up->echo_us = 0;
    while (queue_take(&up->telling) != NULL)
        ;
    while (queue_take(&up->commits) != NULL)
        ;
    while (queue_take(&up->starved) != NULL)
        ;
}

size_t uplink_part_count(const struct uplink *up)
{
    size_t waiting = queue_count(&up->telling, PARTS_MAX) +
                     queue_count(&up->farewells, PARTS_MAX);
    size_t part_count = waiting * RUNS_EACH;

    return part_count < PARTS_MAX ? part_count : PARTS_MAX;
}

void uplink_open(struct uplink *up, uint64_t session, uint64_t boot_id)
{
    uplink_close(up);
    up->is_open = true;
    up->boot_id = boot_id;
    up->session = session;
    up->received = 0;
    up->sent = 0;
    up->sent_us = 0;
    up->stamp_us = 0;
    up->slave_stamp = 0;
    up->credit = 0;
    up->sent_bytes = 0;
    up->window = 0;
}

/* When a stamp was taken is kept: the promise that it was outlives sessions. */
void downlink_open(struct downlink *down, uint64_t session, uint64_t boot_id,
                   uint64_t now_us)
{
    down->state = DOWNLINK_OPEN;
    down->session = session;
    down->boot_id = boot_id;
    down->received = 0;
    down->heard = 0;
    down->sent = 0;
    down->sent_us = 0;
    down->heard_us = now_us;
    down->stamp = 0;
    down->echoed = 0;
    down->echo_us = 0;
    down->taken_bytes = 0;
    down->credit_told = 0;
}

enum session_order session_take(uint64_t *received, uint64_t number)
{
    if (number <= *received)
        return SESSION_PAST;
    if (number != *received + 1)
        return SESSION_GAP;
    *received = number;
    return SESSION_NEXT;
}
