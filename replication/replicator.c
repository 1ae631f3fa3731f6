#include "replication/replicator.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "replication/epoch_start.h"
#include "replication/replicator_internal.h"

enum {
    /* The most effects of a step but ROUND_ENDED, and of one step inside it. */
    STEP_EFFECTS_MAX = 4 * BOUNDS_PARTITIONS_LISTED_MAX + 64,
    ROUND_EFFECTS_RESERVE = 64,
    /* A commit waits so long for entries that take it along. */
    COMMIT_TOLD_US = 1000,
};

/* Life cycle. */

struct replicator *replicator_create(const struct replicator_options *options)
{
    struct allocator *allocator = options->allocator;
    struct replicator *replicator =
        allocator_take_zeroed(allocator, sizeof(*replicator));

    if (replicator == NULL)
        return NULL;
    replicator->replicas = allocator_take_zeroed(
        allocator, options->partition_count * sizeof(struct replica *));
    if (replicator->replicas == NULL) {
        allocator_give(allocator, replicator, sizeof(*replicator));
        return NULL;
    }
    replicator->options = *options;
    replicator->started_us = options->now_us;
    replicator->now_us = options->now_us;
    map_init(&replicator->peers, replicator->peer_slots, PEER_SLOTS);
    queue_init(&replicator->log);
    queue_init(&replicator->seals);
    queue_init(&replicator->attention);
    queue_init(&replicator->catching);
    queue_init(&replicator->reports);
    return replicator;
}

static void destroy_replica(struct allocator *allocator,
                            struct replica *replica)
{
    if (replica == NULL)
        return;
    allocator_give(allocator, replica->leader, sizeof(*replica->leader));
    allocator_give(allocator, replica->catch_up.resume,
                   replica->catch_up.resume_size);
    allocator_give(allocator, replica, sizeof(*replica));
}

static void destroy_waiting(struct replicator *replicator)
{
    struct allocator *allocator = replicator->options.allocator;
    struct queue_link *link;

    while ((link = queue_take(&replicator->log)) != NULL)
        allocator_give(allocator, QUEUE_ITEM(link, struct log_item, link),
                       sizeof(struct log_item));
    while ((link = queue_take(&replicator->seals)) != NULL) {
        struct election *election = QUEUE_ITEM(link, struct election, link);

        allocator_give(allocator, election,
                       sizeof(*election) +
                           election->part_count * sizeof(election->parts[0]));
    }
}

void replicator_destroy(struct replicator **replicator_p)
{
    struct replicator *replicator = *replicator_p;
    struct allocator *allocator;

    if (replicator == NULL)
        return;
    allocator = replicator->options.allocator;
    destroy_waiting(replicator);
    for (size_t i = 0; i < replicator->peer_count; i++)
        replicator_close_uplink(replicator, replicator->peer_list[i]);
    for (size_t i = 0; i < replicator->peer_count; i++)
        allocator_give(allocator, replicator->peer_list[i],
                       sizeof(struct peer));
    for (uint32_t i = 0; i < replicator->options.partition_count; i++)
        destroy_replica(allocator, replicator->replicas[i]);
    allocator_give(allocator, replicator->replicas,
                   replicator->options.partition_count *
                       sizeof(struct replica *));
    allocator_give(allocator, replicator, sizeof(*replicator));
    *replicator_p = NULL;
}

struct replica *replicator_get(const struct replicator *replicator,
                               uint32_t partition)
{
    return partition < replicator->options.partition_count
               ? replicator->replicas[partition]
               : NULL;
}

struct replica *replicator_obtain(struct replicator *replicator,
                                  uint32_t partition)
{
    struct replica *replica = replicator_get(replicator, partition);

    if (replica != NULL || partition >= replicator->options.partition_count)
        return replica;
    replica = allocator_take(replicator->options.allocator, sizeof(*replica));
    if (replica == NULL)
        return NULL;
    replica_init(replica, partition);
    replica->is_uncertain = replicator->options.is_uncertain;
    if (replica->is_uncertain)
        replicator->uncertain_count++;
    replicator->replicas[partition] = replica;
    replicator_note_change(replicator, replica);
    return replica;
}

struct peer *replicator_peer(const struct replicator *replicator, uint32_t node)
{
    return map_get(&replicator->peers, node);
}

