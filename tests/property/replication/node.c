#include "base/assert.h"
#include "proto/codec.h"
#include "tests/property/replication/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SYNC_LOOKS_US = 500, /* So often a sync that is held looks for its end. */
};

uint64_t node_clock_us(const struct world *world, const struct node *node)
{
    return node->clock_offset_us + world->now_us * node->clock_rate / 1000;
}

struct member node_member(const struct node *node)
{
    return (struct member){.node = node->id, .store = node->store};
}

/* Effects. */

static void send(struct world *world, struct node *node,
                 const struct replicator_effect *effect, uint32_t to)
{
    uint8_t *content;
    size_t size = 0;

    for (size_t i = 0; i < effect->piece_count; i++)
        size += effect->pieces[i].size;
    content = malloc(size + 1);
    ASSERT(content != NULL);
    size = 0;
    for (size_t i = 0; i < effect->piece_count; i++) {
        memcpy(content + size, effect->pieces[i].data, effect->pieces[i].size);
        size += effect->pieces[i].size;
    }
    world_send(world, node->id, to, &effect->message,
               bytes_make(content, size));
    free(content);
}

static void lead(struct world *world, struct node *node,
                 const struct replicator_effect *effect)
{
    uint32_t p = effect->partition;

    node->is_leading[p] = true;
    world_trace(world, "node %u p%u leads epoch %lu", node->id, p,
                (unsigned long)effect->epoch);
    judge_lead(&world->judge, p, effect->epoch, &node->copies[p]);
}

static void depose(struct node *node, uint32_t partition)
{
    node->is_leading[partition] = false;
    node->master_epoch[partition] = 0;
    node->begins[partition] = 0;
}

static void change_index(struct world *world, struct node *node,
                         const struct replicator_effect *effect)
{
    if (effect->type == REPLICATOR_BEGIN_PAGES)
        node_begin_pages(node, effect->partition);
    else if (effect->type == REPLICATOR_STORE_PAGE)
        node_store_page(world, node, effect);
    else if (effect->type == REPLICATOR_ADOPT)
        node_adopt(world, node, effect->partition);
    else
        node_drop(world, node, effect->partition);
}

static void carry_out(struct world *world, struct node *node,
                      const struct replicator_effect *effect)
{
    uint32_t p = effect->partition;

    switch (effect->type) {
    case REPLICATOR_APPEND:
    case REPLICATOR_PROMISE:
    case REPLICATOR_MEMBERS:
    case REPLICATOR_CUT:
    case REPLICATOR_MARK:
    case REPLICATOR_FORGET:
        node_order_log(world, node, effect);
        break;
    case REPLICATOR_READ_LOG:
        node_read_log(world, node, effect);
        break;
    case REPLICATOR_READ_PAGE:
        node_read_page(world, node, effect);
        break;
    case REPLICATOR_BEGIN_PAGES:
    case REPLICATOR_STORE_PAGE:
    case REPLICATOR_ADOPT:
    case REPLICATOR_EXPEL:
        change_index(world, node, effect);
        break;
    case REPLICATOR_SEND:
        send(world, node, effect, effect->node);
        break;
    case REPLICATOR_REPLY:
        send(world, node, effect, (uint32_t)effect->peer);
        break;
    case REPLICATOR_BEGIN:
        node->master_epoch[p] = effect->epoch;
        node->begins[p] = effect->epoch;
        break;
    case REPLICATOR_LEAD:
        lead(world, node, effect);
        break;
    case REPLICATOR_STALL:
        node->is_leading[p] = false;
        break;
    case REPLICATOR_DEPOSE:
        depose(node, p);
        break;
    case REPLICATOR_COMMIT:
        node_commit(world, node, p, effect->index);
        break;
    case REPLICATOR_DAMAGED:
        judge_fail(&world->judge, "what was committed was to be cut");
        break;
    case REPLICATOR_CERTAIN:
        node->is_uncertain = false;
        break;
    }
}

static void run_step(struct world *world, struct node *node,
                     struct replicator_event *event)
{
    event->now_us = node_clock_us(world, node);
    replicator_effects_clear(&world->effects);
    replicator_step(node->replicator, event, &world->effects);
    for (size_t i = 0; i < world->effects.count; i++)
        carry_out(world, node, &world->effects.items[i]);
}

