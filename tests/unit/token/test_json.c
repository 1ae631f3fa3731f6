/*
 * Each case is the claims of a backend, {"iss": ... "gen":0}, with one member
 * left out, spoilt or added.
 */
#include "token/json.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <string.h>

static const char *const members[] = {
    "\"iss\":\"shop\"", "\"aud\":\"c\"", "\"role\":\"backend\"",
    "\"dom\":[]",       "\"iat\":1",     "\"nbf\":1",
    "\"exp\":2",        "\"jti\":\"7\"", "\"gen\":0",
};

enum {
    MEMBERS = sizeof(members) / sizeof(members[0]),
    NOTHING = MEMBERS,
    STACK_BYTES = 128 << 10,
};

static char storage[8192];

/* The good claims without member `left_out`, and with `added` behind them. */
static struct bytes claims_but(size_t left_out, const char *added)
{
    struct text json;
    const char *separator = "{";

    text_init(&json, storage, sizeof(storage));
    for (size_t i = 0; i < MEMBERS; i++) {
        if (i == left_out)
            continue;
        text_put(&json, separator);
        text_put(&json, members[i]);
        separator = ",";
    }
    text_put(&json, added);
    text_put(&json, "}");
    return bytes_make(json.data, json.size);
}

static const char *judge(struct bytes json)
{
    struct token_claims claims;

    return token_reason_name(token_json_parse_claims(json, &claims));
}

static void reads_the_good_claims(void)
{
    CU_ASSERT_STRING_EQUAL(judge(claims_but(NOTHING, "")), "TOKEN_ACCEPTED");
}

static void misses_each_member_by_itself(void)
{
    for (size_t i = 0; i < MEMBERS; i++)
        CU_ASSERT_STRING_EQUAL(judge(claims_but(i, "")), "TOKEN_CLAIM_MISSING");
}

static void refuses_each_member_twice(void)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        char added[64];
        struct text text;

        text_init(&text, added, sizeof(added));
        text_put(&text, ",");
        text_put(&text, members[i]);
        CU_ASSERT_STRING_EQUAL(judge(claims_but(NOTHING, added)),
                               "TOKEN_CLAIMS_REFUSED");
    }
}

