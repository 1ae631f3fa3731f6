#include "net/curve_key.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/small_file.h"

#include <sodium.h>
#include <string.h>
#include <zmq.h>

enum {
    TEXT_SIZE = CURVE_KEY_TEXT_BYTES - 1,
    LINE_BYTES = 64,
};

static const char secret_mark[] = "dalv-curve-secret-1 ";
static const char public_mark[] = "dalv-curve-public-1 ";

void curve_pair_generate(struct curve_pair *out_pair)
{
    char public_text[CURVE_KEY_TEXT_BYTES];
    char secret_text[CURVE_KEY_TEXT_BYTES];

    ASSERT(zmq_curve_keypair(public_text, secret_text) == 0);
    ASSERT(curve_key_parse(bytes_from_text(public_text),
                           &out_pair->public_key) == DALV_OK);
    ASSERT(curve_key_parse(bytes_from_text(secret_text),
                           &out_pair->secret_key) == DALV_OK);
    sodium_memzero(secret_text, sizeof(secret_text));
}

void curve_pair_wipe(struct curve_pair *pair)
{
    sodium_memzero(pair, sizeof(*pair));
}

bool curve_key_equal(const struct curve_key *a, const struct curve_key *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

enum dalv_status curve_key_parse(struct bytes text, struct curve_key *out_key)
{
    char copy[CURVE_KEY_TEXT_BYTES];
    const uint8_t *decoded;

    if (text.size != TEXT_SIZE)
        return DALV_INVALID;
    memcpy(copy, text.data, TEXT_SIZE);
    copy[TEXT_SIZE] = '\0';
    /* The library takes the text's length as strlen gives it. */
    if (memchr(copy, '\0', TEXT_SIZE) != NULL)
        return DALV_INVALID;
    decoded = zmq_z85_decode(out_key->bytes, copy);
    sodium_memzero(copy, sizeof(copy));
    return decoded == NULL ? DALV_INVALID : DALV_OK;
}

void curve_key_format(const struct curve_key *key,
                      char out_text[CURVE_KEY_TEXT_BYTES])
{
    ASSERT(zmq_z85_encode(out_text, key->bytes, sizeof(key->bytes)) != NULL);
}

/* ---- Files ---- */

/* The line's text without what ends it; `rest` goes on behind it. */
static struct bytes take_line(struct bytes *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    size_t taken = end == NULL ? size : size + 1;
    struct bytes line = bytes_make(rest->data, size);

    *rest = bytes_make(rest->data + taken, rest->size - taken);
    return line;
}

static bool is_remark(struct bytes line)
{
    return line.size == 0 || line.data[0] == '#';
}

static enum dalv_status parse_line(struct bytes line, const char *mark,
                                   struct curve_key *out_key)
{
    size_t size = strlen(mark);

    if (line.size < size || memcmp(line.data, mark, size) != 0)
        return DALV_INVALID;
    return curve_key_parse(bytes_make(line.data + size, line.size - size),
                           out_key);
}

/* DALV_TOO_BIG: there are more keys than `capacity`. */
static enum dalv_status parse_lines(struct bytes content, const char *mark,
                                    struct curve_key *out_keys, size_t capacity,
                                    size_t *out_count)
{
    *out_count = 0;
    while (content.size > 0) {
        struct bytes line = take_line(&content);
        enum dalv_status status;

        if (is_remark(line))
            continue;
        if (*out_count == capacity)
            return DALV_TOO_BIG;
        status = parse_line(line, mark, &out_keys[*out_count]);
        if (status != DALV_OK)
            return status;
        ++*out_count;
    }
    return DALV_OK;
}

static void derive_public(struct curve_pair *pair)
{
    char secret_text[CURVE_KEY_TEXT_BYTES];
    char public_text[CURVE_KEY_TEXT_BYTES];

    curve_key_format(&pair->secret_key, secret_text);
    ASSERT(zmq_curve_public(public_text, secret_text) == 0);
    sodium_memzero(secret_text, sizeof(secret_text));
    ASSERT(curve_key_parse(bytes_from_text(public_text), &pair->public_key) ==
           DALV_OK);
}

static void wipe(struct buffer *content)
{
    if (content->data != NULL)
        sodium_memzero(content->data, content->capacity);
    buffer_deinit(content);
}

enum dalv_status curve_pair_load(const char *path, struct curve_pair *out_pair)
{
    struct buffer content;
    struct curve_key secret_key = {.bytes = {0}};
    size_t count = 0;
    enum dalv_status status;

    buffer_init(&content);
    status =
        small_file_read(path, SMALL_FILE_SECRET, CURVE_KEY_FILE_MAX, &content);
    if (status == DALV_OK)
        status = parse_lines(buffer_bytes(&content), secret_mark, &secret_key,
                             1, &count);
    wipe(&content);
    if (status != DALV_OK || count == 0) {
        sodium_memzero(&secret_key, sizeof(secret_key));
        return status == DALV_OK ? DALV_INVALID : status;
    }
    out_pair->secret_key = secret_key;
    sodium_memzero(&secret_key, sizeof(secret_key));
    derive_public(out_pair);
    return DALV_OK;
}

static enum dalv_status save(const char *path, enum small_file_access access,
                             const char *mark, const struct curve_key *key)
{
    char line[LINE_BYTES + CURVE_KEY_TEXT_BYTES];
    size_t size = strlen(mark);
    enum dalv_status status;

    memcpy(line, mark, size);
    curve_key_format(key, line + size);
    size += TEXT_SIZE;
    line[size++] = '\n';
    status = small_file_replace(path, access, bytes_make(line, size));
    sodium_memzero(line, sizeof(line));
    return status;
}

enum dalv_status curve_pair_save(const char *path,
                                 const struct curve_pair *pair)
{
    return save(path, SMALL_FILE_SECRET, secret_mark, &pair->secret_key);
}

enum dalv_status curve_keys_load(const char *path, struct curve_key *out_keys,
                                 size_t capacity, size_t *out_count)
{
    struct buffer content;
    enum dalv_status status;

    buffer_init(&content);
    status =
        small_file_read(path, SMALL_FILE_PUBLIC, CURVE_KEY_FILE_MAX, &content);
    if (status == DALV_OK)
        status = parse_lines(buffer_bytes(&content), public_mark, out_keys,
                             capacity, out_count);
    buffer_deinit(&content);
    return status;
}

enum dalv_status curve_key_save(const char *path, const struct curve_key *key)
{
    return save(path, SMALL_FILE_PUBLIC, public_mark, key);
}
