#include "model/user_id.h"

#include "base/bounds.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static void takes_1_to_255_bytes_of_utf8(void)
{
    char longest[BOUNDS_USER_ID_MAX + 1];

    memset(longest, 'u', sizeof(longest));
    CU_ASSERT_EQUAL(user_id_check(bytes_from_text("u")), DALV_OK);
    CU_ASSERT_EQUAL(user_id_check(bytes_from_text("J\xC3\xBCrgen")), DALV_OK);
    CU_ASSERT_EQUAL(user_id_check(bytes_make(longest, BOUNDS_USER_ID_MAX)),
                    DALV_OK);
    CU_ASSERT_EQUAL(user_id_check(bytes_make(longest, sizeof(longest))),
                    DALV_TOO_BIG);
}

static void refuses_what_is_no_text(void)
{
    CU_ASSERT_EQUAL(user_id_check(bytes_from_text("")), DALV_INVALID);
    CU_ASSERT_EQUAL(user_id_check(bytes_from_text("\xC3")), DALV_INVALID);
    CU_ASSERT_EQUAL(user_id_check(bytes_make("a\0b", 3)), DALV_INVALID);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(takes_1_to_255_bytes_of_utf8),
        SUITE_TEST(refuses_what_is_no_text),
    };

    return SUITE_RUN("model/user_id", tests);
}
