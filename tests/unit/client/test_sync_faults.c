#include "client/store_internal.h"
#include "tests/support/suite.h"
#include "tests/unit/client/two_devices.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* The cluster took it, the device never heard: once is once. */
static void counts_once_whatever_answer_is_lost(void)
{
    for (unsigned lost = 1; lost <= 4; lost++) {
        struct two_devices *fixture = two_devices_begin();

        DO(&fixture->phone, increment("n", 1));
        DO(&fixture->phone, add_to_list("l", "x"));
        fixture->phone.answers_left = lost;
        if (device_sync(&fixture->phone) == DALV_TIMEOUT)
            two_devices_crash(&fixture->phone);
        DO(&fixture->phone, increment("n", 10));
        UPDATE(fixture, increment("n", 100));
        fixture->phone.answers_left = lost == 1 ? 2 : 1;
        CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
        SYNC(&fixture->phone);
        SEES(&fixture->phone, "n", "#111");
        SEES(&fixture->phone, "l", "[x]");
        HOLDS(fixture, "n", "#111");
        CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
        SYNC(&fixture->tablet);
        SEES(&fixture->tablet, "n", "#111");
        SEES(&fixture->tablet, "l", "[x]");
        two_devices_end(fixture);
    }
}

/* The refusal is told until the device says that it holds it. */
static void hears_of_a_conflict_whose_answer_was_lost(void)
{
    for (unsigned lost = 1; lost <= 2; lost++) {
        struct two_devices *fixture = two_devices_begin_conflict();
        struct script script = {.resolution = SYNC_RESOLVE_MINE};

        for (unsigned time = 0; time < lost; time++) {
            fixture->phone.answers_left = 1;
            CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
            two_devices_crash(&fixture->phone);
        }
        HOLDS(fixture, "name", "Bea");
        SEES(&fixture->phone, "name", "Cid");
        two_devices_answer(&fixture->phone, &script);
        SYNC(&fixture->phone);
        CU_ASSERT_EQUAL(script.asked_count, 1);
        HOLDS(fixture, "name", "Cid");
        two_devices_end(fixture);
    }
}

/*
 * Whichever write to the disk fails during a sync, and power with it: what is
 * seen is right at once, without another sync, and nothing counts twice.
 */
static void shows_work_once_wherever_power_fails(void)
{
    for (uint64_t call = 1; call <= 12; call++) {
        struct two_devices *fixture = two_devices_begin();
        bool is_in_replica;

        DO(&fixture->phone, increment("n", 1));
        UPDATE(fixture, put("other", "thing"));
        memory_files_fail(fixture->phone.disk, call, MEMORY_FAULT_IO);
        (void)(device_sync(&fixture->phone) == DALV_OK);
        memory_files_fail(fixture->phone.disk, 0, MEMORY_FAULT_IO);
        two_devices_crash(&fixture->phone);
        SEES(&fixture->phone, "n", "#1");
        is_in_replica = store_status(fixture->phone.store).cursor.revision == 2;
        CU_ASSERT_EQUAL(device_pending(&fixture->phone), is_in_replica ? 0 : 1);
        SYNC(&fixture->phone);
        SEES(&fixture->phone, "n", "#1");
        HOLDS(fixture, "n", "#1");
        two_devices_end(fixture);
    }
}

/* The same with the replica's map, whose writes are lost as well. */
static void shows_work_once_wherever_the_map_fails(void)
{
    for (uint64_t call = 1; call <= 60; call++) {
        struct two_devices *fixture = two_devices_begin();

        DO(&fixture->phone, increment("n", 1));
        DO(&fixture->phone, add_to_list("l", "x"));
        UPDATE(fixture, increment("n", 10));
        memory_store_fail(fixture->phone.map, call, DALV_IO);
        (void)(device_sync(&fixture->phone) == DALV_OK);
        memory_store_fail(fixture->phone.map, 0, DALV_OK);
        two_devices_crash(&fixture->phone);
        SYNC(&fixture->phone);
        SEES(&fixture->phone, "n", "#11");
        SEES(&fixture->phone, "l", "[x]");
        HOLDS(fixture, "n", "#11");
        CU_ASSERT_EQUAL(device_pending(&fixture->phone), 0);
        two_devices_end(fixture);
    }
}

