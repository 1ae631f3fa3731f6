/*
 * A story is what happens, on the left, and what the session does about it, on
 * the right. It begins with router 0.
 */
#include "client/session.h"

#include "base/text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

struct story {
    struct session session;
    struct text text;
    char buffer[256];
};

static void begin(struct story *story, size_t endpoint_count)
{
    const struct session_options options = {
        .endpoint_count = endpoint_count, .rest_max_ms = 1000, .seed = 7};

    session_init(&story->session, &options);
    story->session.endpoint = 0;
}

static void put_effect(struct text *text, const struct session_effect *effect)
{
    if (text->size > 0)
        text_put_char(text, ' ');
    switch (effect->type) {
    case SESSION_CONNECT:
        text_put(text, "connect(");
        text_put_u64(text, effect->endpoint);
        text_put_char(text, ')');
        break;
    case SESSION_DISCONNECT:
        text_put(text, "disconnect");
        break;
    case SESSION_PING:
        text_put(text, "ping");
        break;
    }
}

static const char *after(struct story *story, struct session_event event)
{
    struct session_effects effects;

    session_step(&story->session, &event, &effects);
    text_init(&story->text, story->buffer, sizeof(story->buffer));
    for (size_t i = 0; i < effects.count; i++)
        put_effect(&story->text, &effects.items[i]);
    return text_string(&story->text);
}

static const char *at(struct story *story, uint64_t now_ms,
                      enum session_event_type type)
{
    return after(story, (struct session_event){.type = type, .now_ms = now_ms});
}

static const char *turned_down(struct story *story, uint64_t now_ms,
                               enum dalv_status status)
{
    return after(story, (struct session_event){.type = SESSION_TURNED_DOWN,
                                               .now_ms = now_ms,
                                               .status = status});
}

static void connects_at_the_first_tick(void)
{
    struct story story;

    begin(&story, 3);
    CU_ASSERT_STRING_EQUAL(at(&story, 50, SESSION_TICKED), "connect(0)");
    CU_ASSERT_STRING_EQUAL(at(&story, 60, SESSION_WELCOMED), "");
    CU_ASSERT_EQUAL(story.session.state, SESSION_OPEN);
}

static void leaves_a_router_that_does_not_welcome_within_a_second(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 50, SESSION_TICKED);
    CU_ASSERT_STRING_EQUAL(at(&story, 1049, SESSION_TICKED), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 1050, SESSION_TICKED),
                           "disconnect connect(1)");
}

static void rests_after_a_round_without_success(void)
{
    struct story story;

    begin(&story, 2);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 1000, SESSION_TICKED);
    CU_ASSERT_STRING_EQUAL(at(&story, 2000, SESSION_TICKED), "disconnect");
    CU_ASSERT_EQUAL(story.session.state, SESSION_RESTING);
    CU_ASSERT_TRUE(session_next_deadline_ms(&story.session) <= 2100);
    CU_ASSERT_STRING_EQUAL(at(&story, 2100, SESSION_TICKED), "connect(0)");
}

static void rests_longer_with_each_round_up_to_the_bound(void)
{
    struct story story;
    uint64_t now_ms = 0;
    uint64_t longest = 0;

    begin(&story, 1);
    for (size_t round = 0; round < 200; round++) {
        (void)at(&story, now_ms, SESSION_TICKED);
        now_ms += SESSION_GREETING_MS;
        (void)at(&story, now_ms, SESSION_TICKED);
        CU_ASSERT_EQUAL(story.session.state, SESSION_RESTING);
        if (story.session.deadline_ms - now_ms > longest)
            longest = story.session.deadline_ms - now_ms;
        now_ms = story.session.deadline_ms;
    }
    CU_ASSERT_TRUE(longest > 800);
    CU_ASSERT_TRUE(longest <= 1000);
}

static void leaves_a_silent_router_within_two_seconds_while_asked(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 10, SESSION_WELCOMED);
    (void)at(&story, 5000, SESSION_ASKED);
    CU_ASSERT_STRING_EQUAL(at(&story, 5699, SESSION_TICKED), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 5700, SESSION_TICKED), "ping");
    CU_ASSERT_STRING_EQUAL(at(&story, 6699, SESSION_TICKED), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 6700, SESSION_TICKED),
                           "disconnect connect(1)");
}

