/*
 * What an enemy shows at the gate: tokens that were forged, altered, or made to
 * confuse whoever reads them.
 */
#include "token/token.h"

#include "tests/support/forge.h"
#include "tests/support/suite.h"
#include "tests/unit/token/gate.h"

#include <CUnit/CUnit.h>
#include <sodium.h>
#include <string.h>

/* For good claims behind a header that is written with single quotes. */
static const char *judge_quoted(struct gate *gate, const char *header)
{
    char json[TOKEN_HEADER_MAX];
    struct text text;

    text_init(&text, json, sizeof(json));
    for (; *header != '\0'; header++) {
        if (*header == '\'')
            text_put_char(&text, '"');
        else
            text_put_char(&text, *header);
    }
    CU_ASSERT_FALSE(text.is_cut);
    return gate_judge_json(gate, json, GATE_CLAIMS);
}

static void refuses_every_other_algorithm_and_type(void)
{
    static const struct {
        const char *header;
        const char *reason;
    } cases[] = {
        {"{'alg':'none','typ':'dalv+jwt'}", "TOKEN_ALGORITHM_REFUSED"},
        {"{'alg':'ES256','typ':'dalv+jwt'}", "TOKEN_ALGORITHM_REFUSED"},
        {"{'alg':'RS256','typ':'dalv+jwt'}", "TOKEN_ALGORITHM_REFUSED"},
        {"{'alg':'eddsa','typ':'dalv+jwt'}", "TOKEN_ALGORITHM_REFUSED"},
        {"{'alg':'EdDSA','typ':'JWT'}", "TOKEN_TYPE_REFUSED"},
        {"{'alg':'EdDSA'}", "TOKEN_HEADER_REFUSED"},
        {"{'typ':'dalv+jwt'}", "TOKEN_HEADER_REFUSED"},
    };
    struct gate gate = gate_open();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_quoted(&gate, cases[i].header),
                               cases[i].reason);
}

static void refuses_a_token_that_nobody_signed(void)
{
    struct gate gate = gate_open();

    forge_signed(bytes_make(NULL, 0),
                 bytes_from_text("{\"alg\":\"none\",\"typ\":\"dalv+jwt\"}"),
                 bytes_from_text(GATE_CLAIMS), &gate.token);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_ALGORITHM_REFUSED");
    gate_clear(&gate);
    forge_signed(bytes_make(NULL, 0), bytes_from_text(GATE_HEADER),
                 bytes_from_text(GATE_CLAIMS), &gate.token);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
}

/* The classic: the public key, which anybody has, as the secret of an HMAC. */
static void refuses_the_public_key_as_a_shared_secret(void)
{
    struct gate gate = gate_open();
    const char *header = "{\"alg\":\"HS256\",\"typ\":\"dalv+jwt\"}";
    uint8_t code[crypto_auth_hmacsha256_BYTES];

    forge_signed(bytes_make(NULL, 0), bytes_from_text(header),
                 bytes_from_text(GATE_CLAIMS), &gate.token);
    (void)crypto_auth_hmacsha256(code, (const uint8_t *)gate.token.data,
                                 gate.token.size - 1,
                                 gate.verifier.keys.keys[0].key);
    gate_clear(&gate);
    forge_signed(bytes_make(code, sizeof(code)), bytes_from_text(header),
                 bytes_from_text(GATE_CLAIMS), &gate.token);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_ALGORITHM_REFUSED");
}

static void refuses_the_signature_of_another_key(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    gate.key = forge_key("other");
    memcpy(gate.key.kid, "main", sizeof("main"));
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_SIGNATURE_WRONG");
}

static void refuses_a_signature_that_was_moved(void)
{
    struct gate gate = gate_open();
    uint8_t signature[crypto_sign_BYTES] = {0};

    forge_signed(bytes_make(signature, sizeof(signature)),
                 bytes_from_text(GATE_HEADER), bytes_from_text(GATE_CLAIMS),
                 &gate.token);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_SIGNATURE_WRONG");
    gate_clear(&gate);
    forge_signed(bytes_make(signature, sizeof(signature) - 1),
                 bytes_from_text(GATE_HEADER), bytes_from_text(GATE_CLAIMS),
                 &gate.token);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
}

