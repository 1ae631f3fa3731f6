#include "sync/push.h"

#include "base/bounds.h"
#include "model/transaction_format.h"
#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static void settles_a_retry_once(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_answer answer;

    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, increment("count", 1));
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.applied_first, 1);
    CU_ASSERT_EQUAL(answer.applied_count, 1);
    /* The answer was lost: it is told, but not as a number again. */
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    CU_ASSERT_EQUAL(answer.settled, 1);
    CU_ASSERT_EQUAL(answer.applied_count, 0);
    CU_ASSERT_EQUAL(answer.outcome_count, 0);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, 1);
    fixture_destroy(&fixture);
}

/* 5 is refused and 6 applied, the reply is lost: neither is forgotten, and
   neither happens twice. */
static void repeats_a_refusal_until_it_is_confirmed(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_answer answer;

    (void)fixture_write(fixture, put("name", "Ada"));
    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Bob"));
    fixture_sync_add(fixture, device, &sync, increment("count", 1));
    (void)fixture_sync_send(fixture, device, &sync);
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 2);
    CU_ASSERT_EQUAL_FATAL(answer.outcome_count, 1);
    CU_ASSERT_EQUAL(answer.outcomes[0].push_number, 1);
    CU_ASSERT_EQUAL(answer.outcomes[0].status, DALV_CONFLICT);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, 1);
    fixture_sync_done(fixture, device, &sync);
    fixture_sync_init(fixture, device, 2, &sync);
    sync.message.confirmed = 2;
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.outcome_count, 0);
    CU_ASSERT_FALSE(fixture->store.outcomes[0].is_used);
    fixture_destroy(&fixture);
}

static void writes_nothing_for_a_sync_with_nothing_to_say(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    uint64_t log_index = fixture->store.log_index;

    fixture_sync_init(fixture, device, 0, &sync);
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).mode, SYNC_TAIL);
    CU_ASSERT_EQUAL(fixture->store.log_index, log_index);
    fixture_destroy(&fixture);
}

/* What depends on a refused push waits for it, over two hops and by name;
   what does not goes through. */
static void holds_up_what_depends_on_a_refusal(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation both[] = {put("name", "Bob"), put("b", "x")};
    struct operation next[] = {put("b", "y"), put("c", "x")};
    struct operation last = put("d", "x");
    struct transaction named = {
        .operations = &last, .operation_count = 1, .local_id = 99, .after = 50};
    struct transaction first = {
        .operations = both, .operation_count = 2, .local_id = 50};
    struct transaction second = {
        .operations = next, .operation_count = 2, .local_id = 51};
    struct fixture_sync sync;
    struct push_answer answer;

    (void)fixture_write(fixture, put("name", "Ada"));
    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add_transaction(fixture, &sync, &first);
    fixture_sync_add_transaction(fixture, &sync, &second);
    fixture_sync_add(fixture, device, &sync, put("c", "z"));
    fixture_sync_add_transaction(fixture, &sync, &named);
    fixture_sync_add(fixture, device, &sync, put("free", "x"));
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 5);
    CU_ASSERT_EQUAL_FATAL(answer.outcome_count, 4);
    CU_ASSERT_EQUAL(answer.outcomes[0].status, DALV_CONFLICT);
    for (size_t i = 1; i < 4; i++) {
        CU_ASSERT_EQUAL(answer.outcomes[i].status, DALV_WAITS);
        CU_ASSERT_EQUAL(answer.outcomes[i].waits_for, 1);
    }
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "c"));
    CU_ASSERT_PTR_NOT_NULL(store_key(&fixture->store, "free"));
    fixture_destroy(&fixture);
}

/* A phone put back from its vendor's backup is at push 1, the server at 2. */
static void finds_a_store_that_was_rolled_back(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");
    struct fixture_device backup;
    struct fixture_sync sync;

    (void)fixture_push(fixture, device, 0, &operation, 1);
    backup = fixture->devices[device];
    (void)fixture_push(fixture, device, 1, &operation, 1);
    fixture->devices[device] = backup;
    /* With nothing to push it is behind, ... */
    fixture_sync_init(fixture, device, 1, &sync);
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_CLONED);
    /* ... and with other work its chain is another. */
    fixture_sync_add(fixture, device, &sync, put("name", "Bob"));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_CLONED);
    fixture_sync_add(fixture, device, &sync, put("name", "Cyd"));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_CLONED);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 2);
    fixture_destroy(&fixture);
}

