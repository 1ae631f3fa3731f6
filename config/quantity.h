/*
 * Amounts as people write them: a whole number and a unit, e.g. 64MiB or 2s.
 */
#ifndef DALV_CONFIG_QUANTITY_H
#define DALV_CONFIG_QUANTITY_H

#include "base/bytes.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes, and durations in ms. */
#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)
#define SECOND UINT64_C(1000)
#define MINUTE (UINT64_C(60) * SECOND)
#define HOUR (UINT64_C(60) * MINUTE)
#define DAY (UINT64_C(24) * HOUR)

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
