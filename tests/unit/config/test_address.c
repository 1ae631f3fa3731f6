#include "config/address.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

/* What was understood, "ADDRESS:PORT" with " loopback", or "refused". */
static const char *parsed(struct bytes text)
{
    static char storage[ADDRESS_TEXT_MAX + sizeof(" loopback")];
    struct address endpoint;
    struct text shown;

    text_init(&shown, storage, sizeof(storage));
    if (address_parse(text, &endpoint)) {
        address_format(&endpoint, &shown);
        text_put(&shown, address_is_loopback(&endpoint) ? " loopback" : "");
    } else {
        text_put(&shown, "refused");
    }
    return text_string(&shown);
}

static void reads_both_families(void)
{
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("10.0.0.1:1")), "10.0.0.1:1");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("[2001:db8::1]:65535")),
                           "[2001:db8::1]:65535");
}

static void knows_loopback(void)
{
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("127.0.0.1:7470")),
                           "127.0.0.1:7470 loopback");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("127.255.0.9:7470")),
                           "127.255.0.9:7470 loopback");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("[::1]:7470")),
                           "[::1]:7470 loopback");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("0.0.0.0:7470")),
                           "0.0.0.0:7470");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("[::]:7470")), "[::]:7470");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("128.0.0.1:7470")),
                           "128.0.0.1:7470");
}

static void refuses_every_other_form(void)
{
    static const char *const texts[] = {
        "",
        "7470",
        ":7470",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:01",
        "127.0.0.1:65536",
        "::1:7470",
        "[127.0.0.1]:1",
        "[::1]7470",
        "[::1:7470",
        "localhost:1",
        "127.1:1",
        "127.0.0.1:+1",
        "*:7470",
        "127.0.0.1:99999",
        "127.0.0.1:1 ",
        "127.0.0.1:7a7",
        "127.0.0.1:4294974766",
        "127.0.0.1000000000000000000000000000000000000000:1",
        "[fe80::1%lo]:1",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text(texts[i])), "refused");
    CU_ASSERT_STRING_EQUAL(parsed(bytes_make("127.0.0.1\0:7470", 15)),
                           "refused");
}

static void is_unset_when_zeroed(void)
{
    struct address endpoint = {0};

    CU_ASSERT_FALSE(address_is_set(&endpoint));
    CU_ASSERT_FALSE(address_is_loopback(&endpoint));
    CU_ASSERT_TRUE(address_parse(bytes_from_text("[::1]:1"), &endpoint));
    CU_ASSERT_TRUE(address_is_set(&endpoint));
}

static bool is_named(const char *text)
{
    struct address address;

    return address_parse_named(bytes_from_text(text), &address) &&
           address_is_name(&address);
}

static void takes_names_where_it_is_told_to(void)
{
    struct address address;

    CU_ASSERT_TRUE(is_named("db-1:7470"));
    CU_ASSERT_TRUE(is_named("db1.example.com:7470"));
    CU_ASSERT_TRUE(is_named("localhost:7470"));
    CU_ASSERT_FALSE(is_named("127.0.0.1:7470"));
    CU_ASSERT_TRUE(
        address_parse_named(bytes_from_text("[::1]:7470"), &address));
    CU_ASSERT_STRING_EQUAL(parsed(bytes_from_text("localhost:7470")),
                           "refused");
    CU_ASSERT_TRUE(
        address_parse_named(bytes_from_text("localhost:7470"), &address));
    CU_ASSERT_FALSE(address_is_loopback(&address));
}

static void refuses_what_is_no_name(void)
{
    static const char *const texts[] = {
        "127.0.0.300:1", "1:1",   ".a:1",  "a..b:1", "a.:1",   "-a:1", "a-.b:1",
        "a b:1",         "a_b:1", "[a]:1", "a:1:1",  "a.1b:1", "*:1",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_FALSE(is_named(texts[i]));
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_both_families),
    SUITE_TEST(knows_loopback),
    SUITE_TEST(refuses_every_other_form),
    SUITE_TEST(is_unset_when_zeroed),
    SUITE_TEST(takes_names_where_it_is_told_to),
    SUITE_TEST(refuses_what_is_no_name),
};

int main(void)
{
    return SUITE_RUN("config/address", tests);
}
