/*
 * What a record says, field by field, for whoever shows it to people: as text
 * (storage/log_dump.h) or as JSON (`dalv log dump --json`).
 */
#ifndef DALV_STORAGE_RECORD_FIELDS_H
#define DALV_STORAGE_RECORD_FIELDS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "model/effect.h"
#include "storage/record.h"

#include <stdbool.h>
#include <stdint.h>

enum record_field_type {
    RECORD_FIELD_NUMBER,
    RECORD_FIELD_INTEGER,  /* One that may be negative. */
    RECORD_FIELD_HEX,      /* `number`, of `digits`. */
    RECORD_FIELD_WORD,     /* Of a fixed set. */
    RECORD_FIELD_BYTES,    /* What people or programs wrote. */
    RECORD_FIELD_ID,       /* `bytes`, random. */
    RECORD_FIELD_POSITION, /* In a partition's log. */
    RECORD_FIELD_DOT,      /* Of a list's element. */
};

struct record_field {
    const char *name;
    enum record_field_type type;
    unsigned digits;
    union {
        uint64_t number;
        int64_t integer;
        const char *word;
        struct bytes bytes;
        struct log_position position;
        struct dot dot;
    };
};

/* Called for each field; all of it is borrowed for the call. */
struct record_fields {
    void (*put)(void *owner, const struct record_field *field);
    void *owner;
};

/* What a record or an effect is called. Static. */
const char *record_type_name(enum record_type type);
const char *record_effect_name(enum effect_type type);

/*
 * The fields of the record itself. True if it is a DATA record that could be
 * decoded: its effects, taken from the arena, are in `out_user`. Of one that
 * could not, the last field is the status.
 */
bool record_fields_tell(const struct record_fields *fields,
                        const struct record *record, struct arena *arena,
                        struct user_record *out_user);

/* The fields of an effect, the trail behind them. */
void record_fields_tell_effect(const struct record_fields *fields,
                               const struct effect *effect);

#endif
