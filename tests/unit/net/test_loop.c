/*
 * Each test tells what comes, turn by turn, and what the owner hears of it:
 * one letter an event, in a diary.
 */
#include "net/loop.h"

#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/net/endpoints.h"

#include <CUnit/CUnit.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    WAIT_MS = 20000,
    DIARY_BYTES = 4096,
};

struct story {
    struct loop *loop;
    char diary[DIARY_BYTES];
    size_t length;
    uint64_t now_ms; /* If the clock is the story's own. */
    uint64_t deadline_ms;
    struct endpoint *to_remove; /* At the first parcel. */
};

static void write_down(struct story *story, char letter)
{
    CU_ASSERT_FATAL(story->length + 1 < DIARY_BYTES);
    story->diary[story->length++] = letter;
}

/* p: a parcel. */
static void on_parcel(void *owner, struct endpoint *from,
                      struct parcel **parcel_p)
{
    struct story *story = owner;

    (void)parcel_p;
    write_down(story, 'p');
    if (story->to_remove == from)
        loop_remove_endpoint(story->loop, from);
}

/* c: a connection, d: none any more. */
static void on_connection(void *owner, struct endpoint *from, bool is_connected)
{
    (void)from;
    write_down(owner, is_connected ? 'c' : 'd');
}

/* x: not let in. */
static void on_refused(void *owner, struct endpoint *from)
{
    (void)from;
    write_down(owner, 'x');
}

/* j: a job is done. */
static void on_job_done(void *owner, struct worker *from, void *job)
{
    (void)from;
    *(int *)job += 1;
    write_down(owner, 'j');
}

/* r: readable. */
static void on_readable(void *owner, int descriptor)
{
    uint64_t count;

    write_down(owner, 'r');
    CU_ASSERT_EQUAL(read(descriptor, &count, sizeof(count)), 8);
}

/* s: a signal. */
static void on_signal(void *owner, int signal)
{
    struct story *story = owner;

    write_down(story, 's');
    if (signal == SIGTERM)
        loop_stop(story->loop);
}

/* t: the deadline. */
static void on_deadline(void *owner, uint64_t now_ms)
{
    struct story *story = owner;

    CU_ASSERT(now_ms >= story->deadline_ms);
    story->deadline_ms = LOOP_NO_DEADLINE;
    write_down(story, 't');
}

/* A dot: the end of a batch. */
static void on_batch_end(void *owner, uint64_t now_ms)
{
    (void)now_ms;
    write_down(owner, '.');
}

static uint64_t next_deadline_ms(void *owner)
{
    return ((struct story *)owner)->deadline_ms;
}

static uint64_t story_now_ms(void *clock)
{
    return ((struct story *)clock)->now_ms;
}

static void begin(struct story *story, bool has_own_clock)
{
    struct loop_options options = {
        .handlers = {.owner = story,
                     .on_parcel = on_parcel,
                     .on_connection = on_connection,
                     .on_refused = on_refused,
                     .on_job_done = on_job_done,
                     .on_readable = on_readable,
                     .on_signal = on_signal,
                     .on_deadline = on_deadline,
                     .on_batch_end = on_batch_end,
                     .next_deadline_ms = next_deadline_ms},
        .now_ms = has_own_clock ? story_now_ms : NULL,
        .clock = story,
    };

    *story = (struct story){.deadline_ms = LOOP_NO_DEADLINE, .now_ms = 1000};
    story->loop = loop_create(&options);
}

/* Turns until that many letters are written, beside dots. */
static void run_until(struct story *story, size_t letters)
{
    size_t written = 0;

    for (int i = 0; i < 1000 && written < letters; i++) {
        loop_run_once(story->loop, WAIT_MS);
        written = 0;
        for (size_t j = 0; j < story->length; j++)
            written += story->diary[j] != '.';
    }
    CU_ASSERT(written >= letters);
}

static void hands_out_what_comes(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_ROUTER, server);
    struct story story;

    begin(&story, false);
    loop_add_endpoint(story.loop, server);
    CU_ASSERT_EQUAL(endpoints_send(client, 0, "hello", NULL), DALV_OK);
    run_until(&story, 1);
    CU_ASSERT_STRING_EQUAL(story.diary, "p.");
    loop_destroy(&story.loop);
    endpoint_close(&client);
    endpoint_close(&server);
}

static void tells_of_connections(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    const struct endpoint_options options = {
        .role = ENDPOINT_TO_ROUTER, .address = endpoint_address(server)};
    struct endpoint *client = NULL;
    struct story story;

    begin(&story, false);
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &client), DALV_OK);
    loop_add_endpoint(story.loop, client);
    run_until(&story, 1);
    endpoint_close(&server);
    run_until(&story, 2);
    CU_ASSERT_STRING_EQUAL(story.diary, "c.d.");
    loop_destroy(&story.loop);
    endpoint_close(&client);
}

