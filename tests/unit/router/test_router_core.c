#include "router/core.h"

#include "tests/support/suite.h"
#include "tests/unit/router/router_story.h"

#include <CUnit/CUnit.h>

static void welcomes_a_backend(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    STORY_SAYS(story, "client 7: #1 WELCOMED session 1\n");
    CU_ASSERT_EQUAL(router_core_session_count(story->core), 1);
    story_end(&story);
}

/* Its id is the node's to give. */
static void welcomes_a_device_once_the_node_has_opened_it(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 107, 1);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #1 OPEN_DEVICE token 1 of anna\n");
    story_get(story, 107, 2);
    STORY_SAYS(story, "client 107: #2 REFUSED unavailable, not done\n");
    story_open(story, 1, 4);
    STORY_SAYS(story, "client 107: #1 WELCOMED session 1 device 4\n");
    story_end(&story);
}

static void turns_down_a_device_that_the_cluster_does_not_take(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 107, 1);
    (void)story_said(story);
    story_node(story,
               &(struct message){.type = MESSAGE_DEVICE_OPENED,
                                 .request = 1,
                                 .device_opened = {.status = DALV_QUOTA}});
    STORY_SAYS(story, "client 107: #1 REFUSED quota exceeded\n");
    CU_ASSERT_EQUAL(router_core_session_count(story->core), 0);
    story_end(&story);
}

static void hears_nothing_before_hello(void)
{
    struct story *story = story_begin_attached();

    story_get(story, 7, 3);
    STORY_SAYS(story, "client 7: #3 REFUSED not permitted\n");
    story_end(&story);
}

static void refuses_a_token_at_the_wrong_port(void)
{
    struct story *story = story_begin_attached();
    const struct token_claims device =
        fake_tokens_device("anna", STORY_TOKEN_END_S);

    story_hello(story, 7, 1, &device);
    STORY_SAYS(story, "client 7: #1 REFUSED invalid argument\n");
    story_end(&story);
}

/* Who says that he is a device must show a device's token. */
static void refuses_a_token_of_another_role(void)
{
    struct story *story = story_begin_attached();
    const struct token_claims backend = fake_tokens_backend(STORY_TOKEN_END_S);
    const struct message hello = {
        .type = MESSAGE_HELLO,
        .request = 1,
        .hello = {.protocol = 1,
                  .token = fake_tokens_show(&backend),
                  .is_device = true},
    };

    story_send(story, 107, &hello);
    STORY_SAYS(story, "client 107: #1 REFUSED not permitted\n");
    story_end(&story);
}

static void forwards_a_question_and_passes_its_answer(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 40);
    STORY_SAYS(story, "client 7: #1 WELCOMED session 1\n"
                      "node: VOUCH 1\n"
                      "node: #1 FORWARD token 1 of berta within 2000 ms\n");
    story_answer(story, 1);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_answer(story, 1);
    STORY_SAYS(story, "");
    CU_ASSERT_EQUAL(router_core_counters(story->core)->late_answers, 1);
    story_end(&story);
}

/* Whatever user a device names, it is its own. */
static void forwards_a_device_for_its_own_user(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 107, 1);
    story_open(story, 1, 4);
    (void)story_said(story);
    story_get(story, 107, 2);
    STORY_SAYS(story,
               "node: #2 FORWARD token 1 of anna device 4 within 2000 ms\n");
    story_write(story, 107, 3, 0);
    /* That it is a part of a large value is the node's to judge. */
    STORY_SAYS(story,
               "node: #3 FORWARD token 1 of anna device 4 within 2000 ms\n");
    story_end(&story);
}

static void says_that_a_late_writes_outcome_is_unknown(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_write(story, 7, 2, 500);
    story_get(story, 7, 3);
    (void)story_said(story);
    story_pass(story, 480);
    STORY_SAYS(story, "");
    story_pass(story, 40);
    STORY_SAYS(story, "client 7: #2 REFUSED outcome unknown\n");
    story_pass(story, 1520);
    STORY_SAYS(story, "client 7: #3 REFUSED unavailable, not done\n");
    CU_ASSERT_EQUAL(router_core_counters(story->core)->timed_out, 2);
    story_answer(story, 1);
    STORY_SAYS(story, "");
    story_end(&story);
}