struct peer *replicator_obtain_peer(struct replicator *replicator,
                                    uint32_t node)
{
    struct peer *peer = replicator_peer(replicator, node);

    if (peer != NULL || replicator->peer_count == REPLICATOR_NODES_MAX)
        return peer;
    peer = allocator_take(replicator->options.allocator, sizeof(*peer));
    if (peer == NULL)
        return NULL;
    peer_init(peer, node);
    map_put(&replicator->peers, node, peer);
    replicator->peer_list[replicator->peer_count++] = peer;
    return peer;
}

static enum dalv_status add_log(struct replica *replica,
                                const struct replicator_start *start)
{
    struct epoch_start known = {0};
    enum dalv_status status = DALV_OK;

    if (start->members.size > 0)
        status = epoch_start_decode(start->members, &known);
    if (status != DALV_OK)
        return status;
    replica_begin_anew(replica, start->start);
    for (size_t i = 0; i < start->epoch_count; i++) {
        /* Of older ones no entry is left. */
        if (start->epochs[i].epoch >= start->start.epoch)
            epochs_put(&replica->epochs, start->epochs[i].epoch,
                       start->epochs[i].first_index);
    }
    replica->end = start->end;
    replica->durable = start->end;
    replica->commit_index = start->applied_index;
    replica->told_index = start->applied_index;
    replica->applied_index = start->applied_index;
    replica->promised =
        start->promised > start->end.epoch ? start->promised : start->end.epoch;
    replica->promised_durable = replica->promised;
    replica->known_epoch = known.epoch;
    replica->known_change = known.change;
    replica->known = known.joint;
    replica->is_not_whole = start->is_not_whole;
    return DALV_OK;
}

static void doubt(struct replicator *replicator, struct replica *replica)
{
    if (replica->is_uncertain)
        return;
    replica->is_uncertain = true;
    replicator->uncertain_count++;
}

enum dalv_status replicator_add(struct replicator *replicator,
                                uint32_t partition,
                                const struct replicator_start *start)
{
    struct replica *replica = replicator_obtain(replicator, partition);

    if (replica == NULL)
        return DALV_NO_MEMORY;
    if (start->is_doubtful)
        doubt(replicator, replica);
    return add_log(replica, start);
}

/* Effects. */

struct replicator_effect *replicator_add_effect(
    struct replicator *replicator, enum replicator_effect_type type,
    uint32_t partition)
{
    struct replicator_effects *effects = replicator->effects;
    struct replicator_effect *effect;

    ASSERT(effects->count < REPLICATOR_EFFECTS_MAX);
    effect = &effects->items[effects->count++];
    *effect = (struct replicator_effect){.type = type, .partition = partition};
    return effect;
}

bool replicator_has_room(const struct replicator *replicator)
{
    return replicator->effects->count + ROUND_EFFECTS_RESERVE <=
           REPLICATOR_EFFECTS_MAX;
}

void replicator_effects_clear(struct replicator_effects *effects)
{
    effects->count = 0;
    effects->is_more = false;
    arena_init(&effects->arena, effects->memory, REPLICATOR_ARENA_BYTES);
}

/* What the owner and controllers are to hear. */

void replicator_note_change(struct replicator *replicator,
                            struct replica *replica)
{
    replica->report_number = ++replicator->report;
    queue_renew(&replicator->reports, &replica->report);
}

void replicator_attend(struct replicator *replicator, struct replica *replica)
{
    queue_put(&replicator->attention, &replica->attention);
}

static void tell_leadership(struct replicator *replicator,
                            struct replica *replica)
{
    struct leader *leader = replica->leader;

    if (!leader->is_open && leader->begin_index > 0 &&
        replica->commit_index >= leader->begin_index &&
        replica->applied_index >= leader->begin_index) {
        leader->is_open = true;
        leader->is_stall_told = true; /* Until it is told to lead, below. */
        replicator_become_certain(replicator, replica);
        replicator_note_change(replicator, replica);
        replicator_refresh_leader(replicator, replica);
    }
    if (!leader->is_open || leader->is_stalled == leader->is_stall_told)
        return;
    leader->is_stall_told = leader->is_stalled;
    replicator_add_effect(
        replicator, leader->is_stalled ? REPLICATOR_STALL : REPLICATOR_LEAD,
        replica->partition)
        ->epoch = leader->epoch;
    replicator_note_change(replicator, replica);
}

/* Under load, where something is always on its way to the log, every second
   message would else be of commits alone. */
static void tell_commit(const struct replicator *replicator,
                        struct replica *replica)
{
    struct leader *leader = replica->leader;

