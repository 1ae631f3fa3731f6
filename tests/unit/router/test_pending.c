#include "router/pending.h"

#include "base/budget.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    QUESTIONS_MAX = 3,
    SLOTS = 16,
    FRAME_BYTES_MAX = 12,
};

static struct budget budget;
static struct map_slot slots[SLOTS];
static struct pending pending;

static void begin(size_t bytes_max)
{
    budget_init(&budget, bytes_max);
    CU_ASSERT_EQUAL(map_slot_count(QUESTIONS_MAX), SLOTS);
    pending_init(&pending, &budget.allocator, slots, SLOTS,
                 (struct pending_limits){QUESTIONS_MAX, FRAME_BYTES_MAX});
}

static struct question *put(uint64_t due_ms)
{
    return pending_put(&pending, due_ms, bytes_from_text("frame"),
                       bytes_from_text("anna"));
}

static void end(void)
{
    pending_deinit(&pending);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

static void numbers_questions_and_finds_them(void)
{
    struct question *first;
    struct question *second;

    begin(1 << 20);
    first = put(100);
    second = put(50);
    CU_ASSERT_EQUAL(first->number, 1);
    CU_ASSERT_EQUAL(second->number, 2);
    CU_ASSERT_PTR_EQUAL(pending_get(&pending, 1), first);
    pending_forget(&pending, &first);
    CU_ASSERT_PTR_NULL(first);
    CU_ASSERT_PTR_NULL(pending_get(&pending, 1));
    CU_ASSERT_PTR_EQUAL(pending_get(&pending, 2), second);
    end();
}

static void gives_up_the_late_ones_soonest_first(void)
{
    struct question *late;

    begin(1 << 20);
    (void)put(3200);
    (void)put(1600);
    CU_ASSERT(pending_next_ms(&pending) <= 1600);
    CU_ASSERT_PTR_NULL(pending_take_late(&pending, 1500));
    late = pending_take_late(&pending, 1616);
    CU_ASSERT_EQUAL(late->number, 2);
    pending_forget(&pending, &late);
    CU_ASSERT_PTR_NULL(pending_take_late(&pending, 1616));
    end();
}

/* Its memory is the next one's by then. */
static void says_of_none_that_was_answered_that_it_is_late(void)
{
    struct question *answered;

    begin(1 << 20);
    answered = put(100);
    pending_forget(&pending, &answered);
    CU_ASSERT_PTR_NULL(pending_take_late(&pending, 10000));
    CU_ASSERT_EQUAL(pending_next_ms(&pending), UINT64_MAX);
    end();
}

static void takes_as_many_as_its_bound(void)
{
    struct question *question;

    begin(1 << 20);
    for (int i = 0; i < QUESTIONS_MAX; i++)
        CU_ASSERT_PTR_NOT_NULL(put(100));
    CU_ASSERT_PTR_NULL(put(100));
    question = pending_get(&pending, 2);
    pending_forget(&pending, &question);
    CU_ASSERT_PTR_NOT_NULL(put(100));
    end();
}

/* An effect may have borrowed the frame or the user. */
static void gives_memory_back_when_the_dead_are_buried(void)
{
    struct question *question;
    struct bytes user;

    begin(1 << 20);
    question = put(100);
    user = question->user;
    pending_forget(&pending, &question);
    CU_ASSERT_TRUE(bytes_equal(user, bytes_from_text("anna")));
    CU_ASSERT(budget.bytes_used > 0);
    pending_bury(&pending);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
    end();
}

static void takes_none_without_memory(void)
{
    begin(sizeof(struct question) + sizeof("frame") + sizeof("anna") - 2);
    CU_ASSERT_PTR_NOT_NULL(put(100));
    CU_ASSERT_PTR_NULL(put(100));
    end();
}

static void keeps_frames_while_there_is_room(void)
{
    struct question *first;
    struct question *third;

    begin(1 << 20);
    first = put(100);
    (void)put(100);
    third = put(100);
    CU_ASSERT_TRUE(first->is_repeatable);
    CU_ASSERT_TRUE(
        bytes_equal(question_frame(first), bytes_from_text("frame")));
    CU_ASSERT_TRUE(bytes_equal(first->user, bytes_from_text("anna")));
    CU_ASSERT_FALSE(third->is_repeatable);
    CU_ASSERT_TRUE(bytes_equal(third->user, bytes_from_text("anna")));
    pending_forget(&pending, &third);
    pending_forget(&pending, &first);
    CU_ASSERT_TRUE(put(100)->is_repeatable);
    end();
}

/* An answer to the first number is nobody's. */
static void asks_again_under_another_number(void)
{
    struct question *question;

    begin(1 << 20);
    question = put(100);
    pending_hold(&pending, question, 50);
    CU_ASSERT_PTR_NULL(pending_get(&pending, 1));
    CU_ASSERT_EQUAL(pending_count(&pending), 1);
    CU_ASSERT_EQUAL(pending_end_ms(question), 50);
    pending_release(&pending, question);
    CU_ASSERT_EQUAL(question->number, 2);
    CU_ASSERT_PTR_EQUAL(pending_get(&pending, 2), question);
    CU_ASSERT_EQUAL(pending_end_ms(question), 100);
    end();
}

static void holds_questions_in_the_order_they_came(void)
{
    struct question *questions[QUESTIONS_MAX];

    begin(1 << 20);
    for (int i = 0; i < QUESTIONS_MAX; i++) {
        questions[i] = put(100);
        pending_hold(&pending, questions[i], 50);
    }
    CU_ASSERT_PTR_NULL(put(100));
    pending_forget(&pending, &questions[1]);
    CU_ASSERT_PTR_EQUAL(pending.held_first, questions[0]);
    CU_ASSERT_PTR_EQUAL(pending.held_last, questions[2]);
    CU_ASSERT_PTR_EQUAL(pending.held_first->next_held, questions[2]);
    pending_release(&pending, questions[0]);
    CU_ASSERT_PTR_EQUAL(pending.held_first, questions[2]);
    end();
}

/* After 2^32 numbers an old question may still be there. */
static void never_gives_a_number_twice_nor_zero(void)
{
    begin(1 << 20);
    (void)put(100);
    pending.number_last = UINT32_MAX;
    CU_ASSERT_EQUAL(put(100)->number, 2);
    end();
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(numbers_questions_and_finds_them),
        SUITE_TEST(gives_up_the_late_ones_soonest_first),
        SUITE_TEST(says_of_none_that_was_answered_that_it_is_late),
        SUITE_TEST(takes_as_many_as_its_bound),
        SUITE_TEST(gives_memory_back_when_the_dead_are_buried),
        SUITE_TEST(takes_none_without_memory),
        SUITE_TEST(keeps_frames_while_there_is_room),
        SUITE_TEST(asks_again_under_another_number),
        SUITE_TEST(holds_questions_in_the_order_they_came),
        SUITE_TEST(never_gives_a_number_twice_nor_zero),
    };

    return SUITE_RUN("router/pending", tests);
}
