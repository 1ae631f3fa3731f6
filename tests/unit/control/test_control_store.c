/*
 * The interface, on the store in memory; and that store's own faults, which
 * the tests of everything above it rest on.
 */
#include "control/control_store.h"

#include "base/assert.h"
#include "tests/support/control_conformance.h"
#include "tests/support/memory_control.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

static struct memory_control *shared;

static struct control_store *open_shared(void)
{
    return memory_control_open(shared);
}

struct bench {
    struct memory_control *control;
    struct control_store *store;
    struct control_answer answer;
    void *memory;
};

static struct bench begin(void)
{
    struct bench bench = {.control = memory_control_create(),
                          .memory = malloc(CONTROL_ANSWER_BYTES_MAX)};

    ASSERT(bench.memory != NULL);
    bench.store = memory_control_open(bench.control);
    control_answer_init(&bench.answer, bench.memory);
    return bench;
}

static void end(struct bench *bench)
{
    control_store_close(&bench->store);
    memory_control_destroy(&bench->control);
    free(bench->memory);
}

static enum dalv_status put(struct bench *bench, uint64_t revision,
                            const char *value)
{
    struct control_change change = {.verb = CONTROL_PUT,
                                    .key = bytes_from_text("key"),
                                    .revision = revision,
                                    .value = bytes_from_text(value)};
    struct control_transaction transaction = {&change, 1};
    uint64_t out = 0;

    return control_store_commit(bench->store, &transaction, &out);
}

static bool holds(struct bench *bench, const char *value)
{
    return control_store_get(bench->store, bytes_from_text("key"),
                             &bench->answer) == DALV_OK &&
           bytes_equal(bench->answer.entries[0].value, bytes_from_text(value));
}

static void does_nothing_while_it_is_down(void)
{
    struct bench bench = begin();

    CU_ASSERT_EQUAL(put(&bench, 0, "one"), DALV_OK);
    memory_control_fault(bench.control, MEMORY_CONTROL_DOWN);
    CU_ASSERT_EQUAL(put(&bench, 1, "two"), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(
        control_store_get(bench.store, bytes_from_text("key"), &bench.answer),
        DALV_UNAVAILABLE);
    memory_control_fault(bench.control, MEMORY_CONTROL_NONE);
    CU_ASSERT(holds(&bench, "one"));
    end(&bench);
}

/* To the one who asked, the three are the same. */
static void answers_unknown_whether_done_or_not_or_later(void)
{
    struct bench bench = begin();

    CU_ASSERT_EQUAL(put(&bench, 0, "one"), DALV_OK);
    memory_control_fault(bench.control, MEMORY_CONTROL_DEAF);
    CU_ASSERT_EQUAL(put(&bench, 1, "two"), DALV_UNKNOWN);
    CU_ASSERT(holds(&bench, "one"));
    memory_control_fault(bench.control, MEMORY_CONTROL_MUTE);
    CU_ASSERT_EQUAL(put(&bench, 1, "two"), DALV_UNKNOWN);
    CU_ASSERT(holds(&bench, "two"));
    memory_control_fault(bench.control, MEMORY_CONTROL_SLOW);
    CU_ASSERT_EQUAL(put(&bench, 2, "three"), DALV_UNKNOWN);
    CU_ASSERT_EQUAL(put(&bench, 2, "four"), DALV_UNKNOWN);
    CU_ASSERT(holds(&bench, "two"));
    memory_control_deliver(bench.control);
    CU_ASSERT(holds(&bench, "three"));
    end(&bench);
}

static void can_be_put_back_to_what_it_was(void)
{
    struct bench bench = begin();

    CU_ASSERT_EQUAL(put(&bench, 0, "one"), DALV_OK);
    memory_control_save(bench.control);
    CU_ASSERT_EQUAL(put(&bench, 1, "two"), DALV_OK);
    memory_control_restore(bench.control);
    CU_ASSERT(holds(&bench, "one"));
    CU_ASSERT_EQUAL(put(&bench, 1, "three"), DALV_OK);
    CU_ASSERT(holds(&bench, "three"));
    CU_ASSERT_EQUAL(bench.answer.entries[0].revision, 3);
    end(&bench);
}

static const struct suite_test tests[] = {
    CONTROL_CONFORMANCE_TESTS,
    SUITE_TEST(does_nothing_while_it_is_down),
    SUITE_TEST(answers_unknown_whether_done_or_not_or_later),
    SUITE_TEST(can_be_put_back_to_what_it_was),
};

int main(void)
{
    int failures;

    shared = memory_control_create();
    control_conformance_use(open_shared);
    failures = SUITE_RUN("control/control_store", tests);
    memory_control_destroy(&shared);
    return failures;
}
