/*
 * A fixture is the cluster "cluster-1", which believes the issuer "shop" and
 * one key of his; the time is 1,000,000 s. Each test of a refusal changes one
 * thing about a token that would be accepted.
 */
#include "token/token.h"

#include "tests/support/forge.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <sodium.h>
#include <string.h>

enum {
    NOW_S = 1000000,
    HOUR_S = 3600,
    TOKEN_STORAGE = 256 << 10,
};

#define GOOD_HEADER "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"main\"}"

struct fixture {
    struct token_secret_key key;
    struct token_verifier verifier;
    struct token_claims claims; /* What the last accepted token said. */
};

static char token_storage[TOKEN_STORAGE];
static struct text token;

static struct fixture begin(void)
{
    struct fixture fixture = {
        .key = forge_key("main"),
        .verifier = {.issuer = "shop",
                     .audience = "cluster-1",
                     .device_life_s_max = HOUR_S,
                     .service_life_s_max = 24 * HOUR_S},
    };
    struct token_public_key public_key;

    token_secret_key_public(&fixture.key, &public_key);
    CU_ASSERT_EQUAL_FATAL(
        token_key_set_add(&fixture.verifier.keys, &public_key), DALV_OK);
    text_init(&token, token_storage, sizeof(token_storage));
    return fixture;
}

/* Ann's phone, from ten minutes ago to fifty minutes from now. */
static struct token_claims good_claims(void)
{
    return (struct token_claims){
        .role = TOKEN_DEVICE,
        .issuer = "shop",
        .audience = "cluster-1",
        .user = "ann",
        .device = "phone",
        .id = "token-7",
        .issued_s = NOW_S - 600,
        .not_before_s = NOW_S - 600,
        .expires_s = NOW_S - 600 + HOUR_S,
        .generation = 3,
        .right_count = 1,
        .rights = {{.grants = TOKEN_READ | TOKEN_WRITE,
                    .prefix_size = 5,
                    .prefix = "cart/"}},
    };
}

static const char good_json[] =
    "{\"iss\":\"shop\",\"aud\":\"cluster-1\",\"role\":\"device\","
    "\"sub\":\"ann\",\"dev\":\"phone\",\"dom\":[\"read,write:cart/\"],"
    "\"iat\":999400,\"nbf\":999400,\"exp\":1003000,\"jti\":\"token-7\","
    "\"gen\":3}";

static const char *judge_at(struct fixture *fixture, uint64_t now_s)
{
    return token_reason_name(token_verify(&fixture->verifier,
                                          bytes_make(token.data, token.size),
                                          now_s, &fixture->claims));
}

static const char *judge(struct fixture *fixture)
{
    return judge_at(fixture, NOW_S);
}

/* What the cluster says to the issuer's own token with these claims. */
static const char *judge_claims(struct fixture *fixture,
                                const struct token_claims *claims)
{
    text_init(&token, token_storage, sizeof(token_storage));
    CU_ASSERT_EQUAL(token_issue(&fixture->key, claims, &token), DALV_OK);
    return judge(fixture);
}

/* What it says to any header and claims that the issuer's key signed. */
static const char *judge_json(struct fixture *fixture, const char *header,
                              const char *claims)
{
    text_init(&token, token_storage, sizeof(token_storage));
    forge_token(&fixture->key, bytes_from_text(header), bytes_from_text(claims),
                &token);
    return judge(fixture);
}

static void accepts_what_it_issued(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(fixture.claims.user, "ann");
    CU_ASSERT_STRING_EQUAL(fixture.claims.device, "phone");
    CU_ASSERT_EQUAL(fixture.claims.generation, 3);
    CU_ASSERT_STRING_EQUAL(fixture.claims.id, "token-7");
    CU_ASSERT_EQUAL(fixture.claims.expires_s, NOW_S - 600 + HOUR_S);
    CU_ASSERT_TRUE(token_claims_allow(&fixture.claims, TOKEN_WRITE,
                                      bytes_from_text("cart/1")));
}

