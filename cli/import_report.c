#include "cli/import_report.h"

#include "base/clock.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <string.h>

enum {
    PROGRESS_MS = 200
};

static const char other_reasons[] = "other reasons";

/* The row of a reason; when the table is full, the last is for all others. */
static struct import_reason *find_reason(struct import_report *report,
                                         const char *text)
{
    struct import_reason *reason;

    for (size_t i = 0; i < report->reason_count; i++) {
        if (strcmp(report->reasons[i].text, text) == 0)
            return &report->reasons[i];
    }
    if (report->reason_count == IMPORT_REASONS_MAX)
        return &report->reasons[IMPORT_REASONS_MAX - 1];
    reason = &report->reasons[report->reason_count++];
    if (report->reason_count == IMPORT_REASONS_MAX)
        text = other_reasons;
    (void)snprintf(reason->text, sizeof(reason->text), "%s", text);
    return reason;
}

void import_report_reject(struct import_report *report, uint64_t line,
                          const char *reason)
{
    struct import_reason *row = find_reason(report, reason);

    report->rejected++;
    if (row->count++ == 0)
        row->first_line = line;
    if (report->rejects != NULL)
        value_json_print(
            json_pack("{s:I, s:s}", "line", (json_int_t)line, "reason", reason),
            report->rejects);
}

void import_report_progress(struct import_report *report)
{
    uint64_t now_ms = clock_boot_ms();

    if (now_ms - report->shown_ms < PROGRESS_MS ||
        !invocation_is_watched(report->invocation))
        return;
    report->shown_ms = now_ms;
    (void)fprintf(report->invocation->err,
                  "\rline %" PRIu64 ": %" PRIu64 " imported, %" PRIu64
                  " not used ",
                  report->line, report->applied, report->rejected);
    (void)fflush(report->invocation->err);
}

static json_t *reasons_json(const struct import_report *report)
{
    json_t *reasons = json_array();

    for (size_t i = 0; i < report->reason_count; i++) {
        const struct import_reason *reason = &report->reasons[i];

        (void)json_array_append_new(
            reasons, json_pack("{s:s, s:I, s:I}", "reason", reason->text,
                               "count", (json_int_t)reason->count, "first_line",
                               (json_int_t)reason->first_line));
    }
    return reasons;
}

static void print_json(const struct import_report *report, bool is_finished)
{
    value_json_print(
        json_pack(
            "{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "finished",
            is_finished ? 1 : 0, "line", (json_int_t)report->line, "imported",
            (json_int_t)report->applied, "skipped", (json_int_t)report->skipped,
            "expired", (json_int_t)report->expired, "not_used",
            (json_int_t)report->rejected, "transactions",
            (json_int_t)report->transactions, "reasons", reasons_json(report)),
        report->invocation->out);
}

void import_report_print(struct import_report *report, bool is_finished)
{
    FILE *out = report->invocation->out;

    if (report->shown_ms != 0)
        (void)fputc('\n', report->invocation->err);
    if (report->invocation->is_json) {
        print_json(report, is_finished);
        return;
    }
    (void)fprintf(out,
                  "%" PRIu64 " records imported in %" PRIu64 " transactions\n",
                  report->applied, report->transactions);
    if (report->skipped > 0)
        (void)fprintf(out, "%" PRIu64 " were imported by an earlier run\n",
                      report->skipped);
    if (report->expired > 0)
        (void)fprintf(out, "%" PRIu64 " had expired\n", report->expired);
    for (size_t i = 0; i < report->reason_count; i++)
        (void)fprintf(out, "%" PRIu64 " not used, line %" PRIu64 "%s: %s\n",
                      report->reasons[i].count, report->reasons[i].first_line,
                      report->reasons[i].count > 1 ? " first" : "",
                      report->reasons[i].text);
    if (!is_finished)
        (void)fprintf(out,
                      "Stopped at line %" PRIu64
                      "; the same command goes on from there.\n",
                      report->line);
}
