#include "base/small_file.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    struct folder folder;
    struct buffer content;
    char path[PATH_MAX];
};

static void begin(struct fixture *fixture)
{
    folder_open(&fixture->folder);
    buffer_init(&fixture->content);
}

static void end(struct fixture *fixture)
{
    buffer_deinit(&fixture->content);
    folder_close(&fixture->folder);
}

/* What reading a file "hello" with this mode says. */
static enum dalv_status read_hello(struct fixture *fixture, mode_t mode,
                                   enum small_file_access access)
{
    folder_put(&fixture->folder, "file", mode, "hello", fixture->path);
    buffer_clear(&fixture->content);
    return small_file_read(fixture->path, access, 5, &fixture->content);
}

static void holds(const struct fixture *fixture, const char *text)
{
    CU_ASSERT_TRUE(
        bytes_equal(buffer_bytes(&fixture->content), bytes_from_text(text)));
}

static void reads_a_file_up_to_its_bound(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0644, SMALL_FILE_PUBLIC), DALV_OK);
    holds(&fixture, "hello");
    CU_ASSERT_EQUAL(
        small_file_read(fixture.path, SMALL_FILE_PUBLIC, 4, &fixture.content),
        DALV_TOO_BIG);
    holds(&fixture, "hello");
    end(&fixture);
}

/* The size that the system tells may be a lie; /proc says 0 of everything. */
static void does_not_trust_the_size_that_it_is_told(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(small_file_read("/proc/self/stat", SMALL_FILE_PUBLIC, 3,
                                    &fixture.content),
                    DALV_TOO_BIG);
    holds(&fixture, "");
    end(&fixture);
}

static void demands_that_only_the_owner_may_write(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0664, SMALL_FILE_PUBLIC),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0646, SMALL_FILE_PUBLIC),
                    DALV_NOT_PERMITTED);
    end(&fixture);
}

static void demands_that_a_secret_is_closed_to_others(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0600, SMALL_FILE_SECRET), DALV_OK);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0640, SMALL_FILE_SECRET),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0604, SMALL_FILE_SECRET),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0610, SMALL_FILE_SECRET),
                    DALV_NOT_PERMITTED);
    end(&fixture);
}

static void reads_regular_files_only(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(small_file_read(fixture.folder.path, SMALL_FILE_PUBLIC, 9,
                                    &fixture.content),
                    DALV_INVALID);
    folder_path(&fixture.folder, "pipe", fixture.path);
    CU_ASSERT_EQUAL(mkfifo(fixture.path, 0600), 0);
    CU_ASSERT_EQUAL(
        small_file_read(fixture.path, SMALL_FILE_PUBLIC, 9, &fixture.content),
        DALV_INVALID);
    folder_path(&fixture.folder, "none", fixture.path);
    CU_ASSERT_EQUAL(
        small_file_read(fixture.path, SMALL_FILE_PUBLIC, 9, &fixture.content),
        DALV_NOT_FOUND);
    end(&fixture);
}

static void replaces_a_file_whole(void)
{
    struct fixture fixture;
    char fresh[PATH_MAX];
    struct stat facts;

    begin(&fixture);
    CU_ASSERT_EQUAL(read_hello(&fixture, 0644, SMALL_FILE_PUBLIC), DALV_OK);
    /* What a crash may have left behind. */
    folder_put(&fixture.folder, "file.new", 0666, "rubbish", fresh);
    CU_ASSERT_EQUAL(small_file_replace(fixture.path, SMALL_FILE_SECRET,
                                       bytes_from_text("bye")),
                    DALV_OK);
    buffer_clear(&fixture.content);
    CU_ASSERT_EQUAL(
        small_file_read(fixture.path, SMALL_FILE_SECRET, 5, &fixture.content),
        DALV_OK);
    holds(&fixture, "bye");
    CU_ASSERT_EQUAL(stat(fixture.path, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 07777, 0600);
    CU_ASSERT_NOT_EQUAL(access(fresh, F_OK), 0);
    end(&fixture);
}

static void gives_a_public_file_to_all_readers(void)
{
    struct fixture fixture;
    struct stat facts;
    mode_t old_mask = umask(0077);

    begin(&fixture);
    folder_path(&fixture.folder, "file", fixture.path);
    CU_ASSERT_EQUAL(small_file_replace(fixture.path, SMALL_FILE_PUBLIC,
                                       bytes_from_text("bye")),
                    DALV_OK);
    CU_ASSERT_EQUAL(stat(fixture.path, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 07777, 0644);
    end(&fixture);
    (void)umask(old_mask);
}

static void leaves_the_old_file_where_it_cannot_write(void)
{
    struct fixture fixture;
    char path[PATH_MAX];

    begin(&fixture);
    folder_path(&fixture.folder, "none/file", path);
    CU_ASSERT_EQUAL(
        small_file_replace(path, SMALL_FILE_PUBLIC, bytes_from_text("bye")),
        DALV_NOT_FOUND);
    memset(path, 'a', PATH_MAX - 1);
    path[PATH_MAX - 1] = '\0';
    CU_ASSERT_EQUAL(
        small_file_replace(path, SMALL_FILE_PUBLIC, bytes_from_text("bye")),
        DALV_TOO_BIG);
    /* A folder stands where the file should go. */
    folder_path(&fixture.folder, "file", path);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    CU_ASSERT_NOT_EQUAL(
        small_file_replace(path, SMALL_FILE_PUBLIC, bytes_from_text("bye")),
        DALV_OK);
    folder_path(&fixture.folder, "file.new", path);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
    end(&fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_a_file_up_to_its_bound),
    SUITE_TEST(does_not_trust_the_size_that_it_is_told),
    SUITE_TEST(demands_that_only_the_owner_may_write),
    SUITE_TEST(demands_that_a_secret_is_closed_to_others),
    SUITE_TEST(reads_regular_files_only),
    SUITE_TEST(replaces_a_file_whole),
    SUITE_TEST(gives_a_public_file_to_all_readers),
    SUITE_TEST(leaves_the_old_file_where_it_cannot_write),
};

int main(void)
{
    return SUITE_RUN("base/small_file", tests);
}
