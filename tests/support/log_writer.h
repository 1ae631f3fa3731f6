/*
 * Encoding entries for a log one after the other, as a master would: keeps
 * index and CRC of each partition, so that a test says only what happens.
 */
#ifndef DALV_TESTS_SUPPORT_LOG_WRITER_H
#define DALV_TESTS_SUPPORT_LOG_WRITER_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "storage/commit_log.h"
#include "storage/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_WRITER_PARTITIONS = 16,
};

struct log_writer {
    struct buffer records;
    size_t count;
    struct commit_log *log; /* Borrowed: where the ends are read. */
    struct log_position ends[LOG_WRITER_PARTITIONS];
    bool has_end[LOG_WRITER_PARTITIONS];
};

void log_writer_init(struct log_writer *writer);
void log_writer_deinit(struct log_writer *writer);
/* Forget what was put, and go on from the ends of this log. */
void log_writer_begin(struct log_writer *writer, struct commit_log *log);
/* Another entry of `partition`, with these bytes as its payload. */
void log_writer_put(struct log_writer *writer, uint32_t partition,
                    uint64_t epoch, struct bytes payload);
/* A local record behind them. */
void log_writer_note(struct log_writer *writer, enum record_type type,
                     uint32_t partition, uint64_t epoch, struct bytes payload);
/* Append what was put as one. */
enum dalv_status log_writer_append(struct log_writer *writer);

#endif
