/*
 * Pages of a range and what changed since, put together by hand.
 */
#include "client/moment.h"

#include "base/text.h"
#include "model/change_format.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    PAGE_BYTES_MAX = 4096
};

struct page {
    uint8_t bytes[PAGE_BYTES_MAX];
    struct writer writer;
    struct change_writer changes;
};

static void begin(struct page *page)
{
    writer_init(&page->writer, page->bytes, sizeof(page->bytes));
    change_writer_init(&page->changes, &page->writer);
}

static void put(struct page *page, const char *key, const char *value,
                uint64_t revision)
{
    const struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text(key),
        .state = {.kind = value == NULL ? KEY_NONE : KEY_REGISTER,
                  .revision = revision,
                  .value = bytes_from_text(value == NULL ? "" : value)},
    };

    CU_ASSERT_EQUAL(change_put(&page->changes, &change), DALV_OK);
}

static void put_list(struct page *page, const char *key, uint64_t generation)
{
    const struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text(key),
        .state = {.kind = KEY_LIST,
                  .revision = generation,
                  .generation = generation},
    };

    CU_ASSERT_EQUAL(change_put(&page->changes, &change), DALV_OK);
}

static void put_element(struct page *page, const char *key, uint64_t generation,
                        uint64_t revision, const char *value)
{
    const struct change change = {
        .type = CHANGE_ELEMENT,
        .key = bytes_from_text(key),
        .element = {.dot = {0, revision, 0},
                    .generation = generation,
                    .added_revision = revision,
                    .revision = value == NULL ? revision + 100 : revision,
                    .is_removed = value == NULL,
                    .value = bytes_from_text(value == NULL ? "" : value)},
    };

    CU_ASSERT_EQUAL(change_put(&page->changes, &change), DALV_OK);
}

static void add(struct moment *moment, const struct page *page)
{
    CU_ASSERT_EQUAL(moment_add(moment, writer_bytes(&page->writer)), DALV_OK);
}

static void write_bytes(struct text *text, struct dalv_bytes bytes)
{
    text_put_bytes(text, bytes_make(bytes.data, bytes.size));
}

static bool tell(void *owner, struct dalv_bytes key,
                 const struct dalv_value *value)
{
    struct text *text = owner;

    write_bytes(text, key);
    if (dalv_value_kind(value) == DALV_KIND_REGISTER) {
        text_put(text, "=");
        write_bytes(text, dalv_value_bytes(value));
    }
    for (size_t i = 0; i < dalv_value_element_count(value); i++) {
        text_put(text, i == 0 ? ":" : ",");
        write_bytes(text, dalv_value_element(value, i));
    }
    text_put(text, " ");
    return true;
}

static void assert_told(struct moment *moment, const char *expected)
{
    char memory[1024];
    struct text text;

    text_init(&text, memory, sizeof(memory));
    CU_ASSERT_EQUAL(moment_tell(moment, tell, &text), DALV_OK);
    CU_ASSERT_STRING_EQUAL(text_string(&text), expected);
}

static void tells_what_was_told_last(void)
{
    struct moment moment;
    struct page page;

    moment_init(&moment);
    begin(&page);
    put(&page, "a", "old", 1);
    put(&page, "b", "stays", 2);
    put(&page, "c", "goes", 3);
    add(&moment, &page);
    begin(&page);
    put(&page, "c", NULL, 5);
    put(&page, "a", "new", 6);
    put(&page, "aa", "came", 7);
    add(&moment, &page);
    assert_told(&moment, "a=new aa=came b=stays ");
    moment_deinit(&moment);
}

static void merges_a_list_by_element(void)
{
    struct moment moment;
    struct page page;

    moment_init(&moment);
    begin(&page);
    put_list(&page, "l", 1);
    put_element(&page, "l", 1, 1, "one");
    put_element(&page, "l", 1, 2, "two");
    add(&moment, &page);
    begin(&page);
    put_list(&page, "l", 1);
    put_element(&page, "l", 1, 3, "three");
    add(&moment, &page);
    begin(&page);
    put_element(&page, "l", 1, 2, NULL);
    put_element(&page, "l", 1, 4, "four");
    add(&moment, &page);
    assert_told(&moment, "l:one,three,four ");
    moment_deinit(&moment);
}

/* The list of before ended: none of its elements belongs to the new one. */
static void forgets_the_elements_of_a_list_that_ended(void)
{
    struct moment moment;
    struct page page;

    moment_init(&moment);
    begin(&page);
    put_list(&page, "l", 1);
    put_element(&page, "l", 1, 1, "one");
    put_list(&page, "m", 2);
    put_element(&page, "m", 2, 2, "two");
    add(&moment, &page);
    begin(&page);
    put(&page, "l", "text", 5);
    put_list(&page, "m", 6);
    put_element(&page, "m", 6, 7, "seven");
    add(&moment, &page);
    assert_told(&moment, "l=text m:seven ");
    moment_deinit(&moment);
}

static void begins_again_with_nothing(void)
{
    struct moment moment;
    struct page page;

    moment_init(&moment);
    begin(&page);
    put(&page, "a", "one", 1);
    add(&moment, &page);
    moment_clear(&moment);
    assert_told(&moment, "");
    moment_deinit(&moment);
}

static void refuses_a_malformed_page(void)
{
    const uint8_t nonsense[] = {0xff, 0xff};
    struct moment moment;

    moment_init(&moment);
    CU_ASSERT_EQUAL(moment_add(&moment, bytes_make(nonsense, sizeof(nonsense))),
                    DALV_PROTOCOL);
    moment_deinit(&moment);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(tells_what_was_told_last),
        SUITE_TEST(merges_a_list_by_element),
        SUITE_TEST(forgets_the_elements_of_a_list_that_ended),
        SUITE_TEST(begins_again_with_nothing),
        SUITE_TEST(refuses_a_malformed_page),
    };

    return SUITE_RUN("client/moment", tests);
}
