#include "storage/commit_log.h"

#include "tests/support/log_writer.h"
#include "tests/support/memory_files.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    PARTITIONS = 4,
    SEGMENT = 64 * 1024,
};

/*
 * The fixture is a log of four partitions on a disk in memory. `told` is what
 * a replay says: "partition:index=payload" for each entry, or the names of
 * local records.
 */
struct fixture {
    struct memory_files *disk;
    struct commit_log_options options;
    struct log_report report;
    struct commit_log *log;
    struct log_writer writer;
    char told[8192];
};

static enum dalv_status reopen(struct fixture *fixture)
{
    commit_log_close(&fixture->log);
    return commit_log_open(&fixture->options, &fixture->report, &fixture->log);
}

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->disk = memory_files_create(1);
    log_writer_init(&fixture->writer);
    fixture->options = (struct commit_log_options){
        .files = memory_files_seam(fixture->disk),
        .folder = "log",
        .partition_count = PARTITIONS,
        .segment_bytes = SEGMENT,
        .log_id = 42,
        .is_created = true,
    };
    CU_ASSERT_EQUAL_FATAL(reopen(fixture), DALV_OK);
    fixture->options.is_created = false;
}

static void end(struct fixture *fixture)
{
    commit_log_close(&fixture->log);
    log_writer_deinit(&fixture->writer);
    memory_files_destroy(&fixture->disk);
}

/* A text of so many letters; borrowed until the next call. */
static const char *text_of(size_t size)
{
    static char text[SEGMENT + 1];

    memset(text, 'x', size);
    text[size] = '\0';
    return text;
}

static enum dalv_status append(struct fixture *fixture, uint32_t partition,
                               uint64_t epoch, const char *payload)
{
    log_writer_begin(&fixture->writer, fixture->log);
    log_writer_put(&fixture->writer, partition, epoch,
                   bytes_from_text(payload));
    return log_writer_append(&fixture->writer);
}

static enum dalv_status append_synced(struct fixture *fixture,
                                      uint32_t partition, uint64_t epoch,
                                      const char *payload)
{
    enum dalv_status status = append(fixture, partition, epoch, payload);

    return status == DALV_OK ? commit_log_sync(fixture->log) : status;
}

static enum dalv_status note(struct fixture *fixture, enum record_type type,
                             uint32_t partition, uint64_t epoch,
                             struct bytes payload)
{
    log_writer_begin(&fixture->writer, fixture->log);
    log_writer_note(&fixture->writer, type, partition, epoch, payload);
    return log_writer_append(&fixture->writer);
}

static enum dalv_status tell(void *owner, const struct record *record)
{
    static const char *const names[] = {
        "", "", "start", "promise", "truncate", "members", "mark", "state",
    };
    struct fixture *fixture = owner;
    size_t size = strlen(fixture->told);

    if (record->type == RECORD_DATA)
        (void)snprintf(
            fixture->told + size, sizeof(fixture->told) - size, "%u:%u=%.*s ",
            record->partition, (unsigned)record->position.index,
            (int)record->payload.size, (const char *)record->payload.data);
    else
        (void)snprintf(fixture->told + size, sizeof(fixture->told) - size,
                       "%s ", names[record->type]);
    return DALV_OK;
}

static const char *replay_from(struct fixture *fixture,
                               const struct log_position *from)
{
    fixture->told[0] = '\0';
    CU_ASSERT_EQUAL(commit_log_replay(fixture->log, from, tell, fixture),
                    DALV_OK);
    return fixture->told;
}

static const char *replay(struct fixture *fixture)
{
    struct log_position from[PARTITIONS] = {{0}};

    return replay_from(fixture, from);
}

static void is_made_only_when_asked(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT(fixture.report.is_new);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT_FALSE(fixture.report.is_new);
    commit_log_close(&fixture.log);
    fixture.options.folder = "elsewhere";
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_NOT_FOUND);
    CU_ASSERT_PTR_NULL(fixture.log);
    end(&fixture);
}

static void belongs_to_one_process_at_a_time(void)
{
    struct fixture fixture;
    struct commit_log *second = NULL;
    struct log_report report;

    begin(&fixture);
    CU_ASSERT_EQUAL(commit_log_open(&fixture.options, &report, &second),
                    DALV_LOCKED);
    end(&fixture);
}

static void replays_what_was_appended_in_its_order(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(append(&fixture, 2, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture.log), DALV_OK);
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, "c"), DALV_OK);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(replay(&fixture), "0:1=a 2:1=b 0:2=c ");
    CU_ASSERT_EQUAL(commit_log_end(fixture.log, 0).index, 2);
    CU_ASSERT_EQUAL(commit_log_end(fixture.log, 2).index, 1);
    CU_ASSERT_EQUAL(commit_log_end(fixture.log, 3).index, 0);
    CU_ASSERT_FALSE(fixture.report.is_cut);
    CU_ASSERT_FALSE(fixture.report.is_uncertain);
    end(&fixture);
}

static void replays_only_what_is_above_a_position(void)
{
    struct fixture fixture;
    struct log_position from[PARTITIONS] = {{0}};

    begin(&fixture);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(append(&fixture, 1, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, "c"), DALV_OK);
    from[0].index = 1;
    CU_ASSERT_STRING_EQUAL(replay_from(&fixture, from), "1:1=b 0:2=c ");
    end(&fixture);
}