    if (queue_is_empty(&replicator->log)) {
        replicator_tell(replica);
        return;
    }
    for (size_t i = 0; i < leader->slot_count; i++)
        leader_tell_commit(&leader->slots[i],
                           replicator->now_us + COMMIT_TOLD_US);
}

static void attend(struct replicator *replicator, struct replica *replica)
{
    uint64_t ready_index;

    if (replica->leader != NULL) {
        uint64_t commit_index = leader_commit_index(replica);

        if (commit_index > replica->commit_index) {
            replica->commit_index = commit_index;
            tell_commit(replicator, replica);
        }
    }
    ready_index = replica_ready_index(replica);
    if (ready_index > replica->told_index && !replica->is_lost &&
        replica->catch_up.state != CATCH_UP_MARKING) {
        replica->told_index = ready_index;
        replicator_add_effect(replicator, REPLICATOR_COMMIT, replica->partition)
            ->index = ready_index;
    }
    if (replica->leader != NULL)
        tell_leadership(replicator, replica);
    replicator_adopt_if_reached(replicator, replica);
}

static void attend_all(struct replicator *replicator)
{
    while (!queue_is_empty(&replicator->attention)) {
        if (!replicator_has_room(replicator)) {
            replicator->effects->is_more = true;
            return;
        }
        attend(replicator, QUEUE_ITEM(queue_take(&replicator->attention),
                                      struct replica, attention));
    }
}

/* Events. */

static void on_peer_sent(struct replicator *replicator,
                         const struct replicator_event *event)
{
    const struct message *message = event->message;

    switch ((int)message->type) {
    case MESSAGE_JOIN:
        replicator_on_join(replicator, &message->join, message->request);
        break;
    case MESSAGE_STREAM:
        replicator_on_stream(replicator, &message->stream);
        break;
    case MESSAGE_CATCH_UP:
        replicator_on_catch_up(replicator, &message->catch_up,
                               message->request);
        break;
    case MESSAGE_JOINED:
        replicator_on_joined(replicator, &message->joined);
        break;
    case MESSAGE_STREAMED:
        replicator_on_streamed(replicator, &message->streamed, event->content);
        break;
    case MESSAGE_CAUGHT_UP:
        replicator_on_caught_up(replicator, message, event->content);
        break;
    default: /* No peer's: a newer version's, or nonsense. */
        break;
    }
}

static void on_controller_sent(struct replicator *replicator,
                               const struct replicator_event *event)
{
    if (event->message->type == MESSAGE_SEAL)
        replicator_on_seal(replicator, event);
    else if (event->message->type == MESSAGE_START)
        replicator_on_start(replicator, event);
}

static void on_connection(struct replicator *replicator,
                          const struct replicator_event *event)
{
    struct peer *peer = replicator_peer(replicator, event->node);

    if (peer == NULL)
        return;
    if (event->type == REPLICATOR_PEER_REACHED && event->is_bulk)
        replicator_ask_bulk_again(replicator, peer);
    else if (event->type == REPLICATOR_PEER_REACHED)
        replicator_reach_master(peer);
    else
        replicator_lose_master(peer);
}

/* Records decided before the partition was deposed come too late. */
static void on_proposed(struct replicator *replicator,
                        const struct entry_run *run)
{
    struct replica *replica = replicator_get(replicator, run->partition);
    bool is_ordered;

    if (replica == NULL || replica->leader == NULL ||
        replica->leader->epoch != run->end.epoch)
        return;
    ASSERT(entry_run_is_sound(run));
    ASSERT(log_position_equal(run->before, replica->end));
    is_ordered = replicator_append(replicator, replica, run, /* session= */ 0);
    ASSERT(is_ordered); /* What was decided can not be taken back. */
    if (replica->leader->begin_index == 0)
        replica->leader->begin_index = run->before.index + 1;
    replicator_tell(replica);
}

static void on_applied(struct replicator *replicator, struct replica *replica,
                       uint64_t index)
{
    if (index <= replica->applied_index)
        return;
    replica->applied_index = index;
    replicator_attend(replicator, replica);
}

/* Or sooner: a master is to be asked again, a slave told of a commit. */
static void set_next_beat(struct replicator *replicator)
{
    uint64_t next_us = replicator->now_us + replicator->options.beat_us / 2;

    for (size_t i = 0; i < replicator->peer_count; i++) {
        const struct downlink *down = &replicator->peer_list[i]->down;
        const struct uplink *up = &replicator->peer_list[i]->up;

        if (down->state == DOWNLINK_OPEN && !queue_is_empty(&down->later) &&
            down->later_us < next_us)
            next_us = down->later_us;
        if (!queue_is_empty(&up->commits) && up->commits_us < next_us)
            next_us = up->commits_us;
    }
    replicator->next_beat_us = next_us;
}

