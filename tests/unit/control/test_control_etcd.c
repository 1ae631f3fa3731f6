/*
 * Against Debian's etcd, real processes on loopback: one member, three of them,
 * and one that asks for certificates.
 */
#include "control/control_etcd.h"

#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/control_conformance.h"
#include "tests/support/live_etcd.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MS = 5000,
    SHORT_MS = 400,
    RETRIES_MAX = 100,
};

static struct live_etcd alone;
static struct live_etcd three;
static struct live_etcd *current;
static struct control_answer answer;

static struct control_store *open_current(void)
{
    return live_etcd_session(current, 0, ANSWER_MS);
}

static enum dalv_status put(struct control_store *store, const char *key,
                            uint64_t revision, const char *value,
                            uint64_t *out_revision)
{
    struct control_change change = {.verb = CONTROL_PUT,
                                    .key = bytes_from_text(key),
                                    .revision = revision,
                                    .value = bytes_from_text(value)};
    struct control_transaction transaction = {&change, 1};

    return control_store_commit(store, &transaction, out_revision);
}

/* Asks until there is an answer: etcd may be looking for a leader. */
static enum dalv_status get(struct control_store *store, const char *key)
{
    enum dalv_status status = DALV_UNAVAILABLE;

    for (int i = 0; i < RETRIES_MAX && status == DALV_UNAVAILABLE; i++)
        status = control_store_get(store, bytes_from_text(key), &answer);
    return status;
}

static bool holds(const char *value)
{
    return answer.count == 1 &&
           bytes_equal(answer.entries[0].value, bytes_from_text(value));
}

/* What was asked of a member that sleeps may still be done when it wakes: who
   reads what is there and goes on from that is right in both cases. */
static void does_not_know_what_became_of_a_question_that_was_not_answered(void)
{
    struct control_store *hasty = live_etcd_session(&alone, 0, SHORT_MS);
    struct control_store *patient = live_etcd_session(&alone, 0, ANSWER_MS);
    uint64_t revision = 0;
    uint64_t later = 0;

    CU_ASSERT_EQUAL(put(patient, "pause", 0, "before", &revision), DALV_OK);
    live_etcd_pause(&alone, 0);
    CU_ASSERT_EQUAL(put(hasty, "pause", revision, "meanwhile", &later),
                    DALV_UNKNOWN);
    CU_ASSERT_EQUAL(control_store_get(hasty, bytes_from_text("pause"), &answer),
                    DALV_UNAVAILABLE);
    CU_ASSERT(strlen(control_store_problem(hasty)) > 0);
    live_etcd_resume(&alone, 0);
    CU_ASSERT_EQUAL(get(patient, "pause"), DALV_OK);
    CU_ASSERT(holds("before") || holds("meanwhile"));
    revision = answer.entries[0].revision;
    if (put(patient, "pause", revision, "after", &later) != DALV_OK) {
        CU_ASSERT_EQUAL(get(patient, "pause"), DALV_OK);
        CU_ASSERT(holds("meanwhile"));
    }
    control_store_close(&hasty);
    control_store_close(&patient);
}

/* Nobody listens: nothing was sent, so nothing can have been done. */
static void knows_that_nothing_was_done_where_nobody_listens(void)
{
    struct control_store *store = live_etcd_session(&alone, 0, ANSWER_MS);
    uint64_t revision = 0;

    live_etcd_kill(&alone, 0);
    CU_ASSERT_EQUAL(put(store, "nobody", 0, "x", &revision), DALV_UNAVAILABLE);
    live_etcd_start(&alone, 0);
    live_etcd_wait(&alone);
    CU_ASSERT_EQUAL(get(store, "nobody"), DALV_NOT_FOUND);
    control_store_close(&store);
}

static void keeps_what_was_acknowledged_over_a_kill(void)
{
    struct control_store *store = live_etcd_session(&alone, 0, ANSWER_MS);
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(put(store, "kept", 0, "x", &revision), DALV_OK);
    live_etcd_kill(&alone, 0);
    live_etcd_start(&alone, 0);
    live_etcd_wait(&alone);
    CU_ASSERT_EQUAL(get(store, "kept"), DALV_OK);
    CU_ASSERT_EQUAL(answer.entries[0].revision, revision);
    control_store_close(&store);
}

