#include "base/assert.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child that runs `ASSERT(1 + 1 == 3)` writes, and how it ends. */
static void fail_in_a_child(char *said, size_t capacity, int *out_end)
{
    int ends[2] = {-1, -1};
    ssize_t size;
    pid_t child;

    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        ASSERT(1 + 1 == 3);
        _exit(0);
    }
    (void)close(ends[1]);
    size = read(ends[0], said, capacity - 1);
    said[size < 0 ? 0 : size] = '\0';
    (void)close(ends[0]);
    CU_ASSERT_EQUAL(waitpid(child, out_end, 0), child);
}

static void says_where_and_what_and_aborts(void)
{
    char said[256];
    int end = 0;

    fail_in_a_child(said, sizeof(said), &end);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "test_assert.c:"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "assertion failed: 1 + 1 == 3\n"));
    CU_ASSERT_TRUE(WIFSIGNALED(end));
    CU_ASSERT_EQUAL(WTERMSIG(end), SIGABRT);
}

static void lets_the_truth_pass(void)
{
    ASSERT(1 + 1 == 2);
    CU_PASS("still here");
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(says_where_and_what_and_aborts),
        SUITE_TEST(lets_the_truth_pass),
    };

    return SUITE_RUN("base/assert", tests);
}
