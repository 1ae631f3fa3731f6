#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

enum {
    RANGES_MAX = 8,
};

static struct index_digest_range ranges[RANGES_MAX];

/* The last keys of the ranges and their counts: "b:2 d:2 e:1 whole". */
static const char *digest(struct index_story *story, const char *from_key,
                          size_t keys_per_range, size_t capacity)
{
    struct index_digest_query query = {
        .scope = story_scope(story),
        .from_key = bytes_from_text(from_key),
        .keys_per_range = keys_per_range,
    };
    struct index_digests digests = {.items = ranges, .capacity = capacity};
    enum dalv_status status;

    arena_clear(&story->arena);
    text_init(&story->text, story->text_memory, sizeof(story->text_memory));
    status = index_digest(story->index, &query, &story->arena, &digests);
    if (status != DALV_OK)
        return status_name(status);
    for (size_t i = 0; i < digests.count; i++) {
        text_put_bytes(&story->text, ranges[i].last_key);
        text_put_char(&story->text, ':');
        text_put_u64(&story->text, ranges[i].digest.count);
        text_put_char(&story->text, ' ');
    }
    text_put(&story->text, digests.is_whole ? "whole" : "cut");
    return text_string(&story->text);
}

static struct index_story *begin(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("a", "1", 0), story_put("b", "2", 0),
                story_add("c", 1, "x", 1), story_add("c", 2, "y", 1),
                story_put("d", "3", 0), story_put("e", "4", 0),
                story_user(1, 0));
    return story;
}

static void covers_all_keys_in_ranges(void)
{
    struct index_story *story = begin();

    CU_ASSERT_STRING_EQUAL(digest(story, "", 2, 8), "b:2 d:4 e:1 whole");
    CU_ASSERT_STRING_EQUAL(digest(story, "", 5, 8), "e:7 whole");
    CU_ASSERT_STRING_EQUAL(digest(story, "", 9, 8), "e:7 whole");
    story_end(&story);
}

static void goes_on_behind_a_range(void)
{
    struct index_story *story = begin();

    CU_ASSERT_STRING_EQUAL(digest(story, "", 2, 2), "b:2 d:4 cut");
    CU_ASSERT_STRING_EQUAL(digest(story, "d", 2, 2), "e:1 whole");
    CU_ASSERT_STRING_EQUAL(digest(story, "b", 2, 1), "d:4 cut");
    CU_ASSERT_STRING_EQUAL(digest(story, "e", 2, 1), "whole");
    story_end(&story);
}

/* Full ranges that end with the last key are the whole. */
static void knows_the_end_when_the_last_range_is_full(void)
{
    struct index_story *story = begin();

    CU_ASSERT_STRING_EQUAL(digest(story, "a", 2, 2), "c:4 e:2 whole");
    story_end(&story);
}

static void has_nothing_to_say_of_nothing(void)
{
    struct index_story *story = story_begin();

    CU_ASSERT_STRING_EQUAL(digest(story, "", 2, 2), "whole");
    story_end(&story);
}

/* What a device computes over its own copy, key by key. */
static void is_the_digest_of_what_a_device_holds(void)
{
    struct index_story *story = begin();
    struct key_state register_state = {
        .kind = KEY_REGISTER,
        .revision = 1,
        .value = bytes_from_text("2"),
    };
    struct key_state list_state = {
        .kind = KEY_LIST, .revision = 1, .reset_revision = 1, .generation = 1};
    struct element_state element = {.dot = {.device = 1, .local_id = 1},
                                    .generation = 1,
                                    .added_revision = 1,
                                    .revision = 1,
                                    .value = bytes_from_text("x")};
    struct digest expected;

    digest_init(&expected);
    digest_put_key(&expected, bytes_from_text("b"), &register_state);
    digest_put_key(&expected, bytes_from_text("c"), &list_state);
    digest_put_element(&expected, &element);
    element.dot.local_id = 2;
    element.value = bytes_from_text("y");
    digest_put_element(&expected, &element);
    CU_ASSERT_STRING_EQUAL(digest(story, "a", 2, 1), "c:4 cut");
    CU_ASSERT_EQUAL(ranges[0].digest.hash, expected.hash);
    CU_ASSERT_EQUAL(ranges[0].digest.count, expected.count);
    story_end(&story);
}

static void differs_when_a_value_differs(void)
{
    struct index_story *story = begin();
    uint64_t before;

    (void)digest(story, "", 9, 8);
    before = ranges[0].digest.hash;
    STORY_APPLY(story, 2, story_put("e", "5", 1), story_user(2, 1));
    (void)digest(story, "", 9, 8);
    CU_ASSERT_NOT_EQUAL(ranges[0].digest.hash, before);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(covers_all_keys_in_ranges),
    SUITE_TEST(goes_on_behind_a_range),
    SUITE_TEST(knows_the_end_when_the_last_range_is_full),
    SUITE_TEST(has_nothing_to_say_of_nothing),
    SUITE_TEST(is_the_digest_of_what_a_device_holds),
    SUITE_TEST(differs_when_a_value_differs),
};

int main(void)
{
    return SUITE_RUN("storage/index_digest", tests);
}
