#include "token/reason.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

/* Whatever was wrong, nobody learns more than that it was refused, but who
 * holds one that was good. */
static void tells_every_bearer_the_same(void)
{
    CU_ASSERT_EQUAL(token_reason_status(TOKEN_ACCEPTED), DALV_OK);
    CU_ASSERT_EQUAL(token_reason_status(TOKEN_EXPIRED), DALV_EXPIRED);
    for (unsigned i = TOKEN_ACCEPTED + 1; i < TOKEN_EXPIRED; i++)
        CU_ASSERT_EQUAL(token_reason_status((enum token_reason)i),
                        DALV_NOT_PERMITTED);
}

static void tells_our_log_what_it_was(void)
{
    CU_ASSERT_STRING_EQUAL(token_reason_name(TOKEN_EXPIRED), "TOKEN_EXPIRED");
    CU_ASSERT_STRING_EQUAL(token_reason_text(TOKEN_EXPIRED), "has expired");
    CU_ASSERT_STRING_EQUAL(token_reason_name(TOKEN_ACCEPTED), "TOKEN_ACCEPTED");
}

static void has_a_text_of_its_own_for_each_reason(void)
{
    for (unsigned i = 0; i < TOKEN_REASON_COUNT; i++) {
        for (unsigned j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(token_reason_text((enum token_reason)i),
                                       token_reason_text((enum token_reason)j));
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(tells_every_bearer_the_same),
    SUITE_TEST(tells_our_log_what_it_was),
    SUITE_TEST(has_a_text_of_its_own_for_each_reason),
};

int main(void)
{
    return SUITE_RUN("token/reason", tests);
}
