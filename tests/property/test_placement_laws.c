/*
 * What a placement promises, for 3 to 50 nodes: shares, zones, little movement.
 *
 * Nothing here is random but the weights, whose seed is their number of nodes.
 */
#include "base/prng.h"
#include "cluster/placement.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    PARTITIONS = 1024,
    NODES_MAX = 64,
};

struct cluster {
    struct placement_node nodes[NODES_MAX];
    size_t node_count;
    uint32_t partitions;
    uint32_t replicas;
    struct place places[PARTITIONS];
};

static uint8_t arena_block[1 << 20];
static struct cluster before;
static struct cluster after;

static void set_up(struct cluster *cluster, size_t nodes, uint32_t zones,
                   uint32_t partitions)
{
    cluster->node_count = nodes;
    cluster->partitions = partitions;
    cluster->replicas = 3;
    for (uint32_t i = 0; i < nodes; i++)
        cluster->nodes[i] = (struct placement_node){
            .node = i + 1, .weight = 100, .zone = i % zones};
}

static void place(struct cluster *cluster, const struct place *old)
{
    struct placement placement = {.nodes = cluster->nodes,
                                  .node_count = cluster->node_count,
                                  .partition_count = cluster->partitions,
                                  .replica_count = cluster->replicas,
                                  .old = old};
    struct arena arena;

    arena_init(&arena, arena_block, placement_memory(cluster->partitions));
    CU_ASSERT_EQUAL_FATAL(placement_make(&placement, &arena, cluster->places),
                          DALV_OK);
}

static void add_node(struct cluster *cluster, uint32_t zones)
{
    uint32_t last = (uint32_t)cluster->node_count++;

    cluster->nodes[last] = (struct placement_node){
        .node = last + 1, .weight = 100, .zone = last % zones};
}

static bool holds(const struct place *place, uint32_t node)
{
    for (size_t i = 0; i < place->count; i++) {
        if (place->nodes[i] == node)
            return true;
    }
    return false;
}

static uint32_t copies_on(const struct cluster *cluster, uint32_t node)
{
    uint32_t count = 0;

    for (size_t i = 0; i < cluster->partitions; i++) {
        if (holds(&cluster->places[i], node))
            count++;
    }
    return count;
}

static uint32_t leaders_on(const struct cluster *cluster, uint32_t node)
{
    uint32_t count = 0;

    for (size_t i = 0; i < cluster->partitions; i++) {
        if (cluster->places[i].nodes[0] == node)
            count++;
    }
    return count;
}

/* Copies that are where none was. */
static uint32_t moved(const struct cluster *cluster, const struct place *old)
{
    uint32_t count = 0;

    for (size_t i = 0; i < cluster->partitions; i++) {
        for (size_t k = 0; k < cluster->places[i].count; k++) {
            if (!holds(&old[i], cluster->places[i].nodes[k]))
                count++;
        }
    }
    return count;
}

static uint32_t zone_of(const struct cluster *cluster, uint32_t node)
{
    for (size_t i = 0; i < cluster->node_count; i++) {
        if (cluster->nodes[i].node == node)
            return cluster->nodes[i].zone;
    }
    CU_FAIL("a copy is on a node that is not of the cluster");
    return 0;
}

/* The most copies of one partition in one zone; and nowhere twice. */
static uint32_t crowd(const struct cluster *cluster)
{
    uint32_t most = 0;

    for (size_t p = 0; p < cluster->partitions; p++) {
        const struct place *place = &cluster->places[p];
        uint32_t counts[NODES_MAX] = {0};

        CU_ASSERT_EQUAL(place->count, cluster->replicas);
        for (size_t i = 0; i < place->count; i++) {
            uint32_t zone = zone_of(cluster, place->nodes[i]);

            if (++counts[zone] > most)
                most = counts[zone];
            for (size_t k = 0; k < i; k++)
                CU_ASSERT_NOT_EQUAL(place->nodes[k], place->nodes[i]);
        }
    }
    return most;
}

/* `count` is at most `limit` percent of a share, or the share rounded up. */
static bool is_within(uint32_t count, uint32_t total, size_t nodes,
                      uint32_t limit)
{
    uint32_t ceiling = (uint32_t)((total + nodes - 1) / nodes);

    return count <= ceiling ||
           (uint64_t)count * nodes * 100 <= (uint64_t)total * limit;
}

static void check_shares(const struct cluster *cluster)
{
    uint32_t copies = cluster->partitions * cluster->replicas;

    for (size_t i = 0; i < cluster->node_count; i++) {
        uint32_t node = cluster->nodes[i].node;

        CU_ASSERT_TRUE(is_within(copies_on(cluster, node), copies,
                                 cluster->node_count, 102));
        CU_ASSERT_TRUE(is_within(leaders_on(cluster, node), cluster->partitions,
                                 cluster->node_count, 105));
    }
}