static void issues_the_documented_form(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();
    char expected[2048];
    struct text text;

    text_init(&text, expected, sizeof(expected));
    forge_token(&fixture.key, bytes_from_text(GOOD_HEADER),
                bytes_from_text(good_json), &text);
    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    CU_ASSERT_STRING_EQUAL(text_string(&token), text_string(&text));
}

static void accepts_a_backend_for_a_day_and_no_user(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    claims.role = TOKEN_BACKEND;
    claims.expires_s = claims.issued_s + 24 * HOUR_S;
    claims.user[0] = '\0';
    claims.device[0] = '\0';
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
    CU_ASSERT_EQUAL(fixture.claims.role, TOKEN_BACKEND);
}

static void accepts_a_token_without_the_name_of_its_key(void)
{
    struct fixture fixture = begin();

    CU_ASSERT_STRING_EQUAL(
        judge_json(&fixture, "{\"typ\":\"dalv+jwt\",\"alg\":\"EdDSA\"}",
                   good_json),
        "TOKEN_ACCEPTED");
}

static void accepts_either_key_while_keys_are_changed(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();
    struct token_public_key public_key;

    fixture.key = forge_key("next");
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_KEY_UNKNOWN");
    token_secret_key_public(&fixture.key, &public_key);
    CU_ASSERT_EQUAL(token_key_set_add(&fixture.verifier.keys, &public_key),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
    fixture.key = forge_key("main");
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
}

static void makes_a_fresh_id_where_none_is_given(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();
    char first[TOKEN_NAME_MAX + 1];

    claims.id[0] = '\0';
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
    memcpy(first, fixture.claims.id, sizeof(first));
    CU_ASSERT_EQUAL(strlen(first), 22);
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_NOT_EQUAL(first, fixture.claims.id);
}

/* Skew is a minute, and never more. */
static void ends_a_minute_after_its_end(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    CU_ASSERT_STRING_EQUAL(judge_at(&fixture, 1003059), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(judge_at(&fixture, 1003060), "TOKEN_EXPIRED");
    CU_ASSERT_STRING_EQUAL(judge_at(&fixture, UINT64_MAX / 2), "TOKEN_EXPIRED");
}

static void begins_a_minute_before_its_begin(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    CU_ASSERT_STRING_EQUAL(judge_at(&fixture, 999340), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(judge_at(&fixture, 999339), "TOKEN_NOT_YET_VALID");
    CU_ASSERT_STRING_EQUAL(judge_at(&fixture, 0), "TOKEN_NOT_YET_VALID");
}

/* An issue in the future would stretch the life that is allowed from it. */
static void refuses_an_issue_in_the_future(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    claims.issued_s = NOW_S + 61;
    claims.expires_s = NOW_S + 61 + HOUR_S;
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_NOT_YET_VALID");
}

static void refuses_a_life_beyond_the_limit(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    claims.expires_s++;
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_LIFE_TOO_LONG");
}

/* Near its end the rest of a long life is short; that changes nothing. */
static void refuses_a_long_life_near_its_end(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    claims.issued_s = NOW_S - 10 * HOUR_S;
    claims.expires_s = NOW_S + 1;
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_LIFE_TOO_LONG");
}

static void refuses_another_issuer(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    memcpy(claims.issuer, "shoq", 5);
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_ISSUER_WRONG");
}

static void refuses_the_token_of_another_cluster(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    memcpy(claims.audience, "cluster-2", 10);
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_AUDIENCE_WRONG");
}

static void refuses_every_other_algorithm_and_type(void)
{
    static const struct {
        const char *header;
        const char *reason;
    } cases[] = {
        {"{\"alg\":\"none\",\"typ\":\"dalv+jwt\"}", "TOKEN_ALGORITHM_REFUSED"},
        {"{\"alg\":\"ES256\",\"typ\":\"dalv+jwt\"}", "TOKEN_ALGORITHM_REFUSED"},
        {"{\"alg\":\"RS256\",\"typ\":\"dalv+jwt\"}", "TOKEN_ALGORITHM_REFUSED"},
        {"{\"alg\":\"eddsa\",\"typ\":\"dalv+jwt\"}", "TOKEN_ALGORITHM_REFUSED"},
        {"{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", "TOKEN_TYPE_REFUSED"},
        {"{\"alg\":\"EdDSA\"}", "TOKEN_HEADER_REFUSED"},
        {"{\"typ\":\"dalv+jwt\"}", "TOKEN_HEADER_REFUSED"},
    };
    struct fixture fixture = begin();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_json(&fixture, cases[i].header, good_json),
                               cases[i].reason);
}

static void refuses_a_token_that_nobody_signed(void)
{
    struct fixture fixture = begin();

    forge_signed(bytes_make(NULL, 0),
                 bytes_from_text("{\"alg\":\"none\",\"typ\":\"dalv+jwt\"}"),
                 bytes_from_text(good_json), &token);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_ALGORITHM_REFUSED");
    text_init(&token, token_storage, sizeof(token_storage));
    forge_signed(bytes_make(NULL, 0), bytes_from_text(GOOD_HEADER),
                 bytes_from_text(good_json), &token);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
}

/* The classic: the public key, which anybody has, as the secret of an HMAC. */
static void refuses_the_public_key_as_a_shared_secret(void)
{
    struct fixture fixture = begin();
    const char *header = "{\"alg\":\"HS256\",\"typ\":\"dalv+jwt\"}";
    uint8_t code[crypto_auth_hmacsha256_BYTES];

    forge_signed(bytes_make(NULL, 0), bytes_from_text(header),
                 bytes_from_text(good_json), &token);
    (void)crypto_auth_hmacsha256(code, (const uint8_t *)token.data,
                                 token.size - 1,
                                 fixture.verifier.keys.keys[0].key);
    text_init(&token, token_storage, sizeof(token_storage));
    forge_signed(bytes_make(code, sizeof(code)), bytes_from_text(header),
                 bytes_from_text(good_json), &token);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_ALGORITHM_REFUSED");
}

static void refuses_the_signature_of_another_key(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    fixture.key = forge_key("other");
    memcpy(fixture.key.kid, "main", sizeof("main"));
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_SIGNATURE_WRONG");
}

static void refuses_a_signature_that_was_moved(void)
{
    struct fixture fixture = begin();
    uint8_t signature[crypto_sign_BYTES] = {0};

    forge_signed(bytes_make(signature, sizeof(signature)),
                 bytes_from_text(GOOD_HEADER), bytes_from_text(good_json),
                 &token);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_SIGNATURE_WRONG");
    text_init(&token, token_storage, sizeof(token_storage));
    forge_signed(bytes_make(signature, sizeof(signature) - 1),
                 bytes_from_text(GOOD_HEADER), bytes_from_text(good_json),
                 &token);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
}

static void trusts_nobody_without_keys(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    fixture.verifier.keys.count = 0;
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims),
                           "TOKEN_KEY_UNKNOWN");
}

