/*
 * What opening makes of a log that is torn, rotten or cut. In each story the
 * log has one segment that begins with its STATE (page 0), and a batch a page.
 */
#include "storage/commit_log.h"

#include "base/crc32c.h"
#include "base/text.h"
#include "storage/log_verify.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    PAGE = 4096,
};

/* Three entries, 0:1=a in page 1, 1:1=b in page 2, 0:2=c in page 3. */
static void begin_with_three(struct log_story *story)
{
    log_story_begin(story);
    CU_ASSERT_EQUAL(log_story_append_synced(story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(story, 1, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(story, 0, 1, "c"), DALV_OK);
}

/* Go away without a seal, as by a crash after everything was synced. */
static void die(struct log_story *story)
{
    memory_files_crash(story->disk);
    commit_log_close(&story->log);
}

static enum dalv_status verify(struct log_story *story,
                               struct log_report *out_report)
{
    struct log_verify_options options = {
        .files = memory_files_seam(story->disk),
        .folder = "log",
        .partition_count = LOG_STORY_PARTITIONS,
    };

    return log_verify(&options, out_report);
}

static void cuts_a_torn_last_batch_and_is_uncertain(void)
{
    struct log_story story;

    begin_with_three(&story);
    die(&story);
    log_story_flip(&story, 1, 3 * PAGE + 70, 0);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT(story.report.is_cut);
    CU_ASSERT_EQUAL(story.report.cut.fault, LOG_FAULT_BODY);
    CU_ASSERT_EQUAL(story.report.cut.segment, 1);
    CU_ASSERT_EQUAL(story.report.cut.offset, 3 * PAGE);
    CU_ASSERT(story.report.is_uncertain);
    CU_ASSERT_EQUAL(story.report.damage_count, 0);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a 1:1=b ");
    log_story_end(&story);
}

static void stays_uncertain_until_its_owner_says_otherwise(void)
{
    struct log_story story;

    begin_with_three(&story);
    die(&story);
    log_story_flip(&story, 1, 3 * PAGE, 0);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(story.report.cut.fault, LOG_FAULT_HEADER);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "d"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_FALSE(story.report.is_cut);
    CU_ASSERT(story.report.is_uncertain);
    commit_log_set_certain(story.log);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "e"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_FALSE(story.report.is_uncertain);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story),
                           "0:1=a 1:1=b 0:2=d 0:3=e ");
    log_story_end(&story);
}

static void takes_rot_before_the_seal_for_damage(void)
{
    struct log_story story;
    struct log_report report;

    begin_with_three(&story);
    commit_log_close(&story.log);
    log_story_flip(&story, 1, 3 * PAGE + 70, 0);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_DAMAGED);
    CU_ASSERT_PTR_NULL(story.log);
    CU_ASSERT_FALSE(story.report.is_cut);
    CU_ASSERT_EQUAL(story.report.damage_count, 1);
    CU_ASSERT_EQUAL(story.report.damage.fault, LOG_FAULT_BODY);
    CU_ASSERT_EQUAL(story.report.damage.segment, 1);
    CU_ASSERT_EQUAL(story.report.damage.offset, 3 * PAGE);
    CU_ASSERT_EQUAL(story.report.damage.resumed_segment, 1);
    CU_ASSERT_EQUAL(story.report.damage.resumed_offset, 4 * PAGE);
    CU_ASSERT(story.report.is_uncertain);
    CU_ASSERT_EQUAL(verify(&story, &report), DALV_DAMAGED);
    CU_ASSERT_EQUAL(memcmp(&report, &story.report, sizeof(report)), 0);
    log_story_end(&story);
}

/* Partition 1 lost its only entry; partition 0 is joined by what follows. */
static void knows_which_partitions_a_gap_concerns(void)
{
    struct log_story story;

    begin_with_three(&story);
    commit_log_close(&story.log);
    log_story_flip(&story, 1, 2 * PAGE + 70, 0);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->health, LOG_WHOLE);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 1)->health, LOG_DOUBTFUL);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 3)->health, LOG_DOUBTFUL);
    CU_ASSERT_EQUAL(story.report.partition_count, 3);
    CU_ASSERT_EQUAL(story.report.partition_first, 1);
    CU_ASSERT_EQUAL(story.report.partition_last, 3);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a 0:2=c ");
    /* It goes on in a new segment, and remembers. */
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "d"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(story.report.last_segment, 2);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 1)->health, LOG_DOUBTFUL);
    CU_ASSERT(story.report.is_uncertain);
    commit_log_set_certain(story.log);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "e"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 1)->health, LOG_WHOLE);
    CU_ASSERT_FALSE(story.report.is_uncertain);
    /* The damage itself stays to be seen until its segment goes. */
    CU_ASSERT_EQUAL(story.report.damage_count, 1);
    CU_ASSERT_EQUAL(story.report.last_segment, 2);
    log_story_end(&story);
}

