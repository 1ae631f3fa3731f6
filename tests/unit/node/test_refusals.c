#include "node/refusals.h"

#include "base/budget.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum {
    SLOTS = 16,
    ROOM = 12, /* Three quarters of the slots. */
};

struct fixture {
    struct budget budget;
    struct map_slot slots[SLOTS];
    struct refusals refusals;
};

static struct fixture *begin(size_t bytes_max)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture);
    budget_init(&fixture->budget, bytes_max);
    refusals_init(
        &fixture->refusals,
        &(struct refusals_options){.allocator = &fixture->budget.allocator,
                                   .slots = fixture->slots,
                                   .slot_count = SLOTS,
                                   .seed = 42});
    return fixture;
}

static void end(struct fixture *fixture)
{
    refusals_deinit(&fixture->refusals);
    CU_ASSERT_EQUAL(fixture->budget.bytes_used, 0);
    free(fixture);
}

static enum dalv_status put(struct fixture *fixture, const char *user,
                            uint8_t id, uint64_t until_ms)
{
    const struct view_request request = {
        .id = {{id}},
        .is_found = true,
        .operation = 5,
        .state = {.id = {{id}},
                  .status = DALV_PRECONDITION,
                  .numbers = bytes_from_text("eight by")},
    };

    return refusals_put(&fixture->refusals, bytes_from_text(user), &request,
                        until_ms);
}

static struct view_request recall(const struct fixture *fixture,
                                  const char *user, uint8_t id)
{
    struct view_request request = {.id = {{id}}};

    refusals_recall(&fixture->refusals, bytes_from_text(user), &request);
    return request;
}

static void remembers_all_of_an_answer(void)
{
    struct fixture *fixture = begin(1 << 20);
    struct view_request request;

    CU_ASSERT_EQUAL(put(fixture, "anna", 1, 1000), DALV_OK);
    request = recall(fixture, "anna", 1);
    CU_ASSERT_TRUE(request.is_found);
    CU_ASSERT_EQUAL(request.state.status, DALV_PRECONDITION);
    CU_ASSERT_EQUAL(request.operation, 5);
    CU_ASSERT_TRUE(
        bytes_equal(request.state.numbers, bytes_from_text("eight by")));
    end(fixture);
}

static void tells_users_and_requests_apart(void)
{
    struct fixture *fixture = begin(1 << 20);

    CU_ASSERT_EQUAL(put(fixture, "anna", 1, 1000), DALV_OK);
    CU_ASSERT_FALSE(recall(fixture, "berta", 1).is_found);
    CU_ASSERT_FALSE(recall(fixture, "anna", 2).is_found);
    end(fixture);
}

static void forgets_when_the_time_has_passed(void)
{
    struct fixture *fixture = begin(1 << 20);

    CU_ASSERT_EQUAL(put(fixture, "anna", 1, 1000), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "anna", 2, 2000), DALV_OK);
    refusals_expire(&fixture->refusals, 999);
    CU_ASSERT_TRUE(recall(fixture, "anna", 1).is_found);
    refusals_expire(&fixture->refusals, 1016);
    CU_ASSERT_FALSE(recall(fixture, "anna", 1).is_found);
    CU_ASSERT_TRUE(recall(fixture, "anna", 2).is_found);
    CU_ASSERT_EQUAL(refusals_count(&fixture->refusals), 1);
    end(fixture);
}

static void has_no_room_beyond_its_bound(void)
{
    struct fixture *fixture = begin(1 << 20);

    for (unsigned id = 1; id <= ROOM; id++)
        CU_ASSERT_EQUAL(put(fixture, "anna", (uint8_t)id, 1000), DALV_OK);
    CU_ASSERT_EQUAL(put(fixture, "anna", ROOM + 1, 1000), DALV_BUSY);
    /* What is known needs none. */
    CU_ASSERT_EQUAL(put(fixture, "anna", 1, 1000), DALV_OK);
    refusals_expire(&fixture->refusals, 2000);
    CU_ASSERT_EQUAL(put(fixture, "anna", ROOM + 1, 3000), DALV_OK);
    end(fixture);
}

static void has_no_room_without_memory(void)
{
    struct fixture *fixture = begin(100);

    CU_ASSERT_EQUAL(put(fixture, "anna", 1, 1000), DALV_BUSY);
    CU_ASSERT_FALSE(recall(fixture, "anna", 1).is_found);
    end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(remembers_all_of_an_answer),
        SUITE_TEST(tells_users_and_requests_apart),
        SUITE_TEST(forgets_when_the_time_has_passed),
        SUITE_TEST(has_no_room_beyond_its_bound),
        SUITE_TEST(has_no_room_without_memory),
    };

    return SUITE_RUN("node/refusals", tests);
}
