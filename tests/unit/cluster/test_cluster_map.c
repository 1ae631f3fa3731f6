#include "cluster/cluster_map.h"

#include "cluster/cluster_text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    PARTITIONS = 64,
};

static uint8_t arena_block[1 << 20];
static uint8_t bytes_block[1 << 20];

#define KEY "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define STORE "ssssssssssssssss"

static void set_text(char *text, size_t capacity, const char *value)
{
    CU_ASSERT_TRUE(cluster_text_set(text, capacity, bytes_from_text(value)));
}

static struct cluster_node node_of(uint32_t id)
{
    struct cluster_node node = {.id = id,
                                .state = CLUSTER_NODE_ACTIVE,
                                .weight = CLUSTER_WEIGHT_NORMAL,
                                .boot_number = 2};
    char name[16];

    (void)snprintf(name, sizeof(name), "n%u", (unsigned)id);
    set_text(node.name, sizeof(node.name), name);
    set_text(node.zone, sizeof(node.zone), "z");
    set_text(node.address, sizeof(node.address), "10.0.0.1:7474");
    memset(node.key, 'k', sizeof(node.key));
    memset(node.store.bytes, 's', sizeof(node.store.bytes));
    return node;
}

static struct cluster_head head_of(uint32_t partitions)
{
    struct cluster_head head = {.version = {1, 300},
                                .partition_count = partitions,
                                .replica_count = 3,
                                .feature_level = 1};

    set_text(head.cluster_id, sizeof(head.cluster_id), "c");
    return head;
}

static struct cluster_map map_of(struct arena *arena)
{
    struct cluster_head head = head_of(PARTITIONS);
    struct cluster_map map;

    CU_ASSERT_EQUAL(cluster_map_init(&map, &head, arena), DALV_OK);
    *map.policy = cluster_policy_default();
    for (uint32_t id = 3; id >= 1; id--) {
        struct cluster_node node = node_of(id);

        CU_ASSERT_EQUAL(cluster_map_put_node(&map, &node), DALV_OK);
    }
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct member member = cluster_node_member(&map.nodes[i % 3]);

        map.records[i] = (struct partition_record){.epoch = i + 1,
                                                   .state = PARTITION_OPENING};
        CU_ASSERT_TRUE(member_set_add(&map.records[i].joint.members, &member));
    }
    return map;
}

static void writes_a_head_that_every_version_reads(void)
{
    static const char expected[] = "\x01\x01\xac\x02\x01"
                                   "c\x80\x08\x03\x01";
    struct cluster_head head = head_of(1024);
    struct cluster_head again;
    struct writer writer;

    writer_init(&writer, bytes_block, CLUSTER_HEAD_BYTES_MAX);
    CU_ASSERT_EQUAL(cluster_head_encode(&head, &writer), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(writer_bytes(&writer),
                               bytes_make(expected, sizeof(expected) - 1)));
    CU_ASSERT_EQUAL(cluster_head_decode(writer_bytes(&writer), &again),
                    DALV_OK);
    CU_ASSERT_EQUAL(again.partition_count, 1024);
    CU_ASSERT_EQUAL(again.version.version, 300);
    CU_ASSERT_STRING_EQUAL(again.cluster_id, "c");
}

static void writes_a_node_that_every_version_reads(void)
{
    static const char expected[] = "\x01\x02\x07\x02n7\x01z\x0d"
                                   "10.0.0.1:7474\x00" KEY "\x64" STORE "\x02";
    struct cluster_node node = node_of(7);
    struct cluster_node again;
    struct writer writer;

    writer_init(&writer, bytes_block, CLUSTER_NODE_BYTES_MAX);
    CU_ASSERT_EQUAL(cluster_node_encode(&node, &writer), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(writer_bytes(&writer),
                               bytes_make(expected, sizeof(expected) - 1)));
    CU_ASSERT_EQUAL(cluster_node_decode(writer_bytes(&writer), &again),
                    DALV_OK);
    CU_ASSERT_TRUE(cluster_node_equal(&node, &again));
}

static void refuses_a_node_that_cannot_be(void)
{
    struct cluster_node node = node_of(1);

    node.id = 0;
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_INVALID);
    node = node_of(1);
    node.name[0] = '\0';
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_INVALID);
    node = node_of(1);
    node.zone[0] = '\xff';
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_INVALID);
    node = node_of(1);
    memset(node.address, 'a', sizeof(node.address));
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_INVALID);
    node = node_of(1);
    node.weight = 0;
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_INVALID);
    node = node_of(1);
    node.boot_number = 0;
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_INVALID);
    memset(&node.store, 0, sizeof(node.store));
    CU_ASSERT_EQUAL(cluster_node_check(&node), DALV_OK);
}

