/*
 * The store on the files of the system and on LevelDB, as it is in a product.
 */
#include "client/store.h"
#include "client/sync_machine.h"
#include "tests/support/folder.h"
#include "tests/support/small_cluster.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void fill_random(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner;
    memset(bytes, 7, size);
}

static struct store *open_store(const struct folder *folder,
                                struct store_report *out_report)
{
    char path[PATH_MAX];
    struct store_options options = {.files = files_of_system(),
                                    .folder = path,
                                    .user = bytes_from_text("ada"),
                                    .random = fill_random};
    struct store *store = NULL;

    folder_path(folder, "store", path);
    CU_ASSERT_EQUAL_FATAL(store_open(&options, out_report, &store), DALV_OK);
    return store;
}

static void commit(struct store *store, const struct operation *operation)
{
    const struct store_transaction transaction = {.operations = operation,
                                                  .operation_count = 1};
    uint64_t local_id;

    CU_ASSERT_EQUAL(store_commit(store, &transaction, 1, 1, &local_id),
                    DALV_OK);
}

static int64_t number_of(struct store *store, const char *key)
{
    struct key_value value;
    int64_t number;

    key_value_init(&value);
    CU_ASSERT_EQUAL(store_get(store, bytes_from_text(key), &value), DALV_OK);
    number = value.state.number;
    key_value_deinit(&value);
    return number;
}

static void sync_store(struct store *store, struct small_cluster *cluster)
{
    struct sync_options options = {0};
    struct sync_machine *machine = NULL;
    enum sync_step step = SYNC_STEP_HELLO;

    CU_ASSERT_EQUAL_FATAL(sync_machine_create(store, &options, &machine),
                          DALV_OK);
    while (step != SYNC_STEP_DONE) {
        const struct ledger_identity *identity =
            ledger_identity(store_ledger(store));
        struct message question;
        struct message answer;

        CU_ASSERT_EQUAL_FATAL(sync_machine_next(machine, 1, &step, &question),
                              DALV_OK);
        if (step == SYNC_STEP_HELLO)
            small_cluster_welcome(cluster, &identity->install, &answer);
        if (step == SYNC_STEP_SEND)
            small_cluster_answer(cluster, identity->device, &question, &answer);
        if (step != SYNC_STEP_DONE)
            CU_ASSERT_EQUAL_FATAL(sync_machine_take(machine, 1, &answer),
                                  DALV_OK);
    }
    sync_machine_destroy(&machine);
}

static const struct operation *count_one(void)
{
    static struct operation operation = {.type = OPERATION_INCREMENT,
                                         .number = 1};

    operation.key = bytes_from_text("n");
    return &operation;
}

static void keeps_work_and_replica_on_disk(void)
{
    struct small_cluster *cluster = small_cluster_create("ada");
    struct store_report report;
    struct folder folder;
    struct store *store;

    folder_open(&folder);
    store = open_store(&folder, &report);
    commit(store, count_one());
    sync_store(store, cluster);
    commit(store, count_one());
    store_close(&store);
    store = open_store(&folder, &report);
    CU_ASSERT_EQUAL(number_of(store, "n"), 2);
    CU_ASSERT_EQUAL(store_status(store).pending_count, 1);
    CU_ASSERT_EQUAL(store_status(store).cursor.revision, 1);
    CU_ASSERT_FALSE(report.is_replica_rebuilt);
    sync_store(store, cluster);
    CU_ASSERT_EQUAL(number_of(store, "n"), 2);
    store_close(&store);
    folder_close(&folder);
    small_cluster_destroy(&cluster);
}

static void is_open_in_one_place_only(void)
{
    struct store_report report;
    struct folder folder;
    struct store *store;
    struct store *second = NULL;
    char path[PATH_MAX];
    struct store_options options = {
        .files = files_of_system(), .folder = path, .random = fill_random};

    folder_open(&folder);
    store = open_store(&folder, &report);
    folder_path(&folder, "store", path);
    CU_ASSERT_EQUAL(store_open(&options, &report, &second), DALV_LOCKED);
    store_close(&store);
    CU_ASSERT_EQUAL(store_open(&options, &report, &second), DALV_OK);
    store_close(&second);
    folder_close(&folder);
}

/* The replica holds nothing that a sync does not bring again; the work that
   was pending is not touched. */
static void rebuilds_a_damaged_replica(void)
{
    struct small_cluster *cluster = small_cluster_create("ada");
    struct store_report report;
    struct folder folder;
    struct store *store;
    char path[PATH_MAX];
    int file;

    folder_open(&folder);
    store = open_store(&folder, &report);
    commit(store, count_one());
    sync_store(store, cluster);
    commit(store, count_one());
    store_close(&store);
    folder_path(&folder, "store/replica/CURRENT", path);
    file = open(path, O_WRONLY | O_TRUNC);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    CU_ASSERT_EQUAL(write(file, "nonsense\n", 9), 9);
    CU_ASSERT_EQUAL(close(file), 0);
    store = open_store(&folder, &report);
    CU_ASSERT_TRUE(report.is_replica_rebuilt);
    CU_ASSERT_EQUAL(store_status(store).cursor.revision, 0);
    CU_ASSERT_EQUAL(store_status(store).pending_count, 1);
    sync_store(store, cluster);
    CU_ASSERT_EQUAL(number_of(store, "n"), 2);
    CU_ASSERT_EQUAL(store_status(store).pending_count, 0);
    store_close(&store);
    folder_close(&folder);
    small_cluster_destroy(&cluster);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(keeps_work_and_replica_on_disk),
        SUITE_TEST(is_open_in_one_place_only),
        SUITE_TEST(rebuilds_a_damaged_replica),
    };

    return SUITE_RUN("client/store on disk", tests);
}
