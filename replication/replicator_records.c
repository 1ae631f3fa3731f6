#include "replication/epoch_start.h"
#include "replication/lease.h"
#include "replication/replicator_internal.h"

void replicator_depose(struct replicator *replicator, struct replica *replica)
{
    struct leader *leader = replica->leader;

    if (leader == NULL)
        return;
    for (size_t i = 0; i < leader->slot_count; i++) {
        queue_remove(&leader->slots[i].telling);
        replicator_part_from(replicator, &leader->slots[i]);
    }
    replica->released = leader->epoch;
    replica->leader = NULL;
    allocator_give(replicator->options.allocator, leader, sizeof(*leader));
    replicator_add_effect(replicator, REPLICATOR_DEPOSE, replica->partition)
        ->epoch = replica->released;
    replicator_note_change(replicator, replica);
}

/* Slots. */

static void add_slot(struct replicator *replicator, struct replica *replica,
                     const struct member *member, const struct leader *old)
{
    struct leader *leader = replica->leader;
    struct peer *peer = replicator_obtain_peer(replicator, member->node);
    struct leader_slot *slot = &leader->slots[leader->slot_count];

    if (member->node == replicator->options.self.node || peer == NULL ||
        leader_slot_on_node(leader, member->node) != NULL)
        return;
    *slot = (struct leader_slot){.member = *member};
    for (size_t i = 0; old != NULL && i < old->slot_count; i++) {
        if (member_equal(&old->slots[i].member, member))
            *slot = old->slots[i];
    }
    slot->telling = (struct queue_link){0};
    slot->peer = peer;
    slot->replica = replica;
    leader->slot_count++;
}

static void add_slots(struct replicator *replicator, struct replica *replica,
                      const struct member_set *set, const struct leader *old)
{
    for (size_t i = 0; i < set->count; i++)
        add_slot(replicator, replica, &set->items[i], old);
}

/* Who receives the log by the record; what is known of them stays known. */
static void make_slots(struct replicator *replicator, struct replica *replica,
                       const struct leader *old)
{
    const struct partition_record *record = &replica->record;

    replica->leader->slot_count = 0;
    add_slots(replicator, replica, &record->joint.members, old);
    add_slots(replicator, replica, &record->joint.old_members, old);
    add_slots(replicator, replica, &record->learners, old);
    replicator_tell(replica);
}

static bool is_receiver(const struct partition_record *record,
                        const struct member *self)
{
    return joint_set_has(&record->joint, self) ||
           member_set_has(&record->learners, self);
}

/* The record of the epoch that it leads has changed: others receive the log. */
static void change_slots(struct replicator *replicator, struct replica *replica)
{
    struct leader *old = replica->leader;
    struct leader *leader =
        allocator_take_zeroed(replicator->options.allocator, sizeof(*leader));

    if (leader == NULL) {
        replicator_depose(replicator, replica);
        return;
    }
    for (size_t i = 0; i < old->slot_count; i++) {
        queue_remove(&old->slots[i].telling);
        if (!is_receiver(&replica->record, &old->slots[i].member))
            replicator_part_from(replicator, &old->slots[i]);
    }
    *leader = *old;
    replica->leader = leader;
    make_slots(replicator, replica, old);
    allocator_give(replicator->options.allocator, old, sizeof(*old));
    replicator_refresh_leader(replicator, replica);
    replicator_attend(replicator, replica);
}

static bool put_epoch_start(struct replicator *replicator,
                            struct replica *replica, struct bytes *out_content)
{
    uint8_t *memory =
        arena_take(&replicator->effects->arena, 1, EPOCH_START_BYTES_MAX);
    struct writer writer;

    if (memory == NULL)
        return false;
    writer_init(&writer, memory, EPOCH_START_BYTES_MAX);
    epoch_start_encode(
        &(struct epoch_start){.epoch = replica->record.epoch,
                              .change = replica->record.change,
                              .boot_id = replicator->options.boot_id,
                              .joint = replica->record.joint},
        &writer);
    *out_content = writer_bytes(&writer);
    return true;
}

/*
 * What it holds it holds for the partition now, so nothing makes it uncertain
 * any more once its first entry is committed.
 */
