/*
 * How a copy ends: damaged, it is replaced by a snapshot; of a partition that
 * this node is no member of any more, it is dropped.
 *
 * Following an epoch orders the member sets: ticket 1, here and below.
 */
#include "tests/support/suite.h"
#include "tests/unit/replication/slave_story.h"

#include <CUnit/CUnit.h>
#include <string.h>

static const char *tell(struct slave_story *story,
                        enum replicator_event_type type)
{
    return slave_story_step(story, (struct replicator_event){.type = type});
}

/* It holds entries 1 to 3, durably. */
static struct slave_story *begin_with_three(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_log(story, 2);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 3");
    return story;
}

static void replaces_a_copy_that_cannot_be_read(void)
{
    struct slave_story *story = begin_with_three();

    CU_ASSERT_STRING_EQUAL(tell(story, REPLICATOR_COPY_DAMAGED),
                           "damaged, mark 3, begin-pages");
    CU_ASSERT_STRING_EQUAL(tell(story, REPLICATOR_DROPPED), "");
    CU_ASSERT_STRING_EQUAL(slave_story_log(story, 3), "");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask-pages, tell 3");
    /* Once is enough, and nobody counts on it meanwhile. */
    CU_ASSERT_STRING_EQUAL(tell(story, REPLICATOR_COPY_DAMAGED), "");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 4, 4), "");
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 2), "unable");
    slave_story_end(&story);
}

static void asks_for_a_snapshot_anew_if_a_page_fails(void)
{
    struct slave_story *story = begin_with_three();

    (void)tell(story, REPLICATOR_COPY_DAMAGED);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask-pages, tell 3");
    CU_ASSERT_STRING_EQUAL(tell(story, REPLICATOR_PAGES_FAILED), "begin-pages");
    /* Not at once: a master may have none but bad ones. */
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 3");
    for (size_t i = 0; i < 9; i++)
        CU_ASSERT_PTR_NULL(strstr(slave_story_wait(story), "ask-pages"));
    CU_ASSERT_PTR_NOT_NULL(strstr(slave_story_wait(story), "ask-pages"));
    slave_story_end(&story);
}

static void asks_at_once_when_the_connection_is_there(void)
{
    struct slave_story *story = begin_with_three();

    (void)tell(story, REPLICATOR_COPY_DAMAGED);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask-pages, tell 3");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "");
    (void)slave_story_step(
        story, (struct replicator_event){.type = REPLICATOR_PEER_REACHED,
                                         .node = 2,
                                         .is_bulk = true});
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask-pages");
    slave_story_end(&story);
}

static void drops_what_it_is_no_member_of_any_more(void)
{
    struct slave_story *story = begin_with_three();

    CU_ASSERT_STRING_EQUAL(slave_story_leave(story, 2), "expel");
    /* The log forgets it when the index holds nothing of it. */
    CU_ASSERT_STRING_EQUAL(tell(story, REPLICATOR_DROPPED), "forget");
    CU_ASSERT_STRING_EQUAL(slave_story_log(story, 4), "");
    /* Whoever wants it here again finds an empty copy. */
    CU_ASSERT_STRING_EQUAL(slave_story_follow(story, 3), "");
    CU_ASSERT_STRING_EQUAL(slave_story_wait(story), "ask 0");
    slave_story_end(&story);
}

/* Nothing is taken before the log has forgotten. */
static void comes_back_while_it_is_dropped(void)
{
    struct slave_story *story = begin_with_three();

    CU_ASSERT_STRING_EQUAL(slave_story_leave(story, 2), "expel");
    CU_ASSERT_STRING_EQUAL(slave_story_follow(story, 3), "");
    (void)slave_story_end_round(story);
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 4, 4), "");
    CU_ASSERT_STRING_EQUAL(tell(story, REPLICATOR_DROPPED), "forget");
    (void)slave_story_log(story, 5);
    CU_ASSERT_STRING_EQUAL(slave_story_wait(story), "ask 0");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 1, 3), "append 1-3");
    slave_story_end(&story);
}

static void keeps_its_copy_when_an_old_record_comes(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_follow(story, 4);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask 0");
    (void)slave_story_stream(story, 4, 1, 3);
    (void)slave_story_log(story, 3);
    CU_ASSERT_STRING_EQUAL(slave_story_leave(story, 3), "");
    slave_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(replaces_a_copy_that_cannot_be_read),
    SUITE_TEST(asks_for_a_snapshot_anew_if_a_page_fails),
    SUITE_TEST(asks_at_once_when_the_connection_is_there),
    SUITE_TEST(drops_what_it_is_no_member_of_any_more),
    SUITE_TEST(comes_back_while_it_is_dropped),
    SUITE_TEST(keeps_its_copy_when_an_old_record_comes),
};

int main(void)
{
    return SUITE_RUN("how a copy ends", tests);
}