/* Its time is over before anything happens; what happens then is seen. */
static void waits_no_longer_than_it_was_told(void)
{
    struct control_store *store = live_etcd_session(&alone, 0, ANSWER_MS);
    uint64_t begin_ms = clock_boot_ms();
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(put(store, "still", 0, "x", &revision), DALV_OK);
    control_store_wait(store, bytes_from_text("still"), revision, 300);
    CU_ASSERT(clock_boot_ms() - begin_ms >= 250);
    CU_ASSERT(clock_boot_ms() - begin_ms < 10000);
    control_store_close(&store);
}

static void keeps_clusters_with_different_prefixes_apart(void)
{
    char endpoints[LIVE_ETCD_ENDPOINTS_BYTES];
    struct control_etcd_options options = {.http = {.endpoints = endpoints},
                                           .prefix = "/dalv/another/"};
    struct control_store *store = live_etcd_session(&alone, 0, ANSWER_MS);
    struct control_store *other = NULL;
    char said[256];
    struct text text;
    uint64_t revision = 0;

    text_init(&text, said, sizeof(said));
    live_etcd_endpoints(&alone, 0, endpoints);
    CU_ASSERT_EQUAL_FATAL(control_etcd_open(&options, &other, &text), DALV_OK);
    CU_ASSERT_EQUAL(put(store, "mine", 0, "x", &revision), DALV_OK);
    CU_ASSERT_EQUAL(get(other, "mine"), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(put(other, "mine", 0, "y", &revision), DALV_OK);
    CU_ASSERT_EQUAL(get(store, "mine"), DALV_OK);
    CU_ASSERT(holds("x"));
    control_store_close(&store);
    control_store_close(&other);
}

static void counts_right_when_many_processes_count(void)
{
    current = &alone;
    control_conformance_count(3, 30);
}

/* Three members. */

static void goes_on_while_one_of_three_is_dead(void)
{
    size_t leader = live_etcd_leader(&three);
    struct control_store *store = live_etcd_session(&three, leader, ANSWER_MS);
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(put(store, "minority", 0, "1", &revision), DALV_OK);
    live_etcd_kill(&three, leader);
    CU_ASSERT_EQUAL(get(store, "minority"), DALV_OK);
    CU_ASSERT_EQUAL(answer.entries[0].revision, revision);
    live_etcd_start(&three, leader);
    live_etcd_wait(&three);
    CU_ASSERT_EQUAL(put(store, "minority", revision, "2", &revision), DALV_OK);
    control_store_close(&store);
}

/* A leader that sleeps answers nothing old when it wakes. */
static void reads_nothing_stale_after_a_pause_of_the_leader(void)
{
    size_t leader = live_etcd_leader(&three);
    struct control_store *old = live_etcd_session(&three, leader, SHORT_MS);
    struct control_store *rest =
        live_etcd_session(&three, (leader + 1) % 3, ANSWER_MS);
    enum dalv_status status = DALV_UNKNOWN;
    uint64_t revision = 0;

    CU_ASSERT_EQUAL(put(rest, "stale", 0, "old", &revision), DALV_OK);
    live_etcd_pause(&three, leader);
    for (int i = 0; i < RETRIES_MAX && status != DALV_OK; i++) {
        CU_ASSERT_EQUAL(get(rest, "stale"), DALV_OK);
        status =
            put(rest, "stale", answer.entries[0].revision, "new", &revision);
    }
    CU_ASSERT_EQUAL(status, DALV_OK);
    live_etcd_resume(&three, leader);
    CU_ASSERT_EQUAL(get(old, "stale"), DALV_OK);
    CU_ASSERT(holds("new"));
    control_store_close(&old);
    control_store_close(&rest);
}

static void counts_right_while_members_die_and_sleep(void)
{
    size_t leader = live_etcd_leader(&three);

    current = &three;
    live_etcd_pause(&three, (leader + 1) % 3);
    control_conformance_count(3, 15);
    live_etcd_resume(&three, (leader + 1) % 3);
}

/* Certificates. */

static enum dalv_status ask_with(const struct live_etcd *etcd,
                                 const char *authority, const char *certificate)
{
    char endpoints[LIVE_ETCD_ENDPOINTS_BYTES];
    char files[3][PATH_MAX];
    struct control_etcd_options options = {.http = {.endpoints = endpoints},
                                           .prefix = "/dalv/test/"};
    struct control_store *store = NULL;
    enum dalv_status status;
    char said[256];
    struct text text;

    text_init(&text, said, sizeof(said));
    live_etcd_endpoints(etcd, 0, endpoints);
    folder_path(&etcd->folder, authority, files[0]);
    options.http.authority = files[0];
    if (certificate != NULL) {
        char name[32];

        (void)snprintf(name, sizeof(name), "%s.crt", certificate);
        folder_path(&etcd->folder, name, files[1]);
        (void)snprintf(name, sizeof(name), "%s.key", certificate);
        folder_path(&etcd->folder, name, files[2]);
        options.http.certificate = files[1];
        options.http.key = files[2];
    }
    ASSERT(control_etcd_open(&options, &store, &text) == DALV_OK);
    status = control_store_get(store, bytes_from_text("is ready"), &answer);
    control_store_close(&store);
    return status;
}

static void asks_only_whom_it_trusts_and_shows_who_it_is(void)
{
    struct live_etcd secure;

    live_etcd_open_secure(&secure);
    CU_ASSERT_EQUAL(ask_with(&secure, "ca.crt", "client"), DALV_OK);
    CU_ASSERT_EQUAL(ask_with(&secure, "ca.crt", NULL), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(ask_with(&secure, "ca.crt", "other"), DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(ask_with(&secure, "other.crt", "client"), DALV_UNAVAILABLE);
    live_etcd_close(&secure);
}

static enum dalv_status open_with(const struct control_etcd_options *options)
{
    struct control_store *store = NULL;
    char said[256] = "";
    enum dalv_status status;
    struct text text;

    text_init(&text, said, sizeof(said));
    status = control_etcd_open(options, &store, &text);
    CU_ASSERT_EQUAL(status == DALV_OK, strlen(said) == 0);
    control_store_close(&store);
    return status;
}

static void refuses_options_that_can_not_be_meant(void)
{
    struct control_etcd_options options = {.prefix = "/dalv/"};

    options.http.endpoints = "https://a:2379,https://b:2379";
    CU_ASSERT_EQUAL(open_with(&options), DALV_OK);
    options.http.endpoints = "http://127.0.0.1:2379,http://[::1]:2379";
    CU_ASSERT_EQUAL(open_with(&options), DALV_OK);
    options.http.endpoints = "";
    CU_ASSERT_EQUAL(open_with(&options), DALV_INVALID);
    options.http.endpoints = "a:2379";
    CU_ASSERT_EQUAL(open_with(&options), DALV_INVALID);
    options.http.endpoints = "http://a:2379";
    CU_ASSERT_EQUAL(open_with(&options), DALV_INVALID);
    options.http.is_plain_allowed = true;
    CU_ASSERT_EQUAL(open_with(&options), DALV_OK);
    options.http.certificate = "client.crt";
    CU_ASSERT_EQUAL(open_with(&options), DALV_INVALID);
    options.http.certificate = NULL;
    options.prefix = "";
    CU_ASSERT_EQUAL(open_with(&options), DALV_INVALID);
}

static const struct suite_test tests[] = {
    CONTROL_CONFORMANCE_TESTS,
    SUITE_TEST(does_not_know_what_became_of_a_question_that_was_not_answered),
    SUITE_TEST(knows_that_nothing_was_done_where_nobody_listens),
    SUITE_TEST(keeps_what_was_acknowledged_over_a_kill),
    SUITE_TEST(waits_no_longer_than_it_was_told),
    SUITE_TEST(keeps_clusters_with_different_prefixes_apart),
    SUITE_TEST(counts_right_when_many_processes_count),
    SUITE_TEST(goes_on_while_one_of_three_is_dead),
    SUITE_TEST(reads_nothing_stale_after_a_pause_of_the_leader),
    SUITE_TEST(counts_right_while_members_die_and_sleep),
    SUITE_TEST(asks_only_whom_it_trusts_and_shows_who_it_is),
    SUITE_TEST(refuses_options_that_can_not_be_meant),
};

int main(void)
{
    void *memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    int failures;

    ASSERT(memory != NULL);
    if (!live_etcd_is_there()) {
        (void)printf("SKIPPED: etcd is not installed, so nothing of it was "
                     "tested; tools/install_deps.sh --full installs it\n");
        free(memory);
        return 0;
    }
    control_answer_init(&answer, memory);
    live_etcd_open(&alone, 1);
    live_etcd_open(&three, 3);
    current = &alone;
    control_conformance_use(open_current);
    failures = SUITE_RUN("control/control_etcd", tests);
    live_etcd_close(&alone);
    live_etcd_close(&three);
    free(memory);
    return failures;
}
