/*
 * Who gets in at the nodes' port: those in the lists, and those whom the map
 * names, also after the lists were read again.
 */
#include "dalvd/keyring.h"

#include "net/network.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"
#include "tests/unit/net/endpoints.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_BYTES = 512,
    OPEN_TO_ALL = 0644,
};

/* A node's keys folder, and those who want to get in. */
struct fixture {
    struct folder folder;
    struct config config;
    struct config_error error;
    struct keyring keyring;
    struct endpoint *server;
    struct endpoint_keys listed; /* In nodes.allowed. */
    struct endpoint_keys mapped; /* In the map. */
    struct endpoint_keys router; /* In routers.allowed. */
};

static void put_list(const struct fixture *fixture, const char *name,
                     const struct curve_key *key)
{
    char text[CURVE_KEY_TEXT_BYTES];
    char content[LIST_BYTES];
    char path[PATH_MAX];

    curve_key_format(key, text);
    (void)snprintf(content, sizeof(content), "dalv-curve-public-1 %s\n", text);
    folder_put(&fixture->folder, name, OPEN_TO_ALL, content, path);
}

static void make_files(struct fixture *fixture)
{
    struct curve_pair own;
    char path[PATH_MAX];

    curve_pair_generate(&own);
    curve_pair_generate(&fixture->listed.own);
    curve_pair_generate(&fixture->mapped.own);
    curve_pair_generate(&fixture->router.own);
    fixture->listed.server = own.public_key;
    fixture->mapped.server = own.public_key;
    fixture->router.server = own.public_key;
    folder_path(&fixture->folder, "nodes.key", path);
    CU_ASSERT_EQUAL_FATAL(curve_pair_save(path, &own), DALV_OK);
    folder_path(&fixture->folder, "admin.key", path);
    CU_ASSERT_EQUAL_FATAL(curve_pair_save(path, &own), DALV_OK);
    put_list(fixture, "admin.allowed", &fixture->listed.own.public_key);
    put_list(fixture, "nodes.allowed", &fixture->listed.own.public_key);
    put_list(fixture, "routers.allowed", &fixture->router.own.public_key);
}

static struct fixture *begin(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct endpoint_options options = {.role = ENDPOINT_FOR_SERVERS,
                                       .address = "tcp://127.0.0.1:*"};

    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture);
    network_start(1);
    folder_open(&fixture->folder);
    make_files(fixture);
    fixture->config.roles = CONFIG_STORAGE;
    (void)snprintf(fixture->config.keys.folder,
                   sizeof(fixture->config.keys.folder), "%s",
                   fixture->folder.path);
    (void)snprintf(fixture->config.control.store,
                   sizeof(fixture->config.control.store), "file:/nowhere");
    CU_ASSERT_EQUAL_FATAL(
        keyring_open(&fixture->keyring, &fixture->config, &fixture->error),
        DALV_OK);
    options.keys = &fixture->keyring.nodes;
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &fixture->server), DALV_OK);
    return fixture;
}

static void end(struct fixture **fixture_p)
{
    struct fixture *fixture = *fixture_p;

    *fixture_p = NULL;
    endpoint_close(&fixture->server);
    keyring_close(&fixture->keyring);
    folder_close(&fixture->folder);
    free(fixture);
}

static void expect(const struct fixture *fixture,
                   const struct endpoint_keys *keys,
                   enum endpoint_event_type outcome)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_TO_NODE,
        .address = endpoint_address(fixture->server),
        .keys = keys,
    };
    struct endpoint *client = NULL;

    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &client), DALV_OK);
    (void)endpoints_await(client, outcome);
    endpoint_close(&client);
}

static void name_in_map(struct fixture *fixture)
{
    CU_ASSERT_EQUAL(keyring_admit_nodes(&fixture->keyring,
                                        &fixture->mapped.own.public_key, 1),
                    DALV_OK);
}