static void refuses_every_flipped_bit(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();
    size_t accepted_count = 0;

    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    for (size_t bit = 0; bit < token.size * 8; bit++) {
        char mask = (char)(1U << bit % 8);

        token.data[bit / 8] = (char)(token.data[bit / 8] ^ mask);
        accepted_count += strcmp(judge(&fixture), "TOKEN_ACCEPTED") == 0;
        token.data[bit / 8] = (char)(token.data[bit / 8] ^ mask);
    }
    CU_ASSERT_EQUAL(accepted_count, 0);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_ACCEPTED");
}

static void refuses_every_truncation_and_anything_behind(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();
    size_t whole;

    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    whole = token.size;
    for (token.size = 0; token.size < whole; token.size++)
        CU_ASSERT_STRING_NOT_EQUAL(judge(&fixture), "TOKEN_ACCEPTED");
    text_put(&token, ".");
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
    token.size = whole;
    text_put(&token, "=");
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
    token.size = whole;
    text_put(&token, "\n");
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
}

static void takes_the_name_of_a_key_for_a_name_only(void)
{
    static const char *const headers[] = {
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"../../main\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"/dev/null\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"MAIN\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"mai\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"main' OR 1=1\"}",
    };
    struct fixture fixture = begin();

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_json(&fixture, headers[i], good_json),
                               "TOKEN_KEY_UNKNOWN");
}

