#include "client/journal.h"

#include "tests/support/memory_files.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/*
 * A fixture is a folder "store" on a disk in memory. What a journal holds is
 * told as text: the payloads in their order, each with a blank behind it.
 */
struct fixture {
    struct memory_files *disk;
    struct journal *journal;
    char seen[4096];
};

static enum dalv_status see(void *owner, uint8_t type, struct bytes payload)
{
    struct fixture *fixture = owner;
    size_t size = strlen(fixture->seen);

    if (bytes_equal(payload, bytes_from_text("nonsense")))
        return DALV_DAMAGED;
    (void)snprintf(fixture->seen + size, sizeof(fixture->seen) - size,
                   "%d:%.*s ", type, (int)payload.size,
                   (const char *)payload.data);
    return DALV_OK;
}

/* Everything that was seen is still of use. */
static enum dalv_status keep(void *owner, struct journal *journal)
{
    struct fixture *fixture = owner;
    const char *next = fixture->seen;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && *next != '\0') {
        size_t size = strcspn(next, " ");

        status = journal_append(journal, (uint8_t)(next[0] - '0'),
                                bytes_make(next + 2, size - 2));
        next += size + 1;
    }
    return status;
}

static enum dalv_status reopen(struct fixture *fixture)
{
    enum dalv_status status;

    journal_close(&fixture->journal);
    fixture->seen[0] = '\0';
    status = journal_open(memory_files_seam(fixture->disk), "store", see,
                          fixture, &fixture->journal);
    if (status == DALV_OK)
        status = journal_rewrite(fixture->journal, keep, fixture);
    return status;
}

static struct fixture *begin(void)
{
    static struct fixture fixture;

    fixture = (struct fixture){.disk = memory_files_create(1)};
    CU_ASSERT_EQUAL_FATAL(
        files_make_folder(memory_files_seam(fixture.disk), "store"), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(reopen(&fixture), DALV_OK);
    return &fixture;
}

static void end(struct fixture *fixture)
{
    journal_close(&fixture->journal);
    memory_files_destroy(&fixture->disk);
}

static enum dalv_status write_one(struct fixture *fixture, const char *text)
{
    enum dalv_status status =
        journal_append(fixture->journal, 1, bytes_from_text(text));

