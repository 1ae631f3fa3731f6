#include "client/overlay.h"

#include "base/bounds.h"
#include "tests/support/suite.h"
#include "tests/unit/client/device_fixture.h"

#include <CUnit/CUnit.h>

/* What the replica has under a key of each kind. */
static struct key_value shown(enum key_kind kind)
{
    struct key_value value;
    const struct element_state element = {
        .dot = {1, 2, 0}, .added_revision = 3, .value = bytes_from_text("old")};

    key_value_init(&value);
    value.state = (struct key_state){.kind = kind, .revision = 7};
    if (kind == KEY_REGISTER)
        value.state.value = bytes_from_text("v");
    if (kind == KEY_COUNTER)
        value.state.number = 5;
    if (kind == KEY_LIST) {
        value.state.element_count = 1;
        CU_ASSERT_EQUAL(key_value_add_element(&value, &element), DALV_OK);
    }
    return value;
}

/* The kind that is left, or the status negated. */
static int apply(enum key_kind kind, struct operation operation)
{
    struct key_value value = shown(kind);
    enum dalv_status status =
        overlay_apply(&value, &operation, (struct dot){DOT_SELF, 9, 0});
    int result = status == DALV_OK ? (int)value.state.kind : -(int)status;

    CU_ASSERT_EQUAL(value.is_pending, status == DALV_OK);
    key_value_deinit(&value);
    return result;
}

static void does_to_each_kind_what_the_cluster_does(void)
{
    static const enum key_kind kinds[] = {KEY_NONE, KEY_REGISTER, KEY_LIST,
                                          KEY_COUNTER};
    struct dot dot = {1, 2, 0};
    const int expected[4][6] = {
        {KEY_REGISTER, KEY_NONE, KEY_REGISTER, KEY_LIST, KEY_NONE, KEY_COUNTER},
        {KEY_REGISTER, KEY_NONE, -DALV_OCCUPIED, -DALV_WRONG_KIND,
         -DALV_WRONG_KIND, -DALV_WRONG_KIND},
        {KEY_REGISTER, KEY_NONE, -DALV_OCCUPIED, KEY_LIST, KEY_LIST,
         -DALV_WRONG_KIND},
        {KEY_REGISTER, KEY_NONE, -DALV_OCCUPIED, -DALV_WRONG_KIND,
         -DALV_WRONG_KIND, KEY_COUNTER},
    };

    for (size_t i = 0; i < 4; i++) {
        const struct operation operations[] = {put("k", "w"),
                                               del("k"),
                                               add("k", "w"),
                                               add_to_list("k", "e"),
                                               remove_from_list("k", &dot, 1),
                                               increment("k", 1)};

        for (size_t j = 0; j < 6; j++)
            CU_ASSERT_EQUAL(apply(kinds[i], operations[j]), expected[i][j]);
    }
}

static void puts_own_elements_behind_all_others(void)
{
    struct key_value value = shown(KEY_LIST);
    struct operation addition = add_to_list("k", "new");

    CU_ASSERT_EQUAL(
        overlay_apply(&value, &addition, (struct dot){DOT_SELF, 1, 4}),
        DALV_OK);
    CU_ASSERT_EQUAL(value.element_count, 2);
    CU_ASSERT_TRUE(
        bytes_equal(value.elements[1].value, bytes_from_text("new")));
    CU_ASSERT_TRUE(
        dot_equal(value.elements[1].dot, (struct dot){DOT_SELF, 1, 4}));
    CU_ASSERT_EQUAL(value.elements[1].added_revision, KEY_VALUE_PENDING);
    CU_ASSERT_EQUAL(value.state.revision, 7);
    key_value_deinit(&value);
}

static void hides_what_it_removes_and_minds_no_stranger(void)
{
    struct key_value value = shown(KEY_LIST);
    struct dot dots[] = {{9, 9, 9}, {1, 2, 0}, {1, 2, 0}};
    struct operation removal = remove_from_list("k", dots, 3);

    CU_ASSERT_EQUAL(
        overlay_apply(&value, &removal, (struct dot){DOT_SELF, 1, 0}), DALV_OK);
    CU_ASSERT_EQUAL(value.element_count, 0);
    CU_ASSERT_EQUAL(value.state.element_count, 0);
    CU_ASSERT_EQUAL(value.state.kind, KEY_LIST);
    key_value_deinit(&value);
}

static void counts_without_going_over(void)
{
    struct key_value value = shown(KEY_COUNTER);
    struct operation addition = increment("k", INT64_MAX);

    CU_ASSERT_EQUAL(overlay_apply(&value, &addition, (struct dot){0}),
                    DALV_OVERFLOW);
    CU_ASSERT_EQUAL(value.state.number, 5);
    addition.number = -7;
    CU_ASSERT_EQUAL(overlay_apply(&value, &addition, (struct dot){0}), DALV_OK);
    CU_ASSERT_EQUAL(value.state.number, -2);
    key_value_deinit(&value);
}

static void keeps_lists_within_their_bound(void)
{
    struct key_value value = shown(KEY_LIST);
    struct operation addition = add_to_list("k", "e");

    for (size_t i = 1; i < BOUNDS_LIST_ELEMENTS_MAX; i++)
        CU_ASSERT_EQUAL_FATAL(
            overlay_apply(&value, &addition, (struct dot){DOT_SELF, i, 0}),
            DALV_OK);
    CU_ASSERT_EQUAL(overlay_apply(&value, &addition, (struct dot){0}),
                    DALV_TOO_BIG);
    key_value_deinit(&value);
}

/* A list that ended leaves nothing to the one that follows. */
static void begins_anew_after_the_end(void)
{
    struct key_value value = shown(KEY_LIST);
    struct operation removal = del("k");
    struct operation addition = add_to_list("k", "e");

    CU_ASSERT_EQUAL(overlay_apply(&value, &removal, (struct dot){0}), DALV_OK);
    CU_ASSERT_EQUAL(value.element_count, 0);
    CU_ASSERT_EQUAL(overlay_apply(&value, &addition, (struct dot){0}), DALV_OK);
    CU_ASSERT_EQUAL(value.element_count, 1);
    key_value_deinit(&value);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(does_to_each_kind_what_the_cluster_does),
        SUITE_TEST(puts_own_elements_behind_all_others),
        SUITE_TEST(hides_what_it_removes_and_minds_no_stranger),
        SUITE_TEST(counts_without_going_over),
        SUITE_TEST(keeps_lists_within_their_bound),
        SUITE_TEST(begins_anew_after_the_end),
    };

    return SUITE_RUN("client/overlay", tests);
}
