/*
 * One backend's calls, asked at t = 0 with 5 s to be answered.
 */
#include "client/calls.h"

#include "client/sightings.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    DEADLINE_MS = 5000
};

struct story {
    struct calls calls;
    size_t ended;
    enum dalv_status status;
};

static void on_end(void *owner, const struct call_answer *answer)
{
    struct story *story = owner;

    story->ended++;
    story->status = answer->status;
}

static void begin(struct story *story)
{
    *story = (struct story){0};
    CU_ASSERT_EQUAL_FATAL(calls_init(&story->calls, 0, 7), DALV_OK);
}

static void end(struct story *story)
{
    calls_deinit(&story->calls);
}

static enum dalv_status ask(struct story *story, const struct message *question)
{
    const struct call_request request = {
        .question = question,
        .deadline_ms = DEADLINE_MS,
        .handler = on_end,
        .owner = story,
    };

    return calls_add(&story->calls, &request);
}

static void ask_update(struct story *story)
{
    const struct message question = {
        .type = MESSAGE_UPDATE,
        .update = {.user = bytes_from_text("anna"),
                   .transaction = bytes_from_text("bytes")},
    };

    CU_ASSERT_EQUAL(ask(story, &question), DALV_OK);
}

static void ask_get(struct story *story)
{
    const struct message question = {
        .type = MESSAGE_GET,
        .get = {.user = bytes_from_text("anna"), .key = bytes_from_text("k")},
    };

    CU_ASSERT_EQUAL(ask(story, &question), DALV_OK);
}

/* What goes out next, its number; 0 if nothing does. */
static uint32_t send(struct story *story, uint64_t now_ms)
{
    struct call *call = calls_next(&story->calls, now_ms);

    if (call == NULL)
        return 0;
    calls_sent(&story->calls, call);
    return call->question.request;
}

static void updated(struct story *story, uint32_t number,
                    enum dalv_status status)
{
    const struct message answer = {
        .type = MESSAGE_UPDATED,
        .request = number,
        .updated = {.status = status},
    };

    calls_answer(&story->calls, &answer, 100);
}

static void refused(struct story *story, uint32_t number,
                    enum dalv_status status)
{
    const struct message answer = {
        .type = MESSAGE_REFUSED,
        .request = number,
        .refused = {.status = status},
    };

    calls_answer(&story->calls, &answer, 100);
}

static void ends_with_the_answer(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    updated(&story, send(&story, 0), DALV_PRECONDITION);
    CU_ASSERT_EQUAL(story.ended, 1);
    CU_ASSERT_EQUAL(story.status, DALV_PRECONDITION);
    CU_ASSERT_EQUAL(story.calls.count, 0);
    CU_ASSERT_EQUAL(story.calls.bytes, 0);
    end(&story);
}

static void asks_again_under_the_same_id_after_a_lost_connection(void)
{
    struct story story;
    struct call *call;

    begin(&story);
    ask_update(&story);
    call = calls_next(&story.calls, 0);
    memset(call->question.update.id.bytes, 0x5a, REQUEST_ID_BYTES);
    (void)send(&story, 0);
    CU_ASSERT_EQUAL(send(&story, 0), 0);
    calls_lose(&story.calls);
    call = calls_next(&story.calls, 1500);
    CU_ASSERT_PTR_NOT_NULL_FATAL(call);
    CU_ASSERT_EQUAL(call->question.update.id.bytes[0], 0x5a);
    CU_ASSERT_EQUAL(call->question.update.deadline_ms, 3500);
    updated(&story, send(&story, 1500), DALV_OK);
    CU_ASSERT_EQUAL(story.status, DALV_OK);
    end(&story);
}

static void rests_before_it_asks_a_busy_router_again(void)
{
    struct story story;
    uint32_t number;

    begin(&story);
    ask_update(&story);
    number = send(&story, 0);
    refused(&story, number, DALV_BUSY);
    CU_ASSERT_EQUAL(send(&story, 100), 0);
    calls_tick(&story.calls, 300);
    CU_ASSERT_EQUAL(send(&story, 300), number);
    CU_ASSERT_EQUAL(story.ended, 0);
    end(&story);
}

