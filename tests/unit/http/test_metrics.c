#include "http/metrics.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct metric_counter reads;
static struct metric_counter writes;
static struct metric_gauge sessions;
static struct metric_durations syncs;

static const struct metric rows[] = {
    {"dalv_requests_total", "Requests by kind.", "kind=\"get\"", METRIC_COUNTER,
     &reads},
    {"dalv_requests_total", "Requests by kind.", "kind=\"put\"", METRIC_COUNTER,
     &writes},
    {"dalv_sessions", "Open sessions.", NULL, METRIC_GAUGE, &sessions},
    {"dalv_log_sync_seconds", "How long a sync of the log took.", NULL,
     METRIC_DURATIONS, &syncs},
};

static const struct metric_table table = {
    .metrics = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

static char storage[8192];

static void begin(void)
{
    memset(&reads, 0, sizeof(reads));
    memset(&writes, 0, sizeof(writes));
    memset(&sessions, 0, sizeof(sessions));
    memset(&syncs, 0, sizeof(syncs));
}

static const char *shown(size_t capacity)
{
    struct text text;

    text_init(&text, storage, capacity);
    metrics_format(&table, &text);
    return text_string(&text);
}

static void writes_the_text_format(void)
{
    begin();
    metric_counter_add(&reads, 3);
    metric_counter_add(&reads, 4);
    metric_counter_add(&writes, 1);
    metric_gauge_set(&sessions, 5);
    metric_gauge_add(&sessions, -7);
    metric_durations_add(&syncs, 100);     /* The first bucket's limit. */
    metric_durations_add(&syncs, 101);     /* The second. */
    metric_durations_add(&syncs, 2000000); /* Two seconds. */
    metric_durations_add(&syncs, 10000001);
    CU_ASSERT_STRING_EQUAL(
        shown(sizeof(storage)),
        "# HELP dalv_requests_total Requests by kind.\n"
        "# TYPE dalv_requests_total counter\n"
        "dalv_requests_total{kind=\"get\"} 7\n"
        "dalv_requests_total{kind=\"put\"} 1\n"
        "# HELP dalv_sessions Open sessions.\n"
        "# TYPE dalv_sessions gauge\n"
        "dalv_sessions -2\n"
        "# HELP dalv_log_sync_seconds How long a sync of the log took.\n"
        "# TYPE dalv_log_sync_seconds histogram\n"
        "dalv_log_sync_seconds_bucket{le=\"0.0001\"} 1\n"
        "dalv_log_sync_seconds_bucket{le=\"0.00025\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.0005\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.001\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.0025\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.005\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.01\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.025\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.05\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.1\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.25\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"0.5\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"1\"} 2\n"
        "dalv_log_sync_seconds_bucket{le=\"2.5\"} 3\n"
        "dalv_log_sync_seconds_bucket{le=\"10\"} 3\n"
        "dalv_log_sync_seconds_bucket{le=\"+Inf\"} 4\n"
        "dalv_log_sync_seconds_sum 12.000202\n"
        "dalv_log_sync_seconds_count 4\n");
}

static void puts_labels_before_the_limit_of_a_bucket(void)
{
    static const struct metric labelled = {"dalv_wait_seconds", "Wait.",
                                           "role=\"device\"", METRIC_DURATIONS,
                                           &syncs};
    const struct metric_table one = {.metrics = &labelled, .count = 1};
    struct text text;

    begin();
    text_init(&text, storage, sizeof(storage));
    metrics_format(&one, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        storage,
        "\ndalv_wait_seconds_bucket{role=\"device\",le=\"0.0001\"} 0\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(storage, "\ndalv_wait_seconds_sum{role=\"device\"} 0.000000\n"));
}

static void is_cut_where_there_is_no_room(void)
{
    begin();
    CU_ASSERT_STRING_EQUAL(shown(8), "# HELP ");
}

/* The name of the row that is wrong, or "" if all is well. */
static const char *judge(struct metric first, struct metric second,
                         struct metric third)
{
    const struct metric all[] = {first, second, third};
    const struct metric_table three = {.metrics = all, .count = 3};
    const char *name = metrics_check(&three);

    return name == NULL ? "" : name;
}

static struct metric row(const char *name, const char *labels,
                         enum metric_type type)
{
    return (struct metric){name, "Help.", labels, type, &sessions};
}

static void accepts_a_good_table(void)
{
    CU_ASSERT_PTR_NULL(metrics_check(&table));
}

static void wants_names_that_prometheus_knows(void)
{
    struct metric good = row("a", NULL, METRIC_GAUGE);
    struct metric better = row("b2", NULL, METRIC_GAUGE);

    CU_ASSERT_STRING_EQUAL(judge(good, better, row("c-d", NULL, METRIC_GAUGE)),
                           "c-d");
    CU_ASSERT_STRING_EQUAL(judge(good, better, row("2c", NULL, METRIC_GAUGE)),
                           "2c");
    CU_ASSERT_STRING_EQUAL(judge(good, better, row("c", NULL, METRIC_COUNTER)),
                           "c");
    CU_ASSERT_STRING_EQUAL(
        judge(good, better, row("c", NULL, METRIC_DURATIONS)), "c");
    CU_ASSERT_STRING_EQUAL(
        judge(good, better, row("c_total", NULL, METRIC_GAUGE)), "c_total");
    CU_ASSERT_STRING_EQUAL(
        judge(good, better, row("c_total", NULL, METRIC_COUNTER)), "");
}

static void wants_rows_of_one_name_together_and_different(void)
{
    struct metric one = row("a", "x=\"1\"", METRIC_GAUGE);
    struct metric two = row("a", "x=\"2\"", METRIC_GAUGE);
    struct metric other = row("b", NULL, METRIC_GAUGE);
    struct metric helpless = row("c", NULL, METRIC_GAUGE);

    CU_ASSERT_STRING_EQUAL(judge(one, two, other), "");
    CU_ASSERT_STRING_EQUAL(judge(one, other, two), "a");
    CU_ASSERT_STRING_EQUAL(judge(one, one, other), "a");
    CU_ASSERT_STRING_EQUAL(judge(other, other, one), "b");
    helpless.help = "";
    CU_ASSERT_STRING_EQUAL(judge(one, two, helpless), "c");
    helpless.help = "Two\nlines.";
    CU_ASSERT_STRING_EQUAL(judge(one, two, helpless), "c");
    two.help = "Another.";
    CU_ASSERT_STRING_EQUAL(judge(one, two, other), "a");
}

static const struct suite_test tests[] = {
    SUITE_TEST(writes_the_text_format),
    SUITE_TEST(puts_labels_before_the_limit_of_a_bucket),
    SUITE_TEST(is_cut_where_there_is_no_room),
    SUITE_TEST(accepts_a_good_table),
    SUITE_TEST(wants_names_that_prometheus_knows),
    SUITE_TEST(wants_rows_of_one_name_together_and_different),
};

int main(void)
{
    return SUITE_RUN("http/metrics", tests);
}
