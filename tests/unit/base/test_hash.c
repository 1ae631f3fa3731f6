#include "base/hash.h"

#include "base/bytes.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

/* The values that every implementation of XXH3 gives; placement hangs on it. */
static void gives_the_published_values(void)
{
    CU_ASSERT_EQUAL(hash64((struct bytes){0}), 0x2D06800538D394C2U);
    CU_ASSERT_EQUAL(hash64(bytes_from_text("a")), 0xE6C632B61E964E1FU);
    CU_ASSERT_EQUAL(hash64(bytes_from_text("abc")), 0x78AF5F94892F3950U);
}

static void depends_on_the_seed(void)
{
    struct bytes text = bytes_from_text("push");

    CU_ASSERT_EQUAL(hash64_seeded(text, 0), hash64(text));
    CU_ASSERT_NOT_EQUAL(hash64_seeded(text, 1), hash64(text));
    CU_ASSERT_NOT_EQUAL(hash64_seeded((struct bytes){0}, 1),
                        hash64_seeded((struct bytes){0}, 2));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(gives_the_published_values),
        SUITE_TEST(depends_on_the_seed),
    };

    return SUITE_RUN("base/hash", tests);
}