    return status == DALV_OK ? journal_sync(fixture->journal) : status;
}

/* Power fails: what the journal did not sync may be gone. */
static void crash(struct fixture *fixture)
{
    memory_files_crash(fixture->disk);
    journal_close(&fixture->journal);
}

static void gives_back_what_was_synced(void)
{
    struct fixture *fixture = begin();

    CU_ASSERT_STRING_EQUAL(fixture->seen, "");
    CU_ASSERT_EQUAL(write_one(fixture, "one"), DALV_OK);
    CU_ASSERT_EQUAL(journal_append(fixture->journal, 2, bytes_from_text("two")),
                    DALV_OK);
    CU_ASSERT_EQUAL(journal_append(fixture->journal, 3, bytes_from_text("")),
                    DALV_OK);
    CU_ASSERT_EQUAL(journal_sync(fixture->journal), DALV_OK);
    crash(fixture);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one 2:two 3: ");
    CU_ASSERT_EQUAL(journal_report(fixture->journal)->record_count, 3);
    CU_ASSERT_EQUAL(journal_report(fixture->journal)->cut_bytes, 0);
    end(fixture);
}

/* Golden: older journals are read for ever. */
static void writes_the_bytes_that_are_specified(void)
{
    struct fixture *fixture = begin();
    size_t size;
    const uint8_t *content;

    CU_ASSERT_EQUAL(write_one(fixture, "123456789"), DALV_OK);
    content = memory_files_content(fixture->disk, "store/journal", &size);
    CU_ASSERT_EQUAL_FATAL(size, 21);
    CU_ASSERT_EQUAL(memcmp(content, "\xD7\x01\x01\x00\x09\x00\x00\x00", 8), 0);
    CU_ASSERT_EQUAL(memcmp(content + 12, "123456789", 9), 0);
    end(fixture);
}

static void forgets_what_was_dropped(void)
{
    struct fixture *fixture = begin();

    CU_ASSERT_EQUAL(journal_append(fixture->journal, 1, bytes_from_text("no")),
                    DALV_OK);
    journal_drop(fixture->journal);
    CU_ASSERT_EQUAL(write_one(fixture, "yes"), DALV_OK);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(fixture->seen, "1:yes ");
    end(fixture);
}

/* Wherever the last write was torn, all before it is there. */
static void cuts_a_torn_end(void)
{
    for (size_t left = 0; left < 15; left++) {
        struct fixture *fixture = begin();
        size_t whole;

        CU_ASSERT_EQUAL(write_one(fixture, "one"), DALV_OK);
        whole = (size_t)journal_bytes(fixture->journal);
        CU_ASSERT_EQUAL(write_one(fixture, "two"), DALV_OK);
        crash(fixture);
        memory_files_cut(fixture->disk, "store/journal", whole + left);
        CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
        CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one ");
        CU_ASSERT_EQUAL(journal_report(fixture->journal)->cut_bytes, left);
        CU_ASSERT_EQUAL(journal_report(fixture->journal)->damaged_bytes, 0);
        CU_ASSERT_EQUAL(write_one(fixture, "three"), DALV_OK);
        CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
        CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one 1:three ");
        end(fixture);
    }
}

/* Any flip of a bit before a good record: the others are saved, the damaged
   file is kept as it was, and the report comes once. */
static void saves_what_is_around_damage(void)
{
    for (size_t bit = 0; bit < 8 * 15; bit++) {
        struct fixture *fixture = begin();
        uint8_t *content;
        size_t size;

        CU_ASSERT_EQUAL(write_one(fixture, "one"), DALV_OK);
        CU_ASSERT_EQUAL(write_one(fixture, "two"), DALV_OK);
        CU_ASSERT_EQUAL(write_one(fixture, "six"), DALV_OK);
        crash(fixture);
        content = memory_files_content(fixture->disk, "store/journal", &size);
        CU_ASSERT_EQUAL_FATAL(size, 45);
        content[15 + bit / 8] ^= (uint8_t)(1U << bit % 8);
        memory_files_settle(fixture->disk, "store/journal");
        CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
        CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one 1:six ");
        CU_ASSERT_EQUAL(journal_report(fixture->journal)->damaged_bytes, 15);
        CU_ASSERT_PTR_NOT_NULL(memory_files_content(
            fixture->disk, "store/journal.damaged-1", &size));
        CU_ASSERT_EQUAL(size, 45);
        CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
        CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one 1:six ");
        CU_ASSERT_EQUAL(journal_report(fixture->journal)->damaged_bytes, 0);
        end(fixture);
    }
}

/* After an orderly end nothing was being written: a bad end is damage. */
static void takes_no_rot_for_a_torn_end_once_it_was_closed(void)
{
    struct fixture *fixture = begin();
    uint8_t *content;
    size_t size;

    CU_ASSERT_EQUAL(write_one(fixture, "one"), DALV_OK);
    CU_ASSERT_EQUAL(write_one(fixture, "two"), DALV_OK);
    journal_close(&fixture->journal);
    content = memory_files_content(fixture->disk, "store/journal", &size);
    content[28] ^= 1;
    memory_files_settle(fixture->disk, "store/journal");
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one ");
    CU_ASSERT_EQUAL(journal_report(fixture->journal)->damaged_bytes, 15);
    end(fixture);
}

static void never_overwrites_an_older_damaged_file(void)
{
    struct fixture *fixture = begin();
    size_t size;

    for (int time = 1; time <= 2; time++) {
        CU_ASSERT_EQUAL(write_one(fixture, "nonsense"), DALV_OK);
        CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
        CU_ASSERT_EQUAL(journal_report(fixture->journal)->damaged_bytes, 20);
    }
    CU_ASSERT_PTR_NOT_NULL(
        memory_files_content(fixture->disk, "store/journal.damaged-1", &size));
    CU_ASSERT_PTR_NOT_NULL(
        memory_files_content(fixture->disk, "store/journal.damaged-2", &size));
    end(fixture);
}

static void leaves_the_journal_of_a_newer_version_alone(void)
{
    static const uint8_t newer[] = {0xD7, 2, 1,    0,    0,    0,
                                    0,    0, 0xE5, 0xD1, 0x30, 0xE3};
    struct fixture *fixture = begin();
    struct file *file = NULL;
    uint8_t record[12];
    size_t size;

    memcpy(record, newer, sizeof(record));
    journal_close(&fixture->journal);
    CU_ASSERT_EQUAL_FATAL(files_open(memory_files_seam(fixture->disk),
                                     "store/journal", true, &file),
                          DALV_OK);
    CU_ASSERT_EQUAL(file_truncate(file, 0), DALV_OK);
    CU_ASSERT_EQUAL(file_write(file, 0, bytes_make(record, 12)), DALV_OK);
    CU_ASSERT_EQUAL(file_sync(file), DALV_OK);
    file_close(&file);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_UNSUPPORTED);
    CU_ASSERT_PTR_NOT_NULL(
        memory_files_content(fixture->disk, "store/journal", &size));
    CU_ASSERT_EQUAL(size, 12);
    end(fixture);
}

