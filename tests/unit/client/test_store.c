#include "tests/unit/client/device_fixture.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* No test here syncs: a device alone with itself. */
static struct device *begin(void)
{
    static struct device device;

    device_init(&device, NULL, 1);
    return &device;
}

static void reopen(struct device *device)
{
    device_crash(device);
    CU_ASSERT_EQUAL_FATAL(device_start(device), DALV_OK);
}

#define DO(device, ...)                                                        \
    device_do((device), &(struct operation[]){__VA_ARGS__}[0])

static void keeps_what_was_committed(void)
{
    struct device *device = begin();

    CU_ASSERT_EQUAL(DO(device, put("name", "Ann")), DALV_OK);
    CU_ASSERT_EQUAL(device->local_id, 1);
    CU_ASSERT_EQUAL(DO(device, increment("visits", 5)), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, increment("visits", -2)), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, add_to_list("cart", "tea")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, add_to_list("cart", "rice")), DALV_OK);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "name"), "Ann");
    reopen(device);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "name"), "Ann");
    CU_ASSERT_STRING_EQUAL(device_sees(device, "visits"), "#3");
    CU_ASSERT_STRING_EQUAL(device_sees(device, "cart"), "[tea rice]");
    CU_ASSERT_STRING_EQUAL(device_sees(device, "other"), "-");
    CU_ASSERT_EQUAL(device_pending(device), 5);
    device_deinit(device);
}

static void removes_its_own_pending_elements(void)
{
    struct device *device = begin();
    struct dot tea;

    CU_ASSERT_EQUAL(DO(device, add_to_list("cart", "tea")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, add_to_list("cart", "rice")), DALV_OK);
    tea = device_dot(device, "cart", "tea");
    CU_ASSERT_EQUAL(tea.device, DOT_SELF);
    CU_ASSERT_EQUAL(DO(device, remove_from_list("cart", &tea, 1)), DALV_OK);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "cart"), "[rice]");
    reopen(device);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "cart"), "[rice]");
    device_deinit(device);
}

static void refuses_what_no_cluster_would_take(void)
{
    static const struct store_transaction empty;
    struct device *device = begin();

    CU_ASSERT_EQUAL(DO(device, put("name", "Ann")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, increment("name", 1)), DALV_WRONG_KIND);
    CU_ASSERT_EQUAL(DO(device, add_to_list("name", "x")), DALV_WRONG_KIND);
    CU_ASSERT_EQUAL(DO(device, add("name", "Bob")), DALV_OCCUPIED);
    CU_ASSERT_EQUAL(DO(device, put("sys/rights", "all")), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(DO(device, put("", "x")), DALV_INVALID);
    CU_ASSERT_EQUAL(
        store_commit(device->store, &empty, 1, 1, &device->local_id),
        DALV_INVALID);
    CU_ASSERT_EQUAL(DO(device, increment("n", INT64_MAX)), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, increment("n", 1)), DALV_OVERFLOW);
    CU_ASSERT_EQUAL(DO(device, del("name")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, add("name", "Bob")), DALV_OK);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "name"), "Bob");
    CU_ASSERT_EQUAL(device_pending(device), 4);
    device_deinit(device);
}

/* One sync for a thousand transactions, each of which sees those before. */
static void commits_many_at_once_or_none(void)
{
    struct device *device = begin();
    struct operation one = increment("n", 1);
    struct operation wrong = add_to_list("n", "x");
    static struct store_transaction many[1000];
    uint64_t syncs;

    for (size_t i = 0; i < 1000; i++)
        many[i] = (struct store_transaction){.operations = &one,
                                             .operation_count = 1};
    syncs = memory_files_sync_count(device->disk);
    CU_ASSERT_EQUAL(
        store_commit(device->store, many, 1000, 1, &device->local_id), DALV_OK);
    CU_ASSERT_EQUAL(memory_files_sync_count(device->disk) - syncs, 1);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "n"), "#1000");
    many[999].operations = &wrong;
    CU_ASSERT_EQUAL(
        store_commit(device->store, many, 1000, 1, &device->local_id),
        DALV_WRONG_KIND);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "n"), "#1000");
    CU_ASSERT_EQUAL(device_pending(device), 1000);
    device_deinit(device);
}

static void scans_in_the_order_of_keys(void)
{
    struct device *device = begin();

    CU_ASSERT_EQUAL(DO(device, put("b/2", "two")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, put("a", "none")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, put("b/1", "one")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, put("b/3", "gone")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, del("b/3")), DALV_OK);
    CU_ASSERT_STRING_EQUAL(device_scan(device, "b/"), "b/1=one b/2=two ");
    CU_ASSERT_STRING_EQUAL(device_scan(device, ""), "a=none b/1=one b/2=two ");
    CU_ASSERT_STRING_EQUAL(device_scan(device, "c"), "");
    device_deinit(device);
}

