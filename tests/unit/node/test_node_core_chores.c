#include "node/core.h"

#include "cluster/ring.h"
#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

enum {
    HOUR_MS = 3600 * 1000,
    KEY_BYTES = 16,
};

static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(NULL);

    small_node_meet_backend(node);
    small_node_pass(node, 0);
    return node;
}

/* Keys that were put and deleted. */
static void make_tombstones(struct small_node *node, const char *user,
                            unsigned count)
{
    for (uint32_t i = 0; i < count; i++) {
        char key[KEY_BYTES];

        (void)snprintf(key, sizeof(key), "k%u", i);
        story_write(node, 1000 + 2 * i, user, story_put(key, "x"));
        story_write(node, 1001 + 2 * i, user, story_del(key));
    }
    small_node_run(node);
    (void)small_node_said(node);
}

/* Hours pass one by one, as they do. */
static void pass_days(struct small_node *node, unsigned days)
{
    for (unsigned i = 0; i < 24 * days; i++)
        small_node_pass(node, HOUR_MS);
}

static void moves_the_floor_when_tombstones_are_many(void)
{
    struct small_node *node = begin();

    make_tombstones(node, "anna", 63);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 0);
    CU_ASSERT_EQUAL(story_user(node, "anna").tombstone_count, 63);
    story_write(node, 1, "anna", story_put("z", "1"));
    story_write(node, 2, "anna", story_del("z"));
    small_node_run(node);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 128);
    CU_ASSERT_EQUAL(story_user(node, "anna").tombstone_count, 0);
    small_node_destroy(&node);
}

/* Nobody writes to her any more: a walk finds them. */
static void moves_the_floor_when_tombstones_are_old(void)
{
    struct small_node *node = begin();

    make_tombstones(node, "anna", 3);
    pass_days(node, 89);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 0);
    pass_days(node, 3);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 6);
    CU_ASSERT_EQUAL(story_user(node, "anna").tombstone_count, 0);
    small_node_destroy(&node);
}

static void walks_over_more_users_than_one_patrol_takes(void)
{
    struct small_node *node = begin();
    unsigned moved = 0;
    char user[KEY_BYTES];

    for (uint32_t i = 0; i < 400; i++) {
        (void)snprintf(user, sizeof(user), "user%u", i);
        story_write(node, 2 * i + 1, user, story_put("a", "x"));
        story_write(node, 2 * i + 2, user, story_del("a"));
        small_node_run(node);
        (void)small_node_said(node);
    }
    pass_days(node, 92);
    for (uint32_t i = 0; i < 400; i++) {
        (void)snprintf(user, sizeof(user), "user%u", i);
        moved += story_user(node, user).floor == 2;
    }
    CU_ASSERT_EQUAL(moved, 400);
    small_node_destroy(&node);
}

/* A node at which a device of anna, token 5, is open. */
static struct small_node *begin_with_a_device(void)
{
    struct small_node *node = begin();
    const struct token_claims claims = fake_tokens_device("anna", 20000000);
    const struct token_claims backend = fake_tokens_backend(20000000);
    const struct message open = {
        .type = MESSAGE_OPEN_DEVICE,
        .request = 1,
        .open_device = {.install = {{1}},
                        .session = 1,
                        .token = 5,
                        .user = bytes_from_text("anna"),
                        .deadline_ms = 2000},
    };

    small_node_vouch(node, 1, &backend);
    small_node_vouch(node, 5, &claims);
    small_node_hear(node, 1, &open);
    small_node_run(node);
    (void)small_node_said(node);
    return node;
}

/* It knows another history: it begins to read all from the head. */
static void begin_snapshot(struct small_node *node)
{
    const struct message sync = {
        .type = MESSAGE_SYNC,
        .request = 2,
        .sync = {.device = 1,
                 .cursor = {.history_id =
                                story_user(node, "anna").history_id ^ 2,
                            .revision = 1},
                 .push_first = 1},
    };

    small_node_ask(
        node, &(struct small_node_way){.token = 5, .user = "anna", .device = 1},
        &sync);
    small_node_run(node);
}

/* A device that reads from head 126 on finds what it began with. */
static void keeps_the_floor_below_a_device_that_reads(void)
{
    struct small_node *node = begin_with_a_device();

    make_tombstones(node, "anna", 63);
    begin_snapshot(node);
    STORY_SAYS(node, "#2 SYNCED SNAPSHOT settled 0 at 126: ...\n");
    story_write(node, 3, "anna", story_put("z", "1"));
    story_write(node, 4, "anna", story_del("z"));
    small_node_run(node);
    CU_ASSERT_EQUAL(story_user(node, "anna").revision, 128);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 126);
    CU_ASSERT_EQUAL(story_user(node, "anna").tombstone_count, 1);
    small_node_destroy(&node);
}

