/*
 * What a replica's log takes and refuses: entries of a master, promises, cuts.
 */
#include "storage/log_quarantine.h"
#include "storage/log_reader.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

struct replica {
    struct log_story log;
    struct buffer sent; /* Entries of a master, encoded. */
    struct log_position sent_end;
    enum dalv_status looked; /* What the last look at the quarantine gave. */
    char told[4096];
};

static void begin(struct replica *replica)
{
    log_story_begin(&replica->log);
    buffer_init(&replica->sent);
    replica->sent_end = (struct log_position){0};
}

static void end(struct replica *replica)
{
    buffer_deinit(&replica->sent);
    log_story_end(&replica->log);
}

/* The master writes behind `sent_end`. */
static void send_entry(struct replica *replica, uint32_t partition,
                       uint64_t epoch, const char *payload)
{
    struct record record = {
        .type = RECORD_DATA,
        .partition = partition,
        .position = {.epoch = epoch, .index = replica->sent_end.index + 1},
        .previous_crc = replica->sent_end.crc,
        .payload = bytes_from_text(payload),
    };
    uint8_t memory[256];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(record_encode(&record, &writer), DALV_OK);
    buffer_put(&replica->sent, writer_bytes(&writer));
    replica->sent_end = record.position;
}

/* What was sent, from the master of an epoch. */
static enum dalv_status receive(struct replica *replica, uint32_t partition,
                                uint64_t epoch)
{
    const struct commit_log_received received = {
        .partition = partition,
        .epoch = epoch,
        .entries = buffer_bytes(&replica->sent),
    };
    enum dalv_status status = commit_log_receive(replica->log.log, &received);

    buffer_clear(&replica->sent);
    return status;
}

/* An entry of the master's own epoch. */
static enum dalv_status take(struct replica *replica, uint64_t epoch,
                             const char *payload)
{
    send_entry(replica, 0, epoch, payload);
    return receive(replica, 0, epoch);
}

static void sync_log(struct replica *replica)
{
    CU_ASSERT_EQUAL(commit_log_sync(replica->log.log), DALV_OK);
}

static void reopen(struct replica *replica)
{
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(&replica->log), DALV_OK);
}

static uint64_t end_index(const struct replica *replica)
{
    return commit_log_end(replica->log.log, 0).index;
}

/* Three entries of epoch 1, of which the first is the master's, too. */
static struct log_position diverge(struct replica *replica)
{
    struct log_position kept;

    CU_ASSERT_EQUAL(take(replica, 1, "a"), DALV_OK);
    kept = replica->sent_end;
    CU_ASSERT_EQUAL(take(replica, 1, "b"), DALV_OK);
    CU_ASSERT_EQUAL(take(replica, 1, "c"), DALV_OK);
    sync_log(replica);
    return kept;
}

static enum dalv_status truncate(struct replica *replica, uint64_t epoch,
                                 struct log_position kept)
{
    return commit_log_truncate(
        replica->log.log,
        &(struct commit_log_cut){.epoch = epoch, .index = kept.index});
}

static enum dalv_status tell_cut(void *owner, const struct log_cut *cut,
                                 enum dalv_status status)
{
    struct replica *replica = owner;
    size_t size = strlen(replica->told);

    (void)snprintf(replica->told + size, sizeof(replica->told) - size,
                   "%s by %u%s: ",
                   status != DALV_OK                 ? "damaged"
                   : cut->state == LOG_CUT_UNSETTLED ? "unsettled"
                                                     : "never",
                   (unsigned)cut->epoch, cut->is_partial ? " partial" : "");
    return DALV_OK;
}

static enum dalv_status tell_entry(void *owner, const struct record *record)
{
    struct replica *replica = owner;
    size_t size = strlen(replica->told);

    (void)snprintf(replica->told + size, sizeof(replica->told) - size,
                   "%u=%.*s ", (unsigned)record->position.index,
                   (int)record->payload.size,
                   (const char *)record->payload.data);
    return DALV_OK;
}

static const char *quarantine(struct replica *replica)
{
    const struct log_quarantine_visit visit = {
        .files = replica->log.options.files,
        .folder = "log",
        .on_cut = tell_cut,
        .on_entry = tell_entry,
        .owner = replica,
    };

    replica->told[0] = '\0';
    replica->looked = log_quarantine_look(&visit);
    return replica->told;
}

