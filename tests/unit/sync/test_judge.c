#include "sync/judge.h"

#include "base/bounds.h"
#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>
#include <string.h>

static bool holds(const struct fixture *fixture, const char *key,
                  const char *value)
{
    const struct store_key *slot = store_key(&fixture->store, key);

    return slot != NULL && slot->state.kind == KEY_REGISTER &&
           bytes_equal(store_text_bytes(&slot->value), bytes_from_text(value));
}

static void takes_a_put_of_a_backend(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = put("name", "Ada");
    struct update_answer answer = fixture_update(fixture, &operation, 1);

    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    CU_ASSERT_EQUAL(answer.revision, 1);
    CU_ASSERT_NOT_EQUAL(answer.history_id, 0);
    CU_ASSERT_TRUE(holds(fixture, "name", "Ada"));
    fixture_destroy(&fixture);
}

static void takes_a_push_of_a_device(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("name", "Ada");
    struct outcome outcome = fixture_push(fixture, device, 0, &operation, 1);

    CU_ASSERT_EQUAL(outcome.result, OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(outcome.revision, 1);
    CU_ASSERT_TRUE(holds(fixture, "name", "Ada"));
    CU_ASSERT_EQUAL(fixture->store.devices[0].push_settled, 1);
    CU_ASSERT_EQUAL(fixture->store.devices[0].revision_last, 1);
    fixture_destroy(&fixture);
}

/* The second operation is refused, so the first never was. */
static void is_atomic(void)
{
    struct fixture *fixture = fixture_create();
    struct operation first[] = {put("name", "Ada"), increment("name", 1)};
    struct operation second[] = {put("name", "Bob"), add_to_list("list", "x"),
                                 del("count"), increment("name", 1)};

    CU_ASSERT_EQUAL(fixture_update(fixture, first, 2).status, DALV_WRONG_KIND);
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "name"));
    CU_ASSERT_EQUAL(fixture->store.user.revision, 0);
    (void)fixture_write(fixture, put("name", "Ada"));
    (void)fixture_write(fixture, increment("count", 5));
    CU_ASSERT_EQUAL(fixture_update(fixture, second, 4).operation, 3);
    CU_ASSERT_TRUE(holds(fixture, "name", "Ada"));
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "list"));
    fixture_destroy(&fixture);
}

/* Both in one batch: the second is judged on a view that must be as it was. */
static void leaves_no_trace_of_a_refusal_for_the_next_of_the_batch(void)
{
    struct fixture *fixture = fixture_create();
    struct dot dot = {.local_id = 1};
    struct operation refused[] = {remove_from_list("list", &dot, 1),
                                  put("name", "Bob"), del("count"),
                                  increment("name", 1)};
    struct operation next[] = {remove_from_list("list", &dot, 1),
                               increment("count", 1)};
    struct update updates[] = {
        {.id = {{0xF1}},
         .transaction = {.operations = refused, .operation_count = 4}},
        {.id = {{0xF2}},
         .transaction = {.operations = next, .operation_count = 2}}};
    struct update_answer answers[2];

    (void)fixture_write(fixture, add_to_list("list", "x"));
    (void)fixture_write(fixture, increment("count", 5));
    fixture_begin(fixture);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(update_want(&updates[i], &fixture->view), DALV_OK);
    fixture_fill(fixture);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(update_judge(&fixture->judge, &updates[i], &answers[i]),
                        DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_EQUAL(answers[0].status, DALV_WRONG_KIND);
    CU_ASSERT_EQUAL(answers[1].revision, 3);
    CU_ASSERT_EQUAL(store_element_count(&fixture->store, "list"), 0);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, 6);
    fixture_destroy(&fixture);
}

static void refuses_a_counter_that_would_overflow(void)
{
    struct fixture *fixture = fixture_create();
    struct operation up = increment("count", 1);
    struct operation down = increment("count", INT64_MIN);

    (void)fixture_write(fixture, increment("count", INT64_MAX));
    CU_ASSERT_EQUAL(fixture_update(fixture, &up, 1).status, DALV_OVERFLOW);
    CU_ASSERT_EQUAL(fixture_update(fixture, &down, 1).status, DALV_OK);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "count")->state.number, -1);
    CU_ASSERT_EQUAL(fixture_update(fixture, &down, 1).status, DALV_OVERFLOW);
    fixture_destroy(&fixture);
}

