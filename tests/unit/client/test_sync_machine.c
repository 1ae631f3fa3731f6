#include "tests/unit/client/two_devices.h"

#include "base/bounds.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static void brings_work_up_and_state_down(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct store_receipt receipt;

    DO(&fixture->phone, put("name", "Ann"));
    DO(&fixture->phone, increment("visits", 5));
    DO(&fixture->phone, add_to_list("cart", "tea"));
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_EQUAL(fixture->phone.synced.pushed_count, 3);
    CU_ASSERT_EQUAL(fixture->phone.synced.round_trips, 2);
    HOLDS(fixture, "name", "Ann");
    HOLDS(fixture, "visits", "#5");
    CU_ASSERT_EQUAL(store_receipt(fixture->phone.store, 1, &receipt), DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_DURABLE);
    CU_ASSERT_EQUAL(receipt.revision, 1);
    SYNC(&fixture->tablet);
    for (int time = 0; time < 2; time++) {
        SEES(&fixture->tablet, "name", "Ann");
        SEES(&fixture->tablet, "visits", "#5");
        SEES(&fixture->tablet, "cart", "[tea]");
        SEES(&fixture->phone, "name", "Ann");
        SEES(&fixture->phone, "visits", "#5");
        SEES(&fixture->phone, "cart", "[tea]");
        two_devices_crash(&fixture->phone);
        two_devices_crash(&fixture->tablet);
    }
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).key_count, 3);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(fixture->phone.synced.round_trips, 1);
    CU_ASSERT_EQUAL(fixture->phone.synced.received_bytes, 0);
    two_devices_end(fixture);
}

static void merges_what_commutes(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct dot tea;

    DO(&fixture->phone, add_to_list("cart", "tea"));
    DO(&fixture->phone, increment("n", 1));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    tea = device_dot(&fixture->tablet, "cart", "tea");
    CU_ASSERT_NOT_EQUAL(tea.device, DOT_SELF);
    DO(&fixture->tablet, remove_from_list("cart", &tea, 1));
    DO(&fixture->tablet, increment("n", 10));
    DO(&fixture->phone, add_to_list("cart", "rice"));
    DO(&fixture->phone, increment("n", 100));
    UPDATE(fixture, increment("n", 1000));
    SYNC(&fixture->tablet);
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SEES(&fixture->phone, "cart", "[rice]");
    SEES(&fixture->tablet, "cart", "[rice]");
    SEES(&fixture->phone, "n", "#1111");
    SEES(&fixture->tablet, "n", "#1111");
    two_devices_end(fixture);
}

/* An element is removed by the name that it had while it was pending. */
static void removes_its_own_element_before_and_after_it_is_settled(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct dot tea;

    DO(&fixture->phone, add_to_list("cart", "tea"));
    DO(&fixture->phone, add_to_list("cart", "rice"));
    tea = device_dot(&fixture->phone, "cart", "tea");
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(tea.device, DOT_SELF);
    DO(&fixture->phone, remove_from_list("cart", &tea, 1));
    SEES(&fixture->phone, "cart", "[rice]");
    DO(&fixture->phone, add_to_list("cart", "salt"));
    tea = device_dot(&fixture->phone, "cart", "salt");
    DO(&fixture->phone, remove_from_list("cart", &tea, 1));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SEES(&fixture->phone, "cart", "[rice]");
    SEES(&fixture->tablet, "cart", "[rice]");
    two_devices_end(fixture);
}

static void asks_nobody_and_keeps_the_conflict_for_later(void)
{
    struct two_devices *fixture = two_devices_begin_conflict();
    struct script script = {.resolution = SYNC_RESOLVE_MINE};

    DO(&fixture->phone, put("name", "Dan"));
    DO(&fixture->phone, put("other", "goes through"));
    SYNC(&fixture->phone);
    HOLDS(fixture, "name", "Bea");
    HOLDS(fixture, "other", "goes through");
    SEES(&fixture->phone, "name", "Dan");
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 2);
    CU_ASSERT_EQUAL(fixture->phone.synced.waiting_count, 1);
    two_devices_crash(&fixture->phone);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 2);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).conflict_count, 1);
    two_devices_answer(&fixture->phone, &script);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(script.asked_count, 1);
    CU_ASSERT_STRING_EQUAL(script.seen, "name: Ann, Bea");
    HOLDS(fixture, "name", "Dan");
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    two_devices_end(fixture);
}

