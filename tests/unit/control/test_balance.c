/*
 * Three nodes of the same weight and twelve partitions that all of them hold:
 * who leads which, and what the balance makes of it, second by second.
 */
#include "base/assert.h"
#include "control/balance.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NODES = 3,
    PARTITIONS = 12, /* A part of what there is room for. */
    ROOM = 16,
    REST_MS = 1000,
    STEP_MS = 100,
    LINE_BYTES = 64,
};

struct story {
    struct arena arena;
    struct cluster_map map;
    struct roster roster;
    struct copies copies[PARTITIONS];
    struct balance balance;
    uint64_t now_ms;
    bool is_unsettled;
};

static struct story story;

static void add_node(uint32_t id)
{
    struct cluster_node node = {.id = id,
                                .state = CLUSTER_NODE_ACTIVE,
                                .weight = 100,
                                .boot_number = 1};

    (void)snprintf(node.name, sizeof(node.name), "n%u", (unsigned)id);
    (void)snprintf(node.address, sizeof(node.address), "h:%u", (unsigned)id);
    node.store.bytes[0] = (uint8_t)id;
    ASSERT(cluster_map_put_node(&story.map, &node) == DALV_OK);
    story.roster.items[story.roster.count++] =
        (struct roster_entry){.node = id,
                              .standing = ROSTER_COUNTED,
                              .is_alive = true,
                              .boot = id,
                              .store = node.store};
}

/* `leaders` has a digit a partition: "111111222222". */
static void lead(const char *leaders)
{
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct partition_record *record = &story.map.records[i];
        size_t leader = (size_t)(leaders[i] - '1');

        record->epoch++;
        record->state = PARTITION_LED;
        record->master = record->joint.members.items[leader];
        record->master_boot = record->master.node;
    }
}

/* Every copy says that it follows the record, and holds everything. */
static void hear(void)
{
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        struct copies *copies = &story.copies[i];

        copies_align(copies, &story.map.records[i]);
        for (size_t j = 0; j < copies->count; j++) {
            copies->items[j].boot = copies->items[j].member.node;
            copies->items[j].epoch = story.map.records[i].epoch;
            copies->items[j].is_caught_up = true;
        }
    }
}

static void begin(const char *leaders)
{
    const struct cluster_head head = {.version = {1, 1},
                                      .cluster_id = "c",
                                      .partition_count = ROOM,
                                      .replica_count = NODES,
                                      .feature_level = 1};
    size_t size = cluster_map_memory(ROOM);

    memset(&story, 0, sizeof(story));
    arena_init(&story.arena, malloc(size), size);
    ASSERT(cluster_map_init(&story.map, &head, &story.arena) == DALV_OK);
    story.map.head.partition_count = PARTITIONS;
    for (uint32_t id = 1; id <= NODES; id++)
        add_node(id);
    for (uint32_t i = 0; i < PARTITIONS; i++) {
        for (size_t j = 0; j < NODES; j++) {
            struct member member = cluster_node_member(&story.map.nodes[j]);

            ASSERT(
                member_set_add(&story.map.records[i].joint.members, &member));
        }
    }
    lead(leaders);
    hear();
    story.now_ms = 1000;
    balance_init(&story.balance, REST_MS, story.now_ms);
}

static void end(void)
{
    free(story.arena.block);
}

static void step(uint64_t ms)
{
    const struct balance_view view = {.map = &story.map,
                                      .roster = &story.roster,
                                      .copies = story.copies,
                                      .is_unsettled = story.is_unsettled};

    story.now_ms += ms;
    balance_step(&story.balance, &view, story.now_ms);
}

/* What is wanted is done at once; how many hand-overs that took. */
static unsigned settle(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < 200; i++) {
        struct partition_record *record =
            &story.map.records[story.balance.partition];

        step(STEP_MS);
        if (story.balance.node == 0)
            continue;
        record = &story.map.records[story.balance.partition];
        record->epoch++;
        record->master =
            *member_set_on_node(&record->joint.members, story.balance.node);
        count++;
        hear();
    }
    return count;
}

/* "4 4 4": what each node leads. */
static const char *leads(void)
{
    static char line[LINE_BYTES];
    unsigned counts[NODES + 1] = {0};

    for (uint32_t i = 0; i < PARTITIONS; i++)
        counts[story.map.records[i].master.node]++;
    (void)snprintf(line, sizeof(line), "%u %u %u", counts[1], counts[2],
                   counts[3]);
    return line;
}

static void gives_leads_back_to_a_node_that_was_away(void)
{
    begin("111111222222");
    CU_ASSERT_EQUAL(settle(), 4);
    CU_ASSERT_STRING_EQUAL(leads(), "4 4 4");
    end();
}