static void takes_what_joins(void)
{
    struct replica replica;

    begin(&replica);
    send_entry(&replica, 0, 1, "a");
    send_entry(&replica, 0, 3, "b");
    CU_ASSERT_EQUAL(receive(&replica, 0, 3), DALV_OK);
    sync_log(&replica);
    reopen(&replica);
    CU_ASSERT_STRING_EQUAL(log_story_replay_all(&replica.log),
                           "promise 0:1=a 0:2=b ");
    CU_ASSERT_EQUAL(commit_log_partition(replica.log.log, 0)->promised, 3);
    end(&replica);
}

static void refuses_what_does_not_join(void)
{
    struct replica replica;

    begin(&replica);
    CU_ASSERT_EQUAL(take(&replica, 1, "a"), DALV_OK);
    send_entry(&replica, 0, 1, "lost on the way");
    buffer_clear(&replica.sent);
    CU_ASSERT_EQUAL(take(&replica, 1, "c"), DALV_CONFLICT);
    replica.sent_end = (struct log_position){.index = 1, .crc = 5};
    CU_ASSERT_EQUAL(take(&replica, 1, "another chain"), DALV_CONFLICT);
    CU_ASSERT_EQUAL(end_index(&replica), 1);
    end(&replica);
}

static void takes_nothing_of_what_is_bad_in_part(void)
{
    struct replica replica;

    begin(&replica);
    send_entry(&replica, 0, 1, "a");
    send_entry(&replica, 0, 1, "b");
    replica.sent.data[replica.sent.size - 1] ^= 1;
    CU_ASSERT_EQUAL(receive(&replica, 0, 3), DALV_DAMAGED);
    replica.sent_end = (struct log_position){0};
    send_entry(&replica, 0, 1, "a");
    send_entry(&replica, 1, 1, "of another");
    CU_ASSERT_EQUAL(receive(&replica, 0, 3), DALV_INVALID);
    CU_ASSERT_EQUAL(end_index(&replica), 0);
    CU_ASSERT_EQUAL(receive(&replica, LOG_STORY_PARTITIONS, 3), DALV_INVALID);
    end(&replica);
}

static void takes_nothing_older_than_its_promise(void)
{
    struct replica replica;

    begin(&replica);
    CU_ASSERT_EQUAL(take(&replica, 1, "a"), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_promise(replica.log.log, 0, 5), DALV_OK);
    sync_log(&replica);
    reopen(&replica);
    CU_ASSERT_EQUAL(take(&replica, 4, "b"), DALV_PRECONDITION);
    replica.sent_end = commit_log_end(replica.log.log, 0);
    CU_ASSERT_EQUAL(take(&replica, 5, "b"), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_promise(replica.log.log, 0, 4),
                    DALV_PRECONDITION);
    CU_ASSERT_EQUAL(commit_log_promise(replica.log.log, 0, 5), DALV_OK);
    end(&replica);
}

static void promises_for_many_partitions_by_one_sync(void)
{
    struct replica replica;
    uint64_t syncs;

    begin(&replica);
    syncs = memory_files_sync_count(replica.log.disk);
    for (uint32_t i = 0; i < LOG_STORY_PARTITIONS; i++)
        CU_ASSERT_EQUAL(commit_log_promise(replica.log.log, i, 7), DALV_OK);
    sync_log(&replica);
    CU_ASSERT_EQUAL(memory_files_sync_count(replica.log.disk), syncs + 1);
    memory_files_crash(replica.log.disk);
    reopen(&replica);
    for (uint32_t i = 0; i < LOG_STORY_PARTITIONS; i++)
        CU_ASSERT_EQUAL(commit_log_partition(replica.log.log, i)->promised, 7);
    end(&replica);
}

static void keeps_the_member_sets(void)
{
    struct replica replica;
    const struct log_partition *partition;

    begin(&replica);
    CU_ASSERT_EQUAL(
        commit_log_set_members(replica.log.log, 2, 4, bytes_from_text("ABC")),
        DALV_OK);
    sync_log(&replica);
    reopen(&replica);
    partition = commit_log_partition(replica.log.log, 2);
    CU_ASSERT(
        bytes_equal(bytes_make(partition->members, 3), bytes_from_text("ABC")));
    end(&replica);
}