/* Another's INCREMENT at 2, the device's own at 3: its DEL, which saw neither
   of theirs, would kill it in silence if only the last writer were known. */
static void remembers_others_behind_own_work(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation own = increment("count", 1);
    struct operation end = del("count");

    (void)fixture_write(fixture, increment("count", 1));
    (void)fixture_write(fixture, increment("count", 1));
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &own, 1).result,
                    OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &end, 1).status,
                    DALV_CONFLICT);
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 3, &end, 1).result,
                    OUTCOME_APPLIED);
    fixture_destroy(&fixture);
}

/* Deleted and made anew by others: an addition to the old list is none to the
   new one, though a list is there. */
static void tells_a_list_from_its_successor(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = add_to_list("list", "mine");

    (void)fixture_write(fixture, add_to_list("list", "x"));
    (void)fixture_write(fixture, del("list"));
    (void)fixture_write(fixture, add_to_list("list", "y"));
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &operation, 1).status,
                    DALV_CONFLICT);
    fixture_destroy(&fixture);
}

/* Two devices, offline, each put the first thing into the cart. */
static void lets_first_additions_of_two_devices_commute(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t phone = fixture_open(fixture, 1);
    uint64_t tablet = fixture_open(fixture, 2);
    struct operation operation = add_to_list("cart", "tea");

    CU_ASSERT_EQUAL(fixture_push(fixture, phone, 0, &operation, 1).result,
                    OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(fixture_push(fixture, tablet, 0, &operation, 1).result,
                    OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(store_element_count(&fixture->store, "cart"), 2);
    fixture_destroy(&fixture);
}

static void lets_an_unseen_addition_survive_a_removal(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct dot seen = {.local_id = 1};
    struct operation operation = remove_from_list("cart", &seen, 1);

    (void)fixture_write(fixture, add_to_list("cart", "tea"));
    (void)fixture_write(fixture, add_to_list("cart", "tea"));
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &operation, 1).result,
                    OUTCOME_APPLIED);
    CU_ASSERT_EQUAL(store_element_count(&fixture->store, "cart"), 1);
    fixture_destroy(&fixture);
}

static void agrees_to_equal_puts(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation same = put("name", "Ada");
    struct operation flagged = put("name", "Ada");
    struct operation fleeting = put_for("name", "Ada", 5000);

    flagged.flags = 1;
    (void)fixture_write(fixture, put("name", "Ada"));
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, &flagged, 1).status,
                    DALV_CONFLICT);
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, &fleeting, 1).status,
                    DALV_CONFLICT);
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, &same, 1).result,
                    OUTCOME_APPLIED);
    fixture_destroy(&fixture);
}

static void drops_only_the_operation_that_lost(void)
{
    static const struct policy_merge_rule merges[] = {
        {.prefix = {(const uint8_t *)"t/", 2}, .merge = POLICY_THEIRS}};
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operations[] = {put("t/name", "Bob"),
                                     put("other", "kept")};
    const struct store_conflict *conflict = &fixture->store.conflicts[0];
    struct outcome outcome;

    fixture->policy.merges = merges;
    fixture->policy.merge_count = 1;
    (void)fixture_write(fixture, put("t/name", "Ada"));
    outcome = fixture_push(fixture, device, 0, operations, 2);
    CU_ASSERT_EQUAL(outcome.result, OUTCOME_MERGED);
    CU_ASSERT_EQUAL(outcome.revision, 2);
    CU_ASSERT_TRUE(holds(fixture, "t/name", "Ada"));
    CU_ASSERT_TRUE(holds(fixture, "other", "kept"));
    CU_ASSERT_TRUE(conflict->is_used);
    CU_ASSERT_EQUAL(conflict->state.revision, 2);
    CU_ASSERT_EQUAL(conflict->state.loser, device);
    CU_ASSERT_EQUAL(conflict->state.winner, WRITER_BACKEND);
    CU_ASSERT_EQUAL(conflict->state.operation_type, OPERATION_PUT);
    CU_ASSERT_TRUE(bytes_equal(store_text_bytes(&conflict->value),
                               bytes_from_text("Bob")));
    fixture_destroy(&fixture);
}

