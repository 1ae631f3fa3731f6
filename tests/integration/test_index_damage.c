/*
 * An index that was damaged while its server did not run, after kill -9 or an
 * end in order: what is read is right, whatever it takes.
 *
 *     test_index_damage [ROUNDS]
 */
#include "base/assert.h"
#include "tests/integration/index_damage.h"
#include "tests/integration/load.h"
#include "tests/integration/witness_check.h"
#include "tests/support/live_server.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    USERS = 3,
    CALL_MS = 3000,
    DRAIN_MS = 15000,
    ANSWERS = 400,
    LOAD_MS = 4000,
    STARTS_MAX = 3, /* One that finds the damage, one that mends it, ... */
    RUNS = -2,
    EXIT_DISK_FAILED = 75,
};

/* As the command line says. */
static size_t round_count = 1;

struct story {
    struct live_server server;
    struct witness witness;
    struct load load;
    struct prng prng;
    struct dalv_backend *backend;
    size_t damages;
    size_t ends; /* Times that the server ended on finding the damage. */
};

static void begin(struct story *story)
{
    memset(story, 0, sizeof(*story));
    live_server_open(&story->server);
    live_server_configure(&story->server, "index:\n"
                                          "  write_buffer_bytes: 1MiB\n");
    witness_init(&story->witness, 11, USERS);
    load_init(&story->load, &story->witness, 12);
    prng_init(&story->prng, 13);
}

static void end(struct story *story)
{
    dalv_backend_close(&story->backend);
    live_server_close(&story->server);
    witness_deinit(&story->witness);
}

static bool on_any(void *owner, struct dalv_bytes key,
                   const struct dalv_value *value)
{
    (void)owner;
    (void)key;
    (void)value;
    return true;
}

/* Read all there is, as a user would come upon the damage. */
static bool can_be_read(struct story *story)
{
    for (size_t i = 0; i < USERS; i++) {
        const char *name = story->witness.users[i].name;

        if (dalv_backend_scan(story->backend, dalv_text(name), dalv_text(""),
                              on_any, NULL) != DALV_OK)
            return false;
    }
    return true;
}

static int exit_code(struct live_server *server)
{
    return server->process == 0 ? server->code : live_server_wait(server);
}

/*
 * A server that finds the damage ends and says so, be it before anybody reaches
 * it; the next start mends it.
 */
static bool start_until_it_can_be_read(struct story *story)
{
    for (int i = 0; i < STARTS_MAX; i++) {
        dalv_backend_close(&story->backend);
        live_server_start(&story->server);
        story->backend = live_server_connect(&story->server, CALL_MS);
        load_use(&story->load, story->backend);
        if (story->backend != NULL && can_be_read(story))
            return true;
        if (exit_code(&story->server) != EXIT_DISK_FAILED)
            return false;
        story->ends++;
    }
    return false;
}

static void end_server(struct story *story, bool is_killed)
{
    if (is_killed) {
        load_run(&story->load, ANSWERS, LOAD_MS);
        live_server_kill(&story->server);
    } else {
        load_run(&story->load, ANSWERS, LOAD_MS);
        CU_ASSERT_TRUE(load_drain(&story->load, DRAIN_MS));
        CU_ASSERT_EQUAL(live_server_stop(&story->server), 0);
    }
}

static void damage_once(struct story *story, enum index_damage damage,
                        bool is_killed)
{
    char folder[LIVE_SERVER_PATH_BYTES + 8];
    bool is_readable;

    end_server(story, is_killed);
    (void)snprintf(folder, sizeof(folder), "%s/index", story->server.data);
    story->damages += index_damage_do(damage, folder, &story->prng);
    is_readable = start_until_it_can_be_read(story);
    if (!is_readable)
        (void)fprintf(stderr, "%s: not readable\n", index_damage_name(damage));
    CU_ASSERT_TRUE_FATAL(is_readable);
    CU_ASSERT_TRUE(load_drain(&story->load, DRAIN_MS));
    witness_look_at_all(&story->witness, story->backend);
    if (!witness_is_content(&story->witness))
        (void)fprintf(stderr, "... after: %s\n", index_damage_name(damage));
    CU_ASSERT_TRUE_FATAL(witness_is_content(&story->witness));
}

static void reads_right_whatever_befell_the_index(void)
{
    static struct story story;

    begin(&story);
    CU_ASSERT_TRUE_FATAL(start_until_it_can_be_read(&story));
    for (size_t i = 0; i < round_count; i++) {
        for (int damage = 0; damage < INDEX_DAMAGE_COUNT; damage++) {
            damage_once(&story, (enum index_damage)damage, true);
            damage_once(&story, (enum index_damage)damage, false);
        }
    }
    (void)printf("%zu damages, %zu found while serving, %zu writes\n",
                 story.damages, story.ends,
                 witness_count(&story.witness, TESTIMONY_DONE));
    CU_ASSERT_TRUE(story.damages > INDEX_DAMAGE_COUNT);
    end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_right_whatever_befell_the_index),
};

int main(int argc, char **argv)
{
    if (argc > 1)
        round_count = strtoull(argv[1], NULL, 10);
    return SUITE_RUN("integration/index_damage", tests);
}
