#include "token/key.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/small_file.h"
#include "base/text.h"

#include <sodium.h>
#include <string.h>

/*
 * The seed is as long as the public key and makes the whole secret key, so one
 * parser reads both kinds of line.
 */
_Static_assert(crypto_sign_SEEDBYTES == TOKEN_PUBLIC_BYTES, "seed");
_Static_assert(crypto_sign_PUBLICKEYBYTES == TOKEN_PUBLIC_BYTES, "public key");
_Static_assert(crypto_sign_SECRETKEYBYTES == TOKEN_SECRET_BYTES, "secret key");

enum {
    KEY_TEXT_BYTES = 43, /* 32 bytes in base64url without padding. */
    LINE_MAX_BYTES = 32 + TOKEN_KID_MAX + KEY_TEXT_BYTES,
};

static const char secret_mark[] = "dalv-secret-key-1 ";
static const char public_mark[] = "dalv-public-key-1 ";

enum dalv_status token_start(void)
{
    return sodium_init() < 0 ? DALV_INTERNAL : DALV_OK;
}

static bool is_kid_character(uint8_t character)
{
    return (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '.' ||
           character == '-' || character == '_';
}

bool token_kid_is_valid(struct bytes kid)
{
    if (kid.size == 0 || kid.size > TOKEN_KID_MAX)
        return false;
    for (size_t i = 0; i < kid.size; i++) {
        if (!is_kid_character(kid.data[i]))
            return false;
    }
    return true;
}

static void set_kid(char kid[TOKEN_KID_MAX + 1], struct bytes name)
{
    ASSERT(name.size <= TOKEN_KID_MAX);
    memset(kid, 0, TOKEN_KID_MAX + 1);
    memcpy(kid, name.data, name.size);
}

/* The rest of `line` behind "MARK "; false if it begins with anything else. */
static bool skip_mark(struct bytes line, const char *mark,
                      struct bytes *out_rest)
{
    struct bytes prefix = bytes_from_text(mark);

    if (!bytes_has_prefix(line, prefix))
        return false;
    *out_rest = bytes_make(line.data + prefix.size, line.size - prefix.size);
    return true;
}

/* Parse "MARK KID BASE64URL" with single spaces and nothing behind. */
static bool parse_line(struct bytes line, const char *mark,
                       struct token_public_key *out_key)
{
    struct bytes rest;
    struct bytes kid;
    const uint8_t *space;
    size_t size = 0;

    if (!skip_mark(line, mark, &rest))
        return false;
    space = memchr(rest.data, ' ', rest.size);
    if (space == NULL)
        return false;
    kid = bytes_make(rest.data, (size_t)(space - rest.data));
    rest = bytes_make(space + 1, rest.size - kid.size - 1);
    if (!token_kid_is_valid(kid) || rest.size != KEY_TEXT_BYTES)
        return false;
    if (sodium_base642bin(out_key->key, sizeof(out_key->key),
                          (const char *)rest.data, rest.size, NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    set_kid(out_key->kid, kid);
    return size == sizeof(out_key->key);
}

static void format_line(struct text *text, const char *mark, const char *kid,
                        const uint8_t key[TOKEN_PUBLIC_BYTES])
{
    char encoded[KEY_TEXT_BYTES + 1];

    sodium_bin2base64(encoded, sizeof(encoded), key, TOKEN_PUBLIC_BYTES,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text_put(text, mark);
    text_put(text, kid);
    text_put_char(text, ' ');
    text_put(text, encoded);
    text_put_char(text, '\n');
    sodium_memzero(encoded, sizeof(encoded));
}

/* Take the next line, without its end, from the front of `rest`. */
static struct bytes next_line(struct bytes *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    size_t skipped = end == NULL ? size : size + 1;
    struct bytes line = bytes_make(rest->data, size);

    *rest = bytes_make(rest->data + skipped, rest->size - skipped);
    return line;
}

enum dalv_status token_secret_key_generate(const char *kid,
                                           struct token_secret_key *out_key)
{
    uint8_t public_key[TOKEN_PUBLIC_BYTES];
    struct bytes name = bytes_from_text(kid);

    if (!token_kid_is_valid(name))
        return DALV_INVALID;
    if (crypto_sign_keypair(public_key, out_key->key) != 0)
        return DALV_INTERNAL;
    set_kid(out_key->kid, name);
    return DALV_OK;
}

void token_secret_key_wipe(struct token_secret_key *key)
{
    sodium_memzero(key, sizeof(*key));
}

void token_secret_key_public(const struct token_secret_key *key,
                             struct token_public_key *out_key)
{
    memcpy(out_key->kid, key->kid, sizeof(out_key->kid));
    /* Cannot fail: the public key is the second half of the secret one. */
    (void)crypto_sign_ed25519_sk_to_pk(out_key->key, key->key);
}

static enum dalv_status parse_secret(struct bytes content,
                                     struct token_secret_key *out_key)
{
    struct token_public_key seed;
    uint8_t public_key[TOKEN_PUBLIC_BYTES];
    enum dalv_status status = DALV_INVALID;
    struct bytes line;

    if (content.size == 0)
        return DALV_INVALID;
    line = next_line(&content);
    if (content.size == 0 && parse_line(line, secret_mark, &seed)) {
        memcpy(out_key->kid, seed.kid, sizeof(out_key->kid));
        (void)crypto_sign_seed_keypair(public_key, out_key->key, seed.key);
        status = DALV_OK;
    }
    sodium_memzero(&seed, sizeof(seed));
    return status;
}

enum dalv_status token_secret_key_load(const char *path,
                                       struct token_secret_key *out_key)
{
    struct buffer content;
    enum dalv_status status;

    buffer_init(&content);
    status =
        small_file_read(path, SMALL_FILE_SECRET, TOKEN_KEY_FILE_MAX, &content);
    if (status == DALV_OK)
        status = parse_secret(buffer_bytes(&content), out_key);
    if (content.capacity > 0)
        sodium_memzero(content.data, content.capacity);
    buffer_deinit(&content);
    return status;
}

enum dalv_status token_secret_key_save(const char *path,
                                       const struct token_secret_key *key)
{
    char line[LINE_MAX_BYTES];
    uint8_t seed[crypto_sign_SEEDBYTES];
    struct text text;
    enum dalv_status status;

    (void)crypto_sign_ed25519_sk_to_seed(seed, key->key);
    text_init(&text, line, sizeof(line));
    format_line(&text, secret_mark, key->kid, seed);
    ASSERT(!text.is_cut);
    status = small_file_replace(path, SMALL_FILE_SECRET,
                                bytes_make(text.data, text.size));
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(line, sizeof(line));
    return status;
}

enum dalv_status token_key_set_add(struct token_key_set *set,
                                   const struct token_public_key *key)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->keys[i].kid, key->kid) != 0)
            continue;
        return memcmp(set->keys[i].key, key->key, sizeof(key->key)) == 0
                   ? DALV_OK
                   : DALV_OCCUPIED;
    }
    if (set->count == TOKEN_KEYS_MAX)
        return DALV_TOO_BIG;
    set->keys[set->count++] = *key;
    return DALV_OK;
}

