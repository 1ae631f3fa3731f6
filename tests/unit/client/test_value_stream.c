/*
 * Pages of a range, written with model/change_format, and the values that the
 * application sees, as text: "key=value", "key=[a b]", "key=#5", "key=gone".
 */
#include "client/value_stream.h"

#include "base/text.h"
#include "model/change_format.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

struct story {
    struct value_stream stream;
    struct text seen;
    char seen_text[512];
    uint8_t page_bytes[4096];
    struct writer writer;
    struct change_writer page;
};

static void put_list(struct text *text, const struct dalv_value *value)
{
    text_put_char(text, '[');
    for (size_t i = 0; i < dalv_value_element_count(value); i++) {
        struct dalv_bytes element = dalv_value_element(value, i);

        if (i > 0)
            text_put_char(text, ' ');
        if (dalv_value_element_is_removed(value, i))
            text_put_char(text, '-');
        text_put_bytes(text, bytes_make(element.data, element.size));
    }
    text_put_char(text, ']');
}

static void put_value(struct text *text, const struct dalv_value *value)
{
    struct dalv_bytes bytes;

    switch (value == NULL ? DALV_KIND_NONE : dalv_value_kind(value)) {
    case DALV_KIND_REGISTER:
        bytes = dalv_value_bytes(value);
        text_put_bytes(text, bytes_make(bytes.data, bytes.size));
        break;
    case DALV_KIND_LIST:
        put_list(text, value);
        break;
    case DALV_KIND_COUNTER:
        text_put_char(text, '#');
        text_put_i64(text, dalv_value_number(value));
        break;
    case DALV_KIND_NONE:
        text_put(text, "gone");
        break;
    }
}

static bool see(void *owner, struct bytes key, struct dalv_value **value_p)
{
    struct story *story = owner;

    if (story->seen.size > 0)
        text_put_char(&story->seen, ' ');
    text_put_bytes(&story->seen, key);
    text_put_char(&story->seen, '=');
    put_value(&story->seen, *value_p);
    return true;
}

static void begin_page(struct story *story)
{
    writer_init(&story->writer, story->page_bytes, sizeof(story->page_bytes));
    change_writer_init(&story->page, &story->writer);
}

static void begin(struct story *story)
{
    value_stream_init(&story->stream, see, story);
    text_init(&story->seen, story->seen_text, sizeof(story->seen_text));
    begin_page(story);
}

static void put(struct story *story, const char *key, struct key_state state)
{
    const struct change change = {
        .type = CHANGE_KEY, .key = bytes_from_text(key), .state = state};

    CU_ASSERT_EQUAL(change_put(&story->page, &change), DALV_OK);
}

static void put_register(struct story *story, const char *key,
                         const char *value)
{
    put(story, key,
        (struct key_state){.kind = KEY_REGISTER,
                           .revision = 1,
                           .value = bytes_from_text(value)});
}

static void put_list_key(struct story *story, const char *key,
                         uint64_t generation)
{
    put(story, key,
        (struct key_state){
            .kind = KEY_LIST, .revision = 1, .generation = generation});
}

struct added {
    const char *value; /* NULL: removed. */
    uint64_t generation;
    uint64_t revision;
    uint32_t position;
};

static void put_element(struct story *story, const char *key,
                        struct added added)
{
    const struct change change = {
        .type = CHANGE_ELEMENT,
        .key = bytes_from_text(key),
        .element = {.dot = {1, added.revision, added.position},
                    .generation = added.generation,
                    .added_revision = added.revision,
                    .revision = added.revision,
                    .is_removed = added.value == NULL,
                    .value = added.value == NULL
                                 ? (struct bytes){0}
                                 : bytes_from_text(added.value)},
    };

    CU_ASSERT_EQUAL(change_put(&story->page, &change), DALV_OK);
}

static void take_page(struct story *story)
{
    CU_ASSERT_EQUAL(
        value_stream_page(&story->stream, writer_bytes(&story->writer)),
        DALV_OK);
    begin_page(story);
}

static const char *end(struct story *story)
{
    take_page(story);
    value_stream_finish(&story->stream);
    value_stream_deinit(&story->stream);
    return text_string(&story->seen);
}

static void tells_each_kind(void)
{
    struct story story;

    begin(&story);
    put_register(&story, "a", "one");
    put(&story, "b", (struct key_state){.kind = KEY_COUNTER, .number = -5});
    put(&story, "c", (struct key_state){.kind = KEY_NONE, .revision = 3});
    put_list_key(&story, "d", 1);
    CU_ASSERT_STRING_EQUAL(end(&story), "a=one b=#-5 c=gone d=[]");
}

static void shows_elements_in_the_order_in_which_they_were_added(void)
{
    struct story story;

    begin(&story);
    put_list_key(&story, "l", 1);
    put_element(&story, "l", (struct added){"third", 1, 9, 0});
    put_element(&story, "l", (struct added){"second", 1, 4, 7});
    put_element(&story, "l", (struct added){"first", 1, 4, 2});
    CU_ASSERT_STRING_EQUAL(end(&story), "l=[first second third]");
}