static void writes_a_policy_that_every_version_reads(void)
{
    static const char expected[] = "\x01\x02\x00\x01\x04sys/\x02\x01\x03"
                                   "doc\x03\x80\x80\x80\x20\xc0\x84\x3d\x20"
                                   "\x00\x00\x00\x00\x00";
    struct cluster_policy policy = cluster_policy_default();
    struct cluster_policy again;
    struct writer writer;

    CU_ASSERT_EQUAL(cluster_rules_set(&policy.domains, bytes_from_text(""),
                                      CLUSTER_DOMAIN_USER),
                    DALV_OK);
    CU_ASSERT_EQUAL(cluster_rules_set(&policy.merges, bytes_from_text("doc"),
                                      CLUSTER_MERGE_MINE),
                    DALV_OK);
    CU_ASSERT_EQUAL(cluster_rules_set(&policy.merges, bytes_from_text("doc"),
                                      CLUSTER_MERGE_THEIRS),
                    DALV_OK);
    writer_init(&writer, bytes_block, CLUSTER_POLICY_BYTES_MAX);
    CU_ASSERT_EQUAL(cluster_policy_encode(&policy, &writer), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(writer_bytes(&writer),
                               bytes_make(expected, sizeof(expected) - 1)));
    CU_ASSERT_EQUAL(cluster_policy_decode(writer_bytes(&writer), &again),
                    DALV_OK);
    CU_ASSERT_EQUAL(again.domains.count, 2);
    CU_ASSERT_EQUAL(again.live_bytes_max, 64 << 20);
}