/* Nor does a walk move it above. */
static void keeps_the_floor_there_for_as_long_as_it_reads(void)
{
    struct small_node *node = begin_with_a_device();

    make_tombstones(node, "anna", 3);
    pass_days(node, 89);
    begin_snapshot(node);
    story_write(node, 3, "anna", story_put("z", "1"));
    for (unsigned hour = 0; hour < 72; hour++) {
        begin_snapshot(node);
        small_node_pass(node, HOUR_MS / 2);
        begin_snapshot(node);
        small_node_pass(node, HOUR_MS / 2);
    }
    CU_ASSERT_EQUAL(story_user(node, "anna").revision, 7);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 0);
    pass_days(node, 2);
    CU_ASSERT_EQUAL(story_user(node, "anna").floor, 7);
    small_node_destroy(&node);
}

static void forgets_request_ids_after_a_day(void)
{
    struct small_node *node = begin();

    story_write(node, 7, "anna", story_increment("n", 1));
    small_node_run(node);
    pass_days(node, 1);
    story_write(node, 7, "anna", story_increment("n", 1));
    small_node_run(node);
    (void)small_node_said(node);
    small_node_pass(node, 2 * HOUR_MS);
    story_write(node, 7, "anna", story_increment("n", 1));
    STORY_SAYS(node, "#7 UPDATED done, at 2 2\n");
    small_node_destroy(&node);
}

#define UPLOAD (UINT64_C(1) << 63 | 5)

/* Parts of the upload that the index still has. */
static size_t count_parts(struct small_node *node)
{
    uint8_t memory[4096];
    struct arena arena;
    struct effect found[4] = {{.type = EFFECT_PUT}};
    struct index_effects effects = {.items = found, .capacity = 4};
    const struct index_ended named = {
        .scope = {.partition = ring_partition(bytes_from_text("anna"),
                                              SMALL_NODE_PARTITIONS),
                  .user = bytes_from_text("anna"),
                  .history_id = story_user(node, "anna").history_id},
        .key = bytes_from_text("big"),
        .generation = UPLOAD};

    arena_init(&arena, memory, sizeof(memory));
    CU_ASSERT_EQUAL(index_list_elements(node->index, &named, &arena, &effects),
                    DALV_OK);
    return effects.count;
}

static void removes_an_upload_that_nobody_finished_after_a_day(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna",
                (struct operation){.type = OPERATION_UPLOAD,
                                   .key = bytes_from_text("big"),
                                   .upload = UPLOAD,
                                   .value = bytes_from_text("part")});
    STORY_SAYS(node, "#1 UPDATED done, at 0\n");
    CU_ASSERT_EQUAL(story_user(node, "anna").live_bytes, 4);
    for (int i = 0; i < 23; i++)
        small_node_pass(node, HOUR_MS);
    CU_ASSERT_EQUAL(count_parts(node), 1);
    for (int i = 0; i < 3; i++)
        small_node_pass(node, HOUR_MS);
    CU_ASSERT_EQUAL(story_user(node, "anna").live_bytes, 0);
    CU_ASSERT_EQUAL(count_parts(node), 0);
    small_node_destroy(&node);
}

/* Nobody asked for it, and yet it must end before the node does. */
static void is_not_at_rest_before_its_chores_are_done(void)
{
    struct small_node *node = begin();

    story_write_by(node, &(struct small_node_way){0}, 1,
                   story_put_for("a", "x", 1000), "anna");
    small_node_run(node);
    CU_ASSERT_TRUE(node_core_is_at_rest(node->core));
    node->is_log_held = true;
    small_node_pass(node, 1500);
    CU_ASSERT_EQUAL(node_core_under_way(node->core), 0);
    CU_ASSERT_FALSE(node_core_is_at_rest(node->core));
    small_node_sync_log(node);
    CU_ASSERT_TRUE(node_core_is_at_rest(node->core));
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(moves_the_floor_when_tombstones_are_many),
        SUITE_TEST(moves_the_floor_when_tombstones_are_old),
        SUITE_TEST(walks_over_more_users_than_one_patrol_takes),
        SUITE_TEST(keeps_the_floor_below_a_device_that_reads),
        SUITE_TEST(keeps_the_floor_there_for_as_long_as_it_reads),
        SUITE_TEST(forgets_request_ids_after_a_day),
        SUITE_TEST(removes_an_upload_that_nobody_finished_after_a_day),
        SUITE_TEST(is_not_at_rest_before_its_chores_are_done),
    };

    return SUITE_RUN("node/core, chores", tests);
}
