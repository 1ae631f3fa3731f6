/*
 * What reads answer, asked of a whole node: the responder makes the frames.
 */
#include "node/responder.h"

#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(NULL);

    small_node_meet_backend(node);
    story_write(node, 1, "anna", story_put("a", "one"));
    story_write(node, 2, "anna", story_put("b/1", "two"));
    story_write(node, 3, "anna", story_put("b/2", "three"));
    story_write(node, 4, "anna", story_increment("c", 5));
    small_node_run(node);
    (void)small_node_said(node);
    return node;
}

static void range(struct small_node *node, struct message_range asked)
{
    struct message question = {.type = MESSAGE_RANGE, .request = 7};

    question.range = asked;
    question.range.user = bytes_from_text("anna");
    small_node_ask(node, NULL, &question);
}

static void reads_a_range_of_keys_in_their_order(void)
{
    struct small_node *node = begin();

    range(node, (struct message_range){.count_max = 0});
    STORY_SAYS(node, "#7 RANGED at 4: a=one b/1=two b/2=three c=5\n");
    range(node, (struct message_range){.prefix = bytes_from_text("b/")});
    STORY_SAYS(node, "#7 RANGED at 4: b/1=two b/2=three\n");
    small_node_destroy(&node);
}

static void begins_behind_one_key_and_ends_with_another(void)
{
    struct small_node *node = begin();

    range(node, (struct message_range){.from_key = bytes_from_text("a"),
                                       .to_key = bytes_from_text("b/2")});
    STORY_SAYS(node, "#7 RANGED at 4: b/1=two b/2=three\n");
    small_node_destroy(&node);
}

static void cuts_a_range_where_it_is_asked_to(void)
{
    struct small_node *node = begin();

    range(node, (struct message_range){.count_max = 3});
    STORY_SAYS(node, "#7 RANGED at 4: a=one b/1=two b/2=three ...\n");
    small_node_destroy(&node);
}

/* The master knows all there is: a revision that it lacks is of a history that
   is gone, and whoever saw it must not be shown less without a word. */
static void refuses_what_would_be_older_than_was_seen(void)
{
    struct small_node *node = begin();
    struct message get = small_node_get(8, "anna", "a");

    range(node, (struct message_range){.count_max = 1, .at_least = 4});
    STORY_SAYS(node, "#7 RANGED at 4: a=one ...\n");
    range(node, (struct message_range){.count_max = 1, .at_least = 5});
    STORY_SAYS(node, "#7 REFUSED position is below the floor or of another "
                     "history\n");
    get.get.at_least = 4;
    small_node_ask(node, NULL, &get);
    STORY_SAYS(node, "#8 GOT at 4: a=one\n");
    get.get.at_least = UINT64_MAX;
    small_node_ask(node, NULL, &get);
    STORY_SAYS(node, "#8 REFUSED position is below the floor or of another "
                     "history\n");
    small_node_destroy(&node);
}

/* A FORWARD around bytes that nobody can read. */
static void answers_what_it_cannot_read(void)
{
    struct small_node *node = begin();
    const struct message get = small_node_get(9, "anna", "a");

    small_node_ask_cut(node, &get, 2);
    STORY_SAYS(node, "#9 REFUSED message is malformed\n");
    CU_ASSERT_EQUAL(node_core_under_way(node->core), 0);
    small_node_destroy(&node);
}

/* A page holds one change at least, or nobody would get on. */
static void gives_one_change_at_least(void)
{
    static char value[1001];
    struct small_node *node = begin();

    memset(value, 'x', sizeof(value) - 1);
    story_write(node, 5, "anna", story_put("a", value));
    small_node_run(node);
    (void)small_node_said(node);
    range(node, (struct message_range){.budget_bytes = 1});
    small_node_run(node);
    CU_ASSERT_PTR_NOT_NULL(strstr(small_node_said(node), "x ...\n"));
    small_node_destroy(&node);
}

static void goes_on_from_nowhere_but_where_it_stopped(void)
{
    struct small_node *node = begin();

    range(node, (struct message_range){.resume = bytes_from_text("x")});
    STORY_SAYS(node, "#7 REFUSED invalid argument\n");
    small_node_destroy(&node);
}

static void reads_a_key_that_is_not_there_as_nothing(void)
{
    struct small_node *node = begin();

    story_read(node, 7, "anna", "b/");
    story_read(node, 8, "berta", "a");
    STORY_SAYS(node, "#7 GOT at 4:\n"
                     "#8 GOT at 0:\n");
    small_node_destroy(&node);
}

