#include "node/lane.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "base/budget.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum {
    SLOTS = 16,
    REQUEST_BYTES = 1000,
};

struct fixture {
    struct budget budget;
    struct map_slot slots[SLOTS];
    struct lanes lanes;
};

static struct fixture *begin(size_t waiting_bytes_max)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture);
    budget_init(&fixture->budget, 1 << 26);
    lanes_init(&fixture->lanes,
               &(struct lanes_options){.allocator = &fixture->budget.allocator,
                                       .slots = fixture->slots,
                                       .slot_count = SLOTS,
                                       .waiting_bytes_max = waiting_bytes_max,
                                       .seed = 42});
    return fixture;
}

static void end(struct fixture *fixture)
{
    lanes_deinit(&fixture->lanes);
    CU_ASSERT_EQUAL(fixture->lanes.waiting_bytes, 0);
    CU_ASSERT_EQUAL(fixture->budget.bytes_used, 0);
    free(fixture);
}

static struct request *make(const char *user, uint32_t number)
{
    struct request *request = calloc(1, sizeof(*request));

    CU_ASSERT_PTR_NOT_NULL_FATAL(request);
    request->user = bytes_from_text(user);
    request->number = number;
    request->bytes = REQUEST_BYTES;
    request->message.type = MESSAGE_UPDATE;
    return request;
}

/* One more; it goes again if it is not taken. */
static enum dalv_status put(struct fixture *fixture, const char *user,
                            uint32_t number)
{
    struct request *request = make(user, number);
    enum dalv_status status = lanes_put(&fixture->lanes, request);

    if (status != DALV_OK)
        free(request);
    return status;
}

/* The next lane that is ready begins its turn. */
static struct turn *begin_turn(struct fixture *fixture)
{
    struct lane *lane = lanes_take_ready(&fixture->lanes);
    struct turn *turn;

    if (lane == NULL)
        return NULL;
    turn = turn_create(&fixture->budget.allocator, NULL, 1);
    lane->turn = turn;
    turn->lane = lane;
    lanes_fill_turn(&fixture->lanes, lane);
    return turn;
}

/* Its requests are answered; the result is their numbers as digits. */
static uint64_t end_turn(struct fixture *fixture, struct turn *turn)
{
    uint64_t numbers = 0;
    struct list_link *link;

    while ((link = list_take(&turn->requests)) != NULL) {
        struct request *request = LIST_ITEM(link, struct request, link);

        numbers = numbers * 10 + request->number;
        free(request);
    }
    while ((link = list_take(&turn->chores)) != NULL) {
        struct chore *chore = LIST_ITEM(link, struct chore, link);

        numbers = numbers * 10 + 9;
        chore_destroy(&chore, &fixture->budget.allocator);
    }
    lanes_end_turn(&fixture->lanes, turn->lane);
    turn_destroy(&turn);
    return numbers;
}

static void put_chore(struct fixture *fixture, const char *user,
                      enum chore_type type)
{
    struct chore *chore = chore_create(
        &fixture->budget.allocator,
        &(struct chore_wish){.type = type, .user = bytes_from_text(user)});

    CU_ASSERT_EQUAL(lanes_put_chore(&fixture->lanes, chore), DALV_OK);
}

static void gives_each_user_one_turn_at_a_time(void)
{
    struct fixture *fixture = begin(1 << 20);
    struct turn *anna;
    struct turn *berta;

    CU_ASSERT_EQUAL(put(fixture, "anna", 1), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "berta", 2), DALV_OK);
    anna = begin_turn(fixture);
    CU_ASSERT_EQUAL(put(fixture, "anna", 3), DALV_OK);
    berta = begin_turn(fixture);
    CU_ASSERT_PTR_NULL(begin_turn(fixture));
    CU_ASSERT_EQUAL(end_turn(fixture, anna), 1);
    CU_ASSERT_EQUAL(end_turn(fixture, berta), 2);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 3);
    CU_ASSERT_PTR_NULL(begin_turn(fixture));
    end(fixture);
}

static void takes_all_that_waits_in_the_order_of_arrival(void)
{
    struct fixture *fixture = begin(1 << 20);

    for (uint32_t number = 1; number <= 5; number++)
        CU_ASSERT_EQUAL(put(fixture, "anna", number), DALV_OK);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 12345);
    end(fixture);
}

/* What comes behind an erasure belongs to another history. */
static void lets_an_erasure_go_alone(void)
{
    struct fixture *fixture = begin(1 << 20);
    struct request *erase = make("anna", 2);

    erase->message.type = MESSAGE_ERASE;
    CU_ASSERT_EQUAL(put(fixture, "anna", 1), DALV_OK);
    CU_ASSERT_EQUAL(lanes_put(&fixture->lanes, erase), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "anna", 3), DALV_OK);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 1);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 2);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 3);
    end(fixture);
}

static void puts_back_what_did_not_fit_before_what_came_since(void)
{
    struct fixture *fixture = begin(1 << 20);
    struct turn *turn;
    struct lane *lane;

    for (uint32_t number = 1; number <= 3; number++)
        CU_ASSERT_EQUAL(put(fixture, "anna", number), DALV_OK);
    turn = begin_turn(fixture);
    ASSERT(turn != NULL);
    lane = turn->lane;
    CU_ASSERT_EQUAL(put(fixture, "anna", 4), DALV_OK);
    lanes_empty_turn(&fixture->lanes, lane);
    lane->request_max = 2;
    CU_ASSERT_EQUAL(end_turn(fixture, turn), 0);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 12);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 34);
    end(fixture);
}

