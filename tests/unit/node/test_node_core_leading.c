#include "node/core.h"

#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>

#define ELSEWHERE "NOT_MASTER"
#define MAYBE "NOT_MASTER, maybe done"

static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(NULL);

    small_node_meet_backend(node);
    return node;
}

static void sends_whoever_asks_to_the_master(void)
{
    struct small_node *node = begin();

    small_node_rest(node);
    story_write(node, 1, "anna", story_put("a", "1"));
    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "#1 " ELSEWHERE "\n#2 " ELSEWHERE "\n");
    small_node_lead(node, 2, 0);
    story_write(node, 3, "anna", story_put("a", "1"));
    STORY_SAYS(node, "#3 UPDATED done, at 1\n");
    small_node_destroy(&node);
}

/* Another master may have committed what it had proposed, or cut it off. */
static void does_not_know_what_became_of_what_it_had_proposed(void)
{
    struct small_node *node = begin();

    node->is_log_held = true;
    story_write(node, 1, "anna", story_put("a", "1"));
    small_node_run(node);
    small_node_rest(node);
    STORY_SAYS(node, "");
    small_node_abandon(node);
    STORY_SAYS(node, "#1 " MAYBE "\n");
    small_node_destroy(&node);
}

/* A master that stood down and found its majority again has lost nothing. */
static void goes_on_in_its_epoch_after_a_rest(void)
{
    struct small_node *node = begin();

    node->is_log_held = true;
    story_write(node, 1, "anna", story_put("a", "1"));
    small_node_run(node);
    small_node_rest(node);
    small_node_lead(node, 1, 0);
    small_node_sync_log(node);
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    story_write(node, 2, "anna", story_put("a", "2"));
    STORY_SAYS(node, "#2 UPDATED done, at 2\n");
    small_node_destroy(&node);
}

/* Writes wait for a majority anyway; a read would see what is not true. */
static void answers_no_read_without_its_lease(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "1"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    node->is_lease_over = true;
    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "#2 " ELSEWHERE "\n");
    node->is_lease_over = false;
    story_read(node, 3, "anna", "a");
    STORY_SAYS(node, "#3 GOT at 1: a=1\n");
    small_node_destroy(&node);
}

/* What waited for its turn was not judged: somebody else may do it. */
static void gives_back_what_waits_behind_a_turn(void)
{
    struct small_node *node = begin();

    node->is_log_held = true;
    story_write(node, 1, "anna", story_put("a", "1"));
    small_node_run(node);
    story_write(node, 2, "anna", story_put("a", "2"));
    small_node_run(node);
    small_node_rest(node);
    small_node_abandon(node);
    STORY_SAYS(node, "#1 " MAYBE "\n#2 " ELSEWHERE "\n");
    small_node_destroy(&node);
}

static void read_stale(struct small_node *node, uint32_t number,
                       uint32_t max_staleness_ms, uint64_t at_least)
{
    struct message get = small_node_get(number, "anna", "a");

    get.get.max_staleness_ms = max_staleness_ms;
    get.get.at_least = at_least;
    small_node_ask(node, NULL, &get);
}

/* As a slave: it knows how long ago it held all that was committed. */
static void answers_what_may_be_as_old_as_its_copy(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "1"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    small_node_rest(node);
    node->staleness_us = 500000;
    read_stale(node, 2, 500, 0);
    STORY_SAYS(node, "#2 GOT at 1: a=1\n");
    read_stale(node, 3, 499, 0);
    STORY_SAYS(node, "#3 " ELSEWHERE "\n");
    read_stale(node, 4, 0, 0);
    STORY_SAYS(node, "#4 " ELSEWHERE "\n");
    node->staleness_us = UINT64_MAX;
    read_stale(node, 5, UINT32_MAX, 0);
    STORY_SAYS(node, "#5 " ELSEWHERE "\n");
    small_node_destroy(&node);
}

static void sends_whoever_saw_more_than_its_copy_to_the_master(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "1"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    small_node_rest(node);
    node->staleness_us = 0;
    read_stale(node, 2, 1000, 1);
    STORY_SAYS(node, "#2 GOT at 1: a=1\n");
    read_stale(node, 3, 1000, 2);
    STORY_SAYS(node, "#3 " ELSEWHERE "\n");
    small_node_destroy(&node);
}

static const struct suite_test tests[] = {
    SUITE_TEST(sends_whoever_asks_to_the_master),
    SUITE_TEST(does_not_know_what_became_of_what_it_had_proposed),
    SUITE_TEST(goes_on_in_its_epoch_after_a_rest),
    SUITE_TEST(answers_no_read_without_its_lease),
    SUITE_TEST(gives_back_what_waits_behind_a_turn),
    SUITE_TEST(answers_what_may_be_as_old_as_its_copy),
    SUITE_TEST(sends_whoever_saw_more_than_its_copy_to_the_master),
};

int main(void)
{
    return SUITE_RUN("node/core, leading", tests);
}
