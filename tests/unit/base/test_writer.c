#include "base/bytes.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static bool wrote(const struct writer *writer, const void *data, size_t size)
{
    return bytes_equal(writer_bytes(writer), bytes_make(data, size));
}

static void writes_numbers_of_both_orders(void)
{
    uint8_t block[64];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_u8(&writer, 0x01);
    writer_u16(&writer, 0x0203);
    writer_u32(&writer, 0x04050607);
    CU_ASSERT_TRUE(wrote(&writer, "\x01\x03\x02\x07\x06\x05\x04", 7));
    writer_init(&writer, block, sizeof(block));
    writer_u16_be(&writer, 0x0203);
    writer_u32_be(&writer, 0x04050607);
    CU_ASSERT_TRUE(wrote(&writer, "\x02\x03\x04\x05\x06\x07", 6));
    writer_init(&writer, block, sizeof(block));
    writer_u64(&writer, 0x0102030405060708);
    writer_u64_be(&writer, 0x0102030405060708);
    CU_ASSERT_TRUE(wrote(&writer,
                         "\x08\x07\x06\x05\x04\x03\x02\x01"
                         "\x01\x02\x03\x04\x05\x06\x07\x08",
                         16));
}

static void writes_negative_numbers(void)
{
    uint8_t block[8];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_i64(&writer, -2);
    CU_ASSERT_TRUE(wrote(&writer, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8));
}

static void writes_the_shortest_varint(void)
{
    uint8_t block[64];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_varint(&writer, 0);
    writer_varint(&writer, 127);
    writer_varint(&writer, 128);
    writer_varint(&writer, 624485);
    CU_ASSERT_TRUE(wrote(&writer, "\x00\x7F\x80\x01\xE5\x8E\x26", 7));
    writer_init(&writer, block, sizeof(block));
    writer_varint(&writer, UINT64_MAX);
    CU_ASSERT_TRUE(
        wrote(&writer, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10));
}

static void writes_nothing_of_what_does_not_fit(void)
{
    uint8_t block[8] = {0};
    struct writer writer;

    writer_init(&writer, block, 6);
    writer_u32(&writer, 0x01020304);
    writer_u32(&writer, 0x05060708);
    CU_ASSERT_FALSE(writer_is_ok(&writer));
    CU_ASSERT_TRUE(wrote(&writer, "\x04\x03\x02\x01", 4));
    CU_ASSERT_EQUAL(block[4], 0);
    writer_u8(&writer, 0x09);
    CU_ASSERT_EQUAL(writer_bytes(&writer).size, 4);
}

static void fills_its_block_to_the_last_byte(void)
{
    uint8_t block[4];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_bytes_put(&writer, bytes_from_text("cart"));
    writer_bytes_put(&writer, (struct bytes){0});
    CU_ASSERT_TRUE(writer_is_ok(&writer));
    CU_ASSERT_TRUE(wrote(&writer, "cart", 4));
}

static void writes_over_a_size_that_was_left_open(void)
{
    uint8_t block[16];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_u8(&writer, 0xAA);
    writer_u32(&writer, 0);
    writer_u8(&writer, 0xBB);
    writer_u32_at(&writer, 1, 0x01020304);
    CU_ASSERT_TRUE(wrote(&writer, "\xAA\x04\x03\x02\x01\xBB", 6));
}

/* After a failure the four bytes may not be there at all. */
static void writes_over_nothing_once_it_failed(void)
{
    uint8_t block[2] = {0x11, 0x22};
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_u32(&writer, 0);
    writer_u32_at(&writer, 0, 0x01020304);
    CU_ASSERT_EQUAL(block[0], 0x11);
    CU_ASSERT_EQUAL(block[1], 0x22);
}

static void writes_small_numbers_of_either_sign_in_one_byte(void)
{
    uint8_t block[32];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_varint_signed(&writer, 0);
    writer_varint_signed(&writer, -1);
    writer_varint_signed(&writer, 1);
    writer_varint_signed(&writer, -64);
    CU_ASSERT_TRUE(wrote(&writer, "\x00\x01\x02\x7F", 4));
    writer_init(&writer, block, sizeof(block));
    writer_varint_signed(&writer, INT64_MIN);
    CU_ASSERT_TRUE(
        wrote(&writer, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10));
}

static void writes_bytes_behind_their_size(void)
{
    uint8_t block[8];
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    writer_sized(&writer, bytes_from_text("abc"));
    writer_sized(&writer, bytes_from_text(""));
    CU_ASSERT_TRUE(wrote(&writer,
                         "\x03"
                         "abc\x00",
                         5));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(writes_numbers_of_both_orders),
        SUITE_TEST(writes_negative_numbers),
        SUITE_TEST(writes_the_shortest_varint),
        SUITE_TEST(writes_nothing_of_what_does_not_fit),
        SUITE_TEST(fills_its_block_to_the_last_byte),
        SUITE_TEST(writes_over_a_size_that_was_left_open),
        SUITE_TEST(writes_over_nothing_once_it_failed),
        SUITE_TEST(writes_small_numbers_of_either_sign_in_one_byte),
        SUITE_TEST(writes_bytes_behind_their_size),
    };

    return SUITE_RUN("base/writer", tests);
}