/* Two stores with one install id, as of a phone that was copied: neither loses
   anything, and from then on they are two devices. */
static void notices_that_it_was_cloned(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device clone;
    uint64_t device;

    device_init(&clone, fixture->cluster, 1);
    DO(&fixture->phone, increment("n", 1));
    SYNC(&fixture->phone);
    device = store_status(fixture->phone.store).device;
    DO(&clone, increment("n", 10));
    DO(&clone, add_to_list("l", "cloned"));
    SYNC(&clone);
    CU_ASSERT_NOT_EQUAL(store_status(clone.store).device, device);
    SEES(&clone, "n", "#11");
    DO(&fixture->phone, add_to_list("l", "first"));
    SYNC(&fixture->phone);
    SYNC(&clone);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).device, device);
    SEES(&fixture->phone, "n", "#11");
    SEES(&fixture->phone, "l", "[cloned first]");
    SEES(&clone, "l", "[cloned first]");
    device_deinit(&clone);
    two_devices_end(fixture);
}

/* Its element was settled by the device that it was; it is removed by the one
   that it is. */
static void knows_its_elements_after_it_was_cloned(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device clone;
    struct dot tea;

    device_init(&clone, fixture->cluster, 1);
    DO(&fixture->phone, add_to_list("l", "tea"));
    tea = device_dot(&fixture->phone, "l", "tea");
    SYNC(&fixture->phone);
    DO(&fixture->phone, remove_from_list("l", &tea, 1));
    /* Now the copy goes ahead under the same number. */
    CU_ASSERT_EQUAL(device_sync(&clone), DALV_OK);
    store_close(&clone.store);
    CU_ASSERT_EQUAL(store_renew_identity(fixture->phone.store), DALV_OK);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).device, 0);
    SEES(&fixture->phone, "l", "[]");
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SEES(&fixture->phone, "l", "[]");
    SEES(&fixture->tablet, "l", "[]");
    device_deinit(&clone);
    two_devices_end(fixture);
}

