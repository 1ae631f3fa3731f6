#include "token/token.h"

#include "base/assert.h"

#include <sodium.h>
#include <string.h>

static const char algorithm_name[] = "EdDSA";
static const char type_name[] = "dalv+jwt";

enum {
    ENCODING = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    ID_BYTES = 16,
    ENCODED_CLAIMS_MAX = TOKEN_CLAIMS_MAX * 4 / 3 + 4,
    ENCODED_SIGNATURE = 86,
    /* The claims must leave room for the header and the signature. */
    ISSUED_CLAIMS_MAX =
        (BOUNDS_TOKEN_BYTES_MAX - TOKEN_HEADER_MAX - ENCODED_SIGNATURE) * 3 / 4,
};

_Static_assert((int)ISSUED_CLAIMS_MAX <= (int)TOKEN_CLAIMS_MAX,
               "issued is readable");

/* The parts of a token, borrowed from it and still encoded. */
struct parts {
    struct bytes header;
    struct bytes claims;
    struct bytes signature;
    struct bytes signed_text; /* Header, dot and claims. */
};

/* The bytes before the first dot of `rest`, which then begins behind it. */
static bool cut_at_dot(struct bytes *rest, struct bytes *out_front)
{
    const uint8_t *dot =
        rest->size == 0 ? NULL : memchr(rest->data, '.', rest->size);
    size_t size;

    if (dot == NULL)
        return false;
    size = (size_t)(dot - rest->data);
    *out_front = bytes_make(rest->data, size);
    *rest = bytes_make(dot + 1, rest->size - size - 1);
    return true;
}

static enum token_reason split(struct bytes token, struct parts *out_parts)
{
    struct bytes rest = token;

    if (token.size > BOUNDS_TOKEN_BYTES_MAX)
        return TOKEN_TOO_LONG;
    if (!cut_at_dot(&rest, &out_parts->header) ||
        !cut_at_dot(&rest, &out_parts->claims))
        return TOKEN_MALFORMED;
    /* A further dot is no base64url, so decoding the signature refuses it. */
    out_parts->signature = rest;
    out_parts->signed_text = bytes_make(token.data, token.size - rest.size - 1);
    return TOKEN_ACCEPTED;
}

/*
 * Strict base64url: no padding, no foreign character, no spare bits set, so
 * that one text is the only form of its bytes.
 */
static bool decode(struct bytes encoded, uint8_t *target, size_t capacity,
                   struct bytes *out_bytes)
{
    size_t size = 0;

    if (encoded.size == 0 ||
        sodium_base642bin(target, capacity, (const char *)encoded.data,
                          encoded.size, NULL, &size, NULL, ENCODING) != 0)
        return false;
    *out_bytes = bytes_make(target, size);
    return true;
}

static enum token_reason read_header(const struct parts *parts,
                                     struct token_header *out_header)
{
    uint8_t storage[TOKEN_HEADER_MAX];
    struct bytes json;

    if (!decode(parts->header, storage, sizeof(storage), &json))
        return TOKEN_MALFORMED;
    return token_json_parse_header(json, out_header);
}

static enum token_reason read_claims(const struct parts *parts,
                                     struct token_claims *out_claims)
{
    uint8_t storage[TOKEN_CLAIMS_MAX];
    struct bytes json;

    if (!decode(parts->claims, storage, sizeof(storage), &json))
        return TOKEN_MALFORMED;
    return token_json_parse_claims(json, out_claims);
}

static enum token_reason judge_header(const struct token_header *header)
{
    if (strcmp(header->algorithm, algorithm_name) != 0)
        return TOKEN_ALGORITHM_REFUSED;
    if (strcmp(header->type, type_name) != 0)
        return TOKEN_TYPE_REFUSED;
    return TOKEN_ACCEPTED;
}

static enum token_reason judge_signature(const struct token_key_set *keys,
                                         const struct parts *parts,
                                         const char *kid)
{
    uint8_t storage[crypto_sign_BYTES];
    struct bytes signature;
    enum token_reason reason = TOKEN_KEY_UNKNOWN;

    if (!decode(parts->signature, storage, sizeof(storage), &signature) ||
        signature.size != sizeof(storage))
        return TOKEN_MALFORMED;
    for (size_t i = 0; i < keys->count; i++) {
        if (kid[0] != '\0' && strcmp(kid, keys->keys[i].kid) != 0)
            continue;
        if (crypto_sign_verify_detached(storage, parts->signed_text.data,
                                        parts->signed_text.size,
                                        keys->keys[i].key) == 0)
            return TOKEN_ACCEPTED;
        reason = TOKEN_SIGNATURE_WRONG;
    }
    return reason;
}

/*
 * The life is measured from the issue, not from now: else a token that lives
 * too long would become acceptable near its end.
 */
static enum token_reason judge_times(const struct token_verifier *verifier,
                                     const struct token_claims *claims,
                                     uint64_t now_s)
{
    uint64_t latest_s = now_s + BOUNDS_CLOCK_SKEW_S;
    uint64_t life_s_max = claims->role == TOKEN_DEVICE
                              ? verifier->device_life_s_max
                              : verifier->service_life_s_max;

    if (claims->expires_s - claims->issued_s > life_s_max)
        return TOKEN_LIFE_TOO_LONG;
    if (claims->not_before_s > latest_s || claims->issued_s > latest_s)
        return TOKEN_NOT_YET_VALID;
    if (now_s >= claims->expires_s + BOUNDS_CLOCK_SKEW_S)
        return TOKEN_EXPIRED;
    return TOKEN_ACCEPTED;
}