static void stays_with_a_router_that_answers_the_ping(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 10, SESSION_WELCOMED);
    (void)at(&story, 20, SESSION_ASKED);
    CU_ASSERT_STRING_EQUAL(at(&story, 720, SESSION_TICKED), "ping");
    CU_ASSERT_STRING_EQUAL(at(&story, 800, SESSION_HEARD), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 1499, SESSION_TICKED), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 1500, SESSION_TICKED), "ping");
}

static void is_patient_when_nothing_is_asked(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 10, SESSION_WELCOMED);
    (void)at(&story, 20, SESSION_ASKED);
    (void)at(&story, 30, SESSION_ANSWERED);
    CU_ASSERT_STRING_EQUAL(at(&story, 10029, SESSION_TICKED), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 10030, SESSION_TICKED), "ping");
}

/* Wrong for one router, wrong for all: only a new token helps. */
static void gives_up_when_the_token_is_refused(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 0, SESSION_TICKED);
    CU_ASSERT_STRING_EQUAL(turned_down(&story, 10, DALV_EXPIRED), "disconnect");
    CU_ASSERT_EQUAL(story.session.state, SESSION_REFUSED);
    CU_ASSERT_EQUAL(story.session.refusal, DALV_EXPIRED);
    CU_ASSERT_EQUAL(session_next_deadline_ms(&story.session), UINT64_MAX);
    CU_ASSERT_STRING_EQUAL(at(&story, 99999, SESSION_TICKED), "");
}

static void ends_when_the_token_expires_while_it_is_open(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 10, SESSION_WELCOMED);
    CU_ASSERT_STRING_EQUAL(turned_down(&story, 20, DALV_EXPIRED), "disconnect");
    CU_ASSERT_EQUAL(story.session.state, SESSION_REFUSED);
    CU_ASSERT_EQUAL(story.session.refusal, DALV_EXPIRED);
    CU_ASSERT_STRING_EQUAL(at(&story, 9000, SESSION_TICKED), "");
}

static void tries_the_next_one_when_a_router_is_busy(void)
{
    struct story story;

    begin(&story, 3);
    (void)at(&story, 0, SESSION_TICKED);
    CU_ASSERT_STRING_EQUAL(turned_down(&story, 10, DALV_BUSY),
                           "disconnect connect(1)");
}

static void moves_on_at_once_after_a_session_that_lasted(void)
{
    struct story story;

    begin(&story, 1);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 10, SESSION_WELCOMED);
    CU_ASSERT_STRING_EQUAL(at(&story, 1010, SESSION_BROKEN),
                           "disconnect connect(0)");
}

/* Or a router that fails right after the welcome would be asked in a loop. */
static void rests_after_a_session_that_did_not_last(void)
{
    struct story story;

    begin(&story, 1);
    (void)at(&story, 0, SESSION_TICKED);
    (void)at(&story, 10, SESSION_WELCOMED);
    CU_ASSERT_STRING_EQUAL(at(&story, 1009, SESSION_BROKEN), "disconnect");
    CU_ASSERT_EQUAL(story.session.state, SESSION_RESTING);
}

static void absorbs_what_comes_late(void)
{
    struct story story;

    begin(&story, 2);
    CU_ASSERT_STRING_EQUAL(at(&story, 0, SESSION_WELCOMED), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 0, SESSION_HEARD), "");
    CU_ASSERT_STRING_EQUAL(at(&story, 0, SESSION_BROKEN), "");
    CU_ASSERT_STRING_EQUAL(turned_down(&story, 0, DALV_NOT_PERMITTED), "");
    CU_ASSERT_EQUAL(story.session.state, SESSION_RESTING);
}

static const struct suite_test tests[] = {
    SUITE_TEST(connects_at_the_first_tick),
    SUITE_TEST(leaves_a_router_that_does_not_welcome_within_a_second),
    SUITE_TEST(rests_after_a_round_without_success),
    SUITE_TEST(rests_longer_with_each_round_up_to_the_bound),
    SUITE_TEST(leaves_a_silent_router_within_two_seconds_while_asked),
    SUITE_TEST(stays_with_a_router_that_answers_the_ping),
    SUITE_TEST(is_patient_when_nothing_is_asked),
    SUITE_TEST(gives_up_when_the_token_is_refused),
    SUITE_TEST(ends_when_the_token_expires_while_it_is_open),
    SUITE_TEST(tries_the_next_one_when_a_router_is_busy),
    SUITE_TEST(moves_on_at_once_after_a_session_that_lasted),
    SUITE_TEST(rests_after_a_session_that_did_not_last),
    SUITE_TEST(absorbs_what_comes_late),
};

int main(void)
{
    return SUITE_RUN("client/session", tests);
}