static void bounds_the_deadline(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    (void)story_said(story);
    story_write(story, 7, 2, UINT32_MAX);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #1 FORWARD token 1 of berta within 60000 ms\n");
    story_end(&story);
}

static void is_busy_with_too_many_questions(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    for (uint32_t number = 2; number < 8; number++)
        story_get(story, 7, number);
    (void)story_said(story);
    story_get(story, 7, 8);
    STORY_SAYS(story, "client 7: #8 REFUSED too busy, not done: try again; "
                      "again in 100 ms\n");
    story_answer(story, 1);
    (void)story_said(story);
    story_get(story, 7, 9);
    STORY_SAYS(story, "node: #7 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

static void is_busy_with_too_many_clients(void)
{
    struct story *story = story_begin_attached();

    for (uint64_t client = 1; client <= 4; client++)
        story_greet(story, client, 1);
    (void)story_said(story);
    story_greet(story, 5, 1);
    STORY_SAYS(story, "client 5: #1 REFUSED too busy, not done: try again; "
                      "again in 100 ms\n");
    story_step(story,
               (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = 2});
    story_greet(story, 5, 2);
    STORY_SAYS(story, "client 5: #2 WELCOMED session 5\n");
    story_end(&story);
}

static void answers_a_ping_itself(void)
{
    struct story *story = story_begin_attached();

    story_send(story, 7,
               &(struct message){.type = MESSAGE_PING,
                                 .request = 5,
                                 .ping = {.payload = 77}});
    STORY_SAYS(story, "client 7: #5 PONGED 77\n");
    story_end(&story);
}

/* Nobody tells that a peer has gone before something is sent to it. */
static void probes_a_client_that_is_silent(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    (void)story_said(story);
    story_pass(story, 29000);
    STORY_SAYS(story, "");
    story_pass(story, 1100);
    STORY_SAYS(story, "client 7: PONGED 0\n");
    story_pass(story, 20000);
    story_send(story, 7, &(struct message){.type = MESSAGE_PING});
    (void)story_said(story);
    story_pass(story, 10100);
    STORY_SAYS(story, "");
    story_pass(story, 30100);
    STORY_SAYS(story, "client 7: PONGED 0\n");
    story_end(&story);
}

static void goes_on_under_a_new_token(void)
{
    struct story *story = story_begin_attached();
    const struct token_claims longer =
        fake_tokens_backend(STORY_TOKEN_END_S + 1000);

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    (void)story_said(story);
    story_hello(story, 7, 3, &longer);
    STORY_SAYS(story, "client 7: #3 WELCOMED session 1\n");
    story_get(story, 7, 4);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_answer(story, 1);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_end(&story);
}

/* Its user was erased, or it was retired, since: by its old id it would be
   turned down for ever. What it asked before is answered. */
static void asks_the_node_again_which_device_it_is(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 107, 1);
    story_open(story, 1, 4);
    story_get(story, 107, 2);
    (void)story_said(story);
    story_greet(story, 107, 3);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #3 OPEN_DEVICE token 1 of anna\n");
    story_answer(story, 2);
    STORY_SAYS(story, "client 107: as the node said\n");
    story_open(story, 3, 5);
    STORY_SAYS(story, "client 107: #3 WELCOMED session 1 device 5\n");
    story_end(&story);
}

/* Only its HELLO makes it who it is. */
static void keeps_a_session_whose_older_request_is_late(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 107, 1);
    story_open(story, 1, 4);
    story_get(story, 107, 2);
    story_pass(story, 1500);
    story_greet(story, 107, 3);
    (void)story_said(story);
    story_pass(story, 600);
    STORY_SAYS(story, "client 107: #2 REFUSED unavailable, not done\n");
    story_open(story, 3, 4);
    STORY_SAYS(story, "client 107: #3 WELCOMED session 1 device 4\n");
    story_end(&story);
}

static void begins_anew_for_another_client_on_the_connection(void)
{
    struct story *story = story_begin_attached();
    const struct token_claims berta =
        fake_tokens_device("berta", STORY_TOKEN_END_S);

    story_greet(story, 107, 1);
    story_open(story, 1, 4);
    (void)story_said(story);
    story_hello(story, 107, 2, &berta);
    STORY_SAYS(story, "node: DISMISS 1\n"
                      "node: VOUCH 2\n"
                      "node: #2 OPEN_DEVICE token 2 of berta\n");
    story_end(&story);
}

