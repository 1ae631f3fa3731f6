/*
 * What became of an import: counters, and every line that could not be used,
 * with its reason.
 */
#ifndef DALV_CLI_IMPORT_REPORT_H
#define DALV_CLI_IMPORT_REPORT_H

#include "cli/invocation.h"

#include <stdint.h>
#include <stdio.h>

enum {
    IMPORT_REASONS_MAX = 32,
    IMPORT_REASON_TEXT_MAX = 256
};

struct import_reason {
    char text[IMPORT_REASON_TEXT_MAX];
    uint64_t count;
    uint64_t first_line;
};

struct import_report {
    const struct invocation *invocation;
    FILE *rejects;    /* Every line that was not used; may be NULL. */
    uint64_t applied; /* Records that the cluster took. */
    uint64_t skipped; /* By an earlier run. */
    uint64_t expired; /* Their time was over. */
    uint64_t rejected;
    uint64_t transactions;
    uint64_t line; /* Reached. */
    struct import_reason reasons[IMPORT_REASONS_MAX];
    size_t reason_count;
    uint64_t shown_ms; /* When the progress was shown last. */
};

/* A line could not be used, or the cluster refused it. */
void import_report_reject(struct import_report *report, uint64_t line,
                          const char *reason);

/* Show how far it is, now and then, if somebody watches. */
void import_report_progress(struct import_report *report);

/* Say what became of it all. */
void import_report_print(struct import_report *report, bool is_finished);

#endif
