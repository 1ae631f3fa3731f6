/*
 * A disk that fails at any moment costs the server its life, as documented, and
 * nobody a write.
 *
 *     test_disk_fault          some moments
 *     test_disk_fault --all    every moment
 */
#include "tests/integration/disk_fault.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    EXIT_NO_SPACE = 73,
    EXIT_DISK_FAILED = 75,
    MOMENTS_MAX = 1000,
};

/* As the command line says. */
static bool is_every_moment = false;

static unsigned next_moment(unsigned moment)
{
    return is_every_moment ? moment + 1 : 2 * moment + 1;
}

static bool is_about_space(const struct disk_fault *fault)
{
    return fault->kind[0] != 'i';
}

/* Without a fault it ends in order. So it does with an index that could not be
   flushed at the very end, but says so: the log has it all. */
static bool ended_as_documented(const struct disk_fault *fault,
                                const struct disk_fault_run *run)
{
    if (run->code == 0)
        return !run->is_struck ||
               live_server_said(&run->server, "index_not_flushed");
    return run->is_struck &&
           run->code ==
               (is_about_space(fault) ? EXIT_NO_SPACE : EXIT_DISK_FAILED);
}

static void check(const struct disk_fault *fault,
                  const struct disk_fault_run *run)
{
    bool is_right = witness_is_content(&run->witness) && run->next_code == 0 &&
                    ended_as_documented(fault, run);

    if (!is_right)
        (void)fprintf(stderr,
                      "%s %s at %u: serving %d, ended with %d, then %d; lost "
                      "%zu, doubled %zu, undead %zu, wrong %zu\n",
                      fault->folder, fault->kind, fault->at, run->is_serving,
                      run->code, run->next_code, run->witness.lost,
                      run->witness.doubled, run->witness.undead,
                      run->witness.wrong);
    CU_ASSERT_TRUE(is_right);
}

static void fail_at_each_moment(const char *folder, const char *kind)
{
    static struct disk_fault_run prepared;
    static struct disk_fault_run run;
    struct disk_fault fault = {.folder = folder, .kind = kind, .at = 1};
    unsigned count = 0;
    bool is_struck = true;

    disk_fault_prepare(&prepared);
    while (is_struck && fault.at < MOMENTS_MAX) {
        disk_fault_strike(&prepared, &fault, &run);
        check(&fault, &run);
        is_struck = run.is_struck;
        count += is_struck;
        disk_fault_release(&run);
        fault.at = next_moment(fault.at);
    }
    disk_fault_release(&prepared);
    (void)printf("%s %s: %u moments up to %u\n", folder, kind, count, fault.at);
    CU_ASSERT_TRUE(count > 0);
}

static void outlives_a_log_without_space_once(void)
{
    fail_at_each_moment("/log", "no_space");
}

static void outlives_a_log_without_space_from_then_on(void)
{
    fail_at_each_moment("/log", "full");
}

static void outlives_half_a_write_of_the_log(void)
{
    fail_at_each_moment("/log", "half");
}

static void outlives_a_write_of_the_log_that_fails(void)
{
    fail_at_each_moment("/log", "io_write");
}

static void outlives_a_sync_of_the_log_that_fails(void)
{
    fail_at_each_moment("/log", "io_sync");
}

static void outlives_an_index_without_space_from_then_on(void)
{
    fail_at_each_moment("/index", "full");
}

static void outlives_half_a_write_of_the_index(void)
{
    fail_at_each_moment("/index", "half");
}

static void outlives_a_write_of_the_index_that_fails(void)
{
    fail_at_each_moment("/index", "io_write");
}

static void outlives_a_sync_of_the_index_that_fails(void)
{
    fail_at_each_moment("/index", "io_sync");
}

static const struct suite_test tests[] = {
    SUITE_TEST(outlives_a_log_without_space_once),
    SUITE_TEST(outlives_a_log_without_space_from_then_on),
    SUITE_TEST(outlives_half_a_write_of_the_log),
    SUITE_TEST(outlives_a_write_of_the_log_that_fails),
    SUITE_TEST(outlives_a_sync_of_the_log_that_fails),
    SUITE_TEST(outlives_an_index_without_space_from_then_on),
    SUITE_TEST(outlives_half_a_write_of_the_index),
    SUITE_TEST(outlives_a_write_of_the_index_that_fails),
    SUITE_TEST(outlives_a_sync_of_the_index_that_fails),
};

int main(int argc, char **argv)
{
    is_every_moment = argc > 1 && strcmp(argv[1], "--all") == 0;
    return SUITE_RUN("integration/disk_fault", tests);
}