static void gives_way_to_theirs(void)
{
    struct two_devices *fixture = two_devices_begin_conflict();
    struct script script = {.resolution = SYNC_RESOLVE_THEIRS};
    struct store_receipt receipt;
    uint64_t local_id = fixture->phone.local_id;

    two_devices_answer(&fixture->phone, &script);
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "name", "Bea");
    HOLDS(fixture, "name", "Bea");
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    two_devices_crash(&fixture->phone);
    CU_ASSERT_EQUAL(store_receipt(fixture->phone.store, local_id, &receipt),
                    DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_CONFLICT);
    /* The conflict log forgets it after thirty days. */
    CU_ASSERT_EQUAL(store_prune(fixture->phone.store, 1000), DALV_OK);
    CU_ASSERT_EQUAL(ledger_losses(store_ledger(fixture->phone.store))->count,
                    1);
    CU_ASSERT_EQUAL(
        store_prune(fixture->phone.store, UINT64_C(31) * 86400 * 1000000 + 100),
        DALV_OK);
    CU_ASSERT_EQUAL(ledger_losses(store_ledger(fixture->phone.store))->count,
                    0);
    two_devices_end(fixture);
}

static void takes_an_answer_of_the_application(void)
{
    struct two_devices *fixture = two_devices_begin_conflict();
    struct operation both = put("name", "Bea Cid");
    struct script script = {.resolution = SYNC_RESOLVE_ANSWER,
                            .operations = &both,
                            .operation_count = 1};

    two_devices_answer(&fixture->phone, &script);
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SEES(&fixture->phone, "name", "Bea Cid");
    SEES(&fixture->tablet, "name", "Bea Cid");
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    two_devices_end(fixture);
}

static void follows_the_policy_of_the_cluster(void)
{
    struct two_devices *fixture = two_devices_begin_conflict();

    two_devices_set_merge(fixture, POLICY_THEIRS);
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "name", "Bea");
    CU_ASSERT_EQUAL(fixture->phone.synced.merged_count, 1);
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    two_devices_set_merge(fixture, POLICY_MINE);
    DO(&fixture->tablet, put("name", "Eve"));
    DO(&fixture->phone, put("name", "Fay"));
    SYNC(&fixture->tablet);
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SEES(&fixture->tablet, "name", "Fay");
    two_devices_end(fixture);
}

/* It is kept with its reason until the application has dealt with it. */
static void keeps_what_was_refused_for_good(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct store_receipt receipt;
    uint64_t refused;

    fixture->policy = policy_default();
    fixture->policy.live_bytes_max = 30;
    small_cluster_set_policy(fixture->cluster, &fixture->policy);
    DO(&fixture->phone, put("a", "small"));
    DO(&fixture->phone, put("b", "much too much for such a small quota"));
    refused = fixture->phone.local_id;
    DO(&fixture->phone, put("c", "small"));
    SYNC(&fixture->phone);
    HOLDS(fixture, "c", "small");
    SEES(&fixture->phone, "b", "-");
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_EQUAL(store_receipt(fixture->phone.store, refused, &receipt),
                    DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_QUOTA);
    two_devices_crash(&fixture->phone);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).dead_count, 1);
    CU_ASSERT_EQUAL(store_discard(fixture->phone.store, refused), DALV_OK);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).dead_count, 0);
    two_devices_end(fixture);
}

