#include "node/core.h"

#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    VALUE_BYTES = 1000,
};

static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(NULL);

    small_node_meet_backend(node);
    return node;
}

static void answers_a_write_only_when_its_record_is_durable(void)
{
    struct small_node *node = begin();

    node->is_log_held = true;
    story_write(node, 7, "anna", story_put("a", "one"));
    STORY_SAYS(node, "");
    story_read(node, 8, "anna", "a");
    STORY_SAYS(node, "#8 GOT at 0:\n");
    small_node_sync_log(node);
    STORY_SAYS(node, "#7 UPDATED done, at 1\n");
    small_node_destroy(&node);
}

static void shows_a_read_what_was_answered_before(void)
{
    struct small_node *node = begin();

    story_write(node, 7, "anna", story_put("a", "one"));
    STORY_SAYS(node, "#7 UPDATED done, at 1\n");
    story_read(node, 8, "anna", "a");
    story_read(node, 9, "berta", "a");
    STORY_SAYS(node, "#8 GOT at 1: a=one\n"
                     "#9 GOT at 0:\n");
    small_node_destroy(&node);
}

static void judges_all_that_waits_of_one_user_in_one_turn(void)
{
    struct small_node *node = begin();

    node->is_log_held = true;
    story_write(node, 1, "anna", story_increment("n", 5));
    small_node_run(node);
    story_write(node, 2, "anna", story_increment("n", 1));
    story_write(node, 3, "anna", story_increment("n", -7));
    STORY_SAYS(node, "");
    small_node_sync_log(node);
    STORY_SAYS(node, "#1 UPDATED done, at 1 5\n"
                     "#2 UPDATED done, at 2 6\n"
                     "#3 UPDATED done, at 3 -1\n");
    CU_ASSERT_EQUAL(node->sync_count, 2);
    small_node_destroy(&node);
}

static void syncs_many_users_with_one_group(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "1"));
    story_write(node, 2, "berta", story_put("a", "1"));
    story_write(node, 3, "carla", story_put("a", "1"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n"
                     "#2 UPDATED done, at 1\n"
                     "#3 UPDATED done, at 1\n");
    CU_ASSERT_EQUAL(node->sync_count, 1);
    small_node_destroy(&node);
}

static void answers_a_retry_from_the_log(void)
{
    struct small_node *node = begin();

    story_write(node, 7, "anna", story_increment("n", 5));
    small_node_run(node);
    story_write(node, 8, "anna", story_increment("n", 1));
    story_write(node, 7, "anna", story_increment("n", 5));
    STORY_SAYS(node, "#7 UPDATED done, at 1 5\n"
                     "#8 UPDATED done, at 2 6\n"
                     "#7 UPDATED done, at 1 5\n");
    small_node_destroy(&node);
}

/* The first copy waited in an old connection while the second was answered. */
static void does_not_do_later_what_it_refused(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "first"));
    story_write_if_absent(node, 7, "anna", story_put("a", "mine"));
    story_write(node, 2, "anna", story_del("a"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n"
                     "#7 UPDATED precondition failed, operation 0, at 1\n"
                     "#2 UPDATED done, at 2\n");
    small_node_pass(node, 30000);
    story_write_if_absent(node, 7, "anna", story_put("a", "mine"));
    story_read(node, 9, "anna", "a");
    STORY_SAYS(node, "#9 GOT at 2:\n"
                     "#7 UPDATED precondition failed, operation 0, at 1\n");
    small_node_destroy(&node);
}

static void does_not_do_later_what_changed_nothing(void)
{
    struct small_node *node = begin();

    story_write(node, 7, "anna", story_del("a"));
    story_write(node, 1, "anna", story_put("a", "one"));
    small_node_run(node);
    story_write(node, 7, "anna", story_del("a"));
    STORY_SAYS(node, "#7 UPDATED not found, operation 0, at 0\n"
                     "#1 UPDATED done, at 1\n"
                     "#7 UPDATED not found, operation 0, at 0\n");
    small_node_destroy(&node);
}

