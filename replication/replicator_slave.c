#include "replication/follower.h"
#include "replication/replicator_internal.h"

enum {
    /* A master hears a moment later than its slaves that it leads. */
    AGAIN_IN_A_BEAT = 8,
};

void replicator_ask(struct replica *replica)
{
    if (replica->master == NULL || replica->master->down.state != DOWNLINK_OPEN)
        return;
    queue_remove(&replica->asking);
    queue_put(&replica->master->down.asking, &replica->asking);
}

/* The master has to find out anew where this copy stands. */
static void ask_anew(struct replica *replica)
{
    replica->is_asking = true;
    replica->is_leased = false;
    replicator_ask(replica);
}

static void ask_after(struct replicator *replicator, struct replica *replica,
                      uint64_t wait_us)
{
    uint64_t at_us = replicator->now_us + wait_us;
    struct downlink *down;

    replica->is_asking = true;
    replica->is_leased = false;
    if (replica->master == NULL || replica->master->down.state != DOWNLINK_OPEN)
        return;
    down = &replica->master->down;
    if (queue_is_empty(&down->later) || at_us < down->later_us)
        down->later_us = at_us;
    queue_remove(&replica->asking);
    queue_put(&down->later, &replica->asking);
}

void replicator_ask_later(struct replicator *replicator,
                          struct replica *replica)
{
    ask_after(replicator, replica, replicator->options.beat_us);
}

/* Without a master it waits: whoever it follows next is asked for one. */
void replicator_lose_copy(struct replicator *replicator,
                          struct replica *replica)
{
    if (replica->is_lost || replica->catch_up.state == CATCH_UP_MARKING)
        return; /* It is being replaced. */
    (void)replicator_add_effect(replicator, REPLICATOR_DAMAGED,
                                replica->partition);
    replicator_depose(replicator, replica);
    replica->is_lost = true;
    replica->is_not_whole = true;
    replica->is_intact = false;
    replica->is_caught_up = false;
    replica->is_received = false;
    replicator_mark_loss(replicator, replica);
    replicator_note_change(replicator, replica);
    if (replica->master != NULL)
        replicator_catch_up(replicator, replica, /* is_snapshot= */ true);
}

/* An older record than the log has heard of says nothing about today. */
void replicator_expel(struct replicator *replicator, struct replica *replica)
{
    const struct partition_record *record = &replica->record;

    if (replica->end.index == 0 || replica->is_lost ||
        replica->known_epoch != record->epoch ||
        replica->known_change != record->change ||
        replica->catch_up.state == CATCH_UP_MARKING)
        return;
    replica->is_lost = true;
    replica->is_expelled = true;
    replica->is_not_whole = true;
    replica->is_intact = false;
    replica->is_caught_up = false;
    replicator_add_effect(replicator, REPLICATOR_EXPEL, replica->partition)
        ->epoch = record->epoch;
    replicator_note_change(replicator, replica);
}

void replicator_unfollow(struct replica *replica)
{
    queue_remove(&replica->asking);
    replicator_stop_catching_up(replica);
    if (replica->master != NULL)
        replica->master->down.replica_count--;
    replica->master = NULL;
    replica->is_leased = false;
    replica->is_sealing = false;
}

void replicator_follow(struct replicator *replicator, struct replica *replica,
                       uint32_t node)
{
    struct peer *peer = replicator_obtain_peer(replicator, node);

    replicator_unfollow(replica);
    replica->matched_index = 0;
    replica->heard_commit_index = 0;
    if (peer == NULL)
        return;
    replica->master = peer;
    peer->down.replica_count++;
    ask_anew(replica);
    if (replica->is_not_whole && !replica->is_expelled &&
        !replica->is_received && replica->catch_up.state == CATCH_UP_RESTING)
        replicator_catch_up(replicator, replica, /* is_snapshot= */ true);
}

