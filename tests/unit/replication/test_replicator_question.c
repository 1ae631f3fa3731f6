/*
 * A slave asks its master where to go on, and asks anew when something came
 * between: only the answer to its last question counts.
 *
 * Following an epoch orders the member sets: ticket 1, here and below.
 */
#include "tests/support/suite.h"
#include "tests/unit/replication/slave_story.h"

#include <CUnit/CUnit.h>

/* It has asked twice, and the first answer is still on its way. */
static struct slave_story *ask_again(void)
{
    struct slave_story *story = slave_story_begin();

    (void)slave_story_stream(story, 1, 1, 3);
    (void)slave_story_log(story, 2);
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "tell 3");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 6, 9), "");
    CU_ASSERT_STRING_EQUAL(slave_story_end_round(story), "ask 3");
    return story;
}

static void passes_over_the_answer_to_an_older_question(void)
{
    struct slave_story *story = ask_again();

    CU_ASSERT_STRING_EQUAL(slave_story_send_for_pages(story, 1), "");
    CU_ASSERT_STRING_EQUAL(slave_story_stream(story, 1, 4, 5), "append 4-5");
    slave_story_end(&story);
}

static void obeys_the_answer_to_its_last_question(void)
{
    struct slave_story *story = ask_again();

    CU_ASSERT_STRING_EQUAL(slave_story_send_for_pages(story, 0), "begin-pages");
    slave_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(passes_over_the_answer_to_an_older_question),
    SUITE_TEST(obeys_the_answer_to_its_last_question),
};

int main(void)
{
    return SUITE_RUN("replication/replicator, questions", tests);
}
