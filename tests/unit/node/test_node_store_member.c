/*
 * The data folder of one of several replicas: what is not known to be committed
 * waits, and what is lost here the others have.
 */
#include "node/replay.h"
#include "node/store.h"
#include "replication/epoch_start.h"
#include "storage/index_snapshot.h"
#include "tests/support/memory_files.h"
#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARTITIONS = 4,
    PAGE_BYTES = 64 << 10,
};

/* A machine's disk, and what runs on it. */
struct fixture {
    struct kv_opener opener; /* First. */
    struct memory_files *disk;
    struct memory_store *map;
    bool is_map_damaged;
    unsigned destroyed_count; /* Since the last start. */
    struct node_store_options options;
    struct node_store *store;
    struct log_reader *reader;
    struct replay replay;
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
    fixture->destroyed_count++;
    return DALV_OK;
}

static void start(struct fixture *fixture)
{
    struct node_store_error error;

    fixture->destroyed_count = 0;
    CU_ASSERT_EQUAL_FATAL(
        node_store_open(&fixture->options, &fixture->store, &error), DALV_OK);
    fixture->reader = log_reader_open(fixture->store->log);
    CU_ASSERT_EQUAL_FATAL(replay_init(&fixture->replay, fixture->store->index),
                          DALV_OK);
}

static void stop(struct fixture *fixture, bool is_clean)
{
    log_reader_close(&fixture->reader);
    replay_deinit(&fixture->replay);
    CU_ASSERT_EQUAL(node_store_close(&fixture->store, is_clean), DALV_OK);
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
        .is_member = true,
    };
    start(fixture);
    return fixture;
}

static void end(struct fixture *fixture)
{
    stop(fixture, false);
    memory_files_destroy(&fixture->disk);
    memory_store_destroy(&fixture->map);
    free(fixture);
}

/* Entries of no user, as the first of an epoch are. */
static void log_entries(struct fixture *fixture, uint32_t partition,
                        uint64_t epoch, size_t count)
{
    struct log_position at = commit_log_end(fixture->store->log, partition);

    for (size_t i = 0; i < count; i++) {
        struct record record = {
            .type = RECORD_EPOCH_START,
            .partition = partition,
            .position = {.epoch = epoch, .index = at.index + 1},
            .previous_crc = at.crc,
        };
        uint8_t memory[RECORD_HEADER_BYTES];
        struct writer writer;

        writer_init(&writer, memory, sizeof(memory));
        CU_ASSERT_EQUAL(record_encode(&record, &writer), DALV_OK);
        CU_ASSERT_EQUAL(
            commit_log_append(fixture->store->log, writer_bytes(&writer), 1),
            DALV_OK);
        at = record.position;
    }
    CU_ASSERT_EQUAL(commit_log_sync(fixture->store->log), DALV_OK);
}

/* The entry with which a master begins its epoch: first the time. */
static void log_epoch_start(struct fixture *fixture, uint64_t epoch,
                            uint64_t time_us)
{
    struct log_position at = commit_log_end(fixture->store->log, 0);
    uint8_t payload[8 + EPOCH_START_BYTES_MAX];
    uint8_t memory[RECORD_HEADER_BYTES + sizeof(payload)];
    struct record record = {
        .type = RECORD_EPOCH_START,
        .position = {.epoch = epoch, .index = at.index + 1},
        .previous_crc = at.crc,
    };
    struct writer writer;

    writer_init(&writer, payload, sizeof(payload));
    writer_u64(&writer, time_us);
    epoch_start_encode(&(struct epoch_start){.epoch = epoch, .boot_id = 3},
                       &writer);
    record.payload = writer_bytes(&writer);
    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(record_encode(&record, &writer), DALV_OK);
    CU_ASSERT_EQUAL(
        commit_log_append(fixture->store->log, writer_bytes(&writer), 1),
        DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture->store->log), DALV_OK);
}

static enum dalv_status apply(struct fixture *fixture, uint32_t partition,
                              uint64_t index_max)
{
    const struct replay_goal goal = {
        .partition = partition,
        .index_max = index_max,
    };
    enum dalv_status status = DALV_OK;
    enum dalv_status written;
    bool is_done = false;

    while (status == DALV_OK && !is_done)
        status =
            replay_step(&fixture->replay, fixture->reader, &goal, &is_done);
    written = replay_commit(&fixture->replay);
    return status == DALV_OK ? written : status;
}

