/* A copy that is far behind: which pages make one snapshot. */
#include "replication/catch_up.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct log_position at(uint64_t index)
{
    return (struct log_position){.epoch = 3, .index = index};
}

static struct catch_up begin(void)
{
    struct catch_up catch_up = {.request = 4};

    catch_up_begin(&catch_up, 3, /* is_snapshot= */ true);
    return catch_up;
}

static void begins_where_its_first_page_was_read(void)
{
    struct catch_up catch_up = begin();

    CU_ASSERT_TRUE(catch_up_take_page(&catch_up, at(10)));
    CU_ASSERT_EQUAL(catch_up.from.index, 10);
    CU_ASSERT_EQUAL(catch_up.reached_index, 10);
}

/* Whatever a page held beyond the first is applied again before it counts. */
static void reaches_to_its_newest_page(void)
{
    struct catch_up catch_up = begin();

    CU_ASSERT_TRUE(catch_up_take_page(&catch_up, at(10)));
    CU_ASSERT_TRUE(catch_up_take_page(&catch_up, at(15)));
    CU_ASSERT_TRUE(catch_up_take_page(&catch_up, at(12)));
    CU_ASSERT_EQUAL(catch_up.from.index, 10);
    CU_ASSERT_EQUAL(catch_up.reached_index, 15);
}

/* The log is taken from the first on: it would lack what lies between. */
static void takes_no_page_that_is_older_than_its_first(void)
{
    struct catch_up catch_up = begin();

    CU_ASSERT_TRUE(catch_up_take_page(&catch_up, at(10)));
    CU_ASSERT_FALSE(catch_up_take_page(&catch_up, at(9)));
}

static void asks_again_when_nobody_answers(void)
{
    struct catch_up catch_up = begin();

    CU_ASSERT_TRUE(catch_up_is_due(&catch_up, 5));
    catch_up.asked_us = 5;
    CU_ASSERT_FALSE(catch_up_is_due(&catch_up, 5 + CATCH_UP_RETRY_US - 1));
    CU_ASSERT_TRUE(catch_up_is_due(&catch_up, 5 + CATCH_UP_RETRY_US));
    catch_up.state = CATCH_UP_PAGE_STORING;
    CU_ASSERT_FALSE(catch_up_is_due(&catch_up, 5 + CATCH_UP_RETRY_US));
}

static void begins_anew_with_another_master(void)
{
    struct catch_up catch_up = begin();

    CU_ASSERT_TRUE(catch_up_take_page(&catch_up, at(10)));
    catch_up_begin(&catch_up, 4, /* is_snapshot= */ true);
    CU_ASSERT_FALSE(catch_up.has_begun);
    CU_ASSERT_EQUAL(catch_up.epoch, 4);
    CU_ASSERT_EQUAL(catch_up.request, 4);
}

static const struct suite_test tests[] = {
    SUITE_TEST(begins_where_its_first_page_was_read),
    SUITE_TEST(reaches_to_its_newest_page),
    SUITE_TEST(takes_no_page_that_is_older_than_its_first),
    SUITE_TEST(asks_again_when_nobody_answers),
    SUITE_TEST(begins_anew_with_another_master),
};

int main(void)
{
    return SUITE_RUN("replication/catch_up", tests);
}
