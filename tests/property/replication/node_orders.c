#include "base/assert.h"
#include "tests/property/replication/world.h"

#include <stdlib.h>
#include <string.h>

/* Orders to the log. */

void node_begin_sync(struct world *world, struct node *node)
{
    uint64_t sync_us =
        world->swarm.sync_us / 2 + world_below(world, world->swarm.sync_us);

    if (node->is_syncing || node->disk.count == node->disk.durable)
        return;
    if (world->is_faulty && world_chance(world, world->swarm.slow_sync))
        sync_us *= 100;
    node->is_syncing = true;
    node->syncing_count = node->disk.count;
    node->syncing_ticket = node->ticket;
    memcpy(node->is_cutting, node->is_cut_ordered, sizeof(node->is_cutting));
    memset(node->is_cut_ordered, 0, sizeof(node->is_cut_ordered));
    world_put(world, sync_us,
              &(struct happening){.type = LOG_SYNCED,
                                  .to = node->id,
                                  .boot_id = node->boot_id});
}

static void write_record(struct node *node, const struct disk_record *record)
{
    disk_append(&node->disk, record);
    copy_take(&node->copies[record->partition], record);
}

static void append(struct node *node, const struct replicator_effect *effect)
{
    const struct entry_run *run = &effect->run;

    ASSERT(entries_chain(run->bytes, run->before, run->end));
    for (size_t i = 0; i < run->bytes.size / sizeof(struct entry); i++)
        write_record(node,
                     &(struct disk_record){.type = DISK_ENTRY,
                                           .partition = run->partition,
                                           .entry = entry_at(run->bytes, i)});
}

void node_order_log(struct world *world, struct node *node,
                    const struct replicator_effect *effect)
{
    struct disk_record record = {.partition = effect->partition};

    if (effect->type != REPLICATOR_CUT)
        node->ticket = effect->ticket;
    switch ((int)effect->type) {
    case REPLICATOR_APPEND:
        append(node, effect);
        return;
    case REPLICATOR_PROMISE:
        record.type = DISK_PROMISE;
        record.epoch = effect->epoch;
        break;
    case REPLICATOR_MEMBERS:
        record.type = DISK_MEMBERS;
        record.members_size = effect->content.size;
        memcpy(record.members, effect->content.data, effect->content.size);
        break;
    case REPLICATOR_CUT:
        record.type = DISK_CUT;
        record.position =
            copy_position(&node->copies[effect->partition], effect->index);
        node->is_cut_ordered[effect->partition] = true;
        world_trace(world, "node %u p%u cuts to %lu", node->id,
                    effect->partition, (unsigned long)effect->index);
        break;
    case REPLICATOR_FORGET:
        node->disk.checkpoints[effect->partition] = (struct checkpoint){0};
        write_record(node,
                     &(struct disk_record){.type = DISK_MEMBERS,
                                           .partition = effect->partition});
        record.type = DISK_MARK;
        break;
    default:
        record.type = DISK_MARK;
        record.position = effect->position;
        node->is_marked[effect->partition] = true;
        node->told_index[effect->partition] = effect->position.index;
        node->applied_index[effect->partition] = effect->position.index;
        break;
    }
    write_record(node, &record);
}

/* Orders that take a while. */

static void answer_later(struct world *world, struct node *node,
                         uint64_t delay_us,
                         const struct replicator_event *event)
{
    struct happening happening = {.type = NODE_EVENT,
                                  .to = node->id,
                                  .boot_id = node->boot_id,
                                  .event = *event};

    if (event->content.size > 0) {
        happening.content = malloc(event->content.size);
        ASSERT(happening.content != NULL);
        memcpy(happening.content, event->content.data, event->content.size);
        happening.content_size = event->content.size;
    }
    world_put(world, delay_us, &happening);
}

/* Entries of one epoch behind a position, durable ones. */
void node_read_log(struct world *world, struct node *node,
                   const struct replicator_effect *effect)
{
    const struct copy *copy = &node->copies[effect->partition];
    struct replicator_event event = {.type = REPLICATOR_LOG_READ,
                                     .reading = effect->reading,
                                     .status = DALV_NOT_FOUND};
    uint64_t index = effect->position.index;
    const struct entry *first = copy_entry(copy, index + 1);
    size_t count = 0;

    if (first != NULL && index >= copy->start.index) {
        const struct entry *entry = first;

        while (entry != NULL && entry->epoch == first->epoch && count < 16) {
            event.run.end = entry_position(entry);
            count++;
            entry = copy_entry(copy, index + 1 + count);
        }
        event.status = DALV_OK;
        event.run.partition = effect->partition;
        event.run.before = copy_position(copy, index);
        event.content = bytes_make(first, count * sizeof(*first));
    }
    answer_later(world, node, 100 + world_below(world, 2000), &event);
}

struct page {
    size_t first_key;
    size_t key_count;
    uint64_t index[STATE_KEYS];
    uint64_t value[STATE_KEYS];
};

