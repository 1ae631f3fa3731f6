/*
 * The log has the last word: what it does not take is taken back, and the copy
 * goes on with its master, or is replaced by a snapshot.
 *
 * Following an epoch orders the member sets: ticket 1, here and below.
 */
#include "tests/support/suite.h"
#include "tests/unit/replication/slave_story.h"

#include <CUnit/CUnit.h>

static void asks_again_for_entries_that_came_damaged(void)
{
    struct slave_story *story = slave_story_begin();

    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 1, 3), "append 1-3");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 4, 5), "append 4-5");
    CU_ASSERT_STRING_EQUAL(slave_story_log(story, 2), "");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 3");
    CU_ASSERT_STRING_EQUAL(slave_story_refuse(story, 3, DALV_DAMAGED,
                                              slave_story_position(1, 3), 1),
                           "");
    /* Not at once: what is bad for good would be asked for without end. */
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "");
    CU_ASSERT_STRING_EQUAL(slave_story_wait(story), "ask 3");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 4, 5), "append 4-5");
    (void)slave_story_log(story, 4);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 5");
    slave_story_end(&story);
}

static void takes_back_what_follows_refused_entries(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_stream(story, 1, 4, 5);
    (void)slave_story_stream(story, 1, 6, 9);
    (void)slave_story_refuse(story, 2, DALV_DAMAGED, slave_story_position(0, 0),
                             0);
    (void)slave_story_refuse(story, 3, DALV_CONFLICT,
                             slave_story_position(0, 0), 0);
    CU_ASSERT_STRING_EQUAL(slave_story_wait(story), "ask 0");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 1, 3), "append 1-3");
    /* The last of the old ones is answered behind the new one's order. */
    (void)slave_story_refuse(story, 4, DALV_CONFLICT,
                             slave_story_position(0, 0), 0);
    (void)slave_story_log(story, 5);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 3");
    slave_story_end(&story);
}

static void tells_the_controller_of_a_newer_promise_in_the_log(void)
{
    struct slave_story *story = slave_story_begin();

    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 2), "promise 2");
    CU_ASSERT_STRING_EQUAL(slave_story_refuse(story, 2, DALV_PRECONDITION,
                                              slave_story_position(0, 0), 7),
                           "outbid 7");
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 6), "outbid 7");
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 8), "promise 8");
    CU_ASSERT_STRING_EQUAL(slave_story_log(story, 3), "promised 8");
    slave_story_end(&story);
}

/* Entries are a promise of their epoch: refused ones are none. */
static void promises_nothing_by_refused_entries(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_follow(story, 3);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask 0");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 3, 1, 2), "append 1-2");
    (void)slave_story_refuse(story, 3, DALV_DAMAGED, slave_story_position(0, 0),
                             1);
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 3), "promise 3");
    CU_ASSERT_STRING_EQUAL(slave_story_log(story, 4), "promised 3");
    slave_story_end(&story);
}

/* Of its entries 1 to 3 the master of epoch 2 has the first alone. */
static struct slave_story *diverged(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_log(story, 2);
    (void)slave_story_follow(story, 2);
    (void)slave_story_log(story, 3);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask 3");
    CU_ASSERT_STRING_EQUAL(slave_story_diverge(story,
                                               slave_story_position(1, 3),
                                               slave_story_position(1, 1)),
                           "cut 1");
    return story;
}

static void goes_on_after_a_cut_that_came_too_late(void)
{
    struct slave_story *story = diverged();

    CU_ASSERT_STRING_EQUAL(slave_story_refuse(story, 0, DALV_PRECONDITION,
                                              slave_story_position(1, 3), 5),
                           "");
    CU_ASSERT_STRING_EQUAL(slave_story_wait(story), "ask 3");
    /* The log promised another master more: this one is obeyed no longer. */
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 4, 4), "");
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 5), "promised 5");
    slave_story_end(&story);
}

static void takes_a_snapshot_if_it_cannot_be_cut(void)
{
    struct slave_story *story = diverged();

    CU_ASSERT_STRING_EQUAL(slave_story_refuse(story, 0, DALV_DAMAGED,
                                              slave_story_position(1, 3), 1),
                           "damaged, mark 3, begin-pages");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask-pages, tell 3");
    /* It votes for nobody meanwhile. */
    CU_ASSERT_STRING_EQUAL(slave_story_log(story, 4), "");
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 6), "unable");
    slave_story_end(&story);
}

static void takes_a_snapshot_if_the_log_ends_elsewhere(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_log(story, 2);
    (void)slave_story_stream(story, 1, 4, 5);
    CU_ASSERT_STRING_EQUAL(slave_story_refuse(story, 3, DALV_CONFLICT,
                                              slave_story_position(1, 2), 1),
                           "damaged, mark 3, begin-pages");
    slave_story_end(&story);
}

/* Nothing was applied yet where the page was read: the copy was never adopted,
   and voted for nobody from then on. */
static void adopts_what_was_read_before_the_first_entry(void)
{
    struct slave_story *story = diverged();

    (void)slave_story_refuse(story, 0, DALV_DAMAGED, slave_story_position(1, 3),
                             1);
    (void)slave_story_end_round(story);
    CU_ASSERT_STRING_EQUAL(
        slave_story_last_page(story, slave_story_position(0, 0)), "store-page");
    CU_ASSERT_STRING_EQUAL(
        slave_story_step(
            story, (struct replicator_event){.type = REPLICATOR_PAGE_STORED}),
        "mark 0");
    (void)slave_story_log(story, 5);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "adopt, ask 0");
    CU_ASSERT_STRING_EQUAL(
        slave_story_step(story,
                         (struct replicator_event){.type = REPLICATOR_ADOPTED}),
        "");
    CU_ASSERT_STRING_EQUAL(slave_story_seal(story, 6), "promise 6");
    slave_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(asks_again_for_entries_that_came_damaged),
    SUITE_TEST(takes_back_what_follows_refused_entries),
    SUITE_TEST(tells_the_controller_of_a_newer_promise_in_the_log),
    SUITE_TEST(promises_nothing_by_refused_entries),
    SUITE_TEST(goes_on_after_a_cut_that_came_too_late),
    SUITE_TEST(takes_a_snapshot_if_it_cannot_be_cut),
    SUITE_TEST(takes_a_snapshot_if_the_log_ends_elsewhere),
    SUITE_TEST(adopts_what_was_read_before_the_first_entry),
};

int main(void)
{
    return SUITE_RUN("what the log refuses", tests);
}
