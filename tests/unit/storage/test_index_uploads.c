/*
 * Large values in the index: parts stand where elements do, and go like them.
 */
#include "model/upload.h"
#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

#define UPLOAD (UINT64_C(1) << 63 | 5)

static struct effect part(uint32_t position, const char *value)
{
    return (struct effect){.type = EFFECT_UPLOAD_PART,
                           .key = bytes_from_text("big"),
                           .value = bytes_from_text(value),
                           .dot = {.position = position},
                           .trail = {.generation = UPLOAD}};
}

static struct effect upload(enum effect_type type, uint32_t part_count)
{
    return (struct effect){.type = type,
                           .key = bytes_from_text("big"),
                           .upload = {.upload = UPLOAD,
                                      .began_us = 5000,
                                      .part_count = part_count,
                                      .bytes = 6,
                                      .hash = 77}};
}

static struct effect put_uploaded(void)
{
    struct effect effect = story_put("big", "HASH8888", 0);

    effect.trail.generation = UPLOAD;
    effect.trail.element_bytes = 6;
    return effect;
}

static struct effect ended(enum effect_type type)
{
    return (struct effect){.type = type,
                           .key = bytes_from_text("big"),
                           .trail = {.generation = UPLOAD}};
}

/* A value of two parts between two small ones. */
static struct index_story *begin(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 0, part(0, "one"), upload(EFFECT_UPLOAD, 1),
                story_user(0, 0));
    STORY_APPLY(story, 0, part(1, "two"), upload(EFFECT_UPLOAD, 2));
    STORY_APPLY(story, 1, story_put("a", "first", 0), put_uploaded(),
                story_put("z", "last", 0), story_user(1, 1));
    return story;
}

static const char *range(struct index_story *story,
                         struct index_range_query *query)
{
    struct index_page page = {0};

    query->scope = story_scope(story);
    writer_init(&page.writer, story->page, sizeof(story->page));
    CU_ASSERT_EQUAL(index_range(story->index, query, &page, &query->from),
                    DALV_OK);
    return story_page(story, &page);
}

static void shows_no_part_before_the_value_is_put(void)
{
    struct index_story *story = story_begin();
    struct index_range_query query = {.has_parts = true};

    STORY_APPLY(story, 0, part(0, "one"), upload(EFFECT_UPLOAD, 1),
                story_user(0, 0));
    CU_ASSERT_STRING_EQUAL(range(story, &query), "");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), " whole@0");
    story_end(&story);
}

static void gives_parts_to_who_asks_for_them(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {.has_parts = true};

    CU_ASSERT_STRING_EQUAL(range(story, &query),
                           "a=first@1 big=HASH8888@1 big.0.0.0=one@0 "
                           "big.0.0.1=two@0 z=last@1");
    CU_ASSERT_STRING_EQUAL(story_range(story),
                           "a=first@1 big=HASH8888@1 z=last@1 whole");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0),
                           "a=first@1 big=HASH8888@1 z=last@1 whole@1");
    story_end(&story);
}

static void goes_on_behind_a_part(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {.has_parts = true, .count_max = 2};

    CU_ASSERT_STRING_EQUAL(range(story, &query), "a=first@1 big=HASH8888@1");
    CU_ASSERT_STRING_EQUAL(range(story, &query),
                           "big.0.0.0=one@0 big.0.0.1=two@0");
    CU_ASSERT_STRING_EQUAL(range(story, &query), "z=last@1");
    story_end(&story);
}

static void remembers_what_is_there_of_an_upload(void)
{
    struct index_story *story = begin();
    const struct user_view_bounds bounds = {.uploads = 2};
    struct user_view view;

    CU_ASSERT_EQUAL(
        user_view_init(&view, &story->arena, bytes_from_text("anna"), &bounds),
        DALV_OK);
    CU_ASSERT_EQUAL(
        user_view_want_upload(&view, bytes_from_text("big"), UPLOAD), DALV_OK);
    CU_ASSERT_EQUAL(
        user_view_want_upload(&view, bytes_from_text("big"), UPLOAD + 1),
        DALV_OK);
    CU_ASSERT_EQUAL(user_view_prepare(&view), DALV_OK);
    CU_ASSERT_EQUAL(index_fetch(story->index, STORY_PARTITION, &view), DALV_OK);
    CU_ASSERT_TRUE(view.uploads[0].is_found);
    CU_ASSERT_EQUAL(view.uploads[0].state.part_count, 2);
    CU_ASSERT_EQUAL(view.uploads[0].state.hash, 77);
    CU_ASSERT_FALSE(view.uploads[1].is_found);
    CU_ASSERT_EQUAL(view.uploads[1].state.upload, UPLOAD + 1);
    story_end(&story);
}

