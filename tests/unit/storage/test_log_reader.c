/*
 * A log of four partitions that is read while it is written. What a reader
 * gives is told as "index=payload" for each entry.
 */
#include "storage/log_reader.h"

#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    ALL = 1 << 20,
};

struct reading {
    struct log_story log;
    struct log_reader *reader;
    struct log_entries entries;
    struct log_range range;
    enum dalv_status status;
    char told[4096];
};

static void begin_with(struct reading *reading, size_t tail_bytes)
{
    log_story_begin(&reading->log);
    reading->log.options.tail_bytes = tail_bytes;
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(&reading->log), DALV_OK);
    log_entries_init(&reading->entries);
    reading->reader = log_reader_open(reading->log.log);
    reading->range =
        (struct log_range){.index_max = UINT64_MAX, .bytes_max = ALL};
}

static void begin(struct reading *reading)
{
    begin_with(reading, 0);
}

static void end(struct reading *reading)
{
    log_reader_close(&reading->reader);
    log_entries_deinit(&reading->entries);
    log_story_end(&reading->log);
}

static void reopen(struct reading *reading)
{
    log_reader_close(&reading->reader);
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(&reading->log), DALV_OK);
    reading->reader = log_reader_open(reading->log.log);
}

static void append(struct reading *reading, uint32_t partition, uint64_t epoch,
                   const char *payload)
{
    CU_ASSERT_EQUAL(
        log_story_append_synced(&reading->log, partition, epoch, payload),
        DALV_OK);
}

static void cut(struct reading *reading, uint64_t epoch,
                struct log_position kept)
{
    CU_ASSERT_EQUAL(
        log_story_keep(&reading->log, RECORD_TRUNCATE, 0, epoch, kept),
        DALV_OK);
    CU_ASSERT_EQUAL(commit_log_sync(reading->log.log), DALV_OK);
}

static struct log_position at(struct reading *reading, uint64_t index)
{
    struct log_position position = {0};

    CU_ASSERT_EQUAL(log_reader_locate(reading->reader, 0, index, &position),
                    DALV_OK);
    CU_ASSERT_EQUAL(position.index, index);
    return position;
}

/* One piece of the range. */
static const char *read_piece(struct reading *reading)
{
    struct reader reader;
    struct record record;
    size_t size = 0;

    reading->told[0] = '\0';
    reading->status =
        log_reader_read(reading->reader, &reading->range, &reading->entries);
    reader_init(&reader, buffer_bytes(&reading->entries.records));
    while (reader.rest.size > 0) {
        CU_ASSERT_EQUAL_FATAL(record_decode(&reader, &record), DALV_OK);
        size += (size_t)snprintf(
            reading->told + size, sizeof(reading->told) - size, "%u=%.*s ",
            (unsigned)record.position.index,
            record.payload.size < 8 ? (int)record.payload.size : 1,
            (const char *)record.payload.data);
    }
    return reading->told;
}

static const char *read_behind(struct reading *reading,
                               struct log_position after)
{
    reading->range.after = after;
    return read_piece(reading);
}

static const char *read_all(struct reading *reading, uint32_t partition)
{
    reading->range.partition = partition;
    return read_behind(reading, (struct log_position){0});
}

static void gives_the_entries_of_one_partition(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 2, 1, "b");
    append(&reading, 0, 1, "c");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=c ");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 2), "1=b ");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 1), "");
    CU_ASSERT_EQUAL(reading.status, DALV_OK);
    end(&reading);
}

static void goes_on_behind_what_it_gave(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    append(&reading, 0, 2, "c");
    reading.range.bytes_max = 1;
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a ");
    CU_ASSERT_STRING_EQUAL(read_behind(&reading, reading.entries.last), "2=b ");
    CU_ASSERT_STRING_EQUAL(read_behind(&reading, reading.entries.last), "3=c ");
    CU_ASSERT(log_position_equal(reading.entries.last,
                                 commit_log_end(reading.log.log, 0)));
    CU_ASSERT_STRING_EQUAL(read_behind(&reading, reading.entries.last), "");
    CU_ASSERT_EQUAL(reading.status, DALV_OK);
    end(&reading);
}

static void ends_with_the_entry_that_was_named(void)
{
    struct reading reading;

    begin(&reading);
    CU_ASSERT_EQUAL(log_story_append(&reading.log, 0, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&reading.log, 0, 1, "b"), DALV_OK);
    append(&reading, 0, 1, "c");
    reading.range.index_max = 2;
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b ");
    end(&reading);
}

