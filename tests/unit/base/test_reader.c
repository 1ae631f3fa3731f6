#include "base/bytes.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

static const uint8_t counting[] = {0x01, 0x02, 0x03, 0x04,
                                   0x05, 0x06, 0x07, 0x08};

static struct reader over(const void *data, size_t size)
{
    struct reader reader;

    reader_init(&reader, bytes_make(data, size));
    return reader;
}

static void reads_numbers_of_both_orders(void)
{
    struct reader reader = over(counting, 8);

    CU_ASSERT_EQUAL(reader_u64(&reader), 0x0807060504030201U);
    CU_ASSERT_TRUE(reader_is_finished(&reader));
    reader = over(counting, 8);
    CU_ASSERT_EQUAL(reader_u64_be(&reader), 0x0102030405060708U);
    reader = over(counting, 8);
    CU_ASSERT_EQUAL(reader_u16(&reader), 0x0201);
    CU_ASSERT_EQUAL(reader_u32(&reader), 0x06050403);
    CU_ASSERT_EQUAL(reader_u16_be(&reader), 0x0708);
    reader = over(counting, 8);
    CU_ASSERT_EQUAL(reader_u8(&reader), 0x01);
    CU_ASSERT_EQUAL(reader_u32_be(&reader), 0x02030405);
    CU_ASSERT_FALSE(reader_is_finished(&reader));
    CU_ASSERT_TRUE(reader_is_ok(&reader));
}

static void reads_negative_numbers(void)
{
    static const uint8_t minus_two[] = {0xFE, 0xFF, 0xFF, 0xFF,
                                        0xFF, 0xFF, 0xFF, 0xFF};
    struct reader reader = over(minus_two, 8);

    CU_ASSERT_EQUAL(reader_i64(&reader), -2);
}

static void lends_bytes_of_its_source(void)
{
    struct reader reader = over(counting, 8);
    struct bytes lent;

    (void)reader_u8(&reader);
    lent = reader_bytes(&reader, 3);
    CU_ASSERT_PTR_EQUAL(lent.data, counting + 1);
    CU_ASSERT_EQUAL(lent.size, 3);
    CU_ASSERT_EQUAL(reader.rest.size, 4);
}

static void stays_failed_after_the_first_read_beyond_the_end(void)
{
    struct reader reader = over(counting, 8);

    (void)reader_u32(&reader);
    (void)reader_u8(&reader);
    CU_ASSERT_EQUAL(reader_u32(&reader), 0);
    CU_ASSERT_FALSE(reader_is_ok(&reader));
    CU_ASSERT_EQUAL(reader_u8(&reader), 0);
    CU_ASSERT_EQUAL(reader_bytes(&reader, 1).size, 0);
    CU_ASSERT_FALSE(reader_is_finished(&reader));
}

static void refuses_a_size_that_no_memory_has(void)
{
    struct reader reader = over(counting, 8);
    struct bytes lent = reader_bytes(&reader, SIZE_MAX);

    CU_ASSERT_EQUAL(lent.size, 0);
    CU_ASSERT_PTR_NULL(lent.data);
    CU_ASSERT_FALSE(reader_is_ok(&reader));
}

static void reads_nothing_from_nothing(void)
{
    struct reader reader = over(NULL, 0);

    CU_ASSERT_TRUE(reader_is_finished(&reader));
    CU_ASSERT_EQUAL(reader_bytes(&reader, 0).size, 0);
    CU_ASSERT_TRUE(reader_is_ok(&reader));
    CU_ASSERT_EQUAL(reader_u8(&reader), 0);
    CU_ASSERT_FALSE(reader_is_ok(&reader));
}

static void fails_when_the_caller_says_so(void)
{
    struct reader reader = over(counting, 8);

    reader_fail(&reader);
    CU_ASSERT_FALSE(reader_is_ok(&reader));
    CU_ASSERT_EQUAL(reader_u8(&reader), 0);
}

static void reads_the_shortest_form_of_a_varint(void)
{
    struct reader reader = over("\x00\x7F\x80\x01\xE5\x8E\x26", 7);

    CU_ASSERT_EQUAL(reader_varint(&reader), 0);
    CU_ASSERT_EQUAL(reader_varint(&reader), 127);
    CU_ASSERT_EQUAL(reader_varint(&reader), 128);
    CU_ASSERT_EQUAL(reader_varint(&reader), 624485);
    CU_ASSERT_TRUE(reader_is_finished(&reader));
    reader = over("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10);
    CU_ASSERT_EQUAL(reader_varint(&reader), UINT64_MAX);
    CU_ASSERT_TRUE(reader_is_finished(&reader));
}

static void refuses_other_forms_of_a_varint(void)
{
    struct reader over_long = over("\x80\x00", 2);
    struct reader unfinished = over("\x80", 1);
    struct reader over_wide =
        over("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10);
    struct reader endless =
        over("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11);

    CU_ASSERT_EQUAL(reader_varint(&over_long), 0);
    CU_ASSERT_FALSE(reader_is_ok(&over_long));
    CU_ASSERT_EQUAL(reader_varint(&unfinished), 0);
    CU_ASSERT_FALSE(reader_is_ok(&unfinished));
    CU_ASSERT_EQUAL(reader_varint(&over_wide), 0);
    CU_ASSERT_FALSE(reader_is_ok(&over_wide));
    CU_ASSERT_EQUAL(reader_varint(&endless), 0);
    CU_ASSERT_FALSE(reader_is_ok(&endless));
}

static void reads_small_numbers_of_either_sign(void)
{
    struct reader reader = over("\x00\x01\x02\x7F", 4);

    CU_ASSERT_EQUAL(reader_varint_signed(&reader), 0);
    CU_ASSERT_EQUAL(reader_varint_signed(&reader), -1);
    CU_ASSERT_EQUAL(reader_varint_signed(&reader), 1);
    CU_ASSERT_EQUAL(reader_varint_signed(&reader), -64);
    reader = over("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10);
    CU_ASSERT_EQUAL(reader_varint_signed(&reader), INT64_MIN);
}

static void reads_bytes_behind_their_size_within_a_bound(void)
{
    struct reader reader = over("\x03"
                                "abc",
                                4);

    CU_ASSERT_TRUE(
        bytes_equal(reader_sized(&reader, 3), bytes_from_text("abc")));
    CU_ASSERT_TRUE(reader_is_finished(&reader));
    reader = over("\x03"
                  "abc",
                  4);
    CU_ASSERT_EQUAL(reader_sized(&reader, 2).size, 0);
    CU_ASSERT_FALSE(reader_is_ok(&reader));
    reader = over("\x03"
                  "ab",
                  3);
    CU_ASSERT_EQUAL(reader_sized(&reader, 100).size, 0);
    CU_ASSERT_FALSE(reader_is_ok(&reader));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(reads_numbers_of_both_orders),
        SUITE_TEST(reads_negative_numbers),
        SUITE_TEST(lends_bytes_of_its_source),
        SUITE_TEST(stays_failed_after_the_first_read_beyond_the_end),
        SUITE_TEST(refuses_a_size_that_no_memory_has),
        SUITE_TEST(reads_nothing_from_nothing),
        SUITE_TEST(fails_when_the_caller_says_so),
        SUITE_TEST(reads_the_shortest_form_of_a_varint),
        SUITE_TEST(refuses_other_forms_of_a_varint),
        SUITE_TEST(reads_small_numbers_of_either_sign),
        SUITE_TEST(reads_bytes_behind_their_size_within_a_bound),
    };

    return SUITE_RUN("base/reader", tests);
}