static void makes_many_appends_durable_by_one_write_and_one_sync(void)
{
    struct fixture fixture;
    uint64_t writes;
    uint64_t syncs;

    begin(&fixture);
    writes = memory_files_write_count(fixture.disk);
    syncs = memory_files_sync_count(fixture.disk);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(append(&fixture, 1, 1, "x"), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture.log), DALV_OK);
    CU_ASSERT_EQUAL(memory_files_write_count(fixture.disk), writes + 1);
    CU_ASSERT_EQUAL(memory_files_sync_count(fixture.disk), syncs + 1);
    CU_ASSERT_EQUAL(commit_log_sync(fixture.log), DALV_OK);
    CU_ASSERT_EQUAL(memory_files_sync_count(fixture.disk), syncs + 1);
    end(&fixture);
}

static void keeps_what_was_synced_through_a_crash(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "b"), DALV_OK);
    memory_files_crash(fixture.disk);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(replay(&fixture), "0:1=a ");
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, "c"), DALV_OK);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(replay(&fixture), "0:1=a 0:2=c ");
    end(&fixture);
}

static void goes_over_to_a_new_segment_that_begins_with_the_state(void)
{
    struct fixture fixture;
    struct log_position from[PARTITIONS] = {{0}};

    begin(&fixture);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(append_synced(&fixture, 3, 1, text_of(20000)), DALV_OK);
    CU_ASSERT_EQUAL(append_synced(&fixture, 3, 2, "last"), DALV_OK);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT(fixture.report.last_segment > 3);
    CU_ASSERT_EQUAL(commit_log_end(fixture.log, 3).index, 11);
    CU_ASSERT_EQUAL(commit_log_end(fixture.log, 3).epoch, 2);
    from[3].index = 10;
    CU_ASSERT_STRING_EQUAL(replay_from(&fixture, from), "3:11=last ");
    end(&fixture);
}

static void remembers_promises_members_and_truncations(void)
{
    struct fixture fixture;
    uint8_t memory[RECORD_KEPT_BYTES];
    struct writer writer;
    const struct log_partition *partition;

    begin(&fixture);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "a"), DALV_OK);
    writer_init(&writer, memory, sizeof(memory));
    record_kept_encode(commit_log_end(fixture.log, 0), &writer);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(
        note(&fixture, RECORD_TRUNCATE, 0, 2, writer_bytes(&writer)), DALV_OK);
    CU_ASSERT_EQUAL(append(&fixture, 0, 2, "c"), DALV_OK);
    CU_ASSERT_EQUAL(note(&fixture, RECORD_PROMISE, 0, 7, (struct bytes){0}),
                    DALV_OK);
    CU_ASSERT_EQUAL(
        note(&fixture, RECORD_MEMBERS, 0, 2, bytes_from_text("n1 n2")),
        DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(fixture.log), DALV_OK);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(replay(&fixture),
                           "0:1=a 0:2=b truncate 0:2=c promise members ");
    partition = commit_log_partition(fixture.log, 0);
    CU_ASSERT_EQUAL(partition->end.index, 2);
    CU_ASSERT_EQUAL(partition->end.epoch, 2);
    CU_ASSERT_EQUAL(partition->promised, 7);
    CU_ASSERT_EQUAL(partition->members_size, 5);
    CU_ASSERT_EQUAL(partition->epoch_count, 2);
    CU_ASSERT_EQUAL(partition->epochs[1].first_index, 2);
    end(&fixture);
}

static void is_never_touched_again_after_a_failure(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "a"), DALV_OK);
    memory_files_fail(fixture.disk, 1, MEMORY_FAULT_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_sync(fixture.log), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_sync(fixture.log), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, "b"), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_seal(fixture.log), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_prepare(fixture.log, 1), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_poison(fixture.log), DALV_NO_SPACE);
    end(&fixture);
}

static void refuses_what_no_segment_can_hold(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(append(&fixture, 0, 1, text_of(SEGMENT)), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, "a"), DALV_OK);
    end(&fixture);
}

static void takes_the_prepared_segment(void)
{
    struct fixture fixture;
    uint64_t writes;

    begin(&fixture);
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, text_of(40000)), DALV_OK);
    for (int i = 0; i < 20; i++)
        CU_ASSERT_EQUAL(commit_log_prepare(fixture.log, 4096), DALV_OK);
    writes = memory_files_write_count(fixture.disk);
    CU_ASSERT_EQUAL(append_synced(&fixture, 0, 1, text_of(40000)), DALV_OK);
    /* One for the STATE and one for the batch, none for zeros. */
    CU_ASSERT_EQUAL(memory_files_write_count(fixture.disk), writes + 2);
    CU_ASSERT_EQUAL(reopen(&fixture), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_end(fixture.log, 0).index, 2);
    end(&fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(is_made_only_when_asked),
    SUITE_TEST(belongs_to_one_process_at_a_time),
    SUITE_TEST(replays_what_was_appended_in_its_order),
    SUITE_TEST(replays_only_what_is_above_a_position),
    SUITE_TEST(makes_many_appends_durable_by_one_write_and_one_sync),
    SUITE_TEST(keeps_what_was_synced_through_a_crash),
    SUITE_TEST(goes_over_to_a_new_segment_that_begins_with_the_state),
    SUITE_TEST(remembers_promises_members_and_truncations),
    SUITE_TEST(is_never_touched_again_after_a_failure),
    SUITE_TEST(refuses_what_no_segment_can_hold),
    SUITE_TEST(takes_the_prepared_segment),
};

int main(void)
{
    return SUITE_RUN("storage/commit_log", tests);
}
