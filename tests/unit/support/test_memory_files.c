#include "tests/support/memory_files.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    SEEDS = 64,
};

/* The fixture is one open file on an empty disk. */
struct fixture {
    struct memory_files *disk;
    struct files *files;
    struct file *file;
};

static void begin(struct fixture *fixture, uint64_t seed)
{
    fixture->disk = memory_files_create(seed);
    fixture->files = memory_files_seam(fixture->disk);
    fixture->file = NULL;
    CU_ASSERT_EQUAL_FATAL(
        files_open(fixture->files, "d/one", true, &fixture->file), DALV_OK);
    CU_ASSERT_EQUAL(files_sync_folder(fixture->files, "d"), DALV_OK);
}

static void end(struct fixture *fixture)
{
    file_close(&fixture->file);
    memory_files_destroy(&fixture->disk);
}

static enum dalv_status write_text(struct fixture *fixture, uint64_t offset,
                                   const char *text)
{
    return file_write(fixture->file, offset, bytes_from_text(text));
}

static void crash(struct fixture *fixture)
{
    memory_files_crash(fixture->disk);
    file_close(&fixture->file);
    CU_ASSERT_EQUAL_FATAL(
        files_open(fixture->files, "d/one", false, &fixture->file), DALV_OK);
}

/* What is in the file at `offset`, up to 8 bytes. */
static const char *text_at(struct fixture *fixture, uint64_t offset)
{
    static char text[9];
    size_t size = 0;

    CU_ASSERT_EQUAL(file_read(fixture->file, offset, text, 8, &size), DALV_OK);
    text[size] = '\0';
    return text;
}

static void keeps_what_was_synced(void)
{
    struct fixture fixture;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        begin(&fixture, seed);
        CU_ASSERT_EQUAL(write_text(&fixture, 0, "hello"), DALV_OK);
        CU_ASSERT_EQUAL(file_sync(fixture.file), DALV_OK);
        crash(&fixture);
        CU_ASSERT_STRING_EQUAL(text_at(&fixture, 0), "hello");
        end(&fixture);
    }
}

/* Of two sectors that were not synced every outcome comes up in some seed. */
static void keeps_or_drops_each_sector_that_was_not(void)
{
    struct fixture fixture;
    unsigned outcomes = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        unsigned kept = 0;

        begin(&fixture, seed);
        CU_ASSERT_EQUAL(file_allocate(fixture.file, 1024), DALV_OK);
        CU_ASSERT_EQUAL(file_sync(fixture.file), DALV_OK);
        CU_ASSERT_EQUAL(write_text(&fixture, 0, "a"), DALV_OK);
        CU_ASSERT_EQUAL(write_text(&fixture, 512, "b"), DALV_OK);
        crash(&fixture);
        if (strcmp(text_at(&fixture, 0), "a") == 0)
            kept |= 1;
        if (strcmp(text_at(&fixture, 512), "b") == 0)
            kept |= 2;
        outcomes |= 1u << kept;
        end(&fixture);
    }
    CU_ASSERT_EQUAL(outcomes, 0xF);
}

/* A later sync succeeds, and yet the write may be gone. */
static void doubts_what_a_failed_sync_was_to_write(void)
{
    struct fixture fixture;
    unsigned lost = 0;
    unsigned kept = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        begin(&fixture, seed);
        CU_ASSERT_EQUAL(file_allocate(fixture.file, 512), DALV_OK);
        CU_ASSERT_EQUAL(file_sync(fixture.file), DALV_OK);
        CU_ASSERT_EQUAL(write_text(&fixture, 0, "a"), DALV_OK);
        memory_files_fail(fixture.disk, 1, MEMORY_FAULT_IO);
        CU_ASSERT_EQUAL(file_sync(fixture.file), DALV_IO);
        CU_ASSERT_EQUAL(file_sync(fixture.file), DALV_OK);
        CU_ASSERT_STRING_EQUAL(text_at(&fixture, 0), "a");
        crash(&fixture);
        if (strcmp(text_at(&fixture, 0), "a") == 0)
            kept++;
        else
            lost++;
        end(&fixture);
    }
    CU_ASSERT(lost > 0 && kept > 0);
}

static void takes_names_back_that_no_folder_sync_followed(void)
{
    struct fixture fixture;
    struct file *file = NULL;
    unsigned outcomes = 0;

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        begin(&fixture, seed);
        CU_ASSERT_EQUAL(files_rename(fixture.files, "d/one", "d/two"), DALV_OK);
        memory_files_crash(fixture.disk);
        /* A rename is whole: there is one name, never none or both. */
        if (files_open(fixture.files, "d/one", false, &file) == DALV_OK)
            outcomes |= 1;
        else if (files_open(fixture.files, "d/two", false, &file) == DALV_OK)
            outcomes |= 2;
        else
            outcomes |= 4;
        file_close(&file);
        end(&fixture);
    }
    CU_ASSERT_EQUAL(outcomes, 3);
}