static void lets_in_nodes_routers_and_whom_the_map_names(void)
{
    struct fixture *fixture = begin();

    expect(fixture, &fixture->listed, ENDPOINT_CONNECTED);
    expect(fixture, &fixture->router, ENDPOINT_CONNECTED);
    expect(fixture, &fixture->mapped, ENDPOINT_REFUSED);
    name_in_map(fixture);
    expect(fixture, &fixture->mapped, ENDPOINT_CONNECTED);
    end(&fixture);
}

static void lets_in_whom_the_map_names_after_a_reload(void)
{
    struct fixture *fixture = begin();

    name_in_map(fixture);
    put_list(fixture, "nodes.allowed", &fixture->router.own.public_key);
    CU_ASSERT_EQUAL(
        keyring_reload(&fixture->keyring, &fixture->config, &fixture->error),
        DALV_OK);
    expect(fixture, &fixture->mapped, ENDPOINT_CONNECTED);
    expect(fixture, &fixture->listed, ENDPOINT_REFUSED);
    end(&fixture);
}

/* A list that cannot be read is no list of nobody. */
static void keeps_a_list_that_cannot_be_read(void)
{
    struct fixture *fixture = begin();
    char path[PATH_MAX];

    name_in_map(fixture);
    folder_path(&fixture->folder, "nodes.allowed", path);
    CU_ASSERT_EQUAL(remove(path), 0);
    CU_ASSERT_EQUAL(
        keyring_reload(&fixture->keyring, &fixture->config, &fixture->error),
        DALV_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->error.text, "nodes.allowed"));
    expect(fixture, &fixture->listed, ENDPOINT_CONNECTED);
    /* Nor when the map changes. */
    name_in_map(fixture);
    expect(fixture, &fixture->listed, ENDPOINT_CONNECTED);
    expect(fixture, &fixture->mapped, ENDPOINT_CONNECTED);
    end(&fixture);
}

static void knows_who_is_a_router(void)
{
    struct fixture *fixture = begin();
    struct keyring *keyring = &fixture->keyring;

    name_in_map(fixture);
    CU_ASSERT_TRUE(keyring_is_router(keyring, &fixture->router.own.public_key));
    CU_ASSERT_FALSE(
        keyring_is_router(keyring, &fixture->listed.own.public_key));
    CU_ASSERT_FALSE(
        keyring_is_router(keyring, &fixture->mapped.own.public_key));
    put_list(fixture, "routers.allowed", &fixture->listed.own.public_key);
    CU_ASSERT_EQUAL(keyring_reload(keyring, &fixture->config, &fixture->error),
                    DALV_OK);
    CU_ASSERT_FALSE(
        keyring_is_router(keyring, &fixture->router.own.public_key));
    CU_ASSERT_TRUE(keyring_is_router(keyring, &fixture->listed.own.public_key));
    end(&fixture);
}

static void names_the_list_that_is_missing(void)
{
    struct fixture *fixture = begin();
    struct keyring *other = calloc(1, sizeof(*other));
    char path[PATH_MAX];

    CU_ASSERT_PTR_NOT_NULL_FATAL(other);
    endpoint_close(&fixture->server);
    keyring_close(&fixture->keyring);
    folder_path(&fixture->folder, "routers.allowed", path);
    CU_ASSERT_EQUAL(remove(path), 0);
    CU_ASSERT_EQUAL(keyring_open(other, &fixture->config, &fixture->error),
                    DALV_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture->error.text, "routers.allowed"));
    keyring_close(other);
    /* A server of its own obeys nobody. */
    fixture->config.control.store[0] = '\0';
    CU_ASSERT_EQUAL(keyring_open(other, &fixture->config, &fixture->error),
                    DALV_OK);
    keyring_close(other);
    free(other);
    end(&fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(lets_in_nodes_routers_and_whom_the_map_names),
    SUITE_TEST(lets_in_whom_the_map_names_after_a_reload),
    SUITE_TEST(keeps_a_list_that_cannot_be_read),
    SUITE_TEST(knows_who_is_a_router),
    SUITE_TEST(names_the_list_that_is_missing),
};

int main(void)
{
    return SUITE_RUN("dalvd/keyring", tests);
}