static void is_one_users_and_one_process_at_a_time(void)
{
    struct device *device = begin();
    struct store_options options = {.files = memory_files_seam(device->disk),
                                    .folder = "store",
                                    .user = bytes_from_text("ada"),
                                    .kv = device->kv};
    struct store_report report;
    struct store *second = NULL;

    CU_ASSERT_EQUAL(store_open(&options, &report, &second), DALV_LOCKED);
    store_close(&device->store);
    options.user = bytes_from_text("bob");
    CU_ASSERT_EQUAL(store_open(&options, &report, &second), DALV_INVALID);
    options.user = bytes_from_text("");
    CU_ASSERT_EQUAL(store_open(&options, &report, &second), DALV_OK);
    store_close(&second);
    device_deinit(device);
}

static void tells_where_a_transaction_stands(void)
{
    struct device *device = begin();
    struct store_receipt receipt;

    CU_ASSERT_EQUAL(DO(device, put("name", "Ann")), DALV_OK);
    CU_ASSERT_EQUAL(store_receipt(device->store, device->local_id, &receipt),
                    DALV_OK);
    CU_ASSERT_EQUAL(receipt.state, STORE_LOCAL);
    CU_ASSERT_EQUAL(store_receipt(device->store, 99, &receipt), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(store_discard(device->store, device->local_id),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(store_status(device->store).pending_count, 1);
    device_deinit(device);
}

/* What could be read is there; ids that may be lost are not used again. */
static void saves_what_it_can_from_a_damaged_journal(void)
{
    struct device *device = begin();
    uint8_t *content;
    size_t size;

    CU_ASSERT_EQUAL(DO(device, put("a", "one")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, put("b", "two")), DALV_OK);
    CU_ASSERT_EQUAL(DO(device, put("c", "six")), DALV_OK);
    device_stop(device);
    content = memory_files_content(device->disk, "store/journal", &size);
    for (size_t i = 0; i + 3 < size; i++) {
        if (memcmp(content + i, "two", 3) == 0)
            content[i] ^= 1;
    }
    memory_files_settle(device->disk, "store/journal");
    CU_ASSERT_EQUAL(device_start(device), DALV_DAMAGED);
    CU_ASSERT_TRUE(device->report.journal.damaged_bytes > 0);
    CU_ASSERT_EQUAL(device_start(device), DALV_OK);
    CU_ASSERT_EQUAL(device->report.journal.damaged_bytes, 0);
    CU_ASSERT_STRING_EQUAL(device_scan(device, ""), "a=one c=six ");
    CU_ASSERT_EQUAL(DO(device, put("b", "new")), DALV_OK);
    CU_ASSERT_TRUE(device->local_id > 1000000);
    CU_ASSERT_PTR_NOT_NULL(
        memory_files_content(device->disk, "store/journal.damaged-1", &size));
    device_deinit(device);
}

static void commits_again_once_there_is_space(void)
{
    struct device *device = begin();

    memory_files_fail(device->disk, 1, MEMORY_FAULT_NO_SPACE);
    CU_ASSERT_EQUAL(DO(device, put("a", "one")), DALV_NO_SPACE);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "a"), "-");
    CU_ASSERT_EQUAL(DO(device, put("a", "two")), DALV_OK);
    reopen(device);
    CU_ASSERT_STRING_EQUAL(device_sees(device, "a"), "two");
    device_deinit(device);
}

/* Each commit in each place of the disk's failures: all or nothing, in order,
   and nothing that was acknowledged is ever gone. */
static void loses_no_commit_by_any_fault(void)
{
    static const enum memory_fault faults[] = {
        MEMORY_FAULT_IO, MEMORY_FAULT_NO_SPACE, MEMORY_FAULT_HALF_WRITE};

    for (uint64_t call = 1; call <= 40; call++) {
        struct device *device = begin();
        int64_t acknowledged = 0;
        int64_t tried = 0;
        struct key_value seen;

        memory_files_fail(device->disk, call, faults[call % 3]);
        for (int i = 0; i < 10; i++) {
            tried++;
            if (DO(device, increment("n", 1)) != DALV_OK)
                break;
            acknowledged++;
        }
        memory_files_fail(device->disk, 0, MEMORY_FAULT_IO);
        reopen(device);
        key_value_init(&seen);
        CU_ASSERT_EQUAL(store_get(device->store, bytes_from_text("n"), &seen),
                        DALV_OK);
        CU_ASSERT_TRUE(seen.state.number >= acknowledged);
        CU_ASSERT_TRUE(seen.state.number <= tried);
        key_value_deinit(&seen);
        device_deinit(device);
    }
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(keeps_what_was_committed),
        SUITE_TEST(removes_its_own_pending_elements),
        SUITE_TEST(refuses_what_no_cluster_would_take),
        SUITE_TEST(commits_many_at_once_or_none),
        SUITE_TEST(scans_in_the_order_of_keys),
        SUITE_TEST(is_one_users_and_one_process_at_a_time),
        SUITE_TEST(tells_where_a_transaction_stands),
        SUITE_TEST(saves_what_it_can_from_a_damaged_journal),
        SUITE_TEST(commits_again_once_there_is_space),
        SUITE_TEST(loses_no_commit_by_any_fault),
    };

    return SUITE_RUN("client/store", tests);
}
