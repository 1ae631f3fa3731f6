/*
 * A transaction as an application builds it, and the bytes that it becomes.
 */
#include "client/transaction_builder.h"

#include "base/bounds.h"
#include "model/transaction_format.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static struct dalv_transaction *begin(void)
{
    struct dalv_transaction *transaction = NULL;

    CU_ASSERT_EQUAL_FATAL(dalv_transaction_create(&transaction), DALV_OK);
    return transaction;
}

static void becomes_the_canonical_bytes(void)
{
    static uint8_t memory[4096];
    struct dalv_transaction *built = begin();
    const struct dalv_put_options options = {.flags = 7, .ttl_ms = 60000};
    const struct dalv_element_id id = {3, 44, 5};
    struct transaction view;
    struct transaction decoded = {0};
    struct buffer bytes;
    struct arena arena;

    buffer_init(&bytes);
    CU_ASSERT_EQUAL(
        dalv_transaction_put(built, dalv_text("a"), dalv_text("one"), &options),
        DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_increment(built, dalv_text("n"), -3),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_list_remove(built, dalv_text("l"), &id, 1),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_if_revision(built, dalv_text("a"), 9),
                    DALV_OK);
    view = transaction_builder_view(built);
    CU_ASSERT_EQUAL_FATAL(transaction_builder_encode(&view, &bytes), DALV_OK);

    arena_init(&arena, memory, sizeof(memory));
    CU_ASSERT_EQUAL_FATAL(
        transaction_decode(buffer_bytes(&bytes), &arena, &decoded), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(decoded.operation_count, 3);
    CU_ASSERT_EQUAL(decoded.operations[0].type, OPERATION_PUT);
    CU_ASSERT_EQUAL(decoded.operations[0].flags, 7);
    CU_ASSERT_EQUAL(decoded.operations[0].ttl_ms, 60000);
    CU_ASSERT_TRUE(
        bytes_equal(decoded.operations[0].value, bytes_from_text("one")));
    CU_ASSERT_EQUAL(decoded.operations[1].number, -3);
    CU_ASSERT_EQUAL_FATAL(decoded.operations[2].dot_count, 1);
    CU_ASSERT_EQUAL(decoded.operations[2].dots[0].local_id, 44);
    CU_ASSERT_EQUAL_FATAL(decoded.precondition_count, 1);
    CU_ASSERT_EQUAL(decoded.preconditions[0].revision, 9);
    buffer_deinit(&bytes);
    dalv_transaction_destroy(&built);
}

static void keeps_its_own_copy_of_what_it_was_lent(void)
{
    struct dalv_transaction *built = begin();
    char key[] = "key";
    char value[] = "value";
    struct transaction view;

    CU_ASSERT_EQUAL(
        dalv_transaction_put(built, dalv_text(key), dalv_text(value), NULL),
        DALV_OK);
    memset(key, 'x', 3);
    memset(value, 'x', 5);
    view = transaction_builder_view(built);
    CU_ASSERT_TRUE(bytes_equal(view.operations[0].key, bytes_from_text("key")));
    CU_ASSERT_TRUE(
        bytes_equal(view.operations[0].value, bytes_from_text("value")));
    dalv_transaction_destroy(&built);
}

static void refuses_what_is_beyond_a_bound_and_stays_as_it_was(void)
{
    struct dalv_transaction *built = begin();
    char *big = calloc(1, BOUNDS_VALUE_MAX + 1);
    char key[BOUNDS_KEY_MAX + 1] = {0};

    CU_ASSERT_PTR_NOT_NULL_FATAL(big);
    CU_ASSERT_EQUAL(dalv_transaction_del(built, dalv_bytes(key, 0)),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(dalv_transaction_del(built, dalv_bytes(key, sizeof(key))),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(dalv_transaction_put(built, dalv_text("k"),
                                         dalv_bytes(big, BOUNDS_VALUE_MAX + 1),
                                         NULL),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(
        dalv_transaction_list_remove(built, dalv_text("k"), NULL, 0),
        DALV_INVALID);
    CU_ASSERT_EQUAL(dalv_transaction_count(built), 0);
    free(big);
    dalv_transaction_destroy(&built);
}

static void takes_a_thousand_operations_and_no_more(void)
{
    struct dalv_transaction *built = begin();

    for (size_t i = 0; i < BOUNDS_TRANSACTION_OPERATIONS_MAX; i++)
        CU_ASSERT_EQUAL(dalv_transaction_increment(built, dalv_text("n"), 1),
                        DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_increment(built, dalv_text("n"), 1),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(dalv_transaction_count(built), 1000);
    dalv_transaction_destroy(&built);
}

static void takes_four_megabytes_and_no_more(void)
{
    struct dalv_transaction *built = begin();
    char *value = calloc(1, BOUNDS_VALUE_MAX);
    struct dalv_bytes bytes = dalv_bytes(value, BOUNDS_VALUE_MAX - 1);

    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(
            dalv_transaction_put(built, dalv_text("k"), bytes, NULL), DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_transaction_put(built, dalv_text("k"), dalv_text(""), NULL),
        DALV_TOO_BIG);
    free(value);
    dalv_transaction_destroy(&built);
}

/* The longest heads and the largest numbers: the room is always enough. */
static void has_room_for_the_longest_form(void)
{
    struct dalv_transaction *built = begin();
    const struct dalv_put_options options = {UINT32_MAX, UINT64_MAX >> 8};
    struct dalv_element_id ids[100];
    struct transaction view;
    struct buffer bytes;

    for (size_t i = 0; i < 100; i++)
        ids[i] = (struct dalv_element_id){UINT64_MAX - 1, UINT64_MAX - i,
                                          UINT32_MAX};
    buffer_init(&bytes);
    for (size_t i = 0; i < 200; i++) {
        (void)dalv_transaction_add(built, dalv_text("k"), dalv_text(""),
                                   &options);
        (void)dalv_transaction_increment(built, dalv_text("n"), INT64_MIN);
        (void)dalv_transaction_if_revision(built, dalv_text("k"), UINT64_MAX);
    }
    CU_ASSERT_EQUAL(
        dalv_transaction_list_remove(built, dalv_text("l"), ids, 100), DALV_OK);
    view = transaction_builder_view(built);
    CU_ASSERT_EQUAL(transaction_builder_encode(&view, &bytes), DALV_OK);
    buffer_deinit(&bytes);
    dalv_transaction_destroy(&built);
}

static void an_empty_one_is_no_transaction(void)
{
    struct dalv_transaction *built = begin();
    struct transaction view = transaction_builder_view(built);
    struct buffer bytes;

    buffer_init(&bytes);
    CU_ASSERT_EQUAL(transaction_builder_encode(&view, &bytes), DALV_INVALID);
    CU_ASSERT_EQUAL(bytes.size, 0);
    buffer_deinit(&bytes);
    dalv_transaction_destroy(&built);
}

static const struct suite_test tests[] = {
    SUITE_TEST(becomes_the_canonical_bytes),
    SUITE_TEST(keeps_its_own_copy_of_what_it_was_lent),
    SUITE_TEST(refuses_what_is_beyond_a_bound_and_stays_as_it_was),
    SUITE_TEST(takes_a_thousand_operations_and_no_more),
    SUITE_TEST(takes_four_megabytes_and_no_more),
    SUITE_TEST(has_room_for_the_longest_form),
    SUITE_TEST(an_empty_one_is_no_transaction),
};

int main(void)
{
    return SUITE_RUN("client/transaction_builder", tests);
}
