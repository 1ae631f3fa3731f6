/*
 * Building text in memory of the caller, without the C library's formatting.
 *
 * Text that does not fit is cut and remembered as cut. The text always ends
 * with a zero.
 */
#ifndef DALV_BASE_TEXT_H
#define DALV_BASE_TEXT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t capacity; /* With the terminating zero; at least 1. */
    size_t size;     /* Without it. */
    bool is_cut;
};

void text_init(struct text *text, char *data, size_t capacity);
void text_put(struct text *text, const char *string);
void text_put_char(struct text *text, char character);
void text_put_u64(struct text *text, uint64_t value);
void text_put_i64(struct text *text, int64_t value);
/* Lower-case hexadecimal, at least `digits` wide, padded with zeros. */
void text_put_hex(struct text *text, uint64_t value, unsigned digits);
/*
 * Bytes for people: printable UTF-8 as it is, control characters, backslashes
 * and broken sequences as \xNN. So it can neither forge a log line nor steer a
 * terminal.
 */
void text_put_bytes(struct text *text, struct bytes bytes);
/* The bytes as pairs of lower-case hexadecimal digits. */
void text_put_bytes_hex(struct text *text, struct bytes bytes);
/* The finished text; borrowed until the next put. */
const char *text_string(const struct text *text);

#endif