static void gives_each_node_its_share(void)
{
    static const uint32_t partitions[] = {16, 64, 256, 1024};

    for (size_t nodes = 3; nodes <= 50; nodes++) {
        for (size_t i = 0; i < 4; i++) {
            set_up(&after, nodes, NODES_MAX, partitions[i]);
            place(&after, NULL);
            check_shares(&after);
            CU_ASSERT_EQUAL(crowd(&after), 1);
        }
    }
}

static void moves_to_a_new_node_its_share_and_no_more(void)
{
    for (size_t nodes = 3; nodes < 50; nodes++) {
        uint32_t ideal = PARTITIONS * 3 / (uint32_t)(nodes + 1);

        set_up(&before, nodes, NODES_MAX, PARTITIONS);
        place(&before, NULL);
        after = before;
        add_node(&after, NODES_MAX);
        place(&after, before.places);
        check_shares(&after);
        CU_ASSERT_TRUE(moved(&after, before.places) * 100 <= ideal * 105);
    }
}

/* One after the other, from 3 nodes to 50 and back again. */
static void stays_even_through_a_long_life(void)
{
    set_up(&after, 3, 3, PARTITIONS);
    place(&after, NULL);
    while (after.node_count < 50) {
        before = after;
        add_node(&after, 3);
        place(&after, before.places);
        CU_ASSERT_EQUAL(crowd(&after), 1);
    }
    while (after.node_count > 3) {
        uint32_t held =
            copies_on(&after, after.nodes[after.node_count - 1].node);

        before = after;
        after.node_count--;
        place(&after, before.places);
        CU_ASSERT_EQUAL(crowd(&after), 1);
        if (after.node_count % 3 == 0) {
            check_shares(&after);
            CU_ASSERT_TRUE(moved(&after, before.places) >= held);
        }
    }
}

static void moves_from_a_lost_node_what_it_held_and_no_more(void)
{
    for (size_t nodes = 4; nodes <= 50; nodes++) {
        uint32_t ideal;

        set_up(&before, nodes, NODES_MAX, PARTITIONS);
        place(&before, NULL);
        ideal = copies_on(&before, 2);
        after = before;
        memmove(&after.nodes[1], &after.nodes[2],
                (nodes - 2) * sizeof(after.nodes[0]));
        after.node_count--;
        place(&after, before.places);
        check_shares(&after);
        CU_ASSERT_TRUE(moved(&after, before.places) * 100 <= ideal * 105);
    }
}

static void never_breaks_the_rule_of_zones(void)
{
    static const uint32_t most[] = {0, 3, 2, 1, 1, 1};

    for (uint32_t zones = 1; zones <= 5; zones++) {
        for (size_t nodes = 3; nodes <= 50; nodes++) {
            set_up(&before, nodes, zones, PARTITIONS);
            place(&before, NULL);
            CU_ASSERT_EQUAL(crowd(&before), most[zones]);
            after = before;
            add_node(&after, zones);
            place(&after, before.places);
            CU_ASSERT_EQUAL(crowd(&after), most[zones]);
        }
    }
}

/* As near as a copy, where no node is so heavy that it must hold all. */
static void honours_weights(void)
{
    for (uint32_t nodes = 8; nodes <= 50; nodes++) {
        uint64_t all = 0;
        struct prng prng;

        set_up(&after, nodes, NODES_MAX, PARTITIONS);
        prng_init(&prng, nodes);
        for (size_t i = 0; i < nodes; i++) {
            after.nodes[i].weight = 50 + (uint32_t)prng_below(&prng, 100);
            all += after.nodes[i].weight;
        }
        place(&after, NULL);
        for (size_t i = 0; i < nodes; i++) {
            uint64_t due = UINT64_C(3) * PARTITIONS * after.nodes[i].weight;
            uint64_t has = copies_on(&after, after.nodes[i].node) * all;

            CU_ASSERT_TRUE(has < due + all && due < has + all);
        }
    }
}

static void leaves_a_good_placement_alone(void)
{
    for (size_t nodes = 3; nodes <= 50; nodes++) {
        set_up(&before, nodes, NODES_MAX, PARTITIONS);
        place(&before, NULL);
        after = before;
        place(&after, before.places);
        CU_ASSERT_EQUAL(moved(&after, before.places), 0);
        for (size_t p = 0; p < PARTITIONS; p++)
            CU_ASSERT_EQUAL(after.places[p].nodes[0],
                            before.places[p].nodes[0]);
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_each_node_its_share),
    SUITE_TEST(moves_to_a_new_node_its_share_and_no_more),
    SUITE_TEST(moves_from_a_lost_node_what_it_held_and_no_more),
    SUITE_TEST(stays_even_through_a_long_life),
    SUITE_TEST(never_breaks_the_rule_of_zones),
    SUITE_TEST(honours_weights),
    SUITE_TEST(leaves_a_good_placement_alone),
};

int main(void)
{
    return SUITE_RUN("cluster/placement", tests);
}