/* Pages are small; whatever is cut off, no half of it is seen. */
static void shows_pages_only_when_they_are_whole(void)
{
    struct two_devices *fixture = two_devices_begin();
    char key[] = "k0";

    for (key[1] = '0'; key[1] <= '9'; key[1]++)
        UPDATE(fixture, put(key, "a value"));
    small_cluster_set_budget(fixture->cluster, 64);
    fixture->phone.answers_left = 4;
    CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
    CU_ASSERT_STRING_EQUAL(device_scan(&fixture->phone, ""), "");
    CU_ASSERT_EQUAL(fixture->phone.synced.remaining_count, 6);
    two_devices_crash(&fixture->phone);
    CU_ASSERT_STRING_EQUAL(device_scan(&fixture->phone, ""), "");
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "k0", "a value");
    SEES(&fixture->phone, "k9", "a value");
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).key_count, 10);
    two_devices_end(fixture);
}

/* Away too long: what was deleted and forgotten does not come back, and what
   the device did itself is kept. */
static void finds_its_way_back_from_below_the_floor(void)
{
    struct two_devices *fixture = two_devices_begin();
    char key[] = "k0";
    struct script script = {.resolution = SYNC_RESOLVE_THEIRS};

    for (key[1] = '0'; key[1] <= '9'; key[1]++)
        UPDATE(fixture, put(key, "old"));
    UPDATE(fixture, add_to_list("list", "first"));
    UPDATE(fixture, add_to_list("list", "second"));
    SYNC(&fixture->phone);
    UPDATE(fixture, del("k3"));
    UPDATE(fixture, del("k4"));
    UPDATE(fixture, put("k5", "new"));
    {
        struct dot first = device_dot(&fixture->phone, "list", "first");

        UPDATE(fixture, remove_from_list("list", &first, 1));
    }
    UPDATE(fixture, del("k9"));
    small_cluster_forget(fixture->cluster);
    DO(&fixture->phone, put("k1", "mine"));
    DO(&fixture->phone, put("k3", "mine"));
    DO(&fixture->phone, increment("count", 7));
    DO(&fixture->phone, add_to_list("list", "third"));
    two_devices_answer(&fixture->phone, &script);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(script.asked_count, 1);
    CU_ASSERT_STRING_EQUAL(script.seen, "k3: old, ");
    CU_ASSERT_STRING_EQUAL(
        device_scan(&fixture->phone, ""),
        "count=#7 k0=old k1=mine k2=old k5=new k6=old k7=old k8=old "
        "list=[second third] ");
    HOLDS(fixture, "k1", "mine");
    HOLDS(fixture, "k3", "-");
    HOLDS(fixture, "count", "#7");
    CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).key_count, 9);
    two_devices_end(fixture);
}

/* A device that has seen nothing reads all of it, in small pieces. */
static void reads_a_snapshot_in_pages(void)
{
    struct two_devices *fixture = two_devices_begin();
    char key[] = "k0";

    for (key[1] = '0'; key[1] <= '9'; key[1]++) {
        UPDATE(fixture, put(key, "a value"));
        UPDATE(fixture, add_to_list("list", key));
    }
    UPDATE(fixture, del("k7"));
    small_cluster_forget(fixture->cluster);
    small_cluster_set_budget(fixture->cluster, 64);
    DO(&fixture->phone, put("mine", "too"));
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "list", "[k0 k1 k2 k3 k4 k5 k6 k7 k8 k9]");
    SEES(&fixture->phone, "k7", "-");
    SEES(&fixture->phone, "k8", "a value");
    HOLDS(fixture, "mine", "too");
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).key_count, 11);
    two_devices_end(fixture);
}

/* A step of a sync whose next answer, if it has a page, is of that history. */
static void step_in_history(struct two_devices *fixture,
                            struct sync_machine *machine, uint64_t history_id,
                            struct message *out_question)
{
    struct message answer;
    enum sync_step step;

