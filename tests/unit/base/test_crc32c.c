#include "base/crc32c.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdint.h>
#include <string.h>

static void gives_the_value_of_the_catalogue(void)
{
    CU_ASSERT_EQUAL(crc32c(bytes_from_text("123456789")), 0xE3069283);
    CU_ASSERT_EQUAL(crc32c((struct bytes){0}), 0);
}

/* RFC 3720, appendix B.4. */
static void gives_the_values_of_the_standard(void)
{
    uint8_t text[32];

    memset(text, 0, sizeof(text));
    CU_ASSERT_EQUAL(crc32c(bytes_make(text, sizeof(text))), 0x8A9136AA);
    memset(text, 0xFF, sizeof(text));
    CU_ASSERT_EQUAL(crc32c(bytes_make(text, sizeof(text))), 0x62A8AB43);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)i;
    CU_ASSERT_EQUAL(crc32c(bytes_make(text, sizeof(text))), 0x46DD794E);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(31 - i);
    CU_ASSERT_EQUAL(crc32c(bytes_make(text, sizeof(text))), 0x113FDB5C);
}

/* One bit at a time, straight from the polynomial. */
static uint32_t by_bits(const uint8_t *data, size_t size)
{
    uint32_t state = 0xFFFFFFFF;

    for (size_t i = 0; i < size * 8; i++) {
        uint32_t bit = (uint32_t)data[i / 8] >> (i % 8) & 1;

        state = state >> 1 ^ (((state ^ bit) & 1) != 0 ? 0x82F63B78 : 0);
    }
    return ~state;
}

static void agrees_with_the_polynomial_at_every_size_and_offset(void)
{
    uint8_t text[200];

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * i * 31 + i * 7 + 3);
    for (size_t offset = 0; offset < 9; offset++) {
        for (size_t size = 0; size < sizeof(text) - offset; size++) {
            struct bytes part = bytes_make(text + offset, size);
            uint32_t expected = by_bits(part.data, part.size);

            CU_ASSERT_EQUAL(crc32c_extend(0, part), expected);
            CU_ASSERT_EQUAL(crc32c_extend_portable(0, part), expected);
        }
    }
}

/* Each entry of the table is reached by some byte at some place. */
static void agrees_with_the_polynomial_for_every_byte(void)
{
    for (unsigned place = 0; place < 8; place++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            uint8_t text[8] = {0};

            text[place] = (uint8_t)byte;
            CU_ASSERT_EQUAL(crc32c_extend_portable(0, bytes_make(text, 8)),
                            by_bits(text, 8));
        }
    }
}

static void goes_on_where_it_stopped(void)
{
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    size_t size = strlen(text);
    uint32_t whole = crc32c(bytes_make(text, size));

    for (size_t cut = 0; cut <= size; cut++) {
        uint32_t front = crc32c(bytes_make(text, cut));
        struct bytes rest = bytes_make(text + cut, size - cut);

        CU_ASSERT_EQUAL(crc32c_extend(front, rest), whole);
        CU_ASSERT_EQUAL(crc32c_extend_portable(front, rest), whole);
    }
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(gives_the_value_of_the_catalogue),
        SUITE_TEST(gives_the_values_of_the_standard),
        SUITE_TEST(agrees_with_the_polynomial_at_every_size_and_offset),
        SUITE_TEST(agrees_with_the_polynomial_for_every_byte),
        SUITE_TEST(goes_on_where_it_stopped),
    };

    return SUITE_RUN("base/crc32c", tests);
}
