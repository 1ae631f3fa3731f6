#include "tests/sim/standing.h"

#include "base/assert.h"
#include "control/map_reader.h"
#include "storage/index.h"
#include "storage/index_snapshot.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- What is agreed on ---- */

static struct control_reply answer(struct world *world,
                                   const struct control_question *question,
                                   struct control_answer *memory)
{
    struct control_reply reply = {.answer = memory};

    if (question->type == CONTROL_GET)
        reply.status = control_store_get(world->control, question->key, memory);
    else
        reply.status = control_store_list(world->control, question->key,
                                          question->after, memory);
    return reply;
}

static struct control_map *read_map(struct world *world, struct pool *pool)
{
    static const struct cluster_version nothing = {0};
    struct control_answer *memory = malloc(sizeof(*memory));
    void *block = malloc(CONTROL_ANSWER_BYTES_MAX);
    struct control_map *map = NULL;
    struct control_question question;
    struct map_reader reader;

    ASSERT(memory != NULL && block != NULL);
    control_answer_init(memory, block);
    map_reader_init(&reader, &pool->allocator);
    map_reader_begin(&reader, nothing);
    while (map_reader_ask(&reader, &question)) {
        const struct control_reply reply = answer(world, &question, memory);

        map_reader_answer(&reader, &reply);
    }
    if (reader.state == MAP_READER_DONE)
        map = map_reader_take(&reader);
    map_reader_deinit(&reader);
    free(block);
    free(memory);
    return map;
}

/* ---- What is ---- */

static const char *check_member(const struct world *world, uint32_t partition,
                                const struct member *member)
{
    const struct node_process *node = &world->nodes[member->node - 1];
    struct log_position end = agreement_end(&world->agreement, partition);
    struct index *index = node_process_index(node);

    if (index == NULL)
        return "is down";
    if (!store_id_equal(&node->self.store, &member->store))
        return "has another disk";
    return log_position_equal(index_applied(index, partition), end)
               ? NULL
               : "has not applied everything";
}

static size_t wanted_members(const struct cluster_map *map)
{
    size_t count = 0;

    for (size_t i = 0; i < map->node_count; i++)
        count += map->nodes[i].state == CLUSTER_NODE_ACTIVE;
    return count < map->head.replica_count ? count : map->head.replica_count;
}

static const char *check_record(const struct world *world,
                                const struct cluster_map *map,
                                uint32_t partition)
{
    const struct partition_record *record = &map->records[partition];

    if (record->state != PARTITION_LED)
        return "is not led";
    if (world->nodes[record->master.node - 1].boot_id != record->master_boot)
        return "is led by a process that is gone";
    if (!joint_set_is_settled(&record->joint) || record->learners.count > 0)
        return "has members that come or go";
    return record->joint.members.count == wanted_members(map)
               ? NULL
               : "has not as many members as it is to have";
}

static bool is_partition_well(const struct world *world,
                              const struct cluster_map *map, uint32_t partition,
                              struct text *text)
{
    const struct member_set *members = &map->records[partition].joint.members;
    const char *wrong = check_record(world, map, partition);

    for (size_t i = 0; wrong == NULL && i < members->count; i++) {
        wrong = check_member(world, partition, &members->items[i]);
        if (wrong != NULL) {
            text_put(text, "member ");
            text_put_u64(text, members->items[i].node);
            text_put(text, " of ");
        }
    }
    if (wrong == NULL)
        return true;
    text_put(text, "partition ");
    text_put_u64(text, partition);
    text_put(text, " ");
    text_put(text, wrong);
    return false;
}

bool standing_is_well(struct world *world, char *out_text, size_t text_bytes)
{
    struct control_map *map;
    struct text text;
    struct pool pool;
    bool is_well;

    if (world->node_count == 1)
        return true;
    text_init(&text, out_text, text_bytes);
    pool_init(&pool);
    map = read_map(world, &pool);
    is_well = map != NULL && map->is_founded;
    if (!is_well)
        text_put(&text, "the cluster is not founded");
    for (uint32_t i = 0; is_well && i < WORLD_PARTITIONS; i++)
        is_well = is_partition_well(world, &map->map, i, &text);
    control_map_destroy(&map);
    pool_clear(&pool);
    return is_well;
}

uint32_t standing_master(struct world *world, uint32_t partition)
{
    struct control_map *map;
    struct pool pool;
    uint32_t node = 0;

    pool_init(&pool);
    map = read_map(world, &pool);
    if (map != NULL && map->map.records[partition].state == PARTITION_LED)
        node = map->map.records[partition].master.node;
    control_map_destroy(&map);
    pool_clear(&pool);
    return node;
}

/* ---- For people ---- */

static void put_set(struct text *text, const char *name,
                    const struct member_set *set)
{
    text_put(text, name);
    for (size_t i = 0; i < set->count; i++) {
        text_put(text, " ");
        text_put_u64(text, set->items[i].node);
        text_put(text, ":");
        text_put_hex(text, set->items[i].store.bytes[0], 2);
    }
}

static void tell_copy(struct world *world, const struct node_process *node,
                      uint32_t partition)
{
    struct index *index = node_process_index(node);
    struct log_position end =
        held_logs_end(&world->agreement.logs, node->self.node, partition);

    if (index == NULL || end.index == 0)
        return;
    trace_put(&world->trace, world->now_us,
              "  %s:%02x log to %" PRIu64 ", applied to %" PRIu64 "%s",
              node->server.name, node->self.store.bytes[0], end.index,
              index_applied(index, partition).index,
              index_snapshot_state(index, partition).is_receiving
                  ? ", receives a snapshot"
                  : "");
}

static void tell_partition(struct world *world, const struct cluster_map *map,
                           uint32_t partition)
{
    const struct partition_record *record = &map->records[partition];
    char line[TRACE_LINE_MAX];
    struct text text;

    text_init(&text, line, sizeof(line));
    put_set(&text, "members", &record->joint.members);
    put_set(&text, ", old", &record->joint.old_members);
    put_set(&text, ", learners", &record->learners);
    trace_put(&world->trace, world->now_us,
              "partition %u, epoch %" PRIu64 ".%" PRIu64
              ", %s by %u, to %" PRIu64 ": %s",
              partition, record->epoch, record->change,
              record->state == PARTITION_LED ? "led" : "opening, last led",
              record->master.node,
              agreement_end(&world->agreement, partition).index,
              text_string(&text));
    for (size_t i = 0; i < world->node_count; i++)
        tell_copy(world, &world->nodes[i], partition);
}

void standing_tell(struct world *world)
{
    struct control_map *map;
    struct pool pool;

    if (world->node_count == 1)
        return;
    pool_init(&pool);
    map = read_map(world, &pool);
    for (uint32_t i = 0; map != NULL && i < WORLD_PARTITIONS; i++)
        tell_partition(world, &map->map, i);
    control_map_destroy(&map);
    pool_clear(&pool);
}

void standing_judge(struct world *world)
{
    for (size_t i = 0; world->node_count > 1 && i < world->node_count; i++) {
        for (uint32_t partition = 0; partition < WORLD_PARTITIONS; partition++)
            likeness_judge(&world->likeness, &world->nodes[i], partition);
    }
}
