/*
 * Whole numbers as people write them: decimal digits and nothing else.
 */
#ifndef DALV_BASE_DECIMAL_H
#define DALV_BASE_DECIMAL_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The number that all of `text` is, 0 to `max`. False, and nothing is written,
 * if it is none: empty, signed, with anything before, between or behind its
 * digits, or above `max`. Leading zeros mean nothing.
 */
bool decimal_read(struct bytes text, uint64_t max, uint64_t *out_number);

/* The same for any number of 64 bits; it may begin with one + or -. */
bool decimal_read_signed(struct bytes text, int64_t *out_number);

#endif
