#include "storage/commit_log.h"

#include "base/crc32c.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <limits.h>

static void is_made_only_when_asked(void)
{
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT(story.report.is_new);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_FALSE(story.report.is_new);
    commit_log_close(&story.log);
    story.options.folder = "elsewhere";
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_NOT_FOUND);
    CU_ASSERT_PTR_NULL(story.log);
    log_story_end(&story);
}

static void belongs_to_one_process_at_a_time(void)
{
    struct log_story story;
    struct commit_log *second = NULL;
    struct log_report report;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(commit_log_open(&story.options, &report, &second),
                    DALV_LOCKED);
    log_story_end(&story);
}

static void replays_what_was_appended_in_its_order(void)
{
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&story, 2, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "c"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a 2:1=b 0:2=c ");
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 2);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 2).index, 1);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 3).index, 0);
    CU_ASSERT_FALSE(story.report.is_cut);
    CU_ASSERT_FALSE(story.report.is_uncertain);
    log_story_end(&story);
}

static void replays_only_what_is_above_a_position(void)
{
    struct log_story story;
    struct log_position from[LOG_STORY_PARTITIONS] = {{0}};

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&story, 1, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "c"), DALV_OK);
    from[0].index = 1;
    CU_ASSERT_STRING_EQUAL(log_story_replay(&story, from), "1:1=b 0:2=c ");
    log_story_end(&story);
}

static void makes_many_appends_durable_by_one_write_and_one_sync(void)
{
    struct log_story story;
    uint64_t writes;
    uint64_t syncs;

    log_story_begin(&story);
    writes = memory_files_write_count(story.disk);
    syncs = memory_files_sync_count(story.disk);
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(log_story_append(&story, 1, 1, "x"), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_OK);
    CU_ASSERT_EQUAL(memory_files_write_count(story.disk), writes + 1);
    CU_ASSERT_EQUAL(memory_files_sync_count(story.disk), syncs + 1);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_OK);
    CU_ASSERT_EQUAL(memory_files_sync_count(story.disk), syncs + 1);
    log_story_end(&story);
}

static void keeps_what_was_synced_through_a_crash(void)
{
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "b"), DALV_OK);
    memory_files_crash(story.disk);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a ");
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "c"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a 0:2=c ");
    log_story_end(&story);
}

static void goes_over_to_a_new_segment_that_begins_with_the_state(void)
{
    struct log_story story;
    struct log_position from[LOG_STORY_PARTITIONS] = {{0}};

    log_story_begin(&story);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(
            log_story_append_synced(&story, 3, 1, log_story_text(20000)),
            DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 3, 2, "last"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT(story.report.last_segment > 3);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 3).index, 11);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 3).epoch, 2);
    from[3].index = 10;
    CU_ASSERT_STRING_EQUAL(log_story_replay(&story, from), "3:11=last ");
    log_story_end(&story);
}

static void remembers_promises_members_and_truncations(void)
{
    struct log_story story;
    struct log_position kept;
    const struct log_partition *partition;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "a"), DALV_OK);
    kept = commit_log_end(story.log, 0);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_keep(&story, RECORD_TRUNCATE, 0, 2, kept),
                    DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 2, "c"), DALV_OK);
    CU_ASSERT_EQUAL(
        log_story_note(&story, RECORD_PROMISE, 0, 7, (struct bytes){0}),
        DALV_OK);
    CU_ASSERT_EQUAL(
        log_story_note(&story, RECORD_MEMBERS, 0, 2, bytes_from_text("n1 n2")),
        DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story),
                           "0:1=a 0:2=b truncate 0:2=c promise members ");
    partition = commit_log_partition(story.log, 0);
    CU_ASSERT_EQUAL(partition->end.index, 2);
    CU_ASSERT_EQUAL(partition->end.epoch, 2);
    CU_ASSERT_EQUAL(partition->promised, 7);
    CU_ASSERT_EQUAL(partition->members_size, 5);
    CU_ASSERT_EQUAL(partition->epoch_count, 2);
    CU_ASSERT_EQUAL(partition->epochs[1].first_index, 2);
    log_story_end(&story);
}

