#include "tests/check/history.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    PROBLEM_BYTES = 256,
};

static char problem[PROBLEM_BYTES];

static enum dalv_status read_text(const char *text, struct history *history)
{
    char copy[1024];
    FILE *file;
    enum dalv_status status;

    (void)snprintf(copy, sizeof(copy), "%s", text);
    problem[0] = '\0';
    file = fmemopen(copy, strlen(copy), "r");
    status = history_read(history, file, problem, sizeof(problem));
    (void)fclose(file);
    return status;
}

static void reads_calls_and_their_ends(void)
{
    struct history history = {0};
    const struct history_call *calls;

    CU_ASSERT_EQUAL(
        read_text("{\"id\":1,\"at\":10,\"call\":\"update\",\"user\":\"ann\","
                  "\"request\":\"a1\",\"do\":[[\"put\",\"k\",\"v\"],[\"add\","
                  "\"n\",-3],[\"remove\",\"k\"]]}\n"
                  "{\"id\":2,\"at\":11,\"call\":\"get\",\"user\":\"bob\","
                  "\"key\":\"n\"}\n"
                  "{\"id\":2,\"at\":14,\"end\":\"done\",\"number\":7,"
                  "\"revision\":9}\n",
                  &history),
        DALV_OK);
    calls = history.calls;
    CU_ASSERT_EQUAL_FATAL(history.call_count, 2);
    CU_ASSERT_EQUAL_FATAL(calls[0].count, 3);
    CU_ASSERT_EQUAL(history.operations[0].verb, HISTORY_PUT);
    CU_ASSERT_EQUAL(history.operations[1].verb, HISTORY_ADD);
    CU_ASSERT_EQUAL(history.operations[1].number, -3);
    CU_ASSERT_EQUAL(history.operations[2].verb, HISTORY_REMOVE);
    CU_ASSERT_EQUAL(history.operations[2].key, history.operations[0].key);
    CU_ASSERT_EQUAL(calls[0].end, HISTORY_OPEN);
    CU_ASSERT_STRING_EQUAL(vocabulary_text(&history.users, calls[1].user),
                           "bob");
    CU_ASSERT_TRUE(calls[1].is_get);
    CU_ASSERT_EQUAL(calls[1].called_us, 11);
    CU_ASSERT_EQUAL(calls[1].ended_us, 14);
    CU_ASSERT_EQUAL(calls[1].found, HISTORY_NUMBER);
    CU_ASSERT_EQUAL(calls[1].number, 7);
    CU_ASSERT_EQUAL(calls[1].revision, 9);
    history_deinit(&history);
}

static void expect_problem(const char *text, const char *expected)
{
    struct history history = {0};

    CU_ASSERT_EQUAL(read_text(text, &history), DALV_INVALID);
    CU_ASSERT_STRING_EQUAL(problem, expected);
    history_deinit(&history);
}

#define A_GET                                                                  \
    "{\"id\":1,\"at\":1,\"call\":\"get\",\"user\":\"u\",\"key\":\"k\"}\n"

static void says_which_line_is_wrong(void)
{
    expect_problem("x", "line 1: a line is an object with \"call\" or \"end\"");
    expect_problem(A_GET "{}",
                   "line 2: a line is an object with \"call\" or \"end\"");
    expect_problem(A_GET A_GET, "line 2: ids count the calls, from 1");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"get\",\"user\":\"u\"}",
                   "line 1: a get wants \"key\"");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"put\",\"user\":\"u\"}",
                   "line 1: a call is \"update\" or \"get\"");
    expect_problem("{\"id\":1,\"at\":0,\"call\":\"get\",\"user\":\"u\"}",
                   "line 1: a call wants \"user\" and \"at\", from 1");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"update\",\"user\":\"u\"}",
                   "line 1: an update wants \"request\" and \"do\"");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"update\",\"user\":\"u\","
                   "\"request\":\"r\",\"do\":[[\"put\",\"k\",1]]}",
                   "line 1: a put wants a text as its value");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"update\",\"user\":\"u\","
                   "\"request\":\"r\",\"do\":[[\"add\",\"k\",\"1\"]]}",
                   "line 1: an add wants a whole number");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"update\",\"user\":\"u\","
                   "\"request\":\"r\",\"do\":[[\"set\",\"k\",\"1\"]]}",
                   "line 1: an operation is [\"put\", KEY, VALUE], [\"add\", "
                   "KEY, NUMBER] or [\"remove\", KEY]");
}

static void says_which_end_is_wrong(void)
{
    expect_problem("{\"id\":1,\"at\":1,\"end\":\"done\"}",
                   "line 1: no call of that id waits for its end");
    expect_problem(A_GET "{\"id\":1,\"at\":2,\"end\":\"lost\"}",
                   "line 2: an end is \"done\", \"refused\" or \"unknown\"");
    expect_problem(A_GET "{\"id\":1,\"at\":0,\"end\":\"done\"}",
                   "line 2: it ends before it was called");
    expect_problem("{\"id\":1,\"at\":1,\"call\":\"update\",\"user\":\"u\","
                   "\"request\":\"r\",\"do\":[[\"add\",\"k\",1]]}\n"
                   "{\"id\":1,\"at\":2,\"end\":\"done\"}",
                   "line 2: an update that is done has a revision");
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_calls_and_their_ends),
    SUITE_TEST(says_which_line_is_wrong),
    SUITE_TEST(says_which_end_is_wrong),
};

int main(void)
{
    return SUITE_RUN("check/history", tests);
}