static void is_busy_when_all_together_have_too_much_waiting(void)
{
    struct fixture *fixture = begin(2 * REQUEST_BYTES);

    CU_ASSERT_EQUAL(put(fixture, "anna", 1), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "berta", 2), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "carla", 3), DALV_BUSY);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 1);
    CU_ASSERT_EQUAL(put(fixture, "carla", 3), DALV_OK);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 2);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 3);
    end(fixture);
}

static void is_busy_when_one_user_has_too_many_waiting(void)
{
    struct fixture *fixture = begin(SIZE_MAX);
    struct turn *turn;

    for (uint32_t i = 0; i < LANE_WAITING_MAX; i++)
        CU_ASSERT_EQUAL(put(fixture, "anna", 0), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "anna", 1), DALV_BUSY);
    CU_ASSERT_EQUAL(put(fixture, "berta", 1), DALV_OK);
    while ((turn = begin_turn(fixture)) != NULL)
        (void)end_turn(fixture, turn);
    end(fixture);
}

static enum dalv_status put_large(struct fixture *fixture, uint32_t number)
{
    struct request *request = make("anna", number);

    request->bytes = LANE_WAITING_BYTES_MAX / 2;
    return lanes_put(&fixture->lanes, request);
}

static void is_busy_while_one_users_large_ones_wait(void)
{
    struct fixture *fixture = begin(SIZE_MAX);
    struct turn *turn;

    CU_ASSERT_EQUAL(put_large(fixture, 1), DALV_OK);
    CU_ASSERT_EQUAL(put_large(fixture, 2), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "anna", 3), DALV_BUSY);
    CU_ASSERT_EQUAL(put(fixture, "berta", 4), DALV_OK);
    turn = begin_turn(fixture);
    CU_ASSERT_EQUAL(put(fixture, "anna", 3), DALV_OK);
    CU_ASSERT_EQUAL(end_turn(fixture, turn), 1);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 4);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 2);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 3);
    end(fixture);
}

static void is_busy_when_too_many_users_have_work(void)
{
    static const char *const users[] = {"a", "b", "c", "d", "e", "f", "g",
                                        "h", "i", "j", "k", "l", "m"};
    struct fixture *fixture = begin(1 << 20);
    struct turn *turn;
    unsigned taken = 0;

    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
        taken += put(fixture, users[i], 1) == DALV_OK;
    CU_ASSERT_EQUAL(taken, 12);
    while ((turn = begin_turn(fixture)) != NULL)
        (void)end_turn(fixture, turn);
    end(fixture);
}

/* One who writes all the time is cleaned up after all the same. */
static void lets_chores_wait_but_not_forever(void)
{
    struct fixture *fixture = begin(1 << 20);
    unsigned turns = 0;

    put_chore(fixture, "anna", CHORE_TOMBSTONES);
    while (turns < 100) {
        CU_ASSERT_EQUAL(put(fixture, "anna", 1), DALV_OK);
        turns++;
        if (end_turn(fixture, begin_turn(fixture)) == 9)
            break;
    }
    CU_ASSERT_EQUAL(turns, LANE_CHORE_EVERY);
    while (turns-- > 0) {
        struct turn *turn = begin_turn(fixture);

        if (turn != NULL)
            (void)end_turn(fixture, turn);
    }
    end(fixture);
}

static void takes_chores_of_one_kind_together(void)
{
    struct fixture *fixture = begin(1 << 20);

    put_chore(fixture, "anna", CHORE_EXPIRY);
    put_chore(fixture, "anna", CHORE_EXPIRY);
    put_chore(fixture, "anna", CHORE_LIST);
    put_chore(fixture, "anna", CHORE_LIST);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 99);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 9);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 9);
    end(fixture);
}

static void makes_a_lane_ready_again_that_had_no_memory(void)
{
    struct fixture *fixture = begin(1 << 20);
    struct list starved;
    struct lane *lane;

    CU_ASSERT_EQUAL(put(fixture, "anna", 1), DALV_OK);
    list_init(&starved);
    lane = lanes_take_ready(&fixture->lanes);
    list_append(&starved, &lane->link);
    CU_ASSERT_PTR_NULL(lanes_take_ready(&fixture->lanes));
    lanes_put_back(&fixture->lanes, &starved);
    CU_ASSERT_EQUAL(end_turn(fixture, begin_turn(fixture)), 1);
    end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(gives_each_user_one_turn_at_a_time),
        SUITE_TEST(takes_all_that_waits_in_the_order_of_arrival),
        SUITE_TEST(lets_an_erasure_go_alone),
        SUITE_TEST(puts_back_what_did_not_fit_before_what_came_since),
        SUITE_TEST(is_busy_when_all_together_have_too_much_waiting),
        SUITE_TEST(is_busy_when_one_user_has_too_many_waiting),
        SUITE_TEST(is_busy_while_one_users_large_ones_wait),
        SUITE_TEST(is_busy_when_too_many_users_have_work),
        SUITE_TEST(lets_chores_wait_but_not_forever),
        SUITE_TEST(takes_chores_of_one_kind_together),
        SUITE_TEST(makes_a_lane_ready_again_that_had_no_memory),
    };

    return SUITE_RUN("node/lane", tests);
}
