/*
 * A server that is asked to end, ends in order: under load, too.
 */
#include "tests/integration/load.h"
#include "tests/integration/witness_check.h"
#include "tests/support/live_server.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <string.h>

enum {
    USERS = 4,
    CALL_MS = 20000,
    DRAIN_MS = 25000,
    ANSWERS = 500,
    LOAD_MS = 5000,
    AFTER = 200,
    RUNS = -2,
};

struct story {
    struct live_server server;
    struct witness witness;
    struct load load;
    struct dalv_backend *backend;
};

static void begin(struct story *story)
{
    memset(story, 0, sizeof(*story));
    live_server_open(&story->server);
    /* Ended at once, it leaves what was under way to the system: that is no
       leak that a sanitizer's exit code should tell of. */
    live_server_set(&story->server, "LSAN_OPTIONS", "exitcode=0");
    witness_init(&story->witness, 21, USERS);
    load_init(&story->load, &story->witness, 22);
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&story->server));
    story->backend = live_server_connect(&story->server, CALL_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(story->backend);
    load_use(&story->load, story->backend);
    load_run(&story->load, ANSWERS, LOAD_MS);
}

/* New writes come as long as it runs. */
static int load_until_it_ends(struct story *story)
{
    int code;

    while ((code = live_server_look(&story->server)) == RUNS) {
        load_fill(&story->load);
        load_poll(&story->load, 1);
    }
    return code;
}

static void start_again(struct story *story)
{
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&story->server));
    CU_ASSERT_TRUE(load_drain(&story->load, DRAIN_MS));
    witness_look_at_all(&story->witness, story->backend);
    CU_ASSERT_TRUE(witness_is_content(&story->witness));
}

static void end(struct story *story)
{
    dalv_backend_close(&story->backend);
    live_server_close(&story->server);
    witness_deinit(&story->witness);
}

static void ends_in_order_under_load_and_replays_nothing(void)
{
    static struct story story;
    char said[512] = "";

    begin(&story);
    live_server_signal(&story.server, SIGTERM);
    CU_ASSERT_EQUAL(load_until_it_ends(&story), 0);
    start_again(&story);
    CU_ASSERT_TRUE(live_server_last_said(&story.server, "storage_ready", said,
                                         sizeof(said)));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, " replayed=0"));
    CU_ASSERT_PTR_NULL(strstr(said, " records=0 "));
    end(&story);
}

static void ends_at_once_at_the_second_signal_and_loses_nothing(void)
{
    static struct story story;

    begin(&story);
    live_server_signal(&story.server, SIGTERM);
    live_server_signal(&story.server, SIGINT);
    CU_ASSERT_EQUAL(load_until_it_ends(&story), 0);
    start_again(&story);
    end(&story);
}

static void ends_at_once_when_it_is_idle(void)
{
    static struct live_server server;

    live_server_open(&server);
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&server));
    CU_ASSERT_EQUAL(live_server_stop(&server), 0);
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&server));
    CU_ASSERT_EQUAL(live_server_stop(&server), 0);
    live_server_close(&server);
}

static const struct suite_test tests[] = {
    SUITE_TEST(ends_in_order_under_load_and_replays_nothing),
    SUITE_TEST(ends_at_once_at_the_second_signal_and_loses_nothing),
    SUITE_TEST(ends_at_once_when_it_is_idle),
};

int main(void)
{
    return SUITE_RUN("integration/shutdown", tests);
}
