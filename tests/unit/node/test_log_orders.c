/*
 * Orders to the log on its thread: which failures are the log's, and which are
 * an order's own.
 */
#include "node/log_orders.h"

#include "storage/record.h"
#include "tests/support/memory_files.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum {
    SEGMENT_BYTES = 1 << 20
};

static struct memory_files *disk;
static struct commit_log *written;

static void *take(struct allocator *allocator, size_t size)
{
    (void)allocator;
    return malloc(size);
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    (void)allocator;
    (void)size;
    free(memory);
}

static struct allocator heap = {.take = take, .give = give};

static void open_log(void)
{
    struct commit_log_options options = {.folder = "log",
                                         .partition_count = 2,
                                         .segment_bytes = SEGMENT_BYTES,
                                         .log_id = 1,
                                         .is_created = true};
    struct log_report report;

    disk = memory_files_create(1);
    options.files = memory_files_seam(disk);
    CU_ASSERT_EQUAL_FATAL(commit_log_open(&options, &report, &written),
                          DALV_OK);
}

static void close_log(void)
{
    commit_log_close(&written);
    memory_files_destroy(&disk);
}

/* The entry behind `before`, as a master of `epoch` made it. */
static struct proposal *entry(uint64_t epoch, struct log_position before)
{
    struct record record = {
        .type = RECORD_EPOCH_START,
        .position = {.epoch = epoch, .index = before.index + 1},
        .previous_crc = before.crc,
    };
    uint8_t memory[RECORD_HEADER_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL_FATAL(record_encode(&record, &writer), DALV_OK);
    return proposal_create(&heap, writer_bytes(&writer));
}

static struct log_order run(struct log_order order)
{
    void *job = &order;

    log_orders_run(written, &job, 1);
    return order;
}

static struct log_order receive(uint64_t epoch, uint64_t entry_epoch,
                                struct log_position before)
{
    struct proposal *proposal = entry(entry_epoch, before);
    struct log_order order = run(
        (struct log_order){.type = LOG_RECEIVE,
                           .epoch = epoch,
                           .received = {.entries = proposal_bytes(proposal)}});

    proposal_destroy(&proposal, &heap);
    return order;
}

static void goes_on_after_a_promise_that_came_late(void)
{
    struct log_order order;

    open_log();
    order = run((struct log_order){.type = LOG_PROMISE, .epoch = 5});
    CU_ASSERT_EQUAL(order.status, DALV_OK);
    CU_ASSERT_EQUAL(order.refusal, DALV_OK);
    order = run((struct log_order){.type = LOG_PROMISE, .epoch = 4});
    CU_ASSERT_EQUAL(order.status, DALV_OK);
    CU_ASSERT_EQUAL(order.refusal, DALV_PRECONDITION);
    CU_ASSERT_EQUAL(order.promised, 5);
    order = run((struct log_order){.type = LOG_PROMISE, .epoch = 6});
    CU_ASSERT_EQUAL(order.refusal, DALV_OK);
    close_log();
}

static void goes_on_after_entries_that_do_not_follow(void)
{
    const struct log_position zero = {0};
    const struct log_position elsewhere = {.index = 7, .crc = 7};
    struct log_order order;

    open_log();
    CU_ASSERT_EQUAL(receive(2, 1, zero).refusal, DALV_OK);
    order = receive(2, 1, elsewhere);
    CU_ASSERT_EQUAL(order.status, DALV_OK);
    CU_ASSERT_EQUAL(order.refusal, DALV_CONFLICT);
    CU_ASSERT_EQUAL(order.position.index, 1);
    CU_ASSERT_EQUAL(order.promised, 2);
    CU_ASSERT_EQUAL(receive(1, 1, order.position).refusal, DALV_PRECONDITION);
    CU_ASSERT_EQUAL(receive(2, 2, order.position).refusal, DALV_OK);
    close_log();
}

static void goes_on_after_entries_that_are_damaged(void)
{
    struct proposal *proposal = entry(1, (struct log_position){0});
    struct log_order order;

    open_log();
    proposal->bytes[RECORD_HEADER_BYTES - 1] ^= 1;
    order = run(
        (struct log_order){.type = LOG_RECEIVE,
                           .epoch = 1,
                           .received = {.entries = proposal_bytes(proposal)}});
    CU_ASSERT_EQUAL(order.status, DALV_OK);
    CU_ASSERT_EQUAL(order.refusal, DALV_DAMAGED);
    CU_ASSERT_EQUAL(order.position.index, 0);
    proposal_destroy(&proposal, &heap);
    CU_ASSERT_EQUAL(receive(1, 1, order.position).refusal, DALV_OK);
    close_log();
}

static void goes_on_after_cuts_that_come_late_or_twice(void)
{
    const struct log_position zero = {0};
    struct log_order order = {.type = LOG_CUT, .epoch = 3, .index = 1};

    open_log();
    order.position = receive(1, 1, zero).position;
    CU_ASSERT_EQUAL(receive(1, 1, commit_log_end(written, 0)).refusal, DALV_OK);
    order = run(order);
    CU_ASSERT_EQUAL(order.refusal, DALV_OK);
    CU_ASSERT_EQUAL(order.position.index, 1);
    /* Once more: there is nothing to cut, which is fine. */
    CU_ASSERT_EQUAL(run(order).refusal, DALV_OK);
    CU_ASSERT_EQUAL(receive(3, 3, order.position).refusal, DALV_OK);
    order.index = 0;
    order = run(order);
    CU_ASSERT_EQUAL(order.status, DALV_OK);
    CU_ASSERT_EQUAL(order.refusal, DALV_PRECONDITION);
    CU_ASSERT_EQUAL(order.position.index, 2);
    order = run((struct log_order){
        .type = LOG_CUT, .epoch = 4, .index = 0, .applied_index = 1});
    CU_ASSERT_EQUAL(order.refusal, DALV_DAMAGED);
    CU_ASSERT_EQUAL(order.position.index, 2);
    close_log();
}

static void ends_with_a_log_that_fails(void)
{
    struct log_order order;

    open_log();
    memory_files_fail(disk, 1, MEMORY_FAULT_IO);
    order = receive(1, 1, (struct log_position){0});
    CU_ASSERT_EQUAL(order.status, DALV_IO);
    /* What a sound log would refuse is no answer of a poisoned one. */
    order = run((struct log_order){.type = LOG_CUT, .epoch = 1, .index = 9});
    CU_ASSERT_EQUAL(order.status, DALV_IO);
    CU_ASSERT_EQUAL(order.refusal, DALV_OK);
    close_log();
}

static const struct suite_test tests[] = {
    SUITE_TEST(goes_on_after_a_promise_that_came_late),
    SUITE_TEST(goes_on_after_entries_that_do_not_follow),
    SUITE_TEST(goes_on_after_entries_that_are_damaged),
    SUITE_TEST(goes_on_after_cuts_that_come_late_or_twice),
    SUITE_TEST(ends_with_a_log_that_fails),
};

int main(void)
{
    return SUITE_RUN("node/log_orders", tests);
}
