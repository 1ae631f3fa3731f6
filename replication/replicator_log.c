#include "base/assert.h"
#include "replication/epoch_start.h"
#include "replication/replicator_internal.h"

static struct log_item *order(struct replicator *replicator,
                              struct replica *replica,
                              enum replicator_effect_type type)
{
    struct log_item *item =
        allocator_take_zeroed(replicator->options.allocator, sizeof(*item));

    if (item == NULL)
        return NULL;
    item->replica = replica;
    item->type = type;
    item->ticket = ++replicator->ticket;
    queue_put(&replicator->log, &item->link);
    return item;
}

static struct replicator_effect *tell_log(struct replicator *replicator,
                                          const struct log_item *item)
{
    struct replicator_effect *effect =
        replicator_add_effect(replicator, item->type, item->replica->partition);

    effect->ticket = item->ticket;
    return effect;
}

bool replicator_append(struct replicator *replicator, struct replica *replica,
                       const struct entry_run *run, uint64_t session)
{
    struct log_item *item = order(replicator, replica, REPLICATOR_APPEND);

    if (item == NULL)
        return false;
    item->run = *run;
    item->session = session;
    if (session != 0)
        item->run.bytes.data = NULL; /* A message's: gone after this step. */
    queue_put(&replica->in_flight, &item->flight);
    replica_extend(replica, run->end);
    tell_log(replicator, item)->run = *run;
    return true;
}

bool replicator_promise(struct replicator *replicator, struct replica *replica,
                        uint64_t epoch)
{
    struct log_item *item = order(replicator, replica, REPLICATOR_PROMISE);

    if (item == NULL)
        return false;
    ASSERT(epoch > replica->promised);
    item->epoch = epoch;
    replica->promised = epoch;
    tell_log(replicator, item)->epoch = epoch;
    replicator_note_change(replicator, replica);
    return true;
}

/* Not promised to anybody: without memory for it the log knows older sets. */
void replicator_put_members(struct replicator *replicator,
                            struct replica *replica)
{
    uint8_t *memory =
        arena_take(&replicator->effects->arena, 1, EPOCH_START_BYTES_MAX);
    struct log_item *item;
    struct writer writer;

    if (memory == NULL)
        return;
    item = order(replicator, replica, REPLICATOR_MEMBERS);
    if (item == NULL)
        return;
    writer_init(&writer, memory, EPOCH_START_BYTES_MAX);
    epoch_start_encode(&(struct epoch_start){.epoch = replica->known_epoch,
                                             .change = replica->known_change,
                                             .joint = replica->known},
                       &writer);
    tell_log(replicator, item)->content = writer_bytes(&writer);
}

bool replicator_mark(struct replicator *replicator, struct replica *replica,
                     struct log_position start)
{
    struct log_item *item = order(replicator, replica, REPLICATOR_MARK);

    if (item == NULL)
        return false;
    item->run.end = start;
    tell_log(replicator, item)->position = start;
    return true;
}

/* Without memory for it: what is dropped is found to be damaged once more. */
void replicator_mark_loss(struct replicator *replicator,
                          struct replica *replica)
{
    struct log_item *item = order(replicator, replica, REPLICATOR_MARK);

    if (item == NULL)
        return;
    item->is_of_loss = true;
    item->run.end = replica->durable;
    tell_log(replicator, item)->position = replica->durable;
}

/* Without memory for it the log keeps it until this process ends. */
void replicator_forget(struct replicator *replicator, struct replica *replica)
{
    struct log_item *item = order(replicator, replica, REPLICATOR_FORGET);

    if (item != NULL)
        (void)tell_log(replicator, item);
}

static void give_credit(const struct log_item *item)
{
    struct peer *master = item->replica->master;

    if (master != NULL && item->session != 0 &&
        master->down.session == item->session)
        master->down.taken_bytes += item->run.bytes.size;
}

void replicator_become_certain(struct replicator *replicator,
                               struct replica *replica)
{
    if (!replica->is_uncertain)
        return;
    replica->is_uncertain = false;
    replicator_note_change(replicator, replica);
    if (--replicator->uncertain_count == 0)
        (void)replicator_add_effect(replicator, REPLICATOR_CERTAIN, 0);
}

/* Slaves that lack entries which are not in memory any more can be read for. */
static void tell_those_behind(const struct replica *replica)
{
    struct leader *leader = replica->leader;

    for (size_t i = 0; leader != NULL && i < leader->slot_count; i++) {
        if (leader->slots[i].next.index < replica->durable.index)
            leader_tell_slot(&leader->slots[i]);
    }
}

static void on_durable(struct replicator *replicator, struct replica *replica)
{
    if (replica->certain_index != 0 &&
        replica->durable.index >= replica->certain_index &&
        replica->matched_index >= replica->certain_index)
        replicator_become_certain(replicator, replica);
    if (replica->master != NULL) {
        replicator_ask(replica);
        replicator_note_caught_up(replicator, replica);
        replicator_go_on_catching_up(replicator, replica);
    }
    tell_those_behind(replica);
    replicator_attend(replicator, replica);
}

/* The log begins anew where a snapshot was read; or where it ended. */
static void on_marked(struct replicator *replicator, struct replica *replica,
                      const struct log_item *item)
{
    replica_begin_anew(replica, item->run.end);
    if (item->is_of_loss)
        return;
    replica->is_lost = false;
    replica->catch_up.state = CATCH_UP_RESTING;
    replica->is_asking = true;
    on_durable(replicator, replica);
}