static void keeps_what_was_overwritten(void)
{
    static const struct policy_merge_rule merges[] = {
        {.prefix = {(const uint8_t *)"m/", 2}, .merge = POLICY_MINE}};
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("m/count", "five");
    const struct store_conflict *conflict = &fixture->store.conflicts[0];

    fixture->policy.merges = merges;
    fixture->policy.merge_count = 1;
    (void)fixture_write(fixture, increment("m/count", 7));
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, &operation, 1).result,
                    OUTCOME_APPLIED);
    CU_ASSERT_TRUE(conflict->is_used);
    CU_ASSERT_EQUAL(conflict->state.loser, WRITER_BACKEND);
    CU_ASSERT_EQUAL(conflict->state.operation_type, OPERATION_INCREMENT);
    CU_ASSERT_EQUAL(conflict->value.bytes[0], 7);
    CU_ASSERT_EQUAL(conflict->value.size, 8);
    fixture_destroy(&fixture);
}

static void keeps_devices_out_of_the_system(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operations[] = {put("name", "Ada"),
                                     put("sys/plan", "gold")};
    struct outcome outcome = fixture_push(fixture, device, 0, operations, 2);

    CU_ASSERT_EQUAL(outcome.result, OUTCOME_REFUSED);
    CU_ASSERT_EQUAL(outcome.status, DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(outcome.operation, 1);
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "name"));
    CU_ASSERT_EQUAL(fixture_write(fixture, put("sys/plan", "gold")), 1);
    fixture_destroy(&fixture);
}

static void holds_users_to_their_quota(void)
{
    struct fixture *fixture = fixture_create();
    struct operation big = put("b", "12345678");
    struct operation small = put("a", "1");

    fixture->policy.live_bytes_max = 10;
    CU_ASSERT_EQUAL(fixture_write(fixture, put("a", "123456789")), 1);
    CU_ASSERT_EQUAL(fixture_update(fixture, &big, 1).status, DALV_QUOTA);
    fixture->policy.live_bytes_max = 5;
    /* Who has too much may still have less. */
    CU_ASSERT_EQUAL(fixture_write(fixture, put("a", "12345678")), 2);
    fixture->policy.live_bytes_max = 0;
    fixture->policy.live_count_max = 1;
    CU_ASSERT_EQUAL(fixture_update(fixture, &big, 1).status, DALV_QUOTA);
    CU_ASSERT_EQUAL(fixture_update(fixture, &small, 1).status, DALV_OK);
    fixture_destroy(&fixture);
}

static void bounds_lists(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = add_to_list("list", "x");
    struct update update = {
        .transaction = {.operations = &operation, .operation_count = 1}};
    struct update next = {.id = {{0xF1}}, .transaction = update.transaction};
    struct update_answer answer;
    struct key_state *state;

    (void)fixture_write(fixture, operation);
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(update_want(&update, &fixture->view), DALV_OK);
    CU_ASSERT_EQUAL(update_want(&next, &fixture->view), DALV_OK);
    fixture_fill(fixture);
    state = &user_view_key(&fixture->view, operation.key)->state;
    state->element_count = BOUNDS_LIST_ELEMENTS_MAX;
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &update, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.status, DALV_TOO_BIG);
    state->element_count = BOUNDS_LIST_ELEMENTS_MAX - 1;
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &next, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    fixture_destroy(&fixture);
}

/* Nothing was there before and nothing is there after: nothing happened. */
static void forgets_what_came_and_went(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operations[] = {put("name", "Ada"), del("name"),
                                     add_to_list("name", "x"), del("name")};
    struct update_answer answer = fixture_update(fixture, operations, 4);

    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    CU_ASSERT_EQUAL(answer.revision, 0);
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_count, 0);
    fixture_destroy(&fixture);
}

static void makes_a_list_of_an_element_that_went_at_once(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct dot dot = {.device = device, .local_id = 1, .position = 1};
    struct operation operations[] = {put("list", "was"),
                                     add_to_list("new", "x"),
                                     remove_from_list("new", &dot, 1)};

    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, operations, 3).revision,
                    1);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "new")->state.kind, KEY_LIST);
    CU_ASSERT_EQUAL(store_element_count(&fixture->store, "new"), 0);
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_count, 1);
    /* A tombstone by its own words, for whoever drops it. */
    CU_ASSERT_EQUAL(fixture->store.elements[0].state.added_revision, 0);
    fixture_destroy(&fixture);
}