static uint64_t applied(const struct fixture *fixture, uint32_t partition)
{
    return index_applied(fixture->store->index, partition).index;
}

static void begins_no_epoch_of_its_own(void)
{
    struct fixture *fixture = begin();

    CU_ASSERT_EQUAL(commit_log_end(fixture->store->log, 0).index, 0);
    CU_ASSERT_EQUAL(commit_log_promise(fixture->store->log, 0, 8), DALV_OK);
    log_entries(fixture, 0, 8, 3);
    stop(fixture, true);
    start(fixture);
    CU_ASSERT_EQUAL(commit_log_end(fixture->store->log, 0).index, 3);
    CU_ASSERT_EQUAL(fixture->store->starts[0].end.index, 3);
    CU_ASSERT_EQUAL(fixture->store->starts[0].epoch, 8);
    CU_ASSERT(node_store_is_whole(fixture->store, 0));
    end(fixture);
}

static void applies_only_what_is_told_to_be_committed(void)
{
    struct fixture *fixture = begin();

    log_entries(fixture, 1, 2, 5);
    CU_ASSERT_EQUAL(apply(fixture, 1, 3), DALV_OK);
    CU_ASSERT_EQUAL(applied(fixture, 1), 3);
    stop(fixture, true);
    start(fixture);
    CU_ASSERT_EQUAL(applied(fixture, 1), 3);
    CU_ASSERT_EQUAL(apply(fixture, 1, 9), DALV_OK);
    CU_ASSERT_EQUAL(applied(fixture, 1), 5);
    CU_ASSERT(log_position_equal(index_applied(fixture->store->index, 1),
                                 commit_log_end(fixture->store->log, 1)));
    end(fixture);
}

static void apply_piece(struct fixture *fixture, uint32_t partition,
                        uint64_t index_max)
{
    const struct replay_goal goal = {
        .partition = partition,
        .index_max = index_max,
    };
    bool is_done = false;

    CU_ASSERT_EQUAL(
        replay_step(&fixture->replay, fixture->reader, &goal, &is_done),
        DALV_OK);
    CU_ASSERT(is_done);
}

/* A slave is told of many partitions at once, of a few entries each. */
static void writes_at_once_what_several_partitions_apply(void)
{
    struct fixture *fixture = begin();

    log_entries(fixture, 0, 2, 3);
    log_entries(fixture, 1, 2, 5);
    apply_piece(fixture, 0, 2);
    apply_piece(fixture, 1, 4);
    apply_piece(fixture, 0, 3);
    CU_ASSERT_EQUAL(index_reached(fixture->store->index, 0).index, 3);
    CU_ASSERT_EQUAL(applied(fixture, 0), 0);
    CU_ASSERT_EQUAL(applied(fixture, 1), 0);
    CU_ASSERT_EQUAL(replay_commit(&fixture->replay), DALV_OK);
    CU_ASSERT_EQUAL(applied(fixture, 0), 3);
    CU_ASSERT_EQUAL(applied(fixture, 1), 4);
    end(fixture);
}

/* The next master goes on from there, whatever its clock says. */
static void knows_the_time_at_which_an_epoch_began(void)
{
    struct fixture *fixture = begin();

    log_epoch_start(fixture, 1, 7000);
    CU_ASSERT_EQUAL(apply(fixture, 0, 1), DALV_OK);
    CU_ASSERT_EQUAL(index_time_us(fixture->store->index, 0), 7000);
    /* A master whose clock is behind: time never goes back. */
    log_epoch_start(fixture, 2, 6000);
    CU_ASSERT_EQUAL(apply(fixture, 0, 2), DALV_OK);
    CU_ASSERT_EQUAL(index_time_us(fixture->store->index, 0), 7000);
    log_epoch_start(fixture, 3, 9000);
    CU_ASSERT_EQUAL(apply(fixture, 0, 3), DALV_OK);
    CU_ASSERT_EQUAL(index_time_us(fixture->store->index, 0), 9000);
    end(fixture);
}