/* Leading. */

static void lend(struct node *node, void *bytes)
{
    ASSERT(node->proposal_count < 4096);
    node->proposals[node->proposal_count++] = bytes;
}

/* Kept until the process ends or is idle: that is longer than until LOGGED. */
static void give_back(struct node *node)
{
    for (size_t i = 0; i < node->proposal_count; i++)
        free(node->proposals[i]);
    node->proposal_count = 0;
}

static void propose(struct world *world, struct node *node, uint32_t partition,
                    uint64_t epoch, size_t count)
{
    struct log_position before = copy_end(&node->copies[partition]);
    struct entry *entries = malloc(count * sizeof(*entries));
    struct replicator_event event = {.type = REPLICATOR_PROPOSED};

    ASSERT(entries != NULL);
    lend(node, entries);
    event.run.partition = partition;
    event.run.before = before;
    for (size_t i = 0; i < count; i++) {
        bool is_start = !node->is_leading[partition];

        entries[i] = entry_make(before, epoch, is_start ? 0 : ++world->value);
        before = entry_position(&entries[i]);
    }
    event.run.end = before;
    event.run.bytes = bytes_make(entries, count * sizeof(*entries));
    run_step(world, node, &event);
    node_begin_sync(world, node);
}

void node_propose(struct world *world, struct node *node, uint32_t partition,
                  size_t count)
{
    if (node->boot_id == 0 || node->paused_until_us > world->now_us ||
        !node->is_leading[partition] || node->proposal_count > 4000)
        return;
    propose(world, node, partition, node->master_epoch[partition], count);
}

bool node_read(struct world *world, struct node *node, uint32_t partition)
{
    uint64_t now_us = node_clock_us(world, node);
    uint64_t staleness_us;
    uint64_t index = world->judge.partitions[partition].acknowledged_index;

    if (node->boot_id == 0 || node->paused_until_us > world->now_us ||
        node->applied_index[partition] <
            replicator_commit_index(node->replicator, partition))
        return false;
    staleness_us = replicator_staleness_us(node->replicator, partition, now_us);
    if (staleness_us == UINT64_MAX)
        return false;
    /* As old as it may be, by a clock that runs up to 3 in 100 too slow. */
    staleness_us += staleness_us / 20 + (staleness_us > 0 ? 1000 : 0);
    while (staleness_us > 0 && index > 0 &&
           (!world->judge.partitions[partition].is_acknowledged[index] ||
            world->acknowledged_us[partition][index] + staleness_us >
                world->now_us))
        index--;
    if (node->applied_index[partition] < index)
        world_trace(world, "node %u p%u reads %lu, acknowledged %lu, stale %lu",
                    node->id, partition,
                    (unsigned long)node->applied_index[partition],
                    (unsigned long)index, (unsigned long)staleness_us);
    judge_read(&world->judge, index, node->applied_index[partition]);
    return true;
}

void node_release(struct world *world, struct node *node, uint32_t partition)
{
    struct checkpoint *checkpoint = &node->disk.checkpoints[partition];
    struct copy *copy = &node->copies[partition];
    struct log_position start;

    if (node->boot_id == 0 || node->is_staging[partition] ||
        checkpoint->applied_index <= copy->start.index ||
        checkpoint->is_not_whole)
        return;
    start = copy_position(copy, checkpoint->applied_index);
    checkpoint->released = start;
    copy_release(copy, start);
    node_step(world, node,
              &(struct replicator_event){.type = REPLICATOR_RELEASED,
                                         .partition = partition,
                                         .position = start});
}

static void end_round(struct world *world, struct node *node)
{
    struct replicator_event end = {.type = REPLICATOR_ROUND_ENDED};

    do
        run_step(world, node, &end);
    while (world->effects.is_more);
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        uint64_t epoch = node->begins[p];

        node->begins[p] = 0;
        if (epoch != 0)
            propose(world, node, p, epoch, 1);
    }
    node_begin_sync(world, node);
}

