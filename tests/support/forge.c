#include "tests/support/forge.h"

#include "base/assert.h"

#include <sodium.h>
#include <string.h>

enum {
    ENCODING = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
    ENCODED_MAX = 256 << 10,
};

struct token_secret_key forge_key(const char *name)
{
    struct token_secret_key key = {0};
    uint8_t public_key[TOKEN_PUBLIC_BYTES];
    uint8_t seed[crypto_sign_SEEDBYTES];

    ASSERT(token_start() == DALV_OK && strlen(name) <= TOKEN_KID_MAX);
    (void)crypto_generichash(seed, sizeof(seed), (const uint8_t *)name,
                             strlen(name), NULL, 0);
    (void)crypto_sign_seed_keypair(public_key, key.key, seed);
    memcpy(key.kid, name, strlen(name));
    return key;
}

static void put_encoded(struct bytes bytes, struct text *text)
{
    static char encoded[ENCODED_MAX];

    (void)sodium_bin2base64(encoded, sizeof(encoded), bytes.data, bytes.size,
                            ENCODING);
    text_put(text, encoded);
}

void forge_token(const struct token_secret_key *key, struct bytes header_json,
                 struct bytes claims_json, struct text *out_token)
{
    uint8_t signature[crypto_sign_BYTES];
    size_t start = out_token->size;

    put_encoded(header_json, out_token);
    text_put_char(out_token, '.');
    put_encoded(claims_json, out_token);
    (void)crypto_sign_detached(signature, NULL,
                               (const uint8_t *)out_token->data + start,
                               out_token->size - start, key->key);
    text_put_char(out_token, '.');
    put_encoded(bytes_make(signature, sizeof(signature)), out_token);
}

void forge_signed(struct bytes signature, struct bytes header_json,
                  struct bytes claims_json, struct text *out_token)
{
    put_encoded(header_json, out_token);
    text_put_char(out_token, '.');
    put_encoded(claims_json, out_token);
    text_put_char(out_token, '.');
    put_encoded(signature, out_token);
}