static void does_not_erase_later_what_was_not_there(void)
{
    struct small_node *node = begin();
    const struct message erase = {
        .type = MESSAGE_ERASE,
        .request = 7,
        .erase = {.user = bytes_from_text("anna"), .id = {{7}}},
    };

    small_node_ask(node, NULL, &erase);
    STORY_SAYS(node, "#7 UPDATED done, at 0\n");
    story_write(node, 1, "anna", story_put("a", "one"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    small_node_ask(node, NULL, &erase);
    small_node_run(node);
    (void)small_node_said(node);
    story_read(node, 8, "anna", "a");
    STORY_SAYS(node, "#8 GOT at 1: a=one\n");
    small_node_destroy(&node);
}

static void does_not_erase_later_what_was_written_since(void)
{
    struct small_node *node = begin();
    const struct message erase = {
        .type = MESSAGE_ERASE,
        .request = 7,
        .erase = {.user = bytes_from_text("anna"), .id = {{7}}},
    };

    story_write(node, 1, "anna", story_put("a", "one"));
    small_node_ask(node, NULL, &erase);
    small_node_run(node);
    story_write(node, 2, "anna", story_put("a", "two"));
    small_node_ask(node, NULL, &erase);
    small_node_run(node);
    (void)small_node_said(node);
    story_read(node, 8, "anna", "a");
    STORY_SAYS(node, "#8 GOT at 1: a=two\n");
    small_node_destroy(&node);
}

/* By then no copy can be under way: whoever asks, asks anew. */
static void forgets_a_refusal_after_the_longest_deadline(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "first"));
    story_write_if_absent(node, 7, "anna", story_put("a", "mine"));
    story_write(node, 2, "anna", story_del("a"));
    small_node_run(node);
    (void)small_node_said(node);
    small_node_pass(node, 61000);
    story_write_if_absent(node, 7, "anna", story_put("a", "mine"));
    STORY_SAYS(node, "#7 UPDATED done, at 3\n");
    small_node_destroy(&node);
}

static void is_busy_rather_than_forgetful(void)
{
    struct small_node *node =
        small_node_create(&(struct small_node_options){.refusal_max = 1});
    uint32_t number;

    small_node_meet_backend(node);
    for (number = 1; number <= 12; number++)
        story_write(node, number, "anna", story_del("a"));
    small_node_run(node);
    (void)small_node_said(node);
    story_write(node, 13, "anna", story_del("a"));
    STORY_SAYS(node, "#13 REFUSED too busy, not done: try again; again in "
                     "1000 ms\n");
    small_node_pass(node, 61000);
    story_write(node, 13, "anna", story_del("a"));
    STORY_SAYS(node, "#13 UPDATED not found, operation 0, at 0\n");
    small_node_destroy(&node);
}

static void evaluates_nothing_after_its_deadline(void)
{
    struct small_node *node = begin();
    const struct small_node_way hurried = {.deadline_ms = 100};

    node->is_log_held = true;
    story_write(node, 1, "anna", story_put("a", "one"));
    small_node_run(node);
    story_write_by(node, &hurried, 2, story_put("a", "two"), "anna");
    small_node_run(node);
    node->now_ms += 100;
    small_node_sync_log(node);
    STORY_SAYS(node, "#1 UPDATED done, at 1\n"
                     "#2 REFUSED unavailable, not done\n");
    story_read(node, 3, "anna", "a");
    STORY_SAYS(node, "#3 GOT at 1: a=one\n");
    small_node_destroy(&node);
}

/* The removal is a revision of its own, and comes before the answer. */
static void removes_a_due_value_before_it_tells_of_its_absence(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put_for("a", "one", 500));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    node->wall_us += 400000;
    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "#2 GOT at 1: a=one\n");
    node->wall_us += 200000;
    story_read(node, 3, "anna", "a");
    STORY_SAYS(node, "#3 GOT at 2:\n");
    small_node_destroy(&node);
}

static void removes_due_values_unasked(void)
{
    struct small_node *node = begin();

    small_node_pass(node, 0);
    story_write(node, 1, "anna", story_put_for("a", "one", 500));
    small_node_run(node);
    CU_ASSERT_EQUAL(story_user(node, "anna").revision, 1);
    small_node_pass(node, 1000);
    CU_ASSERT_EQUAL(story_user(node, "anna").revision, 2);
    small_node_destroy(&node);
}

/* The clock was put back: what has a time after it is not earlier for it. */
static void never_lets_record_times_go_back(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "one"));
    small_node_run(node);
    node->wall_us -= UINT64_C(3600) * 1000000;
    story_write(node, 2, "anna", story_put_for("b", "two", 1000));
    small_node_run(node);
    (void)small_node_said(node);
    node->wall_us += UINT64_C(2) * 1000000;
    story_read(node, 3, "anna", "b");
    STORY_SAYS(node, "#3 GOT at 2: b=two\n");
    small_node_destroy(&node);
}

/* Time is what the newest record says, if the clock says less. */
static void shows_nothing_that_was_due_before_the_clock_was_put_back(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put_for("a", "one", 1000));
    small_node_run(node);
    node->wall_us += UINT64_C(5) * 1000000;
    story_write(node, 2, "anna", story_put("b", "two"));
    small_node_run(node);
    (void)small_node_said(node);
    node->wall_us -= UINT64_C(5) * 1000000;
    story_read(node, 3, "anna", "a");
    STORY_SAYS(node, "#3 GOT at 3:\n");
    small_node_destroy(&node);
}

