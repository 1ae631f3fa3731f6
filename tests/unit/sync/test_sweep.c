#include "sync/sweep.h"

#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>

#define DAY_US (UINT64_C(86400) * 1000000)

/* A batch of nothing but the user's record. */
static void begin_alone(struct fixture *fixture)
{
    fixture_begin(fixture);
    fixture_fill(fixture);
}

static void removes_what_is_due(void)
{
    struct fixture *fixture = fixture_create();
    uint64_t put_us = fixture->now_us;
    static const char *const keys[] = {"early", "late", "for ever"};

    (void)fixture_write(fixture, put_for("early", "x", 10));
    (void)fixture_write(fixture, put_for("late", "x", 1000));
    (void)fixture_write(fixture, put("for ever", "x"));
    CU_ASSERT_EQUAL(store_key(&fixture->store, "early")->state.expiry_us,
                    put_us + 10000);
    for (uint64_t now_us = put_us + 9999; now_us <= put_us + 10000; now_us++) {
        fixture->now_us = now_us;
        fixture_begin(fixture);
        for (size_t i = 0; i < 3; i++)
            CU_ASSERT_EQUAL(
                user_view_want_key(&fixture->view, bytes_from_text(keys[i])),
                DALV_OK);
        fixture_fill(fixture);
        CU_ASSERT_EQUAL(sweep_due(&fixture->judge), DALV_OK);
        CU_ASSERT_EQUAL(fixture->judge.record_count,
                        now_us == put_us + 9999 ? 0 : 1);
        fixture_end(fixture);
    }
    CU_ASSERT_EQUAL(fixture->store.user.revision, 4);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "early")->state.kind, KEY_NONE);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "early")->state.writer,
                    WRITER_SYSTEM);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "late")->state.kind,
                    KEY_REGISTER);
    fixture_destroy(&fixture);
}

/* The system's keys expire as well. */
static void removes_the_systems_values_too(void)
{
    struct fixture *fixture = fixture_create();

    (void)fixture_write(fixture, put_for("sys/code", "x", 1));
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(
        user_view_want_key(&fixture->view, bytes_from_text("sys/code")),
        DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(sweep_due(&fixture->judge), DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "sys/code")->state.kind,
                    KEY_NONE);
    fixture_destroy(&fixture);
}

static void moves_the_floor_when_it_must(void)
{
    struct user_state state = {.revision = 500,
                               .floor = 100,
                               .live_count = 1000,
                               .tombstone_count = 251,
                               .tombstone_oldest_us = 100 * DAY_US};
    uint64_t now_us = 150 * DAY_US;

    CU_ASSERT_EQUAL(sweep_floor(&state, now_us, UINT64_MAX), 500);
    CU_ASSERT_EQUAL(sweep_floor(&state, now_us, 300), 300);
    CU_ASSERT_EQUAL(sweep_floor(&state, now_us, 50), 100);
    state.tombstone_count = 250;
    CU_ASSERT_EQUAL(sweep_floor(&state, now_us, UINT64_MAX), 100);
    /* By age. */
    CU_ASSERT_EQUAL(sweep_floor(&state, 190 * DAY_US, UINT64_MAX), 100);
    CU_ASSERT_EQUAL(sweep_floor(&state, 190 * DAY_US + 1, UINT64_MAX), 500);
    /* A small user does not churn. */
    state.live_count = 4;
    state.tombstone_count = 63;
    CU_ASSERT_EQUAL(sweep_floor(&state, now_us, UINT64_MAX), 100);
    state.tombstone_count = 64;
    CU_ASSERT_EQUAL(sweep_floor(&state, now_us, UINT64_MAX), 500);
    state.tombstone_count = 0;
    CU_ASSERT_EQUAL(sweep_floor(&state, 500 * DAY_US, UINT64_MAX), 100);
}

static void drops_tombstones_with_the_floor(void)
{
    struct fixture *fixture = fixture_create();
    struct effect drop = {.type = EFFECT_KEY_DROP,
                          .key = bytes_from_text("a"),
                          .trail.feed_revision = 3};
    struct sweep sweep = {
        .effects = &drop, .effect_count = 1, .is_whole = true};

    (void)fixture_write(fixture, put("a", "x"));
    (void)fixture_write(fixture, put("b", "x"));
    (void)fixture_write(fixture, del("a"));
    (void)fixture_write(fixture, del("b"));
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_tombstones(&fixture->judge, 3, &sweep), DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_EQUAL(fixture->store.user.floor, 3);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 4);
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_count, 1);
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "a"));
    /* What is left dates from the sweep at the latest. */
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_oldest_us,
                    fixture->store.time_us);
    fixture_destroy(&fixture);
}

static void purges_a_list_that_ended(void)
{
    struct fixture *fixture = fixture_create();
    struct dot first = {.local_id = 1};
    struct operation removal = remove_from_list("list", &first, 1);
    struct effect drops[] = {{.type = EFFECT_ELEMENT_DROP,
                              .key = bytes_from_text("list"),
                              .dot = {.local_id = 1},
                              .trail = {.generation = 1,
                                        .added_revision = 1,
                                        .element_revision = 3}},
                             {.type = EFFECT_ELEMENT_DROP,
                              .key = bytes_from_text("list"),
                              .dot = {.local_id = 2},
                              .trail = {.generation = 1,
                                        .added_revision = 2,
                                        .element_revision = 2}}};
    struct sweep sweep = {.effects = drops, .effect_count = 1};

    (void)fixture_write(fixture, add_to_list("list", "x"));
    (void)fixture_write(fixture, add_to_list("list", "y"));
    (void)fixture_write(fixture, removal);
    (void)fixture_write(fixture, del("list"));
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_count, 2);
    CU_ASSERT_EQUAL(fixture->store.user.live_count, 0);
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_list(&fixture->judge, drops[0].key, 1, &sweep),
                    DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_TRUE(fixture->store.ended[0].is_used);
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_count, 1);
    sweep = (struct sweep){
        .effects = drops + 1, .effect_count = 1, .is_whole = true};
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_list(&fixture->judge, drops[0].key, 1, &sweep),
                    DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_FALSE(fixture->store.ended[0].is_used);
    CU_ASSERT_EQUAL(fixture->store.user.tombstone_count, 1);
    fixture_destroy(&fixture);
}

