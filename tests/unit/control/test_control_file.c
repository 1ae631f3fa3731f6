#include "control/control_file.h"

#include "base/assert.h"
#include "tests/support/control_conformance.h"
#include "tests/support/folder.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct folder folder;
static char problem[512];

static enum dalv_status open_named(const char *name,
                                   struct control_store **out_store)
{
    char path[PATH_MAX];
    struct text text;

    folder_path(&folder, name, path);
    text_init(&text, problem, sizeof(problem));
    return control_file_open(path, out_store, &text);
}

static struct control_store *open_or_end(const char *name)
{
    struct control_store *store = NULL;

    ASSERT(open_named(name, &store) == DALV_OK);
    return store;
}

static struct control_store *open_shared(void)
{
    return open_or_end("shared");
}

/* `count` keys, "0" and so on, from one revision to another value. */
static enum dalv_status put_many(struct control_store *store, unsigned count,
                                 uint64_t revision, const char *value,
                                 uint64_t *out_revision)
{
    static char names[CONTROL_CHANGES_MAX][8];
    struct control_change changes[CONTROL_CHANGES_MAX];
    struct control_transaction transaction = {changes, count};

    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%u", i);
        changes[i] = (struct control_change){.verb = CONTROL_PUT,
                                             .key = bytes_from_text(names[i]),
                                             .revision = revision,
                                             .value = bytes_from_text(value)};
    }
    return control_store_commit(store, &transaction, out_revision);
}

static enum dalv_status get(struct control_store *store, const char *key,
                            struct control_answer *answer)
{
    return control_store_get(store, bytes_from_text(key), answer);
}

static void begin_answer(struct control_answer *answer)
{
    void *memory = malloc(CONTROL_ANSWER_BYTES_MAX);

    ASSERT(memory != NULL);
    control_answer_init(answer, memory);
}

static void end_answer(struct control_answer *answer)
{
    free(answer->arena.block);
}

static void overwrite(const char *name, long offset, const char *bytes,
                      size_t size)
{
    char path[PATH_MAX];
    int file;

    folder_path(&folder, name, path);
    file = open(path, O_WRONLY | O_CLOEXEC);
    ASSERT(file >= 0);
    ASSERT(pwrite(file, bytes, size, offset) == (ssize_t)size);
    (void)close(file);
}

