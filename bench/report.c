#include "bench/report.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

struct report_row *report_row(struct report *report, const char *section,
                              const char *what, const char *unit)
{
    struct report_row *row = report->rows;

    for (size_t i = 0; i < report->row_count; i++, row++)
        if (strcmp(row->section, section) == 0 && strcmp(row->what, what) == 0)
            return row;
    ASSERT(report->row_count < REPORT_ROWS_MAX);
    report->row_count++;
    memset(row, 0, sizeof(*row));
    row->section = section;
    row->unit = unit;
    row->peer = "Redis";
    (void)snprintf(row->what, sizeof(row->what), "%s", what);
    return row;
}

void report_add(struct report_row *row, enum report_subject subject,
                double value)
{
    ASSERT(row->counts[subject] < REPORT_ROUNDS_MAX);
    row->values[subject][row->counts[subject]++] = value;
}

/* ---- Numbers ---- */

static int compare(const void *a, const void *b)
{
    double left;
    double right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));
    return (left > right) - (left < right);
}

static void sort(const double *values, size_t count,
                 double sorted[REPORT_ROUNDS_MAX])
{
    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), compare);
}

static double median(const double *values, size_t count)
{
    double sorted[REPORT_ROUNDS_MAX];

    if (count == 0)
        return 0;
    sort(values, count, sorted);
    return count % 2 == 1 ? sorted[count / 2]
                          : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double report_median(const struct report_row *row, enum report_subject subject)
{
    return median(row->values[subject], row->counts[subject]);
}

/* Of ours by another's, round by round; 0 without the other. */
static double ratio(const struct report_row *row, enum report_subject other)
{
    double ratios[REPORT_ROUNDS_MAX];
    size_t count = row->counts[REPORT_OURS];

    if (count > row->counts[other])
        count = row->counts[other];
    for (size_t i = 0; i < count; i++)
        ratios[i] = row->values[REPORT_OURS][i] / row->values[other][i];
    return median(ratios, count);
}

static bool is_row_met(const struct report_row *row)
{
    switch (row->wanted.type) {
    case REPORT_AT_LEAST:
        return report_median(row, REPORT_OURS) >= row->wanted.limit;
    case REPORT_AT_MOST:
        return report_median(row, REPORT_OURS) <= row->wanted.limit;
    case REPORT_RATIO_AT_LEAST:
        return ratio(row, REPORT_PEER) >= row->wanted.limit;
    case REPORT_RATIO_AT_MOST:
        return ratio(row, REPORT_PEER) <= row->wanted.limit;
    case REPORT_NOTHING:
    default:
        return true;
    }
}

bool report_is_met(const struct report *report)
{
    for (size_t i = 0; i < report->row_count; i++)
        if (!is_row_met(&report->rows[i]))
            return false;
    return true;
}

/* ---- Tables ---- */

/* Three digits that count; thousands apart from each other. */
static void write_number(FILE *file, double value)
{
    if (value >= 1e6)
        (void)fprintf(file, "%.2f M", value / 1e6);
    else if (value >= 1e4)
        (void)fprintf(file, "%.1f k", value / 1e3);
    else if (value >= 100)
        (void)fprintf(file, "%.0f", value);
    else
        (void)fprintf(file, "%.3g", value);
}

static void write_subject(FILE *file, const struct report_row *row,
                          enum report_subject subject)
{
    double sorted[REPORT_ROUNDS_MAX];
    size_t count = row->counts[subject];

    if (count == 0) {
        (void)fputs(" – |", file);
        return;
    }
    (void)fputc(' ', file);
    write_number(file, report_median(row, subject));
    sort(row->values[subject], count, sorted);
    if (count > 1) {
        (void)fputs(" (", file);
        write_number(file, sorted[0]);
        (void)fputs(" to ", file);
        write_number(file, sorted[count - 1]);
        (void)fputc(')', file);
    }
    (void)fputs(" |", file);
}

static void write_ratio(FILE *file, const struct report_row *row,
                        enum report_subject other)
{
    if (row->counts[REPORT_OURS] == 0 || row->counts[other] == 0)
        (void)fputs(" – |", file);
    else
        (void)fprintf(file, " %.2f |", ratio(row, other));
}

static void write_wanted(FILE *file, const struct report_row *row)
{
    static const char *const signs[] = {
        [REPORT_AT_LEAST] = ">= ",
        [REPORT_AT_MOST] = "<= ",
        [REPORT_RATIO_AT_LEAST] = ">= ",
        [REPORT_RATIO_AT_MOST] = "<= ",
    };

    if (row->wanted.type == REPORT_NOTHING) {
        (void)fputs(" – |", file);
        return;
    }
    (void)fprintf(file, " %s", signs[row->wanted.type]);
    if (row->wanted.type == REPORT_RATIO_AT_LEAST ||
        row->wanted.type == REPORT_RATIO_AT_MOST)
        (void)fprintf(file, "%.1f x %s", row->wanted.limit, row->peer);
    else
        write_number(file, row->wanted.limit);
    (void)fprintf(file, ": %s |", is_row_met(row) ? "met" : "**missed**");
}

static void write_row(FILE *file, const struct report_row *row)
{
    (void)fprintf(file, "| %s | %s |", row->what, row->unit);
    write_subject(file, row, REPORT_OURS);
    write_subject(file, row, REPORT_PEER);
    write_ratio(file, row, REPORT_PEER);
    write_subject(file, row, REPORT_FLOOR);
    write_ratio(file, row, REPORT_FLOOR);
    (void)fprintf(file, " %s |", row->floor != NULL ? row->floor : "–");
    write_wanted(file, row);
    (void)fputc('\n', file);
}

void report_write(const struct report *report, FILE *file)
{
    const char *section = "";

    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];

        if (strcmp(row->section, section) != 0) {
            section = row->section;
            (void)fprintf(file,
                          "\n### %s\n\n"
                          "| what | unit | DalvDB | %s | ratio | floor | "
                          "ratio | the floor is | wanted |\n"
                          "|---|---|---:|---:|---:|---:|---:|---|---|\n",
                          section, row->peer);
        }
        write_row(file, row);
    }
}