static void opens_itself_again_where_nobody_knows_it(void)
{
    struct two_devices *fixture = two_devices_begin();

    DO(&fixture->phone, put("a", "one"));
    SYNC(&fixture->phone);
    small_cluster_erase(fixture->cluster);
    SYNC(&fixture->phone);
    SEES(&fixture->phone, "a", "-");
    DO(&fixture->phone, put("a", "two"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SEES(&fixture->tablet, "a", "two");
    two_devices_end(fixture);
}

/*
 * The cluster goes back to a backup that ends at revision 1. What the phone
 * holds of the rest is the last copy of it.
 */
static void offers_what_a_restored_cluster_lost(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct script script = {.resolution = SYNC_RESOLVE_LATER};
    struct small_cluster *restored = small_cluster_create("ada");

    UPDATE(fixture, put("kept", "one"));
    UPDATE(fixture, put("lost", "two"));
    UPDATE(fixture, increment("count", 3));
    UPDATE(fixture, add_to_list("list", "x"));
    UPDATE(fixture, put("other", "mine"));
    SYNC(&fixture->phone);
    DO(&fixture->phone, put("pending", "six"));

    small_cluster_destroy(&fixture->cluster);
    fixture->cluster = restored;
    fixture->phone.cluster = restored;
    fixture->tablet.cluster = restored;
    fixture->phone.common = 1;
    /* Another history: ids are drawn with each request. */
    (void)small_cluster_key(restored, "kept");
    UPDATE(fixture, put("kept", "one"));
    UPDATE(fixture, put("other", "theirs"));
    fixture->phone.answers_left = 4;
    CU_ASSERT_EQUAL(device_sync(&fixture->phone), DALV_TIMEOUT);
    two_devices_crash(&fixture->phone);
    two_devices_answer(&fixture->phone, &script);
    SYNC(&fixture->phone);
    HOLDS(fixture, "kept", "one");
    HOLDS(fixture, "lost", "two");
    HOLDS(fixture, "count", "#3");
    HOLDS(fixture, "other", "theirs");
    HOLDS(fixture, "pending", "six");
    CU_ASSERT_EQUAL(script.asked_count, 1);
    CU_ASSERT_EQUAL(store_status(fixture->phone.store).conflict_count, 1);
    script.resolution = SYNC_RESOLVE_MINE;
    SYNC(&fixture->phone);
    HOLDS(fixture, "other", "mine");
    SYNC(&fixture->tablet);
    SEES(&fixture->tablet, "list", "[x]");
    two_devices_end(fixture);
}

/* Both held what was lost: it comes back once, under whichever was first. */
static void offers_once_what_two_devices_held(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct small_cluster *restored = small_cluster_create("ada");

    UPDATE(fixture, put("kept", "one"));
    UPDATE(fixture, add_to_list("list", "x"));
    UPDATE(fixture, add_to_list("list", "x"));
    UPDATE(fixture, increment("count", 3));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    DO(&fixture->tablet, add_to_list("list", "own"));
    SYNC(&fixture->tablet);

    small_cluster_destroy(&fixture->cluster);
    fixture->cluster = restored;
    fixture->phone.cluster = restored;
    fixture->tablet.cluster = restored;
    fixture->phone.common = 1;
    fixture->tablet.common = 1;
    (void)small_cluster_key(restored, "kept");
    UPDATE(fixture, put("kept", "one"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    SYNC(&fixture->phone);
    SEES(&fixture->tablet, "list", "[x x own]");
    SEES(&fixture->phone, "list", "[x x own]");
    HOLDS(fixture, "count", "#3");
    CU_ASSERT_EQUAL(device_pending(&fixture->tablet), 0);
    two_devices_end(fixture);
}

/* The map is lost with the answer: what was sent goes again as it was, though
   the replica that it was made on is not there any more. */
static void repeats_what_it_sent_after_it_lost_its_replica(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;

    DO(phone, increment("n", 1));
    SYNC(phone);
    DO(phone, increment("n", 10));
    phone->answers_left = 1;
    CU_ASSERT_EQUAL(device_sync(phone), DALV_TIMEOUT);
    device_crash(phone);
    memory_store_destroy(&phone->map);
    phone->map = memory_store_create();
    CU_ASSERT_EQUAL_FATAL(device_start(phone), DALV_OK);
    SYNC(phone);
    SEES(phone, "n", "#11");
    HOLDS(fixture, "n", "#11");
    CU_ASSERT_EQUAL(store_status(phone->store).device, 1);
    CU_ASSERT_EQUAL(device_pending(phone), 0);
    two_devices_end(fixture);
}

/* Its replica is gone when its user is erased: what it did before is not taken
   for the work of a store that never saw anything. */
static void brings_back_nothing_erased_after_it_lost_its_replica(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct store_receipt receipt;

    DO(phone, put("name", "Ann"));
    SYNC(phone);
    DO(phone, put("name", "Bea"));
    device_crash(phone);
    memory_store_destroy(&phone->map);
    phone->map = memory_store_create();
    CU_ASSERT_EQUAL_FATAL(device_start(phone), DALV_OK);
    small_cluster_erase(fixture->cluster);
    UPDATE(fixture, put("fresh", "start"));
    SYNC(phone);
    SEES(phone, "fresh", "start");
    HOLDS(fixture, "name", "-");
    CU_ASSERT_EQUAL(store_receipt(phone->store, phone->local_id, &receipt),
                    DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_ERASED);
    two_devices_end(fixture);
}

/*
 * An erased user's device gets another id, and its numbers begin anew. What the
 * replica says is settled was so under the old ones: a power cut before the
 * first answer settles nothing of what was sent since.
 */
static void settles_nothing_by_the_numbers_of_an_older_device_id(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct store_receipt receipt;

    DO(phone, put("name", "Ann"));
    SYNC(phone);
    small_cluster_erase(fixture->cluster);
    DO(phone, put("name", "Bea"));
    phone->answers_left = 2; /* Not found, and the new id. */
    CU_ASSERT_EQUAL(device_sync(phone), DALV_TIMEOUT);
    device_crash(phone);
    CU_ASSERT_EQUAL_FATAL(device_start(phone), DALV_OK);
    CU_ASSERT_EQUAL(device_pending(phone), 1);
    SYNC(phone);
    CU_ASSERT_EQUAL(store_receipt(phone->store, phone->local_id, &receipt),
                    DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_REFUSED);
    CU_ASSERT_EQUAL(receipt.reason, DALV_ERASED);
    two_devices_end(fixture);
}

/* The phone syncs until its replica is whole, and stops there. */
static void read_anew(struct two_devices *fixture)
{
    struct device *phone = &fixture->phone;
    struct sync_machine *machine = NULL;

    CU_ASSERT_EQUAL_FATAL(
        sync_machine_create(phone->store, &phone->options, &machine), DALV_OK);
    while (store_status(phone->store).cursor.revision == 0) {
        struct message question;
        struct message answer;
        enum sync_step step;

        CU_ASSERT_EQUAL_FATAL(sync_machine_next(machine, 1, &step, &question),
                              DALV_OK);
        CU_ASSERT_EQUAL_FATAL(step, SYNC_STEP_SEND);
        small_cluster_answer(fixture->cluster, 1, &question, &answer);
        CU_ASSERT_EQUAL_FATAL(sync_machine_take(machine, 1, &answer), DALV_OK);
    }
    sync_machine_destroy(&machine);
}

/* The same, but the first copy of the request is judged only after the cluster
   sent the device to read everything anew. */
static void survives_a_copy_that_comes_late(void)
{
    struct two_devices *fixture = two_devices_begin();
    struct device *phone = &fixture->phone;
    struct sync_machine *machine = NULL;
    struct message question;
    struct message answer;
    enum sync_step step;
    uint8_t late[256];
    struct bytes late_push;

    DO(phone, increment("n", 1));
    SYNC(phone);
    DO(phone, increment("n", 10));
    CU_ASSERT_EQUAL(
        sync_machine_create(phone->store, &phone->options, &machine), DALV_OK);
    CU_ASSERT_EQUAL(sync_machine_next(machine, 1, &step, &question), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(question.sync.push_count, 1);
    CU_ASSERT_TRUE_FATAL(question.sync.pushes[0].size <= sizeof(late));
    late_push = bytes_make(late, question.sync.pushes[0].size);
    memcpy(late, question.sync.pushes[0].data, late_push.size);
    question.sync.pushes = &late_push;
    sync_machine_destroy(&machine);
    device_crash(phone);
    memory_store_destroy(&phone->map);
    phone->map = memory_store_create();
    CU_ASSERT_EQUAL_FATAL(device_start(phone), DALV_OK);
    UPDATE(fixture, put("other", "thing"));
    read_anew(fixture);
    question.sync.resume = (struct bytes){0};
    small_cluster_answer(fixture->cluster, 1, &question, &answer);
    CU_ASSERT_EQUAL(answer.synced.settled, 2);
    SYNC(phone);
    SEES(phone, "n", "#11");
    HOLDS(fixture, "n", "#11");
    CU_ASSERT_EQUAL(store_status(phone->store).device, 1);
    two_devices_end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(counts_once_whatever_answer_is_lost),
        SUITE_TEST(hears_of_a_conflict_whose_answer_was_lost),
        SUITE_TEST(shows_work_once_wherever_power_fails),
        SUITE_TEST(shows_work_once_wherever_the_map_fails),
        SUITE_TEST(notices_that_it_was_cloned),
        SUITE_TEST(knows_its_elements_after_it_was_cloned),
        SUITE_TEST(opens_itself_again_where_nobody_knows_it),
        SUITE_TEST(offers_what_a_restored_cluster_lost),
        SUITE_TEST(offers_once_what_two_devices_held),
        SUITE_TEST(repeats_what_it_sent_after_it_lost_its_replica),
        SUITE_TEST(brings_back_nothing_erased_after_it_lost_its_replica),
        SUITE_TEST(settles_nothing_by_the_numbers_of_an_older_device_id),
        SUITE_TEST(survives_a_copy_that_comes_late),
    };

    return SUITE_RUN("client/sync_machine under faults", tests);
}