static void goes_on_after_a_write_that_found_no_space(void)
{
    struct fixture *fixture = begin();

    CU_ASSERT_EQUAL(write_one(fixture, "one"), DALV_OK);
    memory_files_fail(fixture->disk, 1, MEMORY_FAULT_NO_SPACE);
    CU_ASSERT_EQUAL(write_one(fixture, "two"), DALV_NO_SPACE);
    CU_ASSERT_FALSE(journal_is_poisoned(fixture->journal));
    CU_ASSERT_EQUAL(write_one(fixture, "three"), DALV_OK);
    crash(fixture);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one 1:three ");
    end(fixture);
}

/* The bytes read as written, but nobody knows whether they are on the disk. */
static void trusts_no_byte_after_a_failed_sync(void)
{
    struct fixture *fixture = begin();

    memory_files_fail(fixture->disk, 2, MEMORY_FAULT_IO);
    CU_ASSERT_EQUAL(write_one(fixture, "one"), DALV_IO);
    CU_ASSERT_TRUE(journal_is_poisoned(fixture->journal));
    CU_ASSERT_EQUAL(write_one(fixture, "two"), DALV_IO);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one ");
    crash(fixture);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_STRING_EQUAL(fixture->seen, "1:one ");
    end(fixture);
}

static void append(char *told, const char *word)
{
    size_t size = strlen(told);

    (void)snprintf(told + size, 64 - size, "1:%s ", word);
}

/* Writes four words, opened anew in between, until the journal gives up. */
static void write_words(struct fixture *fixture, char *acknowledged)
{
    static const char *const words[] = {"one", "two", "six", "ten"};

    for (size_t word = 0; word < 4; word++) {
        if (word == 2 && reopen(fixture) != DALV_OK)
            return;
        if (write_one(fixture, words[word]) == DALV_OK)
            append(acknowledged, words[word]);
        else if (journal_is_poisoned(fixture->journal))
            return;
    }
}

static void fail_once(uint64_t call, enum memory_fault fault)
{
    struct fixture *fixture = begin();
    char acknowledged[64] = "";

    memory_files_fail(fixture->disk, call, fault);
    write_words(fixture, acknowledged);
    memory_files_fail(fixture->disk, 0, MEMORY_FAULT_IO);
    crash(fixture);
    CU_ASSERT_EQUAL(reopen(fixture), DALV_OK);
    CU_ASSERT_EQUAL(strncmp(fixture->seen, acknowledged, strlen(acknowledged)),
                    0);
    CU_ASSERT_EQUAL(journal_report(fixture->journal)->damaged_bytes, 0);
    end(fixture);
}

/*
 * The n-th change of the disk fails, in each way, and then power does: what was
 * acknowledged is there, in order, and what was not is there whole or not.
 */
static void loses_nothing_by_any_fault(void)
{
    for (uint64_t call = 1; call <= 24; call++) {
        fail_once(call, MEMORY_FAULT_IO);
        fail_once(call, MEMORY_FAULT_NO_SPACE);
        fail_once(call, MEMORY_FAULT_HALF_WRITE);
    }
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(gives_back_what_was_synced),
        SUITE_TEST(writes_the_bytes_that_are_specified),
        SUITE_TEST(forgets_what_was_dropped),
        SUITE_TEST(cuts_a_torn_end),
        SUITE_TEST(saves_what_is_around_damage),
        SUITE_TEST(takes_no_rot_for_a_torn_end_once_it_was_closed),
        SUITE_TEST(never_overwrites_an_older_damaged_file),
        SUITE_TEST(leaves_the_journal_of_a_newer_version_alone),
        SUITE_TEST(goes_on_after_a_write_that_found_no_space),
        SUITE_TEST(trusts_no_byte_after_a_failed_sync),
        SUITE_TEST(loses_nothing_by_any_fault),
    };

    return SUITE_RUN("client/journal", tests);
}
