/*
 * One effect as bytes, and its trail: the parts of a user_record.
 *
 * PUT and REMOVE have the fixed layout of docs/STORAGE_FORMAT.md's golden
 * record; the further types are made the same way, with varints for numbers
 * that are small.
 */
#ifndef DALV_STORAGE_EFFECT_FORMAT_H
#define DALV_STORAGE_EFFECT_FORMAT_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/effect.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EFFECT_BYTES_MIN = 2, /* No effect takes less, its trail left out. */
};

/* True if the number is that of an effect. */
bool effect_type_is_known(uint8_t type);

/*
 * DALV_INVALID for what no log may hold: an unknown type, an empty key, an
 * expiry without `has_expiry`. DALV_TOO_BIG for a key beyond its bound.
 */
DALV_MUST_CHECK enum dalv_status effect_check(const struct effect *effect);

/* The writer fails if there is no room. The effect must pass effect_check. */
void effect_encode(const struct effect *effect, struct writer *writer);
void effect_trail_encode(const struct effect *effect, struct writer *writer);

/*
 * Fill `effect`, which is all zeros. The reader fails if the bytes are no
 * effect; DALV_UNSUPPORTED for a type of a newer version, else DALV_OK. Keys
 * and values are borrowed from the reader's bytes.
 */
DALV_MUST_CHECK enum dalv_status effect_decode(struct reader *reader,
                                               struct effect *effect);
void effect_trail_decode(struct reader *reader, struct effect *effect);

#endif