/* Without keys at a port that demands some. */
static void tells_that_it_is_not_let_in(void)
{
    struct endpoint_keys keys = {.gate = GATE_NODES};
    struct endpoint_options options = {.role = ENDPOINT_FOR_SERVERS,
                                       .address = "tcp://127.0.0.1:*",
                                       .keys = &keys};
    struct endpoint *server = NULL;
    struct endpoint *client = NULL;
    struct story story;

    curve_pair_generate(&keys.own);
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &server), DALV_OK);
    options = (struct endpoint_options){.role = ENDPOINT_TO_NODE,
                                        .address = endpoint_address(server)};
    begin(&story, false);
    CU_ASSERT_EQUAL_FATAL(endpoint_open(&options, &client), DALV_OK);
    loop_add_endpoint(story.loop, client);
    run_until(&story, 1);
    CU_ASSERT_STRING_EQUAL(story.diary, "x.");
    loop_destroy(&story.loop);
    endpoint_close(&client);
    endpoint_close(&server);
}

/* A peer that floods one endpoint does not keep the other from its turn. */
static void takes_so_much_from_each_source(void)
{
    struct endpoint *busy = endpoints_bind(ENDPOINT_FOR_SERVERS);
    struct endpoint *quiet = endpoints_bind(ENDPOINT_FOR_SERVERS);
    struct endpoint *flood = endpoints_connect(ENDPOINT_TO_NODE, busy);
    struct endpoint *drop = endpoints_connect(ENDPOINT_TO_NODE, quiet);
    struct story story;

    begin(&story, false);
    loop_add_endpoint(story.loop, busy);
    loop_add_endpoint(story.loop, quiet);
    for (int i = 0; i < 500; i++)
        CU_ASSERT_EQUAL(endpoints_send(flood, 0, "x", NULL), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_send(drop, 0, "y", NULL), DALV_OK);
    run_until(&story, 501);
    CU_ASSERT(loop_counters(story.loop).batch_max <=
              2 * LOOP_SOURCE_EVENTS_MAX);
    CU_ASSERT_EQUAL(loop_counters(story.loop).events, 501);
    loop_destroy(&story.loop);
    endpoint_close(&flood);
    endpoint_close(&drop);
    endpoint_close(&busy);
    endpoint_close(&quiet);
}

/* By the loop's own clock: time passes only when the story says so. */
static void keeps_the_deadline(void)
{
    struct story story;

    begin(&story, true);
    story.deadline_ms = 1010;
    loop_run_once(story.loop, 0);
    story.now_ms = 1009;
    loop_run_once(story.loop, 0);
    CU_ASSERT_STRING_EQUAL(story.diary, "");
    /* cppcheck-suppress redundantAssignment ; the loop read it */
    story.now_ms = 1010;
    loop_run_once(story.loop, WAIT_MS);
    CU_ASSERT_STRING_EQUAL(story.diary, "t.");
    CU_ASSERT_EQUAL(loop_now_ms(story.loop), 1010);
    loop_destroy(&story.loop);
}

/* By the machine's clock: it waits for it, and not much longer. */
static void waits_for_the_deadline(void)
{
    struct story story;
    uint64_t start_ms;

    begin(&story, false);
    start_ms = clock_boot_ms();
    story.deadline_ms = start_ms + 30;
    run_until(&story, 1);
    CU_ASSERT_STRING_EQUAL(story.diary, "t.");
    CU_ASSERT(clock_boot_ms() >= start_ms + 30);
    CU_ASSERT(loop_counters(story.loop).waits <= 3);
    loop_destroy(&story.loop);
}

static void takes_nothing_from_a_paused_endpoint(void)
{
    struct endpoint *paused = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *open = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct endpoint *first = endpoints_connect(ENDPOINT_TO_ROUTER, paused);
    struct endpoint *second = endpoints_connect(ENDPOINT_TO_ROUTER, open);
    struct story story;

    begin(&story, false);
    loop_add_endpoint(story.loop, paused);
    loop_add_endpoint(story.loop, open);
    loop_pause(story.loop, paused);
    CU_ASSERT_EQUAL(endpoints_send(first, 0, "x", NULL), DALV_OK);
    CU_ASSERT_EQUAL(endpoints_send(second, 0, "y", NULL), DALV_OK);
    run_until(&story, 1);
    loop_run_once(story.loop, 0);
    CU_ASSERT_STRING_EQUAL(story.diary, "p.");
    loop_resume(story.loop, paused);
    run_until(&story, 2);
    CU_ASSERT_STRING_EQUAL(story.diary, "p.p.");
    loop_destroy(&story.loop);
    endpoint_close(&first);
    endpoint_close(&second);
    endpoint_close(&paused);
    endpoint_close(&open);
}

