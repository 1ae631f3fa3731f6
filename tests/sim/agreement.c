#include "tests/sim/agreement.h"

#include "base/assert.h"
#include "replication/epoch_start.h"
#include "storage/log_verify.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIME_BYTES = 8, /* Before what replication says in an EPOCH_START. */
    LOST = 0,       /* No node's number: of the disk that is gone. */
};

void agreement_init(struct agreement *agreement, struct world *world)
{
    agreement->world = world;
}

void agreement_deinit(struct agreement *agreement)
{
    held_logs_deinit(&agreement->logs);
    for (uint32_t i = 0; i < HELD_LOGS_PARTITIONS_MAX; i++)
        free(agreement->chains[i].places);
}

static struct log_position end_of(const struct agreement_chain *chain)
{
    static const struct log_position none = {0};

    return chain->count == 0 ? none : chain->places[chain->count - 1];
}

struct log_position agreement_end(const struct agreement *agreement,
                                  uint32_t partition)
{
    return end_of(&agreement->chains[partition]);
}

/* ---- Commits ---- */

static void append(struct agreement_chain *chain, struct log_position position)
{
    if (chain->count == chain->capacity) {
        chain->capacity = 2 * chain->capacity + 64;
        chain->places =
            realloc(chain->places, chain->capacity * sizeof(*chain->places));
        ASSERT(chain->places != NULL);
    }
    chain->places[chain->count++] = position;
}

static void learn_members(struct agreement_chain *chain,
                          const struct record *record)
{
    struct epoch_start start;
    struct bytes payload = record->payload;

    ASSERT(payload.size >= TIME_BYTES);
    payload = bytes_make(payload.data + TIME_BYTES, payload.size - TIME_BYTES);
    if (epoch_start_decode(payload, &start) == DALV_OK)
        chain->joint = start.joint;
}

/* The next entry, as the node has it. False, and the world has failed. */
static bool commit_next(struct agreement *agreement, uint32_t node,
                        uint32_t partition)
{
    struct agreement_chain *chain = &agreement->chains[partition];
    struct world *world = agreement->world;
    uint64_t index = end_of(chain).index + 1;
    struct log_position position =
        held_logs_at(&agreement->logs, node, partition, index);
    struct record record;

    if (position.index == 0 ||
        !held_logs_find(&agreement->logs, partition, position, &record)) {
        world_fail(world,
                   "node %u commits entry %" PRIu64 " of partition %u, which "
                   "its log does not have",
                   node, index, partition);
        return false;
    }
    append(chain, position);
    if (record.type == RECORD_EPOCH_START)
        learn_members(chain, &record);
    witness_take_record(&world->witness, &record);
    held_logs_drop(&agreement->logs, partition, index);
    return !world->has_failed;
}

static bool is_member_reached(const struct agreement *agreement,
                              const struct member *member, uint32_t partition,
                              struct log_position position)
{
    const struct node_process *node =
        &agreement->world->nodes[member->node - 1];

    if (member_equal(member, &agreement->lost))
        return held_logs_reach(&agreement->logs, LOST, partition, position);
    return store_id_equal(&node->self.store, &member->store) &&
           held_logs_reach(&agreement->logs, member->node, partition, position);
}

/* Of the newest set alone: an old one may be cleared within the epoch. */
static void judge_majority(const struct agreement *agreement,
                           uint32_t partition)
{
    const struct agreement_chain *chain = &agreement->chains[partition];
    const struct member_set *members = &chain->joint.members;
    struct log_position end = end_of(chain);
    size_t count = 0;

    if (members->count == 0)
        return;
    for (size_t i = 0; i < members->count; i++)
        count +=
            is_member_reached(agreement, &members->items[i], partition, end);
    if (count < member_set_majority(members))
        world_fail(agreement->world,
                   "entry %" PRIu64 " of partition %u is committed, and "
                   "durable on %zu of %zu members",
                   end.index, partition, count, members->count);
}

/* Of what is before the first entry that was scanned, no epoch is known. */
static bool is_same_entry(struct log_position held,
                          struct log_position committed)
{
    if (held.epoch == 0)
        held.epoch = committed.epoch;
    return log_position_equal(held, committed);
}

static void compare(struct agreement *agreement, uint32_t node,
                    uint32_t partition, uint64_t index)
{
    const struct agreement_chain *chain = &agreement->chains[partition];
    uint64_t *compared = &agreement->compared[node][partition];

    for (; *compared < index; (*compared)++) {
        struct log_position position =
            held_logs_at(&agreement->logs, node, partition, *compared + 1);

        if (position.index != 0 &&
            !is_same_entry(position, chain->places[*compared]))
            world_fail(agreement->world,
                       "two entries are committed at %" PRIu64
                       " of partition %u",
                       position.index, partition);
    }
}

static void commit(struct agreement *agreement, uint32_t node,
                   uint32_t partition, uint64_t index)
{
    const struct agreement_chain *chain = &agreement->chains[partition];
    bool is_news = end_of(chain).index < index;

    while (end_of(chain).index < index) {
        if (!commit_next(agreement, node, partition))
            return;
    }
    if (is_news)
        judge_majority(agreement, partition);
    compare(agreement, node, partition, index);
}

