#include "sync/judge.h"

#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>

static void takes_a_put_of_a_backend(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = put("name", "Ada");
    struct update_answer answer = fixture_update(fixture, &operation, 1);
    const struct store_key *key = store_key(&fixture->store, "name");

    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    CU_ASSERT_EQUAL(answer.revision, 1);
    CU_ASSERT_NOT_EQUAL(answer.history_id, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    CU_ASSERT_EQUAL(key->state.kind, KEY_REGISTER);
    CU_ASSERT_TRUE(
        bytes_equal(store_text_bytes(&key->value), bytes_from_text("Ada")));
    fixture_destroy(&fixture);
}

static void finds_nothing_to_delete(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = del("name");

    CU_ASSERT_EQUAL(fixture_update(fixture, &operation, 1).status,
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 0);
    (void)fixture_write(fixture, put("name", "Ada"));
    CU_ASSERT_EQUAL(fixture_write(fixture, del("name")), 2);
    CU_ASSERT_EQUAL(fixture_update(fixture, &operation, 1).status,
                    DALV_NOT_FOUND);
    fixture_destroy(&fixture);
}

static void takes_a_push_of_a_device(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");
    struct outcome outcome = fixture_push(fixture, device, 0, &operation, 1);

    CU_ASSERT_EQUAL(device, 1);
    CU_ASSERT_EQUAL(outcome.result, OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(outcome.revision, 1);
    CU_ASSERT_EQUAL(fixture->store.devices[0].push_settled, 1);
    CU_ASSERT_EQUAL(fixture->store.devices[0].revision_last, 1);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(takes_a_put_of_a_backend),
        SUITE_TEST(finds_nothing_to_delete),
        SUITE_TEST(takes_a_push_of_a_device),
    };

    return SUITE_RUN("sync/judge", tests);
}
