/*
 * One character of UTF-8 (RFC 3629) at a time.
 */
#ifndef DALV_BASE_UTF8_H
#define DALV_BASE_UTF8_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The character at the front of `bytes`: its length, 1 to 4, and its code
 * point. 0 if `bytes` is empty or begins with a sequence that is broken,
 * over-long, a surrogate or above U+10FFFF; then `out_code` is untouched.
 */
size_t utf8_read(struct bytes bytes, uint32_t *out_code);

#endif
