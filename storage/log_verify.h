/*
 * Checking a log without opening it: `dalv log verify`, and tests.
 *
 * Nothing is written and nothing is locked; a log in use may seem torn at its
 * end.
 */
#ifndef DALV_STORAGE_LOG_VERIFY_H
#define DALV_STORAGE_LOG_VERIFY_H

#include "base/status.h"
#include "base/text.h"
#include "storage/files.h"
#include "storage/log_report.h"
#include "storage/log_scan.h"

#include <stdint.h>

struct log_verify_options {
    struct files *files;
    const char *folder;
    uint32_t partition_count; /* RECORD_PARTITIONS_MAX if it is not known. */
    log_visitor *visitor;     /* Sees every good record; may be NULL. */
    void *owner;
};

/*
 * Check every CRC, every chain and every byte that must be zero. DALV_OK: all
 * is well. DALV_DAMAGED: the report says what is bad first, a torn last batch
 * too. DALV_NOT_FOUND: there is no log; DALV_IO, DALV_UNSUPPORTED,
 * DALV_INVALID as log_scan_run. `out_report` is always written.
 */
DALV_MUST_CHECK enum dalv_status log_verify(
    const struct log_verify_options *options, struct log_report *out_report);

/* The report for people, in lines. */
void log_report_describe(const struct log_report *report, struct text *text);

#endif