static void lead(struct replicator *replicator, struct replica *replica)
{
    struct replicator_effect *effect;
    struct leader *leader;
    struct bytes content;

    if (replica->is_not_whole || replica->is_lost || replica->is_cutting ||
        !put_epoch_start(replicator, replica, &content))
        return;
    leader =
        allocator_take_zeroed(replicator->options.allocator, sizeof(*leader));
    if (leader == NULL)
        return;
    leader->epoch = replica->record.epoch;
    replica->leader = leader;
    replica->promised = leader->epoch;
    make_slots(replicator, replica, NULL);
    effect =
        replicator_add_effect(replicator, REPLICATOR_BEGIN, replica->partition);
    effect->epoch = leader->epoch;
    effect->position = replica->end;
    effect->content = content;
}

/* Act by the record as it is now. */
static void assign(struct replicator *replicator, struct replica *replica)
{
    const struct partition_record *record = &replica->record;
    const struct replicator_options *options = &replicator->options;

    if (partition_record_is_led_by(record, &options->self, options->boot_id)) {
        replicator_unfollow(replica);
        if (replica->leader != NULL && replica->leader->epoch == record->epoch)
            change_slots(replicator, replica);
        else if (replica->leader == NULL &&
                 replica->promised <= record->epoch &&
                 replica->released < record->epoch)
            lead(replicator, replica);
        return;
    }
    replicator_depose(replicator, replica);
    if (member_equal(&record->master, &options->self)) {
        /* An earlier process of this store led it: that serves no more. */
        replica->released = record->epoch;
        replicator_unfollow(replica);
    } else if (is_receiver(record, &options->self)) {
        replicator_follow(replicator, replica, record->master.node);
    } else {
        replicator_unfollow(replica);
        if (joint_set_is_settled(&record->joint))
            replicator_expel(replicator, replica);
    }
}

static void learn_members(struct replicator *replicator,
                          struct replica *replica)
{
    const struct partition_record *record = &replica->record;

    if (record->epoch < replica->known_epoch ||
        (record->epoch == replica->known_epoch &&
         record->change <= replica->known_change))
        return;
    replica->known_epoch = record->epoch;
    replica->known_change = record->change;
    replica->known = record->joint;
    replicator_put_members(replicator, replica);
}

/* An epoch that is being opened changes nothing here before its SEAL comes. */
void replicator_on_record(struct replicator *replicator,
                          struct replica *replica,
                          const struct partition_record *record)
{
    struct leader *leader = replica->leader;

    if (record->state != PARTITION_LED ||
        partition_record_compare(record, &replica->record) <= 0)
        return;
    if (leader != NULL && leader->epoch != record->epoch)
        replicator_depose(replicator, replica);
    replica->record = *record;
    learn_members(replicator, replica);
    assign(replicator, replica);
    replicator_note_change(replicator, replica);
}

/* SEAL. */

/*
 * When a stamp was last taken for the partition. Another process of the
 * master's node has no lease of it: the one of the record has ended.
 */
static uint64_t stamped_us(const struct replica *replica)
{
    const struct peer *master = replica->master;

    if (master == NULL || master->down.boot_id != replica->record.master_boot)
        return 0;
    return replica->is_sealing ? replica->sealing_stamped_us
                               : master->down.stamped_us;
}

static struct election_lease lease_of(const struct replicator *replicator,
                                      const struct replica *replica)
{
    return (struct election_lease){
        .now_us = replicator->now_us,
        .refused_until_us =
            lease_refused_until_us(stamped_us(replica), replicator->started_us,
                                   replicator->options.lease_us),
    };
}

/*
 * The lease runs out from now on, however long its master lives: else nobody
 * could replace one whom slaves hear and nobody else does.
 */
static void let_lease_run_out(struct replica *replica)
{
    if (replica->master == NULL || replica->is_sealing)
        return;
    replica->sealing_stamped_us = stamped_us(replica);
    replica->is_sealing = true;
    replicator_ask(replica);
}

static enum seal_verdict order_promise(struct replicator *replicator,
                                       struct replica *replica, uint64_t epoch)
{
    if (epoch == replica->promised)
        return SEAL_PROMISED;
    if (!replicator_promise(replicator, replica, epoch))
        return SEAL_UNABLE;
    replicator_give_up_pages(replica);
    replicator_depose(replicator, replica);
    replicator_ask(replica);
    return SEAL_PROMISED;
}

static void judge_seal(struct replicator *replicator,
                       const struct seal_part *part,
                       struct sealed_part *out_answer)
{
    struct replica *replica = replicator_obtain(replicator, part->partition);
    struct election_lease lease;

