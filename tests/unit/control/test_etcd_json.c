/*
 * Questions are compared letter by letter with what etcd's documentation asks
 * for; answers are some that etcd gave, and some that it never would.
 */
#include "control/etcd_json.h"

#include "base/assert.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

static struct control_answer answer;

static struct bytes prefix(void)
{
    return bytes_from_text("p/");
}

static void expect_text(struct buffer *body, const char *text)
{
    CU_ASSERT(bytes_equal(buffer_bytes(body), bytes_from_text(text)));
    buffer_deinit(body);
}

static enum dalv_status read_range(const char *text)
{
    uint64_t cluster = 0;

    control_answer_clear(&answer);
    return etcd_json_read_range(bytes_from_text(text), prefix(), &answer,
                                &cluster);
}

static void asks_for_one_key(void)
{
    struct buffer body = {0};

    etcd_json_ask_key(prefix(), bytes_from_text("head"), &body);
    expect_text(&body, "{\"key\":\"cC9oZWFk\"}");
}

/* From "p/n/a\0" up to "p/n0", the first name behind all of "p/n/". */
static void asks_for_a_list_from_behind_a_key(void)
{
    struct buffer body = {0};

    etcd_json_ask_list(prefix(), bytes_from_text("n/"), bytes_from_text("n/a"),
                       &body);
    expect_text(&body, "{\"key\":\"cC9uL2EA\",\"range_end\":\"cC9uMA==\","
                       "\"limit\":\"32\"}");
}

static void asks_for_a_transaction(void)
{
    struct control_change changes[] = {
        {.verb = CONTROL_PUT,
         .key = bytes_from_text("a"),
         .revision = 7,
         .value = bytes_from_text("v")},
        {.verb = CONTROL_REMOVE, .key = bytes_from_text("b"), .revision = 8},
        {.verb = CONTROL_EXPECT, .key = bytes_from_text("c")},
    };
    struct control_transaction transaction = {changes, 3};
    struct buffer body = {0};

    etcd_json_ask_commit(prefix(), &transaction, &body);
    expect_text(&body,
                "{\"compare\":["
                "{\"key\":\"cC9h\",\"target\":\"MOD\",\"result\":\"EQUAL\","
                "\"mod_revision\":\"7\"},"
                "{\"key\":\"cC9i\",\"target\":\"MOD\",\"result\":\"EQUAL\","
                "\"mod_revision\":\"8\"},"
                "{\"key\":\"cC9j\",\"target\":\"MOD\",\"result\":\"EQUAL\","
                "\"mod_revision\":\"0\"}],"
                "\"success\":["
                "{\"request_put\":{\"key\":\"cC9h\",\"value\":\"dg==\"}},"
                "{\"request_delete_range\":{\"key\":\"cC9i\"}}]}");
}

