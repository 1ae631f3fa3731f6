/*
 * The main part of a test binary: one CUnit suite, told as a table of stories.
 *
 *     static const struct suite_test tests[] = {
 *         SUITE_TEST(refuses_a_value_beyond_the_limit),
 *     };
 *
 *     int main(void)
 *     {
 *         return SUITE_RUN("storage/record", tests);
 *     }
 */
#ifndef DALV_TESTS_SUPPORT_SUITE_H
#define DALV_TESTS_SUPPORT_SUITE_H

#include <stddef.h>

struct suite_test {
    const char *name;
    void (*run)(void);
};

/* The name of a test is the name of its function, a sentence. */
#define SUITE_TEST(function)                                                   \
    {                                                                          \
        .name = #function, .run = (function)                                   \
    }

/*
 * Run the tests in their order and say what failed. The result is the exit
 * code: the number of failed assertions, 125 at most, 0 only if there was at
 * least one test and all went well.
 */
int suite_run(const char *name, const struct suite_test *tests, size_t count);

#define SUITE_RUN(name, tests)                                                 \
    suite_run((name), (tests), sizeof(tests) / sizeof((tests)[0]))

#endif