static void refuses_values_of_a_wrong_type(void)
{
    static const struct {
        size_t left_out;
        const char *added;
    } cases[] = {
        {0, ",\"iss\":7"},
        {0, ",\"iss\":null"},
        {0, ",\"iss\":\"\""},
        {1, ",\"aud\":[\"c\"]"},
        {2, ",\"role\":\"root\""},
        {2, ",\"role\":1"},
        {3, ",\"dom\":\"read:\""},
        {3, ",\"dom\":[7]"},
        {3, ",\"dom\":[\"all:\"]"},
        {3, ",\"dom\":{}"},
        {4, ",\"iat\":\"1\""},
        {4, ",\"iat\":-1"},
        {4, ",\"iat\":1.0"},
        {5, ",\"nbf\":1e3"},
        {6, ",\"exp\":true"},
        {6, ",\"exp\":99999999999999999999"},
        {7, ",\"jti\":\"a\\u0000\""},
        {8, ",\"gen\":[[[]]]"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_STRING_EQUAL(
            judge(claims_but(cases[i].left_out, cases[i].added)),
            "TOKEN_CLAIMS_REFUSED");
}

static void refuses_a_member_that_it_does_not_know(void)
{
    CU_ASSERT_STRING_EQUAL(judge(claims_but(NOTHING, ",\"cnf\":\"k\"")),
                           "TOKEN_CLAIMS_REFUSED");
    CU_ASSERT_STRING_EQUAL(judge(claims_but(NOTHING, ",\"ISS\":\"shop\"")),
                           "TOKEN_CLAIMS_REFUSED");
}

static void refuses_a_text_beyond_its_bound(void)
{
    /* 64 and 65 characters. */
    CU_ASSERT_STRING_EQUAL(
        judge(claims_but(7, ",\"jti\":\"0123456789012345678901234567890123456"
                            "789012345678901234567890123\"")),
        "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(
        judge(claims_but(7, ",\"jti\":\"0123456789012345678901234567890123456"
                            "7890123456789012345678901234\"")),
        "TOKEN_CLAIMS_REFUSED");
}

static void refuses_more_rights_than_there_is_room_for(void)
{
    char added[512];
    struct text text;

    for (size_t count = TOKEN_RIGHTS_MAX; count <= TOKEN_RIGHTS_MAX + 1;
         count++) {
        text_init(&text, added, sizeof(added));
        text_put(&text, ",\"dom\":[\"read:\"");
        for (size_t i = 1; i < count; i++)
            text_put(&text, ",\"read:\"");
        text_put(&text, "]");
        CU_ASSERT_STRING_EQUAL(judge(claims_but(3, added)),
                               count == TOKEN_RIGHTS_MAX
                                   ? "TOKEN_ACCEPTED"
                                   : "TOKEN_CLAIMS_REFUSED");
    }
}

static void refuses_what_is_no_single_object(void)
{
    static const char *const texts[] = {
        "",  " ",  "[]",    "7",       "\"\"",     "null",
        "{", "{}", "{}{}x", "{'a':1}", "{\"a\":1", "\xef\xbb\xbf{}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        CU_ASSERT_STRING_NOT_EQUAL(judge(bytes_from_text(texts[i])),
                                   "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(judge(bytes_make(NULL, 0)), "TOKEN_CLAIMS_REFUSED");
}

static void *judge_brackets(void *result)
{
    static char brackets[TOKEN_CLAIMS_MAX];

    memset(brackets, '[', sizeof(brackets));
    *(const char **)result = judge(bytes_make(brackets, sizeof(brackets)));
    return NULL;
}

/* The parser behind recurses: with this stack it would end the process. */
static void refuses_deep_nesting_by_its_look(void)
{
    const char *result = "";
    pthread_attr_t attributes;
    pthread_t thread;

    CU_ASSERT_EQUAL(pthread_attr_init(&attributes), 0);
    CU_ASSERT_EQUAL(pthread_attr_setstacksize(&attributes, STACK_BYTES), 0);
    CU_ASSERT_EQUAL_FATAL(
        pthread_create(&thread, &attributes, judge_brackets, (void *)&result),
        0);
    CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
    CU_ASSERT_EQUAL(pthread_attr_destroy(&attributes), 0);
    CU_ASSERT_STRING_EQUAL(result, "TOKEN_CLAIMS_REFUSED");
}

/* Brackets within a text are no nesting. */
static void is_not_taken_in_by_brackets_in_a_text(void)
{
    CU_ASSERT_STRING_EQUAL(judge(claims_but(7, ",\"jti\":\"[[[[{{{{\\\"[[\"")),
                           "TOKEN_ACCEPTED");
}

static void refuses_text_beyond_the_bound(void)
{
    char spaces[TOKEN_CLAIMS_MAX + 1];
    struct bytes claims = claims_but(NOTHING, "");

    memset(spaces, ' ', sizeof(spaces));
    memcpy(spaces, claims.data, claims.size);
    CU_ASSERT_STRING_EQUAL(judge(bytes_make(spaces, TOKEN_CLAIMS_MAX)),
                           "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(judge(bytes_make(spaces, TOKEN_CLAIMS_MAX + 1)),
                           "TOKEN_CLAIMS_REFUSED");
}

static void bounds_the_header(void)
{
    static const char good[] = "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\"}";
    char spaces[TOKEN_HEADER_MAX + 1];
    struct token_header header;

    memset(spaces, ' ', sizeof(spaces));
    memcpy(spaces, good, strlen(good));
    CU_ASSERT_EQUAL(
        token_json_parse_header(bytes_make(spaces, TOKEN_HEADER_MAX), &header),
        TOKEN_ACCEPTED);
    CU_ASSERT_EQUAL(token_json_parse_header(
                        bytes_make(spaces, TOKEN_HEADER_MAX + 1), &header),
                    TOKEN_HEADER_REFUSED);
    CU_ASSERT_EQUAL(token_json_parse_header(bytes_make(NULL, 0), &header),
                    TOKEN_HEADER_REFUSED);
}

static void writes_what_it_reads(void)
{
    char written[1024];
    struct text text;
    struct token_claims claims;
    const char *json =
        "{\"iss\":\"shop\",\"aud\":\"c\",\"role\":\"device\",\"sub\":\"\xc3\xa4"
        "\\\"\",\"dev\":\"phone\",\"dom\":[\"read:a/\",\"write,watch:\"],"
        "\"iat\":1,\"nbf\":2,\"exp\":9223372036854775807,\"jti\":\"7\","
        "\"gen\":4}";

    CU_ASSERT_EQUAL_FATAL(
        token_json_parse_claims(bytes_from_text(json), &claims),
        TOKEN_ACCEPTED);
    CU_ASSERT_EQUAL(claims.expires_s, INT64_MAX);
    CU_ASSERT_STRING_EQUAL(claims.user, "\xc3\xa4\"");
    text_init(&text, written, sizeof(written));
    CU_ASSERT_EQUAL(token_json_format_claims(&claims, &text), DALV_OK);
    CU_ASSERT_STRING_EQUAL(text_string(&text), json);
    text_init(&text, written, 100);
    CU_ASSERT_EQUAL(token_json_format_claims(&claims, &text), DALV_TOO_BIG);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_the_good_claims),
    SUITE_TEST(misses_each_member_by_itself),
    SUITE_TEST(refuses_each_member_twice),
    SUITE_TEST(refuses_values_of_a_wrong_type),
    SUITE_TEST(refuses_a_member_that_it_does_not_know),
    SUITE_TEST(refuses_a_text_beyond_its_bound),
    SUITE_TEST(refuses_more_rights_than_there_is_room_for),
    SUITE_TEST(refuses_what_is_no_single_object),
    SUITE_TEST(refuses_deep_nesting_by_its_look),
    SUITE_TEST(is_not_taken_in_by_brackets_in_a_text),
    SUITE_TEST(refuses_text_beyond_the_bound),
    SUITE_TEST(bounds_the_header),
    SUITE_TEST(writes_what_it_reads),
};

int main(void)
{
    return SUITE_RUN("token/json", tests);
}
