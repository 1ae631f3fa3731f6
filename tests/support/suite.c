#include "tests/support/suite.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    /* Exit codes from 126 on belong to the shell. */
    EXIT_CODE_MAX = 125,
};

static bool fill(const char *name, const struct suite_test *tests, size_t count)
{
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);

    if (suite == NULL || count == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (CU_add_test(suite, tests[i].name, tests[i].run) == NULL)
            return false;
    }
    return true;
}

int suite_run(const char *name, const struct suite_test *tests, size_t count)
{
    unsigned failures = EXIT_CODE_MAX;

    if (CU_initialize_registry() != CUE_SUCCESS) {
        (void)fprintf(stderr, "%s: CUnit does not start\n", name);
        return EXIT_CODE_MAX;
    }
    if (fill(name, tests, count)) {
        CU_basic_set_mode(CU_BRM_VERBOSE);
        /* Its result does not tell of failed assertions: they are counted. */
        if (CU_basic_run_tests() == CUE_SUCCESS)
            failures = CU_get_number_of_failures();
    } else {
        (void)fprintf(stderr, "%s: %s\n", name, CU_get_error_msg());
    }
    CU_cleanup_registry();
    return failures < EXIT_CODE_MAX ? (int)failures : EXIT_CODE_MAX;
}