static void is_never_touched_again_after_a_failure(void)
{
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "a"), DALV_OK);
    memory_files_fail(story.disk, 1, MEMORY_FAULT_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "b"), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_seal(story.log), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_prepare(story.log, 1), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(commit_log_poison(story.log), DALV_NO_SPACE);
    log_story_end(&story);
}

static void refuses_what_no_segment_can_hold(void)
{
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(
        log_story_append(&story, 0, 1, log_story_text(LOG_STORY_SEGMENT)),
        DALV_TOO_BIG);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "a"), DALV_OK);
    log_story_end(&story);
}

static void takes_the_prepared_segment(void)
{
    struct log_story story;
    uint64_t writes;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(
        log_story_append_synced(&story, 0, 1, log_story_text(40000)), DALV_OK);
    for (int i = 0; i < 20; i++)
        CU_ASSERT_EQUAL(commit_log_prepare(story.log, 4096), DALV_OK);
    writes = memory_files_write_count(story.disk);
    CU_ASSERT_EQUAL(
        log_story_append_synced(&story, 0, 1, log_story_text(40000)), DALV_OK);
    /* One for the STATE and one for the batch, none for zeros. */
    CU_ASSERT_EQUAL(memory_files_write_count(story.disk), writes + 2);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 2);
    log_story_end(&story);
}

/* The CRC of all of it: who changes a byte of the format is told here. */
static void writes_the_same_bytes_for_ever(void)
{
    struct log_story story;
    const uint8_t *content;
    size_t size = 0;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append(&story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 3, 2, "b"), DALV_OK);
    CU_ASSERT_EQUAL(
        log_story_note(&story, RECORD_MEMBERS, 0, 1, bytes_from_text("n1")),
        DALV_OK);
    CU_ASSERT_EQUAL(
        log_story_append_synced(&story, 0, 2, log_story_text(55000)), DALV_OK);
    commit_log_close(&story.log);
    content = memory_files_content(story.disk, "log/00000001.log", &size);
    CU_ASSERT_EQUAL(crc32c(bytes_make(content, size)), 0x2C523794);
    content = memory_files_content(story.disk, "log/00000002.log", &size);
    CU_ASSERT_EQUAL(crc32c(bytes_make(content, size)), 0xAB871BFD);
    log_story_end(&story);
}

static enum dalv_status count_record(void *owner, const struct record *record)
{
    size_t *count = owner;

    CU_ASSERT_EQUAL(record->type, RECORD_DATA);
    (*count)++;
    return DALV_OK;
}

static void stands_on_the_files_of_the_system(void)
{
    struct folder folder;
    char path[PATH_MAX];
    struct commit_log_options options = {
        .files = files_of_system(),
        .partition_count = LOG_STORY_PARTITIONS,
        .segment_bytes = LOG_STORY_SEGMENT,
        .log_id = 42,
        .is_created = true,
    };
    struct log_position from[LOG_STORY_PARTITIONS] = {{0}};
    struct log_writer writer;
    struct log_report report;
    struct commit_log *log = NULL;
    size_t count = 0;

    folder_open(&folder);
    folder_path(&folder, "log", path);
    options.folder = path;
    log_writer_init(&writer);
    CU_ASSERT_EQUAL_FATAL(commit_log_open(&options, &report, &log), DALV_OK);
    for (int i = 0; i < 10; i++) {
        log_writer_begin(&writer, log);
        log_writer_put(&writer, 1, 1, bytes_from_text(log_story_text(20000)));
        CU_ASSERT_EQUAL(log_writer_append(&writer), DALV_OK);
        CU_ASSERT_EQUAL(commit_log_sync(log), DALV_OK);
    }
    commit_log_close(&log);
    CU_ASSERT_EQUAL_FATAL(commit_log_open(&options, &report, &log), DALV_OK);
    CU_ASSERT_FALSE(report.is_new || report.is_cut || report.is_uncertain);
    CU_ASSERT_EQUAL(commit_log_replay(log, from, count_record, &count),
                    DALV_OK);
    CU_ASSERT_EQUAL(count, 10);
    commit_log_close(&log);
    log_writer_deinit(&writer);
    folder_close(&folder);
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
    SUITE_TEST(writes_the_same_bytes_for_ever),
    SUITE_TEST(stands_on_the_files_of_the_system),
};

int main(void)
{
    return SUITE_RUN("storage/commit_log", tests);
}
