/* Each test of a refusal changes one thing about a good token. */
#include "token/token.h"

#include "tests/support/forge.h"
#include "tests/support/suite.h"
#include "tests/unit/token/gate.h"

#include <CUnit/CUnit.h>
#include <sodium.h>
#include <string.h>

static void accepts_what_it_issued(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(gate.claims.user, "ann");
    CU_ASSERT_STRING_EQUAL(gate.claims.device, "phone");
    CU_ASSERT_EQUAL(gate.claims.generation, 3);
    CU_ASSERT_STRING_EQUAL(gate.claims.id, "token-7");
    CU_ASSERT_EQUAL(gate.claims.expires_s, GATE_NOW_S - 600 + GATE_HOUR_S);
    CU_ASSERT_TRUE(token_claims_allow(&gate.claims, TOKEN_WRITE,
                                      bytes_from_text("cart/1")));
}

static void issues_the_documented_form(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();
    char expected[2048];
    struct text text;

    text_init(&text, expected, sizeof(expected));
    forge_token(&gate.key, bytes_from_text(GATE_HEADER),
                bytes_from_text(GATE_CLAIMS), &text);
    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    CU_ASSERT_STRING_EQUAL(text_string(&gate.token), text_string(&text));
}

static void accepts_a_backend_for_a_day_and_no_user(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    claims.role = TOKEN_BACKEND;
    claims.expires_s = claims.issued_s + 24 * GATE_HOUR_S;
    claims.user[0] = '\0';
    claims.device[0] = '\0';
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
    CU_ASSERT_EQUAL(gate.claims.role, TOKEN_BACKEND);
}

static void accepts_a_token_without_the_name_of_its_key(void)
{
    struct gate gate = gate_open();

    CU_ASSERT_STRING_EQUAL(
        gate_judge_json(&gate, "{\"typ\":\"dalv+jwt\",\"alg\":\"EdDSA\"}",
                        GATE_CLAIMS),
        "TOKEN_ACCEPTED");
}

static void accepts_either_key_while_keys_are_changed(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();
    struct token_public_key public_key;

    gate.key = forge_key("next");
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_KEY_UNKNOWN");
    token_secret_key_public(&gate.key, &public_key);
    CU_ASSERT_EQUAL(token_key_set_add(&gate.verifier.keys, &public_key),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
    gate.key = forge_key("main");
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
}

static void makes_a_fresh_id_where_none_is_given(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();
    char first[TOKEN_NAME_MAX + 1];

    claims.id[0] = '\0';
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
    memcpy(first, gate.claims.id, sizeof(first));
    CU_ASSERT_EQUAL(strlen(first), 22);
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_NOT_EQUAL(first, gate.claims.id);
}

/* Skew is a minute, and never more. */
static void ends_a_minute_after_its_end(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    CU_ASSERT_STRING_EQUAL(gate_judge_at(&gate, 1003059), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(gate_judge_at(&gate, 1003060), "TOKEN_EXPIRED");
    CU_ASSERT_STRING_EQUAL(gate_judge_at(&gate, UINT64_MAX / 2),
                           "TOKEN_EXPIRED");
}

static void begins_a_minute_before_its_begin(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    CU_ASSERT_STRING_EQUAL(gate_judge_at(&gate, 999340), "TOKEN_ACCEPTED");
    CU_ASSERT_STRING_EQUAL(gate_judge_at(&gate, 999339), "TOKEN_NOT_YET_VALID");
    CU_ASSERT_STRING_EQUAL(gate_judge_at(&gate, 0), "TOKEN_NOT_YET_VALID");
}

/* An issue in the future would stretch the life that is allowed from it. */
static void refuses_an_issue_in_the_future(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    claims.issued_s = GATE_NOW_S + 61;
    claims.expires_s = GATE_NOW_S + 61 + GATE_HOUR_S;
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_NOT_YET_VALID");
}

static void refuses_a_life_beyond_the_limit(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    claims.expires_s++;
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_LIFE_TOO_LONG");
}

/* Near its end the rest of a long life is short; that changes nothing. */
static void refuses_a_long_life_near_its_end(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    claims.issued_s = GATE_NOW_S - 10 * GATE_HOUR_S;
    claims.expires_s = GATE_NOW_S + 1;
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_LIFE_TOO_LONG");
}

static void refuses_another_issuer(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    memcpy(claims.issuer, "shoq", 5);
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_ISSUER_WRONG");
}

static void refuses_the_token_of_another_cluster(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    memcpy(claims.audience, "cluster-2", 10);
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_AUDIENCE_WRONG");
}

static void refuses_to_issue_what_it_would_refuse(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    claims.user[0] = '\0';
    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_INVALID);
    claims = gate_claims();
    claims.expires_s = claims.issued_s;
    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_INVALID);
    CU_ASSERT_EQUAL(gate.token.size, 0);
}

/* The largest claims there are: each name full, each character escaped. */
static void issues_within_the_bound_or_not_at_all(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    memset(claims.user, 'u', BOUNDS_USER_ID_MAX);
    claims.right_count = TOKEN_RIGHTS_MAX;
    for (size_t i = 0; i < TOKEN_RIGHTS_MAX; i++) {
        claims.rights[i].grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH;
        claims.rights[i].prefix_size = TOKEN_PREFIX_MAX;
        memset(claims.rights[i].prefix, 'p', TOKEN_PREFIX_MAX);
    }
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims), "TOKEN_ACCEPTED");
    memset(claims.user, 1, BOUNDS_USER_ID_MAX); /* Six bytes each. */
    gate_clear(&gate);
    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(gate.token.size, 0);
}

static void says_too_big_where_the_token_does_not_fit(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();
    size_t size;

    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    size = gate.token.size;
    text_init(&gate.token, gate_storage, size);
    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(gate.token.size, 0);
    text_init(&gate.token, gate_storage, size + 1);
    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    CU_ASSERT_EQUAL(gate.token.size, size);
}

/* Looking at a token needs no key, and believes nothing. */
static void shows_a_token_without_trusting_it(void)
{
    struct gate gate = gate_open();
    struct token_header header;
    struct token_claims claims;
    uint8_t signature[crypto_sign_BYTES] = {0};

    forge_signed(bytes_make(signature, sizeof(signature)),
                 bytes_from_text(GATE_HEADER), bytes_from_text(GATE_CLAIMS),
                 &gate.token);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_SIGNATURE_WRONG");
    CU_ASSERT_EQUAL(token_inspect(bytes_make(gate.token.data, gate.token.size),
                                  &header, &claims),
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
    SUITE_TEST(refuses_to_issue_what_it_would_refuse),
    SUITE_TEST(issues_within_the_bound_or_not_at_all),
    SUITE_TEST(says_too_big_where_the_token_does_not_fit),
    SUITE_TEST(shows_a_token_without_trusting_it),
};

int main(void)
{
    return SUITE_RUN("token/token", tests);
}
