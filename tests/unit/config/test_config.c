#include "config/config.h"

#include "base/bounds.h"
#include "base/buffer.h"
#include "base/small_file.h"
#include "config/fields.h"
#include "config/yaml.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static struct config config;
static struct config other;
static struct config_error error;

static enum dalv_status parse(const char *yaml, struct config *out_config)
{
    return config_parse(bytes_from_text(yaml), out_config, &error);
}

/* "path" or "path!" (needs a restart) of each change, with spaces between. */
static const char *differences(void)
{
    static char storage[1024];
    struct config_changes changes;
    struct text text;

    config_diff(&config, &other, &changes);
    text_init(&text, storage, sizeof(storage));
    for (size_t i = 0; i < changes.count; i++) {
        text_put(&text, i == 0 ? "" : " ");
        text_put(&text, changes.items[i].path);
        text_put(&text, changes.items[i].needs_restart ? "!" : "");
    }
    return text_string(&text);
}

static const char *shown(const struct address *endpoint)
{
    static char storage[ADDRESS_TEXT_MAX + 1];
    struct text text;

    text_init(&text, storage, sizeof(storage));
    address_format(endpoint, &text);
    return text_string(&text);
}

static void gives_the_defaults_for_an_empty_file(void)
{
    CU_ASSERT_EQUAL(parse("", &config), DALV_OK);
    config_default(&other);
    CU_ASSERT_STRING_EQUAL(differences(), "");
}

/* The promises of the design, by hand. */
static void has_the_defaults_that_were_promised(void)
{
    config_default(&config);
    CU_ASSERT_EQUAL(config.roles, CONFIG_STORAGE | CONFIG_ROUTER);
    CU_ASSERT_EQUAL(config.cluster.partitions, 1024);
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.backends), "127.0.0.1:7470");
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.devices), "127.0.0.1:7472");
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.nodes), "127.0.0.1:7474");
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.admin), "127.0.0.1:7476");
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.http), "127.0.0.1:7480");
    CU_ASSERT_EQUAL(config.log.segment_bytes, 67108864);
    CU_ASSERT_EQUAL(config.limits.devices_per_user, 32);
    CU_ASSERT_EQUAL(config.limits.value_bytes, BOUNDS_VALUE_MAX);
    CU_ASSERT_EQUAL(config.requests.deadline_ms, 2000);
    CU_ASSERT_EQUAL(config.tokens.device_life_max_ms, 3600000);
    CU_ASSERT_EQUAL(config.logging.level, LOG_INFO);
}

static void documents_every_default_in_the_example(void)
{
    CU_ASSERT_EQUAL_FATAL(config_load(EXAMPLE_FILE, &config, &error), DALV_OK);
    config_default(&other);
    CU_ASSERT_STRING_EQUAL(differences(), "");
}

static void documents_every_key_in_the_example(void)
{
    struct buffer text;
    struct yaml_places places;

    buffer_init(&text);
    CU_ASSERT_EQUAL_FATAL(
        small_file_read(EXAMPLE_FILE, SMALL_FILE_PUBLIC, YAML_FILE_MAX, &text),
        DALV_OK);
    CU_ASSERT_EQUAL(yaml_read(&config_fields, buffer_bytes(&text), &config,
                              &places, &error),
                    DALV_OK);
    for (size_t i = 0; i < config_fields.count; i++) {
        if (places.fields[i].line == 0)
            printf("not in the example: %s\n", config_fields.fields[i].path);
        CU_ASSERT_NOT_EQUAL(places.fields[i].line, 0);
    }
    buffer_deinit(&text);
}

/* The line above a key that a running process takes says so. */
static void marks_every_live_key_in_the_example(void)
{
    struct buffer text;
    size_t mark_count = 0;
    size_t live_count = 0;

    buffer_init(&text);
    CU_ASSERT_EQUAL_FATAL(
        small_file_read(EXAMPLE_FILE, SMALL_FILE_PUBLIC, YAML_FILE_MAX, &text),
        DALV_OK);
    buffer_put(&text, bytes_make("", 1));
    for (const char *at = (const char *)text.data;
         (at = strstr(at, "# [live] ")) != NULL; at++)
        mark_count++;
    for (size_t i = 0; i < config_fields.count; i++)
        live_count += config_fields.fields[i].is_live;
    CU_ASSERT_EQUAL(mark_count, live_count);
    buffer_deinit(&text);
}

