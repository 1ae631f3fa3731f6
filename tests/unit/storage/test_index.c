#include "storage/index.h"

#include "base/arena.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

static struct effect put(const char *key, const char *value,
                         uint64_t feed_revision)
{
    return (struct effect){
        .type = EFFECT_PUT,
        .key = bytes_from_text(key),
        .value = bytes_from_text(value),
        .trail = {.feed_revision = feed_revision},
    };
}

static struct effect add(const char *key, uint64_t local_id, const char *value,
                         uint64_t made_at)
{
    return (struct effect){
        .type = EFFECT_LIST_ADD,
        .key = bytes_from_text(key),
        .value = bytes_from_text(value),
        .dot = {.device = 1, .local_id = local_id},
        .trail = {.generation = made_at, .reset_revision = made_at},
    };
}

static void gives_back_what_was_put(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, put("a", "one", 0), story_user(1, 0));
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=one@1");
    CU_ASSERT_STRING_EQUAL(story_key(story, "b"), "b=nothing");
    STORY_APPLY(story, 2, put("a", "two", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=two@2");
    story_end(&story);
}

static void feeds_each_key_once_as_it_is_now(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, put("a", "one", 0), put("b", "x", 0),
                story_user(1, 0));
    STORY_APPLY(story, 2, put("a", "two", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "b=x@1 a=two@2 whole@2");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 1), "a=two@2 whole@2");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 2), " whole@2");
    story_end(&story);
}

static void feeds_each_element_of_a_list(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, add("l", 1, "x", 1), story_user(1, 0));
    STORY_APPLY(story, 2, add("l", 2, "y", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0),
                           "l=[]@2 l.1.1.0=x@1 l.1.2.0=y@2 whole@2");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 1), "l.1.2.0=y@2 whole@2");
    story_end(&story);
}

static void ranges_over_live_keys_and_elements(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, put("z", "last", 0), add("l", 2, "y", 1),
                add("l", 1, "x", 1), put("a", "first", 0), story_user(1, 0));
    CU_ASSERT_STRING_EQUAL(
        story_range(story),
        "a=first@1 l=[]@1 l.1.1.0=x@1 l.1.2.0=y@1 z=last@1 whole");
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_back_what_was_put),
    SUITE_TEST(feeds_each_key_once_as_it_is_now),
    SUITE_TEST(feeds_each_element_of_a_list),
    SUITE_TEST(ranges_over_live_keys_and_elements),
};

int main(void)
{
    return SUITE_RUN("storage/index", tests);
}