/* The tables hold less than what was applied: it is applied again. */
static void waits_to_be_told_again_after_a_crash(void)
{
    struct fixture *fixture = begin();

    log_entries(fixture, 1, 2, 5);
    CU_ASSERT_EQUAL(apply(fixture, 1, 4), DALV_OK);
    stop(fixture, false);
    memory_files_crash(fixture->disk);
    start(fixture);
    CU_ASSERT_EQUAL(applied(fixture, 1), 0);
    CU_ASSERT(node_store_is_whole(fixture->store, 1));
    CU_ASSERT_EQUAL(apply(fixture, 1, 4), DALV_OK);
    CU_ASSERT_EQUAL(applied(fixture, 1), 4);
    end(fixture);
}

/* The log of partition 1 cannot make its index anew. */
static void begin_log_behind_a_snapshot(struct fixture *fixture)
{
    const struct commit_log_beginning beginning = {
        .partition = 1,
        .position = {.epoch = 2, .index = 40, .crc = 4},
    };

    CU_ASSERT_EQUAL(commit_log_mark(fixture->store->log, &beginning), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture->store->log), DALV_OK);
}

static void tells_what_a_damaged_index_cannot_make_anew(void)
{
    struct fixture *fixture = begin();

    log_entries(fixture, 0, 2, 2);
    begin_log_behind_a_snapshot(fixture);
    stop(fixture, false);
    fixture->is_map_damaged = true;
    start(fixture);
    CU_ASSERT(fixture->store->is_index_rebuilt);
    CU_ASSERT(node_store_is_whole(fixture->store, 0));
    CU_ASSERT_FALSE(node_store_is_whole(fixture->store, 1));
    CU_ASSERT_EQUAL(apply(fixture, 0, 2), DALV_OK);
    CU_ASSERT_EQUAL(apply(fixture, 1, 50), DALV_NOT_FOUND);
    end(fixture);
}

/* As docs/STORAGE_FORMAT.md says: no partition, no generation, no table. */
static void put_format(struct fixture *fixture, uint8_t version)
{
    static const uint8_t key[] = {0xff, 0xff, 0, 0, 0, 0, 0};
    const uint8_t value[] = {version, 0, 0, 0, PARTITIONS, 0, 0, 0};
    struct kv_batch *batch = kv_batch_create();
    struct kv *kv = memory_kv_open(fixture->map);

    kv_batch_put(batch, bytes_make(key, sizeof(key)),
                 bytes_make(value, sizeof(value)));
    CU_ASSERT_EQUAL(kv_write(kv, batch, true), DALV_OK);
    CU_ASSERT_EQUAL(kv_flush(kv), DALV_OK);
    kv_batch_destroy(&batch);
    kv_close(&kv);
}

static void refuses_to_start(struct fixture *fixture, const char *why)
{
    struct node_store_error error = {0};

    fixture->destroyed_count = 0;
    CU_ASSERT_EQUAL(node_store_open(&fixture->options, &fixture->store, &error),
                    DALV_UNSUPPORTED);
    CU_ASSERT_PTR_NULL(fixture->store);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, why));
    CU_ASSERT_EQUAL(fixture->destroyed_count, 0);
}

/* All nodes were upgraded: no other replica has what would be thrown away. */
static void keeps_an_index_of_another_format(void)
{
    struct fixture *fixture = begin();

    log_entries(fixture, 0, 2, 3);
    CU_ASSERT_EQUAL(apply(fixture, 0, 3), DALV_OK);
    begin_log_behind_a_snapshot(fixture);
    stop(fixture, true);
    put_format(fixture, 1);
    refuses_to_start(fixture, "start the version that wrote it");
    put_format(fixture, 3);
    refuses_to_start(fixture, "A newer version wrote it");
    /* The version that wrote it finds everything. */
    put_format(fixture, 2);
    start(fixture);
    CU_ASSERT_EQUAL(applied(fixture, 0), 3);
    end(fixture);
}