static void moves_all_ports_with_the_base_port(void)
{
    CU_ASSERT_EQUAL(
        parse("listen: {base_port: 9000, admin: \"[::1]:99\"}", &config),
        DALV_OK);
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.backends), "127.0.0.1:9000");
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.http), "127.0.0.1:9010");
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.admin), "[::1]:99");
    CU_ASSERT_EQUAL(parse("listen: {base_port: 65526}", &config), DALV_INVALID);
}

static void leaves_the_result_alone_where_it_refuses(void)
{
    config_default(&config);
    config_default(&other);
    CU_ASSERT_EQUAL(parse("node: {id: 2}\nrolse: []", &config), DALV_INVALID);
    CU_ASSERT_EQUAL(parse("node: {id: 2}\nroles: []", &config), DALV_INVALID);
    CU_ASSERT_STRING_EQUAL(differences(), "");
}

static void replaces_the_default_of_a_list(void)
{
    CU_ASSERT_EQUAL(parse("tokens: {key_files: [a.pub, b.pub]}\n"
                          "domains: {\"shop/\": system}\n",
                          &config),
                    DALV_OK);
    CU_ASSERT_EQUAL(config.tokens.key_files.count, 2);
    CU_ASSERT_STRING_EQUAL(config.tokens.key_files.items[0], "a.pub");
    CU_ASSERT_EQUAL(config.domains.count, 1);
    CU_ASSERT_EQUAL(config_owner_of(&config, bytes_from_text("sys/a")),
                    CONFIG_OWNER_USER);
}

static void knows_owner_and_merge_policy_of_a_key(void)
{
    config_default(&config);
    CU_ASSERT_EQUAL(config_owner_of(&config, bytes_from_text("sys/a")),
                    CONFIG_OWNER_SYSTEM);
    CU_ASSERT_EQUAL(config_owner_of(&config, bytes_from_text("cart/1")),
                    CONFIG_OWNER_USER);
    CU_ASSERT_EQUAL(config_merge_of(&config, bytes_from_text("cart/1")),
                    CONFIG_MERGE_ASK);
    CU_ASSERT_EQUAL(
        parse("merge_policies: {\"seen/\": mine, s: theirs}", &config),
        DALV_OK);
    CU_ASSERT_EQUAL(config_merge_of(&config, bytes_from_text("seen/1")),
                    CONFIG_MERGE_MINE);
    CU_ASSERT_EQUAL(config_merge_of(&config, bytes_from_text("sun")),
                    CONFIG_MERGE_THEIRS);
    CU_ASSERT_EQUAL(config_merge_of(&config, bytes_from_text("cart/1")),
                    CONFIG_MERGE_ASK);
}

static void makes_the_embedded_default(void)
{
    CU_ASSERT_EQUAL(config_for_dev("/tmp/dev", 9000, &config, &error), DALV_OK);
    CU_ASSERT_STRING_EQUAL(config.data.folder, "/tmp/dev");
    CU_ASSERT_STRING_EQUAL(config.tokens.key_files.items[0],
                           "/tmp/dev/issuer.pub");
    CU_ASSERT_EQUAL(config.tokens.key_files.count, 1);
    CU_ASSERT_STRING_EQUAL(shown(&config.listen.devices), "127.0.0.1:9002");
    CU_ASSERT_EQUAL(config.cluster.partitions, 1024);
    CU_ASSERT_EQUAL(config.tokens.service_life_max_ms, 315360000000);
}

