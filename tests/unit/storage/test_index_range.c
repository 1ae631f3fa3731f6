#include "base/assert.h"
#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

/* Keys a, l (a list of x and y) and z, made in one transaction. */
static struct index_story *begin(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("z", "last", 0), story_add("l", 2, "y", 1),
                story_add("l", 1, "x", 1), story_put("a", "first", 0),
                story_user(1, 0));
    return story;
}

static const char *range(struct index_story *story,
                         const struct index_range_query *query, size_t size,
                         struct range_position *out_reached)
{
    static struct index_page page;
    enum dalv_status status;

    page = (struct index_page){0};
    writer_init(&page.writer, story->page, size);
    status = index_range(story->index, query, &page, out_reached);
    if (status != DALV_OK)
        return status_name(status);
    (void)story_page(story, &page);
    text_put(&story->text, page.is_whole ? " whole" : " cut remaining=");
    if (!page.is_whole)
        text_put_u64(&story->text, page.remaining_count);
    return text_string(&story->text);
}

static void ranges_over_live_keys_and_elements(void)
{
    struct index_story *story = begin();

    STORY_APPLY(story, 2, story_remove("z", 1), story_take_out("l", 1, 1, 1),
                story_put("b", "new", 0), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_range(story),
                           "a=first@1 b=new@2 l=[]@2 l.1.2.0=y@1 whole");
    story_end(&story);
}

static void goes_on_from_any_place(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {
        .scope = story_scope(story),
        .has_elements = true,
        .count_max = 1,
    };

    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "a=first@1 cut remaining=4");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "l=[]@1 cut remaining=3");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "l.1.1.0=x@1 cut remaining=2");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "l.1.2.0=y@1 cut remaining=1");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "z=last@1 whole");
    story_end(&story);
}

static void cuts_a_page_where_its_memory_ends(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {
        .scope = story_scope(story),
        .has_elements = true,
    };

    CU_ASSERT_STRING_EQUAL(range(story, &query, 32, &query.from),
                           "a=first@1 l=[]@1 cut remaining=3");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 32, &query.from),
                           "l.1.1.0=x@1 l.1.2.0=y@1 cut remaining=1");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 8, &query.from),
                           "DALV_TOO_BIG");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 32, &query.from),
                           "z=last@1 whole");
    story_end(&story);
}

/* What it is behind may be gone by then. */
static void goes_on_behind_what_is_gone(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {
        .scope = story_scope(story),
        .has_elements = true,
        .from = {.key = bytes_from_text("b")},
    };
    struct range_position reached;

    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "l=[]@1 l.1.1.0=x@1 l.1.2.0=y@1 z=last@1 whole");
    query.from = (struct range_position){
        .key = bytes_from_text("l"),
        .has_dot = true,
        .dot = {.device = 1, .local_id = 1, .position = 7},
    };
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "l.1.2.0=y@1 z=last@1 whole");
    query.from.is_after_key = true;
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "z=last@1 whole");
    story_end(&story);
}

static void ends_where_it_is_told_to(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {
        .scope = story_scope(story),
        .has_elements = true,
        .to = {.key = bytes_from_text("l")},
    };
    struct range_position reached;

    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "a=first@1 l=[]@1 whole");
    query.to.has_dot = true;
    query.to.dot = (struct dot){.device = 1, .local_id = 1};
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "a=first@1 l=[]@1 l.1.1.0=x@1 whole");
    query.to = (struct range_position){.key = bytes_from_text("l"),
                                       .is_after_key = true};
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "a=first@1 l=[]@1 l.1.1.0=x@1 l.1.2.0=y@1 whole");
    CU_ASSERT(bytes_equal(reached.key, bytes_from_text("l")));
    CU_ASSERT(reached.is_after_key);
    story_end(&story);
}

static void gives_lists_without_elements_if_none_are_asked_for(void)
{
    struct index_story *story = begin();
    struct index_range_query query = {
        .scope = story_scope(story),
        .count_max = 2,
    };

    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "a=first@1 l=[]@1 cut remaining=1");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &query.from),
                           "z=last@1 whole");
    story_end(&story);
}

static void keeps_to_a_prefix(void)
{
    struct index_story *story = story_begin();
    struct index_range_query query = {
        .scope = story_scope(story),
        .prefix = bytes_from_text("b/"),
        .has_elements = true,
    };
    struct range_position reached;

    STORY_APPLY(story, 1, story_put("a", "1", 0), story_put("b", "2", 0),
                story_put("b/c", "3", 0), story_put("b/d", "4", 0),
                story_put("b0", "5", 0), story_user(1, 0));
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "b/c=3@1 b/d=4@1 whole");
    query.from.key = bytes_from_text("a");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "b/c=3@1 b/d=4@1 whole");
    query.from.key = bytes_from_text("b/c");
    CU_ASSERT_STRING_EQUAL(range(story, &query, 100, &reached),
                           "b/d=4@1 whole");
    story_end(&story);
}

/* A zero in a key: lists whose keys begin alike do not mix. */
static void tells_lists_apart_whose_keys_hold_zeros(void)
{
    struct index_story *story = story_begin();
    struct effect longer = story_add("", 2, "b", 1);

    longer.key = bytes_make("l\0\0", 3);
    STORY_APPLY(story, 1, story_add("l", 1, "a", 1), longer, story_user(1, 0));
    CU_ASSERT_STRING_EQUAL(
        story_range(story),
        "l=[]@1 l.1.1.0=a@1 l\\x00\\x00=[]@1 l\\x00\\x00.1.2.0=b@1 whole");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0),
                           "l=[]@1 l.1.1.0=a@1 l\\x00\\x00=[]@1 "
                           "l\\x00\\x00.1.2.0=b@1 whole@1");
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(ranges_over_live_keys_and_elements),
    SUITE_TEST(goes_on_from_any_place),
    SUITE_TEST(cuts_a_page_where_its_memory_ends),
    SUITE_TEST(goes_on_behind_what_is_gone),
    SUITE_TEST(ends_where_it_is_told_to),
    SUITE_TEST(gives_lists_without_elements_if_none_are_asked_for),
    SUITE_TEST(keeps_to_a_prefix),
    SUITE_TEST(tells_lists_apart_whose_keys_hold_zeros),
};

int main(void)
{
    return SUITE_RUN("storage/index_range", tests);
}