static void run_nothing(void *owner, void *const *jobs, size_t count)
{
    (void)owner;
    (void)jobs;
    (void)count;
}

static void hands_out_what_a_worker_did(void)
{
    const struct worker_options options = {
        .name = "worker", .jobs_max = 8, .batch_max = 8, .run = run_nothing};
    struct worker *worker = NULL;
    struct story story;
    int done = 0;

    begin(&story, false);
    CU_ASSERT_EQUAL_FATAL(worker_create(&options, &worker), DALV_OK);
    loop_add_worker(story.loop, worker);
    for (size_t i = 1; i <= 100; i++) {
        void *job = &done;

        CU_ASSERT_EQUAL(worker_submit(worker, &job), DALV_OK);
        run_until(&story, i);
    }
    CU_ASSERT_EQUAL(done, 100);
    loop_remove_worker(story.loop, worker);
    worker_stop(worker);
    worker_destroy(&worker);
    loop_destroy(&story.loop);
}

static void watches_descriptors(void)
{
    int descriptor = eventfd(0, EFD_NONBLOCK);
    uint64_t one = 1;
    struct story story;

    begin(&story, false);
    loop_add_descriptor(story.loop, descriptor);
    loop_run_once(story.loop, 0);
    CU_ASSERT_EQUAL(write(descriptor, &one, sizeof(one)), 8);
    run_until(&story, 1);
    loop_run_once(story.loop, 0);
    CU_ASSERT_STRING_EQUAL(story.diary, "r.");
    loop_remove_descriptor(story.loop, descriptor);
    (void)close(descriptor);
    loop_destroy(&story.loop);
}

static void turns_signals_into_events(void)
{
    const int signals[] = {SIGTERM, SIGHUP};
    struct story story;
    sigset_t before;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &before);
    begin(&story, false);
    loop_add_signals(story.loop, signals, 2);
    CU_ASSERT_EQUAL(raise(SIGHUP), 0);
    run_until(&story, 1);
    CU_ASSERT_EQUAL(raise(SIGTERM), 0);
    loop_run(story.loop);
    CU_ASSERT_STRING_EQUAL(story.diary, "s.s.");
    loop_destroy(&story.loop);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* CZMQ would have caught it, and ended every poll of the process. */
static void leaves_signals_to_the_program(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_CLIENTS);
    struct sigaction action;

    CU_ASSERT_EQUAL(sigaction(SIGINT, NULL, &action), 0);
    CU_ASSERT_PTR_EQUAL(action.sa_handler, SIG_DFL);
    CU_ASSERT_EQUAL(sigaction(SIGTERM, NULL, &action), 0);
    CU_ASSERT_PTR_EQUAL(action.sa_handler, SIG_DFL);
    endpoint_close(&server);
}

/* Of what it had sent already, nothing is heard any more. */
static void forgets_an_endpoint_in_the_middle_of_a_batch(void)
{
    struct endpoint *server = endpoints_bind(ENDPOINT_FOR_SERVERS);
    struct endpoint *client = endpoints_connect(ENDPOINT_TO_NODE, server);
    struct story story;

    begin(&story, false);
    loop_add_endpoint(story.loop, server);
    story.to_remove = server;
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(endpoints_send(client, 0, "x", NULL), DALV_OK);
    run_until(&story, 1);
    loop_run_once(story.loop, 0);
    CU_ASSERT_STRING_EQUAL(story.diary, "p.");
    loop_destroy(&story.loop);
    endpoint_close(&client);
    endpoint_close(&server);
}

static const struct suite_test tests[] = {
    SUITE_TEST(hands_out_what_comes),
    SUITE_TEST(tells_of_connections),
    SUITE_TEST(tells_that_it_is_not_let_in),
    SUITE_TEST(takes_so_much_from_each_source),
    SUITE_TEST(keeps_the_deadline),
    SUITE_TEST(waits_for_the_deadline),
    SUITE_TEST(takes_nothing_from_a_paused_endpoint),
    SUITE_TEST(hands_out_what_a_worker_did),
    SUITE_TEST(watches_descriptors),
    SUITE_TEST(turns_signals_into_events),
    SUITE_TEST(leaves_signals_to_the_program),
    SUITE_TEST(forgets_an_endpoint_in_the_middle_of_a_batch),
};

int main(void)
{
    return SUITE_RUN("net/loop", tests);
}
