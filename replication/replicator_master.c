#include "replication/lease.h"
#include "replication/replicator_internal.h"

#include <string.h>

/* A message to a slave while it is being made. */
struct telling {
    struct streamed_part *parts;
    struct bytes *pieces;
    size_t part_count;
    size_t part_max;
    size_t piece_count;
    size_t bytes;
};

/* All its receivers are to hear how it stands. */
void replicator_tell(struct replica *replica)
{
    struct leader *leader = replica->leader;

    for (size_t i = 0; leader != NULL && i < leader->slot_count; i++)
        leader_tell_slot(&leader->slots[i]);
}

/* Whom it can count on may have changed, or how long. */
void replicator_refresh_leader(struct replicator *replicator,
                               struct replica *replica)
{
    const struct replicator_options *options = &replicator->options;
    struct leader *leader = replica->leader;
    uint64_t now_us = replicator->now_us;
    uint64_t stamped_us = leader_stamped_us(replica, now_us);
    bool is_stalled = stamped_us + options->silence_us <= now_us;
    bool is_leased =
        leader->is_open &&
        lease_counted_until_us(stamped_us, options->lease_us) > now_us;

    if (is_leased != leader->is_leased) {
        leader->is_leased = is_leased;
        replicator_tell(replica);
    }
    if (is_stalled != leader->is_stalled) {
        leader->is_stalled = is_stalled;
        replicator_attend(replicator, replica);
    }
}

/* A peer that fell silent, or is heard again, changes what it takes part in. */
void replicator_refresh_peer(struct replicator *replicator, struct peer *peer)
{
    const struct replicator_options *options = &replicator->options;
    struct uplink *up = &peer->up;
    uint64_t now_us = replicator->now_us;
    bool is_heard =
        up->echo_us != 0 && up->echo_us + options->silence_us > now_us;
    bool is_fresh =
        lease_counted_until_us(up->echo_us, options->lease_us) > now_us;

    if (is_heard == up->is_heard && is_fresh == up->is_fresh)
        return;
    up->is_heard = is_heard;
    up->is_fresh = is_fresh;
    for (uint32_t i = 0; i < options->partition_count; i++) {
        struct replica *replica = replicator->replicas[i];

        if (replica != NULL && replica->leader != NULL &&
            leader_slot_on_node(replica->leader, peer->node) != NULL)
            replicator_refresh_leader(replicator, replica);
    }
}

/* Sessions. */

static struct farewell *take_farewell(struct uplink *up)
{
    return QUEUE_ITEM(queue_take(&up->farewells), struct farewell, link);
}

static void forget_farewells(struct replicator *replicator, struct uplink *up)
{
    struct farewell *farewell;

    while ((farewell = take_farewell(up)) != NULL)
        allocator_give(replicator->options.allocator, farewell,
                       sizeof(*farewell));
}

/* Without memory for it the session ends, which says the same. */
void replicator_part_from(struct replicator *replicator,
                          const struct leader_slot *slot)
{
    struct uplink *up = &slot->peer->up;
    struct farewell *farewell;

    if (!up->is_open || slot->state != SLOT_STREAMING)
        return;
    farewell =
        allocator_take_zeroed(replicator->options.allocator, sizeof(*farewell));
    if (farewell == NULL) {
        replicator_close_uplink(replicator, slot->peer);
        return;
    }
    farewell->partition = slot->replica->partition;
    queue_put(&up->farewells, &farewell->link);
}

void replicator_close_uplink(struct replicator *replicator, struct peer *peer)
{
    uplink_close(&peer->up);
    forget_farewells(replicator, &peer->up);
    for (uint32_t i = 0; i < replicator->options.partition_count; i++) {
        struct replica *replica = replicator->replicas[i];
        struct leader_slot *slot =
            replica != NULL && replica->leader != NULL
                ? leader_slot_on_node(replica->leader, peer->node)
                : NULL;

        if (slot == NULL)
            continue;
        slot->state = SLOT_SILENT;
        slot->is_joined = false;
        slot->is_reading = false;
        replicator_refresh_leader(replicator, replica);
    }
}

