/* Each story is a file that reads well but cannot be. */
#include "config/config.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct config config;
static char said[CONFIG_ERROR_TEXT_MAX + 32];

/* "" if the text was taken, else "LINE:COLUMN WHY". */
static const char *judge(const char *yaml)
{
    struct config_error error = {0};
    struct text text;

    text_init(&text, said, sizeof(said));
    if (config_parse(bytes_from_text(yaml), &config, &error) != DALV_OK) {
        text_put_u64(&text, error.line);
        text_put(&text, ":");
        text_put_u64(&text, error.column);
        text_put(&text, " ");
        text_put(&text, error.text);
    }
    return text_string(&text);
}

static void wants_a_role(void)
{
    CU_ASSERT_STRING_EQUAL(
        judge("roles: []\n"),
        "1:1 roles must name a role: storage, router, or both");
    CU_ASSERT_STRING_EQUAL(judge("roles: [storage]\n"), "");
    CU_ASSERT_STRING_EQUAL(
        judge("roles: [router]\n"),
        "1:1 roles must include storage: a router of its own has no node to "
        "ask, unless control.store names a cluster");
    CU_ASSERT_STRING_EQUAL(
        judge("roles: [router]\ncontrol: {store: \"file:/c.db\"}\n"), "");
}

static void wants_a_power_of_two_of_partitions(void)
{
    CU_ASSERT_STRING_EQUAL(judge("cluster: {partitions: 1}\n"), "");
    CU_ASSERT_STRING_EQUAL(judge("cluster: {partitions: 65536}\n"), "");
    CU_ASSERT_STRING_EQUAL(
        judge("cluster:\n  partitions: 1000\n"),
        "2:3 cluster.partitions must be a power of two, such as 1024");
}

static void wants_segments_that_fit_the_disk_and_each_other(void)
{
    CU_ASSERT_STRING_EQUAL(judge("log: {segment_bytes: 8388609}\n"),
                           "1:7 log.segment_bytes must be a multiple of 4KiB");
    CU_ASSERT_STRING_EQUAL(
        judge("log:\n  segment_bytes: 64MiB\n  retention_bytes: 127MiB\n"),
        "3:3 log.retention_bytes must be at least twice log.segment_bytes: "
        "raise it or lower that");
    CU_ASSERT_STRING_EQUAL(
        judge("log: {segment_bytes: 64MiB, retention_bytes: 128MiB}\n"), "");
}

static void wants_limits_that_fit_each_other(void)
{
    CU_ASSERT_STRING_EQUAL(judge("limits: {transaction_bytes: 512KiB}\n"),
                           "0:0 limits.value_bytes must not be more than "
                           "limits.transaction_bytes");
    CU_ASSERT_STRING_EQUAL(judge("limits: {user_bytes: 2MiB}\n"),
                           "0:0 limits.transaction_bytes must not be more "
                           "than limits.user_bytes");
    CU_ASSERT_STRING_EQUAL(
        judge("limits: {burst: 3}\n"),
        "1:10 limits.burst times limits.bytes_per_s must be at least "
        "limits.transaction_bytes: raise one of them");
    CU_ASSERT_STRING_EQUAL(judge("limits: {burst: 4}\n"), "");
    CU_ASSERT_STRING_EQUAL(
        judge("limits: {value_bytes: 1MiB, transaction_bytes: 1MiB, "
              "user_bytes: 1MiB}\n"
              "queues: {client_bytes: 8MiB, worker_bytes: 16MiB, "
              "router_bytes: 32MiB}\n"),
        "");
    CU_ASSERT_STRING_EQUAL(
        judge("queues: {client_bytes: 1GiB}\n"),
        "1:10 queues.client_bytes must not be more than a quarter of "
        "queues.router_bytes");
    CU_ASSERT_STRING_EQUAL(
        judge("queues: {worker_bytes: 1GiB}\n"),
        "1:10 queues.worker_bytes must not be more than a half of "
        "queues.router_bytes");
}

static void wants_somebody_to_let_in(void)
{
    CU_ASSERT_STRING_EQUAL(
        judge("tokens: {key_files: []}\n"),
        "1:10 tokens.key_files must name a file of the issuer's public keys: "
        "without one a router can let nobody in");
    CU_ASSERT_STRING_EQUAL(judge("roles: [storage]\ntokens: {key_files: []}\n"),
                           "");
}

static void listens_on_loopback_only(void)
{
    CU_ASSERT_STRING_EQUAL(
        judge("listen:\n  devices: 0.0.0.0:7472\n"),
        "2:3 listen.devices must be on loopback, 127.0.0.1 or ::1, as long as "
        "keys.folder names no keys to encrypt connections with; it is "
        "0.0.0.0:7472");
    CU_ASSERT_PTR_NOT_NULL(strstr(judge("listen: {host: 192.168.1.5}\n"),
                                  "listen.backends must be on loopback"));
    CU_ASSERT_PTR_NOT_NULL(strstr(judge("listen: {http: \"[::]:80\"}\n"),
                                  "listen.http must be on loopback"));
    CU_ASSERT_STRING_EQUAL(judge("listen: {host: \"::1\"}\n"), "");
    CU_ASSERT_STRING_EQUAL(
        judge("listen: {host: 0.0.0.0}\nkeys: {folder: /etc/dalv/keys}\n"), "");
}

static void gives_each_port_away_once(void)
{
    CU_ASSERT_STRING_EQUAL(
        judge("listen: {http: \"127.0.0.1:7472\"}\n"),
        "1:10 listen.http must not be the same as listen.devices");
    CU_ASSERT_STRING_EQUAL(judge("listen: {http: \"127.0.0.2:7472\"}\n"), "");
}

static const struct suite_test tests[] = {
    SUITE_TEST(wants_a_role),
    SUITE_TEST(wants_a_power_of_two_of_partitions),
    SUITE_TEST(wants_segments_that_fit_the_disk_and_each_other),
    SUITE_TEST(wants_limits_that_fit_each_other),
    SUITE_TEST(wants_somebody_to_let_in),
    SUITE_TEST(listens_on_loopback_only),
    SUITE_TEST(gives_each_port_away_once),
};

int main(void)
{
    return SUITE_RUN("config/check", tests);
}