static void tells_nobody_anything_after_his_token(void)
{
    struct story *story = story_begin_attached();
    const struct token_claims brief = fake_tokens_backend(1000010);

    story_hello(story, 7, 1, &brief);
    story_get(story, 7, 2);
    (void)story_said(story);
    story_push(story, 1);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_pass(story, 10100);
    STORY_SAYS(story, "client 7: #2 REFUSED unavailable, not done\n"
                      "node: DISMISS 1\n"
                      "client 7: REFUSED token has expired\n");
    story_push(story, 1);
    STORY_SAYS(story, "node: DISMISS 1\n");
    story_get(story, 7, 3);
    STORY_SAYS(story, "client 7: #3 REFUSED token has expired\n");
    story_greet(story, 7, 4);
    STORY_SAYS(story, "node: DISMISS 1\n"
                      "client 7: #4 WELCOMED session 2\n");
    story_end(&story);
}

/* The key that signed it was taken away. */
static void sends_away_whom_a_new_judgement_refuses(void)
{
    struct story *story = story_begin_attached();
    struct token_claims newer = fake_tokens_backend(STORY_TOKEN_END_S);

    newer.generation = 2;
    story_greet(story, 7, 1);
    story_hello(story, 8, 1, &newer);
    (void)story_said(story);
    story->tokens.generation_min = 2;
    story_pass(story, 1000);
    STORY_SAYS(story, "");
    router_core_review_tokens(story->core, story->now_ms);
    story_pass(story, ROUTER_REVIEW_MS + 16);
    STORY_SAYS(story, "client 7: REFUSED token has expired\n"
                      "client 8: PONGED 0\n");
    story_get(story, 8, 2);
    STORY_SAYS(story, "node: VOUCH 2\n"
                      "node: #1 FORWARD token 2 of berta within 2000 ms\n");
    story_end(&story);
}

static void lets_a_device_ask_as_much_as_its_limits_allow(void)
{
    struct story *story = story_begin_attached();
    const struct admission_limits limits = {
        .requests = {.per_s = 1, .burst_s = 2}};

    router_core_set_limits(story->core, &limits, 2000);
    story_greet(story, 107, 1);
    story_open(story, 1, 4);
    story_get(story, 107, 2);
    story_get(story, 107, 3);
    (void)story_said(story);
    story_get(story, 107, 4);
    STORY_SAYS(story, "client 107: #4 REFUSED quota exceeded; again in 1000 "
                      "ms\n");
    story_pass(story, 1000);
    story_get(story, 107, 5);
    STORY_SAYS(story,
               "node: #4 FORWARD token 1 of anna device 4 within 2000 ms\n");
    story_end(&story);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(welcomes_a_backend),
        SUITE_TEST(welcomes_a_device_once_the_node_has_opened_it),
        SUITE_TEST(turns_down_a_device_that_the_cluster_does_not_take),
        SUITE_TEST(hears_nothing_before_hello),
        SUITE_TEST(refuses_a_token_at_the_wrong_port),
        SUITE_TEST(refuses_a_token_of_another_role),
        SUITE_TEST(forwards_a_question_and_passes_its_answer),
        SUITE_TEST(forwards_a_device_for_its_own_user),
        SUITE_TEST(says_that_a_late_writes_outcome_is_unknown),
        SUITE_TEST(bounds_the_deadline),
        SUITE_TEST(is_busy_with_too_many_questions),
        SUITE_TEST(is_busy_with_too_many_clients),
        SUITE_TEST(answers_a_ping_itself),
        SUITE_TEST(probes_a_client_that_is_silent),
        SUITE_TEST(goes_on_under_a_new_token),
        SUITE_TEST(asks_the_node_again_which_device_it_is),
        SUITE_TEST(keeps_a_session_whose_older_request_is_late),
        SUITE_TEST(begins_anew_for_another_client_on_the_connection),
        SUITE_TEST(tells_nobody_anything_after_his_token),
        SUITE_TEST(sends_away_whom_a_new_judgement_refuses),
        SUITE_TEST(lets_a_device_ask_as_much_as_its_limits_allow),
    };

    return SUITE_RUN("router/core", tests);
}