    *out_answer = (struct sealed_part){.partition = part->partition,
                                       .verdict = SEAL_UNABLE};
    if (replica == NULL)
        return;
    lease = lease_of(replicator, replica);
    out_answer->verdict =
        election_judge(replica, part, &lease, &out_answer->wait_ms);
    if (out_answer->verdict == SEAL_LEASED)
        let_lease_run_out(replica);
    if (out_answer->verdict == SEAL_PROMISED)
        out_answer->verdict = order_promise(replicator, replica, part->epoch);
    out_answer->promised = replica->promised;
}

void replicator_on_seal(struct replicator *replicator,
                        const struct replicator_event *event)
{
    const struct message_seal *seal = &event->message->seal;
    struct election *election = allocator_take_zeroed(
        replicator->options.allocator,
        sizeof(*election) + seal->part_count * sizeof(election->parts[0]));

    if (election == NULL)
        return; /* It will be asked again. */
    election->peer = event->peer;
    election->request = event->message->request;
    election->part_count = seal->part_count;
    for (size_t i = 0; i < seal->part_count; i++)
        judge_seal(replicator, &seal->parts[i], &election->parts[i]);
    election->ticket = replicator->ticket;
    queue_put(&replicator->seals, &election->link);
    if (queue_is_empty(&replicator->log))
        replicator_answer_seals(replicator, replicator->ticket);
}

/*
 * A promise may have been overtaken by a newer one meanwhile: then only that
 * one is told, as what stands in the way.
 */
static void complete(struct replicator *replicator, struct sealed_part *part)
{
    struct replica *replica = replicator_get(replicator, part->partition);
    uint64_t promised = part->promised;

    if (replica == NULL)
        return;
    election_complete(replica, part);
    if (part->verdict == SEAL_PROMISED && part->promised != promised)
        part->verdict = SEAL_OUTBID;
}

static void answer_seal(struct replicator *replicator,
                        struct election *election)
{
    const struct replicator_options *options = &replicator->options;
    size_t size =
        sizeof(*election) + election->part_count * sizeof(election->parts[0]);
    struct sealed_part *parts = arena_take(
        &replicator->effects->arena, election->part_count, sizeof(*parts));
    struct replicator_effect *effect;

    for (size_t i = 0; parts != NULL && i < election->part_count; i++) {
        complete(replicator, &election->parts[i]);
        parts[i] = election->parts[i];
    }
    if (parts != NULL) {
        effect = replicator_add_effect(replicator, REPLICATOR_REPLY, 0);
        effect->peer = election->peer;
        effect->message = (struct message){.type = MESSAGE_SEALED,
                                           .request = election->request};
        effect->message.sealed = (struct message_sealed){
            .node = options->self.node,
            .store = bytes_make(options->self.store.bytes, STORE_ID_BYTES),
            .boot_id = options->boot_id,
            .parts = parts,
            .part_count = election->part_count};
    }
    allocator_give(options->allocator, election, size);
}

void replicator_answer_seals(struct replicator *replicator, uint64_t ticket)
{
    struct election *election;

    while ((election = QUEUE_ITEM(queue_first(&replicator->seals),
                                  struct election, link)) != NULL &&
           election->ticket <= ticket) {
        queue_remove(&election->link);
        answer_seal(replicator, election);
    }
}

/* START. */

static struct started_part start(struct replicator *replicator,
                                 const struct start_part *part)
{
    struct started_part answer = {.partition = part->partition};
    struct partition_record record;
    struct replica *replica;

    if (partition_record_decode(part->record, &record) != DALV_OK)
        return answer;
    replica = replicator_obtain(replicator, part->partition);
    if (replica == NULL)
        return answer;
    replicator_on_record(replicator, replica, &record);
    answer.epoch = replica->record.epoch;
    answer.change = replica->record.change;
    return answer;
}

void replicator_on_start(struct replicator *replicator,
                         const struct replicator_event *event)
{
    const struct message_start *asked = &event->message->start;
    struct started_part *parts = arena_take(&replicator->effects->arena,
                                            asked->part_count, sizeof(*parts));
    struct replicator_effect *effect;

    if (parts == NULL)
        return;
    for (size_t i = 0; i < asked->part_count; i++)
        parts[i] = start(replicator, &asked->parts[i]);
    effect = replicator_add_effect(replicator, REPLICATOR_REPLY, 0);
    effect->peer = event->peer;
    effect->message = (struct message){.type = MESSAGE_STARTED,
                                       .request = event->message->request};
    effect->message.started =
        (struct message_started){.node = replicator->options.self.node,
                                 .boot_id = replicator->options.boot_id,
                                 .parts = parts,
                                 .part_count = asked->part_count};
}
