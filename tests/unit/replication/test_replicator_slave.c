/*
 * A slave and the master that it was told of.
 */
#include "tests/support/suite.h"
#include "tests/unit/replication/slave_story.h"

#include <CUnit/CUnit.h>

/* The controller tells both at once, and the slave's question may be faster. A
   partition has no master as long as the slave waits. */
static void asks_again_soon_where_nobody_leads_yet(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_log(story, 2);
    (void)slave_story_follow(story, 2);
    (void)slave_story_log(story, 3);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask 3");
    CU_ASSERT_STRING_EQUAL(slave_story_fence(story), "");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "");
    CU_ASSERT_STRING_EQUAL(slave_story_wait_a_little(story), "ask 3");
    slave_story_end(&story);
}

/* What was sent before there was a connection went nowhere. */
static void joins_as_soon_as_its_master_is_reached(void)
{
    struct slave_story *story = slave_story_begin();

    CU_ASSERT_STRING_EQUAL(
        slave_story_step(
            story,
            (struct replicator_event){.type = REPLICATOR_PEER_LOST, .node = 2}),
        "");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "join");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "");
    CU_ASSERT_STRING_EQUAL(
        slave_story_step(
            story, (struct replicator_event){.type = REPLICATOR_PEER_REACHED,
                                             .node = 2}),
        "");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "join");
    slave_story_end(&story);
}

static void sleeps_where_it_is_led(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_log(story, 2);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 3");
    CU_ASSERT_STRING_EQUAL(slave_story_wait_a_little(story),
                           "it sleeps longer");
    slave_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(asks_again_soon_where_nobody_leads_yet),
    SUITE_TEST(joins_as_soon_as_its_master_is_reached),
    SUITE_TEST(sleeps_where_it_is_led),
};

int main(void)
{
    return SUITE_RUN("replication/replicator_slave", tests);
}