/* Every attempt was refused: nothing was done, and that can be said. */
static void says_not_done_when_each_attempt_was_refused(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    refused(&story, send(&story, 0), DALV_UNAVAILABLE);
    calls_tick(&story.calls, 300);
    refused(&story, send(&story, 300), DALV_BUSY);
    calls_tick(&story.calls, DEADLINE_MS + TIMERS_TICK_MS);
    CU_ASSERT_EQUAL(story.ended, 1);
    CU_ASSERT_EQUAL(story.status, DALV_BUSY);
    end(&story);
}

static void says_not_done_when_it_never_went_out(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    calls_tick(&story.calls, DEADLINE_MS + TIMERS_TICK_MS);
    CU_ASSERT_EQUAL(story.status, DALV_UNAVAILABLE);
    CU_ASSERT_EQUAL(send(&story, DEADLINE_MS), 0);
    end(&story);
}

static void says_unknown_when_no_answer_came(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    (void)send(&story, 0);
    calls_tick(&story.calls, DEADLINE_MS + TIMERS_TICK_MS);
    CU_ASSERT_EQUAL(story.status, DALV_TIMEOUT);
    end(&story);
}

/* The first attempt may have been applied before the router died: that the
   second was refused says nothing about it. */
static void does_not_believe_a_refusal_after_an_unsure_attempt(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    (void)send(&story, 0);
    calls_lose(&story.calls);
    refused(&story, send(&story, 10), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(story.status, DALV_UNKNOWN);
    end(&story);
}

static void says_unknown_when_time_is_up_after_an_unsure_attempt(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    (void)send(&story, 0);
    calls_lose(&story.calls);
    refused(&story, send(&story, 10), DALV_BUSY);
    calls_tick(&story.calls, DEADLINE_MS + TIMERS_TICK_MS);
    CU_ASSERT_EQUAL(story.status, DALV_TIMEOUT);
    end(&story);
}

/* The master judges by the request id, whatever attempt brought it. */
static void believes_the_master_after_an_unsure_attempt(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    (void)send(&story, 0);
    calls_lose(&story.calls);
    updated(&story, send(&story, 10), DALV_OCCUPIED);
    CU_ASSERT_EQUAL(story.status, DALV_OCCUPIED);
    end(&story);
}

static void a_read_that_was_refused_was_refused(void)
{
    struct story story;

    begin(&story);
    ask_get(&story);
    (void)send(&story, 0);
    calls_lose(&story.calls);
    refused(&story, send(&story, 10), DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(story.status, DALV_NOT_PERMITTED);
    end(&story);
}

static void drops_an_answer_that_comes_twice_or_too_late(void)
{
    struct story story;
    uint32_t first;

    begin(&story);
    ask_update(&story);
    first = send(&story, 0);
    updated(&story, first, DALV_OK);
    updated(&story, first, DALV_IO);
    ask_update(&story);
    (void)send(&story, 0);
    updated(&story, first, DALV_IO);
    CU_ASSERT_EQUAL(story.ended, 1);
    CU_ASSERT_EQUAL(story.status, DALV_OK);
    end(&story);
}

static void refuses_more_than_ten_thousand_calls(void)
{
    struct story story;
    const struct message question = {.type = MESSAGE_GET};

    begin(&story);
    for (size_t i = 0; i < CALLS_MAX; i++)
        ask_get(&story);
    CU_ASSERT_EQUAL(ask(&story, &question), DALV_BUSY);
    updated(&story, send(&story, 0), DALV_OK);
    CU_ASSERT_EQUAL(ask(&story, &question), DALV_OK);
    end(&story);
}

static void refuses_more_bytes_than_its_bound(void)
{
    struct story story;
    static uint8_t body[4 << 20];
    const struct message question = {
        .type = MESSAGE_UPDATE,
        .update = {.transaction = {body, sizeof(body)}},
    };

    begin(&story);
    for (size_t i = 0; i < 16; i++)
        CU_ASSERT_EQUAL(ask(&story, &question), DALV_OK);
    CU_ASSERT_EQUAL(ask(&story, &question), DALV_BUSY);
    end(&story);
}

static void ends_all_when_the_token_is_refused(void)
{
    struct story story;

    begin(&story);
    ask_update(&story);
    (void)send(&story, 0);
    ask_get(&story);
    calls_end(&story.calls, DALV_EXPIRED, "");
    CU_ASSERT_EQUAL(story.ended, 2);
    CU_ASSERT_EQUAL(story.status, DALV_EXPIRED);
    CU_ASSERT_EQUAL(send(&story, 0), 0);
    end(&story);
}

static uint32_t send_stale_get(struct story *story, const char *user,
                               uint64_t *out_at_least)
{
    const struct message question = {
        .type = MESSAGE_GET,
        .get = {.user = bytes_from_text(user),
                .key = bytes_from_text("a"),
                .max_staleness_ms = 1000},
    };
    struct call *call;

    CU_ASSERT_EQUAL(ask(story, &question), DALV_OK);
    call = calls_next(&story->calls, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(call);
    *out_at_least = call->question.get.at_least;
    calls_sent(&story->calls, call);
    return call->question.request;
}

/* A slave is told what was seen, by reading or by writing, of that user. */
static void asks_a_slave_for_no_less_than_was_seen(void)
{
    static struct sightings sightings;
    struct story story;
    struct message answer = {.type = MESSAGE_GOT};
    uint64_t at_least;

    begin(&story);
    memset(&sightings, 0, sizeof(sightings));
    story.calls.sightings = &sightings;
    answer.request = send_stale_get(&story, "anna", &at_least);
    CU_ASSERT_EQUAL(at_least, 0);
    answer.got.head.revision = 7;
    calls_answer(&story.calls, &answer, 0);
    answer.request = send_stale_get(&story, "anna", &at_least);
    CU_ASSERT_EQUAL(at_least, 7);
    answer.got.head.revision = 6;
    calls_answer(&story.calls, &answer, 0);
    (void)send_stale_get(&story, "anna", &at_least);
    CU_ASSERT_EQUAL(at_least, 7);
    (void)send_stale_get(&story, "berta", &at_least);
    CU_ASSERT_EQUAL(at_least, 0);
    end(&story);
}

/* The user was erased, or the cluster restored: there is less than there was.
 */
static void asks_the_master_when_what_was_seen_is_gone(void)
{
    static struct sightings sightings;
    struct story story;
    struct message refusal = {.type = MESSAGE_REFUSED,
                              .refused = {.status = DALV_REBASE}};
    struct call *call;
    uint64_t at_least;

    begin(&story);
    memset(&sightings, 0, sizeof(sightings));
    sightings_put(&sightings, bytes_from_text("anna"), 9);
    story.calls.sightings = &sightings;
    refusal.request = send_stale_get(&story, "anna", &at_least);
    CU_ASSERT_EQUAL(at_least, 9);
    calls_answer(&story.calls, &refusal, 0);
    CU_ASSERT_EQUAL(story.ended, 0);
    calls_tick(&story.calls, 1000);
    call = calls_next(&story.calls, 1000);
    CU_ASSERT_PTR_NOT_NULL_FATAL(call);
    CU_ASSERT_EQUAL(call->question.get.at_least, 0);
    CU_ASSERT_EQUAL(call->question.get.max_staleness_ms, 0);
    end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(ends_with_the_answer),
    SUITE_TEST(asks_again_under_the_same_id_after_a_lost_connection),
    SUITE_TEST(rests_before_it_asks_a_busy_router_again),
    SUITE_TEST(says_not_done_when_each_attempt_was_refused),
    SUITE_TEST(says_not_done_when_it_never_went_out),
    SUITE_TEST(says_unknown_when_no_answer_came),
    SUITE_TEST(does_not_believe_a_refusal_after_an_unsure_attempt),
    SUITE_TEST(says_unknown_when_time_is_up_after_an_unsure_attempt),
    SUITE_TEST(believes_the_master_after_an_unsure_attempt),
    SUITE_TEST(a_read_that_was_refused_was_refused),
    SUITE_TEST(drops_an_answer_that_comes_twice_or_too_late),
    SUITE_TEST(refuses_more_than_ten_thousand_calls),
    SUITE_TEST(refuses_more_bytes_than_its_bound),
    SUITE_TEST(ends_all_when_the_token_is_refused),
    SUITE_TEST(asks_a_slave_for_no_less_than_was_seen),
    SUITE_TEST(asks_the_master_when_what_was_seen_is_gone),
};

int main(void)
{
    return SUITE_RUN("client/calls", tests);
}
