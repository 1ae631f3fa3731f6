/*
 * What one device did comes in its order, or waits: what was refused is never
 * forgotten while something behind it may yet be judged.
 */
#include "sync/push.h"

#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>

/* The next request, with another base, could not know of the refusal. */
static void lets_wait_what_is_not_judged_behind_a_refusal(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operations[] = {add("count", "occupied"),
                                     increment("other", 1)};
    struct transaction transaction = {.operation_count = 1};
    static const uint64_t bases[] = {3, 1};
    struct fixture_sync sync;
    struct push_answer answer;

    for (int i = 0; i < 3; i++)
        (void)fixture_write(fixture, increment("count", 1));
    fixture->store.user.floor = 2;
    fixture_sync_init(fixture, device, 3, &sync);
    for (size_t i = 0; i < 2; i++) {
        transaction.operations = &operations[i];
        transaction.local_id = i + 1;
        transaction.base_revision = bases[i];
        fixture_sync_add_transaction(fixture, &sync, &transaction);
    }
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.mode, SYNC_DIGEST);
    CU_ASSERT_EQUAL(answer.settled, 2);
    CU_ASSERT_EQUAL_FATAL(answer.outcome_count, 2);
    CU_ASSERT_EQUAL(answer.outcomes[0].status, DALV_OCCUPIED);
    CU_ASSERT_EQUAL(answer.outcomes[1].status, DALV_WAITS);
    CU_ASSERT_EQUAL(answer.outcomes[1].waits_for, 1);
    fixture_destroy(&fixture);
}

/* It would take a refusal that was forgotten for "applied". */
static void finds_a_store_that_repeats_what_it_confirmed(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync refused;
    struct fixture_sync confirming;

    (void)fixture_write(fixture, put("name", "Grace"));
    fixture_sync_init(fixture, device, 1, &refused);
    fixture_sync_add(fixture, device, &refused, add("name", "Ada"));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &refused).outcome_count,
                    1);
    fixture_sync_done(fixture, device, &refused);
    fixture_sync_init(fixture, device, 1, &confirming);
    confirming.message.confirmed = 1;
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &confirming).status,
                    DALV_OK);
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &refused).status,
                    DALV_CLONED);
    fixture_destroy(&fixture);
}

/*
 * A clone is refused and takes a new identity, with which it pushes its work
 * again. A copy of what it asked before comes late, by the connection that now
 * is the new device's: were it judged as that one's, the new pushes would not
 * fit its chain, and the work be done once more under a third identity.
 */
static void judges_no_request_that_was_made_for_another_device(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t old = fixture_open(fixture, 1);
    uint64_t renewed = fixture_open(fixture, 2);
    struct fixture_sync late;
    struct fixture_sync sync;

    fixture_sync_init(fixture, old, 0, &late);
    fixture_sync_add(fixture, old, &late, increment("count", 1));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, renewed, &late).status,
                    DALV_NOT_FOUND);
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "count"));
    fixture_sync_init(fixture, renewed, 0, &sync);
    fixture_sync_add(fixture, renewed, &sync, increment("count", 1));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, renewed, &sync).status, DALV_OK);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, 1);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(lets_wait_what_is_not_judged_behind_a_refusal),
        SUITE_TEST(finds_a_store_that_repeats_what_it_confirmed),
        SUITE_TEST(judges_no_request_that_was_made_for_another_device),
    };

    return SUITE_RUN("sync/push order", tests);
}
