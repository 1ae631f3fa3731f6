/*
 * A folder that was put back, and is marked before it is served.
 */
#include "node/restore.h"

#include "storage/record.h"
#include "storage/user_record.h"
#include "tests/support/memory_files.h"
#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARTITIONS = 2,
    USERS = 600, /* More than are marked at once. */
    HISTORY = 100,
};

struct fixture {
    struct kv_opener opener; /* First. */
    struct memory_files *disk;
    struct memory_store *map;
    struct node_store_options options;
    struct node_store *store;
    struct node_store_error error;
};

static enum dalv_status on_open(struct kv_opener *opener,
                                const struct kv_options *options,
                                struct kv **out_kv)
{
    struct fixture *fixture = (struct fixture *)(void *)opener;

    if (options->is_tables_only)
        memory_store_crash(fixture->map, 0);
    *out_kv = memory_kv_open(fixture->map);
    return DALV_OK;
}

static enum dalv_status on_destroy(struct kv_opener *opener, const char *path)
{
    (void)path;
    memory_store_clear(((struct fixture *)(void *)opener)->map);
    return DALV_OK;
}

static void open_for(struct fixture *fixture, bool is_restoring)
{
    fixture->options.is_restoring = is_restoring;
    CU_ASSERT_EQUAL_FATAL(
        node_store_open(&fixture->options, &fixture->store, &fixture->error),
        DALV_OK);
}

static struct bytes name_of(size_t number, char name[16])
{
    (void)snprintf(name, 16, "user%zu", number);
    return bytes_from_text(name);
}

/* User `number` has taken as many revisions, in one record. */
static void write_user(struct fixture *fixture, size_t number)
{
    struct appender_start *place = &fixture->store->starts[number % PARTITIONS];
    struct effect effects[] = {
        {.type = EFFECT_USER,
         .user = {.history_id = HISTORY + number, .revision = number}}};
    char name[16];
    const struct user_record decided = {.user = name_of(number, name),
                                        .history_id = HISTORY + number,
                                        .revision = number,
                                        .time_us = place->time_us,
                                        .effects = effects,
                                        .effect_count = 1};
    uint8_t payload_memory[512];
    uint8_t memory[1024];
    struct writer payload;
    struct writer records;
    struct record record = {
        .type = RECORD_DATA,
        .partition = (uint32_t)(number % PARTITIONS),
        .position = {.epoch = place->epoch, .index = place->end.index + 1},
        .previous_crc = place->end.crc};

    writer_init(&payload, payload_memory, sizeof(payload_memory));
    writer_init(&records, memory, sizeof(memory));
    CU_ASSERT_EQUAL(user_record_encode(&decided, &payload), DALV_OK);
    record.payload = writer_bytes(&payload);
    CU_ASSERT_EQUAL(record_encode(&record, &records), DALV_OK);
    place->end = record.position;
    CU_ASSERT_EQUAL(
        commit_log_append(fixture->store->log, writer_bytes(&records), 1),
        DALV_OK);
    index_apply(fixture->store->index, record.partition, record.position,
                &decided);
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
        .segment_bytes = 1 << 20,
        .log_id = 7,
        .boot_id = 1,
        .wall_us = 5000,
    };
    open_for(fixture, false);
    for (size_t i = 1; i <= USERS; i++)
        write_user(fixture, i);
    CU_ASSERT_EQUAL(commit_log_sync(fixture->store->log), DALV_OK);
    CU_ASSERT_EQUAL(index_commit(fixture->store->index), DALV_OK);
    (void)node_store_close(&fixture->store, true);
    return fixture;
}

static void end(struct fixture *fixture)
{
    (void)node_store_close(&fixture->store, false);
    memory_files_destroy(&fixture->disk);
    memory_store_destroy(&fixture->map);
    free(fixture);
}

static struct user_state state_of(struct fixture *fixture, size_t number)
{
    struct user_state state = {0};
    char name[16];

    CU_ASSERT_EQUAL(index_user(fixture->store->index,
                               (uint32_t)(number % PARTITIONS),
                               name_of(number, name), &state),
                    DALV_OK);
    return state;
}

static void assert_all_marked(struct fixture *fixture, uint64_t mark)
{
    for (size_t i = 1; i <= USERS; i++) {
        struct user_state state = state_of(fixture, i);

        CU_ASSERT_EQUAL(state.history_id, HISTORY + i);
        CU_ASSERT_EQUAL(state.restored, mark);
        CU_ASSERT_EQUAL(user_state_history(&state), (HISTORY + i) ^ mark);
        CU_ASSERT_EQUAL(state.common_history_id, HISTORY + i);
        CU_ASSERT_EQUAL(state.common, i);
    }
}

static void marks_every_user_durably(void)
{
    struct fixture *fixture = begin();
    uint64_t count = 0;

    open_for(fixture, true);
    CU_ASSERT_EQUAL(node_restore(fixture->store, 0x7001, &count), DALV_OK);
    CU_ASSERT_EQUAL(count, USERS);
    (void)node_store_close(&fixture->store, false);
    memory_files_crash(fixture->disk);
    open_for(fixture, false);
    assert_all_marked(fixture, 0x7001);
    end(fixture);
}

/* What it marked already keeps its mark, and what was common with it. */
static void goes_on_under_the_mark_of_a_run_that_was_interrupted(void)
{
    struct fixture *fixture = begin();
    uint8_t mark[] = {0x01, 0x70, 0, 0, 0, 0, 0, 0};
    struct file *file = NULL;
    uint64_t count = 0;

    /* All were marked, and the end of the run was not written down. */
    open_for(fixture, true);
    CU_ASSERT_EQUAL(node_restore(fixture->store, 0x7001, &count), DALV_OK);
    CU_ASSERT_EQUAL(
        files_open(fixture->options.files, "d/restoring", true, &file),
        DALV_OK);
    CU_ASSERT_EQUAL(file_write(file, 0, bytes_make(mark, sizeof(mark))),
                    DALV_OK);
    file_close(&file);
    (void)node_store_close(&fixture->store, false);
    fixture->options.is_restoring = false;
    CU_ASSERT_EQUAL(
        node_store_open(&fixture->options, &fixture->store, &fixture->error),
        DALV_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->error.text, "--restored"));
    open_for(fixture, true);
    CU_ASSERT_EQUAL(node_restore(fixture->store, 0x9003, &count), DALV_OK);
    CU_ASSERT_EQUAL(count, USERS);
    assert_all_marked(fixture, 0x7001);
    (void)node_store_close(&fixture->store, true);
    open_for(fixture, false);
    end(fixture);
}

static void agrees_with_what_was_told_before_a_second_restore(void)
{
    struct fixture *fixture = begin();
    struct user_state state;
    uint64_t count = 0;

    open_for(fixture, true);
    CU_ASSERT_EQUAL(node_restore(fixture->store, 0x7001, &count), DALV_OK);
    CU_ASSERT_EQUAL(node_restore(fixture->store, 0x9003, &count), DALV_OK);
    state = state_of(fixture, 5);
    CU_ASSERT_EQUAL(state.common_history_id, (HISTORY + 5) ^ 0x7001);
    CU_ASSERT_EQUAL(user_state_history(&state), (HISTORY + 5) ^ 0x9003);
    end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(marks_every_user_durably),
        SUITE_TEST(goes_on_under_the_mark_of_a_run_that_was_interrupted),
        SUITE_TEST(agrees_with_what_was_told_before_a_second_restore),
    };

    return SUITE_RUN("node/restore", tests);
}
