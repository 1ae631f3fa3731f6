/*
 * Amounts as people write them: a whole number and a unit, e.g. 64MiB or 2s.
 */
#ifndef DALV_CONFIG_QUANTITY_H
#define DALV_CONFIG_QUANTITY_H

#include "base/bytes.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum quantity_kind {
    QUANTITY_COUNT,    /* No unit. */
    QUANTITY_BYTES,    /* None, KiB, MiB, GiB or TiB. */
    QUANTITY_DURATION, /* In ms; ms, s, m, h or d, never none. */
};

/* False, and nothing written, if it is not of that form or beyond 64 bit. */
bool quantity_parse(enum quantity_kind kind, struct bytes text,
                    uint64_t *out_amount);

/* Append the amount in the largest unit that divides it. */
void quantity_format(enum quantity_kind kind, uint64_t amount,
                     struct text *text);

#endif
