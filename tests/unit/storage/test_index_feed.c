#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

static void feeds_each_key_once_as_it_is_now(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_put("b", "x", 0),
                story_user(1, 0));
    STORY_APPLY(story, 2, story_put("a", "two", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "b=x@1 a=two@2 whole@2");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 1), "a=two@2 whole@2");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 2), " whole@2");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 9), " whole@2");
    story_end(&story);
}

static void tells_what_was_removed_until_the_tombstone_is_dropped(void)
{
    struct index_story *story = story_begin();
    struct effect drop = story_remove("a", 2);

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    STORY_APPLY(story, 2, story_remove("a", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "a=-@2 whole@2");
    drop.type = EFFECT_KEY_DROP;
    STORY_APPLY(story, 0, drop, story_user(2, 2));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), " whole@2");
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=nothing");
    story_end(&story);
}

/* The list's own entry stays where it was made. */
static void feeds_each_element_of_a_list(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_user(1, 0));
    STORY_APPLY(story, 2, story_add("l", 2, "y", 1), story_user(2, 1));
    STORY_APPLY(story, 3, story_take_out("l", 1, 1, 1), story_user(3, 2));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0),
                           "l=[]@3 l.1.2.0=y@2 l.1.1.0=-@3 whole@3");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 1),
                           "l.1.2.0=y@2 l.1.1.0=-@3 whole@3");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 2), "l.1.1.0=-@3 whole@3");
    story_end(&story);
}

static void leaves_out_elements_of_a_list_that_ended(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_user(1, 0));
    STORY_APPLY(story, 2, story_put("l", "text", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "l=text@2 whole@2");
    story_end(&story);
}

/* A list made anew has another generation: only its own elements count. */
static void tells_a_list_from_an_earlier_one(void)
{
    struct index_story *story = story_begin();
    struct effect again = story_add("l", 2, "y", 2);

    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_user(1, 0));
    again.trail.feed_revision = 1;
    STORY_APPLY(story, 2, again, story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "l=[]@2 l.1.2.0=y@2 whole@2");
    CU_ASSERT_STRING_EQUAL(story_range(story), "l=[]@2 l.1.2.0=y@2 whole");
    story_end(&story);
}

/* Revision 1 is one transaction, and bigger than each of the pages. */
static void goes_on_inside_a_revision(void)
{
    struct index_story *story = story_begin();
    struct feed_position position = {0};

    STORY_APPLY(story, 1, story_put("a", "1234567890", 0),
                story_add("l", 1, "1234567890", 1),
                story_add("l", 2, "1234567890", 1), story_user(1, 0));
    STORY_APPLY(story, 2, story_put("b", "2", 0), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed_page(story, 40, &position),
                           "a=1234567890@1 l=[]@1 cut@1 remaining=3");
    CU_ASSERT_STRING_EQUAL(story_feed_page(story, 40, &position),
                           "l.1.1.0=1234567890@1 cut@1 remaining=2");
    CU_ASSERT_STRING_EQUAL(story_feed_page(story, 40, &position),
                           "l.1.2.0=1234567890@1 b=2@2 whole@2");
    story_end(&story);
}

static void says_when_a_change_is_bigger_than_the_page(void)
{
    struct index_story *story = story_begin();
    struct feed_position position = {0};

    STORY_APPLY(story, 1, story_put("a", "1234567890", 0), story_user(1, 0));
    CU_ASSERT_STRING_EQUAL(story_feed_page(story, 10, &position),
                           "DALV_TOO_BIG");
    /* It was the page that was too small: the index is well. */
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "a=1234567890@1 whole@1");
    story_end(&story);
}

static void sums_up_what_remains_without_reading_it(void)
{
    struct index_story *story = story_begin();
    struct index_feed_query query = {.scope = story_scope(story)};
    struct feed_position reached = {0};
    struct index_page page = {0};
    uint8_t memory[24];

    STORY_APPLY(story, 1, story_put("a", "1", 0), story_user(1, 0));
    STORY_APPLY(story, 2, story_put("b", "1234567890", 0), story_user(2, 1));
    STORY_APPLY(story, 3, story_put("cc", "", 0), story_user(3, 2));
    writer_init(&page.writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(index_feed(story->index, &query, &page, &reached), DALV_OK);
    CU_ASSERT_EQUAL(page.count, 1);
    CU_ASSERT_FALSE(page.is_whole);
    CU_ASSERT_EQUAL(page.remaining_count, 2);
    /* Keys, values, and 16 bytes for each. */
    CU_ASSERT_EQUAL(page.remaining_bytes, 1 + 10 + 16 + 2 + 0 + 16);
    story_end(&story);
}

static bool is_a(void *owner, struct bytes key, uint64_t revision)
{
    uint64_t *revision_seen = owner;

    if (!bytes_equal(key, bytes_from_text("a")))
        return false;
    *revision_seen = revision;
    return true;
}

static void leaves_out_what_the_caller_skips_or_did_not_ask_for(void)
{
    struct index_story *story = story_begin();
    uint64_t revision_seen = 0;
    struct index_feed_query query = {
        .scope = story_scope(story),
        .is_skipped = is_a,
        .filter_owner = &revision_seen,
    };
    struct feed_position reached = {0};
    struct index_page page = {0};

    STORY_APPLY(story, 1, story_put("a", "1", 0), story_user(1, 0));
    STORY_APPLY(story, 2, story_put("b", "2", 0), story_put("c/d", "3", 0),
                story_user(2, 1));
    writer_init(&page.writer, story->page, sizeof(story->page));
    CU_ASSERT_EQUAL(index_feed(story->index, &query, &page, &reached), DALV_OK);
    CU_ASSERT_STRING_EQUAL(story_page(story, &page), "b=2@2 c/d=3@2");
    CU_ASSERT_EQUAL(revision_seen, 1);
    query.prefix = bytes_from_text("c/");
    page.count = 0;
    writer_init(&page.writer, story->page, sizeof(story->page));
    CU_ASSERT_EQUAL(index_feed(story->index, &query, &page, &reached), DALV_OK);
    CU_ASSERT_STRING_EQUAL(story_page(story, &page), "c/d=3@2");
    CU_ASSERT_EQUAL(reached.revision, 2);
    story_end(&story);
}

/* A trail that lies leaves two entries: that is found, not served. */
static void notices_an_entry_that_was_not_replaced(void)
{
    struct index_story *story = story_begin();
    struct user_state state;

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    STORY_APPLY(story, 2, story_put("a", "two", 0), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "DALV_DAMAGED");
    CU_ASSERT_EQUAL(index_user(story->index, STORY_PARTITION,
                               bytes_from_text("anna"), &state),
                    DALV_DAMAGED);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(feeds_each_key_once_as_it_is_now),
    SUITE_TEST(tells_what_was_removed_until_the_tombstone_is_dropped),
    SUITE_TEST(feeds_each_element_of_a_list),
    SUITE_TEST(leaves_out_elements_of_a_list_that_ended),
    SUITE_TEST(tells_a_list_from_an_earlier_one),
    SUITE_TEST(goes_on_inside_a_revision),
    SUITE_TEST(says_when_a_change_is_bigger_than_the_page),
    SUITE_TEST(sums_up_what_remains_without_reading_it),
    SUITE_TEST(leaves_out_what_the_caller_skips_or_did_not_ask_for),
    SUITE_TEST(notices_an_entry_that_was_not_replaced),
};

int main(void)
{
    return SUITE_RUN("storage/index_feed", tests);
}