void node_step(struct world *world, struct node *node,
               const struct replicator_event *event)
{
    struct replicator_event given = *event;

    run_step(world, node, &given);
    if (node->is_in_round ||
        (world->is_faulty && world_chance(world, world->swarm.long_round)))
        return; /* A later event ends it. */
    end_round(world, node);
}

/* What happens to a node. */

static void answer_heartbeat(struct world *world, struct node *node,
                             const struct message *asked, uint32_t from)
{
    struct heartbeaten_part parts[DISK_PARTITIONS];
    uint8_t memory[DISK_PARTITIONS * DISK_MEMBERS_BYTES];
    struct message answer = {.type = MESSAGE_HEARTBEATEN,
                             .request = asked->request};
    struct writer known;
    struct replicator_report report = {
        .parts = parts, .part_max = DISK_PARTITIONS, .known = &known};

    writer_init(&known, memory, sizeof(memory));
    answer.heartbeaten = (struct message_heartbeaten){
        .node = node->id,
        .store = bytes_make(node->store.bytes, STORE_ID_BYTES),
        .boot_id = node->boot_id,
        .parts = parts};
    replicator_fill_report(node->replicator, 0, &report);
    answer.heartbeaten.part_count = report.part_count;
    answer.heartbeaten.report = report.number;
    world_send(world, node->id, from, &answer, (struct bytes){0});
}

static void receive(struct world *world, struct node *node,
                    const struct happening *happening)
{
    struct message message;
    struct arena arena;
    struct replicator_event event = {.type = REPLICATOR_PEER_SENT,
                                     .node = happening->from,
                                     .peer = happening->from,
                                     .message = &message};

    arena_init(&arena, world->frame, sizeof(world->frame));
    ASSERT(codec_decode(bytes_make(happening->frame, happening->frame_size),
                        &arena, &message) == DALV_OK);
    event.content = bytes_make(happening->content, happening->content_size);
    if (message.type == MESSAGE_HEARTBEAT) {
        answer_heartbeat(world, node, &message, happening->from);
        return;
    }
    if (happening->from > WORLD_NODES_MAX)
        event.type = REPLICATOR_CONTROLLER_SENT;
    node_step(world, node, &event);
}

void node_tell_judge(struct world *world, const struct node *node, size_t from)
{
    struct member self = node_member(node);

    for (size_t i = from; i < node->disk.durable; i++) {
        const struct disk_record *record = &node->disk.records[i];

        if (record->type == DISK_ENTRY)
            judge_keep(&world->judge, record->partition, &self, &record->entry,
                       !node->disk.checkpoints[record->partition].is_not_whole);
        else if (record->type == DISK_CUT)
            judge_cut(&world->judge, record->partition, &self,
                      record->position.index);
    }
}

static void on_synced(struct world *world, struct node *node)
{
    size_t durable = node->disk.durable;
    bool is_cut[DISK_PARTITIONS];

    disk_sync(&node->disk, node->syncing_count);
    node_tell_judge(world, node, durable);
    node->is_syncing = false;
    memcpy(is_cut, node->is_cutting, sizeof(is_cut));
    memset(node->is_cutting, 0, sizeof(node->is_cutting));
    node_step(world, node,
              &(struct replicator_event){.type = REPLICATOR_LOGGED,
                                         .ticket = node->syncing_ticket});
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        if (is_cut[p])
            node_step(world, node,
                      &(struct replicator_event){
                          .type = REPLICATOR_CUT_DONE,
                          .partition = p,
                          .position = copy_end(&node->copies[p])});
    }
    if (node->disk.count == node->disk.durable)
        give_back(node);
}

static void on_event(struct world *world, struct node *node,
                     struct happening *happening)
{
    struct replicator_event *event = &happening->event;
    uint8_t resume = (uint8_t)event->index;

    event->content = bytes_make(happening->content, happening->content_size);
    if (event->type == REPLICATOR_LOG_READ)
        event->run.bytes = event->content;
    if (event->type == REPLICATOR_PAGE_READ)
        event->resume = bytes_make(&resume, 1);
    node_step(world, node, event);
}

