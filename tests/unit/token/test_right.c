#include "token/right.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

/* "GRANTS:PREFIX" of what was parsed, or "refused". */
static const char *parsed(struct bytes text)
{
    static char shown[TOKEN_RIGHT_TEXT_MAX + 1];
    struct token_right right;
    struct text out;

    text_init(&out, shown, sizeof(shown));
    if (token_right_parse(text, &right))
        token_right_format(&right, &out);
    else
        text_put(&out, "refused");
    return text_string(&out);
}

static void reads_and_writes_every_set_of_grants(void)
{
    static const char *const texts[] = {
        "read:a/",
        "write:a/",
        "watch:a/",
        "read,write:a/",
        "read,watch:a/",
        "write,watch:a/",
        "read,write,watch:a/",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text(texts[i])), texts[i]);
}

static void knows_what_each_grant_is_called(void)
{
    struct token_right right;

    CU_ASSERT_TRUE(token_right_parse(bytes_from_text("read:"), &right));
    CU_ASSERT_EQUAL(right.grants, TOKEN_READ);
    CU_ASSERT_TRUE(token_right_parse(bytes_from_text("write:"), &right));
    CU_ASSERT_EQUAL(right.grants, TOKEN_WRITE);
    CU_ASSERT_TRUE(token_right_parse(bytes_from_text("watch:"), &right));
    CU_ASSERT_EQUAL(right.grants, TOKEN_WATCH);
}

static void takes_an_empty_prefix_and_colons_in_one(void)
{
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("read:")), "read:");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("read:a:b")), "read:a:b");
}

static void refuses_every_other_spelling(void)
{
    static const char *const texts[] = {
        "",           "read",    ":a/",    "READ:a/",      "write,read:",
        "read,read:", "read,:",  ",read:", "read, write:", "read write:",
        "reads:",     "delete:", "*:",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text(texts[i])), "refused");
}

static void refuses_a_prefix_that_is_too_long_or_no_text(void)
{
    static const char longest[] =
        "read:0123456789012345678901234567890123456789"
        "012345678901234567890123";

    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text(longest)), longest);
    CU_ASSERT_STRING_EQUAL(
        parsed(bytes_from_text("read:0123456789012345678901234567890123456789"
                               "0123456789012345678901234")),
        "refused");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("read:\xff")), "refused");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_make("read:\0", 6)), "refused");
}

static void covers_what_begins_with_its_prefix(void)
{
    struct token_right right;

    CU_ASSERT_TRUE(token_right_parse(bytes_from_text("read:cart/"), &right));
    CU_ASSERT_TRUE(token_right_covers(&right, bytes_from_text("cart/1")));
    CU_ASSERT_TRUE(token_right_covers(&right, bytes_from_text("cart/")));
    CU_ASSERT_FALSE(token_right_covers(&right, bytes_from_text("cart")));
    CU_ASSERT_FALSE(token_right_covers(&right, bytes_from_text("cars/1")));
    CU_ASSERT_FALSE(token_right_covers(&right, bytes_from_text("a/cart/1")));
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_and_writes_every_set_of_grants),
    SUITE_TEST(knows_what_each_grant_is_called),
    SUITE_TEST(takes_an_empty_prefix_and_colons_in_one),
    SUITE_TEST(refuses_every_other_spelling),
    SUITE_TEST(refuses_a_prefix_that_is_too_long_or_no_text),
    SUITE_TEST(covers_what_begins_with_its_prefix),
};

int main(void)
{
    return SUITE_RUN("token/right", tests);
}
