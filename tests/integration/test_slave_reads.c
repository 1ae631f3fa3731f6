/*
 * A cluster of processes: what need not be new is read from slaves, also while
 * there is no master, and never older than what the reader has seen.
 */
#include "tests/support/live_cluster.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    REFUSED_TRIES = 50,
    REFUSED_PAUSE_US = 100000,
    PATIENCE_MS = 20000,
    IN_VAIN_MS = 3000,
    STALENESS_MS = 120000,
};

static void expect_value(struct dalv_backend *backend, const char *user,
                         const char *key, const char *expected)
{
    struct dalv_value *value = NULL;
    enum dalv_status status =
        dalv_backend_get(backend, dalv_text(user), dalv_text(key), &value);

    CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
    CU_ASSERT_EQUAL_FATAL(dalv_value_bytes(value).size, strlen(expected));
    CU_ASSERT_EQUAL(memcmp(dalv_value_bytes(value).data, expected,
                           dalv_value_bytes(value).size),
                    0);
    dalv_value_destroy(&value);
}

static enum dalv_status put(struct dalv_backend *backend, const char *user,
                            const char *key, const char *value)
{
    return dalv_backend_put(backend, dalv_text(user), dalv_text(key),
                            dalv_text(value), NULL);
}

/* A node that is neither. */
static size_t another(size_t one, size_t two)
{
    size_t node = 0;

    while (node == one || node == two)
        node++;
    return node;
}

/* Whoever led last may answer until its lease ends. */
static bool is_refused_in_the_end(struct dalv_backend *strict, const char *user)
{
    for (int i = 0; i < REFUSED_TRIES; i++) {
        struct dalv_value *value = NULL;
        enum dalv_status status = dalv_backend_get(strict, dalv_text(user),
                                                   dalv_text("color"), &value);

        dalv_value_destroy(&value);
        if (status != DALV_OK)
            return true;
        (void)usleep(REFUSED_PAUSE_US);
    }
    return false;
}

static void reads_from_a_slave_while_there_is_no_master(void)
{
    static struct live_cluster cluster;
    struct dalv_backend *writer;
    struct dalv_backend *reader;
    struct dalv_backend *strict;
    size_t master;
    size_t away;
    char user[32];

    live_cluster_open(&cluster, &(struct live_cluster_options){0});
    CU_ASSERT_TRUE_FATAL(live_cluster_settle(&cluster));
    live_cluster_user(3, 1, user);
    writer = live_cluster_connect(&cluster, 0, PATIENCE_MS);
    reader = live_cluster_connect_reader(&cluster, PATIENCE_MS, STALENESS_MS);
    strict = live_cluster_connect(&cluster, 0, IN_VAIN_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(writer);
    CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
    CU_ASSERT_PTR_NOT_NULL_FATAL(strict);
    master = live_cluster_master(&cluster, 3);
    CU_ASSERT_TRUE_FATAL(master < LIVE_CLUSTER_NODES);
    away = another(master, master);
    live_cluster_pause(&cluster, away);
    /* With the second write the slave has heard that the first is committed. */
    CU_ASSERT_EQUAL(put(writer, user, "color", "blue"), DALV_OK);
    CU_ASSERT_EQUAL(put(writer, user, "size", "L"), DALV_OK);
    live_cluster_pause(&cluster, live_cluster_master(&cluster, 3));
    expect_value(reader, user, "color", "blue");
    CU_ASSERT_TRUE(is_refused_in_the_end(strict, user));
    dalv_backend_close(&strict);
    dalv_backend_close(&reader);
    dalv_backend_close(&writer);
    live_cluster_close(&cluster);
}

static void reads_what_it_has_written(void)
{
    static struct live_cluster cluster;
    struct dalv_backend *backend;
    char user[32];
    char text[16];

    live_cluster_open(&cluster,
                      &(struct live_cluster_options){.is_keyed = true});
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    backend = live_cluster_connect_reader(&cluster, PATIENCE_MS, STALENESS_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(backend);
    for (unsigned i = 0; i < 200; i++) {
        live_cluster_user(i % LIVE_CLUSTER_PARTITIONS, i % 3, user);
        (void)snprintf(text, sizeof(text), "%u", i);
        CU_ASSERT_EQUAL_FATAL(put(backend, user, "count", text), DALV_OK);
        expect_value(backend, user, "count", text);
    }
    dalv_backend_close(&backend);
    live_cluster_close(&cluster);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_from_a_slave_while_there_is_no_master),
    SUITE_TEST(reads_what_it_has_written),
};

int main(void)
{
    return SUITE_RUN("reads from slaves", tests);
}