static void knows_where_everything_stands_after_a_new_start(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 1, 1, log_story_text(40000));
    append(&reading, 0, 1, "b");
    append(&reading, 1, 1, log_story_text(40000));
    append(&reading, 0, 1, "c");
    reopen(&reading);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b 3=c ");
    end(&reading);
}

/* The other partition's batches are bad on disk: they are never looked at. */
static void does_not_read_what_other_partitions_wrote(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 1, 1, log_story_text(40000));
    append(&reading, 0, 1, "b");
    /* Behind the STATE's page and that of "a", before that of "b". */
    memory_files_fail_reads(reading.log.disk, 24576, 40960);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b ");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 1), "");
    CU_ASSERT_EQUAL(reading.status, DALV_IO);
    end(&reading);
}

static void gives_what_was_written_lately_without_the_disk(void)
{
    struct reading reading;

    begin_with(&reading, 1 << 20);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    memory_files_fail_reads(reading.log.disk, 0, LOG_STORY_SEGMENT);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b ");
    end(&reading);
}

static void goes_back_to_the_disk_for_what_memory_has_no_room_for(void)
{
    struct reading reading;

    begin_with(&reading, 8192);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    append(&reading, 0, 1, "c");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b 3=c ");
    append(&reading, 0, 1, log_story_text(20000));
    append(&reading, 0, 1, "e");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b 3=c 4=x 5=e ");
    end(&reading);
}

static void gives_what_is_written_and_not_yet_synced(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    CU_ASSERT_EQUAL(log_story_append(&reading.log, 0, 1, "b"), DALV_OK);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a ");
    /* The write goes through, the sync behind it does not. */
    memory_files_fail(reading.log.disk, 2, MEMORY_FAULT_IO);
    CU_ASSERT_EQUAL(commit_log_sync(reading.log.log), DALV_IO);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b ");
    end(&reading);
}

/* A page that was read ahead while it was blank is written later. */
static void sees_a_batch_that_was_blank_when_it_was_read_ahead(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b ");
    append(&reading, 0, 1, "c");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b 3=c ");
    end(&reading);
}

static void never_gives_what_was_cut(void)
{
    struct reading reading;
    struct log_position kept;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    append(&reading, 0, 1, "c");
    kept = at(&reading, 1);
    cut(&reading, 2, kept);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a ");
    append(&reading, 0, 2, "d");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=d ");
    reopen(&reading);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=d ");
    end(&reading);
}

