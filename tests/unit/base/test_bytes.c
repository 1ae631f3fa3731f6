#include "base/bytes.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct bytes text(const char *string)
{
    return bytes_from_text(string);
}

static void compares_by_unsigned_byte_and_prefix_first(void)
{
    CU_ASSERT_TRUE(bytes_compare(text("cart"), text("cart")) == 0);
    CU_ASSERT_TRUE(bytes_compare(text("cart"), text("carts")) < 0);
    CU_ASSERT_TRUE(bytes_compare(text("carts"), text("cart")) > 0);
    CU_ASSERT_TRUE(bytes_compare(text("a"), text("b")) < 0);
    CU_ASSERT_TRUE(bytes_compare(text("b"), text("aa")) > 0);
    CU_ASSERT_TRUE(bytes_compare(text("\x7F"), text("\x80")) < 0);
    CU_ASSERT_TRUE(bytes_compare(text(""), text("a")) < 0);
    CU_ASSERT_TRUE(bytes_compare((struct bytes){0}, text("")) == 0);
}

static void is_equal_only_in_size_and_content(void)
{
    CU_ASSERT_TRUE(bytes_equal(text("cart"), text("cart")));
    CU_ASSERT_FALSE(bytes_equal(text("cart"), text("carp")));
    CU_ASSERT_FALSE(bytes_equal(text("cart"), text("car")));
    CU_ASSERT_TRUE(bytes_equal((struct bytes){0}, text("")));
}

static void has_every_front_of_itself_as_a_prefix(void)
{
    CU_ASSERT_TRUE(bytes_has_prefix(text("cart/items"), text("cart/")));
    CU_ASSERT_TRUE(bytes_has_prefix(text("cart"), text("cart")));
    CU_ASSERT_TRUE(bytes_has_prefix(text("cart"), (struct bytes){0}));
    CU_ASSERT_FALSE(bytes_has_prefix(text("cart"), text("cart/")));
    CU_ASSERT_FALSE(bytes_has_prefix(text("cart"), text("art")));
}

static void knows_good_text(void)
{
    CU_ASSERT_TRUE(bytes_is_utf8((struct bytes){0}));
    CU_ASSERT_TRUE(bytes_is_utf8(text("j\u00FCrgen \u20AC \U0001F6D2")));
}

static void refuses_text_with_a_zero_or_a_broken_end(void)
{
    CU_ASSERT_FALSE(bytes_is_utf8(bytes_make("a\0b", 3)));
    CU_ASSERT_FALSE(bytes_is_utf8(text("a\xE2\x82")));
    CU_ASSERT_FALSE(bytes_is_utf8(text("\xFF")));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(compares_by_unsigned_byte_and_prefix_first),
        SUITE_TEST(is_equal_only_in_size_and_content),
        SUITE_TEST(has_every_front_of_itself_as_a_prefix),
        SUITE_TEST(knows_good_text),
        SUITE_TEST(refuses_text_with_a_zero_or_a_broken_end),
    };

    return SUITE_RUN("base/bytes", tests);
}