static void fails_the_call_that_it_was_told_to(void)
{
    struct fixture fixture;

    begin(&fixture, 1);
    memory_files_fail(fixture.disk, 2, MEMORY_FAULT_HALF_WRITE);
    CU_ASSERT_EQUAL(write_text(&fixture, 0, "abcd"), DALV_OK);
    CU_ASSERT_FALSE(memory_files_has_failed(fixture.disk));
    CU_ASSERT_EQUAL(write_text(&fixture, 4, "efgh"), DALV_IO);
    CU_ASSERT(memory_files_has_failed(fixture.disk));
    CU_ASSERT_STRING_EQUAL(text_at(&fixture, 0), "abcdef");
    CU_ASSERT_EQUAL(write_text(&fixture, 4, "ijkl"), DALV_OK);
    end(&fixture);
}

static void has_no_more_space_than_it_was_given(void)
{
    struct fixture fixture;

    begin(&fixture, 1);
    memory_files_set_capacity(fixture.disk, 6);
    CU_ASSERT_EQUAL(write_text(&fixture, 0, "abcd"), DALV_OK);
    CU_ASSERT_EQUAL(write_text(&fixture, 4, "efgh"), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(write_text(&fixture, 0, "xyz"), DALV_OK);
    CU_ASSERT_EQUAL(file_allocate(fixture.file, 7), DALV_NO_SPACE);
    end(&fixture);
}

static void gives_nothing_through_a_file_from_before_the_crash(void)
{
    struct fixture fixture;
    size_t size = 0;
    char byte;

    begin(&fixture, 1);
    memory_files_crash(fixture.disk);
    CU_ASSERT_EQUAL(write_text(&fixture, 0, "a"), DALV_IO);
    CU_ASSERT_EQUAL(file_read(fixture.file, 0, &byte, 1, &size), DALV_IO);
    CU_ASSERT_EQUAL(file_sync(fixture.file), DALV_IO);
    end(&fixture);
}

static void locks_until_closed_or_crashed(void)
{
    struct fixture fixture;
    struct file *first = NULL;
    struct file *second = NULL;

    begin(&fixture, 1);
    CU_ASSERT_EQUAL(files_lock(fixture.files, "d/LOCK", &first), DALV_OK);
    CU_ASSERT_EQUAL(files_lock(fixture.files, "d/LOCK", &second), DALV_LOCKED);
    memory_files_crash(fixture.disk);
    CU_ASSERT_EQUAL(files_lock(fixture.files, "d/LOCK", &second), DALV_OK);
    file_close(&first);
    CU_ASSERT_EQUAL(files_lock(fixture.files, "d/LOCK", &first), DALV_LOCKED);
    file_close(&second);
    CU_ASSERT_EQUAL(files_lock(fixture.files, "d/LOCK", &first), DALV_OK);
    file_close(&first);
    end(&fixture);
}

static void remember_name(void *owner, const char *name)
{
    char *names = owner;

    (void)snprintf(names + strlen(names), 64 - strlen(names), "%s ", name);
}

static void lists_the_names_of_one_folder(void)
{
    struct fixture fixture;
    struct file *file = NULL;
    char names[64] = "";

    begin(&fixture, 1);
    CU_ASSERT_EQUAL(files_open(fixture.files, "d/e/two", true, &file), DALV_OK);
    file_close(&file);
    CU_ASSERT_EQUAL(files_list(fixture.files, "d", remember_name, names),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(names, "one ");
    CU_ASSERT_EQUAL(files_remove(fixture.files, "d/one"), DALV_OK);
    CU_ASSERT_EQUAL(files_open(fixture.files, "d/one", false, &file),
                    DALV_NOT_FOUND);
    /* It is still there for who has it open. */
    CU_ASSERT_EQUAL(write_text(&fixture, 0, "a"), DALV_OK);
    end(&fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(keeps_what_was_synced),
    SUITE_TEST(keeps_or_drops_each_sector_that_was_not),
    SUITE_TEST(doubts_what_a_failed_sync_was_to_write),
    SUITE_TEST(takes_names_back_that_no_folder_sync_followed),
    SUITE_TEST(fails_the_call_that_it_was_told_to),
    SUITE_TEST(has_no_more_space_than_it_was_given),
    SUITE_TEST(gives_nothing_through_a_file_from_before_the_crash),
    SUITE_TEST(locks_until_closed_or_crashed),
    SUITE_TEST(lists_the_names_of_one_folder),
};

int main(void)
{
    return SUITE_RUN("support/memory_files", tests);
}