static void makes_an_index_of_an_older_format_anew_from_a_whole_log(void)
{
    struct fixture *fixture = begin();

    log_entries(fixture, 0, 2, 3);
    CU_ASSERT_EQUAL(apply(fixture, 0, 3), DALV_OK);
    stop(fixture, true);
    put_format(fixture, 1);
    start(fixture);
    CU_ASSERT(fixture->store->is_index_rebuilt);
    CU_ASSERT_EQUAL(fixture->destroyed_count, 1);
    CU_ASSERT_EQUAL(applied(fixture, 0), 0);
    CU_ASSERT(node_store_is_whole(fixture->store, 0));
    CU_ASSERT_EQUAL(apply(fixture, 0, 3), DALV_OK);
    end(fixture);
}

/* The way of a copy that is far behind, from page to being whole. */
static void is_whole_once_a_snapshot_is_adopted(void)
{
    static uint8_t memory[PAGE_BYTES];
    struct index_snapshot_page page = {0};
    struct fixture *sender = begin();
    struct fixture *fixture = begin();
    struct index *index = fixture->store->index;
    struct commit_log_beginning beginning = {.partition = 1};

    log_entries(sender, 1, 2, 6);
    CU_ASSERT_EQUAL(apply(sender, 1, 5), DALV_OK);
    writer_init(&page.writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(
        index_snapshot_read(sender->store->index, 1, (struct bytes){0}, &page),
        DALV_OK);
    CU_ASSERT_EQUAL(index_snapshot_begin(index, 1), DALV_OK);
    CU_ASSERT(node_store_is_whole(fixture->store, 1));
    CU_ASSERT_EQUAL(index_snapshot_store(index, 1, writer_bytes(&page.writer)),
                    DALV_OK);
    CU_ASSERT_FALSE(node_store_is_whole(fixture->store, 1));
    beginning.position = page.position;
    CU_ASSERT_EQUAL(commit_log_mark(fixture->store->log, &beginning), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture->store->log), DALV_OK);
    CU_ASSERT_EQUAL(index_snapshot_adopt(index, 1), DALV_OK);
    CU_ASSERT(node_store_is_whole(fixture->store, 1));
    CU_ASSERT_EQUAL(applied(fixture, 1), 5);
    /* It goes on from the sender's log. */
    log_entries(fixture, 1, 2, 1);
    CU_ASSERT(log_position_equal(commit_log_end(fixture->store->log, 1),
                                 commit_log_end(sender->store->log, 1)));
    stop(fixture, true);
    start(fixture);
    CU_ASSERT(node_store_is_whole(fixture->store, 1));
    CU_ASSERT_EQUAL(apply(fixture, 1, 6), DALV_OK);
    CU_ASSERT_EQUAL(applied(fixture, 1), 6);
    end(fixture);
    end(sender);
}

/* Power off between the log's new beginning and the adoption. */
static void is_not_whole_if_the_snapshot_was_lost_with_the_power(void)
{
    struct fixture *fixture = begin();
    struct commit_log_beginning beginning = {
        .partition = 1, .position = {.epoch = 2, .index = 9, .crc = 1}};

    log_entries(fixture, 1, 1, 2);
    CU_ASSERT_EQUAL(apply(fixture, 1, 2), DALV_OK);
    CU_ASSERT_EQUAL(index_snapshot_begin(fixture->store->index, 1), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_mark(fixture->store->log, &beginning), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture->store->log), DALV_OK);
    stop(fixture, false);
    memory_files_crash(fixture->disk);
    start(fixture);
    CU_ASSERT_FALSE(
        index_snapshot_state(fixture->store->index, 1).is_receiving);
    CU_ASSERT_FALSE(node_store_is_whole(fixture->store, 1));
    end(fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(begins_no_epoch_of_its_own),
    SUITE_TEST(applies_only_what_is_told_to_be_committed),
    SUITE_TEST(knows_the_time_at_which_an_epoch_began),
    SUITE_TEST(writes_at_once_what_several_partitions_apply),
    SUITE_TEST(waits_to_be_told_again_after_a_crash),
    SUITE_TEST(tells_what_a_damaged_index_cannot_make_anew),
    SUITE_TEST(keeps_an_index_of_another_format),
    SUITE_TEST(makes_an_index_of_an_older_format_anew_from_a_whole_log),
    SUITE_TEST(is_whole_once_a_snapshot_is_adopted),
    SUITE_TEST(is_not_whole_if_the_snapshot_was_lost_with_the_power),
};

int main(void)
{
    return SUITE_RUN("node/store_member", tests);
}