void replicator_note_caught_up(struct replicator *replicator,
                               struct replica *replica)
{
    bool is_caught_up =
        !replica->is_not_whole && replica->matched_index > 0 &&
        catch_up_is_near(replica->durable.index, replica->master_index);

    if (is_caught_up == replica->is_caught_up)
        return;
    if (!is_caught_up && !replica->is_not_whole &&
        !catch_up_is_far(replica->durable.index, replica->master_index))
        return; /* Behind for a moment. */
    replica->is_caught_up = is_caught_up;
    replicator_note_change(replicator, replica);
}

/* What the master said holds for what is known to be its log. */
void replicator_hear_commit(struct replicator *replicator,
                            struct replica *replica, uint64_t commit_index,
                            uint64_t master_index)
{
    uint64_t here = commit_index;

    if (replica->is_uncertain && replica->certain_index == 0)
        replica->certain_index = master_index;
    if (commit_index > replica->heard_commit_index)
        replica->heard_commit_index = commit_index;
    replica->master_index = master_index;
    if (here > replica->matched_index)
        here = replica->matched_index;
    if (here > replica->commit_index)
        replica->commit_index = here;
    if (replica->certain_index != 0 &&
        replica->durable.index >= replica->certain_index &&
        replica->matched_index >= replica->certain_index)
        replicator_become_certain(replicator, replica);
    replicator_note_caught_up(replicator, replica);
    replicator_attend(replicator, replica);
}

bool replicator_take_run(struct replicator *replicator, struct replica *replica,
                         const struct entry_run *run, uint64_t session)
{
    if (!follower_takes(replica, run, replica->record.epoch) ||
        !replicator_append(replicator, replica, run, session))
        return false;
    replica->matched_index = run->end.index;
    return true;
}

/* Sessions. */

void replicator_lose_master(struct peer *peer)
{
    if (peer->down.state == DOWNLINK_OPEN) {
        peer->down.state = DOWNLINK_JOINING;
        peer->down.sent_us = 0;
    }
}

void replicator_reach_master(struct peer *peer)
{
    if (peer->down.state == DOWNLINK_JOINING)
        peer->down.sent_us = 0;
}

void replicator_on_joined(struct replicator *replicator,
                          const struct message_joined *joined)
{
    struct peer *peer = replicator_peer(replicator, joined->node);
    struct downlink *down;

    if (peer == NULL || joined->slave_boot_id != replicator->options.boot_id)
        return;
    down = &peer->down;
    if (down->state == DOWNLINK_RESTING ||
        (down->boot_id == joined->boot_id && down->session >= joined->session))
        return;
    downlink_open(down, joined->session, joined->boot_id, replicator->now_us);
    for (uint32_t i = 0; i < replicator->options.partition_count; i++) {
        struct replica *replica = replicator->replicas[i];

        if (replica != NULL && replica->master == peer)
            ask_anew(replica);
    }
}

/* STREAMED. */

static void give_back(struct peer *peer, size_t bytes)
{
    peer->down.taken_bytes += bytes;
}

static void on_entries(struct replicator *replicator, struct replica *replica,
                       const struct streamed_part *part, struct bytes entries)
{
    struct entry_run run = {.partition = part->partition,
                            .before = part->before,
                            .end = part->end,
                            .bytes = entries};
    struct peer *peer = replica->master;

    if (!follower_obeys(replica, part->epoch) || replica->is_cutting ||
        replica->catch_up.state != CATCH_UP_RESTING) {
        replica->is_leased = false;
        give_back(peer, entries.size);
        return;
    }
    if (entries.size > 0 &&
        !replicator_take_run(replicator, replica, &run, peer->down.session)) {
        give_back(peer, entries.size);
        ask_anew(replica);
        return;
    }
    if (!log_position_equal(part->end, replica->end)) {
        ask_anew(replica);
        return;
    }
    replica->matched_index = replica->end.index;
    replica->is_leased = part->is_leased;
    replicator_hear_commit(replicator, replica, part->commit_index,
                           part->master_index);
}

