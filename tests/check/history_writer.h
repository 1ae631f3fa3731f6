/*
 * Writes a history, as tests/check/history.h says, while it happens: a line is
 * written where it is told, by this machine's clock since its start.
 */
#ifndef DALV_TESTS_CHECK_HISTORY_WRITER_H
#define DALV_TESTS_CHECK_HISTORY_WRITER_H

#include "tests/check/history.h"

#include <stdint.h>
#include <stdio.h>

enum {
    HISTORY_WRITER_OPERATIONS_BYTES = 1024,
};

struct history_writer {
    FILE *file; /* NULL: nothing is written, all calls are fine. */
    uint64_t call_count;
    /* Of the next update, "[...],[...]". */
    char operations[HISTORY_WRITER_OPERATIONS_BYTES];
};

/* How a call ended. Texts here want nothing that JSON escapes. */
struct history_answer {
    enum history_end end;
    uint64_t revision; /* 0: not told. */
    enum history_found found;
    const char *value; /* VALUE. */
    int64_t number;    /* NUMBER. */
};

/* Makes the file; whoever cannot ends the program. */
void history_writer_open(struct history_writer *writer, const char *path);
void history_writer_close(struct history_writer *writer);

/* Of the update that is called next. */
void history_writer_put(struct history_writer *writer, const char *key,
                        const char *value);
void history_writer_add(struct history_writer *writer, const char *key,
                        int64_t number);

/* It is called now: its id. */
uint64_t history_writer_update(struct history_writer *writer, const char *user,
                               const char *request);
uint64_t history_writer_get(struct history_writer *writer, const char *user,
                            const char *key);
/* It ended now. */
void history_writer_end(struct history_writer *writer, uint64_t id,
                        const struct history_answer *answer);

#endif