static void refuses_any_header_but_its_own(void)
{
    static const char *const headers[] = {
        /* A key that the token brings along. */
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"jwk\":{\"kty\":\"OKP\"}}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"jku\":\"http://x/\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"crit\":[\"exp\"]}",
        /* The same member twice: which one would hold? */
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"alg\":\"EdDSA\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":7}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\"} {}",
        "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",}",
        "[]",
        "null",
    };
    struct fixture fixture = begin();

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_json(&fixture, headers[i], good_json),
                               "TOKEN_HEADER_REFUSED");
}

/* Even the issuer's own key cannot make these pass. */
static void refuses_claims_that_are_not_its_own(void)
{
    static const char *const claims[] = {
        /* exp twice. */
        "{\"iss\":\"shop\",\"aud\":\"cluster-1\",\"role\":\"device\","
        "\"sub\":\"ann\",\"dom\":[],\"iat\":999400,\"nbf\":999400,"
        "\"exp\":1003000,\"exp\":1003000,\"jti\":\"7\",\"gen\":3}",
        /* A restriction of a later version. */
        "{\"iss\":\"shop\",\"aud\":\"cluster-1\",\"role\":\"device\","
        "\"sub\":\"ann\",\"dom\":[],\"iat\":999400,\"nbf\":999400,"
        "\"exp\":1003000,\"jti\":\"7\",\"gen\":3,\"cnf\":\"key\"}",
        /* A fraction. */
        "{\"iss\":\"shop\",\"aud\":\"cluster-1\",\"role\":\"device\","
        "\"sub\":\"ann\",\"dom\":[],\"iat\":999400,\"nbf\":999400,"
        "\"exp\":1003000.5,\"jti\":\"7\",\"gen\":3}",
        "{}x",
    };
    struct fixture fixture = begin();

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_json(&fixture, GOOD_HEADER, claims[i]),
                               "TOKEN_CLAIMS_REFUSED");
}

static void refuses_100_kb_before_it_looks(void)
{
    struct fixture fixture = begin();

    memset(token_storage, 'A', 100000);
    token.size = 100000;
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_TOO_LONG");
    token.size = 4097;
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_TOO_LONG");
    token.size = 4096;
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
}

static void refuses_to_issue_what_it_would_refuse(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    claims.user[0] = '\0';
    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_INVALID);
    claims = good_claims();
    claims.expires_s = claims.issued_s;
    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_INVALID);
    CU_ASSERT_EQUAL(token.size, 0);
}

/* The largest claims there are: each name full, each character escaped. */
static void issues_within_the_bound_or_not_at_all(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();

    memset(claims.user, 'u', BOUNDS_USER_ID_MAX);
    claims.right_count = TOKEN_RIGHTS_MAX;
    for (size_t i = 0; i < TOKEN_RIGHTS_MAX; i++) {
        claims.rights[i].grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH;
        claims.rights[i].prefix_size = TOKEN_PREFIX_MAX;
        memset(claims.rights[i].prefix, 'p', TOKEN_PREFIX_MAX);
    }
    CU_ASSERT_STRING_EQUAL(judge_claims(&fixture, &claims), "TOKEN_ACCEPTED");
    memset(claims.user, 1, BOUNDS_USER_ID_MAX); /* Six bytes each. */
    text_init(&token, token_storage, sizeof(token_storage));
    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(token.size, 0);
}

static void says_too_big_where_the_token_does_not_fit(void)
{
    struct fixture fixture = begin();
    struct token_claims claims = good_claims();
    size_t size;

    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    size = token.size;
    text_init(&token, token_storage, size);
    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(token.size, 0);
    text_init(&token, token_storage, size + 1);
    CU_ASSERT_EQUAL(token_issue(&fixture.key, &claims, &token), DALV_OK);
    CU_ASSERT_EQUAL(token.size, size);
}

