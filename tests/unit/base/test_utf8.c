#include "base/utf8.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at the front of `text`, or -1; `size` bytes long. */
static int64_t code_of(const char *text, size_t size)
{
    uint32_t code = 0;

    if (utf8_read(bytes_from_text(text), &code) != size)
        return -2;
    return size == 0 ? -1 : (int64_t)code;
}

static void reads_the_first_and_last_of_each_length(void)
{
    CU_ASSERT_EQUAL(code_of("\x01z", 1), 0x01);
    CU_ASSERT_EQUAL(code_of("\x7Fz", 1), 0x7F);
    CU_ASSERT_EQUAL(code_of("\xC2\x80z", 2), 0x80);
    CU_ASSERT_EQUAL(code_of("\xDF\xBFz", 2), 0x7FF);
    CU_ASSERT_EQUAL(code_of("\xE0\xA0\x80z", 3), 0x800);
    CU_ASSERT_EQUAL(code_of("\xEF\xBF\xBFz", 3), 0xFFFF);
    CU_ASSERT_EQUAL(code_of("\xF0\x90\x80\x80z", 4), 0x10000);
    CU_ASSERT_EQUAL(code_of("\xF4\x8F\xBF\xBFz", 4), 0x10FFFF);
}

static void refuses_forms_that_are_longer_than_needed(void)
{
    CU_ASSERT_EQUAL(code_of("\xC0\x80", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xC1\xBF", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xE0\x9F\xBF", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xF0\x8F\xBF\xBF", 0), -1);
}

static void refuses_what_is_no_character(void)
{
    CU_ASSERT_EQUAL(code_of("\xED\xA0\x80", 0), -1); /* U+D800 */
    CU_ASSERT_EQUAL(code_of("\xED\xBF\xBF", 0), -1); /* U+DFFF */
    CU_ASSERT_EQUAL(code_of("\xED\x9F\xBF", 3), 0xD7FF);
    CU_ASSERT_EQUAL(code_of("\xEE\x80\x80", 3), 0xE000);
    CU_ASSERT_EQUAL(code_of("\xF4\x90\x80\x80", 0), -1); /* U+110000 */
    CU_ASSERT_EQUAL(code_of("\xF5\x80\x80\x80", 0), -1);
}

static void refuses_a_broken_sequence(void)
{
    CU_ASSERT_EQUAL(code_of("", 0), -1);
    CU_ASSERT_EQUAL(code_of("\x80", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xC2", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xC2z", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xE2\x82z", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xF0\x9F\x9B", 0), -1);
    CU_ASSERT_EQUAL(code_of("\xC2\xC2", 0), -1);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(reads_the_first_and_last_of_each_length),
        SUITE_TEST(refuses_forms_that_are_longer_than_needed),
        SUITE_TEST(refuses_what_is_no_character),
        SUITE_TEST(refuses_a_broken_sequence),
    };

    return SUITE_RUN("base/utf8", tests);
}