static void goes_on_behind_a_break_and_is_mended_by_a_truncation(void)
{
    struct log_story story;
    struct log_position first;
    struct log_position from[LOG_STORY_PARTITIONS] = {{0}};

    begin_with_three(&story);
    first = commit_log_end(story.log, 0);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "d"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "e"), DALV_OK);
    commit_log_close(&story.log);
    log_story_flip(&story, 1, 4 * PAGE + 70, 0);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->health, LOG_BROKEN);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 3);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 4);
    /* The replica streams again what it lost. */
    CU_ASSERT_EQUAL(log_story_keep(&story, RECORD_TRUNCATE, 0, 1, first),
                    DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "d"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->health, LOG_WHOLE);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 2);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 3);
    from[0].index = 2;
    CU_ASSERT_STRING_EQUAL(log_story_replay(&story, from),
                           "1:1=b 0:4=e truncate 0:3=d ");
    log_story_end(&story);
}

/* What is lost is a truncation and the entry that took the place of b. */
static void tells_an_entry_from_another_of_the_same_index(void)
{
    struct log_story story;
    struct log_position kept = {0};

    log_story_begin(&story);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_keep(&story, RECORD_TRUNCATE, 0, 2, kept),
                    DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 2, "b"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 2, "c"), DALV_OK);
    commit_log_close(&story.log);
    log_story_flip(&story, 1, 2 * PAGE + 70, 0);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->health, LOG_BROKEN);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 1);
    log_story_end(&story);
}

/* The last batch comes from a twin that had another one before it. */
static void refuses_a_batch_of_another_history(void)
{
    struct log_story story;
    struct log_story twin;
    uint8_t *content;
    uint8_t *other;
    size_t size = 0;

    begin_with_three(&story);
    commit_log_close(&story.log);
    log_story_begin(&twin);
    CU_ASSERT_EQUAL(log_story_append_synced(&twin, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&twin, 1, 1, "z"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&twin, 0, 1, "c"), DALV_OK);
    commit_log_close(&twin.log);
    content = memory_files_content(story.disk, "log/00000001.log", &size);
    other = memory_files_content(twin.disk, "log/00000001.log", &size);
    memcpy(content + 3 * PAGE, other + 3 * PAGE, 2 * PAGE);
    memory_files_settle(story.disk, "log/00000001.log");
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_DAMAGED);
    CU_ASSERT_EQUAL(story.report.damage.fault, LOG_FAULT_SEQUENCE);
    CU_ASSERT_EQUAL(story.report.damage.offset, 3 * PAGE);
    log_story_end(&twin);
    log_story_end(&story);
}

/* It may be read again tomorrow: an acknowledged batch is not cut for that. */
static void never_cuts_what_it_could_not_read(void)
{
    struct log_story story;

    begin_with_three(&story);
    die(&story);
    memory_files_fail_reads(story.disk, 3 * PAGE, 3 * PAGE + 1);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_IO);
    memory_files_fail_reads(story.disk, 0, 0);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a 1:1=b 0:2=c ");
    log_story_end(&story);
}

static void takes_a_bad_sector_before_good_batches_for_damage(void)
{
    struct log_story story;

    begin_with_three(&story);
    commit_log_close(&story.log);
    memory_files_fail_reads(story.disk, 2 * PAGE, 2 * PAGE + 1);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_DAMAGED);
    CU_ASSERT_EQUAL(story.report.damage.fault, LOG_FAULT_READ);
    CU_ASSERT_EQUAL(story.report.damage.offset, 2 * PAGE);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 2);
    log_story_end(&story);
}

/* A snapshot came in: the log begins anew behind it. */
static void begins_anew_behind_a_mark(void)
{
    struct log_story story;
    struct log_position snapshot = {.epoch = 5, .index = 900, .crc = 0xABCD};

    begin_with_three(&story);
    CU_ASSERT_EQUAL(log_story_keep(&story, RECORD_MARK, 0, 5, snapshot),
                    DALV_OK);
    CU_ASSERT_EQUAL(log_story_append_synced(&story, 0, 5, "x"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 900);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 901);
    log_story_end(&story);
}

static void takes_a_shortened_file_for_damage(void)
{
    struct log_story story;

    begin_with_three(&story);
    commit_log_close(&story.log);
    memory_files_cut(story.disk, "log/00000001.log", 2 * PAGE);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_DAMAGED);
    CU_ASSERT_EQUAL(story.report.damage.fault, LOG_FAULT_SIZE);
    CU_ASSERT_EQUAL(story.report.damage.resumed_segment, 0);
    CU_ASSERT_EQUAL(story.report.partition_count, LOG_STORY_PARTITIONS);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&story), "0:1=a ");
    log_story_end(&story);
}