/* Each part once with padding, a foreign character, or nothing at all. */
static void refuses_parts_that_are_no_base64url(void)
{
    static const char *const texts[] = {
        "",
        ".",
        "..",
        "e30",
        "e30.e30",
        ".e30.AAAA",
        "e30=.e30.AA",
        "e3+.e30.AAAA",
        "e30 .e30.A",
        "e31.e30.AAAA",
    };
    struct fixture fixture = begin();

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        text_init(&token, token_storage, sizeof(token_storage));
        text_put(&token, texts[i]);
        CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_MALFORMED");
    }
}

static void tells_every_bearer_the_same(void)
{
    CU_ASSERT_EQUAL(token_reason_status(TOKEN_ACCEPTED), DALV_OK);
    for (unsigned i = TOKEN_ACCEPTED + 1; i < TOKEN_REASON_COUNT; i++)
        CU_ASSERT_EQUAL(token_reason_status((enum token_reason)i),
                        DALV_NOT_PERMITTED);
}

/* Looking at a token needs no key, and believes nothing. */
static void shows_a_token_without_trusting_it(void)
{
    struct fixture fixture = begin();
    struct token_header header;
    struct token_claims claims;
    uint8_t signature[crypto_sign_BYTES] = {0};

    forge_signed(bytes_make(signature, sizeof(signature)),
                 bytes_from_text(GOOD_HEADER), bytes_from_text(good_json),
                 &token);
    CU_ASSERT_STRING_EQUAL(judge(&fixture), "TOKEN_SIGNATURE_WRONG");
    CU_ASSERT_EQUAL(
        token_inspect(bytes_make(token.data, token.size), &header, &claims),
        TOKEN_ACCEPTED);
    CU_ASSERT_STRING_EQUAL(header.kid, "main");
    CU_ASSERT_STRING_EQUAL(claims.user, "ann");
    CU_ASSERT_EQUAL(claims.expires_s, 1003000);
    CU_ASSERT_EQUAL(token_inspect(bytes_from_text("a.b"), &header, &claims),
                    TOKEN_MALFORMED);
}

static const struct suite_test tests[] = {
    SUITE_TEST(accepts_what_it_issued),
    SUITE_TEST(issues_the_documented_form),
    SUITE_TEST(accepts_a_backend_for_a_day_and_no_user),
    SUITE_TEST(accepts_a_token_without_the_name_of_its_key),
    SUITE_TEST(accepts_either_key_while_keys_are_changed),
    SUITE_TEST(makes_a_fresh_id_where_none_is_given),
    SUITE_TEST(ends_a_minute_after_its_end),
    SUITE_TEST(begins_a_minute_before_its_begin),
    SUITE_TEST(refuses_an_issue_in_the_future),
    SUITE_TEST(refuses_a_life_beyond_the_limit),
    SUITE_TEST(refuses_a_long_life_near_its_end),
    SUITE_TEST(refuses_another_issuer),
    SUITE_TEST(refuses_the_token_of_another_cluster),
    SUITE_TEST(refuses_every_other_algorithm_and_type),
    SUITE_TEST(refuses_a_token_that_nobody_signed),
    SUITE_TEST(refuses_the_public_key_as_a_shared_secret),
    SUITE_TEST(refuses_the_signature_of_another_key),
    SUITE_TEST(refuses_a_signature_that_was_moved),
    SUITE_TEST(trusts_nobody_without_keys),
    SUITE_TEST(refuses_every_flipped_bit),
    SUITE_TEST(refuses_every_truncation_and_anything_behind),
    SUITE_TEST(takes_the_name_of_a_key_for_a_name_only),
    SUITE_TEST(refuses_any_header_but_its_own),
    SUITE_TEST(refuses_claims_that_are_not_its_own),
    SUITE_TEST(refuses_100_kb_before_it_looks),
    SUITE_TEST(refuses_to_issue_what_it_would_refuse),
    SUITE_TEST(issues_within_the_bound_or_not_at_all),
    SUITE_TEST(says_too_big_where_the_token_does_not_fit),
    SUITE_TEST(refuses_parts_that_are_no_base64url),
    SUITE_TEST(tells_every_bearer_the_same),
    SUITE_TEST(shows_a_token_without_trusting_it),
};

int main(void)
{
    return SUITE_RUN("token/token", tests);
}
