/*
 * What was measured: rows of numbers, one for each round, and how they compare.
 *
 * A ratio is taken within a round, between measurements that follow each
 * other, and the median of these ratios is what counts: so what else goes on
 * on the machine disturbs both sides of it.
 */
#ifndef DALV_BENCH_REPORT_H
#define DALV_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    REPORT_ROUNDS_MAX = 16,
    REPORT_ROWS_MAX = 128,
    REPORT_NAME_BYTES = 80,
};

enum report_subject {
    REPORT_OURS,
    REPORT_PEER,  /* A system that does the like. */
    REPORT_FLOOR, /* The least that any such system must pay. */
    REPORT_SUBJECTS,
};

enum report_wanted_type {
    REPORT_NOTHING,  /* Only to be known. */
    REPORT_AT_LEAST, /* The median of ours. */
    REPORT_AT_MOST,
    REPORT_RATIO_AT_LEAST, /* Ours by the peer's. */
    REPORT_RATIO_AT_MOST,
};

struct report_wanted {
    enum report_wanted_type type;
    double limit;
};

struct report_row {
    const char *section; /* Literals. */
    char what[REPORT_NAME_BYTES];
    const char *unit;
    const char *peer;  /* Who the peer is: the same in all of a section. */
    const char *floor; /* What the floor is; NULL if there is none. */
    struct report_wanted wanted;
    size_t counts[REPORT_SUBJECTS];
    double values[REPORT_SUBJECTS][REPORT_ROUNDS_MAX];
};

struct report {
    size_t row_count;
    struct report_row rows[REPORT_ROWS_MAX];
};

/* The row of that name in the section, made if it is not there; its peer is
   Redis until you say who else. */
struct report_row *report_row(struct report *report, const char *section,
                              const char *what, const char *unit);

/* The next round's number. */
void report_add(struct report_row *row, enum report_subject subject,
                double value);

double report_median(const struct report_row *row, enum report_subject subject);

/* True if all that is wanted was reached. */
bool report_is_met(const struct report *report);

/* All rows as tables in Markdown. */
void report_write(const struct report *report, FILE *file);

#endif