static void reads_what_etcd_gave(void)
{
    CU_ASSERT_EQUAL(
        read_range("{\"header\":{\"cluster_id\":\"14841639068965178418\","
                   "\"member_id\":\"10276657743932975437\",\"revision\":\"9\","
                   "\"raft_term\":\"2\"},\"kvs\":[{\"key\":\"cC9h\","
                   "\"create_revision\":\"7\",\"mod_revision\":\"9\","
                   "\"version\":\"2\",\"value\":\"dg==\"},{\"key\":\"cC9i\","
                   "\"create_revision\":\"8\",\"mod_revision\":\"8\","
                   "\"version\":\"1\"}],\"more\":true,\"count\":\"5\"}"),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(answer.count, 2);
    CU_ASSERT(!answer.is_whole);
    CU_ASSERT(bytes_equal(answer.entries[0].key, bytes_from_text("a")));
    CU_ASSERT(bytes_equal(answer.entries[0].value, bytes_from_text("v")));
    CU_ASSERT_EQUAL(answer.entries[0].revision, 9);
    CU_ASSERT_EQUAL(answer.entries[1].value.size, 0);
}

static void reads_that_there_is_nothing(void)
{
    CU_ASSERT_EQUAL(read_range("{\"header\":{\"cluster_id\":\"1\","
                               "\"revision\":\"9\"}}"),
                    DALV_OK);
    CU_ASSERT_EQUAL(answer.count, 0);
    CU_ASSERT(answer.is_whole);
}

#define WITH_ENTRY(entry)                                                      \
    "{\"header\":{\"cluster_id\":\"1\",\"revision\":\"9\"},\"kvs\":[" entry "]}"

static void refuses_what_etcd_would_not_say(void)
{
    static const char *const lies[] = {
        "",
        "[]",
        "{}",
        "<html>gateway</html>",
        "{\"header\":{\"revision\":\"0\"}}",
        "{\"header\":{\"revision\":9}}",
        "{\"header\":{\"revision\":\"9\"},\"kvs\":{}}",
        "{\"header\":{\"revision\":\"9\"},\"header\":{\"revision\":\"9\"}}",
        WITH_ENTRY("7"),
        WITH_ENTRY("{\"key\":\"cC9h\",\"mod_revision\":\"-1\"}"),
        WITH_ENTRY("{\"key\":\"cC9h\",\"mod_revision\":\"0\"}"),
        WITH_ENTRY("{\"key\":\"cC9h\"}"),
        WITH_ENTRY("{\"key\":\"not base64\",\"mod_revision\":\"1\"}"),
        WITH_ENTRY("{\"key\":\"cC8=\",\"mod_revision\":\"1\"}"),
        WITH_ENTRY("{\"key\":\"eC9h\",\"mod_revision\":\"1\"}"),
        WITH_ENTRY("{\"mod_revision\":\"1\",\"value\":\"dg==\"}"),
        WITH_ENTRY("{\"key\":\"cC9h\",\"mod_revision\":\"1\",\"value\":5}"),
    };

    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
        CU_ASSERT_EQUAL(read_range(lies[i]), DALV_DAMAGED);
}

static void tells_a_transaction_that_was_done_from_one_that_was_not(void)
{
    uint64_t revision = 0;
    uint64_t cluster = 0;

    CU_ASSERT_EQUAL(
        etcd_json_read_commit(
            bytes_from_text("{\"header\":{\"cluster_id\":\"3\",\"revision\":"
                            "\"12\"},\"responses\":[]}"),
            &revision, &cluster),
        DALV_PRECONDITION);
    CU_ASSERT_EQUAL(revision, 0);
    CU_ASSERT_EQUAL(
        etcd_json_read_commit(
            bytes_from_text("{\"header\":{\"cluster_id\":\"3\",\"revision\":"
                            "\"12\"},\"succeeded\":true}"),
            &revision, &cluster),
        DALV_OK);
    CU_ASSERT_EQUAL(revision, 12);
    CU_ASSERT_EQUAL(cluster, 3);
    CU_ASSERT_EQUAL(
        etcd_json_read_commit(bytes_from_text("{}"), &revision, &cluster),
        DALV_DAMAGED);
}

static void reads_why_etcd_refused(void)
{
    struct etcd_refusal refusal;

    CU_ASSERT(etcd_json_read_refusal(
        bytes_from_text("{\"error\":\"etcdserver: no leader\",\"message\":"
                        "\"etcdserver: no leader\",\"code\":14}"),
        &refusal));
    CU_ASSERT_EQUAL(refusal.code, 14);
    CU_ASSERT_STRING_EQUAL(refusal.text, "etcdserver: no leader");
    CU_ASSERT(
        !etcd_json_read_refusal(bytes_from_text("404 not found"), &refusal));
    CU_ASSERT(
        !etcd_json_read_refusal(bytes_from_text("{\"code\":\"x\"}"), &refusal));
}

static const struct suite_test tests[] = {
    SUITE_TEST(asks_for_one_key),
    SUITE_TEST(asks_for_a_list_from_behind_a_key),
    SUITE_TEST(asks_for_a_transaction),
    SUITE_TEST(reads_what_etcd_gave),
    SUITE_TEST(reads_that_there_is_nothing),
    SUITE_TEST(refuses_what_etcd_would_not_say),
    SUITE_TEST(tells_a_transaction_that_was_done_from_one_that_was_not),
    SUITE_TEST(reads_why_etcd_refused),
};

int main(void)
{
    void *memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    int failures;

    ASSERT(memory != NULL);
    control_answer_init(&answer, memory);
    failures = SUITE_RUN("control/etcd_json", tests);
    free(memory);
    return failures;
}