static void on_round_ended(struct replicator *replicator)
{
    for (size_t i = 0; i < replicator->peer_count; i++)
        replicator_refresh_peer(replicator, replicator->peer_list[i]);
    attend_all(replicator);
    replicator_ask_bulk(replicator);
    for (size_t i = 0; i < replicator->peer_count; i++) {
        replicator_ask_master(replicator, replicator->peer_list[i]);
        replicator_tell_slave(replicator, replicator->peer_list[i]);
    }
    set_next_beat(replicator);
}

static void on_partition(struct replicator *replicator,
                         const struct replicator_event *event)
{
    struct replica *replica = replicator_obtain(replicator, event->partition);

    if (replica == NULL)
        return;
    switch ((int)event->type) {
    case REPLICATOR_RECORD_LEARNT:
        replicator_on_record(replicator, replica, event->record);
        break;
    case REPLICATOR_CUT_DONE:
        replicator_on_cut(replica, event->position);
        break;
    case REPLICATOR_RELEASED:
        ASSERT(event->position.index <= replica->told_index);
        if (event->position.index > replica->start.index)
            replica->start = event->position;
        break;
    case REPLICATOR_PAGE_STORED:
        replicator_on_page_stored(replicator, replica);
        break;
    case REPLICATOR_PAGES_FAILED:
        replicator_on_pages_failed(replicator, replica);
        break;
    case REPLICATOR_COPY_DAMAGED:
        replicator_lose_copy(replicator, replica);
        break;
    case REPLICATOR_DROPPED:
        if (replica->is_expelled)
            replicator_forget(replicator, replica);
        break;
    case REPLICATOR_ADOPTED:
        replicator_on_adopted(replicator, replica);
        break;
    case REPLICATOR_APPLIED:
        on_applied(replicator, replica, event->index);
        break;
    default:
        ASSERT_UNREACHABLE("no event of one partition");
    }
}

static void on_read(struct replicator *replicator,
                    const struct replicator_event *event)
{
    if (event->type == REPLICATOR_PAGE_READ || event->reading.request != 0)
        replicator_on_bulk_read(replicator, event);
    else
        replicator_on_log_read(replicator, event);
}

static void dispatch(struct replicator *replicator,
                     const struct replicator_event *event)
{
    switch (event->type) {
    case REPLICATOR_CONTROLLER_SENT:
        on_controller_sent(replicator, event);
        break;
    case REPLICATOR_PEER_SENT:
        on_peer_sent(replicator, event);
        break;
    case REPLICATOR_PEER_REACHED:
    case REPLICATOR_PEER_LOST:
        on_connection(replicator, event);
        break;
    case REPLICATOR_PROPOSED:
        on_proposed(replicator, &event->run);
        break;
    case REPLICATOR_LOGGED:
        replicator_on_logged(replicator, event->ticket);
        break;
    case REPLICATOR_REFUSED:
        replicator_on_refused(replicator, event);
        break;
    case REPLICATOR_LOG_READ:
    case REPLICATOR_PAGE_READ:
        on_read(replicator, event);
        break;
    case REPLICATOR_RECORD_LEARNT:
    case REPLICATOR_CUT_DONE:
    case REPLICATOR_RELEASED:
    case REPLICATOR_PAGE_STORED:
    case REPLICATOR_PAGES_FAILED:
    case REPLICATOR_COPY_DAMAGED:
    case REPLICATOR_DROPPED:
    case REPLICATOR_ADOPTED:
    case REPLICATOR_APPLIED:
        on_partition(replicator, event);
        break;
    case REPLICATOR_TICKED:
    case REPLICATOR_ROUND_ENDED:
        on_round_ended(replicator);
        break;
    }
}

void replicator_step(struct replicator *replicator,
                     const struct replicator_event *event,
                     struct replicator_effects *effects)
{
    ASSERT(event->type == REPLICATOR_ROUND_ENDED ||
           event->type == REPLICATOR_TICKED ||
           effects->count + STEP_EFFECTS_MAX <= REPLICATOR_EFFECTS_MAX);
    replicator->now_us = event->now_us;
    replicator->effects = effects;
    dispatch(replicator, event);
    replicator->effects = NULL;
}
