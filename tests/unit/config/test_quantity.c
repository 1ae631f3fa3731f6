#include "config/quantity.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

/* The amount, or UINT64_MAX - 1 where the text is refused. */
#define REFUSED (UINT64_MAX - 1)

static uint64_t parsed(enum quantity_kind kind, const char *text)
{
    uint64_t amount = REFUSED;

    (void)quantity_parse(kind, bytes_from_text(text), &amount);
    return amount;
}

static const char *shown(enum quantity_kind kind, uint64_t amount)
{
    static char storage[32];
    struct text text;

    text_init(&text, storage, sizeof(storage));
    quantity_format(kind, amount, &text);
    return text_string(&text);
}

static void reads_numbers(void)
{
    CU_ASSERT_EQUAL(parsed(QUANTITY_COUNT, "0"), 0);
    CU_ASSERT_EQUAL(parsed(QUANTITY_COUNT, "18446744073709551615"), UINT64_MAX);
    CU_ASSERT_EQUAL(parsed(QUANTITY_COUNT, "18446744073709551616"), REFUSED);
    CU_ASSERT_EQUAL(parsed(QUANTITY_COUNT, "99999999999999999999"), REFUSED);
}

static void reads_sizes(void)
{
    CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, "4096"), 4096);
    CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, "4KiB"), 4096);
    CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, "64MiB"), 67108864);
    CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, "8GiB"), 8589934592);
    CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, "1TiB"), 1099511627776);
    CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, "16777216TiB"), REFUSED);
}

static void reads_durations(void)
{
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "500ms"), 500);
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "2s"), 2000);
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "3m"), 180000);
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "1h"), 3600000);
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "30d"), 2592000000);
}

/* Is 2 two seconds or two milliseconds? Nobody should have to guess. */
static void demands_a_unit_of_a_duration(void)
{
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "2"), REFUSED);
}

static void refuses_every_other_form(void)
{
    static const char *const texts[] = {
        "",    "-1",    "+1",  "1.5",   " 1",   "1 ",  "0x10", "010",
        "1e3", "1_000", "KiB", "1 KiB", "1kib", "1KB", "1K",   "1MiBs",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_EQUAL(parsed(QUANTITY_BYTES, texts[i]), REFUSED);
    CU_ASSERT_EQUAL(parsed(QUANTITY_COUNT, "1KiB"), REFUSED);
    CU_ASSERT_EQUAL(parsed(QUANTITY_DURATION, "1w"), REFUSED);
}

static void writes_the_largest_unit_that_divides(void)
{
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_BYTES, 0), "0");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_BYTES, 1000), "1000");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_BYTES, 1024), "1KiB");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_BYTES, 1536 << 10), "1536KiB");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_COUNT, 1024), "1024");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_DURATION, 1500), "1500ms");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_DURATION, 60000), "1m");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_DURATION, 172800000), "2d");
    CU_ASSERT_STRING_EQUAL(shown(QUANTITY_DURATION, 0), "0ms");
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_numbers),
    SUITE_TEST(reads_sizes),
    SUITE_TEST(reads_durations),
    SUITE_TEST(demands_a_unit_of_a_duration),
    SUITE_TEST(refuses_every_other_form),
    SUITE_TEST(writes_the_largest_unit_that_divides),
};

int main(void)
{
    return SUITE_RUN("config/quantity", tests);
}
