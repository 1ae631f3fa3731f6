#include "http/metrics.h"

#include <string.h>

enum {
    US_PER_S = 1000000,
};

/* A duration goes to the first bucket that it is not longer than. */
static const struct bucket {
    uint64_t limit_us;
    const char *limit; /* In seconds. */
} buckets[METRIC_BUCKETS] = {
    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},  {25000, "0.025"},
    {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"}, {500000, "0.5"},
    {1000000, "1"},   {2500000, "2.5"}, {10000000, "10"},
};

static const char *const type_names[] = {
    [METRIC_COUNTER] = "counter",
    [METRIC_GAUGE] = "gauge",
    [METRIC_DURATIONS] = "histogram",
};

/* Updating: nothing is ordered by these values, so relaxed is enough. */

void metric_counter_add(struct metric_counter *counter, uint64_t amount)
{
    (void)atomic_fetch_add_explicit(&counter->count, amount,
                                    memory_order_relaxed);
}

void metric_counter_set(struct metric_counter *counter, uint64_t count)
{
    atomic_store_explicit(&counter->count, count, memory_order_relaxed);
}

void metric_gauge_set(struct metric_gauge *gauge, int64_t level)
{
    atomic_store_explicit(&gauge->level, level, memory_order_relaxed);
}

void metric_gauge_add(struct metric_gauge *gauge, int64_t amount)
{
    (void)atomic_fetch_add_explicit(&gauge->level, amount,
                                    memory_order_relaxed);
}

void metric_durations_add(struct metric_durations *durations,
                          uint64_t duration_us)
{
    size_t i = 0;

    while (i < METRIC_BUCKETS && duration_us > buckets[i].limit_us)
        i++;
    (void)atomic_fetch_add_explicit(&durations->counts[i], 1,
                                    memory_order_relaxed);
    (void)atomic_fetch_add_explicit(&durations->sum_us, duration_us,
                                    memory_order_relaxed);
}

/* Checking */

static bool ends_with(const char *name, const char *ending)
{
    size_t size = strlen(name);
    size_t ending_size = strlen(ending);

    return size > ending_size && strcmp(name + size - ending_size, ending) == 0;
}

static bool is_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        bool is_letter = (*at >= 'a' && *at <= 'z') || *at == '_';

        if (!is_letter && (at == name || *at < '0' || *at > '9'))
            return false;
    }
    return name[0] != '\0';
}

static bool fits_its_type(const struct metric *metric)
{
    switch (metric->type) {
    case METRIC_COUNTER:
        return ends_with(metric->name, "_total");
    case METRIC_DURATIONS:
        return ends_with(metric->name, "_seconds");
    case METRIC_GAUGE:
        return !ends_with(metric->name, "_total");
    }
    return false;
}

static bool has_same_labels(const struct metric *a, const struct metric *b)
{
    if (a->labels == NULL || b->labels == NULL)
        return a->labels == b->labels;
    return strcmp(a->labels, b->labels) == 0;
}

/* True if row `i` may stand behind row `j`, which is before it. */
static bool goes_with(const struct metric_table *table, size_t i, size_t j)
{
    const struct metric *row = &table->metrics[i];
    const struct metric *earlier = &table->metrics[j];

    if (strcmp(row->name, earlier->name) != 0)
        return true;
    return strcmp(row->name, table->metrics[i - 1].name) == 0 &&
           row->type == earlier->type &&
           strcmp(row->help, earlier->help) == 0 &&
           !has_same_labels(row, earlier);
}

const char *metrics_check(const struct metric_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct metric *metric = &table->metrics[i];

        if (!is_name(metric->name) || !fits_its_type(metric) ||
            metric->help[0] == '\0' || strpbrk(metric->help, "\\\n") != NULL)
            return metric->name;
        for (size_t j = 0; j < i; j++) {
            if (!goes_with(table, i, j))
                return metric->name;
        }
    }
    return NULL;
}

/* Formatting */

/* "NAME{LABELS,MORE} ", with braces only around something. */
static void put_name(const struct metric *metric, const char *ending,
                     const char *limit, struct text *text)
{
    bool has_labels = metric->labels != NULL;

    text_put(text, metric->name);
    text_put(text, ending);
    if (has_labels || limit != NULL) {
        text_put_char(text, '{');
        text_put(text, has_labels ? metric->labels : "");
        text_put(text, has_labels && limit != NULL ? "," : "");
        if (limit != NULL) {
            text_put(text, "le=\"");
            text_put(text, limit);
            text_put_char(text, '"');
        }
        text_put_char(text, '}');
    }
    text_put_char(text, ' ');
}

static void put_seconds(uint64_t us, struct text *text)
{
    text_put_u64(text, us / US_PER_S);
    text_put_char(text, '.');
    for (uint64_t unit = US_PER_S / 10; unit > 0; unit /= 10)
        text_put_char(text, (char)('0' + us / unit % 10));
}

static void put_counter(const struct metric *metric, struct text *text)
{
    const struct metric_counter *counter = metric->value;

    put_name(metric, "", NULL, text);
    text_put_u64(text,
                 atomic_load_explicit(&counter->count, memory_order_relaxed));
    text_put_char(text, '\n');
}

static void put_gauge(const struct metric *metric, struct text *text)
{
    const struct metric_gauge *gauge = metric->value;

    put_name(metric, "", NULL, text);
    text_put_i64(text,
                 atomic_load_explicit(&gauge->level, memory_order_relaxed));
    text_put_char(text, '\n');
}

/*
 * Each count is read once, and the total is made of what was read: so buckets
 * never shrink and the last equals the count, whatever is added meanwhile.
 */
static void put_durations(const struct metric *metric, struct text *text)
{
    const struct metric_durations *durations = metric->value;
    uint64_t total = 0;

    for (size_t i = 0; i <= METRIC_BUCKETS; i++) {
        total +=
            atomic_load_explicit(&durations->counts[i], memory_order_relaxed);
        put_name(metric, "_bucket",
                 i < METRIC_BUCKETS ? buckets[i].limit : "+Inf", text);
        text_put_u64(text, total);
        text_put_char(text, '\n');
    }
    put_name(metric, "_sum", NULL, text);
    put_seconds(atomic_load_explicit(&durations->sum_us, memory_order_relaxed),
                text);
    text_put_char(text, '\n');
    put_name(metric, "_count", NULL, text);
    text_put_u64(text, total);
    text_put_char(text, '\n');
}

static void put_heading(const struct metric *metric, struct text *text)
{
    text_put(text, "# HELP ");
    text_put(text, metric->name);
    text_put_char(text, ' ');
    text_put(text, metric->help);
    text_put(text, "\n# TYPE ");
    text_put(text, metric->name);
    text_put_char(text, ' ');
    text_put(text, type_names[metric->type]);
    text_put_char(text, '\n');
}

static void put_metric(const struct metric *metric, struct text *text)
{
    switch (metric->type) {
    case METRIC_COUNTER:
        put_counter(metric, text);
        break;
    case METRIC_GAUGE:
        put_gauge(metric, text);
        break;
    case METRIC_DURATIONS:
        put_durations(metric, text);
        break;
    }
}

void metrics_format(const struct metric_table *table, struct text *out_text)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct metric *metric = &table->metrics[i];

        if (i == 0 || strcmp(metric->name, table->metrics[i - 1].name) != 0)
            put_heading(metric, out_text);
        put_metric(metric, out_text);
    }
}