static void explains_what_dev_cannot_take(void)
{
    char folder[CONFIG_PATH_MAX + 2] = {0};

    CU_ASSERT_EQUAL(config_for_dev("/tmp/dev", 0, &config, &error),
                    DALV_INVALID);
    CU_ASSERT_STRING_EQUAL(
        error.text,
        "listen.base_port must be a number from 1 to 65525; it is \"0\"");
    memset(folder, 'a', CONFIG_PATH_MAX + 1);
    CU_ASSERT_EQUAL(config_for_dev(folder, 9000, &config, &error),
                    DALV_INVALID);
    /* The folder fits, but not with a file's name behind it. */
    folder[CONFIG_PATH_MAX] = '\0';
    CU_ASSERT_EQUAL(config_for_dev(folder, 9000, &config, &error),
                    DALV_INVALID);
}

static void tells_what_a_running_process_can_take(void)
{
    config_default(&config);
    CU_ASSERT_EQUAL(parse("node: {name: other}\n"
                          "log: {segment_bytes: 32MiB}\n"
                          "limits: {requests_per_s: 5}\n"
                          "logging: {level: debug}\n"
                          "tokens: {key_files: [a]}\n"
                          "merge_policies: {a: mine}\n",
                          &other),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(differences(),
                           "node.name! log.segment_bytes! "
                           "limits.requests_per_s tokens.key_files "
                           "logging.level merge_policies");
}

static void takes_only_what_needs_no_restart(void)
{
    config_default(&config);
    CU_ASSERT_EQUAL(
        parse("node: {name: other}\nlogging: {level: debug}\n", &other),
        DALV_OK);
    config_apply(&config, &other);
    CU_ASSERT_EQUAL(config.logging.level, LOG_DEBUG);
    CU_ASSERT_STRING_EQUAL(differences(), "node.name!");
}

static void describes_itself_as_a_file(void)
{
    static char yaml[8192];
    struct text text;

    CU_ASSERT_EQUAL(parse("node: {name: 'a \"b\"'}\n"
                          "limits: {user_bytes: 100MiB}\n"
                          "roles: [storage]\n",
                          &config),
                    DALV_OK);
    text_init(&text, yaml, sizeof(yaml));
    config_describe(&config, &text);
    CU_ASSERT_FALSE(text.is_cut);
    CU_ASSERT_PTR_NOT_NULL(strstr(yaml, "\n  user_bytes: 100MiB\n"));
    CU_ASSERT_EQUAL(parse(yaml, &other), DALV_OK);
    CU_ASSERT_STRING_EQUAL(differences(), "");
}

static void trusts_only_a_file_that_others_cannot_write(void)
{
    struct folder folder;
    char path[PATH_MAX];

    folder_open(&folder);
    folder_put(&folder, "dalvd.yaml", 0644, "node: {id: 7}\n", path);
    CU_ASSERT_EQUAL(config_load(path, &config, &error), DALV_OK);
    CU_ASSERT_EQUAL(config.node.id, 7);
    folder_put(&folder, "dalvd.yaml", 0666, "node: {id: 7}\n", path);
    CU_ASSERT_EQUAL(config_load(path, &config, &error), DALV_NOT_PERMITTED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "chmod go-w"));
    CU_ASSERT_EQUAL(error.line, 0);
    folder_path(&folder, "none", path);
    CU_ASSERT_EQUAL(config_load(path, &config, &error), DALV_NOT_FOUND);
    folder_close(&folder);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_the_defaults_for_an_empty_file),
    SUITE_TEST(has_the_defaults_that_were_promised),
    SUITE_TEST(documents_every_default_in_the_example),
    SUITE_TEST(documents_every_key_in_the_example),
    SUITE_TEST(marks_every_live_key_in_the_example),
    SUITE_TEST(moves_all_ports_with_the_base_port),
    SUITE_TEST(leaves_the_result_alone_where_it_refuses),
    SUITE_TEST(replaces_the_default_of_a_list),
    SUITE_TEST(knows_owner_and_merge_policy_of_a_key),
    SUITE_TEST(makes_the_embedded_default),
    SUITE_TEST(explains_what_dev_cannot_take),
    SUITE_TEST(tells_what_a_running_process_can_take),
    SUITE_TEST(takes_only_what_needs_no_restart),
    SUITE_TEST(describes_itself_as_a_file),
    SUITE_TEST(trusts_only_a_file_that_others_cannot_write),
};

int main(void)
{
    return SUITE_RUN("config/config", tests);
}