/* The list of the middle is not the list of the end. */
static void ends_lists_within_a_transaction(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct dot dot = {.device = device, .local_id = 1, .position = 0};
    struct operation operations[] = {add_to_list("list", "first"), del("list"),
                                     add_to_list("list", "second"),
                                     remove_from_list("list", &dot, 1)};

    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, operations, 4).revision,
                    1);
    CU_ASSERT_EQUAL(store_element_count(&fixture->store, "list"), 1);
    fixture_destroy(&fixture);
}

static void gives_a_dot_once(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = add_to_list("list", "x");

    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, &operation, 1).result,
                    OUTCOME_APPLIED);
    fixture->devices[device].local_id_next = 1;
    CU_ASSERT_EQUAL(fixture_push(fixture, device, 1, &operation, 1).status,
                    DALV_INVALID);
    CU_ASSERT_EQUAL(store_element_count(&fixture->store, "list"), 1);
    fixture_destroy(&fixture);
}

static void takes_no_dot_without_its_device(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct dot dot = {.device = DOT_SELF, .local_id = 1};
    struct operation operation = remove_from_list("list", &dot, 1);

    CU_ASSERT_EQUAL(fixture_push(fixture, device, 0, &operation, 1).status,
                    DALV_INVALID);
    fixture_destroy(&fixture);
}

static void changes_nothing_when_memory_is_short(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operations[] = {put("name", "Bob"), increment("count", 1),
                                     add_to_list("list", "x")};
    struct update update = {
        .transaction = {.operations = operations, .operation_count = 3}};
    struct update_answer answer;
    size_t left = 0;
    enum dalv_status status = DALV_NO_MEMORY;

    (void)fixture_write(fixture, put("name", "Ada"));
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(update_want(&update, &fixture->view), DALV_OK);
    fixture_fill(fixture);
    /* A little more memory each time, until it is enough. */
    for (; status == DALV_NO_MEMORY && left < 1 << 16; left += 64) {
        struct key_state before =
            user_view_key(&fixture->view, operations[0].key)->state;

        fixture->arena.capacity = fixture->arena.used + left;
        status = update_judge(&fixture->judge, &update, &answer);
        if (status != DALV_NO_MEMORY)
            break;
        CU_ASSERT_EQUAL(fixture->view.state.revision, 1);
        CU_ASSERT_EQUAL(
            user_view_key(&fixture->view, operations[0].key)->state.revision,
            before.revision);
        CU_ASSERT_EQUAL(fixture->judge.record_count, 0);
    }
    CU_ASSERT_EQUAL(status, DALV_OK);
    CU_ASSERT_TRUE(left > 0);
    CU_ASSERT_EQUAL(answer.revision, 2);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(takes_a_put_of_a_backend),
        SUITE_TEST(takes_a_push_of_a_device),
        SUITE_TEST(is_atomic),
        SUITE_TEST(leaves_no_trace_of_a_refusal_for_the_next_of_the_batch),
        SUITE_TEST(refuses_a_counter_that_would_overflow),
        SUITE_TEST(remembers_others_behind_own_work),
        SUITE_TEST(tells_a_list_from_its_successor),
        SUITE_TEST(lets_first_additions_of_two_devices_commute),
        SUITE_TEST(lets_an_unseen_addition_survive_a_removal),
        SUITE_TEST(agrees_to_equal_puts),
        SUITE_TEST(drops_only_the_operation_that_lost),
        SUITE_TEST(keeps_what_was_overwritten),
        SUITE_TEST(keeps_devices_out_of_the_system),
        SUITE_TEST(holds_users_to_their_quota),
        SUITE_TEST(bounds_lists),
        SUITE_TEST(forgets_what_came_and_went),
        SUITE_TEST(makes_a_list_of_an_element_that_went_at_once),
        SUITE_TEST(ends_lists_within_a_transaction),
        SUITE_TEST(gives_a_dot_once),
        SUITE_TEST(takes_no_dot_without_its_device),
        SUITE_TEST(changes_nothing_when_memory_is_short),
    };

    return SUITE_RUN("sync/judge", tests);
}