static void finds_a_store_that_is_ahead(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;

    fixture->devices[device].number_next = 7;
    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Ada"));
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_CLONED);
    /* A restored server knows that it may have forgotten. */
    fixture->store.user.common_history_id = 5;
    fixture->store.user.common = 0;
    sync.message.cursor.history_id = fixture->store.user.history_id;
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status, DALV_OK);
    CU_ASSERT_EQUAL(fixture->store.devices[0].push_settled, 7);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 1);
    /* Only until its first work. */
    fixture->devices[device].number_next = 9;
    fixture_sync_init(fixture, device, 1, &sync);
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_CLONED);
    fixture_destroy(&fixture);
}

static void refuses_numbers_that_cannot_be(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;

    fixture_sync_init(fixture, device, 0, &sync);
    sync.message.push_first = 0;
    CU_ASSERT_EQUAL(fixture_sync_send(fixture, device, &sync).status,
                    DALV_INVALID);
    fixture_destroy(&fixture);
}

static enum sync_mode mode_at(struct fixture *fixture, struct cursor cursor,
                              uint64_t base)
{
    struct operation operation = put("name", "Bob");
    struct transaction transaction = {.operations = &operation,
                                      .operation_count = 1,
                                      .local_id = 1,
                                      .base_revision = base};
    struct fixture_sync sync;
    struct push_answer answer;

    fixture_sync_init(fixture, 1, 0, &sync);
    sync.message.cursor = cursor;
    fixture_sync_add_transaction(fixture, &sync, &transaction);
    answer = fixture_sync_send(fixture, 1, &sync);
    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    if (answer.mode != SYNC_TAIL) {
        CU_ASSERT_EQUAL(answer.settled, 0);
        CU_ASSERT_EQUAL(fixture->store.user.revision, 3);
    }
    return answer.mode;
}

static void judges_nothing_below_the_floor(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t history;

    (void)fixture_open(fixture, 1);
    for (int i = 0; i < 3; i++)
        (void)fixture_write(fixture, increment("count", 1));
    history = fixture->store.user.history_id;
    fixture->store.user.floor = 2;
    /* Cursor, base: below, above, and of the future. */
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){history, 1}, 1),
                    SYNC_DIGEST);
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){history, 3}, 1),
                    SYNC_DIGEST);
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){history, 2}, 3),
                    SYNC_DIGEST);
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){history, 4}, 2),
                    SYNC_DIGEST);
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){history + 1, 3}, 3),
                    SYNC_SNAPSHOT);
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){0, 0}, 0), SYNC_SNAPSHOT);
    CU_ASSERT_EQUAL(mode_at(fixture, (struct cursor){history, 2}, 2),
                    SYNC_TAIL);
    fixture_destroy(&fixture);
}

static struct push_answer nothing_from(struct fixture *fixture,
                                       uint64_t history)
{
    struct fixture_sync sync;

    fixture_sync_init(fixture, 1, 0, &sync);
    sync.message.cursor = (struct cursor){history, 9};
    return fixture_sync_send(fixture, 1, &sync);
}

static void tells_what_became_of_another_history(void)
{
    struct fixture *fixture = fixture_create();

    (void)fixture_open(fixture, 1);
    fixture->store.user.common_history_id = 5;
    fixture->store.user.common = 4;
    CU_ASSERT_EQUAL(nothing_from(fixture, 5).common, 4);
    CU_ASSERT_TRUE(nothing_from(fixture, 5).is_restored);
    CU_ASSERT_FALSE(nothing_from(fixture, 5).is_erased);
    /* Nothing was erased, so what nobody knows can only have been lost. */
    CU_ASSERT_TRUE(nothing_from(fixture, 6).is_restored);
    CU_ASSERT_FALSE(nothing_from(fixture, 6).is_erased);
    CU_ASSERT_EQUAL(nothing_from(fixture, 6).common, 0);
    fixture->store.user.erased_history_id = 7;
    CU_ASSERT_TRUE(nothing_from(fixture, 7).is_erased);
    /* Erased before that, perhaps: what is not known must not come back. */
    CU_ASSERT_TRUE(nothing_from(fixture, 6).is_erased);
    CU_ASSERT_FALSE(nothing_from(fixture, 6).is_restored);
    CU_ASSERT_FALSE(nothing_from(fixture, 5).is_erased);
    fixture_destroy(&fixture);
}

