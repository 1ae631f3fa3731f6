#include "model/transaction.h"

#include "base/bounds.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static const uint8_t filler[BOUNDS_VALUE_MAX + 1];

static struct operation put(size_t key_size, size_t value_size)
{
    return (struct operation){.type = OPERATION_PUT,
                              .key = bytes_make(filler, key_size),
                              .value = bytes_make(filler, value_size)};
}

static enum dalv_status check(const struct operation *operations, size_t count)
{
    const struct transaction transaction = {
        .operations = operations, .operation_count = count, .local_id = 5};

    return transaction_check(&transaction);
}

static void takes_keys_and_values_up_to_their_bounds(void)
{
    struct operation operation = put(BOUNDS_KEY_MAX, BOUNDS_VALUE_MAX);

    CU_ASSERT_EQUAL(check(&operation, 1), DALV_OK);
    operation = put(1, 0);
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_OK);
    operation = put(0, 0);
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_INVALID);
    operation = put(BOUNDS_KEY_MAX + 1, 0);
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_TOO_BIG);
    operation = put(1, BOUNDS_VALUE_MAX + 1);
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_TOO_BIG);
}

static void takes_lives_up_to_a_hundred_years(void)
{
    struct operation operation = put(1, 1);

    operation.ttl_ms = OPERATION_TTL_MS_MAX;
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_OK);
    operation.ttl_ms++;
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_TOO_BIG);
}

static void takes_1_to_1000_operations(void)
{
    static struct operation operations[BOUNDS_TRANSACTION_OPERATIONS_MAX + 1];

    for (size_t i = 0; i < BOUNDS_TRANSACTION_OPERATIONS_MAX + 1; i++)
        operations[i] = put(1, 1);
    CU_ASSERT_EQUAL(check(operations, 0), DALV_INVALID);
    CU_ASSERT_EQUAL(check(operations, 1000), DALV_OK);
    CU_ASSERT_EQUAL(check(operations, 1001), DALV_TOO_BIG);
}

static void takes_4_mib_in_all(void)
{
    struct operation operations[5];

    for (size_t i = 0; i < 5; i++)
        operations[i] = put(1, BOUNDS_VALUE_MAX - 1);
    CU_ASSERT_EQUAL(check(operations, 4), DALV_OK);
    operations[4] = put(1, 0);
    CU_ASSERT_EQUAL(check(operations, 5), DALV_TOO_BIG);
}

static void counts_dots_as_bytes(void)
{
    static const struct dot dots[BOUNDS_OPERATION_DOTS_MAX + 1];
    static struct operation removals[250];
    struct operation removal = {.type = OPERATION_REMOVE_FROM_LIST,
                                .key = bytes_from_text("k"),
                                .dots = dots,
                                .dot_count = BOUNDS_OPERATION_DOTS_MAX};

    CU_ASSERT_EQUAL(check(&removal, 1), DALV_OK);
    for (size_t i = 0; i < 250; i++)
        removals[i] = removal;
    CU_ASSERT_EQUAL(check(removals, 209), DALV_OK);
    CU_ASSERT_EQUAL(check(removals, 210), DALV_TOO_BIG);
    removal.dot_count++;
    CU_ASSERT_EQUAL(check(&removal, 1), DALV_TOO_BIG);
    removal.dot_count = 0;
    CU_ASSERT_EQUAL(check(&removal, 1), DALV_INVALID);
}

static void knows_eight_types_of_operation(void)
{
    struct operation operation = put(1, 1);

    for (unsigned type = OPERATION_PUT; type <= OPERATION_PUT_UPLOADED; type++)
        CU_ASSERT_TRUE(operation_type_is_known(type));
    CU_ASSERT_FALSE(operation_type_is_known(0));
    CU_ASSERT_FALSE(operation_type_is_known(9));
    operation.type = (enum operation_type)9;
    CU_ASSERT_EQUAL(check(&operation, 1), DALV_INVALID);
    CU_ASSERT_STRING_EQUAL(operation_type_name(operation.type), "UNKNOWN");
}

static void names_operations_as_the_protocol_does(void)
{
    CU_ASSERT_STRING_EQUAL(operation_type_name(OPERATION_PUT), "PUT");
    CU_ASSERT_STRING_EQUAL(operation_type_name(OPERATION_DEL), "DEL");
    CU_ASSERT_STRING_EQUAL(operation_type_name(OPERATION_ADD_TO_LIST),
                           "ADD_TO_LIST");
    CU_ASSERT_STRING_EQUAL(operation_type_name(OPERATION_REMOVE_FROM_LIST),
                           "REMOVE_FROM_LIST");
    CU_ASSERT_STRING_EQUAL(operation_type_name(OPERATION_INCREMENT),
                           "INCREMENT");
    CU_ASSERT_STRING_EQUAL(operation_type_name(OPERATION_ADD), "ADD");
}

static void checks_preconditions(void)
{
    static struct precondition
        conditions[BOUNDS_TRANSACTION_OPERATIONS_MAX + 1];
    struct operation operation = put(1, 1);
    struct transaction transaction = {.operations = &operation,
                                      .operation_count = 1,
                                      .preconditions = conditions,
                                      .precondition_count = 1};

    for (size_t i = 0; i < BOUNDS_TRANSACTION_OPERATIONS_MAX + 1; i++)
        conditions[i] = (struct precondition){.type = PRECONDITION_ABSENT,
                                              .key = bytes_make(filler, 1)};
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_OK);
    conditions[0].key.size = 0;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
    conditions[0].key.size = BOUNDS_KEY_MAX + 1;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_TOO_BIG);
    conditions[0].key.size = 1;
    conditions[0].type = (enum precondition_type)3;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
    conditions[0].type = PRECONDITION_REVISION;
    transaction.precondition_count = 1000;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_OK);
    transaction.precondition_count = 1001;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_TOO_BIG);
}

static void waits_only_for_what_was_before_it(void)
{
    struct operation operation = put(1, 1);
    struct transaction transaction = {
        .operations = &operation, .operation_count = 1, .local_id = 5};

    transaction.after = 4;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_OK);
    transaction.after = 5;
    CU_ASSERT_EQUAL(transaction_check(&transaction), DALV_INVALID);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(takes_keys_and_values_up_to_their_bounds),
        SUITE_TEST(takes_lives_up_to_a_hundred_years),
        SUITE_TEST(takes_1_to_1000_operations),
        SUITE_TEST(takes_4_mib_in_all),
        SUITE_TEST(counts_dots_as_bytes),
        SUITE_TEST(knows_eight_types_of_operation),
        SUITE_TEST(names_operations_as_the_protocol_does),
        SUITE_TEST(checks_preconditions),
        SUITE_TEST(waits_only_for_what_was_before_it),
    };

    return SUITE_RUN("model/transaction", tests);
}
