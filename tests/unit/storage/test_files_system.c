#include "storage/files.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The fixture is an empty folder of its own. */
struct fixture {
    struct files *files;
    char folder[64];
    char path[128];
};

static void begin(struct fixture *fixture)
{
    fixture->files = files_of_system();
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s",
                   "/tmp/dalv_files_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/one",
                   fixture->folder);
}

static void end(struct fixture *fixture)
{
    (void)unlink(fixture->path);
    CU_ASSERT_EQUAL(rmdir(fixture->folder), 0);
}

static void reads_what_was_written_and_less_at_the_end(void)
{
    struct fixture fixture;
    struct file *file = NULL;
    char read[16] = "";
    size_t size = 0;

    begin(&fixture);
    CU_ASSERT_EQUAL_FATAL(files_open(fixture.files, fixture.path, true, &file),
                          DALV_OK);
    CU_ASSERT_EQUAL(file_write(file, 2, bytes_from_text("hello")), DALV_OK);
    CU_ASSERT_EQUAL(file_sync(file), DALV_OK);
    CU_ASSERT_EQUAL(file_read(file, 3, read, sizeof(read), &size), DALV_OK);
    CU_ASSERT_EQUAL(size, 4);
    CU_ASSERT_EQUAL(memcmp(read, "ello", 4), 0);
    CU_ASSERT_EQUAL(file_read(file, 100, read, sizeof(read), &size), DALV_OK);
    CU_ASSERT_EQUAL(size, 0);
    file_close(&file);
    CU_ASSERT_PTR_NULL(file);
    end(&fixture);
}

static void makes_files_that_only_their_owner_reads(void)
{
    struct fixture fixture;
    struct file *file = NULL;
    struct stat state;

    begin(&fixture);
    CU_ASSERT_EQUAL(files_open(fixture.files, fixture.path, false, &file),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL_FATAL(files_open(fixture.files, fixture.path, true, &file),
                          DALV_OK);
    CU_ASSERT_EQUAL(stat(fixture.path, &state), 0);
    CU_ASSERT_EQUAL(state.st_mode & 0777, 0600);
    file_close(&file);
    end(&fixture);
}

static void allocates_zeros_and_cuts(void)
{
    struct fixture fixture;
    struct file *file = NULL;
    uint64_t size = 0;
    uint8_t byte = 1;
    size_t read = 0;

    begin(&fixture);
    CU_ASSERT_EQUAL_FATAL(files_open(fixture.files, fixture.path, true, &file),
                          DALV_OK);
    CU_ASSERT_EQUAL(file_allocate(file, 100000), DALV_OK);
    CU_ASSERT_EQUAL(file_size(file, &size), DALV_OK);
    CU_ASSERT_EQUAL(size, 100000);
    CU_ASSERT_EQUAL(file_read(file, 99999, &byte, 1, &read), DALV_OK);
    CU_ASSERT(read == 1 && byte == 0);
    CU_ASSERT_EQUAL(file_truncate(file, 10), DALV_OK);
    CU_ASSERT_EQUAL(file_size(file, &size), DALV_OK);
    CU_ASSERT_EQUAL(size, 10);
    file_close(&file);
    end(&fixture);
}

static void gives_a_lock_to_one_holder_at_a_time(void)
{
    struct fixture fixture;
    struct file *first = NULL;
    struct file *second = NULL;

    begin(&fixture);
    CU_ASSERT_EQUAL(files_lock(fixture.files, fixture.path, &first), DALV_OK);
    CU_ASSERT_EQUAL(files_lock(fixture.files, fixture.path, &second),
                    DALV_LOCKED);
    CU_ASSERT_PTR_NULL(second);
    file_close(&first);
    CU_ASSERT_EQUAL(files_lock(fixture.files, fixture.path, &second), DALV_OK);
    file_close(&second);
    end(&fixture);
}

static void remember_name(void *owner, const char *name)
{
    char *names = owner;

    (void)snprintf(names + strlen(names), 64 - strlen(names), "%s ", name);
}

static void lists_renames_and_removes_names(void)
{
    struct fixture fixture;
    struct file *file = NULL;
    char other[160];
    char names[64] = "";

    begin(&fixture);
    (void)snprintf(other, sizeof(other), "%s/two", fixture.folder);
    CU_ASSERT_EQUAL_FATAL(files_open(fixture.files, fixture.path, true, &file),
                          DALV_OK);
    file_close(&file);
    CU_ASSERT_EQUAL(files_rename(fixture.files, fixture.path, other), DALV_OK);
    CU_ASSERT_EQUAL(files_sync_folder(fixture.files, fixture.folder), DALV_OK);
    CU_ASSERT_EQUAL(
        files_list(fixture.files, fixture.folder, remember_name, names),
        DALV_OK);
    CU_ASSERT_STRING_EQUAL(names, "two ");
    CU_ASSERT_EQUAL(files_remove(fixture.files, other), DALV_OK);
    CU_ASSERT_EQUAL(files_remove(fixture.files, other), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(files_list(fixture.files, other, remember_name, names),
                    DALV_NOT_FOUND);
    end(&fixture);
}

static void makes_a_folder_once(void)
{
    struct fixture fixture;
    struct stat state;

    begin(&fixture);
    CU_ASSERT_EQUAL(files_make_folder(fixture.files, fixture.path), DALV_OK);
    CU_ASSERT_EQUAL(files_make_folder(fixture.files, fixture.path), DALV_OK);
    CU_ASSERT_EQUAL(stat(fixture.path, &state), 0);
    CU_ASSERT_EQUAL(state.st_mode & 0777, 0700);
    CU_ASSERT_EQUAL(rmdir(fixture.path), 0);
    end(&fixture);
}

static void says_when_there_is_no_space(void)
{
    struct file *file = NULL;

    if (files_open(files_of_system(), "/dev/full", false, &file) != DALV_OK)
        return; /* Not every machine has it. */
    CU_ASSERT_EQUAL(file_write(file, 0, bytes_from_text("x")), DALV_NO_SPACE);
    file_close(&file);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_what_was_written_and_less_at_the_end),
    SUITE_TEST(makes_files_that_only_their_owner_reads),
    SUITE_TEST(allocates_zeros_and_cuts),
    SUITE_TEST(gives_a_lock_to_one_holder_at_a_time),
    SUITE_TEST(lists_renames_and_removes_names),
    SUITE_TEST(makes_a_folder_once),
    SUITE_TEST(says_when_there_is_no_space),
};

int main(void)
{
    return SUITE_RUN("storage/files_system", tests);
}