static void forgets_request_ids(void)
{
    struct fixture *fixture = fixture_create();
    struct request_state old;

    (void)fixture_write(fixture, put("a", "x"));
    old = fixture->store.requests[0].state;
    CU_ASSERT_EQUAL(sweep_requests_before_us(old.time_us + DAY_US),
                    old.time_us);
    CU_ASSERT_EQUAL(sweep_requests_before_us(DAY_US - 1), 0);
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_requests(&fixture->judge, &old, 1), DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_FALSE(fixture->store.requests[0].is_used);
    fixture_destroy(&fixture);
}

static size_t trim(struct fixture *fixture)
{
    struct conflict_state conflicts[2];
    size_t count = 0;
    size_t gone = 0;

    for (size_t i = 0; i < STORE_CONFLICTS_MAX; i++) {
        const struct store_conflict *slot = &fixture->store.conflicts[i];

        if (!slot->is_used)
            continue;
        conflicts[count] = slot->state;
        conflicts[count].key = store_text_bytes(&slot->key);
        conflicts[count++].value = store_text_bytes(&slot->value);
    }
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_conflicts(&fixture->judge, conflicts, count, &gone),
                    DALV_OK);
    fixture_end(fixture);
    return gone;
}

static void trims_the_conflict_log(void)
{
    static const struct policy_merge_rule merges[] = {
        {.prefix = {(const uint8_t *)"t", 1}, .merge = POLICY_THEIRS}};
    struct fixture *fixture = fixture_create();
    uint64_t device = fixture_open(fixture, 1);
    struct operation operation = put("t", "Bob");

    fixture->policy.merges = merges;
    fixture->policy.merge_count = 1;
    (void)fixture_write(fixture, put("t", "Ada"));
    (void)fixture_push(fixture, device, 0, &operation, 1);
    (void)fixture_push(fixture, device, 0, &operation, 1);
    CU_ASSERT_EQUAL(fixture->store.user.conflict_bytes, 8);
    CU_ASSERT_EQUAL(trim(fixture), 0);
    fixture->policy.live_bytes_max = 70;
    CU_ASSERT_EQUAL(trim(fixture), 1);
    CU_ASSERT_EQUAL(fixture->store.user.conflict_bytes, 4);
    CU_ASSERT_EQUAL(trim(fixture), 0);
    fixture->now_us += 30 * DAY_US;
    CU_ASSERT_EQUAL(trim(fixture), 1);
    CU_ASSERT_EQUAL(fixture->store.user.conflict_bytes, 0);
    fixture_destroy(&fixture);
}

static void erases_all_but_a_stub(void)
{
    struct fixture *fixture = fixture_create();
    struct request_state request = {.id = {{9}}};
    uint64_t device = fixture_open(fixture, 1);
    uint64_t history;

    (void)fixture_write(fixture, put("a", "x"));
    history = fixture->store.user.history_id;
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_erase(&fixture->judge, &request), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(fixture->judge.record_count, 1);
    CU_ASSERT_EQUAL(fixture->judge.records[0].history_id, history);
    CU_ASSERT_EQUAL(fixture->judge.records[0].revision, 0);
    fixture_end(fixture);
    CU_ASSERT_EQUAL(fixture->store.user.history_id, 0);
    CU_ASSERT_EQUAL(fixture->store.user.erased_history_id, history);
    CU_ASSERT_EQUAL(fixture->store.user.live_bytes, 0);
    CU_ASSERT_PTR_NULL(store_key(&fixture->store, "a"));
    /* Again, there is nothing to erase. */
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_erase(&fixture->judge, &request), DALV_OK);
    CU_ASSERT_EQUAL(fixture->judge.record_count, 0);
    /* The same store comes back as another device, in another history. */
    CU_ASSERT_EQUAL(fixture_open(fixture, 1), device + 1);
    CU_ASSERT_EQUAL(fixture_write(fixture, put("a", "new")), 1);
    CU_ASSERT_NOT_EQUAL(fixture->store.user.history_id, history);
    fixture_destroy(&fixture);
}

static void purges_an_erased_history(void)
{
    struct fixture *fixture = fixture_create();

    (void)fixture_write(fixture, put("a", "x"));
    begin_alone(fixture);
    CU_ASSERT_EQUAL(sweep_history(&fixture->judge, 33, bytes_from_text("rest")),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(fixture->judge.record_count, 1);
    CU_ASSERT_EQUAL(fixture->judge.records[0].history_id, 33);
    CU_ASSERT_EQUAL(fixture->judge.records[0].effect_count, 1);
    fixture_end(fixture);
    CU_ASSERT_PTR_NOT_NULL(store_key(&fixture->store, "a"));
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(removes_what_is_due),
        SUITE_TEST(removes_the_systems_values_too),
        SUITE_TEST(moves_the_floor_when_it_must),
        SUITE_TEST(drops_tombstones_with_the_floor),
        SUITE_TEST(purges_a_list_that_ended),
        SUITE_TEST(forgets_request_ids),
        SUITE_TEST(trims_the_conflict_log),
        SUITE_TEST(erases_all_but_a_stub),
        SUITE_TEST(purges_an_erased_history),
    };

    return SUITE_RUN("sync/sweep", tests);
}