void replicator_on_join(struct replicator *replicator,
                        const struct message_join *join, uint32_t request)
{
    const struct replicator_options *options = &replicator->options;
    struct replicator_effect *effect;
    struct peer *peer;

    if (join->to != options->self.node || join->store.size != STORE_ID_BYTES ||
        !bytes_equal(join->cluster_id, options->cluster_id))
        return;
    peer = replicator_obtain_peer(replicator, join->node);
    if (peer == NULL)
        return;
    replicator_close_uplink(replicator, peer);
    uplink_open(&peer->up, ++replicator->session, join->boot_id);
    memcpy(peer->up.store.bytes, join->store.data, STORE_ID_BYTES);
    effect = replicator_add_effect(replicator, REPLICATOR_SEND, 0);
    effect->node = peer->node;
    effect->message =
        (struct message){.type = MESSAGE_JOINED, .request = request};
    effect->message.joined =
        (struct message_joined){.node = options->self.node,
                                .boot_id = options->boot_id,
                                .slave_boot_id = join->boot_id,
                                .session = peer->up.session};
}

/* Where a slave asks to go on from. */

static void refuse(struct leader_slot *slot, enum stream_verdict refusal)
{
    slot->state = SLOT_REFUSED;
    slot->refusal = refusal;
    slot->is_refusal_told = false;
}

static void begin_reading(struct replicator *replicator,
                          struct leader_slot *slot)
{
    struct replicator_effect *effect = replicator_add_effect(
        replicator, REPLICATOR_READ_LOG, slot->replica->partition);

    slot->is_reading = true;
    slot->reading_number = ++replicator->reading;
    effect->position = slot->next;
    effect->bytes_max = READING_BYTES;
    effect->reading =
        (struct replicator_reading){.partition = slot->replica->partition,
                                    .node = slot->peer->node,
                                    .number = slot->reading_number,
                                    .epoch = slot->replica->leader->epoch};
}

static void diverge(struct leader_slot *slot)
{
    slot->diverged_end = leader_common(slot->replica, slot->next);
    refuse(slot, STREAM_DIVERGED);
}

/* What follows a position and is in memory still; NULL if it is not. */
static const struct entry_run *run_behind(const struct replica *replica,
                                          struct log_position position)
{
    struct queue_link *link = queue_first(&replica->in_flight);

    for (; link != NULL; link = queue_next(&replica->in_flight, link)) {
        const struct log_item *item = QUEUE_ITEM(link, struct log_item, flight);

        if (item->run.bytes.data != NULL &&
            log_position_equal(item->run.before, position))
            return &item->run;
    }
    return NULL;
}

static void go_on_from(struct replicator *replicator, struct leader_slot *slot,
                       struct log_position end)
{
    const struct replica *replica = slot->replica;

    slot->next = end;
    slot->is_reading = false;
    slot->is_leased_told = false;
    switch (leader_compare(replica, end)) {
    case LEADER_MATCHES:
        slot->state = SLOT_STREAMING;
        break;
    case LEADER_MATCH_READS:
        slot->state = SLOT_CHECKING;
        if (run_behind(replica, end) != NULL)
            slot->state = SLOT_STREAMING;
        else if (catch_up_is_far(end.index, replica->end.index))
            refuse(slot, STREAM_FAR);
        else if (end.index < replica->durable.index)
            begin_reading(replicator, slot);
        else /* It will be durable soon; asked again, it will be read. */
            refuse(slot, STREAM_FENCED);
        break;
    case LEADER_DIVERGES:
        diverge(slot);
        break;
    case LEADER_REACHES_NOT:
        refuse(slot, STREAM_SNAPSHOT);
        break;
    }
}

static void hear_part(struct replicator *replicator, struct leader_slot *slot,
                      const struct stream_part *part)
{
    struct replica *replica = slot->replica;

    if (leader_hear(replica->leader, slot, part)) {
        replicator_refresh_leader(replicator, replica);
        replicator_attend(replicator, replica);
    }
    if (part->epoch > replica->leader->epoch) {
        replicator_note_change(replicator, replica);
        return;
    }
    slot->wanted_index = part->end.index;
    if (part->is_asking) {
        go_on_from(replicator, slot, part->end);
        leader_tell_slot(slot);
    }
}

