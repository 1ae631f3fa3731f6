#include "replication/follower.h"
#include "replication/replicator_internal.h"

#include <string.h>

/* Slave. */

static void forget_resume(struct replicator *replicator,
                          struct catch_up *catch_up)
{
    allocator_give(replicator->options.allocator, catch_up->resume,
                   catch_up->resume_size);
    catch_up->resume = NULL;
    catch_up->resume_size = 0;
}

void replicator_catch_up(struct replicator *replicator, struct replica *replica,
                         bool is_snapshot)
{
    forget_resume(replicator, &replica->catch_up);
    catch_up_begin(&replica->catch_up, replica->record.epoch, is_snapshot);
    queue_put(&replicator->catching, &replica->catching);
    if (is_snapshot) {
        replica->is_intact = replica_can_vote(replica);
        replica->is_not_whole = true;
        replica->is_caught_up = false;
        replica->is_received = false;
        (void)replicator_add_effect(replicator, REPLICATOR_BEGIN_PAGES,
                                    replica->partition);
        replicator_note_change(replicator, replica);
        replicator_ask(replica);
    }
}

void replicator_give_up_pages(struct replica *replica)
{
    if (!replica->is_intact)
        return;
    replica->is_intact = false;
    replica->is_not_whole = false;
    replicator_stop_catching_up(replica);
}

/* Another master, or none: what was asked is not waited for any more. */
void replicator_stop_catching_up(struct replica *replica)
{
    queue_remove(&replica->catching);
    if (replica->catch_up.state != CATCH_UP_MARKING)
        replica->catch_up.state = CATCH_UP_RESTING;
}

void replicator_end_log_catch_up(struct replica *replica)
{
    if (replica->catch_up.state == CATCH_UP_LOG_ASKING ||
        replica->catch_up.state == CATCH_UP_LOG_TAKING)
        replicator_stop_catching_up(replica);
}

/* Back to the stream. */
static void rest(struct replica *replica)
{
    replicator_stop_catching_up(replica);
    replica->is_asking = true;
    replicator_ask(replica);
}

/* What was taken is durable: the next question may go. */
void replicator_go_on_catching_up(struct replicator *replicator,
                                  struct replica *replica)
{
    struct catch_up *catch_up = &replica->catch_up;

    if (catch_up->state != CATCH_UP_LOG_TAKING ||
        replica->durable.index < catch_up->taking_index)
        return;
    if (catch_up_is_near(replica->end.index, replica->master_index)) {
        rest(replica);
        return;
    }
    catch_up->state = CATCH_UP_LOG_ASKING;
    catch_up->asked_us = 0;
    queue_put(&replicator->catching, &replica->catching);
}

static void send_question(struct replicator *replicator,
                          struct replica *replica)
{
    const struct replicator_options *options = &replicator->options;
    struct catch_up *catch_up = &replica->catch_up;
    bool is_snapshot = catch_up->state == CATCH_UP_PAGE_ASKING;
    struct replicator_effect *effect =
        replicator_add_effect(replicator, REPLICATOR_SEND, replica->partition);

    catch_up->asked_us = replicator->now_us;
    catch_up->request = ++replicator->request;
    effect->node = replica->master->node;
    effect->is_bulk = true;
    effect->message = (struct message){.type = MESSAGE_CATCH_UP,
                                       .request = catch_up->request};
    effect->message.catch_up = (struct message_catch_up){
        .cluster_id = options->cluster_id,
        .node = options->self.node,
        .boot_id = options->boot_id,
        .partition = replica->partition,
        .epoch = catch_up->epoch,
        .is_snapshot = is_snapshot,
        .end = replica->end,
        .from = catch_up->from,
        .resume = bytes_make(catch_up->resume, catch_up->resume_size),
        .budget_bytes = CATCH_UP_BYTES};
}

/* The first few that wait ask; the others when those are done. */
void replicator_ask_bulk(struct replicator *replicator)
{
    struct queue_link *link = queue_first(&replicator->catching);

    for (size_t i = 0; link != NULL && i < CATCH_UP_AT_ONCE; i++) {
        struct replica *replica = QUEUE_ITEM(link, struct replica, catching);

        link = queue_next(&replicator->catching, link);
        if (!replicator_has_room(replicator))
            return;
        if (catch_up_is_due(&replica->catch_up, replicator->now_us))
            send_question(replicator, replica);
    }
}

void replicator_ask_bulk_again(struct replicator *replicator,
                               const struct peer *master)
{
    struct queue_link *link = queue_first(&replicator->catching);

    for (; link != NULL; link = queue_next(&replicator->catching, link)) {
        struct replica *replica = QUEUE_ITEM(link, struct replica, catching);

        if (replica->master == master)
            replica->catch_up.asked_us = 0;
    }
}

static void take_entries(struct replicator *replicator, struct replica *replica,
                         const struct message_caught_up *answer,
                         struct bytes content)
{
    struct catch_up *catch_up = &replica->catch_up;
    struct entry_run run = {.partition = replica->partition,
                            .before = answer->before,
                            .end = answer->end,
                            .bytes = content};