static size_t count_old(struct index_story *story, uint64_t before_us)
{
    struct index_old_upload items[4];
    struct index_old_uploads old = {.items = items, .capacity = 4};

    CU_ASSERT_EQUAL(index_list_old_uploads(story->index, STORY_PARTITION,
                                           before_us, &story->arena, &old),
                    DALV_OK);
    CU_ASSERT_TRUE(old.is_whole);
    if (old.count > 0) {
        CU_ASSERT(bytes_equal(items[0].user, bytes_from_text("anna")));
        CU_ASSERT(bytes_equal(items[0].key, bytes_from_text("big")));
        CU_ASSERT_EQUAL(items[0].upload, UPLOAD);
    }
    return old.count;
}

static void finds_uploads_by_their_age(void)
{
    struct index_story *story = begin();

    CU_ASSERT_EQUAL(count_old(story, 5000), 0);
    CU_ASSERT_EQUAL(count_old(story, 5001), 1);
    STORY_APPLY(story, 0, upload(EFFECT_UPLOAD_DROP, 0));
    CU_ASSERT_EQUAL(count_old(story, 5001), 0);
    story_end(&story);
}

static void removes_the_parts_of_what_ended_like_elements(void)
{
    struct index_story *story = begin();
    struct effect found[4];
    struct index_effects effects = {.items = found, .capacity = 4};
    const struct index_ended gone = {.scope = story_scope(story),
                                     .key = bytes_from_text("big"),
                                     .generation = UPLOAD};

    STORY_APPLY(story, 2, ended(EFFECT_LIST_ENDED), story_remove("big", 1),
                story_user(2, 3));
    CU_ASSERT_EQUAL(
        index_list_elements(story->index, &gone, &story->arena, &effects),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(effects.count, 2);
    CU_ASSERT_EQUAL(found[1].type, EFFECT_ELEMENT_DROP);
    STORY_APPLY(story, 0, found[0], found[1], ended(EFFECT_LIST_PURGED));
    CU_ASSERT_EQUAL(
        index_list_elements(story->index, &gone, &story->arena, &effects),
        DALV_OK);
    CU_ASSERT_EQUAL(effects.count, 0);
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0),
                           "a=first@1 z=last@1 big=-@2 whole@2");
    story_end(&story);
}

static void counts_uploads_to_what_an_erasure_removes(void)
{
    struct index_story *story = begin();
    struct index_scope scope = story_scope(story);
    uint8_t memory[4096];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(index_history_rest(story->index, &scope, &writer), DALV_OK);
    STORY_APPLY(story, 0,
                (struct effect){.type = EFFECT_HISTORY_PURGED,
                                .history_id = STORY_HISTORY,
                                .value = writer_bytes(&writer)});
    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(index_history_rest(story->index, &scope, &writer), DALV_OK);
    CU_ASSERT_EQUAL(writer.size, 0);
    CU_ASSERT_EQUAL(count_old(story, UINT64_MAX), 0);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(shows_no_part_before_the_value_is_put),
    SUITE_TEST(gives_parts_to_who_asks_for_them),
    SUITE_TEST(goes_on_behind_a_part),
    SUITE_TEST(remembers_what_is_there_of_an_upload),
    SUITE_TEST(finds_uploads_by_their_age),
    SUITE_TEST(removes_the_parts_of_what_ended_like_elements),
    SUITE_TEST(counts_uploads_to_what_an_erasure_removes),
};

int main(void)
{
    return SUITE_RUN("storage/index_uploads", tests);
}