/* Partitions that are asked for and not led here: ask again, or elsewhere. */
static bool fence(struct telling *telling, const struct stream_part *part)
{
    if (!part->is_asking || telling->part_count == telling->part_max)
        return false;
    telling->parts[telling->part_count++] = (struct streamed_part){
        .partition = part->partition, .verdict = STREAM_FENCED};
    return true;
}

/* Nothing is left that an echo would have to come behind. */
static bool is_told(const struct uplink *up)
{
    return queue_is_empty(&up->telling) && queue_is_empty(&up->commits) &&
           queue_is_empty(&up->farewells);
}

/*
 * What a slave may count on from now on. Only at the end of a round: before, it
 * may be that a lease has ended and nobody has looked yet.
 */
static uint64_t echo_to(const struct peer *peer)
{
    return is_told(&peer->up) ? peer->up.slave_stamp : 0;
}

static void send_streamed(struct replicator *replicator, struct peer *peer,
                          const struct telling *telling, uint64_t echo)
{
    const struct replicator_options *options = &replicator->options;
    struct replicator_effect *effect =
        replicator_add_effect(replicator, REPLICATOR_SEND, 0);
    struct uplink *up = &peer->up;

    up->sent++;
    up->sent_us = replicator->now_us;
    up->stamp_us = replicator->now_us;
    effect->node = peer->node;
    effect->message = (struct message){.type = MESSAGE_STREAMED};
    effect->message.streamed =
        (struct message_streamed){.node = options->self.node,
                                  .boot_id = options->boot_id,
                                  .session = up->session,
                                  .number = up->sent,
                                  .stamp = up->stamp_us,
                                  .echo = echo,
                                  .parts = telling->parts,
                                  .part_count = telling->part_count,
                                  .received = up->received};
    effect->pieces = telling->pieces;
    effect->piece_count = telling->piece_count;
}

/* Room for a message of so many parts, of which each may have entries. */
static bool begin_telling(struct replicator *replicator,
                          struct telling *telling, size_t part_max)
{
    struct arena *arena = &replicator->effects->arena;

    *telling = (struct telling){.part_max = part_max};
    telling->parts = arena_take(arena, part_max, sizeof(*telling->parts));
    telling->pieces = arena_take(arena, part_max, sizeof(*telling->pieces));
    return telling->parts != NULL && telling->pieces != NULL;
}

static void hear_parts(struct replicator *replicator, struct peer *peer,
                       const struct message_stream *stream)
{
    struct telling fences;
    bool has_fences = false;
    bool has_room = begin_telling(replicator, &fences, stream->part_count);

    for (size_t i = 0; i < stream->part_count; i++) {
        const struct stream_part *part = &stream->parts[i];
        struct replica *replica = replicator_get(replicator, part->partition);
        struct leader_slot *slot =
            replica != NULL && replica->leader != NULL
                ? leader_slot_on_node(replica->leader, peer->node)
                : NULL;

        if (slot != NULL)
            hear_part(replicator, slot, part);
        else if (has_room && fence(&fences, part))
            has_fences = true;
    }
    if (has_fences)
        send_streamed(replicator, peer, &fences, /* echo= */ 0);
}

