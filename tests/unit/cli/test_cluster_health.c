/*
 * What a map says of its cluster: three nodes, four partitions, and what may
 * befall them.
 */
#include "base/assert.h"
#include "cli/cluster_health.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NODES = 3,
    PARTITIONS = 8,
};

static struct arena arena;
static struct cluster_map map;
static struct cluster_health health;

static struct cluster_node node_of(uint32_t id)
{
    struct cluster_node node = {.id = id,
                                .state = CLUSTER_NODE_ACTIVE,
                                .weight = 100,
                                .boot_number = 1};

    (void)snprintf(node.name, sizeof(node.name), "n%u", (unsigned)id);
    (void)snprintf(node.address, sizeof(node.address), "h:%u", (unsigned)id);
    node.store.bytes[0] = (uint8_t)id;
    return node;
}

/* Led by 1, 2, 3, 1, ..., held by all. */
static void begin(void)
{
    const struct cluster_head head = {.version = {1, 1},
                                      .cluster_id = "c",
                                      .partition_count = PARTITIONS,
                                      .replica_count = NODES,
                                      .feature_level = 1};
    size_t size = cluster_map_memory(PARTITIONS);

    arena_init(&arena, malloc(size), size);
    ASSERT(cluster_map_init(&map, &head, &arena) == DALV_OK);
    for (uint32_t id = 1; id <= NODES; id++) {
        struct cluster_node node = node_of(id);

        ASSERT(cluster_map_put_node(&map, &node) == DALV_OK);
    }
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct partition_record *record = &map.records[i];

        *record = (struct partition_record){
            .epoch = 1, .state = PARTITION_LED, .master_boot = 1};
        for (size_t j = 0; j < NODES; j++) {
            struct member member = cluster_node_member(&map.nodes[j]);

            ASSERT(member_set_add(&record->joint.members, &member));
        }
        record->master = record->joint.members.items[i % NODES];
    }
}

static void end(void)
{
    free(arena.block);
}

static void look(void)
{
    cluster_health_make(&map, true, &health);
}

static void counts_copies_and_leads(void)
{
    begin();
    look();
    CU_ASSERT_TRUE(cluster_health_is_serving(&health));
    CU_ASSERT_EQUAL(health.shares[0].copies, 8);
    CU_ASSERT_EQUAL(health.shares[0].leads, 3);
    CU_ASSERT_EQUAL(health.shares[2].leads, 2);
    CU_ASSERT_EQUAL(health.troubled[PARTITION_LEADERLESS], 0);
    CU_ASSERT_EQUAL(health.troubled[PARTITION_THIN], 0);
    CU_ASSERT_EQUAL(health.troubled[PARTITION_MOVING], 0);
    end();
}

static void finds_who_has_no_leader(void)
{
    begin();
    map.records[5].state = PARTITION_OPENING;
    look();
    CU_ASSERT_EQUAL(cluster_health_of(&map, 5), PARTITION_LEADERLESS);
    CU_ASSERT_EQUAL(health.troubled[PARTITION_LEADERLESS], 1);
    CU_ASSERT_FALSE(cluster_health_is_serving(&health));
    end();
}

/* A copy on a disk that its node has no more is none. */
static void counts_no_copy_on_a_replaced_disk(void)
{
    begin();
    map.nodes[1].store.bytes[0] = 99;
    look();
    CU_ASSERT_EQUAL(health.troubled[PARTITION_THIN], PARTITIONS);
    CU_ASSERT_TRUE(cluster_health_is_serving(&health));
    end();
}

static void tells_moves_from_troubles(void)
{
    struct cluster_node fourth = node_of(4);
    struct member member = cluster_node_member(&fourth);

    begin();
    CU_ASSERT_EQUAL(cluster_map_put_node(&map, &fourth), DALV_OK);
    CU_ASSERT_TRUE(member_set_add(&map.records[2].learners, &member));
    look();
    CU_ASSERT_EQUAL(cluster_health_of(&map, 2), PARTITION_MOVING);
    CU_ASSERT_EQUAL(health.troubled[PARTITION_MOVING], 1);
    CU_ASSERT_EQUAL(health.shares[3].joining, 1);
    CU_ASSERT_EQUAL(health.shares[3].copies, 0);
    end();
}

/* Nobody tells that a node is away; that it leads nothing does. */
static void finds_who_was_taken_everything_from(void)
{
    begin();
    for (uint32_t i = 0; i < PARTITIONS; i++)
        map.records[i].master = map.records[i].joint.members.items[i % 2];
    look();
    CU_ASSERT_FALSE(cluster_health_is_idle(&health, 0));
    CU_ASSERT_FALSE(cluster_health_is_idle(&health, 1));
    CU_ASSERT_TRUE(cluster_health_is_idle(&health, 2));
    end();
}

static void serves_nobody_before_it_is_founded(void)
{
    begin();
    cluster_health_make(&map, false, &health);
    CU_ASSERT_FALSE(cluster_health_is_serving(&health));
    CU_ASSERT_EQUAL(health.shares[0].copies, 0);
    end();
}

static const struct suite_test tests[] = {
    SUITE_TEST(counts_copies_and_leads),
    SUITE_TEST(finds_who_has_no_leader),
    SUITE_TEST(counts_no_copy_on_a_replaced_disk),
    SUITE_TEST(tells_moves_from_troubles),
    SUITE_TEST(finds_who_was_taken_everything_from),
    SUITE_TEST(serves_nobody_before_it_is_founded),
};

int main(void)
{
    return SUITE_RUN("cli/cluster_health", tests);
}