static void keeps_what_was_put_when_it_is_opened_again(void)
{
    struct control_answer answer;
    struct control_store *store = open_or_end("kept");
    uint64_t first = 0;
    uint64_t second = 0;

    begin_answer(&answer);
    CU_ASSERT_EQUAL(put_many(store, 1, 0, "one", &first), DALV_OK);
    control_store_close(&store);
    store = open_or_end("kept");
    CU_ASSERT_EQUAL(get(store, "0", &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.entries[0].revision, first);
    CU_ASSERT_EQUAL(put_many(store, 1, first, "two", &second), DALV_OK);
    CU_ASSERT(second > first);
    control_store_close(&store);
    end_answer(&answer);
}

static void is_readable_to_its_owner_only(void)
{
    struct control_store *store = open_or_end("mode");
    char path[PATH_MAX];
    struct stat facts;

    folder_path(&folder, "mode", path);
    CU_ASSERT_EQUAL(stat(path, &facts), 0);
    CU_ASSERT_EQUAL(facts.st_mode & 0777, 0600);
    control_store_close(&store);
}

static void refuses_a_file_that_is_something_else(void)
{
    struct control_store *store = NULL;
    char path[PATH_MAX];

    folder_put(&folder, "text", 0600, "this is a letter, and a long one", path);
    CU_ASSERT_EQUAL(open_named("text", &store), DALV_DAMAGED);
    CU_ASSERT(strstr(problem, "not a database") != NULL);
    CU_ASSERT_PTR_NULL(store);
}

/* The mark and the version stand at fixed places of the file's header. */
static void refuses_another_mark_and_a_later_format(void)
{
    struct control_store *store = open_or_end("later");

    control_store_close(&store);
    overwrite("later", 63, "\x02", 1);
    CU_ASSERT_EQUAL(open_named("later", &store), DALV_UNSUPPORTED);
    CU_ASSERT(strstr(problem, "later version") != NULL);
    overwrite("later", 68, "MAIL", 4);
    CU_ASSERT_EQUAL(open_named("later", &store), DALV_DAMAGED);
    CU_ASSERT(strstr(problem, "no control store") != NULL);
}

static void says_that_its_pages_are_damaged(void)
{
    static char zeros[2048];
    struct control_store *store = open_or_end("rotten");
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(put_many(store, 64, 0, "value", &revision), DALV_OK);
    control_store_close(&store);
    overwrite("rotten", 4096, zeros, sizeof(zeros));
    CU_ASSERT_EQUAL(open_named("rotten", &store), DALV_DAMAGED);
    CU_ASSERT(strstr(problem, "rotten") != NULL);
}

static void needs_its_folder(void)
{
    struct control_store *store = NULL;

    CU_ASSERT_EQUAL(open_named("no/such/store", &store), DALV_NOT_FOUND);
}

/* Else it would go on in a file that nobody finds again. */
static void stops_when_its_file_is_taken_away(void)
{
    struct control_store *store = open_or_end("taken");
    uint64_t revision = 0;
    char path[PATH_MAX];

    CU_ASSERT_EQUAL(put_many(store, 1, 0, "one", &revision), DALV_OK);
    folder_path(&folder, "taken", path);
    CU_ASSERT_EQUAL(unlink(path), 0);
    CU_ASSERT_EQUAL(put_many(store, 1, revision, "two", &revision),
                    DALV_DAMAGED);
    CU_ASSERT(strstr(control_store_problem(store), "removed") != NULL);
    control_store_close(&store);
}

static void counts_right_when_many_processes_count(void)
{
    control_conformance_count(4, 40);
}

/* Puts all keys over and over, and tells of each time; until it is killed. */
static _Noreturn void write_for_ever(int teller)
{
    struct control_store *store = open_or_end("killed");
    uint64_t revision = 0;

    for (unsigned one = 1;; one++) {
        char value[16];

        (void)snprintf(value, sizeof(value), "%u", one);
        ASSERT(put_many(store, CONTROL_CHANGES_MAX, revision, value,
                        &revision) == DALV_OK);
        ASSERT(write(teller, &one, sizeof(one)) == sizeof(one));
    }
}

/* The last transaction that a writer was told of before it was killed. */
static unsigned killed_writer(unsigned pause_us)
{
    unsigned told = 0;
    unsigned one;
    int ends[2];
    pid_t child;

    ASSERT(pipe(ends) == 0);
    child = fork();
    ASSERT(child >= 0);
    if (child == 0)
        write_for_ever(ends[1]);
    (void)close(ends[1]);
    ASSERT(read(ends[0], &told, sizeof(told)) == sizeof(told));
    (void)usleep(pause_us);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    while (read(ends[0], &one, sizeof(one)) == sizeof(one))
        told = one;
    (void)close(ends[0]);
    return told;
}

/* The number that all 64 keys hold; 0 if they do not hold one and the same. */
static unsigned long number_of_all(struct control_store *store,
                                   struct control_answer *answer)
{
    unsigned long all = 0;

    for (unsigned key = 0; key < CONTROL_CHANGES_MAX; key++) {
        unsigned long one;
        char name[8];
        char value[16];

        (void)snprintf(name, sizeof(name), "%u", key);
        if (get(store, name, answer) != DALV_OK)
            return 0;
        (void)snprintf(value, sizeof(value), "%.*s",
                       (int)answer->entries[0].value.size,
                       (const char *)answer->entries[0].value.data);
        one = strtoul(value, NULL, 10);
        if (key > 0 && one != all)
            return 0;
        all = one;
    }
    return all;
}

/*
 * A writer is killed at any point of transactions over 64 keys: what is left is
 * one of them, whole, and at least the last that it was told of.
 */
static void loses_nothing_and_shows_nothing_in_part_when_killed(void)
{
    struct control_answer answer;
    char path[PATH_MAX];

    begin_answer(&answer);
    folder_path(&folder, "killed", path);
    for (unsigned i = 0; i < 20; i++) {
        unsigned told = killed_writer(i * 370);
        struct control_store *store = open_or_end("killed");
        unsigned long held = number_of_all(store, &answer);

        CU_ASSERT(held >= told && held <= told + 1);
        control_store_close(&store);
        CU_ASSERT_EQUAL(unlink(path), 0);
    }
    end_answer(&answer);
}

static const struct suite_test tests[] = {
    CONTROL_CONFORMANCE_TESTS,
    SUITE_TEST(keeps_what_was_put_when_it_is_opened_again),
    SUITE_TEST(is_readable_to_its_owner_only),
    SUITE_TEST(refuses_a_file_that_is_something_else),
    SUITE_TEST(refuses_another_mark_and_a_later_format),
    SUITE_TEST(says_that_its_pages_are_damaged),
    SUITE_TEST(needs_its_folder),
    SUITE_TEST(stops_when_its_file_is_taken_away),
    SUITE_TEST(counts_right_when_many_processes_count),
    SUITE_TEST(loses_nothing_and_shows_nothing_in_part_when_killed),
};

int main(void)
{
    int failures;

    folder_open(&folder);
    control_conformance_use(open_shared);
    failures = SUITE_RUN("control/control_file", tests);
    folder_close(&folder);
    return failures;
}
