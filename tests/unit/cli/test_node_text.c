/*
 * How operators name nodes.
 */
#include "cli/node_text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static const char some_key[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

static struct cluster_node node;
static char said[512];

static bool parse(const char *text)
{
    struct text problem;

    text_init(&problem, said, sizeof(said));
    return node_text_parse(text, &node, &problem);
}

static void reads_a_name_and_an_address(void)
{
    CU_ASSERT_TRUE(parse("a=10.0.0.1:7474"));
    CU_ASSERT_STRING_EQUAL(node.name, "a");
    CU_ASSERT_STRING_EQUAL(node.address, "10.0.0.1:7474");
    CU_ASSERT_EQUAL(node.state, CLUSTER_NODE_JOINING);
    CU_ASSERT_EQUAL(node.weight, 100);
    CU_ASSERT_TRUE(parse("rack-1.a=[::1]:7474"));
    CU_ASSERT_STRING_EQUAL(node.address, "[::1]:7474");
    CU_ASSERT_TRUE(parse("b=storage-2.internal:7474"));
    CU_ASSERT_STRING_EQUAL(node.address, "storage-2.internal:7474");
}

static void reads_what_else_a_node_is(void)
{
    char text[256] = "a=h:1,zone=east,weight=250,bulk=10.1.0.1:9,key=";

    memcpy(text + strlen(text), some_key, sizeof(some_key));
    CU_ASSERT_TRUE(parse(text));
    CU_ASSERT_STRING_EQUAL(node.zone, "east");
    CU_ASSERT_EQUAL(node.weight, 250);
    CU_ASSERT_STRING_EQUAL(node.bulk_address, "10.1.0.1:9");
    /* The example of ZeroMQ's RFC 32. */
    CU_ASSERT_EQUAL(node.key[0], 0xbb);
    CU_ASSERT_EQUAL(node.key[31], 0x18);
}

static void says_what_is_wrong(void)
{
    static const struct {
        const char *text;
        const char *said;
    } wrong[] = {
        {"a", "NAME=HOST:PORT"},
        {"=h:1", "name"},
        {"a b=h:1", "name"},
        {"a=h", "HOST:PORT"},
        {"a=h:0", "HOST:PORT"},
        {"a=h:70000", "HOST:PORT"},
        {"a=:7474", "HOST:PORT"},
        {"a=::1:7474", "HOST:PORT"},
        {"a=h:1,zone=", "zone"},
        {"a=h:1,weight=0", "weight"},
        {"a=h:1,weight=10001", "weight"},
        {"a=h:1,key=short", "40 characters"},
        {"a=h:1,color=red", "zone=, weight="},
        {"a=h:1,", "zone=, weight="},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        CU_ASSERT_FALSE(parse(wrong[i].text));
        CU_ASSERT_PTR_NOT_NULL(strstr(said, wrong[i].said));
    }
}

static void knows_who_needs_a_key(void)
{
    CU_ASSERT_TRUE(parse("a=127.0.0.1:7474"));
    CU_ASSERT_TRUE(node_text_is_safe(&node));
    CU_ASSERT_TRUE(parse("a=127.0.0.1:7474,bulk=10.0.0.1:7475"));
    CU_ASSERT_FALSE(node_text_is_safe(&node));
    CU_ASSERT_TRUE(parse("a=10.0.0.1:7474"));
    CU_ASSERT_FALSE(node_text_is_safe(&node));
    CU_ASSERT_TRUE(node_text_set_key(&node, some_key));
    CU_ASSERT_TRUE(node_text_is_safe(&node));
    /* What a name means may change. */
    CU_ASSERT_TRUE(parse("a=localhost:7474"));
    CU_ASSERT_FALSE(node_text_is_safe(&node));
}

static void knows_who_can_not_be_together(void)
{
    struct cluster_node first;

    CU_ASSERT_TRUE(parse("a=h:1"));
    first = node;
    CU_ASSERT_TRUE(parse("a=h:2"));
    CU_ASSERT_STRING_EQUAL(node_text_clash(&first, &node), "name");
    CU_ASSERT_TRUE(parse("b=h:1"));
    CU_ASSERT_STRING_EQUAL(node_text_clash(&first, &node), "address");
    first.state = CLUSTER_NODE_REMOVED;
    CU_ASSERT_PTR_NULL(node_text_clash(&first, &node));
    CU_ASSERT_TRUE(node_text_set_key(&first, some_key));
    CU_ASSERT_TRUE(node_text_set_key(&node, some_key));
    CU_ASSERT_STRING_EQUAL(node_text_clash(&first, &node), "key");
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_a_name_and_an_address),
    SUITE_TEST(reads_what_else_a_node_is),
    SUITE_TEST(says_what_is_wrong),
    SUITE_TEST(knows_who_needs_a_key),
    SUITE_TEST(knows_who_can_not_be_together),
};

int main(void)
{
    return SUITE_RUN("cli/node_text", tests);
}
