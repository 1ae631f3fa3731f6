#include "sync/policy.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void goes_by_the_longest_prefix(void)
{
    struct policy_merge_rule merges[] = {
        {bytes_from_text("cart/"), POLICY_MINE},
        {bytes_from_text("cart/shared/"), POLICY_THEIRS},
        {bytes_from_text("c"), POLICY_ASK},
    };
    struct policy_domain_rule domains[] = {
        {bytes_from_text("a/b"), POLICY_USER},
        {bytes_from_text("a/"), POLICY_SYSTEM},
    };
    struct policy policy = {.merges = merges,
                            .merge_count = 3,
                            .domains = domains,
                            .domain_count = 2};

    CU_ASSERT_EQUAL(policy_merge(&policy, bytes_from_text("cart/x")),
                    POLICY_MINE);
    CU_ASSERT_EQUAL(policy_merge(&policy, bytes_from_text("cart/shared/x")),
                    POLICY_THEIRS);
    CU_ASSERT_EQUAL(policy_merge(&policy, bytes_from_text("cart")), POLICY_ASK);
    CU_ASSERT_EQUAL(policy_merge(&policy, bytes_from_text("x")), POLICY_ASK);
    CU_ASSERT_EQUAL(policy_domain(&policy, bytes_from_text("a/b/c")),
                    POLICY_USER);
    CU_ASSERT_EQUAL(policy_domain(&policy, bytes_from_text("a/c")),
                    POLICY_SYSTEM);
    CU_ASSERT_EQUAL(policy_domain(&policy, bytes_from_text("b")), POLICY_USER);
}

static void takes_an_empty_prefix_for_all(void)
{
    struct policy_merge_rule merges[] = {{bytes_from_text(""), POLICY_MINE}};
    struct policy policy = {.merges = merges, .merge_count = 1};

    CU_ASSERT_EQUAL(policy_merge(&policy, bytes_from_text("x")), POLICY_MINE);
}

static void has_careful_defaults(void)
{
    struct policy policy = policy_default();

    CU_ASSERT_EQUAL(policy_domain(&policy, bytes_from_text("sys/plan")),
                    POLICY_SYSTEM);
    CU_ASSERT_EQUAL(policy_domain(&policy, bytes_from_text("system")),
                    POLICY_USER);
    CU_ASSERT_EQUAL(policy_merge(&policy, bytes_from_text("x")), POLICY_ASK);
    CU_ASSERT_EQUAL(policy_conflict_bytes_max(&policy), 6710886);
    policy.live_bytes_max = 0;
    CU_ASSERT_EQUAL(policy_conflict_bytes_max(&policy), UINT64_MAX);
}

static void bounds_keys_values_and_transactions(void)
{
    struct operation operations[] = {
        {.key = bytes_from_text("key"), .value = bytes_from_text("four")},
        {.key = bytes_from_text("longer"), .value = bytes_from_text("5 his")},
    };
    struct transaction transaction = {.operations = operations,
                                      .operation_count = 2};
    struct policy policy = {.key_bytes_max = 6,
                            .value_bytes_max = 5,
                            .transaction_bytes_max = 30,
                            .transaction_operation_max = 2};
    uint32_t operation = 9;

    CU_ASSERT_EQUAL(policy_judge_size(&policy, &transaction, 30, &operation),
                    DALV_OK);
    CU_ASSERT_EQUAL(policy_judge_size(&policy, &transaction, 31, &operation),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(operation, 0);
    policy.key_bytes_max = 5;
    CU_ASSERT_EQUAL(policy_judge_size(&policy, &transaction, 30, &operation),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(operation, 1);
    policy.key_bytes_max = 6;
    policy.value_bytes_max = 4;
    CU_ASSERT_EQUAL(policy_judge_size(&policy, &transaction, 30, &operation),
                    DALV_TOO_BIG);
    policy.value_bytes_max = 0;
    policy.transaction_operation_max = 1;
    CU_ASSERT_EQUAL(policy_judge_size(&policy, &transaction, 30, &operation),
                    DALV_TOO_BIG);
    policy = (struct policy){0};
    CU_ASSERT_EQUAL(policy_judge_size(&policy, &transaction, 1 << 22, NULL),
                    DALV_OK);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(bounds_keys_values_and_transactions),
        SUITE_TEST(goes_by_the_longest_prefix),
        SUITE_TEST(takes_an_empty_prefix_for_all),
        SUITE_TEST(has_careful_defaults),
    };

    return SUITE_RUN("sync/policy", tests);
}