    if (!log_position_equal(answer->before, replica->end)) {
        rest(replica); /* It will hear that it has diverged. */
        return;
    }
    replica->matched_index = replica->end.index;
    if (content.size > 0 &&
        !replicator_take_run(replicator, replica, &run, SESSION_BULK)) {
        rest(replica);
        return;
    }
    queue_remove(&replica->catching);
    catch_up->state = CATCH_UP_LOG_TAKING;
    catch_up->taking_index = replica->end.index;
    replicator_hear_commit(replicator, replica, answer->commit_index,
                           answer->master_index);
    replicator_go_on_catching_up(replicator, replica);
}

static bool keep_resume(struct replicator *replicator,
                        struct catch_up *catch_up, struct bytes resume)
{
    uint8_t *copy = allocator_take(replicator->options.allocator, resume.size);

    if (copy == NULL && resume.size > 0)
        return false;
    forget_resume(replicator, catch_up);
    if (resume.size > 0)
        memcpy(copy, resume.data, resume.size);
    catch_up->resume = copy;
    catch_up->resume_size = (uint32_t)resume.size;
    return true;
}

static void take_page(struct replicator *replicator, struct replica *replica,
                      const struct message_caught_up *answer,
                      struct bytes content)
{
    struct catch_up *catch_up = &replica->catch_up;

    if (!catch_up_take_page(catch_up, answer->end) ||
        !keep_resume(replicator, catch_up, answer->resume)) {
        replicator_catch_up(replicator, replica, /* is_snapshot= */ true);
        return;
    }
    queue_remove(&replica->catching);
    catch_up->state = CATCH_UP_PAGE_STORING;
    catch_up->is_last = answer->is_whole;
    if (catch_up->is_last)
        replica->is_intact = false; /* From now on it is replaced. */
    replicator_add_effect(replicator, REPLICATOR_STORE_PAGE, replica->partition)
        ->content = content;
}

static bool is_answer(const struct replica *replica,
                      const struct message *message)
{
    const struct message_caught_up *answer = &message->caught_up;
    const struct catch_up *catch_up = &replica->catch_up;
    enum catch_up_state state =
        answer->is_snapshot ? CATCH_UP_PAGE_ASKING : CATCH_UP_LOG_ASKING;

    return replica->master != NULL && replica->master->node == answer->node &&
           catch_up->state == state && catch_up->asked_us != 0 &&
           catch_up->request == message->request &&
           catch_up->epoch == answer->epoch &&
           follower_obeys(replica, answer->epoch);
}

void replicator_on_caught_up(struct replicator *replicator,
                             const struct message *message,
                             struct bytes content)
{
    const struct message_caught_up *answer = &message->caught_up;
    struct replica *replica = replicator_get(replicator, answer->partition);

    if (replica == NULL || !is_answer(replica, message))
        return;
    if (answer->status == DALV_REBASE)
        replicator_catch_up(replicator, replica, /* is_snapshot= */ true);
    else if (answer->status != DALV_OK)
        return; /* It is asked again in a while. */
    else if (answer->is_snapshot)
        take_page(replicator, replica, answer, content);
    else
        take_entries(replicator, replica, answer, content);
}

void replicator_on_page_stored(struct replicator *replicator,
                               struct replica *replica)
{
    struct catch_up *catch_up = &replica->catch_up;

    if (catch_up->state != CATCH_UP_PAGE_STORING)
        return;
    if (!catch_up->is_last) {
        catch_up->state = CATCH_UP_PAGE_ASKING;
        catch_up->asked_us = 0;
        queue_put(&replicator->catching, &replica->catching);
        return;
    }
    if (replicator_mark(replicator, replica, catch_up->from)) {
        catch_up->state = CATCH_UP_MARKING;
        catch_up->is_last = false;
        replica->is_received = true;
        replica->reached_index = catch_up->reached_index;
    }
}

/* From its beginning, but not at once: the master may be at fault for good. */
void replicator_on_pages_failed(struct replicator *replicator,
                                struct replica *replica)
{
    enum catch_up_state state = replica->catch_up.state;

    if (replica->master == NULL || replica->is_expelled ||
        state == CATCH_UP_MARKING ||
        (state == CATCH_UP_RESTING && !replica->is_not_whole))
        return;
    replicator_catch_up(replicator, replica, /* is_snapshot= */ true);
    replica->catch_up.request = ++replicator->request;
    replica->catch_up.asked_us = replicator->now_us;
}

void replicator_adopt_if_reached(struct replicator *replicator,
                                 struct replica *replica)
{
    if (!replica->is_received || replica->catch_up.state == CATCH_UP_MARKING ||
        replica->applied_index < replica->reached_index)
        return;
    replica->is_received = false;
    (void)replicator_add_effect(replicator, REPLICATOR_ADOPT,
                                replica->partition);
}

void replicator_on_adopted(struct replicator *replicator,
                           struct replica *replica)
{
    if (replica->is_lost)
        return;
    replica->is_not_whole = false;
    replica->is_intact = false;
    replicator_note_caught_up(replicator, replica);
    replicator_note_change(replicator, replica);
    replicator_ask(replica);
}