static void cuts_and_goes_on_from_the_kept_entry(void)
{
    struct replica replica;
    struct log_position kept;

    begin(&replica);
    kept = diverge(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_OK);
    replica.sent_end = kept;
    CU_ASSERT_EQUAL(take(&replica, 2, "d"), DALV_OK);
    sync_log(&replica);
    reopen(&replica);
    CU_ASSERT_EQUAL(end_index(&replica), 2);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "unsettled by 2: 2=b 3=c ");
    end(&replica);
}

/* A late copy of the order to cut: entries of the new epoch are there. */
static void obeys_no_order_to_cut_that_came_twice(void)
{
    struct replica replica;
    struct log_position kept;

    begin(&replica);
    kept = diverge(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_OK);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_OK);
    replica.sent_end = kept;
    CU_ASSERT_EQUAL(take(&replica, 2, "d"), DALV_OK);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_PRECONDITION);
    CU_ASSERT_EQUAL(end_index(&replica), 2);
    end(&replica);
}

static void never_cuts_what_was_applied_or_what_it_does_not_hold(void)
{
    struct replica replica;
    struct commit_log_cut cut = {.epoch = 2, .applied_index = 2};

    begin(&replica);
    cut.index = diverge(&replica).index;
    CU_ASSERT_EQUAL(commit_log_truncate(replica.log.log, &cut), DALV_DAMAGED);
    cut.applied_index = 0;
    cut.index = 9;
    CU_ASSERT_EQUAL(commit_log_truncate(replica.log.log, &cut), DALV_CONFLICT);
    CU_ASSERT_EQUAL(commit_log_promise(replica.log.log, 0, 3), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_truncate(replica.log.log, &cut),
                    DALV_PRECONDITION);
    CU_ASSERT_EQUAL(end_index(&replica), 3);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "");
    end(&replica);
}

/* Wherever the power goes, what was cut is in the log or in the quarantine. */
static void holds_what_it_cuts_at_every_moment(void)
{
    bool is_finished = false;

    for (uint64_t call = 1; !is_finished; call++) {
        struct replica replica;
        struct log_position kept;
        enum dalv_status status;

        begin(&replica);
        log_story_seed(&replica.log, call);
        kept = diverge(&replica);
        memory_files_fail(replica.log.disk, call, MEMORY_FAULT_HALF_WRITE);
        status = truncate(&replica, 2, kept);
        if (status == DALV_OK)
            status = commit_log_sync(replica.log.log);
        is_finished = !memory_files_has_failed(replica.log.disk);
        CU_ASSERT(status == DALV_OK || !is_finished);
        memory_files_fail(replica.log.disk, 0, MEMORY_FAULT_IO);
        memory_files_crash(replica.log.disk);
        reopen(&replica);
        if (end_index(&replica) != 3) {
            CU_ASSERT_EQUAL(end_index(&replica), 1);
            CU_ASSERT_STRING_EQUAL(quarantine(&replica),
                                   "unsettled by 2: 2=b 3=c ");
        }
        end(&replica);
    }
}

static void settles_what_another_entry_took_the_place_of(void)
{
    struct replica replica;
    struct log_position kept;

    begin(&replica);
    kept = diverge(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_OK);
    replica.sent_end = kept;
    CU_ASSERT_EQUAL(take(&replica, 2, "d"), DALV_OK);
    sync_log(&replica);
    CU_ASSERT_EQUAL(commit_log_settle(replica.log.log, 0, replica.sent_end),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "unsettled by 2: 2=b 3=c ");
    CU_ASSERT_EQUAL(take(&replica, 2, "e"), DALV_OK);
    sync_log(&replica);
    CU_ASSERT_EQUAL(commit_log_settle(replica.log.log, 0, replica.sent_end),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "never by 2: 2=b 3=c ");
    reopen(&replica);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "never by 2: 2=b 3=c ");
    end(&replica);
}

/* Another replica still had it, was chosen for epoch 3, and committed it. */
static void lets_go_of_what_came_back(void)
{
    struct replica replica;
    struct log_position kept;

    begin(&replica);
    kept = diverge(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_OK);
    sync_log(&replica);
    replica.sent_end = kept;
    send_entry(&replica, 0, 1, "b");
    send_entry(&replica, 0, 1, "c");
    CU_ASSERT_EQUAL(receive(&replica, 0, 1), DALV_PRECONDITION);
    replica.sent_end = kept;
    send_entry(&replica, 0, 1, "b");
    send_entry(&replica, 0, 1, "c");
    send_entry(&replica, 0, 3, "start");
    CU_ASSERT_EQUAL(receive(&replica, 0, 3), DALV_OK);
    sync_log(&replica);
    CU_ASSERT_EQUAL(commit_log_settle(replica.log.log, 0, replica.sent_end),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "");
    end(&replica);
}

