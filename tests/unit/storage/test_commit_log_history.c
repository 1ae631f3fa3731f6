/*
 * Retention: which segments go, and what is left of the log then. Each entry
 * fills more than half a segment, so entry n of partition 0 is in segment n.
 */
#include "storage/commit_log.h"

#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>

static void append_big(struct log_story *story, uint32_t partition,
                       uint64_t epoch)
{
    CU_ASSERT_EQUAL(
        log_story_append_synced(story, partition, epoch, log_story_text(40000)),
        DALV_OK);
}

static void begin_with_five(struct log_story *story)
{
    log_story_begin(story);
    for (int i = 0; i < 5; i++)
        append_big(story, 0, 1);
}

static uint64_t segments_left(const struct log_story *story)
{
    return commit_log_bytes(story->log) / LOG_STORY_SEGMENT;
}

static enum dalv_status release(struct log_story *story,
                                const struct log_position *flushed,
                                const uint64_t *wanted, uint64_t bytes_max)
{
    struct commit_log_retention retention = {
        .flushed = flushed,
        .wanted = wanted,
        .bytes_max = bytes_max,
    };

    return commit_log_release(story->log, &retention);
}

static void removes_what_is_flushed_and_wanted_by_nobody(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{1, 3, 0}};
    struct log_story story;

    begin_with_five(&story);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 2);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 3);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(story.report.first_segment, 4);
    CU_ASSERT_EQUAL(story.report.damage_count, 0);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 3);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 5);
    log_story_end(&story);
}

/* Segments 1 to 3 are rotten through and through, and nobody asks for them. */
static void replays_without_a_look_at_older_segments(void)
{
    struct log_position from[LOG_STORY_PARTITIONS] = {{1, 4, 0}};
    struct log_story story;

    begin_with_five(&story);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 2, 1, "x"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    memory_files_cut(story.disk, "log/00000001.log", 0);
    memory_files_cut(story.disk, "log/00000002.log", 0);
    memory_files_cut(story.disk, "log/00000003.log", 0);
    from[0].index = 5;
    CU_ASSERT_STRING_EQUAL(log_story_replay(&story, from), "2:1=x ");
    log_story_end(&story);
}

static void never_removes_what_is_not_flushed(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{0}};
    struct log_story story;

    begin_with_five(&story);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 5);
    log_story_end(&story);
}

static void keeps_the_newest_segment_whatever_is_flushed(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{1, 5, 0}};
    struct log_story story;

    begin_with_five(&story);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 1);
    append_big(&story, 0, 1);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 6);
    log_story_end(&story);
}

/* A laggard wants entries from 2 on, until the log is too big. */
static void keeps_what_a_laggard_wants_within_the_cap(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{1, 5, 0}};
    uint64_t wanted[LOG_STORY_PARTITIONS] = {1};
    struct log_story story;

    begin_with_five(&story);
    CU_ASSERT_EQUAL(
        release(&story, flushed, wanted, (uint64_t)10 * LOG_STORY_SEGMENT),
        DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 4);
    CU_ASSERT_EQUAL(
        release(&story, flushed, wanted, (uint64_t)3 * LOG_STORY_SEGMENT),
        DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 3);
    log_story_end(&story);
}

/* The newest segment stays, so what is to go must not be in it. */
static void lets_everything_go_after_a_turn(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{1, 1, 0}, {1, 1, 0}};
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&story, 1, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 0);
    CU_ASSERT_EQUAL(commit_log_turn(story.log), DALV_OK);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 1);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 1);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "c"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:2=c ");
    log_story_end(&story);
}

static void one_partition_that_lags_keeps_the_segment(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{1, 5, 0}};
    struct log_story story;

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 3, 1, "x"), DALV_OK);
    for (int i = 0; i < 5; i++)
        append_big(&story, 0, 1);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 5);
    flushed[3] = (struct log_position){1, 1, 0};
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 1);
    log_story_end(&story);
}

/* The cut entries 3 to 5 are of no log any more: 3 is of a newer epoch. */
static void knows_its_start_after_a_truncation(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{2, 3, 0}};
    struct log_position kept;
    struct log_story story;

    log_story_begin(&story);
    append_big(&story, 0, 1);
    append_big(&story, 0, 1);
    kept = commit_log_end(story.log, 0);
    append_big(&story, 0, 1);
    append_big(&story, 0, 1);
    append_big(&story, 0, 1);
    CU_ASSERT_EQUAL(log_story_keep(&story, RECORD_TRUNCATE, 0, 2, kept),
                    DALV_OK);
    append_big(&story, 0, 2);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 3);
    CU_ASSERT(commit_log_partition(story.log, 0)->start.index <= 3);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(story.report.damage_count, 0);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 3);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).epoch, 2);
    log_story_end(&story);
}

static void releases_across_a_damaged_state(void)
{
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{1, 5, 0}};
    struct log_story story;

    begin_with_five(&story);
    commit_log_close(&story.log);
    log_story_flip(&story, 2, 80, 1);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(story.report.damage_count, 1);
    CU_ASSERT_EQUAL(release(&story, flushed, NULL, 0), DALV_OK);
    CU_ASSERT_EQUAL(segments_left(&story), 1);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(story.report.damage_count, 0);
    CU_ASSERT_EQUAL(story.report.partition_count, 0);
    log_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(removes_what_is_flushed_and_wanted_by_nobody),
    SUITE_TEST(replays_without_a_look_at_older_segments),
    SUITE_TEST(never_removes_what_is_not_flushed),
    SUITE_TEST(keeps_the_newest_segment_whatever_is_flushed),
    SUITE_TEST(keeps_what_a_laggard_wants_within_the_cap),
    SUITE_TEST(one_partition_that_lags_keeps_the_segment),
    SUITE_TEST(knows_its_start_after_a_truncation),
    SUITE_TEST(lets_everything_go_after_a_turn),
    SUITE_TEST(releases_across_a_damaged_state),
};

int main(void)
{
    return SUITE_RUN("storage/commit_log_history", tests);
}