/* Master. */

static struct replicator_effect *answer(
    struct replicator *replicator, const struct replicator_reading *reading,
    enum dalv_status status)
{
    const struct replicator_options *options = &replicator->options;
    struct replicator_effect *effect =
        replicator_add_effect(replicator, REPLICATOR_SEND, reading->partition);

    effect->node = reading->node;
    effect->is_bulk = true;
    effect->message = (struct message){.type = MESSAGE_CAUGHT_UP,
                                       .request = reading->request};
    effect->message.caught_up =
        (struct message_caught_up){.node = options->self.node,
                                   .boot_id = options->boot_id,
                                   .partition = reading->partition,
                                   .status = status,
                                   .epoch = reading->epoch};
    return effect;
}

static void read_for(struct replicator *replicator,
                     const struct replicator_reading *reading,
                     const struct message_catch_up *asked)
{
    struct replicator_effect *effect = replicator_add_effect(
        replicator,
        asked->is_snapshot ? REPLICATOR_READ_PAGE : REPLICATOR_READ_LOG,
        reading->partition);

    effect->reading = *reading;
    effect->bytes_max = asked->budget_bytes < CATCH_UP_BYTES
                            ? asked->budget_bytes
                            : CATCH_UP_BYTES;
    effect->position = asked->end;
    if (asked->resume.size > 0) {
        uint8_t *copy =
            arena_take(&replicator->effects->arena, 1, asked->resume.size);

        if (copy == NULL) {
            replicator->effects->count--;
            return;
        }
        memcpy(copy, asked->resume.data, asked->resume.size);
        effect->resume = bytes_make(copy, asked->resume.size);
    }
}

/* A snapshot's log must reach back to where its first page was read. */
static bool reaches_back(const struct replica *replica,
                         const struct message_catch_up *asked)
{
    uint64_t from = asked->is_snapshot ? asked->from.index : asked->end.index;

    if (asked->is_snapshot && asked->resume.size == 0 && from == 0)
        return true;
    return from >= replica->start.index;
}

void replicator_on_catch_up(struct replicator *replicator,
                            const struct message_catch_up *asked,
                            uint32_t request)
{
    struct replica *replica = replicator_get(replicator, asked->partition);
    struct replicator_reading reading = {.partition = asked->partition,
                                         .node = asked->node,
                                         .request = request,
                                         .epoch = asked->epoch};
    struct leader_slot *slot;

    if (!bytes_equal(asked->cluster_id, replicator->options.cluster_id))
        return;
    slot = replica != NULL && replica->leader != NULL &&
                   replica->leader->epoch == asked->epoch
               ? leader_slot_on_node(replica->leader, asked->node)
               : NULL;
    if (slot == NULL || request == 0) {
        (void)answer(replicator, &reading, DALV_UNAVAILABLE);
        return;
    }
    slot->wanted_index =
        asked->is_snapshot ? asked->from.index : asked->end.index;
    if (!reaches_back(replica, asked))
        (void)answer(replicator, &reading, DALV_REBASE);
    else if (!asked->is_snapshot && asked->end.index >= replica->durable.index)
        answer(replicator, &reading, DALV_OK)->message.caught_up.before =
            asked->end;
    else
        read_for(replicator, &reading, asked);
}

static void fill_answer(const struct replica *replica,
                        const struct replicator_event *event,
                        struct message_caught_up *out_answer)
{
    out_answer->is_snapshot = event->type == REPLICATOR_PAGE_READ;
    out_answer->before = event->run.before;
    out_answer->end =
        out_answer->is_snapshot ? event->position : event->run.end;
    out_answer->commit_index = replica->commit_index;
    out_answer->master_index = replica->end.index;
    out_answer->resume = event->resume;
    out_answer->is_whole = event->is_whole;
}

void replicator_on_bulk_read(struct replicator *replicator,
                             const struct replicator_event *event)
{
    const struct replicator_reading *reading = &event->reading;
    struct replica *replica = replicator_get(replicator, reading->partition);
    bool is_page = event->type == REPLICATOR_PAGE_READ;
    struct replicator_effect *effect;
    struct bytes *piece;

    if (replica == NULL || replica->leader == NULL ||
        replica->leader->epoch != reading->epoch)
        return;
    effect =
        answer(replicator, reading,
               event->status == DALV_NOT_FOUND || event->status == DALV_DAMAGED
                   ? DALV_REBASE
                   : event->status);
    effect->message.caught_up.is_snapshot = is_page;
    if (event->status != DALV_OK)
        return;
    piece = arena_take(&replicator->effects->arena, 1, sizeof(*piece));
    if (piece == NULL) {
        effect->message.caught_up.status = DALV_BUSY;
        return;
    }
    fill_answer(replica, event, &effect->message.caught_up);
    *piece = is_page ? event->content : event->run.bytes;
    effect->pieces = piece;
    effect->piece_count = 1;
}
