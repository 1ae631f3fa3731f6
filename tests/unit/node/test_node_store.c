#include "node/store.h"

#include "tests/support/memory_files.h"
#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARTITIONS = 4
};

/* A machine's disk, and what runs on it. */
struct fixture {
    struct kv_opener opener; /* First. */
    struct memory_files *disk;
    struct memory_store *map;
    bool is_map_damaged;
    struct node_store_options options;
    struct node_store *store;
    struct node_store_error error;
};

/* Without an end in order only what was flushed is believed. */
static enum dalv_status on_open(struct kv_opener *opener,
                                const struct kv_options *options,
                                struct kv **out_kv)
{
    struct fixture *fixture = (struct fixture *)(void *)opener;

    if (fixture->is_map_damaged)
        return DALV_DAMAGED;
    if (options->is_tables_only)
        memory_store_crash(fixture->map, 0);
    *out_kv = memory_kv_open(fixture->map);
    return DALV_OK;
}

static enum dalv_status on_destroy(struct kv_opener *opener, const char *path)
{
    struct fixture *fixture = (struct fixture *)(void *)opener;

    (void)path;
    memory_store_clear(fixture->map);
    fixture->is_map_damaged = false;
    return DALV_OK;
}

static struct fixture *begin(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture);
    fixture->opener =
        (struct kv_opener){.open = on_open, .destroy = on_destroy};
    fixture->disk = memory_files_create(1);
    fixture->map = memory_store_create();
    fixture->options = (struct node_store_options){
        .files = memory_files_seam(fixture->disk),
        .kvs = &fixture->opener,
        .folder = "d",
        .partition_count = PARTITIONS,
        .segment_bytes = 64 << 10,
        .log_id = 7,
        .boot_id = 1,
        .wall_us = 5000,
    };
    return fixture;
}

static enum dalv_status open_store(struct fixture *fixture)
{
    return node_store_open(&fixture->options, &fixture->store, &fixture->error);
}

static void open_well(struct fixture *fixture)
{
    CU_ASSERT_EQUAL_FATAL(open_store(fixture), DALV_OK);
}

static void close_in_order(struct fixture *fixture)
{
    node_store_close(&fixture->store, true);
}

static void stop_at_once(struct fixture *fixture)
{
    node_store_close(&fixture->store, false);
}

static void end(struct fixture *fixture)
{
    node_store_close(&fixture->store, false);
    memory_files_destroy(&fixture->disk);
    memory_store_destroy(&fixture->map);
    free(fixture);
}

static void begins_an_epoch_of_every_partition_at_each_start(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->starts[0].epoch, 1);
    CU_ASSERT_EQUAL(fixture->store->starts[3].end.index, 1);
    close_in_order(fixture);
    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->starts[0].epoch, 2);
    CU_ASSERT_EQUAL(fixture->store->starts[3].end.index, 2);
    CU_ASSERT_EQUAL(index_applied(fixture->store->index, 3).index, 2);
    end(fixture);
}

static void replays_nothing_after_an_end_in_order(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    close_in_order(fixture);
    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->replayed_count, 0);
    end(fixture);
}

static void replays_what_the_tables_lack_after_any_other_end(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    close_in_order(fixture);
    open_well(fixture);
    stop_at_once(fixture);
    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->replayed_count, PARTITIONS);
    CU_ASSERT_FALSE(fixture->store->is_index_rebuilt);
    end(fixture);
}

static void makes_a_damaged_index_anew(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    close_in_order(fixture);
    fixture->is_map_damaged = true;
    open_well(fixture);
    CU_ASSERT_TRUE(fixture->store->is_index_rebuilt);
    CU_ASSERT_EQUAL(fixture->store->replayed_count, PARTITIONS);
    end(fixture);
}

/* It opened well, and was found damaged by a read. */
static void makes_a_condemned_index_anew_once(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    CU_ASSERT_EQUAL(node_store_condemn_index(fixture->store), DALV_OK);
    stop_at_once(fixture);
    memory_files_crash(fixture->disk);
    open_well(fixture);
    CU_ASSERT_TRUE(fixture->store->is_index_rebuilt);
    stop_at_once(fixture);
    open_well(fixture);
    CU_ASSERT_FALSE(fixture->store->is_index_rebuilt);
    end(fixture);
}

