#include "base/decimal.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdint.h>

static bool is_number(const char *text, uint64_t max, uint64_t expected)
{
    uint64_t number = 77;

    return decimal_read(bytes_from_text(text), max, &number) &&
           number == expected;
}

static bool is_none(const char *text, uint64_t max)
{
    uint64_t number = 77;

    return !decimal_read(bytes_from_text(text), max, &number) && number == 77;
}

static bool is_signed_number(const char *text, int64_t expected)
{
    int64_t number = 77;

    return decimal_read_signed(bytes_from_text(text), &number) &&
           number == expected;
}

static bool is_no_signed_number(const char *text)
{
    int64_t number = 77;

    return !decimal_read_signed(bytes_from_text(text), &number) && number == 77;
}

static void reads_up_to_the_most_that_may_be(void)
{
    CU_ASSERT(is_number("0", 0, 0));
    CU_ASSERT(is_number("7", 7, 7));
    CU_ASSERT(is_number("65535", 65535, 65535));
    CU_ASSERT(is_number("18446744073709551615", UINT64_MAX, UINT64_MAX));
    CU_ASSERT(is_number("007", 9, 7));
}

static void refuses_what_is_above_it(void)
{
    CU_ASSERT(is_none("1", 0));
    CU_ASSERT(is_none("8", 7));
    CU_ASSERT(is_none("65536", 65535));
    CU_ASSERT(is_none("18446744073709551616", UINT64_MAX));
    CU_ASSERT(is_none("99999999999999999999999", UINT64_MAX));
}

static void refuses_anything_beside_digits(void)
{
    CU_ASSERT(is_none("", 9));
    CU_ASSERT(is_none(" 1", 9));
    CU_ASSERT(is_none("1 ", 9));
    CU_ASSERT(is_none("+1", 9));
    CU_ASSERT(is_none("-0", 9));
    CU_ASSERT(is_none("1/", 99));
    CU_ASSERT(is_none("1:", 99));
    CU_ASSERT(is_none("0x1", 99));
}

static void reads_signs_to_both_ends(void)
{
    CU_ASSERT(is_signed_number("0", 0));
    CU_ASSERT(is_signed_number("-0", 0));
    CU_ASSERT(is_signed_number("-1", -1));
    CU_ASSERT(is_signed_number("+12", 12));
    CU_ASSERT(is_signed_number("9223372036854775807", INT64_MAX));
    CU_ASSERT(is_signed_number("-9223372036854775808", INT64_MIN));
}

static void refuses_signs_alone_twice_or_too_far(void)
{
    CU_ASSERT(is_no_signed_number(""));
    CU_ASSERT(is_no_signed_number("-"));
    CU_ASSERT(is_no_signed_number("+-1"));
    CU_ASSERT(is_no_signed_number("9223372036854775808"));
    CU_ASSERT(is_no_signed_number("-9223372036854775809"));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(reads_up_to_the_most_that_may_be),
        SUITE_TEST(refuses_what_is_above_it),
        SUITE_TEST(refuses_anything_beside_digits),
        SUITE_TEST(reads_signs_to_both_ends),
        SUITE_TEST(refuses_signs_alone_twice_or_too_far),
    };

    return SUITE_RUN("base/decimal", tests);
}