static void refuses_what_is_beyond_the_policy(void)
{
    struct small_node *node = begin();

    node->policy.value_bytes_max = 3;
    story_write(node, 1, "anna", story_put("a", "four"));
    story_write(node, 2, "anna", story_put("a", "two"));
    STORY_SAYS(node, "#1 UPDATED beyond a limit, operation 0, at 0\n"
                     "#2 UPDATED done, at 1\n");
    small_node_destroy(&node);
}

static void erases_a_user_with_all_that_was_kept(void)
{
    struct small_node *node = begin();
    const struct message erase = {
        .type = MESSAGE_ERASE,
        .request = 7,
        .erase = {.user = bytes_from_text("anna"), .id = {{7}}},
    };

    story_write(node, 1, "anna", story_put("a", "one"));
    small_node_run(node);
    small_node_ask(node, NULL, &erase);
    story_read(node, 8, "anna", "a");
    small_node_run(node);
    (void)small_node_said(node);
    small_node_pass(node, 5000);
    story_read(node, 9, "anna", "a");
    STORY_SAYS(node, "#9 GOT at 0:\n");
    CU_ASSERT_EQUAL(story_user(node, "anna").history_id, 0);
    small_node_destroy(&node);
}

static void is_busy_with_little_memory_and_loses_nothing(void)
{
    struct small_node *node = small_node_create(
        &(struct small_node_options){.waiting_bytes_max = 12000});
    const char *said;
    unsigned busy = 0;
    unsigned done = 0;

    small_node_meet_backend(node);
    for (uint32_t number = 1; number <= 20; number++)
        story_write(node, number, "anna", story_increment("n", 1));
    small_node_run(node);
    for (said = small_node_said(node); *said != '\0'; said++) {
        busy += said[0] == 'b' && said[1] == 'u' && said[2] == 's';
        done += said[0] == 'U' && said[1] == 'P' && said[2] == 'D';
    }
    CU_ASSERT_EQUAL(busy + done, 20);
    CU_ASSERT(done > 0 && busy > 0);
    CU_ASSERT_EQUAL(story_user(node, "anna").revision, done);
    small_node_destroy(&node);
}

/* What waits may not take the memory that ends its waiting. */
static void leaves_room_for_turns_however_much_waits(void)
{
    struct small_node *node = small_node_create(
        &(struct small_node_options){.memory_bytes_max = 128 << 20});
    char value[VALUE_BYTES + 1];

    memset(value, 'x', VALUE_BYTES);
    value[VALUE_BYTES] = '\0';
    small_node_meet_backend(node);
    for (uint32_t number = 1; number <= 5000; number++)
        story_write(node, number, "anna", story_put("k", value));
    CU_ASSERT(node->gateway->bytes_used > 60 << 20);
    small_node_run(node);
    CU_ASSERT_EQUAL(node_core_under_way(node->core), 0);
    /* A request of a kilobyte takes no twenty. */
    CU_ASSERT(story_user(node, "anna").revision > 3000);
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(answers_a_write_only_when_its_record_is_durable),
        SUITE_TEST(shows_a_read_what_was_answered_before),
        SUITE_TEST(judges_all_that_waits_of_one_user_in_one_turn),
        SUITE_TEST(syncs_many_users_with_one_group),
        SUITE_TEST(answers_a_retry_from_the_log),
        SUITE_TEST(does_not_do_later_what_it_refused),
        SUITE_TEST(does_not_do_later_what_changed_nothing),
        SUITE_TEST(does_not_erase_later_what_was_not_there),
        SUITE_TEST(does_not_erase_later_what_was_written_since),
        SUITE_TEST(forgets_a_refusal_after_the_longest_deadline),
        SUITE_TEST(is_busy_rather_than_forgetful),
        SUITE_TEST(evaluates_nothing_after_its_deadline),
        SUITE_TEST(removes_a_due_value_before_it_tells_of_its_absence),
        SUITE_TEST(removes_due_values_unasked),
        SUITE_TEST(never_lets_record_times_go_back),
        SUITE_TEST(shows_nothing_that_was_due_before_the_clock_was_put_back),
        SUITE_TEST(refuses_what_is_beyond_the_policy),
        SUITE_TEST(erases_a_user_with_all_that_was_kept),
        SUITE_TEST(is_busy_with_little_memory_and_loses_nothing),
        SUITE_TEST(leaves_room_for_turns_however_much_waits),
    };

    return SUITE_RUN("node/core", tests);
}