static void keeps_only_what_did_not_come_back(void)
{
    struct replica replica;
    struct log_position kept;

    begin(&replica);
    kept = diverge(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, kept), DALV_OK);
    sync_log(&replica);
    replica.sent_end = kept;
    send_entry(&replica, 0, 1, "b");
    send_entry(&replica, 0, 3, "start");
    CU_ASSERT_EQUAL(receive(&replica, 0, 3), DALV_OK);
    sync_log(&replica);
    CU_ASSERT_EQUAL(commit_log_settle(replica.log.log, 0, replica.sent_end),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "never by 2: 3=c ");
    end(&replica);
}

/* Entries of epoch 1 from the master of epoch 4: the promise is of 4. */
static void promises_the_epoch_of_the_master_that_it_takes_from(void)
{
    struct replica replica;

    begin(&replica);
    send_entry(&replica, 0, 1, "a");
    CU_ASSERT_EQUAL(receive(&replica, 0, 4), DALV_OK);
    sync_log(&replica);
    memory_files_crash(replica.log.disk);
    reopen(&replica);
    CU_ASSERT_EQUAL(commit_log_partition(replica.log.log, 0)->promised, 4);
    CU_ASSERT_EQUAL(end_index(&replica), 1);
    send_entry(&replica, 0, 9, "newer than its master");
    CU_ASSERT_EQUAL(receive(&replica, 0, 5), DALV_INVALID);
    end(&replica);
}

static void notices_damage_in_the_quarantine(void)
{
    struct replica replica;
    size_t size = 0;
    uint8_t *content;

    begin(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, diverge(&replica)), DALV_OK);
    content = memory_files_content(replica.log.disk,
                                   "log/quarantine/0000-00000001.cut", &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(content);
    content[size - 1] ^= 4;
    memory_files_settle(replica.log.disk, "log/quarantine/0000-00000001.cut");
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "damaged by 2: ");
    CU_ASSERT_EQUAL(replica.looked, DALV_DAMAGED);
    sync_log(&replica);
    reopen(&replica);
    CU_ASSERT_EQUAL(commit_log_quarantine(replica.log.log)->count, 0);
    end(&replica);
}

