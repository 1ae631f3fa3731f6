#include "base/list.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>

struct item {
    int number;
    struct list_link link;
};

static int take(struct list *list)
{
    struct item *item = LIST_ITEM(list_take(list), struct item, link);

    return item == NULL ? 0 : item->number;
}

static void gives_items_in_the_order_in_which_they_came(void)
{
    struct item one = {.number = 1};
    struct item two = {.number = 2};
    struct item three = {.number = 3};
    struct list list;

    list_init(&list);
    list_append(&list, &two.link);
    list_append(&list, &three.link);
    list_prepend(&list, &one.link);
    CU_ASSERT_EQUAL(list.count, 3);
    CU_ASSERT_EQUAL(take(&list), 1);
    CU_ASSERT_EQUAL(take(&list), 2);
    CU_ASSERT_EQUAL(take(&list), 3);
    CU_ASSERT_EQUAL(take(&list), 0);
    CU_ASSERT_TRUE(list_is_empty(&list));
    list_append(&list, &one.link);
    CU_ASSERT_EQUAL(take(&list), 1);
}

static void moves_one_list_behind_another(void)
{
    struct item one = {.number = 1};
    struct item two = {.number = 2};
    struct list list;
    struct list tail;

    list_init(&list);
    list_init(&tail);
    list_append_all(&list, &tail);
    CU_ASSERT_TRUE(list_is_empty(&list));
    list_append(&tail, &one.link);
    list_append_all(&list, &tail);
    list_append(&tail, &two.link);
    list_append_all(&list, &tail);
    CU_ASSERT_TRUE(list_is_empty(&tail));
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_EQUAL(take(&list), 1);
    CU_ASSERT_EQUAL(take(&list), 2);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_items_in_the_order_in_which_they_came),
    SUITE_TEST(moves_one_list_behind_another),
};

int main(void)
{
    return SUITE_RUN("base/list", tests);
}