static enum token_reason judge_claims(const struct token_verifier *verifier,
                                      const struct token_claims *claims,
                                      uint64_t now_s)
{
    enum token_reason reason = token_claims_check(claims);

    if (reason != TOKEN_ACCEPTED)
        return reason;
    if (strcmp(claims->issuer, verifier->issuer) != 0)
        return TOKEN_ISSUER_WRONG;
    if (strcmp(claims->audience, verifier->audience) != 0)
        return TOKEN_AUDIENCE_WRONG;
    return judge_times(verifier, claims, now_s);
}

enum token_reason token_verify(const struct token_verifier *verifier,
                               struct bytes token, uint64_t now_s,
                               struct token_claims *out_claims)
{
    struct parts parts;
    struct token_header header;
    struct token_claims claims = {.issuer = ""};
    enum token_reason reason = split(token, &parts);

    if (reason == TOKEN_ACCEPTED)
        reason = read_header(&parts, &header);
    if (reason == TOKEN_ACCEPTED)
        reason = judge_header(&header);
    if (reason == TOKEN_ACCEPTED)
        reason = judge_signature(&verifier->keys, &parts, header.kid);
    if (reason == TOKEN_ACCEPTED)
        reason = read_claims(&parts, &claims);
    if (reason == TOKEN_ACCEPTED)
        reason = judge_claims(verifier, &claims, now_s);
    if (reason == TOKEN_ACCEPTED)
        *out_claims = claims;
    return reason;
}

enum token_reason token_inspect(struct bytes token,
                                struct token_header *out_header,
                                struct token_claims *out_claims)
{
    struct parts parts;
    struct token_header header = {.kid = ""};
    enum token_reason reason = split(token, &parts);

    if (reason == TOKEN_ACCEPTED)
        reason = read_header(&parts, &header);
    if (reason == TOKEN_ACCEPTED)
        reason = read_claims(&parts, out_claims);
    if (reason == TOKEN_ACCEPTED)
        *out_header = header;
    return reason;
}

static void put_encoded(struct text *text, struct bytes bytes)
{
    char encoded[ENCODED_CLAIMS_MAX + 1];

    ASSERT(bytes.size <= TOKEN_CLAIMS_MAX);
    sodium_bin2base64(encoded, sizeof(encoded), bytes.data, bytes.size,
                      ENCODING);
    text_put(text, encoded);
}

static void put_header(const struct token_secret_key *key, struct text *text)
{
    struct token_header header = {0};
    char storage[TOKEN_HEADER_MAX];
    struct text json;
    enum dalv_status status;

    memcpy(header.algorithm, algorithm_name, sizeof(algorithm_name));
    memcpy(header.type, type_name, sizeof(type_name));
    memcpy(header.kid, key->kid, sizeof(header.kid));
    text_init(&json, storage, sizeof(storage));
    /* The longest kid, which needs no escapes, leaves more than half free. */
    status = token_json_format_header(&header, &json);
    ASSERT(status == DALV_OK);
    put_encoded(text, bytes_make(json.data, json.size));
}

static enum dalv_status put_claims(const struct token_claims *claims,
                                   struct text *text)
{
    char storage[ISSUED_CLAIMS_MAX + 1];
    struct text json;
    enum dalv_status status;

    text_init(&json, storage, sizeof(storage));
    status = token_json_format_claims(claims, &json);
    if (status == DALV_OK)
        put_encoded(text, bytes_make(json.data, json.size));
    return status;
}

static void make_id(char id[TOKEN_NAME_MAX + 1])
{
    uint8_t random[ID_BYTES];

    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(id, TOKEN_NAME_MAX + 1, random, sizeof(random), ENCODING);
}

/* Sign `complete`, whose claims were checked, into a text of our own. */
static enum dalv_status sign(const struct token_secret_key *key,
                             const struct token_claims *complete,
                             struct text *token)
{
    uint8_t signature[crypto_sign_BYTES];
    enum dalv_status status;

    put_header(key, token);
    text_put_char(token, '.');
    status = put_claims(complete, token);
    if (status != DALV_OK)
        return status;
    (void)crypto_sign_detached(signature, NULL, (const uint8_t *)token->data,
                               token->size, key->key);
    text_put_char(token, '.');
    put_encoded(token, bytes_make(signature, sizeof(signature)));
    ASSERT(!token->is_cut);
    return DALV_OK;
}

enum dalv_status token_issue(const struct token_secret_key *key,
                             const struct token_claims *claims,
                             struct text *out_token)
{
    struct token_claims complete = *claims;
    char storage[BOUNDS_TOKEN_BYTES_MAX + 1];
    struct text token;
    enum dalv_status status;

    if (complete.id[0] == '\0')
        make_id(complete.id);
    if (token_claims_check(&complete) != TOKEN_ACCEPTED)
        return DALV_INVALID;
    text_init(&token, storage, sizeof(storage));
    status = sign(key, &complete, &token);
    if (status != DALV_OK)
        return status;
    if (token.size > out_token->capacity - 1 - out_token->size)
        return DALV_TOO_BIG;
    text_put(out_token, text_string(&token));
    return DALV_OK;
}
