/*
 * Records for people: `dalv log dump`.
 *
 * Values and keys are shown so that they can neither forge a line nor steer a
 * terminal. The hex form shows an effect's bytes as they stand in the log.
 */
#ifndef DALV_STORAGE_LOG_DUMP_H
#define DALV_STORAGE_LOG_DUMP_H

#include "base/arena.h"
#include "base/text.h"
#include "storage/record.h"

enum {
    LOG_DUMP_VALUE_MAX = 64, /* Bytes shown of a value. */
};

/*
 * A line for the record and one for each effect, the trail behind it. A DATA
 * record is decoded with `arena`; if it cannot be, the line says so.
 */
void log_dump_record(const struct record *record, struct arena *arena,
                     struct text *text);

/* A line for the record and, in hex, one for each effect without its trail. */
void log_dump_record_hex(const struct record *record, struct arena *arena,
                         struct text *text);

#endif
