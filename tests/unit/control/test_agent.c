/*
 * An agent with a real thread on a store in a file; the test is its loop.
 */
#include "control/agent.h"

#include "base/assert.h"
#include "base/budget.h"
#include "base/clock.h"
#include "control/cluster_init.h"
#include "control/control_file.h"
#include "control/map_change.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATIENCE_MS = 20000,
    BUDGET_BYTES = 32 << 20,
};

static struct folder folder;
static struct budget budget;

static struct control_store *open_named(const char *name)
{
    struct control_store *store = NULL;
    char path[PATH_MAX];
    char said[256];
    struct text problem;

    folder_path(&folder, name, path);
    text_init(&problem, said, sizeof(said));
    if (control_file_open(path, &store, &problem) != DALV_OK)
        (void)fprintf(stderr, "%s\n", said);
    ASSERT(store != NULL);
    return store;
}

static struct agent *agent_on(const char *name)
{
    struct control_store *store = open_named(name);
    struct control_desk *desk = NULL;
    struct agent *agent = NULL;

    ASSERT(control_desk_create("control", &store, &desk) == DALV_OK);
    ASSERT(agent_create(&desk, &budget.allocator, &agent) == DALV_OK);
    return agent;
}

static enum agent_news next_news(struct agent *agent)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    uint64_t end_ms = clock_boot_ms() + PATIENCE_MS;

    while (clock_boot_ms() < end_ms) {
        enum agent_news news = agent_tick(agent, clock_boot_ms());

        if (news != AGENT_NOTHING)
            return news;
        (void)nanosleep(&pause, NULL);
    }
    return AGENT_NOTHING;
}

static struct cluster_init small_cluster(const char *id)
{
    struct cluster_init init = {
        .head = {.partition_count = 8, .replica_count = 1, .feature_level = 1},
        .policy = cluster_policy_default()};

    (void)snprintf(init.head.cluster_id, sizeof(init.head.cluster_id), "%s",
                   id);
    return init;
}

static void change_a_node(struct control_store *store, struct control_map *map)
{
    static struct map_change change;
    struct control_transaction transaction;
    struct cluster_node node = {.id = 1,
                                .state = CLUSTER_NODE_JOINING,
                                .name = "a",
                                .address = "127.0.0.1:7474",
                                .weight = CLUSTER_WEIGHT_NORMAL};
    uint64_t revision = 0;

    ASSERT(map_change_init(&change, &budget.allocator) == DALV_OK);
    ASSERT(map_change_put_node(&change, &node));
    ASSERT(map_change_compose(&change, map, &transaction) == DALV_OK);
    ASSERT(control_store_commit(store, &transaction, &revision) == DALV_OK);
    map_change_deinit(&change);
}

static void brings_the_map_and_each_newer_one(void)
{
    struct control_store *store = open_named("maps");
    struct cluster_init init = small_cluster("blue");
    struct control_map *map;
    struct agent *agent;

    CU_ASSERT_EQUAL(cluster_init(store, &init, &budget.allocator), DALV_OK);
    agent = agent_on("maps");
    CU_ASSERT_EQUAL_FATAL(next_news(agent), AGENT_MAP);
    map = agent_take(agent);
    CU_ASSERT_STRING_EQUAL(map->map.head.cluster_id, "blue");
    CU_ASSERT_EQUAL(map->map.head.version.version, 1);
    CU_ASSERT_EQUAL(map->map.node_count, 0);
    CU_ASSERT(!map->is_founded);

    change_a_node(store, map);
    control_map_destroy(&map);
    CU_ASSERT_EQUAL_FATAL(next_news(agent), AGENT_MAP);
    map = agent_take(agent);
    CU_ASSERT_EQUAL(map->map.head.version.version, 2);
    CU_ASSERT_EQUAL(map->map.node_count, 1);
    control_map_destroy(&map);
    agent_destroy(&agent);
    control_store_close(&store);
}

static void says_that_there_is_no_cluster(void)
{
    struct agent *agent = agent_on("none");

    CU_ASSERT_EQUAL(next_news(agent), AGENT_FAILED);
    CU_ASSERT_EQUAL(agent_status(agent), DALV_NOT_FOUND);
    agent_destroy(&agent);
}

static void makes_a_cluster_once(void)
{
    struct control_store *store = open_named("once");
    struct cluster_init blue = small_cluster("blue");
    struct cluster_init red = small_cluster("red");

    CU_ASSERT_EQUAL(cluster_init(store, &blue, &budget.allocator), DALV_OK);
    /* As after an unknown outcome: it is there already. */
    CU_ASSERT_EQUAL(cluster_init(store, &blue, &budget.allocator), DALV_OK);
    CU_ASSERT_EQUAL(cluster_init(store, &red, &budget.allocator),
                    DALV_OCCUPIED);
    blue.head.partition_count = 7;
    CU_ASSERT_EQUAL(cluster_init(store, &blue, &budget.allocator),
                    DALV_INVALID);
    control_store_close(&store);
}

static const struct suite_test tests[] = {
    SUITE_TEST(brings_the_map_and_each_newer_one),
    SUITE_TEST(says_that_there_is_no_cluster),
    SUITE_TEST(makes_a_cluster_once),
};

int main(void)
{
    int failures;

    budget_init(&budget, BUDGET_BYTES);
    folder_open(&folder);
    failures = SUITE_RUN("control/agent", tests);
    folder_close(&folder);
    return failures;
}
