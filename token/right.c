#include "token/right.h"

#include "base/assert.h"

#include <string.h>

/* The one spelling of each set of grants; the index is the set's bits. */
static const char *const grants_texts[] = {
    [TOKEN_READ] = "read",
    [TOKEN_WRITE] = "write",
    [TOKEN_READ | TOKEN_WRITE] = "read,write",
    [TOKEN_WATCH] = "watch",
    [TOKEN_READ | TOKEN_WATCH] = "read,watch",
    [TOKEN_WRITE | TOKEN_WATCH] = "write,watch",
    [TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH] = "read,write,watch",
};

enum {
    GRANTS_END = sizeof(grants_texts) / sizeof(grants_texts[0]),
};

/* 0 if the text names no set of grants. */
static unsigned grants_of(struct bytes text)
{
    for (unsigned grants = 1; grants < GRANTS_END; grants++) {
        if (bytes_equal(text, bytes_from_text(grants_texts[grants])))
            return grants;
    }
    return 0;
}

bool token_right_parse(struct bytes text, struct token_right *out_right)
{
    const uint8_t *colon =
        text.size == 0 ? NULL : memchr(text.data, ':', text.size);
    struct token_right right = {0};
    size_t size;

    if (colon == NULL)
        return false;
    size = (size_t)(colon - text.data);
    right.grants = grants_of(bytes_make(text.data, size));
    right.prefix_size = text.size - size - 1;
    if (right.grants == 0 || right.prefix_size > TOKEN_PREFIX_MAX)
        return false;
    if (!bytes_is_utf8(bytes_make(colon + 1, right.prefix_size)))
        return false;
    memcpy(right.prefix, colon + 1, right.prefix_size);
    *out_right = right;
    return true;
}

void token_right_format(const struct token_right *right, struct text *text)
{
    ASSERT(right->grants > 0 && right->grants < GRANTS_END);
    ASSERT(right->prefix_size <= TOKEN_PREFIX_MAX);
    text_put(text, grants_texts[right->grants]);
    text_put_char(text, ':');
    for (size_t i = 0; i < right->prefix_size; i++)
        text_put_char(text, right->prefix[i]);
}

bool token_right_covers(const struct token_right *right, struct bytes key)
{
    return bytes_has_prefix(key, bytes_make(right->prefix, right->prefix_size));
}