/* The first is above the floor and settled; from the second on nothing is
   judged, though the third is above it as well. */
static void judges_up_to_the_first_base_below_the_floor(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = increment("count", 1);
    struct transaction transaction = {.operations = &operation,
                                      .operation_count = 1};
    static const uint64_t bases[] = {3, 1, 3};
    struct fixture_sync sync;
    struct push_answer answer;

    for (int i = 0; i < 3; i++)
        (void)fixture_write(fixture, increment("count", 1));
    fixture->store.user.floor = 2;
    fixture_sync_init(fixture, device, 3, &sync);
    for (size_t i = 0; i < 3; i++) {
        transaction.local_id = i + 1;
        transaction.base_revision = bases[i];
        fixture_sync_add_transaction(fixture, &sync, &transaction);
    }
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.mode, SYNC_DIGEST);
    CU_ASSERT_EQUAL(answer.settled, 1);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, 4);
    CU_ASSERT_EQUAL(answer.filter.count, 0);
    fixture_destroy(&fixture);
}

/* There was no room to judge the second, which can be judged: if the mode sent
   the device to compare and send other work, a late copy might settle it. */
static void asks_for_no_other_work_under_a_number_it_may_yet_judge(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = increment("count", 1);
    struct transaction transaction = {.operations = &operation,
                                      .operation_count = 1};
    static const uint64_t bases[] = {3, 3, 1};
    struct fixture_sync sync;
    struct push_answer answer;

    for (int i = 0; i < 3; i++)
        (void)fixture_write(fixture, increment("count", 1));
    fixture->store.user.floor = 2;
    fixture->record_max = 1;
    fixture_sync_init(fixture, device, 3, &sync);
    for (size_t i = 0; i < 3; i++) {
        transaction.local_id = i + 1;
        transaction.base_revision = bases[i];
        fixture_sync_add_transaction(fixture, &sync, &transaction);
    }
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 1);
    CU_ASSERT_EQUAL(answer.mode, SYNC_TAIL);
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 2);
    CU_ASSERT_EQUAL(answer.mode, SYNC_DIGEST);
    fixture_destroy(&fixture);
}

/* Rights are judged by another; what depends on it waits all the same. */
static void holds_up_what_depends_on_a_lack_of_rights(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_request request;
    struct push_answer answer;

    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Ada"));
    fixture_sync_add(fixture, device, &sync, add("name", "Bob"));
    sync.message.pushes = sync.pushes;
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(push_want(&request, device, &sync.message, &fixture->view),
                    DALV_OK);
    request.pushes[0].status = DALV_NOT_PERMITTED;
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(push_judge(&fixture->judge, &request, &answer), DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_EQUAL_FATAL(answer.outcome_count, 2);
    CU_ASSERT_EQUAL(answer.outcomes[0].status, DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(answer.outcomes[1].status, DALV_WAITS);
    fixture_destroy(&fixture);
}

/* Counter 5 at the device; 6 by a backend, 7 by the device, both unseen: the
   device must be told 7, it would come to 6 by itself. */
static void echoes_own_work_that_met_anothers(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_answer answer;

    (void)fixture_write(fixture, increment("count", 5));
    (void)fixture_write(fixture, increment("count", 1));
    fixture_sync_init(fixture, device, 1, &sync);
    fixture_sync_add(fixture, device, &sync, increment("count", 1));
    fixture_sync_add(fixture, device, &sync, put("own", "x"));
    fixture_sync_add(fixture, device, &sync, put_for("fleeting", "x", 1000));
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL_FATAL(answer.applied_count, 3);
    CU_ASSERT_EQUAL(answer.applied[0], 0);
    CU_ASSERT_EQUAL(answer.applied[1], 4);
    CU_ASSERT_EQUAL(answer.applied[2], 0);
    CU_ASSERT_FALSE(
        push_filter_skips(&answer.filter, bytes_from_text("count"), 3));
    CU_ASSERT_TRUE(
        push_filter_skips(&answer.filter, bytes_from_text("own"), 4));
    CU_ASSERT_FALSE(
        push_filter_skips(&answer.filter, bytes_from_text("fleeting"), 5));
    fixture_destroy(&fixture);
}

static void refuses_what_it_cannot_read(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_answer answer;

    fixture_sync_init(fixture, device, 0, &sync);
    sync.pushes[0] = bytes_from_text("garbage");
    sync.message.push_count = 1;
    fixture_sync_add(fixture, device, &sync, put("name", "Ada"));
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 2);
    CU_ASSERT_EQUAL_FATAL(answer.outcome_count, 1);
    CU_ASSERT_EQUAL(answer.outcomes[0].result, OUTCOME_REFUSED);
    CU_ASSERT_NOT_EQUAL(answer.outcomes[0].status, DALV_OK);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 1);
    fixture_destroy(&fixture);
}

