#include "cluster/placement.h"

#include "base/hash.h"
#include "base/text.h"
#include "cluster/cluster_text.h"
#include "cluster/placement_moves.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    PARTITIONS_MAX = 1024,
};

static uint8_t arena_block[1 << 20];
static struct place places[PARTITIONS_MAX];
static struct place old_places[PARTITIONS_MAX];

static struct placement_node nodes[CLUSTER_NODES_MAX];

/* Nodes 1, 2, ... by "zone weight" pairs: "a1 a1 b2". */
static struct placement plan(const char *text, uint32_t partitions,
                             uint32_t replicas)
{
    struct placement placement = {.nodes = nodes,
                                  .partition_count = partitions,
                                  .replica_count = replicas};

    for (; *text != '\0'; text += text[2] == ' ' ? 3 : 2) {
        nodes[placement.node_count] =
            (struct placement_node){.node = (uint32_t)placement.node_count + 1,
                                    .zone = (uint32_t)text[0],
                                    .weight = (uint32_t)(text[1] - '0')};
        placement.node_count++;
    }
    return placement;
}

static enum dalv_status make(const struct placement *placement)
{
    struct arena arena;
    enum dalv_status status;

    arena_init(&arena, arena_block,
               placement_memory(placement->partition_count));
    status = placement_make(placement, &arena, places);
    CU_ASSERT_EQUAL(arena.used, 0);
    return status;
}

/* "1 3|2 3" for two partitions, the leader first. */
static const char *told(uint32_t partitions)
{
    static char block[1024];
    struct text text;

    text_init(&text, block, sizeof(block));
    for (size_t p = 0; p < partitions; p++) {
        if (p > 0)
            text_put(&text, "|");
        for (size_t i = 0; i < places[p].count; i++) {
            if (i > 0)
                text_put(&text, " ");
            text_put_u64(&text, places[p].nodes[i]);
        }
    }
    return text_string(&text);
}

static uint32_t copies_on(uint32_t node, uint32_t partitions)
{
    uint32_t count = 0;

    for (size_t p = 0; p < partitions; p++) {
        for (size_t i = 0; i < places[p].count; i++) {
            if (places[p].nodes[i] == node)
                count++;
        }
    }
    return count;
}

/* Data is where this says: it never changes. */
static void places_the_same_on_every_machine(void)
{
    struct placement placement = plan("a1 a1 b1 b1 c1", 16, 3);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_STRING_EQUAL(told(16),
                           "4 5 1|5 3 1|2 5 4|4 2 5|4 5 1|2 5 4|3 5 2|1 4 5|"
                           "5 2 4|1 5 4|1 5 3|2 5 3|3 2 5|5 3 2|1 5 3|3 5 1");
}

static void places_a_whole_cluster_the_same(void)
{
    struct placement placement = plan("a1 b1 c1 a1 b1 c1 a2", 1024, 3);
    uint64_t hash = 0;

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    for (size_t p = 0; p < 1024; p++)
        hash = hash64_seeded(bytes_make(places[p].nodes, 12), hash);
    CU_ASSERT_EQUAL(hash, UINT64_C(0x3f2bae68fca1bf8c));
}

static void puts_a_copy_on_each_node_if_there_are_few(void)
{
    struct placement placement = plan("a1 a1", 2, 3);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_EQUAL(places[0].count, 2);
    CU_ASSERT_EQUAL(places[1].count, 2);
    CU_ASSERT_NOT_EQUAL(places[0].nodes[0], places[1].nodes[0]);
}

static void needs_a_node_that_may_hold_something(void)
{
    struct placement placement = plan("a0 b0", 4, 3);

    CU_ASSERT_EQUAL(make(&placement), DALV_UNAVAILABLE);
    placement.node_count = 0;
    CU_ASSERT_EQUAL(make(&placement), DALV_UNAVAILABLE);
}

