/*
 * Whatever fails and whenever, an acknowledged entry is there after reopening,
 * once, with its own content, and nothing is there that was never appended.
 *
 * The judge is a ledger: for each partition the payload of every entry that
 * was appended, and up to which entry a sync said that it is durable.
 */
#include "base/prng.h"
#include "storage/commit_log.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    ENTRIES_MAX = 512,
    SEEDS = 300,
    STEPS = 60,
};

struct ledger {
    uint32_t payloads[LOG_STORY_PARTITIONS][ENTRIES_MAX]; /* By index. */
    uint64_t appended[LOG_STORY_PARTITIONS];
    uint64_t acknowledged[LOG_STORY_PARTITIONS];
    uint64_t replayed[LOG_STORY_PARTITIONS];
    uint32_t next_payload;
    unsigned faults; /* Of the log, found by the ledger. */
};

static struct ledger ledger;

/* Each payload is a number of its own, behind it filling of its size. */
static enum dalv_status append(struct log_story *story, uint32_t partition,
                               size_t filling)
{
    static uint8_t payload[LOG_STORY_SEGMENT];
    struct writer writer;
    enum dalv_status status;

    writer_init(&writer, payload, sizeof(payload));
    writer_u32(&writer, ++ledger.next_payload);
    memset(payload + 4, 'f', filling);
    log_writer_begin(&story->writer, story->log);
    log_writer_put(&story->writer, partition, 1,
                   bytes_make(payload, 4 + filling));
    status = log_writer_append(&story->writer);
    if (status == DALV_OK)
        ledger.payloads[partition][++ledger.appended[partition]] =
            ledger.next_payload;
    return status;
}

static enum dalv_status sync_all(struct log_story *story)
{
    enum dalv_status status = commit_log_sync(story->log);

    if (status == DALV_OK)
        memcpy(ledger.acknowledged, ledger.appended,
               sizeof(ledger.acknowledged));
    return status;
}

static enum dalv_status check_entry(void *owner, const struct record *record)
{
    uint64_t index = record->position.index;
    struct reader reader;

    (void)owner;
    reader_init(&reader, record->payload);
    if (index != ++ledger.replayed[record->partition] ||
        index > ledger.appended[record->partition] ||
        reader_u32(&reader) != ledger.payloads[record->partition][index])
        ledger.faults++;
    return DALV_OK;
}

/* Reopen and compare; then the log's word is the ledger's. */
static void judge(struct log_story *story)
{
    struct log_position from[LOG_STORY_PARTITIONS] = {{0}};

    CU_ASSERT_EQUAL_FATAL(log_story_reopen(story), DALV_OK);
    memset(ledger.replayed, 0, sizeof(ledger.replayed));
    CU_ASSERT_EQUAL(commit_log_replay(story->log, from, check_entry, NULL),
                    DALV_OK);
    for (uint32_t i = 0; i < LOG_STORY_PARTITIONS; i++) {
        if (ledger.replayed[i] < ledger.acknowledged[i] ||
            ledger.replayed[i] != commit_log_end(story->log, i).index)
            ledger.faults++;
        ledger.appended[i] = ledger.replayed[i];
        ledger.acknowledged[i] = ledger.replayed[i];
    }
    CU_ASSERT_EQUAL(ledger.faults, 0);
}

static void crash_and_judge(struct log_story *story)
{
    memory_files_crash(story->disk);
    commit_log_close(&story->log);
    judge(story);
}

/*
 * The process ends and starts again; what it wrote is read, be it on the disk
 * or not. What is acknowledged on that ground must outlive a crash as well.
 */
static void restart_and_judge(struct log_story *story)
{
    memory_files_fail(story->disk, 0, MEMORY_FAULT_IO);
    commit_log_close(&story->log);
    judge(story);
    crash_and_judge(story);
}

/* A scenario with everything in it: groups, a seal, new segments. */
static enum dalv_status run_scenario(struct log_story *story)
{
    enum dalv_status status = DALV_OK;

    for (uint32_t i = 0; i < 12 && status == DALV_OK; i++) {
        status = append(story, i % 3, 100);
        if (status == DALV_OK)
            status = append(story, 3, i % 4 == 0 ? 30000 : 5000);
        if (status == DALV_OK)
            status = sync_all(story);
        if (status == DALV_OK && i % 5 == 0)
            status = commit_log_seal(story->log);
        if (status == DALV_OK && i % 2 == 0)
            status = commit_log_prepare(story->log, LOG_STORY_SEGMENT / 2);
    }
    return status;
}

/* Let each changing call fail in turn, until the scenario meets no failure. */
static void loses_nothing_when_a_call_fails(enum memory_fault fault,
                                            bool is_crashed)
{
    bool has_failed = true;

    for (uint64_t call = 1; has_failed; call++) {
        struct log_story story;
        enum dalv_status status;

        memset(&ledger, 0, sizeof(ledger));
        log_story_begin(&story);
        memory_files_fail(story.disk, call, fault);
        status = run_scenario(&story);
        has_failed = memory_files_has_failed(story.disk);
        CU_ASSERT_EQUAL(status != DALV_OK, has_failed);
        CU_ASSERT_EQUAL(commit_log_poison(story.log), status);
        if (is_crashed)
            crash_and_judge(&story);
        else
            restart_and_judge(&story);
        CU_ASSERT_EQUAL(run_scenario(&story), DALV_OK);
        crash_and_judge(&story);
        log_story_end(&story);
        CU_ASSERT_FATAL(call < 1000);
    }
}