static void on_diverged(struct replicator *replicator, struct replica *replica,
                        const struct streamed_part *part)
{
    struct replicator_effect *effect;
    uint64_t kept_index;

    switch (follower_judge_cut(replica, part, &kept_index)) {
    case FOLLOWER_CUT_NOT:
        ask_anew(replica);
        break;
    case FOLLOWER_CUT:
        replica->is_cutting = true;
        replica->matched_index = 0;
        effect = replicator_add_effect(replicator, REPLICATOR_CUT,
                                       replica->partition);
        effect->epoch = part->epoch;
        effect->index = kept_index;
        break;
    case FOLLOWER_CUT_DAMAGE:
        replicator_lose_copy(replicator, replica);
        break;
    }
}

/* Asked of whom leads it, but under another record: not at once. */
static void on_fenced(struct replicator *replicator, struct replica *replica,
                      const struct streamed_part *part)
{
    if (part->epoch == replica->record.epoch)
        ask_anew(replica);
    else
        ask_after(replicator, replica,
                  replicator->options.beat_us / AGAIN_IN_A_BEAT);
}

/* What was said before the last question was heard is about another one. */
static void on_part(struct replicator *replicator, struct peer *peer,
                    const struct streamed_part *part, struct bytes entries)
{
    struct replica *replica = replicator_get(replicator, part->partition);

    if (replica == NULL || replica->master != peer || replica->is_asking ||
        replica->asked_number > peer->down.heard) {
        give_back(peer, entries.size);
        return;
    }
    if (part->verdict == STREAM_ENTRIES) {
        on_entries(replicator, replica, part, entries);
        return;
    }
    give_back(peer, entries.size);
    replica->is_leased = false;
    if (part->verdict == STREAM_FENCED) {
        on_fenced(replicator, replica, part);
        return;
    }
    if (!follower_obeys(replica, part->epoch) ||
        replica->catch_up.state != CATCH_UP_RESTING)
        return;
    if (part->verdict == STREAM_DIVERGED)
        on_diverged(replicator, replica, part);
    else
        replicator_catch_up(replicator, replica,
                            part->verdict == STREAM_SNAPSHOT);
}

static void on_parts(struct replicator *replicator, struct peer *peer,
                     const struct message_streamed *streamed,
                     struct bytes content)
{
    struct reader reader;

    reader_init(&reader, content);
    for (size_t i = 0; i < streamed->part_count; i++) {
        const struct streamed_part *part = &streamed->parts[i];
        struct bytes entries = reader_bytes(&reader, part->entry_bytes);

        if (!reader_is_ok(&reader)) {
            replicator_lose_master(peer);
            return;
        }
        on_part(replicator, peer, part, entries);
    }
}

void replicator_on_streamed(struct replicator *replicator,
                            const struct message_streamed *streamed,
                            struct bytes content)
{
    struct peer *peer = replicator_peer(replicator, streamed->node);
    struct downlink *down;

    if (peer == NULL || peer->down.state != DOWNLINK_OPEN ||
        peer->down.session != streamed->session ||
        peer->down.boot_id != streamed->boot_id)
        return;
    down = &peer->down;
    switch (session_take(&down->received, streamed->number)) {
    case SESSION_PAST:
        return;
    case SESSION_GAP:
        replicator_lose_master(peer);
        return;
    case SESSION_NEXT:
        break;
    }
    down->heard_us = replicator->now_us;
    down->heard = streamed->received;
    if (streamed->stamp > down->stamp) {
        down->stamp = streamed->stamp;
        down->stamped_us = replicator->now_us;
    }
    on_parts(replicator, peer, streamed, content);
    if (streamed->echo > down->echo_us && streamed->echo <= replicator->now_us)
        down->echo_us = streamed->echo;
}

/* STREAM. */