static void tick(struct world *world, struct node *node)
{
    node_step(world, node,
              &(struct replicator_event){.type = REPLICATOR_TICKED});
    world_put(world, 10000,
              &(struct happening){.type = NODE_TICKS,
                                  .to = node->id,
                                  .boot_id = node->boot_id});
}

static void postpone(struct world *world, uint64_t delay_us,
                     struct happening *happening)
{
    world_put(world, delay_us, happening);
    happening->frame = NULL;
    happening->content = NULL;
}

void node_happens(struct world *world, struct node *node,
                  struct happening *happening)
{
    if (happening->type == NODE_STARTS) {
        if (node->boot_id == 0)
            node_start(world, node);
        return;
    }
    if (node->boot_id == 0 ||
        (happening->type != AT_NODE && happening->boot_id != node->boot_id))
        return;
    if (node->paused_until_us > world->now_us) {
        postpone(world, node->paused_until_us - world->now_us, happening);
        return;
    }
    if (happening->type == LOG_SYNCED && node->is_sync_held) {
        postpone(world, SYNC_LOOKS_US, happening);
        return;
    }
    switch ((int)happening->type) {
    case AT_NODE:
        receive(world, node, happening);
        break;
    case LOG_SYNCED:
        on_synced(world, node);
        break;
    case NODE_EVENT:
        on_event(world, node, happening);
        break;
    case NODE_APPLIES:
        node_apply(world, node, happening->event.partition);
        break;
    default:
        tick(world, node);
        break;
    }
}

/* Life. */

static void load(struct node *node, uint32_t partition)
{
    const struct checkpoint *checkpoint = &node->disk.checkpoints[partition];
    struct epochs_item epochs[EPOCHS_MAX];
    struct copy *copy = &node->copies[partition];
    struct replicator_start start = {
        .applied_index = checkpoint->applied_index,
        .is_not_whole = checkpoint->is_not_whole,
        .epochs = epochs,
    };

    copy_load(copy, &node->disk, partition);
    if (start.applied_index < copy->start.index)
        start.applied_index = copy->start.index;
    start.start = copy->start;
    start.end = copy_end(copy);
    start.promised = copy->promised;
    start.epoch_count = copy_epochs(copy, epochs, EPOCHS_MAX);
    start.members = bytes_make(copy->members, copy->members_size);
    node->states[partition] = checkpoint->state;
    node->applied_index[partition] = start.applied_index;
    node->told_index[partition] = start.applied_index;
    ASSERT(replicator_add(node->replicator, partition, &start) == DALV_OK);
}

void node_start(struct world *world, struct node *node)
{
    struct replicator_options options = {
        .self = {.node = node->id, .store = node->store},
        .cluster_id = bytes_from_text("model"),
        .partition_count = DISK_PARTITIONS,
        .lease_us = world->swarm.lease_us,
        .beat_us = world->swarm.lease_us / 5,
        .silence_us = world->swarm.lease_us + 200000,
        .credit_bytes = world->swarm.credit_bytes,
        .is_uncertain = node->is_uncertain,
        .allocator = &world->allocator};

    node->boot_id = prng_next(&world->prng) | 1;
    options.boot_id = node->boot_id;
    options.now_us = node_clock_us(world, node);
    node->replicator = replicator_create(&options);
    ASSERT(node->replicator != NULL);
    world_trace(world, "node %u starts%s", node->id,
                node->is_uncertain ? ", uncertain" : "");
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++)
        load(node, p);
    tick(world, node);
}

void node_stop(struct world *world, struct node *node)
{
    size_t durable = node->disk.durable;

    if (node->boot_id == 0)
        return;
    world_trace(world, "node %u stops", node->id);
    disk_crash(&node->disk, &world->prng);
    node_tell_judge(world, node, durable);
    replicator_destroy(&node->replicator);
    give_back(node);
    node->boot_id = 0;
    node->is_syncing = false;
    node->is_sync_held = false;
    node->is_in_round = false;
    node->ticket = 0;
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        copy_deinit(&node->copies[p]);
        node->is_cutting[p] = false;
        node->is_cut_ordered[p] = false;
        node->master_epoch[p] = 0;
        node->begins[p] = 0;
        node->is_leading[p] = false;
        node->is_staging[p] = false;
        node->is_marked[p] = false;
    }
}