static void trusts_nobody_without_keys(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();

    gate.verifier.keys.count = 0;
    CU_ASSERT_STRING_EQUAL(gate_judge_claims(&gate, &claims),
                           "TOKEN_KEY_UNKNOWN");
}

static void refuses_every_flipped_bit(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();
    size_t accepted_count = 0;

    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    for (size_t bit = 0; bit < gate.token.size * 8; bit++) {
        char mask = (char)(1U << bit % 8);

        gate.token.data[bit / 8] = (char)(gate.token.data[bit / 8] ^ mask);
        accepted_count += strcmp(gate_judge(&gate), "TOKEN_ACCEPTED") == 0;
        gate.token.data[bit / 8] = (char)(gate.token.data[bit / 8] ^ mask);
    }
    CU_ASSERT_EQUAL(accepted_count, 0);
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_ACCEPTED");
}

static void refuses_every_truncation_and_anything_behind(void)
{
    struct gate gate = gate_open();
    struct token_claims claims = gate_claims();
    size_t whole;

    CU_ASSERT_EQUAL(token_issue(&gate.key, &claims, &gate.token), DALV_OK);
    whole = gate.token.size;
    for (gate.token.size = 0; gate.token.size < whole; gate.token.size++)
        CU_ASSERT_STRING_NOT_EQUAL(gate_judge(&gate), "TOKEN_ACCEPTED");
    text_put(&gate.token, ".");
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
    gate.token.size = whole;
    text_put(&gate.token, "=");
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
    gate.token.size = whole;
    text_put(&gate.token, "\n");
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
}

static void takes_the_name_of_a_key_for_a_name_only(void)
{
    static const char *const headers[] = {
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':'../../main'}",
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':'/dev/null'}",
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':'MAIN'}",
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':'mai'}",
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':'main OR 1=1'}",
    };
    struct gate gate = gate_open();

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_quoted(&gate, headers[i]),
                               "TOKEN_KEY_UNKNOWN");
}

static void refuses_any_header_but_its_own(void)
{
    static const char *const headers[] = {
        /* A key that the token brings along. */
        "{'alg':'EdDSA','typ':'dalv+jwt','jwk':{'kty':'OKP'}}",
        "{'alg':'EdDSA','typ':'dalv+jwt','jku':'http://x/'}",
        "{'alg':'EdDSA','typ':'dalv+jwt','crit':['exp']}",
        /* The same member twice: which one would hold? */
        "{'alg':'EdDSA','typ':'dalv+jwt','alg':'EdDSA'}",
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':7}",
        "{'alg':'EdDSA','typ':'dalv+jwt','kid':''}",
        "{'alg':'EdDSA','typ':'dalv+jwt'} {}",
        "{'alg':'EdDSA','typ':'dalv+jwt',}",
        "[]",
        "null",
    };
    struct gate gate = gate_open();

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        CU_ASSERT_STRING_EQUAL(judge_quoted(&gate, headers[i]),
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
    struct gate gate = gate_open();

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
        CU_ASSERT_STRING_EQUAL(gate_judge_json(&gate, GATE_HEADER, claims[i]),
                               "TOKEN_CLAIMS_REFUSED");
}

static void refuses_100_kb_before_it_looks(void)
{
    struct gate gate = gate_open();

    memset(gate_storage, 'A', 100000);
    gate.token.size = 100000;
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_TOO_LONG");
    gate.token.size = 4097;
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_TOO_LONG");
    gate.token.size = 4096;
    CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
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
    struct gate gate = gate_open();

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        gate_clear(&gate);
        text_put(&gate.token, texts[i]);
        CU_ASSERT_STRING_EQUAL(gate_judge(&gate), "TOKEN_MALFORMED");
    }
}

static const struct suite_test tests[] = {
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
    SUITE_TEST(refuses_parts_that_are_no_base64url),
};

int main(void)
{
    return SUITE_RUN("token/token, attacks", tests);
}