static void misses_a_segment_that_is_gone(void)
{
    struct log_story story;
    struct files *files;

    log_story_begin(&story);
    files = memory_files_seam(story.disk);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(
            log_story_append_synced(&story, 0, 1, log_story_text(40000)),
            DALV_OK);
    commit_log_close(&story.log);
    CU_ASSERT_EQUAL(files_remove(files, "log/00000002.log"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_DAMAGED);
    CU_ASSERT_EQUAL(story.report.damage.fault, LOG_FAULT_SEGMENT);
    story.options.is_damage_accepted = true;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    /* The next segment's STATE says where partition 0 stood. */
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->health, LOG_BROKEN);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 0)->start.index, 2);
    CU_ASSERT_EQUAL(commit_log_end(story.log, 0).index, 6);
    CU_ASSERT_EQUAL(commit_log_partition(story.log, 1)->health, LOG_WHOLE);
    log_story_end(&story);
}

/* The bytes of a value are one page that a batch header could stand in. */
static void is_not_fooled_by_a_value_that_looks_like_a_batch(void)
{
    struct log_story story;
    struct batch batch = {
        .record_count = 0,
        .sequence = 99,
        .log_id = 41, /* Not to be guessed: the log's is 42. */
        .segment = 1,
        .segment_bytes = LOG_STORY_SEGMENT,
        .offset = 2 * PAGE,
    };
    static uint8_t payload[3 * PAGE];
    size_t before = BATCH_HEADER_BYTES + RECORD_HEADER_BYTES;

    memset(payload, 1, sizeof(payload));
    batch_encode(&batch, payload + PAGE - before);
    log_story_begin(&story);
    log_writer_begin(&story.writer, story.log);
    log_writer_put(&story.writer, 0, 1, bytes_make(payload, sizeof(payload)));
    CU_ASSERT_EQUAL(log_writer_append(&story.writer), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(story.log), DALV_OK);
    die(&story);
    log_story_flip(&story, 1, PAGE, 0);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_OK);
    CU_ASSERT(story.report.is_cut);
    CU_ASSERT_EQUAL(story.report.cut.offset, PAGE);
    log_story_end(&story);
}

static void refuses_a_log_of_a_newer_version(void)
{
    struct log_story story;
    struct batch batch;
    uint8_t *content;
    size_t size = 0;
    struct writer writer;

    begin_with_three(&story);
    commit_log_close(&story.log);
    content = memory_files_content(story.disk, "log/00000001.log", &size);
    CU_ASSERT_EQUAL(batch_decode(bytes_make(content + 4 * PAGE, 64), &batch),
                    DALV_OK);
    content[4 * PAGE + 8] = 2;
    writer_init(&writer, content + 4 * PAGE, 64);
    writer.size = 64;
    /* 2 in place of 1, and the CRC that belongs to it. */
    writer_u32_at(&writer, 60, crc32c(bytes_make(content + 4 * PAGE, 60)));
    memory_files_settle(story.disk, "log/00000001.log");
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_UNSUPPORTED);
    log_story_end(&story);
}

static void refuses_a_log_of_more_partitions(void)
{
    struct log_story story;

    begin_with_three(&story);
    story.options.partition_count = 1;
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_INVALID);
    log_story_end(&story);
}

static void describes_what_it_found(void)
{
    struct log_story story;
    char memory[512];
    struct text text;

    begin_with_three(&story);
    commit_log_close(&story.log);
    log_story_flip(&story, 1, 2 * PAGE + 70, 0);
    CU_ASSERT_EQUAL(log_story_reopen(&story), DALV_DAMAGED);
    text_init(&text, memory, sizeof(memory));
    log_report_describe(&story.report, &text);
    CU_ASSERT_STRING_EQUAL(
        text_string(&text),
        "4 batches, 2 records, segments 1 to 1\n"
        "damaged: 1 places, the first in 00000001.log at 8192: a batch fails "
        "its checksum; good again in 00000001.log at 12288\n"
        "not whole: 3 partitions, the first of them 1, the last 3\n"
        "uncertain: a tail was lost\n");
    log_story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(cuts_a_torn_last_batch_and_is_uncertain),
    SUITE_TEST(stays_uncertain_until_its_owner_says_otherwise),
    SUITE_TEST(takes_rot_before_the_seal_for_damage),
    SUITE_TEST(knows_which_partitions_a_gap_concerns),
    SUITE_TEST(goes_on_behind_a_break_and_is_mended_by_a_truncation),
    SUITE_TEST(tells_an_entry_from_another_of_the_same_index),
    SUITE_TEST(refuses_a_batch_of_another_history),
    SUITE_TEST(never_cuts_what_it_could_not_read),
    SUITE_TEST(takes_a_bad_sector_before_good_batches_for_damage),
    SUITE_TEST(begins_anew_behind_a_mark),
    SUITE_TEST(takes_a_shortened_file_for_damage),
    SUITE_TEST(misses_a_segment_that_is_gone),
    SUITE_TEST(is_not_fooled_by_a_value_that_looks_like_a_batch),
    SUITE_TEST(refuses_a_log_of_a_newer_version),
    SUITE_TEST(refuses_a_log_of_more_partitions),
    SUITE_TEST(describes_what_it_found),
};

int main(void)
{
    return SUITE_RUN("storage/commit_log_damage", tests);
}