static void loses_nothing_when_any_call_fails(void)
{
    loses_nothing_when_a_call_fails(MEMORY_FAULT_IO, /* is_crashed= */ true);
}

/* Linux forgets a failed sync: what reads as written may not be. */
static void trusts_nothing_that_a_failed_sync_left_in_memory(void)
{
    loses_nothing_when_a_call_fails(MEMORY_FAULT_IO, /* is_crashed= */ false);
}

static void loses_nothing_when_any_write_is_cut_in_half(void)
{
    loses_nothing_when_a_call_fails(MEMORY_FAULT_HALF_WRITE,
                                    /* is_crashed= */ true);
}

static void loses_nothing_when_space_ends_anywhere(void)
{
    loses_nothing_when_a_call_fails(MEMORY_FAULT_NO_SPACE,
                                    /* is_crashed= */ true);
}

/* The opening itself fails at any call; the next one finds everything. */
static void loses_nothing_when_opening_fails(void)
{
    enum dalv_status status = DALV_IO;

    for (uint64_t call = 1; status != DALV_OK; call++) {
        struct log_story story;

        memset(&ledger, 0, sizeof(ledger));
        log_story_begin(&story);
        CU_ASSERT_EQUAL(run_scenario(&story), DALV_OK);
        CU_ASSERT_EQUAL(append(&story, 0, 9000), DALV_OK);
        memory_files_fail(story.disk, 1, MEMORY_FAULT_HALF_WRITE);
        CU_ASSERT_EQUAL(sync_all(&story), DALV_IO);
        memory_files_crash(story.disk);
        commit_log_close(&story.log);
        memory_files_fail(story.disk, call, MEMORY_FAULT_HALF_WRITE);
        status = log_story_reopen(&story);
        if (status != DALV_OK)
            CU_ASSERT(memory_files_has_failed(story.disk));
        memory_files_fail(story.disk, 0, MEMORY_FAULT_IO);
        crash_and_judge(&story);
        crash_and_judge(&story);
        log_story_end(&story);
        CU_ASSERT_FATAL(call < 100);
    }
}

static void is_as_it_was_when_the_disk_is_full(void)
{
    struct log_story story;
    enum dalv_status status = DALV_OK;

    memset(&ledger, 0, sizeof(ledger));
    log_story_begin(&story);
    memory_files_set_capacity(story.disk, 3 * LOG_STORY_SEGMENT + 10000);
    while (status == DALV_OK) {
        status = append(&story, 0, 10000);
        if (status == DALV_OK)
            status = sync_all(&story);
    }
    CU_ASSERT_EQUAL(status, DALV_NO_SPACE);
    /* It opens without a byte more, and goes on when there is space. */
    crash_and_judge(&story);
    /* Of 16 pages one is STATE, one kept for the seal, and an entry is 3. */
    CU_ASSERT_EQUAL(ledger.acknowledged[0], 3 * 4);
    memory_files_set_capacity(story.disk, UINT64_MAX);
    CU_ASSERT_EQUAL(run_scenario(&story), DALV_OK);
    crash_and_judge(&story);
    log_story_end(&story);
}

static void take_random_step(struct log_story *story, struct prng *prng)
{
    static const enum memory_fault faults[] = {
        MEMORY_FAULT_IO,
        MEMORY_FAULT_NO_SPACE,
        MEMORY_FAULT_HALF_WRITE,
    };
    enum dalv_status status = DALV_OK;

    switch (prng_below(prng, 12)) {
    case 0:
        crash_and_judge(story);
        break;
    case 1:
        memory_files_fail(story->disk, 1 + prng_below(prng, 4),
                          faults[prng_below(prng, 3)]);
        break;
    case 2:
        status = commit_log_seal(story->log);
        break;
    case 3:
        status =
            commit_log_prepare(story->log, (uint32_t)prng_below(prng, 80000));
        break;
    case 4:
    case 5:
    case 6:
        status = sync_all(story);
        break;
    default:
        status = append(story, (uint32_t)prng_below(prng, 4),
                        (size_t)prng_below(prng, 12000));
        break;
    }
    /* As its owner does: end, and start again, with the power on or off. */
    if (status != DALV_OK && prng_chance(prng, 1, 2))
        crash_and_judge(story);
    else if (status != DALV_OK)
        restart_and_judge(story);
}

static void keeps_its_promises_for_every_seed(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct log_story story;
        struct prng prng;

        memset(&ledger, 0, sizeof(ledger));
        log_story_begin(&story);
        log_story_seed(&story, seed);
        prng_init(&prng, seed);
        for (int step = 0; step < STEPS; step++)
            take_random_step(&story, &prng);
        crash_and_judge(&story);
        log_story_end(&story);
        if (ledger.faults > 0)
            (void)printf("seed %u\n", (unsigned)seed);
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(loses_nothing_when_any_call_fails),
    SUITE_TEST(trusts_nothing_that_a_failed_sync_left_in_memory),
    SUITE_TEST(loses_nothing_when_any_write_is_cut_in_half),
    SUITE_TEST(loses_nothing_when_space_ends_anywhere),
    SUITE_TEST(loses_nothing_when_opening_fails),
    SUITE_TEST(is_as_it_was_when_the_disk_is_full),
    SUITE_TEST(keeps_its_promises_for_every_seed),
};

int main(void)
{
    return SUITE_RUN("storage/commit_log_faults", tests);
}