static void leaves_alone_what_is_nearly_even(void)
{
    begin("111112222333");
    CU_ASSERT_EQUAL(settle(), 0);
    CU_ASSERT_STRING_EQUAL(leads(), "5 4 3");
    end();
}

static void rests_before_it_begins(void)
{
    begin("111111222222");
    step(REST_MS - 1);
    CU_ASSERT_EQUAL(story.balance.node, 0);
    balance_disturb(&story.balance, story.now_ms);
    step(REST_MS - 1);
    CU_ASSERT_EQUAL(story.balance.node, 0);
    step(1);
    CU_ASSERT_EQUAL(story.balance.node, 3);
    end();
}

/* One at a time: the next is not chosen before this one is done. */
static void hands_over_one_after_another(void)
{
    uint32_t partition;

    begin("111111222222");
    step(REST_MS);
    partition = story.balance.partition;
    CU_ASSERT_EQUAL(balance_leader(&story.balance, partition), 3);
    for (unsigned i = 0; i < 10; i++) {
        step(STEP_MS);
        CU_ASSERT_EQUAL(story.balance.partition, partition);
        CU_ASSERT_EQUAL(story.balance.node, 3);
    }
    CU_ASSERT_EQUAL(balance_leader(&story.balance, partition + 1), 0);
    end();
}

static void gives_up_what_takes_too_long(void)
{
    begin("111111222222");
    step(REST_MS);
    step(BALANCE_PATIENCE_MS);
    CU_ASSERT_EQUAL(story.balance.node, 0);
    CU_ASSERT_EQUAL(story.balance.state, BALANCE_RESTING);
    step(REST_MS - 1);
    CU_ASSERT_EQUAL(story.balance.node, 0);
    step(1);
    CU_ASSERT_EQUAL(story.balance.node, 3);
    end();
}

static void stops_when_another_one_leads_than_was_wanted(void)
{
    struct partition_record *record;

    begin("111111222222");
    step(REST_MS);
    record = &story.map.records[story.balance.partition];
    record->epoch++;
    step(STEP_MS);
    CU_ASSERT_EQUAL(story.balance.node, 0);
    CU_ASSERT_EQUAL(story.balance.state, BALANCE_RESTING);
    end();
}

static void gives_nothing_to_whom_lacks_something(void)
{
    begin("111111222222");
    for (uint32_t i = 0; i < PARTITIONS; i++)
        copies_find(&story.copies[i],
                    &story.map.records[i].joint.members.items[2])
            ->is_caught_up = false;
    CU_ASSERT_EQUAL(settle(), 0);
    end();
}

static void gives_nothing_to_whom_is_away_stalled_or_drained(void)
{
    begin("111111222222");
    story.roster.items[2].is_alive = false;
    CU_ASSERT_EQUAL(settle(), 0);
    end();
    begin("111111222222");
    story.roster.items[2].is_stalled = true;
    CU_ASSERT_EQUAL(settle(), 0);
    end();
    begin("111111222222");
    story.map.nodes[2].state = CLUSTER_NODE_DRAINING;
    CU_ASSERT_EQUAL(settle(), 0);
    end();
}

static void does_nothing_while_others_change_the_cluster(void)
{
    begin("111111222222");
    story.is_unsettled = true;
    CU_ASSERT_EQUAL(settle(), 0);
    story.is_unsettled = false;
    CU_ASSERT_EQUAL(settle(), 4);
    end();
}

static void goes_by_weight(void)
{
    begin("111111222222");
    story.map.nodes[2].weight = 400;
    CU_ASSERT_EQUAL(settle(), 8);
    CU_ASSERT_STRING_EQUAL(leads(), "2 2 8");
    end();
}

static void leaves_partitions_that_move_as_they_are(void)
{
    begin("111111222222");
    for (uint32_t i = 0; i < PARTITIONS; i++)
        story.map.records[i].joint.old_members =
            story.map.records[i].joint.members;
    CU_ASSERT_EQUAL(settle(), 0);
    end();
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_leads_back_to_a_node_that_was_away),
    SUITE_TEST(leaves_alone_what_is_nearly_even),
    SUITE_TEST(rests_before_it_begins),
    SUITE_TEST(hands_over_one_after_another),
    SUITE_TEST(gives_up_what_takes_too_long),
    SUITE_TEST(stops_when_another_one_leads_than_was_wanted),
    SUITE_TEST(gives_nothing_to_whom_lacks_something),
    SUITE_TEST(gives_nothing_to_whom_is_away_stalled_or_drained),
    SUITE_TEST(does_nothing_while_others_change_the_cluster),
    SUITE_TEST(goes_by_weight),
    SUITE_TEST(leaves_partitions_that_move_as_they_are),
};

int main(void)
{
    return SUITE_RUN("control/balance", tests);
}