void replicator_on_stream(struct replicator *replicator,
                          const struct message_stream *stream)
{
    struct peer *peer = replicator_peer(replicator, stream->node);
    struct queue_link *link;
    struct uplink *up;

    if (peer == NULL || !peer->up.is_open ||
        peer->up.session != stream->session ||
        peer->up.boot_id != stream->boot_id)
        return;
    up = &peer->up;
    switch (session_take(&up->received, stream->number)) {
    case SESSION_PAST:
        return;
    case SESSION_GAP:
        replicator_close_uplink(replicator, peer);
        return;
    case SESSION_NEXT:
        break;
    }
    hear_parts(replicator, peer, stream);
    if (stream->echo > up->echo_us && stream->echo <= up->stamp_us)
        up->echo_us = stream->echo;
    if (stream->stamp > up->slave_stamp)
        up->slave_stamp = stream->stamp;
    if (stream->credit > up->credit) {
        if (up->window == 0)
            up->window = stream->credit;
        up->credit = stream->credit;
        while ((link = queue_take(&up->starved)) != NULL)
            leader_tell_slot(QUEUE_ITEM(link, struct leader_slot, telling));
    }
    replicator_refresh_peer(replicator, peer);
}

/* STREAMED. */

static struct streamed_part *add_part(struct telling *telling,
                                      const struct leader_slot *slot,
                                      enum stream_verdict verdict)
{
    const struct replica *replica = slot->replica;
    struct streamed_part *part = &telling->parts[telling->part_count++];

    *part = (struct streamed_part){
        .partition = replica->partition,
        .verdict = verdict,
        .epoch = replica->leader->epoch,
        .before = slot->next,
        .end = slot->next,
        .commit_index = replica->commit_index,
        .master_index = replica->end.index,
        .is_leased = verdict == STREAM_ENTRIES && replica->leader->is_leased,
    };
    return part;
}

static void add_run(struct telling *telling, struct leader_slot *slot,
                    const struct entry_run *run)
{
    struct streamed_part *part = add_part(telling, slot, STREAM_ENTRIES);

    part->end = run->end;
    part->entry_bytes = (uint32_t)run->bytes.size;
    telling->pieces[telling->piece_count++] = run->bytes;
    telling->bytes += run->bytes.size;
    slot->next = run->end;
    slot->peer->up.sent_bytes += run->bytes.size;
}

/* Something larger than all credit goes when nothing else is under way. */
static bool has_credit(const struct uplink *up, size_t bytes)
{
    return up->sent_bytes + bytes <= up->credit ||
           (up->credit > 0 && up->credit >= up->sent_bytes + up->window);
}

static void tell_entries(struct replicator *replicator, struct telling *telling,
                         struct leader_slot *slot)
{
    const struct replica *replica = slot->replica;
    struct uplink *up = &slot->peer->up;
    const struct entry_run *run = run_behind(replica, slot->next);

    if (run == NULL) {
        add_part(telling, slot, STREAM_ENTRIES);
        if (slot->next.index >= replica->durable.index || slot->is_reading)
            return;
        if (has_credit(up, slot->reading_bytes))
            begin_reading(replicator, slot);
        else
            queue_put(&up->starved, &slot->telling);
        return;
    }
    while (run != NULL) {
        if (telling->part_count == telling->part_max ||
            telling->bytes >= STREAMED_BYTES_FULL) {
            queue_put(&up->telling, &slot->telling);
            return;
        }
        if (!has_credit(up, run->bytes.size)) {
            add_part(telling, slot, STREAM_ENTRIES);
            queue_put(&up->starved, &slot->telling);
            return;
        }
        add_run(telling, slot, run);
        run = run_behind(replica, slot->next);
    }
}

static void tell_part(struct replicator *replicator, struct telling *telling,
                      struct leader_slot *slot)
{
    if (slot->state == SLOT_STREAMING &&
        catch_up_is_far(slot->next.index, slot->replica->end.index))
        refuse(slot, STREAM_FAR);
    switch (slot->state) {
    case SLOT_SILENT:
        add_part(telling, slot, STREAM_FENCED);
        break;
    case SLOT_CHECKING:
        break;
    case SLOT_STREAMING:
        tell_entries(replicator, telling, slot);
        break;
    case SLOT_REFUSED:
        if (slot->is_refusal_told)
            break;
        slot->is_refusal_told = true;
        add_part(telling, slot, slot->refusal)->end = slot->diverged_end;
        break;
    }
}