static bool is_skipped(struct bytes line)
{
    return line.size == 0 || line.data[0] == '#';
}

static enum dalv_status parse_set(struct bytes content,
                                  struct token_key_set *set)
{
    struct token_public_key key;
    size_t key_count = 0;

    while (content.size > 0) {
        struct bytes line = next_line(&content);
        enum dalv_status status;

        if (is_skipped(line))
            continue;
        if (!parse_line(line, public_mark, &key))
            return DALV_INVALID;
        status = token_key_set_add(set, &key);
        if (status != DALV_OK)
            return status;
        key_count++;
    }
    return key_count == 0 ? DALV_INVALID : DALV_OK;
}

enum dalv_status token_key_set_load(const char *path, struct token_key_set *set)
{
    struct buffer content;
    struct token_key_set grown = *set;
    enum dalv_status status;

    buffer_init(&content);
    status =
        small_file_read(path, SMALL_FILE_PUBLIC, TOKEN_KEY_FILE_MAX, &content);
    if (status == DALV_OK)
        status = parse_set(buffer_bytes(&content), &grown);
    if (status == DALV_OK)
        *set = grown;
    buffer_deinit(&content);
    return status;
}

enum dalv_status token_key_set_save(const char *path,
                                    const struct token_key_set *set)
{
    char lines[TOKEN_KEYS_MAX * LINE_MAX_BYTES];
    struct text text;

    text_init(&text, lines, sizeof(lines));
    for (size_t i = 0; i < set->count; i++)
        format_line(&text, public_mark, set->keys[i].kid, set->keys[i].key);
    ASSERT(!text.is_cut);
    return small_file_replace(path, SMALL_FILE_PUBLIC,
                              bytes_make(text.data, text.size));
}