static void send_join(struct replicator *replicator, struct peer *peer)
{
    const struct replicator_options *options = &replicator->options;
    struct replicator_effect *effect =
        replicator_add_effect(replicator, REPLICATOR_SEND, 0);

    peer->down.sent_us = replicator->now_us;
    effect->node = peer->node;
    effect->message = (struct message){.type = MESSAGE_JOIN,
                                       .request = ++replicator->request};
    effect->message.join = (struct message_join){
        .cluster_id = options->cluster_id,
        .node = options->self.node,
        .to = peer->node,
        .boot_id = options->boot_id,
        .store = bytes_make(options->self.store.bytes, STORE_ID_BYTES)};
}

static size_t take_asking(struct downlink *down, struct stream_part *parts,
                          size_t part_max)
{
    size_t count = 0;

    while (count < part_max && !queue_is_empty(&down->asking)) {
        struct replica *replica =
            QUEUE_ITEM(queue_take(&down->asking), struct replica, asking);

        parts[count++] = follower_position(replica);
        if (replica->is_asking)
            replica->asked_number = down->sent + 1;
        replica->is_asking = false;
    }
    return count;
}

static void send_stream(struct replicator *replicator, struct peer *peer)
{
    const struct replicator_options *options = &replicator->options;
    struct downlink *down = &peer->down;
    size_t part_max = queue_count(&down->asking, BOUNDS_PARTITIONS_LISTED_MAX);
    struct stream_part *parts =
        arena_take(&replicator->effects->arena, part_max, sizeof(*parts));
    struct replicator_effect *effect;

    if (parts == NULL) {
        replicator->effects->is_more = true;
        return;
    }
    effect = replicator_add_effect(replicator, REPLICATOR_SEND, 0);
    part_max = take_asking(down, parts, part_max);
    if (queue_is_empty(&down->asking))
        down->echoed = down->stamp;
    else
        replicator->effects->is_more = true;
    down->sent++;
    down->sent_us = replicator->now_us;
    down->credit_told = down->taken_bytes + options->credit_bytes;
    effect->node = peer->node;
    effect->message = (struct message){.type = MESSAGE_STREAM};
    effect->message.stream =
        (struct message_stream){.node = options->self.node,
                                .boot_id = options->boot_id,
                                .session = down->session,
                                .number = down->sent,
                                .echo = down->echoed,
                                .stamp = replicator->now_us,
                                .credit = down->credit_told,
                                .parts = parts,
                                .part_count = part_max};
}

static bool is_stream_due(const struct replicator *replicator,
                          const struct downlink *down)
{
    const struct replicator_options *options = &replicator->options;

    return !queue_is_empty(&down->asking) || down->sent == 0 ||
           replicator->now_us >= down->sent_us + options->beat_us ||
           down->taken_bytes + options->credit_bytes / 2 >= down->credit_told;
}

static void move_later(struct downlink *down)
{
    struct queue_link *link;

    while ((link = queue_take(&down->later)) != NULL)
        queue_put(&down->asking, link);
}

void replicator_ask_master(struct replicator *replicator, struct peer *peer)
{
    const struct replicator_options *options = &replicator->options;
    struct downlink *down = &peer->down;
    uint64_t now_us = replicator->now_us;

    if (down->replica_count == 0) {
        down->state = DOWNLINK_RESTING;
        return;
    }
    if (!replicator_has_room(replicator)) {
        replicator->effects->is_more = true;
        return;
    }
    if (down->state == DOWNLINK_RESTING) {
        down->state = DOWNLINK_JOINING;
        down->sent_us = 0;
    }
    if (down->state == DOWNLINK_OPEN &&
        now_us >= down->heard_us + options->silence_us)
        replicator_lose_master(peer);
    if (down->state == DOWNLINK_JOINING) {
        if (down->sent_us == 0 || now_us >= down->sent_us + options->beat_us)
            send_join(replicator, peer);
        return;
    }
    if (now_us >= down->later_us)
        move_later(down);
    if (is_stream_due(replicator, down))
        send_stream(replicator, peer);
}