/* What there is to tell; false if nothing came of it. */
static bool tell_queue(struct replicator *replicator, struct peer *peer)
{
    struct uplink *up = &peer->up;
    struct farewell *farewell;
    struct telling telling;

    if (!replicator_has_room(replicator) ||
        !begin_telling(replicator, &telling, uplink_part_count(up))) {
        replicator->effects->is_more = true;
        return false;
    }
    while (telling.part_count < telling.part_max &&
           (farewell = take_farewell(up)) != NULL) {
        telling.parts[telling.part_count++] = (struct streamed_part){
            .partition = farewell->partition, .verdict = STREAM_FENCED};
        allocator_give(replicator->options.allocator, farewell,
                       sizeof(*farewell));
    }
    while (!queue_is_empty(&up->telling) &&
           telling.part_count < telling.part_max &&
           telling.bytes < STREAMED_BYTES_FULL &&
           replicator_has_room(replicator))
        tell_part(
            replicator, &telling,
            QUEUE_ITEM(queue_take(&up->telling), struct leader_slot, telling));
    if (!is_told(up))
        replicator->effects->is_more = true;
    if (telling.part_count == 0)
        return false;
    send_streamed(replicator, peer, &telling, echo_to(peer));
    return true;
}

/* Commits go along with anything else, or when they have waited long enough. */
static bool has_news(struct uplink *up, uint64_t now_us)
{
    struct queue_link *link;

    if (queue_is_empty(&up->telling) && queue_is_empty(&up->farewells) &&
        (queue_is_empty(&up->commits) || now_us < up->commits_us))
        return false;
    while ((link = queue_take(&up->commits)) != NULL)
        queue_put(&up->telling, link);
    return true;
}

void replicator_tell_slave(struct replicator *replicator, struct peer *peer)
{
    struct uplink *up = &peer->up;
    bool is_sent = false;

    if (!up->is_open)
        return;
    if (has_news(up, replicator->now_us))
        is_sent = tell_queue(replicator, peer);
    if (!is_sent && replicator_has_room(replicator) &&
        replicator->now_us >= up->sent_us + replicator->options.beat_us)
        send_streamed(replicator, peer, &(struct telling){0}, echo_to(peer));
}

/* Entries that were read for a slave that is behind. */

static struct leader_slot *slot_of(const struct replicator *replicator,
                                   const struct replicator_reading *reading)
{
    struct replica *replica = replicator_get(replicator, reading->partition);
    struct leader_slot *slot;

    if (replica == NULL || replica->leader == NULL ||
        replica->leader->epoch != reading->epoch)
        return NULL;
    slot = leader_slot_on_node(replica->leader, reading->node);
    if (slot == NULL || !slot->is_reading ||
        slot->reading_number != reading->number || !slot->peer->up.is_open)
        return NULL;
    return slot;
}

static void send_run(struct replicator *replicator, struct leader_slot *slot,
                     const struct entry_run *run)
{
    struct telling telling;

    if (!begin_telling(replicator, &telling, 1))
        return;
    add_run(&telling, slot, run);
    queue_remove(&slot->telling);
    leader_tell_slot(slot);
    send_streamed(replicator, slot->peer, &telling, /* echo= */ 0);
}

void replicator_on_log_read(struct replicator *replicator,
                            const struct replicator_event *event)
{
    struct leader_slot *slot = slot_of(replicator, &event->reading);

    if (slot == NULL)
        return;
    slot->is_reading = false;
    /* What cannot be read here any more the index holds. */
    if (event->status == DALV_NOT_FOUND || event->status == DALV_DAMAGED) {
        refuse(slot, STREAM_SNAPSHOT);
    } else if (event->status != DALV_OK) {
        refuse(slot, STREAM_FENCED);
    } else if (!log_position_equal(event->run.before, slot->next)) {
        diverge(slot);
    } else {
        slot->state = SLOT_STREAMING;
        if (has_credit(&slot->peer->up, event->run.bytes.size)) {
            slot->reading_bytes = 0;
            send_run(replicator, slot, &event->run);
            return;
        }
        slot->reading_bytes = event->run.bytes.size;
    }
    leader_tell_slot(slot);
}