void node_read_page(struct world *world, struct node *node,
                    const struct replicator_effect *effect)
{
    const struct state *state = &node->states[effect->partition];
    struct page page = {.key_count = world->swarm.page_keys};
    struct replicator_event event = {.type = REPLICATOR_PAGE_READ,
                                     .reading = effect->reading};

    if (page.key_count == 0)
        page.key_count = 1 + world_below(world, STATE_KEYS);
    if (effect->resume.size > 0)
        page.first_key = effect->resume.data[0];
    if (page.first_key + page.key_count > STATE_KEYS)
        page.key_count = STATE_KEYS - page.first_key;
    for (size_t i = 0; i < page.key_count; i++) {
        page.index[i] = state->index[page.first_key + i];
        page.value[i] = state->value[page.first_key + i];
    }
    event.position = copy_position(&node->copies[effect->partition],
                                   node->applied_index[effect->partition]);
    event.is_whole = page.first_key + page.key_count == STATE_KEYS;
    event.index = page.first_key + page.key_count; /* To resume with. */
    event.content = bytes_make(&page, sizeof(page));
    answer_later(world, node, 100 + world_below(world, 5000), &event);
}

void node_store_page(struct world *world, struct node *node,
                     const struct replicator_effect *effect)
{
    struct state *staged = &node->staged[effect->partition];
    struct page page;

    ASSERT(effect->content.size == sizeof(page));
    memcpy(&page, effect->content.data, sizeof(page));
    for (size_t i = 0; i < page.key_count; i++) {
        staged->index[page.first_key + i] = page.index[i];
        staged->value[page.first_key + i] = page.value[i];
    }
    if (page.first_key + page.key_count == STATE_KEYS) {
        node->is_staging[effect->partition] = true;
        node->disk.checkpoints[effect->partition].is_not_whole = true;
    }
    answer_later(world, node, 100 + world_below(world, 3000),
                 &(struct replicator_event){.type = REPLICATOR_PAGE_STORED,
                                            .partition = effect->partition});
}

void node_begin_pages(struct node *node, uint32_t partition)
{
    node->is_staging[partition] = false;
    node->is_marked[partition] = false;
    node->staged[partition] = (struct state){0};
}

void node_adopt(struct world *world, struct node *node, uint32_t partition)
{
    struct checkpoint *checkpoint = &node->disk.checkpoints[partition];

    node->is_staging[partition] = false;
    node->states[partition] = node->staged[partition];
    checkpoint->is_not_whole = false;
    checkpoint->applied_index = node->applied_index[partition];
    checkpoint->state = node->states[partition];
    node_tell_judge(world, node, 0);
    judge_state(&world->judge, partition, node->applied_index[partition],
                &node->states[partition]);
    answer_later(world, node, 100,
                 &(struct replicator_event){.type = REPLICATOR_ADOPTED,
                                            .partition = partition});
}

void node_drop(struct world *world, struct node *node, uint32_t partition)
{
    node->is_staging[partition] = false;
    node->is_marked[partition] = false;
    node->states[partition] = (struct state){0};
    node->staged[partition] = (struct state){0};
    node->told_index[partition] = 0;
    node->applied_index[partition] = 0;
    node->disk.checkpoints[partition].is_not_whole = true;
    answer_later(world, node, 100 + world_below(world, 3000),
                 &(struct replicator_event){.type = REPLICATOR_DROPPED,
                                            .partition = partition});
}

/* Commits. */

void node_commit(struct world *world, struct node *node, uint32_t partition,
                 uint64_t index)
{
    const struct partition_record *record =
        replicator_record(node->replicator, partition);
    const struct copy *copy = &node->copies[partition];
    struct member self = node_member(node);

    ASSERT(record != NULL);
    for (uint64_t i = node->told_index[partition] + 1; i <= index; i++) {
        const struct entry *entry = copy_entry(copy, i);

        ASSERT(entry != NULL);
        judge_commit(&world->judge, partition, record->epoch, entry);
        judge_apply(&world->judge, partition, &self, entry);
        if (entry->epoch == node->master_epoch[partition] &&
            entry->value != 0) {
            judge_acknowledge(&world->judge, partition, node->id, entry);
            world->acknowledged_us[partition][i] = world->now_us;
        }
    }
    node->told_index[partition] = index;
    world_put(world, 50 + world_below(world, 2000),
              &(struct happening){.type = NODE_APPLIES,
                                  .to = node->id,
                                  .boot_id = node->boot_id,
                                  .event = {.partition = partition}});
}

void node_apply(struct world *world, struct node *node, uint32_t partition)
{
    bool is_staged = node->is_staging[partition] && node->is_marked[partition];
    struct state *state =
        is_staged ? &node->staged[partition] : &node->states[partition];

    while (node->applied_index[partition] < node->told_index[partition]) {
        const struct entry *entry = copy_entry(
            &node->copies[partition], node->applied_index[partition] + 1);

        ASSERT(entry != NULL);
        state_apply(state, entry);
        node->applied_index[partition]++;
    }
    if (!is_staged && !node->is_staging[partition])
        judge_state(&world->judge, partition, node->applied_index[partition],
                    state);
    if (!node->is_staging[partition] && world_chance(world, 200)) {
        node->disk.checkpoints[partition].applied_index =
            node->applied_index[partition];
        node->disk.checkpoints[partition].state = *state;
    }
    node_step(
        world, node,
        &(struct replicator_event){.type = REPLICATOR_APPLIED,
                                   .partition = partition,
                                   .index = node->applied_index[partition]});
}