void agreement_take_ordered(struct agreement *agreement, uint32_t node,
                            const struct index_order *order)
{
    if (order->type == INDEX_APPLY)
        commit(agreement, node, order->proposal->partition,
               order->proposal->end.index);
    else if (order->type == INDEX_APPLY_ENTRIES)
        commit(agreement, node, order->entries.partition,
               order->entries.index_max);
}

/* ---- Logs ---- */

static void put(struct agreement *agreement, uint32_t node,
                const struct record *record)
{
    const char *wrong = held_logs_put(&agreement->logs, node, record);

    if (wrong != NULL)
        world_fail(agreement->world, "node %u, partition %u: %s", node,
                   record->partition, wrong);
}

static void put_all(struct agreement *agreement, uint32_t node,
                    struct bytes records)
{
    struct reader reader;
    struct record record;

    reader_init(&reader, records);
    while (!reader_is_finished(&reader) && !agreement->world->has_failed) {
        if (record_decode(&reader, &record) == DALV_OK)
            put(agreement, node, &record);
        else
            world_fail(agreement->world, "node %u logged what is no record",
                       node);
    }
}

/* What was to go may be gone, or not. */
static void take_failed(struct agreement *agreement, uint32_t node,
                        const struct log_order *order)
{
    static const struct log_position nothing = {0};

    if (order->type == LOG_CUT)
        held_logs_cut(&agreement->logs, node, order->partition, order->index);
    else if (order->type == LOG_MARK || order->type == LOG_FORGET)
        held_logs_begin(&agreement->logs, node, order->partition, nothing);
}

void agreement_take_logged(struct agreement *agreement, uint32_t node,
                           const struct log_order *order)
{
    struct held_logs *logs = &agreement->logs;

    if (order->status != DALV_OK) {
        take_failed(agreement, node, order);
        return;
    }
    if (order->refusal != DALV_OK)
        return;
    if (order->type == LOG_APPEND)
        put_all(agreement, node, proposal_bytes(order->proposal));
    else if (order->type == LOG_RECEIVE)
        put_all(agreement, node, order->received.entries);
    else if (order->type == LOG_CUT)
        held_logs_cut(logs, node, order->partition, order->position.index);
    else if (order->type == LOG_MARK)
        held_logs_begin(logs, node, order->partition, order->position);
    else if (order->type == LOG_FORGET)
        held_logs_begin(logs, node, order->partition, (struct log_position){0});
}

/* ---- Starts ---- */

struct scan {
    struct agreement *agreement;
    uint32_t node;
    struct log_position known[HELD_LOGS_PARTITIONS_MAX]; /* Durable before. */
    bool is_begun[HELD_LOGS_PARTITIONS_MAX];
};

static enum dalv_status on_scanned(void *owner, const struct record *record)
{
    struct scan *scan = owner;
    struct held_logs *logs = &scan->agreement->logs;
    struct log_position kept;

    if (record_is_entry(record->type)) {
        if (!scan->is_begun[record->partition])
            held_logs_begin(logs, scan->node, record->partition,
                            (struct log_position){
                                .index = record->position.index - 1,
                                .crc = record->previous_crc,
                            });
        scan->is_begun[record->partition] = true;
        put(scan->agreement, scan->node, record);
        return DALV_OK;
    }
    if (record->type != RECORD_TRUNCATE && record->type != RECORD_MARK)
        return DALV_OK;
    if (record_kept_decode(record->payload, &kept) != DALV_OK)
        return DALV_DAMAGED;
    /* A cut may be the first that old segments still tell of a partition. */
    if (record->type == RECORD_TRUNCATE && scan->is_begun[record->partition])
        held_logs_cut(logs, scan->node, record->partition, kept.index);
    else
        held_logs_begin(logs, scan->node, record->partition, kept);
    scan->is_begun[record->partition] = true;
    return DALV_OK;
}

/* Of a partition whose entries have all gone with old segments nothing is
   scanned. */
static void judge_scanned(const struct scan *scan)
{
    const struct agreement *agreement = scan->agreement;

    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++) {
        if (scan->is_begun[i] &&
            !held_logs_reach(&agreement->logs, scan->node, i, scan->known[i]))
            world_fail(agreement->world,
                       "node %u, partition %u: the log lost what was durable",
                       scan->node, i);
    }
}

void agreement_take_log(struct agreement *agreement, uint32_t node,
                        struct memory_files *files)
{
    struct scan scan = {.agreement = agreement, .node = node};
    struct log_report report;
    const struct log_verify_options options = {
        .files = memory_files_seam(files),
        .folder = "node/log",
        .partition_count = WORLD_PARTITIONS,
        .visitor = on_scanned,
        .owner = &scan,
    };
    enum dalv_status status;

    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++)
        scan.known[i] = held_logs_end(&agreement->logs, node, i);
    status = log_verify(&options, &report);
    if (status != DALV_OK)
        world_fail(agreement->world, "the log of node %u does not verify: %s",
                   node, status_text(status));
    judge_scanned(&scan);
    for (uint32_t i = 0;
         agreement->world->node_count == 1 && i < WORLD_PARTITIONS; i++)
        commit(agreement, node, i,
               held_logs_end(&agreement->logs, node, i).index);
}

void agreement_forget(struct agreement *agreement, const struct member *member)
{
    ASSERT(!member_is_set(&agreement->lost));
    agreement->lost = *member;
    held_logs_set_aside(&agreement->logs, member->node, LOST);
    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++)
        agreement->compared[member->node][i] = 0;
}