/* All in one batch: what was cut stands before what took its place. */
static void tells_cut_entries_from_those_that_follow_in_the_same_batch(void)
{
    struct reading reading;
    struct log_position kept;

    begin(&reading);
    append(&reading, 0, 1, "a");
    kept = at(&reading, 1);
    CU_ASSERT_EQUAL(log_story_append(&reading.log, 0, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_append(&reading.log, 0, 1, "c"), DALV_OK);
    CU_ASSERT_EQUAL(log_story_keep(&reading.log, RECORD_TRUNCATE, 0, 2, kept),
                    DALV_OK);
    append(&reading, 0, 2, "d");
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=d ");
    CU_ASSERT_STRING_EQUAL(read_behind(&reading, kept), "2=d ");
    CU_ASSERT_EQUAL(at(&reading, 2).epoch, 2);
    end(&reading);
}

static void refuses_a_place_that_the_log_does_not_know(void)
{
    struct reading reading;
    struct log_position cut_off;
    struct log_position strange;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    append(&reading, 0, 1, "c");
    cut_off = at(&reading, 2);
    cut(&reading, 2, at(&reading, 1));
    (void)read_behind(&reading, cut_off);
    CU_ASSERT_EQUAL(reading.status, DALV_CONFLICT);
    append(&reading, 0, 2, "d");
    (void)read_behind(&reading, cut_off);
    CU_ASSERT_EQUAL(reading.status, DALV_CONFLICT);
    append(&reading, 0, 2, "e");
    CU_ASSERT_STRING_EQUAL(read_behind(&reading, cut_off), "");
    CU_ASSERT_EQUAL(reading.status, DALV_CONFLICT);
    strange = at(&reading, 3);
    strange.index = 9;
    (void)read_behind(&reading, strange);
    CU_ASSERT_EQUAL(reading.status, DALV_CONFLICT);
    end(&reading);
}

static void says_when_the_log_no_longer_reaches_back(void)
{
    struct reading reading;
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{0}};
    struct log_position first;

    begin(&reading);
    append(&reading, 0, 1, "a");
    first = at(&reading, 1);
    for (int i = 0; i < 6; i++)
        append(&reading, 0, 1, log_story_text(30000));
    flushed[0] = commit_log_end(reading.log.log, 0);
    CU_ASSERT_EQUAL(
        commit_log_release(reading.log.log,
                           &(struct commit_log_retention){.flushed = flushed}),
        DALV_OK);
    (void)read_behind(&reading, first);
    CU_ASSERT_EQUAL(reading.status, DALV_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(
        read_behind(&reading, log_reader_extent(reading.reader, 0).start),
        "7=x ");
    CU_ASSERT_EQUAL(reading.status, DALV_OK);
    end(&reading);
}

static void begins_anew_behind_a_mark(void)
{
    struct reading reading;
    struct log_position mark = {.epoch = 3, .index = 50, .crc = 77};

    begin(&reading);
    append(&reading, 0, 1, "a");
    CU_ASSERT_EQUAL(log_story_keep(&reading.log, RECORD_MARK, 0, 3, mark),
                    DALV_OK);
    append(&reading, 0, 3, "b");
    (void)read_all(&reading, 0);
    CU_ASSERT_EQUAL(reading.status, DALV_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(read_behind(&reading, mark), "51=b ");
    end(&reading);
}

/* For a peer of which only the index is known, an epoch at a time. */
static void reads_by_index_and_by_epoch(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    append(&reading, 0, 3, "c");
    reading.range.is_by_index = true;
    reading.range.is_one_epoch = true;
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a 2=b ");
    CU_ASSERT_STRING_EQUAL(
        read_behind(&reading, (struct log_position){.index = 1}), "2=b ");
    CU_ASSERT_EQUAL(reading.entries.before_crc, at(&reading, 1).crc);
    CU_ASSERT_STRING_EQUAL(
        read_behind(&reading, (struct log_position){.index = 2}), "3=c ");
    CU_ASSERT_STRING_EQUAL(
        read_behind(&reading, (struct log_position){.index = 3}), "");
    CU_ASSERT_EQUAL(reading.status, DALV_OK);
    end(&reading);
}

static void notices_rot(void)
{
    struct reading reading;

    begin(&reading);
    append(&reading, 0, 1, "a");
    append(&reading, 0, 1, "b");
    log_story_flip(&reading.log, 1, 2 * 4096 + 100, 3);
    CU_ASSERT_STRING_EQUAL(read_all(&reading, 0), "1=a ");
    CU_ASSERT_EQUAL(reading.status, DALV_DAMAGED);
    end(&reading);
}

static void says_where_each_epoch_ended(void)
{
    struct reading reading;
    const struct log_partition *partition;
    struct log_position place;

    begin(&reading);
    append(&reading, 0, 2, "a");
    append(&reading, 0, 2, "b");
    append(&reading, 0, 5, "c");
    partition = commit_log_partition(reading.log.log, 0);
    CU_ASSERT(log_partition_epoch_end(partition, 9, &place));
    CU_ASSERT(place.epoch == 5 && place.index == 3);
    CU_ASSERT(log_partition_epoch_end(partition, 4, &place));
    CU_ASSERT(place.epoch == 2 && place.index == 2);
    CU_ASSERT(log_partition_epoch_end(partition, 1, &place));
    CU_ASSERT(place.epoch == 0 && place.index == 0);
    for (uint64_t epoch = 6; epoch < 6 + LOG_EPOCHS_MAX; epoch++)
        append(&reading, 0, epoch, "d");
    CU_ASSERT_FALSE(log_partition_epoch_end(partition, 4, &place));
    end(&reading);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_the_entries_of_one_partition),
    SUITE_TEST(goes_on_behind_what_it_gave),
    SUITE_TEST(ends_with_the_entry_that_was_named),
    SUITE_TEST(knows_where_everything_stands_after_a_new_start),
    SUITE_TEST(does_not_read_what_other_partitions_wrote),
    SUITE_TEST(gives_what_was_written_lately_without_the_disk),
    SUITE_TEST(goes_back_to_the_disk_for_what_memory_has_no_room_for),
    SUITE_TEST(gives_what_is_written_and_not_yet_synced),
    SUITE_TEST(sees_a_batch_that_was_blank_when_it_was_read_ahead),
    SUITE_TEST(never_gives_what_was_cut),
    SUITE_TEST(tells_cut_entries_from_those_that_follow_in_the_same_batch),
    SUITE_TEST(refuses_a_place_that_the_log_does_not_know),
    SUITE_TEST(says_when_the_log_no_longer_reaches_back),
    SUITE_TEST(begins_anew_behind_a_mark),
    SUITE_TEST(reads_by_index_and_by_epoch),
    SUITE_TEST(notices_rot),
    SUITE_TEST(says_where_each_epoch_ended),
};

int main(void)
{
    return SUITE_RUN("storage/log_reader", tests);
}
