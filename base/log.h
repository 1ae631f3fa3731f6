/*
 * The log lines of a process, `time level event key=value ...`, on one
 * sink.
 *
 * Only shells and mains log, and a failure is logged once, by whoever gives up
 * on it. Values are escaped, so no input can forge a line. Thread-safe.
 */
#ifndef DALV_BASE_LOG_H
#define DALV_BASE_LOG_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum log_level {
    LOG_ERROR,   /* Somebody must act. */
    LOG_WARNING, /* The system acted. */
    LOG_INFO,    /* Life cycle. */
    LOG_DEBUG,   /* Decisions. */
};

struct log_field {
    const char *name;
    enum {
        LOG_FIELD_TEXT,
        LOG_FIELD_U64,
        LOG_FIELD_BYTES
    } type;
    const char *text;
    uint64_t number;
    struct bytes bytes;
};

struct log_field log_text(const char *name, const char *text);
struct log_field log_u64(const char *name, uint64_t number);
struct log_field log_bytes(const char *name, struct bytes bytes);

/* Where lines go (not owned, may be stderr) and from which level on. */
void log_open(FILE *sink, enum log_level level_max);
void log_set_level(enum log_level level_max);
bool log_is_on(enum log_level level);

/* One line: "2026-01-31T10:00:00.123456Z info event a=1 b=two". */
void log_write(enum log_level level, const char *event,
               const struct log_field *fields, size_t field_count);

#define LOG(level, event, ...)                                                 \
    (log_is_on(level)                                                          \
         ? log_write(level, event, (const struct log_field[]){__VA_ARGS__},    \
                     sizeof((const struct log_field[]){__VA_ARGS__}) /         \
                         sizeof(struct log_field))                             \
         : (void)0)

#endif
