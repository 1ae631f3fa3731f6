/*
 * A right: what a token's bearer may do with the keys under one prefix.
 *
 * As text it is the grants and the prefix, e.g. "read,write:cart/"; the grants
 * stand in the order read, write, watch, and an empty prefix means every key.
 */
#ifndef DALV_TOKEN_RIGHT_H
#define DALV_TOKEN_RIGHT_H

#include "base/bytes.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TOKEN_PREFIX_MAX = 64,
    TOKEN_RIGHT_TEXT_MAX = 17 + TOKEN_PREFIX_MAX, /* "read,write,watch:". */
};

enum token_grant {
    TOKEN_READ = 1,
    TOKEN_WRITE = 2,
    TOKEN_WATCH = 4,
};

struct token_right {
    unsigned grants; /* Bits of enum token_grant, at least one. */
    size_t prefix_size;
    char prefix[TOKEN_PREFIX_MAX]; /* UTF-8, not ended by a zero. */
};

/* False, and nothing written, if the text is not exactly of the form above. */
bool token_right_parse(struct bytes text, struct token_right *out_right);

/* Append the text of a right; raw, so that it parses back to the same. */
void token_right_format(const struct token_right *right, struct text *text);

/* True if `key` is under the right's prefix. */
bool token_right_covers(const struct token_right *right, struct bytes key);

#endif