static void takes_no_preconditions_of_a_device(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");
    struct precondition precondition = {.type = PRECONDITION_ABSENT,
                                        .key = bytes_from_text("name")};
    struct transaction transaction = {.operations = &operation,
                                      .operation_count = 1,
                                      .preconditions = &precondition,
                                      .precondition_count = 1};
    struct fixture_sync sync;
    struct push_answer answer;

    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add_transaction(fixture, &sync, &transaction);
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL_FATAL(answer.outcome_count, 1);
    CU_ASSERT_EQUAL(answer.outcomes[0].status, DALV_INVALID);
    fixture_destroy(&fixture);
}

/* More than a batch takes: the rest comes again, and nothing is lost. */
static void leaves_what_does_not_fit_for_the_next_request(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_answer answer;

    fixture_sync_init(fixture, device, 0, &sync);
    for (int i = 0; i < 5; i++)
        fixture_sync_add(fixture, device, &sync, increment("count", 1));
    fixture->record_max = 2;
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 2);
    CU_ASSERT_EQUAL(answer.applied_count, 2);
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 4);
    answer = fixture_sync_send(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.settled, 5);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, 5);
    fixture_destroy(&fixture);
}

/* The next request could not know what depends on the refused one. */
static void tears_no_request_behind_a_refusal(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_request request;
    struct push_answer answer;

    (void)fixture_write(fixture, put("name", "Grace"));
    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Ada"));
    fixture_sync_add(fixture, device, &sync, put("mail", "ada@"));
    fixture_sync_add(fixture, device, &sync, put("town", "London"));
    fixture_sync_add(fixture, device, &sync, put("name", "Augusta"));
    fixture->record_max = 1;
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(push_want(&request, device, &sync.message, &fixture->view),
                    DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(push_judge(&fixture->judge, &request, &answer),
                    DALV_NO_MEMORY);
    fixture_destroy(&fixture);
}

static void stops_at_the_bound_of_refusals(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct fixture_sync sync;
    struct push_request request;
    struct push_answer answer;
    struct view_device *entry;

    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Ada"));
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(push_want(&request, device, &sync.message, &fixture->view),
                    DALV_OK);
    fixture_fill(fixture);
    entry = user_view_device(&fixture->view, device);
    entry->outcomes =
        arena_take(&fixture->arena, BOUNDS_REFUSALS_UNCONFIRMED_MAX,
                   sizeof(*entry->outcomes));
    CU_ASSERT_PTR_NOT_NULL_FATAL(entry->outcomes);
    entry->outcome_count = BOUNDS_REFUSALS_UNCONFIRMED_MAX;
    for (size_t i = 0; i < entry->outcome_count; i++)
        entry->outcomes[i] =
            (struct outcome){.push_number = i + 100, .result = OUTCOME_REFUSED};
    CU_ASSERT_EQUAL(push_judge(&fixture->judge, &request, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.settled, 0);
    CU_ASSERT_EQUAL(answer.outcome_count, BOUNDS_REFUSALS_UNCONFIRMED_MAX);
    fixture_destroy(&fixture);
}

/* One too big for any view is refused; one that comes when the view is full
   only waits. */
static void tells_too_big_from_too_many(void)
{
    static const struct user_view_bounds bounds = {
        .keys = 2, .elements = 1, .devices = 1, .requests = 0};
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation three[] = {put("a", "x"), put("b", "x"), put("c", "x")};
    struct transaction transaction = {.operations = three,
                                      .operation_count = 2};
    struct fixture_sync sync;
    struct push_request request;

    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add_transaction(fixture, &sync, &transaction);
    fixture_sync_add_transaction(fixture, &sync, &transaction);
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(user_view_init(&fixture->view, &fixture->arena,
                                   bytes_from_text("ada"), &bounds),
                    DALV_OK);
    CU_ASSERT_EQUAL(push_want(&request, device, &sync.message, &fixture->view),
                    DALV_OK);
    CU_ASSERT_EQUAL(request.push_count, 1);
    CU_ASSERT_EQUAL(request.sent_count, 2);
    transaction.operation_count = 3;
    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add_transaction(fixture, &sync, &transaction);
    CU_ASSERT_EQUAL(push_want(&request, device, &sync.message, &fixture->view),
                    DALV_OK);
    CU_ASSERT_EQUAL(request.push_count, 1);
    CU_ASSERT_EQUAL(request.pushes[0].status, DALV_TOO_BIG);
    fixture_destroy(&fixture);
}

/*
 * A master that cannot read any more answers a SYNC before the index has
 * applied what it brought: the message is gone by then, and was read from.
 */
static void borrows_nothing_of_the_message_that_it_judges(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct bytes sent;
    uint8_t *copy;
    struct fixture_sync sync;
    struct push_request request;

    fixture_sync_init(fixture, device, 0, &sync);
    fixture_sync_add(fixture, device, &sync, put("name", "Ada"));
    sent = sync.message.pushes[0];
    copy = malloc(sent.size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, sent.data, sent.size);
    sync.message.pushes = &(struct bytes){.data = copy, .size = sent.size};
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(push_want(&request, device, &sync.message, &fixture->view),
                    DALV_OK);
    memset(copy, 'x', sent.size);
    CU_ASSERT_TRUE(bytes_equal(request.pushes[0].transaction.operations[0].key,
                               bytes_from_text("name")));
    CU_ASSERT_TRUE(
        bytes_equal(request.pushes[0].transaction.operations[0].value,
                    bytes_from_text("Ada")));
    free(copy);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(settles_a_retry_once),
        SUITE_TEST(repeats_a_refusal_until_it_is_confirmed),
        SUITE_TEST(writes_nothing_for_a_sync_with_nothing_to_say),
        SUITE_TEST(holds_up_what_depends_on_a_refusal),
        SUITE_TEST(finds_a_store_that_was_rolled_back),
        SUITE_TEST(finds_a_store_that_is_ahead),
        SUITE_TEST(refuses_numbers_that_cannot_be),
        SUITE_TEST(judges_nothing_below_the_floor),
        SUITE_TEST(tells_what_became_of_another_history),
        SUITE_TEST(judges_up_to_the_first_base_below_the_floor),
        SUITE_TEST(asks_for_no_other_work_under_a_number_it_may_yet_judge),
        SUITE_TEST(holds_up_what_depends_on_a_lack_of_rights),
        SUITE_TEST(echoes_own_work_that_met_anothers),
        SUITE_TEST(refuses_what_it_cannot_read),
        SUITE_TEST(takes_no_preconditions_of_a_device),
        SUITE_TEST(leaves_what_does_not_fit_for_the_next_request),
        SUITE_TEST(tears_no_request_behind_a_refusal),
        SUITE_TEST(stops_at_the_bound_of_refusals),
        SUITE_TEST(tells_too_big_from_too_many),
        SUITE_TEST(borrows_nothing_of_the_message_that_it_judges),
    };

    return SUITE_RUN("sync/push", tests);
}