/* Whoever made it a member again meanwhile finds it empty. */
static void on_forgotten(struct replicator *replicator, struct replica *replica)
{
    replica_begin_anew(replica, (struct log_position){0});
    replica->is_lost = false;
    replica->is_expelled = false;
    replica->is_not_whole = false;
    replica->is_intact = false;
    replica->is_received = false;
    replicator_stop_catching_up(replica);
    replica->is_asking = true;
    replicator_ask(replica);
    replicator_note_change(replicator, replica);
}

static void take_effect(struct replicator *replicator, struct log_item *item)
{
    struct replica *replica = item->replica;

    if (item->is_void)
        return;
    switch ((int)item->type) {
    case REPLICATOR_APPEND:
        queue_remove(&item->flight);
        replica->durable = item->run.end;
        if (item->run.end.epoch > replica->promised_durable)
            replica->promised_durable = item->run.end.epoch;
        give_credit(item);
        on_durable(replicator, replica);
        break;
    case REPLICATOR_PROMISE:
        if (item->epoch > replica->promised_durable)
            replica->promised_durable = item->epoch;
        break;
    case REPLICATOR_MARK:
        on_marked(replicator, replica, item);
        break;
    case REPLICATOR_FORGET:
        on_forgotten(replicator, replica);
        break;
    default: /* MEMBERS: nobody waits for it. */
        break;
    }
}

void replicator_on_logged(struct replicator *replicator, uint64_t ticket)
{
    struct log_item *item;

    ASSERT(ticket <= replicator->ticket);
    while ((item = QUEUE_ITEM(queue_first(&replicator->log), struct log_item,
                              link)) != NULL &&
           item->ticket <= ticket) {
        queue_remove(&item->link);
        take_effect(replicator, item);
        allocator_give(replicator->options.allocator, item, sizeof(*item));
    }
    replicator_answer_seals(replicator, ticket);
}

void replicator_on_cut(struct replica *replica, struct log_position end)
{
    ASSERT(replica->is_cutting);
    replica_cut(replica, end);
    replica->is_asking = true;
    replicator_ask(replica);
}

/* What the log refuses. */

static uint64_t epoch_of(const struct log_item *item)
{
    return item->type == REPLICATOR_PROMISE ? item->epoch : item->run.end.epoch;
}

/*
 * The log has the last word on what is promised here, but for the orders that
 * are under way still.
 */
static void renew_promise(struct replicator *replicator,
                          struct replica *replica, uint64_t promised)
{
    struct queue_link *link = queue_first(&replicator->log);

    if (promised > replica->promised_durable)
        replica->promised_durable = promised;
    replica->promised = replica->promised_durable;
    for (; link != NULL; link = queue_next(&replicator->log, link)) {
        const struct log_item *item = QUEUE_ITEM(link, struct log_item, link);

        if (item->replica == replica && !item->is_void &&
            epoch_of(item) > replica->promised)
            replica->promised = epoch_of(item);
    }
    if (replica->leader != NULL && replica->leader->epoch < replica->promised)
        replicator_depose(replicator, replica);
    replicator_note_change(replicator, replica);
}

/* What follows the refused entries has nothing to follow. */
static void void_flight(struct replica *replica)
{
    struct queue_link *link;

    while ((link = queue_take(&replica->in_flight)) != NULL)
        QUEUE_ITEM(link, struct log_item, flight)->is_void = true;
}

/* They may have come damaged: the master is asked for them once more. */
static void take_back(struct replicator *replicator,
                      const struct log_item *item, struct log_position end)
{
    struct replica *replica = item->replica;

    void_flight(replica);
    give_credit(item);
    if (!log_position_equal(end, item->run.before)) {
        replicator_lose_copy(replicator, replica);
        return;
    }
    replica_cut(replica, end);
    if (replica->matched_index > end.index)
        replica->matched_index = end.index;
    replicator_end_log_catch_up(replica);
    replicator_ask_later(replicator, replica);
}

static void on_refused_item(struct replicator *replicator,
                            struct log_item *item,
                            const struct replicator_event *event)
{
    queue_remove(&item->link);
    if (item->is_void)
        give_credit(item);
    else if (item->type == REPLICATOR_APPEND)
        take_back(replicator, item, event->position);
    renew_promise(replicator, item->replica, event->promised);
}

/* A newer master overtook it; else the copy is not what it was taken for. */
static void on_refused_cut(struct replicator *replicator,
                           const struct replicator_event *event)
{
    struct replica *replica = replicator_get(replicator, event->partition);

    ASSERT(replica != NULL && replica->is_cutting);
    replica->is_cutting = false;
    renew_promise(replicator, replica, event->promised);
    if (event->status == DALV_PRECONDITION &&
        log_position_equal(event->position, replica->end))
        replicator_ask_later(replicator, replica);
    else
        replicator_lose_copy(replicator, replica);
}

void replicator_on_refused(struct replicator *replicator,
                           const struct replicator_event *event)
{
    struct log_item *item;

    if (event->ticket == 0) {
        on_refused_cut(replicator, event);
        return;
    }
    replicator_on_logged(replicator, event->ticket - 1);
    item = QUEUE_ITEM(queue_first(&replicator->log), struct log_item, link);
    ASSERT(item != NULL && item->ticket == event->ticket &&
           item->replica->partition == event->partition);
    on_refused_item(replicator, item, event);
    allocator_give(replicator->options.allocator, item, sizeof(*item));
    replicator_answer_seals(replicator, event->ticket);
}