/* With it, pages of several moments become one of the last. */
static void tells_what_changed_since_a_page(void)
{
    struct small_node *node = begin();
    struct cursor since = {.history_id = story_user(node, "anna").history_id,
                           .revision = 2};

    range(node, (struct message_range){.since = since});
    STORY_SAYS(node, "#7 RANGED at 4: b/2=three c=5\n");
    story_write(node, 5, "anna", story_del("a"));
    story_write(node, 6, "anna", story_put("b/1", "six"));
    small_node_run(node);
    (void)small_node_said(node);
    range(node, (struct message_range){.since = since});
    STORY_SAYS(node, "#7 RANGED at 6: b/2=three c=5 a=nothing b/1=six\n");
    range(node, (struct message_range){.since = since,
                                       .prefix = bytes_from_text("b/")});
    STORY_SAYS(node, "#7 RANGED at 6: b/2=three b/1=six\n");
    small_node_destroy(&node);
}

static void tells_no_changes_since_another_history(void)
{
    struct small_node *node = begin();
    struct cursor since = {
        .history_id = story_user(node, "anna").history_id + 1, .revision = 2};

    range(node, (struct message_range){.since = since});
    STORY_SAYS(node, "#7 REFUSED position is below the floor or of another "
                     "history\n");
    since.history_id--;
    since.revision = 5;
    range(node, (struct message_range){.since = since});
    STORY_SAYS(node, "#7 REFUSED position is below the floor or of another "
                     "history\n");
    small_node_destroy(&node);
}

/* More of them than one reading waits for: they go in rounds. */
static void removes_any_number_of_due_values_before_it_answers(void)
{
    struct small_node *node = small_node_create(NULL);
    char key[1001];

    small_node_meet_backend(node);
    memset(key, 'k', sizeof(key));
    key[sizeof(key) - 1] = '\0';
    for (uint32_t i = 0; i < 40; i++) {
        key[0] = (char)('A' + i);
        story_write(node, i + 1, "anna", story_put_for(key, "x", 500));
    }
    story_write(node, 101, "anna", story_put("z", "stays"));
    small_node_run(node);
    (void)small_node_said(node);
    node->wall_us += 600000;
    range(node, (struct message_range){.count_max = 0});
    small_node_run(node);
    CU_ASSERT_PTR_NOT_NULL(strstr(small_node_said(node), ": z=stays\n"));
    CU_ASSERT_EQUAL(story_user(node, "anna").live_count, 1);
    small_node_destroy(&node);
}

static void lists_devices(void)
{
    struct small_node *node = begin();
    const struct message question = {
        .type = MESSAGE_LIST_DEVICES,
        .request = 7,
        .list_devices = {.user = bytes_from_text("anna")}};

    small_node_ask(node, NULL, &question);
    STORY_SAYS(node, "#7 LISTED devices 0 conflicts 0\n");
    small_node_destroy(&node);
}

static void digests_nothing_of_whom_nobody_wrote_to(void)
{
    struct small_node *node = begin();
    struct message question = {.type = MESSAGE_DIGEST,
                               .request = 7,
                               .digest = {.user = bytes_from_text("berta")}};

    small_node_ask(node, NULL, &question);
    STORY_SAYS(node, "#7 DIGESTED\n");
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(reads_a_range_of_keys_in_their_order),
        SUITE_TEST(begins_behind_one_key_and_ends_with_another),
        SUITE_TEST(cuts_a_range_where_it_is_asked_to),
        SUITE_TEST(refuses_what_would_be_older_than_was_seen),
        SUITE_TEST(answers_what_it_cannot_read),
        SUITE_TEST(gives_one_change_at_least),
        SUITE_TEST(goes_on_from_nowhere_but_where_it_stopped),
        SUITE_TEST(reads_a_key_that_is_not_there_as_nothing),
        SUITE_TEST(tells_what_changed_since_a_page),
        SUITE_TEST(tells_no_changes_since_another_history),
        SUITE_TEST(removes_any_number_of_due_values_before_it_answers),
        SUITE_TEST(lists_devices),
        SUITE_TEST(digests_nothing_of_whom_nobody_wrote_to),
    };

    return SUITE_RUN("node/responder", tests);
}
