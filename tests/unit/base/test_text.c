#include "base/text.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

struct fixture {
    char storage[64];
    struct text text;
};

static struct text *begin(struct fixture *fixture, size_t capacity)
{
    text_init(&fixture->text, fixture->storage, capacity);
    return &fixture->text;
}

/* What text_put_bytes makes of a C string. */
static const char *shown(struct fixture *fixture, const char *string)
{
    struct text *text = begin(fixture, sizeof(fixture->storage));

    text_put_bytes(text, bytes_from_text(string));
    return text_string(text);
}

static void starts_empty(void)
{
    struct fixture fixture;

    CU_ASSERT_STRING_EQUAL(text_string(begin(&fixture, 1)), "");
}

static void writes_numbers(void)
{
    struct fixture fixture;
    struct text *text = begin(&fixture, 64);

    text_put_u64(text, 0);
    text_put_char(text, ' ');
    text_put_u64(text, UINT64_MAX);
    text_put_char(text, ' ');
    text_put_i64(text, INT64_MIN);
    text_put_char(text, ' ');
    text_put_i64(text, 7);
    CU_ASSERT_STRING_EQUAL(text_string(text),
                           "0 18446744073709551615 -9223372036854775808 7");
}

static void writes_hexadecimal_at_least_as_wide_as_asked(void)
{
    struct fixture fixture;
    struct text *text = begin(&fixture, 64);

    text_put_hex(text, 0xBEEF, 8);
    text_put_char(text, ' ');
    text_put_hex(text, 0xBEEF, 2);
    text_put_char(text, ' ');
    text_put_hex(text, 0, 0);
    text_put_char(text, ' ');
    text_put_bytes_hex(text, bytes_make("\x00\x9F\xFF", 3));
    CU_ASSERT_STRING_EQUAL(text_string(text), "0000beef beef 0 009fff");
}

static void remembers_that_it_was_cut(void)
{
    struct fixture fixture;
    struct text *text = begin(&fixture, 6);

    text_put(text, "cart");
    text_put(text, "!");
    CU_ASSERT_FALSE(text->is_cut);
    text_put(text, "");
    CU_ASSERT_FALSE(text->is_cut);
    text_put(text, "items");
    CU_ASSERT_TRUE(text->is_cut);
    CU_ASSERT_STRING_EQUAL(text_string(text), "cart!");
}

/* Otherwise what is left out would be closed up and read as a whole. */
static void adds_nothing_after_a_cut(void)
{
    struct fixture fixture;
    struct text *text = begin(&fixture, 8);

    text_put(text, "cart");
    text_put_bytes(text, bytes_from_text("\n"));
    text_put(text, "x");
    CU_ASSERT_STRING_EQUAL(text_string(text), "cart");
    CU_ASSERT_TRUE(text->is_cut);
}

static void cuts_between_characters(void)
{
    struct fixture fixture;
    struct text *text = begin(&fixture, 5);

    text_put(text, "ab\u20AC");
    CU_ASSERT_STRING_EQUAL(text_string(text), "ab");
    CU_ASSERT_TRUE(text->is_cut);
}

static void shows_text_as_it_is(void)
{
    struct fixture fixture;

    CU_ASSERT_STRING_EQUAL(shown(&fixture, "j\u00FCrgen \u20AC \U0001F6D2"),
                           "j\u00FCrgen \u20AC \U0001F6D2");
}

static void escapes_what_could_forge_a_line_or_steer_a_terminal(void)
{
    struct fixture fixture;

    CU_ASSERT_STRING_EQUAL(shown(&fixture, "a\nb\r\t"), "a\\x0ab\\x0d\\x09");
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\x1B[2J"), "\\x1b[2J");
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\x7F"), "\\x7f");
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\xC2\x9B"), "\\xc2\\x9b");
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\\x0a"), "\\x5cx0a");
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\xE2\x80\xA8"),
                           "\\xe2\\x80\\xa8"); /* U+2028 */
    /* NOLINTBEGIN(misc-misleading-bidirectional): they are what is tested. */
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\xE2\x80\xAE"),
                           "\\xe2\\x80\\xae"); /* U+202E */
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\xE2\x81\xA6"),
                           "\\xe2\\x81\\xa6"); /* U+2066 */
    /* NOLINTEND(misc-misleading-bidirectional) */
}

static void escapes_broken_sequences_byte_by_byte(void)
{
    struct fixture fixture;

    CU_ASSERT_STRING_EQUAL(shown(&fixture, "a\xFFz"), "a\\xffz");
    CU_ASSERT_STRING_EQUAL(shown(&fixture, "\xE2\x82"), "\\xe2\\x82");
}

static void never_shows_half_an_escape(void)
{
    struct fixture fixture;
    struct text *text = begin(&fixture, 8);

    text_put_bytes(text, bytes_from_text("\n\n"));
    CU_ASSERT_STRING_EQUAL(text_string(text), "\\x0a");
    CU_ASSERT_TRUE(text->is_cut);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(starts_empty),
        SUITE_TEST(writes_numbers),
        SUITE_TEST(writes_hexadecimal_at_least_as_wide_as_asked),
        SUITE_TEST(remembers_that_it_was_cut),
        SUITE_TEST(adds_nothing_after_a_cut),
        SUITE_TEST(cuts_between_characters),
        SUITE_TEST(shows_text_as_it_is),
        SUITE_TEST(escapes_what_could_forge_a_line_or_steer_a_terminal),
        SUITE_TEST(escapes_broken_sequences_byte_by_byte),
        SUITE_TEST(never_shows_half_an_escape),
    };

    return SUITE_RUN("base/text", tests);
}