static void needs_the_memory_that_it_says(void)
{
    struct placement placement = plan("a1 b1", 64, 2);
    struct arena arena;

    arena_init(&arena, arena_block, placement_memory(64) / 2);
    CU_ASSERT_EQUAL(placement_make(&placement, &arena, places), DALV_NO_MEMORY);
    CU_ASSERT_EQUAL(arena.used, 0);
}

/* The lonely node of zone b holds a copy of everything, by the rule of zones;
   it leads no more than its part. */
static void lets_zones_weigh_more_than_shares(void)
{
    struct placement placement = plan("a1 a1 a1 b1", 40, 2);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_EQUAL(copies_on(4, 40), 40);
    CU_ASSERT_EQUAL(copies_on(1, 40) + copies_on(2, 40) + copies_on(3, 40), 40);
    CU_ASSERT_TRUE(copies_on(1, 40) <= 14);
}

static void cuts_by_weight(void)
{
    struct placement placement = plan("a1 b2 c3", 60, 1);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_EQUAL(copies_on(1, 60), 10);
    CU_ASSERT_EQUAL(copies_on(2, 60), 20);
    CU_ASSERT_EQUAL(copies_on(3, 60), 30);
}

static void keep(struct placement *placement)
{
    memcpy(old_places, places, sizeof(old_places));
    placement->old = old_places;
}

static void empties_a_node_that_is_to_hold_nothing(void)
{
    struct placement placement = plan("a1 b1 c1 d1", 64, 3);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    keep(&placement);
    nodes[1].weight = 0;
    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_EQUAL(copies_on(2, 64), 0);
    CU_ASSERT_EQUAL(copies_on(1, 64), 64);
}

static void spreads_over_a_zone_that_is_new(void)
{
    struct placement placement = plan("a1 a1 b1 b1", 32, 3);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    keep(&placement);
    placement = plan("a1 a1 b1 b1 c1", 32, 3);
    placement.old = old_places;
    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_EQUAL(copies_on(5, 32), 32);
    CU_ASSERT_EQUAL(copies_on(1, 32) + copies_on(2, 32), 32);
}

static void drops_copies_that_are_wanted_no_more(void)
{
    struct placement placement = plan("a1 b1 c1", 9, 3);

    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    keep(&placement);
    placement.replica_count = 2;
    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    for (uint32_t node = 1; node <= 3; node++)
        CU_ASSERT_EQUAL(copies_on(node, 9), 6);
}

/* An old place that no rule of ours would have made. */
static void repairs_whatever_was_before(void)
{
    struct placement placement = plan("a1 a1 b1 c1", 2, 3);

    memset(old_places, 0, sizeof(old_places));
    old_places[0] = (struct place){{1, 2, 77, 1}, 4, true};
    old_places[1] = (struct place){{77}, 1, true};
    placement.old = old_places;
    CU_ASSERT_EQUAL(make(&placement), DALV_OK);
    CU_ASSERT_EQUAL(places[0].count, 3);
    CU_ASSERT_EQUAL(copies_on(3, 2), 2);
    CU_ASSERT_EQUAL(copies_on(4, 2), 2);
    CU_ASSERT_EQUAL(copies_on(1, 1) + copies_on(2, 1), 1);
}

static const char *moves_told(uint32_t partitions)
{
    static const char *const names[] = {"add", "move", "drop", "lead"};
    static char block[1024];
    struct placement_moves moves;
    struct placement_move move;
    struct text text;

    text_init(&text, block, sizeof(block));
    placement_moves_init(&moves, old_places, places, partitions);
    while (placement_moves_next(&moves, &move)) {
        text_put(&text, names[move.type]);
        text_put(&text, " ");
        text_put_u64(&text, move.partition);
        text_put(&text, ":");
        text_put_u64(&text, move.from);
        text_put(&text, ">");
        text_put_u64(&text, move.to);
        text_put(&text, "\n");
    }
    return text_string(&text);
}

