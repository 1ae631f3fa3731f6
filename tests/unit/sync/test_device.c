#include "sync/device.h"

#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>

static struct device_opened open_again(struct fixture *fixture, uint8_t install)
{
    struct install_id id = {.bytes = {install}};
    struct device_opened opened = {.status = DALV_INTERNAL};

    fixture_begin(fixture);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture->view, 0, &id), DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(device_open(&fixture->judge, &id, &opened), DALV_OK);
    fixture_end(fixture);
    return opened;
}

static enum dalv_status retire(struct fixture *fixture, uint64_t device)
{
    enum dalv_status status;

    fixture_begin(fixture);
    CU_ASSERT_EQUAL(user_view_want_device(&fixture->view, device, NULL),
                    DALV_OK);
    fixture_fill(fixture);
    status = device_retire(&fixture->judge, device);
    fixture_end(fixture);
    return status;
}

static void gives_ids_in_order_and_once(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t log_index;

    CU_ASSERT_EQUAL(open_again(fixture, 1).device, 1);
    CU_ASSERT_EQUAL(open_again(fixture, 2).device, 2);
    log_index = fixture->store.log_index;
    /* The first contact's answer was lost. */
    CU_ASSERT_EQUAL(open_again(fixture, 1).device, 1);
    CU_ASSERT_EQUAL(fixture->store.log_index, log_index);
    CU_ASSERT_EQUAL(fixture->store.user.device_count, 2);
    fixture_destroy(&fixture);
}

/* Devices are kept under their history: it must not begin after them. */
static void begins_the_history(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t history;

    (void)open_again(fixture, 1);
    history = fixture->store.user.history_id;
    CU_ASSERT_NOT_EQUAL(history, 0);
    (void)fixture_write(fixture, put("name", "Ada"));
    CU_ASSERT_EQUAL(fixture->store.user.history_id, history);
    fixture_destroy(&fixture);
}

static void opens_no_more_than_the_policy_allows(void)
{
    struct fixture *fixture = fixture_create();

    fixture->policy.device_max = 2;
    (void)open_again(fixture, 1);
    (void)open_again(fixture, 2);
    CU_ASSERT_EQUAL(open_again(fixture, 3).status, DALV_QUOTA);
    CU_ASSERT_EQUAL(open_again(fixture, 2).status, DALV_OK);
    CU_ASSERT_EQUAL(retire(fixture, 1), DALV_OK);
    CU_ASSERT_EQUAL(open_again(fixture, 3).device, 3);
    /* Known, but there is no room for it now. */
    CU_ASSERT_EQUAL(open_again(fixture, 1).status, DALV_QUOTA);
    fixture_destroy(&fixture);
}

static void takes_nothing_of_a_retired_device(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");
    struct fixture_sync sync;

    (void)fixture_push(fixture, device, 0, &operation, 1);
    CU_ASSERT_EQUAL(retire(fixture, device), DALV_OK);
    CU_ASSERT_EQUAL(retire(fixture, device), DALV_OK);
    CU_ASSERT_EQUAL(fixture->store.user.device_count, 0);
    fixture_sync_init(fixture, device, 1, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Bob"));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_NOT_PERMITTED);
    fixture_destroy(&fixture);
}

/* What it had settled is still settled. */
static void goes_on_where_a_retired_device_stood(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");

    (void)fixture_push(fixture, device, 0, &operation, 1);
    CU_ASSERT_EQUAL(retire(fixture, device), DALV_OK);
    CU_ASSERT_EQUAL(open_again(fixture, 1).device, device);
    CU_ASSERT_EQUAL(fixture->store.devices[0].push_settled, 1);
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &operation, 1).result,
                    OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(fixture->store.user.device_count, 1);
    fixture_destroy(&fixture);
}

/* A refusal is told until it is confirmed, or for as long as the conflict log
   would keep it. */
static void retires_no_device_that_waits_to_hear_of_a_refusal(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");
    const uint64_t days_us = (uint64_t)30 * 24 * 3600 * 1000000;

    (void)fixture_push(fixture, device, 0, &operation, 1);
    (void)fixture_write(fixture, put("name", "Bob"));
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &operation, 1).result,
                    OUTCOME_REFUSED);
    CU_ASSERT_EQUAL(retire(fixture, device), DALV_PRECONDITION);
    CU_ASSERT_FALSE(fixture->store.devices[0].is_retired);
    fixture->now_us += days_us - 10 * 1000000;
    CU_ASSERT_EQUAL(retire(fixture, device), DALV_PRECONDITION);
    fixture->now_us += 10 * 1000000;
    CU_ASSERT_EQUAL(retire(fixture, device), DALV_OK);
    CU_ASSERT_EQUAL(fixture->store.user.device_count, 0);
    fixture_destroy(&fixture);
}

static void knows_no_device_that_was_never_opened(void)
{
    struct fixture *fixture = fixture_create();
    struct fixture_sync sync;

    CU_ASSERT_EQUAL(retire(fixture, 7), DALV_NOT_FOUND);
    fixture->devices[7].number_next = 1;
    fixture_sync_init(fixture, 7, 0, &sync);
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, 7, &sync).status,
                    DALV_NOT_FOUND);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(gives_ids_in_order_and_once),
        SUITE_TEST(begins_the_history),
        SUITE_TEST(opens_no_more_than_the_policy_allows),
        SUITE_TEST(takes_nothing_of_a_retired_device),
        SUITE_TEST(goes_on_where_a_retired_device_stood),
        SUITE_TEST(retires_no_device_that_waits_to_hear_of_a_refusal),
        SUITE_TEST(knows_no_device_that_was_never_opened),
    };

    return SUITE_RUN("sync/device", tests);
}