    CU_ASSERT_EQUAL_FATAL(sync_machine_next(machine, 1, &step, out_question),
                          DALV_OK);
    CU_ASSERT_EQUAL_FATAL(step, SYNC_STEP_SEND);
    small_cluster_answer(fixture->cluster, 1, out_question, &answer);
    CU_ASSERT_EQUAL_FATAL(answer.type, MESSAGE_SYNCED);
    answer.synced.cursor.history_id = history_id;
    CU_ASSERT_EQUAL(sync_machine_take(machine, 1, &answer), DALV_OK);
}

/* An empty replica's cursor names no history: of the pages that it has, only
   the note can tell that they are of one that was erased meanwhile. */
static void joins_no_pages_of_two_histories(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct sync_machine *machine = NULL;
    struct message question;
    char key[] = "k0";

    SYNC(phone);
    for (key[1] = '0'; key[1] <= '9'; key[1]++)
        UPDATE(fixture, put(key, "a value"));
    small_cluster_set_budget(fixture->cluster, 64);
    for (unsigned i = 0; i < 2; i++) {
        /* The second machine knows it by the note. */
        sync_machine_destroy(&machine);
        CU_ASSERT_EQUAL_FATAL(
            sync_machine_create(phone->store, &phone->options, &machine),
            DALV_OK);
        step_in_history(fixture, machine, 5 + i, &question);
    }
    CU_ASSERT(question.sync.resume.size > 0);
    step_in_history(fixture, machine, 6, &question);
    CU_ASSERT_EQUAL(question.sync.resume.size, 0);
    CU_ASSERT_EQUAL(store_status(phone->store).cursor.revision, 0);
    sync_machine_destroy(&machine);
    two_devices_end(fixture);
}

/* A place inside a list whose key is as long as a key may be. */
static void goes_on_behind_a_long_key(void)
{
    struct two_devices *fixture = two_devices_begin();
    char key[BOUNDS_KEY_MAX + 1];

    memset(key, 'k', BOUNDS_KEY_MAX);
    key[BOUNDS_KEY_MAX] = '\0';
    for (unsigned i = 0; i < 8; i++)
        UPDATE(fixture, add_to_list(key, "an element of some size"));
    small_cluster_set_budget(fixture->cluster, 1200);
    SYNC(&fixture->phone);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).cursor.revision, 8);
    two_devices_end(fixture);
}

static void empties_itself_after_an_erase(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct store_receipt receipt;

    DO(&fixture->phone, put("name", "Ann"));
    SYNC(&fixture->phone);
    small_cluster_erase(fixture->cluster);
    UPDATE(fixture, put("fresh", "start"));
    DO(&fixture->phone, put("name", "Bea"));
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "name", "-");
    SEES(&fixture->phone, "fresh", "start");
    CU_ASSERT_EQUAL(
        store_receipt(fixture->phone.store, fixture->phone.local_id, &receipt),
        DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_ERASED);
    DO(&fixture->phone, put("name", "Cid"));
    SYNC(&fixture->phone);
    HOLDS(fixture, "name", "Cid");
    two_devices_end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(brings_work_up_and_state_down),
        SUITE_TEST(merges_what_commutes),
        SUITE_TEST(removes_its_own_element_before_and_after_it_is_settled),
        SUITE_TEST(asks_nobody_and_keeps_the_conflict_for_later),
        SUITE_TEST(gives_way_to_theirs),
        SUITE_TEST(takes_an_answer_of_the_application),
        SUITE_TEST(follows_the_policy_of_the_cluster),
        SUITE_TEST(keeps_what_was_refused_for_good),
        SUITE_TEST(shows_pages_only_when_they_are_whole),
        SUITE_TEST(finds_its_way_back_from_below_the_floor),
        SUITE_TEST(reads_a_snapshot_in_pages),
        SUITE_TEST(joins_no_pages_of_two_histories),
        SUITE_TEST(goes_on_behind_a_long_key),
        SUITE_TEST(empties_itself_after_an_erase),
    };

    return SUITE_RUN("client/sync_machine", tests);
}
