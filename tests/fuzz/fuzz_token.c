/*
 * The first byte chooses what the others are:
 *
 *     t  a token, as it arrives
 *     h  a header, put before good claims and signed by the issuer
 *     anything else  claims, put behind a good header and signed by him
 *
 * No token that the issuer did not sign is accepted, and accepted claims come
 * out of a token that is made of them.
 */
#include "base/assert.h"
#include "tests/support/forge.h"
#include "token/token.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    NOW_S = 1000000,
    LIFE_S = 3600,
    INPUT_MAX = 8 << 10,
};

static const char good_header[] =
    "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"main\"}";
static const char good_claims[] =
    "{\"iss\":\"shop\",\"aud\":\"c\",\"role\":\"device\",\"sub\":\"ann\","
    "\"dom\":[\"read:\"],\"iat\":999400,\"nbf\":999400,\"exp\":1003000,"
    "\"jti\":\"7\",\"gen\":3}";

static struct token_verifier verifier_of(const struct token_secret_key *key)
{
    struct token_verifier verifier = {.issuer = "shop",
                                      .audience = "c",
                                      .device_life_s_max = LIFE_S,
                                      .service_life_s_max = LIFE_S};

    token_secret_key_public(key, &verifier.keys.keys[0]);
    verifier.keys.count = 1;
    return verifier;
}

/* The claims as text: bytes between the fields of a struct mean nothing. */
static const char *shown(const struct token_claims *claims, struct text *text)
{
    ASSERT(token_json_format_claims(claims, text) == DALV_OK);
    return text_string(text);
}

static void compare(const struct token_claims *a, const struct token_claims *b)
{
    static char storage[2][4 * INPUT_MAX];
    struct text a_text;
    struct text b_text;

    text_init(&a_text, storage[0], sizeof(storage[0]));
    text_init(&b_text, storage[1], sizeof(storage[1]));
    ASSERT(strcmp(shown(a, &a_text), shown(b, &b_text)) == 0);
}

static void issue_and_read_back(const struct token_secret_key *key,
                                const struct token_verifier *verifier,
                                const struct token_claims *claims)
{
    char storage[BOUNDS_TOKEN_BYTES_MAX + 1];
    struct token_claims again;
    struct text token;
    enum dalv_status status;

    text_init(&token, storage, sizeof(storage));
    status = token_issue(key, claims, &token);
    /* Escapes may make it longer than what was read. */
    ASSERT(status == DALV_OK || status == DALV_TOO_BIG);
    if (status != DALV_OK)
        return;
    ASSERT(token_verify(verifier, bytes_make(token.data, token.size), NOW_S,
                        &again) == TOKEN_ACCEPTED);
    compare(claims, &again);
}

static void show(const struct token_secret_key *key, struct bytes token,
                 bool is_signed)
{
    struct token_verifier verifier = verifier_of(key);
    struct token_header header;
    struct token_claims claims;
    enum token_reason reason = token_verify(&verifier, token, NOW_S, &claims);

    ASSERT(is_signed || reason != TOKEN_ACCEPTED);
    if (reason == TOKEN_ACCEPTED)
        issue_and_read_back(key, &verifier, &claims);
    if (token_inspect(token, &header, &claims) != TOKEN_ACCEPTED)
        ASSERT(reason != TOKEN_ACCEPTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char storage[4 * INPUT_MAX];
    struct token_secret_key key = forge_key("main");
    struct bytes rest;
    struct text token;

    if (size == 0 || size > INPUT_MAX)
        return 0;
    rest = bytes_make(data + 1, size - 1);
    text_init(&token, storage, sizeof(storage));
    if (data[0] == 't') {
        show(&key, rest, false);
        return 0;
    }
    if (data[0] == 'h')
        forge_token(&key, rest, bytes_from_text(good_claims), &token);
    else
        forge_token(&key, bytes_from_text(good_header), rest, &token);
    show(&key, bytes_make(token.data, token.size), true);
    return 0;
}