static void keeps_a_bound_on_rules(void)
{
    struct cluster_rules rules = {.count = 0};
    uint8_t prefix[CLUSTER_POLICY_PREFIX_BYTES_MAX + 1] = {0};

    for (size_t i = 0; i < CLUSTER_POLICY_RULES_MAX; i++) {
        prefix[0] = (uint8_t)i;
        CU_ASSERT_EQUAL(cluster_rules_set(&rules, bytes_make(prefix, 64), 1),
                        DALV_OK);
    }
    CU_ASSERT_EQUAL(cluster_rules_set(&rules, bytes_make(prefix, 64), 2),
                    DALV_OK);
    CU_ASSERT_EQUAL(cluster_rules_set(&rules, bytes_make(prefix, 63), 2),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(cluster_rules_set(&rules, bytes_make(prefix, 65), 2),
                    DALV_TOO_BIG);
}

static void travels_whole(void)
{
    struct arena arena;
    struct cluster_map map;
    struct cluster_map again;
    struct writer writer;

    arena_init(&arena, arena_block, sizeof(arena_block));
    map = map_of(&arena);
    writer_init(&writer, bytes_block, cluster_map_bytes_max(PARTITIONS, 3));
    CU_ASSERT_EQUAL(cluster_map_encode(&map, &writer), DALV_OK);
    CU_ASSERT_EQUAL(cluster_map_decode(writer_bytes(&writer), &arena, &again),
                    DALV_OK);
    CU_ASSERT_EQUAL(
        cluster_version_compare(again.head.version, map.head.version), 0);
    CU_ASSERT_EQUAL(again.node_count, 3);
    CU_ASSERT_TRUE(cluster_node_equal(&again.nodes[1], &map.nodes[1]));
    CU_ASSERT_EQUAL(again.policy->domains.count, 1);
    CU_ASSERT_TRUE(
        partition_record_equal(&again.records[63], &map.records[63]));
}

/* Every beginning of a good map is refused, and nothing is read behind it. */
static void refuses_a_map_that_was_cut(void)
{
    struct arena arena;
    struct cluster_map map;
    struct writer writer;

    arena_init(&arena, arena_block, sizeof(arena_block));
    map = map_of(&arena);
    writer_init(&writer, bytes_block, sizeof(bytes_block));
    CU_ASSERT_EQUAL(cluster_map_encode(&map, &writer), DALV_OK);
    for (size_t size = 0; size < writer.size; size++) {
        arena_clear(&arena);
        CU_ASSERT_EQUAL(
            cluster_map_decode(bytes_make(bytes_block, size), &arena, &map),
            DALV_PROTOCOL);
    }
    arena_init(&arena, arena_block, 1000);
    CU_ASSERT_EQUAL(cluster_map_decode(writer_bytes(&writer), &arena, &map),
                    DALV_NO_MEMORY);
}

static void needs_the_memory_that_it_says(void)
{
    struct cluster_head head = head_of(PARTITIONS);
    struct cluster_map map;
    struct arena arena;

    arena_init(&arena, arena_block, cluster_map_memory(PARTITIONS));
    CU_ASSERT_EQUAL(cluster_map_init(&map, &head, &arena), DALV_OK);
}

static void finds_nodes_by_number_and_by_name(void)
{
    struct arena arena;
    struct cluster_map map;

    arena_init(&arena, arena_block, sizeof(arena_block));
    map = map_of(&arena);
    CU_ASSERT_STRING_EQUAL(cluster_map_node(&map, 2)->name, "n2");
    CU_ASSERT_PTR_NULL(cluster_map_node(&map, 4));
    CU_ASSERT_EQUAL(cluster_map_node_named(&map, bytes_from_text("n3"))->id, 3);
    CU_ASSERT_PTR_NULL(cluster_map_node_named(&map, bytes_from_text("n")));
}

static void has_room_for_so_many_nodes_and_no_more(void)
{
    struct cluster_head head = head_of(1);
    struct cluster_node node = node_of(1);
    struct cluster_map map;
    struct arena arena;

    arena_init(&arena, arena_block, sizeof(arena_block));
    CU_ASSERT_EQUAL(cluster_map_init(&map, &head, &arena), DALV_OK);
    for (node.id = 1; node.id <= CLUSTER_NODES_MAX; node.id++)
        CU_ASSERT_EQUAL(cluster_map_put_node(&map, &node), DALV_OK);
    CU_ASSERT_EQUAL(cluster_map_put_node(&map, &node), DALV_TOO_BIG);
    node.id = 1;
    CU_ASSERT_EQUAL(cluster_map_put_node(&map, &node), DALV_OK);
}

static void learns_what_is_newer_and_only_that(void)
{
    struct arena arena;
    struct cluster_map map;
    struct partition_record record;

    arena_init(&arena, arena_block, sizeof(arena_block));
    map = map_of(&arena);
    record = map.records[4];
    CU_ASSERT_FALSE(cluster_map_learn(&map, 4, &record));
    record.change++;
    CU_ASSERT_TRUE(cluster_map_learn(&map, 4, &record));
    record.epoch--;
    CU_ASSERT_FALSE(cluster_map_learn(&map, 4, &record));
    CU_ASSERT_EQUAL(map.records[4].change, 1);
}

static void can_be_of_one_process_alone(void)
{
    struct cluster_head head = head_of(PARTITIONS);
    struct cluster_node node = node_of(5);
    struct cluster_map map;
    struct arena arena;
    struct member self = cluster_node_member(&node);

    arena_init(&arena, arena_block, sizeof(arena_block));
    CU_ASSERT_EQUAL(cluster_map_init(&map, &head, &arena), DALV_OK);
    cluster_map_set_alone(&map, &node, 77);
    CU_ASSERT_EQUAL(map.node_count, 1);
    CU_ASSERT_EQUAL(partition_record_check(&map.records[63]), DALV_OK);
    CU_ASSERT_TRUE(partition_record_is_led_by(&map.records[63], &self, 77));
}

static void orders_maps_by_incarnation_first(void)
{
    struct cluster_version old = {1, 900};
    struct cluster_version recovered = {2, 3};

    CU_ASSERT_TRUE(cluster_version_compare(old, recovered) < 0);
    CU_ASSERT_TRUE(cluster_version_compare(recovered, old) > 0);
}

static void cuts_records_into_pages(void)
{
    CU_ASSERT_EQUAL(cluster_map_page_count(1), 1);
    CU_ASSERT_EQUAL(cluster_map_page_size(1, 0), 1);
    CU_ASSERT_EQUAL(cluster_map_page_count(1024), 32);
    CU_ASSERT_EQUAL(cluster_map_page_size(1024, 31), 32);
}

static const struct suite_test tests[] = {
    SUITE_TEST(writes_a_head_that_every_version_reads),
    SUITE_TEST(writes_a_node_that_every_version_reads),
    SUITE_TEST(refuses_a_node_that_cannot_be),
    SUITE_TEST(writes_a_policy_that_every_version_reads),
    SUITE_TEST(keeps_a_bound_on_rules),
    SUITE_TEST(travels_whole),
    SUITE_TEST(refuses_a_map_that_was_cut),
    SUITE_TEST(needs_the_memory_that_it_says),
    SUITE_TEST(finds_nodes_by_number_and_by_name),
    SUITE_TEST(has_room_for_so_many_nodes_and_no_more),
    SUITE_TEST(learns_what_is_newer_and_only_that),
    SUITE_TEST(can_be_of_one_process_alone),
    SUITE_TEST(orders_maps_by_incarnation_first),
    SUITE_TEST(cuts_records_into_pages),
};

int main(void)
{
    return SUITE_RUN("cluster/cluster_map", tests);
}
