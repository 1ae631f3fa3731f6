/*
 * A server killed at any moment loses nothing that it acknowledged, and does
 * nothing twice.
 *
 *     test_kill_loop [--cycles N] [--seed N]
 */
#include "tests/integration/kill_loop.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

/* As the command line says. */
static size_t cycle_count = 20;
static uint64_t seed = 1;

static void keeps_what_it_acknowledged_whenever_it_is_killed(void)
{
    static struct kill_loop loop;

    kill_loop_open(&loop, seed);
    for (size_t i = 0; i < cycle_count && loop.not_in_time == 0; i++)
        kill_loop_cycle(&loop);
    if (loop.not_in_time == 0)
        kill_loop_judge(&loop);
    kill_loop_tell(&loop);
    CU_ASSERT_EQUAL(loop.not_in_time, 0);
    CU_ASSERT_EQUAL(loop.kills, cycle_count);
    CU_ASSERT_EQUAL(loop.witness.lost, 0);
    CU_ASSERT_EQUAL(loop.witness.doubled, 0);
    CU_ASSERT_EQUAL(loop.witness.undead, 0);
    CU_ASSERT_EQUAL(loop.witness.wrong, 0);
    CU_ASSERT_TRUE(witness_count(&loop.witness, TESTIMONY_DONE) > 0);
    kill_loop_close(&loop);
}

static const struct suite_test tests[] = {
    SUITE_TEST(keeps_what_it_acknowledged_whenever_it_is_killed),
};

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"cycles", required_argument, NULL, 'c'},
        {"seed", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'c') {
            cycle_count = strtoull(optarg, NULL, 10);
        } else if (option == 's') {
            seed = strtoull(optarg, NULL, 10);
        } else {
            (void)fputs("usage: test_kill_loop [--cycles N] [--seed N]\n",
                        stderr);
            return 2;
        }
    }
    return SUITE_RUN("integration/kill_loop", tests);
}