static void holds_back_a_list_that_goes_on_in_the_next_page(void)
{
    struct story story;

    begin(&story);
    put_register(&story, "a", "one");
    put_list_key(&story, "l", 1);
    put_element(&story, "l", (struct added){"x", 1, 2, 0});
    take_page(&story);
    CU_ASSERT_STRING_EQUAL(text_string(&story.seen), "a=one");
    put_element(&story, "l", (struct added){"y", 1, 3, 0});
    put_register(&story, "m", "two");
    take_page(&story);
    CU_ASSERT_STRING_EQUAL(text_string(&story.seen), "a=one l=[x y]");
    CU_ASSERT_STRING_EQUAL(end(&story), "a=one l=[x y] m=two");
}

static void goes_on_when_the_next_page_tells_the_key_again(void)
{
    struct story story;

    begin(&story);
    put_list_key(&story, "l", 1);
    put_element(&story, "l", (struct added){"x", 1, 2, 0});
    take_page(&story);
    put_list_key(&story, "l", 1);
    put_element(&story, "l", (struct added){"x", 1, 2, 0});
    put_element(&story, "l", (struct added){"y", 1, 3, 0});
    CU_ASSERT_STRING_EQUAL(end(&story), "l=[x y]");
}

/* Between two pages the list was deleted and made anew. */
static void drops_elements_of_another_list_under_the_same_key(void)
{
    struct story story;

    begin(&story);
    put_list_key(&story, "l", 1);
    put_element(&story, "l", (struct added){"old", 1, 2, 0});
    take_page(&story);
    put_element(&story, "l", (struct added){"new", 8, 8, 0});
    CU_ASSERT_STRING_EQUAL(end(&story), "l=[old]");
}

static void tells_what_changed_in_a_list_without_its_key(void)
{
    struct story story;

    begin(&story);
    put_element(&story, "l", (struct added){NULL, 1, 2, 0});
    put_element(&story, "l", (struct added){"y", 1, 3, 0});
    CU_ASSERT_STRING_EQUAL(end(&story), "l=[- y]");
}

static void refuses_a_page_that_is_cut_off(void)
{
    struct story story;
    struct bytes page;

    begin(&story);
    put_register(&story, "a", "one");
    page = writer_bytes(&story.writer);
    page.size--;
    CU_ASSERT_EQUAL(value_stream_page(&story.stream, page), DALV_PROTOCOL);
    value_stream_deinit(&story.stream);
}

#define UPLOAD UINT64_C(0x8000000000000009)

static void put_large(struct story *story, const char *key, uint64_t upload)
{
    put(story, key,
        (struct key_state){.kind = KEY_REGISTER,
                           .revision = 1,
                           .generation = upload,
                           .element_bytes = 6,
                           .value = bytes_from_text("hashhash")});
}

static void put_part(struct story *story, uint64_t upload, uint32_t position,
                     const char *value)
{
    const struct change change = {.type = CHANGE_ELEMENT,
                                  .key = bytes_from_text("a"),
                                  .element = {.dot = {.position = position},
                                              .generation = upload,
                                              .value = bytes_from_text(value)}};

    CU_ASSERT_EQUAL(change_put(&story->page, &change), DALV_OK);
}

static void puts_the_parts_of_a_value_together(void)
{
    struct story story;

    begin(&story);
    put_large(&story, "a", UPLOAD);
    put_part(&story, UPLOAD, 0, "one");
    take_page(&story);
    CU_ASSERT_TRUE(value_stream_lacks_parts(&story.stream));
    put_large(&story, "a", UPLOAD);
    put_part(&story, UPLOAD, 1, "two");
    take_page(&story);
    CU_ASSERT_FALSE(value_stream_lacks_parts(&story.stream));
    put_register(&story, "b", "small");
    take_page(&story);
    value_stream_finish(&story.stream);
    CU_ASSERT_STRING_EQUAL(text_string(&story.seen), "a=onetwo b=small");
    value_stream_deinit(&story.stream);
}

static void never_mixes_the_parts_of_two_values(void)
{
    struct story story;

    begin(&story);
    put_large(&story, "a", UPLOAD);
    put_part(&story, UPLOAD, 0, "one");
    take_page(&story);
    put_large(&story, "a", UPLOAD + 1); /* It was replaced meanwhile. */
    put_part(&story, UPLOAD + 1, 1, "two");
    take_page(&story);
    CU_ASSERT_TRUE(value_stream_lacks_parts(&story.stream));
    value_stream_finish(&story.stream);
    CU_ASSERT_STRING_EQUAL(text_string(&story.seen), "a=one a=");
    value_stream_deinit(&story.stream);
}

static const struct suite_test tests[] = {
    SUITE_TEST(tells_each_kind),
    SUITE_TEST(shows_elements_in_the_order_in_which_they_were_added),
    SUITE_TEST(holds_back_a_list_that_goes_on_in_the_next_page),
    SUITE_TEST(goes_on_when_the_next_page_tells_the_key_again),
    SUITE_TEST(drops_elements_of_another_list_under_the_same_key),
    SUITE_TEST(tells_what_changed_in_a_list_without_its_key),
    SUITE_TEST(refuses_a_page_that_is_cut_off),
    SUITE_TEST(puts_the_parts_of_a_value_together),
    SUITE_TEST(never_mixes_the_parts_of_two_values),
};

int main(void)
{
    return SUITE_RUN("client/value_stream", tests);
}