/* By hand from docs/STORAGE_FORMAT.md, up to the CRC of the kept entry. */
static void keeps_a_cut_as_it_is_specified(void)
{
    static const uint8_t golden[] = {
        0x44, 0x61, 0x6c, 0x76, 0x43, 0x75, 0x74, 0xfd, /* Magic. */
        1,    0,    0,    0,                            /* Version, flags. */
        0,    0,    0,    0,                            /* Partition. */
        2,    0,    0,    0,    0,    0,    0,    0,    /* Epoch. */
        1,    0,    0,    0,    0,    0,    0,    0,    /* Kept: epoch, ... */
        1,    0,    0,    0,    0,    0,    0,    0,    /* ... index. */
    };
    struct replica replica;
    size_t size = 0;
    const uint8_t *content;

    begin(&replica);
    CU_ASSERT_EQUAL(truncate(&replica, 2, diverge(&replica)), DALV_OK);
    content = memory_files_content(replica.log.disk,
                                   "log/quarantine/0000-00000001.cut", &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(content);
    /* The header, and two entries of one letter each. */
    CU_ASSERT_EQUAL(size, 64 + 2 * (36 + 1));
    CU_ASSERT(bytes_equal(bytes_make(content, sizeof(golden)),
                          bytes_make(golden, sizeof(golden))));
    CU_ASSERT_EQUAL(content[44], 2);
    CU_ASSERT_EQUAL(content[48], 2 * (36 + 1));
    end(&replica);
}

static void begins_anew_behind_a_snapshot(void)
{
    struct replica replica;
    const struct commit_log_beginning mark = {
        .position = {.epoch = 4, .index = 40, .crc = 9},
        .applied_index = 1,
    };

    begin(&replica);
    (void)diverge(&replica);
    CU_ASSERT_EQUAL(commit_log_mark(replica.log.log, &mark), DALV_OK);
    replica.sent_end = mark.position;
    CU_ASSERT_EQUAL(take(&replica, 4, "d"), DALV_OK);
    sync_log(&replica);
    reopen(&replica);
    CU_ASSERT_EQUAL(end_index(&replica), 41);
    CU_ASSERT_EQUAL(commit_log_partition(replica.log.log, 0)->start.index, 40);
    CU_ASSERT_STRING_EQUAL(quarantine(&replica), "unsettled by 4: 2=b 3=c ");
    end(&replica);
}

static void forgets_a_partition_and_keeps_its_promise(void)
{
    struct replica replica;
    const struct log_partition *partition;
    struct log_position flushed[LOG_STORY_PARTITIONS] = {{0}};
    struct commit_log_retention retention = {.flushed = flushed};

    begin(&replica);
    (void)diverge(&replica);
    CU_ASSERT_EQUAL(commit_log_promise(replica.log.log, 0, 6), DALV_OK);
    CU_ASSERT_EQUAL(commit_log_forget(replica.log.log, 0), DALV_OK);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(
            log_story_append_synced(&replica.log, 1, 1, log_story_text(30000)),
            DALV_OK);
    flushed[1] = commit_log_end(replica.log.log, 1);
    CU_ASSERT_EQUAL(commit_log_release(replica.log.log, &retention), DALV_OK);
    reopen(&replica);
    CU_ASSERT(replica.log.report.first_segment > 1);
    partition = commit_log_partition(replica.log.log, 0);
    CU_ASSERT_EQUAL(partition->end.index, 0);
    CU_ASSERT_EQUAL(partition->promised, 6);
    end(&replica);
}

static void stays_uncertain_until_it_is_told_otherwise(void)
{
    struct replica replica;

    begin(&replica);
    CU_ASSERT_EQUAL(take(&replica, 1, "a"), DALV_OK);
    sync_log(&replica);
    CU_ASSERT_EQUAL(take(&replica, 1, log_story_text(0)), DALV_OK);
    sync_log(&replica);
    commit_log_close(&replica.log.log);
    log_story_flip(&replica.log, 1, 3 * 4096 + 70, 1);
    log_story_flip(&replica.log, 1, 4 * 4096 + 8, 1);
    reopen(&replica);
    CU_ASSERT(replica.log.report.is_cut);
    CU_ASSERT(commit_log_is_uncertain(replica.log.log));
    reopen(&replica);
    CU_ASSERT(commit_log_is_uncertain(replica.log.log));
    commit_log_set_certain(replica.log.log);
    CU_ASSERT_EQUAL(commit_log_seal(replica.log.log), DALV_OK);
    memory_files_crash(replica.log.disk);
    reopen(&replica);
    CU_ASSERT_FALSE(commit_log_is_uncertain(replica.log.log));
    end(&replica);
}

static const struct suite_test tests[] = {
    SUITE_TEST(takes_what_joins),
    SUITE_TEST(refuses_what_does_not_join),
    SUITE_TEST(takes_nothing_of_what_is_bad_in_part),
    SUITE_TEST(takes_nothing_older_than_its_promise),
    SUITE_TEST(promises_for_many_partitions_by_one_sync),
    SUITE_TEST(keeps_the_member_sets),
    SUITE_TEST(cuts_and_goes_on_from_the_kept_entry),
    SUITE_TEST(obeys_no_order_to_cut_that_came_twice),
    SUITE_TEST(never_cuts_what_was_applied_or_what_it_does_not_hold),
    SUITE_TEST(holds_what_it_cuts_at_every_moment),
    SUITE_TEST(settles_what_another_entry_took_the_place_of),
    SUITE_TEST(lets_go_of_what_came_back),
    SUITE_TEST(keeps_only_what_did_not_come_back),
    SUITE_TEST(promises_the_epoch_of_the_master_that_it_takes_from),
    SUITE_TEST(notices_damage_in_the_quarantine),
    SUITE_TEST(keeps_a_cut_as_it_is_specified),
    SUITE_TEST(begins_anew_behind_a_snapshot),
    SUITE_TEST(forgets_a_partition_and_keeps_its_promise),
    SUITE_TEST(stays_uncertain_until_it_is_told_otherwise),
};

int main(void)
{
    return SUITE_RUN("storage/commit_log_records", tests);
}
