/*
 * Numbers about a process, in Prometheus' text format (version 0.0.4).
 *
 * Values are plain members of whoever counts, updated without locks by any
 * thread and read by the one that answers HTTP. One table names and explains
 * them all; who adds a value adds a row.
 */
#ifndef DALV_HTTP_METRICS_H
#define DALV_HTTP_METRICS_H

#include "base/text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    METRIC_BUCKETS = 15, /* From 100 us to 10 s. */
};

/* All of them start zeroed. */
struct metric_counter {
    _Atomic uint64_t count;
};

struct metric_gauge {
    _Atomic int64_t level;
};

/* How long something took. */
struct metric_durations {
    _Atomic uint64_t counts[METRIC_BUCKETS + 1]; /* The last: any longer. */
    _Atomic uint64_t sum_us;
};

void metric_counter_add(struct metric_counter *counter, uint64_t amount);

/* For a count that is kept elsewhere and only grows. */
void metric_counter_set(struct metric_counter *counter, uint64_t count);

void metric_gauge_set(struct metric_gauge *gauge, int64_t level);
void metric_gauge_add(struct metric_gauge *gauge, int64_t amount);

void metric_durations_add(struct metric_durations *durations,
                          uint64_t duration_us);

enum metric_type {
    METRIC_COUNTER,   /* struct metric_counter; the name ends in _total. */
    METRIC_GAUGE,     /* struct metric_gauge. */
    METRIC_DURATIONS, /* struct metric_durations; ends in _seconds. */
};

/*
 * One value. Rows that share a name stand together, share type and help, and
 * differ in their labels.
 */
struct metric {
    const char *name;   /* "dalv_requests_total". */
    const char *help;   /* One sentence, without line ends or backslashes. */
    const char *labels; /* role="device",kind="get"; NULL for none. */
    enum metric_type type;
    const void *value; /* Borrowed; the struct that the type says. */
};

struct metric_table {
    const struct metric *metrics;
    size_t count;
};

/* The name of the first row that breaks the rules above, or NULL. */
const char *metrics_check(const struct metric_table *table);

/* Append all of them, as they are now; cut if there is no room. */
void metrics_format(const struct metric_table *table, struct text *out_text);

#endif