static void says_what_is_to_be_done_in_order(void)
{
    old_places[0] = (struct place){{1, 2, 3}, 3, true};
    places[0] = (struct place){{4, 2, 1}, 3, true};
    old_places[1] = (struct place){{1, 2, 3}, 3, true};
    places[1] = (struct place){{1, 2}, 2, true};
    old_places[2] = (struct place){{1}, 1, false};
    places[2] = (struct place){{1, 2, 3}, 3, true};
    old_places[3] = (struct place){{1, 2, 3}, 3, true};
    places[3] = (struct place){{1, 3, 2}, 3, true};
    CU_ASSERT_STRING_EQUAL(moves_told(4), "add 2:0>2\n"
                                          "add 2:0>3\n"
                                          "move 0:3>4\n"
                                          "drop 1:3>0\n"
                                          "lead 0:1>4\n"
                                          "lead 2:0>1\n");
}

static struct cluster_node node_of(uint32_t id, enum cluster_node_state state,
                                   const char *zone)
{
    struct cluster_node node = {.id = id, .state = state, .weight = 100};

    CU_ASSERT_TRUE(
        cluster_text_set(node.name, sizeof(node.name), bytes_from_text(zone)));
    CU_ASSERT_TRUE(
        cluster_text_set(node.zone, sizeof(node.zone), bytes_from_text(zone)));
    return node;
}

static void reads_nodes_from_a_map(void)
{
    struct cluster_node members[] = {
        node_of(1, CLUSTER_NODE_ACTIVE, "x"),
        node_of(2, CLUSTER_NODE_REMOVED, "x"),
        node_of(3, CLUSTER_NODE_DRAINING, "x"),
        node_of(4, CLUSTER_NODE_ACTIVE, ""),
        node_of(5, CLUSTER_NODE_ACTIVE, ""),
    };
    struct cluster_map map = {.nodes = members, .node_count = 5};

    CU_ASSERT_EQUAL(placement_nodes(&map, nodes), 4);
    CU_ASSERT_EQUAL(nodes[0].weight, 100);
    CU_ASSERT_EQUAL(nodes[1].node, 3);
    CU_ASSERT_EQUAL(nodes[1].weight, 0);
    CU_ASSERT_EQUAL(nodes[1].zone, nodes[0].zone);
    CU_ASSERT_NOT_EQUAL(nodes[2].zone, nodes[3].zone);
}

static void reads_a_place_from_a_record(void)
{
    struct partition_record record = {.epoch = 1, .state = PARTITION_LED};
    struct place place;

    for (uint32_t node = 1; node <= 3; node++) {
        struct member member = {.node = node, .store = {{1}}};

        CU_ASSERT_TRUE(member_set_add(&record.joint.members, &member));
    }
    record.master = record.joint.members.items[1];
    place = placement_place(&record);
    CU_ASSERT_TRUE(place.is_led);
    CU_ASSERT_EQUAL(place.nodes[0], 2);
    CU_ASSERT_EQUAL(place.nodes[1], 1);
    CU_ASSERT_EQUAL(place.nodes[2], 3);
    record.master.store.bytes[0] = 9;
    place = placement_place(&record);
    CU_ASSERT_FALSE(place.is_led);
    CU_ASSERT_EQUAL(place.nodes[0], 1);
}

static const struct suite_test tests[] = {
    SUITE_TEST(places_the_same_on_every_machine),
    SUITE_TEST(places_a_whole_cluster_the_same),
    SUITE_TEST(puts_a_copy_on_each_node_if_there_are_few),
    SUITE_TEST(needs_a_node_that_may_hold_something),
    SUITE_TEST(needs_the_memory_that_it_says),
    SUITE_TEST(lets_zones_weigh_more_than_shares),
    SUITE_TEST(cuts_by_weight),
    SUITE_TEST(empties_a_node_that_is_to_hold_nothing),
    SUITE_TEST(spreads_over_a_zone_that_is_new),
    SUITE_TEST(drops_copies_that_are_wanted_no_more),
    SUITE_TEST(repairs_whatever_was_before),
    SUITE_TEST(says_what_is_to_be_done_in_order),
    SUITE_TEST(reads_nodes_from_a_map),
    SUITE_TEST(reads_a_place_from_a_record),
};

int main(void)
{
    return SUITE_RUN("cluster/placement", tests);
}