static void never_lets_time_go_back(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->starts[1].time_us, 5000);
    close_in_order(fixture);
    fixture->options.wall_us = 4000;
    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->starts[1].time_us, 5000);
    stop_at_once(fixture);
    fixture->options.wall_us = 3000;
    open_well(fixture);
    CU_ASSERT_EQUAL(fixture->store->starts[1].time_us, 5000);
    end(fixture);
}

/* Somebody took the log away, and left the index. */
static void refuses_an_index_that_knows_more_than_its_log(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    close_in_order(fixture);
    memory_files_destroy(&fixture->disk);
    fixture->disk = memory_files_create(1);
    fixture->options.files = memory_files_seam(fixture->disk);
    memory_store_fail(fixture->map, 0, DALV_OK);
    CU_ASSERT_EQUAL(open_store(fixture), DALV_DAMAGED);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->error.text, "Restore the folder"));
    memory_store_clear(fixture->map);
    open_well(fixture);
    end(fixture);
}

static void refuses_another_number_of_partitions(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    close_in_order(fixture);
    fixture->options.partition_count = 2 * PARTITIONS;
    CU_ASSERT_EQUAL(open_store(fixture), DALV_INVALID);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(fixture->error.text, "another number of partitions"));
    end(fixture);
}

static void lets_one_process_alone_have_the_folder(void)
{
    struct fixture *fixture = begin();
    struct node_store *second = NULL;

    open_well(fixture);
    CU_ASSERT_EQUAL(
        node_store_open(&fixture->options, &second, &fixture->error),
        DALV_LOCKED);
    CU_ASSERT_PTR_NULL(second);
    end(fixture);
}

static void says_that_there_is_no_space(void)
{
    struct fixture *fixture = begin();

    memory_files_set_capacity(fixture->disk, 1000);
    CU_ASSERT_EQUAL(open_store(fixture), DALV_NO_SPACE);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->error.text, "Free some space"));
    memory_files_set_capacity(fixture->disk, 1 << 30);
    open_well(fixture);
    end(fixture);
}

/* Fail the n-th call while opening, for each n; the next start goes well. */
static unsigned fail_each_call(struct fixture *fixture, enum memory_fault fault)
{
    uint64_t call = 0;

    do {
        memory_files_fail(fixture->disk, ++call, fault);
        if (open_store(fixture) == DALV_OK)
            stop_at_once(fixture);
        if (!memory_files_has_failed(fixture->disk))
            break;
        open_well(fixture);
        close_in_order(fixture);
    } while (call < 1000);
    memory_files_fail(fixture->disk, 0, fault);
    return (unsigned)call;
}

static void opens_after_any_failure_of_the_disk(void)
{
    struct fixture *fixture = begin();

    open_well(fixture);
    close_in_order(fixture);
    CU_ASSERT(fail_each_call(fixture, MEMORY_FAULT_IO) > 5);
    CU_ASSERT(fail_each_call(fixture, MEMORY_FAULT_NO_SPACE) > 5);
    CU_ASSERT(fail_each_call(fixture, MEMORY_FAULT_HALF_WRITE) > 5);
    end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(begins_an_epoch_of_every_partition_at_each_start),
        SUITE_TEST(replays_nothing_after_an_end_in_order),
        SUITE_TEST(replays_what_the_tables_lack_after_any_other_end),
        SUITE_TEST(makes_a_damaged_index_anew),
        SUITE_TEST(makes_a_condemned_index_anew_once),
        SUITE_TEST(never_lets_time_go_back),
        SUITE_TEST(refuses_an_index_that_knows_more_than_its_log),
        SUITE_TEST(refuses_another_number_of_partitions),
        SUITE_TEST(lets_one_process_alone_have_the_folder),
        SUITE_TEST(says_that_there_is_no_space),
        SUITE_TEST(opens_after_any_failure_of_the_disk),
    };

    return SUITE_RUN("node/store", tests);
}
