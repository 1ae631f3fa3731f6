#include "router/core.h"

#include "tests/support/suite.h"
#include "tests/unit/router/router_story.h"

#include <CUnit/CUnit.h>

static void attaches_when_the_node_is_there(void)
{
    struct story *story = story_begin();

    story_greet(story, 7, 1);
    STORY_SAYS(story, "client 7: #1 REFUSED unavailable, not done\n");
    story_learn(story, "1:1 1:1");
    story_greet(story, 7, 2);
    STORY_SAYS(story, "client 7: #2 WELCOMED session 1\n");
    story_connect(story, 1);
    STORY_SAYS(story, "node: ATTACH r1 session 9\n");
    story_get(story, 7, 3);
    story_node(story, &(struct message){.type = MESSAGE_ATTACHED});
    story_pass(story, 0);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

static void vouches_for_each_token_again_after_attaching_again(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    story_get(story, 7, 3);
    STORY_SAYS(story, "client 7: #1 WELCOMED session 1\n"
                      "node: VOUCH 1\n"
                      "node: #1 FORWARD token 1 of berta within 2000 ms\n"
                      "node: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_lose(story, 1);
    story_get(story, 7, 4);
    story_connect(story, 1);
    story_node(story, &(struct message){.type = MESSAGE_ATTACHED});
    story_pass(story, 0);
    STORY_SAYS(story, "node: ATTACH r1 session 9\n"
                      "node: VOUCH 1\n"
                      "node: #4 FORWARD token 1 of berta within 2000 ms\n"
                      "node: #5 FORWARD token 1 of berta within 2000 ms\n"
                      "node: #6 FORWARD token 1 of berta within 2000 ms\n"
                      "wants a map\n");
    story_end(&story);
}

static void vouches_again_for_a_token_that_did_not_go_out(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    (void)story_said(story);
    story_step(story, (struct router_event){.type = ROUTER_VOUCH_FAILED,
                                            .node = 1,
                                            .session = 1});
    story_get(story, 7, 3);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

static void vouches_again_for_a_token_that_the_node_had_no_room_for(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    (void)story_said(story);
    story_node(story, &(struct message){
                          .type = MESSAGE_VOUCHED,
                          .vouched = {.number = 1, .status = DALV_BUSY}});
    story_get(story, 7, 3);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

static void tells_the_client_that_the_node_refuses_the_token(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    (void)story_said(story);
    story_node(story,
               &(struct message){
                   .type = MESSAGE_VOUCHED,
                   .vouched = {.number = 1, .status = DALV_NOT_PERMITTED}});
    story_get(story, 7, 3);
    STORY_SAYS(story, "client 7: #3 REFUSED not permitted\n");
    story_greet(story, 7, 4);
    STORY_SAYS(story, "client 7: #4 WELCOMED session 1\n");
    story_get(story, 7, 5);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

/* It did not leave: so it was not done. */
static void says_not_done_for_what_could_not_be_handed_over(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_write(story, 7, 2, 0);
    (void)story_said(story);
    story_step(story, (struct router_event){.type = ROUTER_FORWARD_FAILED,
                                            .request = 1});
    STORY_SAYS(story, "client 7: #2 REFUSED too busy, not done: try again; "
                      "again in 100 ms\n");
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 0);
    story_end(&story);
}

static void answers_nobody_for_a_client_that_has_gone(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    (void)story_said(story);
    story_step(story,
               (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = 7});
    STORY_SAYS(story, "node: DISMISS 1\n");
    story_answer(story, 1);
    STORY_SAYS(story, "");
    CU_ASSERT_EQUAL(router_core_session_count(story->core), 0);
    story_end(&story);
}

/* The node did not hear the first DISMISS. */
static void dismisses_again_whoever_is_pushed_to_and_gone(void)
{
    struct story *story = story_begin_attached();

    story_push(story, 5);
    STORY_SAYS(story, "node: DISMISS 5\n");
    story_end(&story);
}

/* The client has a new connection; its answer belongs to the old one. */
static void never_gives_an_answer_to_the_next_client(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_get(story, 7, 2);
    story_step(story,
               (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = 7});
    story_greet(story, 7, 1);
    (void)story_said(story);
    story_answer(story, 1);
    STORY_SAYS(story, "");
    story_end(&story);
}

static void watch(struct story *story, uint64_t client, uint32_t number)
{
    story_send(story, client,
               &(struct message){.type = MESSAGE_WATCH,
                                 .request = number,
                                 .watch.is_all = true});
}

/* A node that starts again knows no watch: who follows would wait for ever. */
static void tells_who_listens_that_the_node_was_lost(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    story_greet(story, 8, 1);
    watch(story, 7, 2);
    story_get(story, 8, 2);
    story_answer(story, 1);
    story_answer(story, 2);
    (void)story_said(story);
    story_lose(story, 1);
    STORY_SAYS(story, "");
    story_pass(story, 100);
    STORY_SAYS(story, "client 7: REFUSED unavailable, not done\n"
                      "wants a map\n");
    /* It is nobody now; the other one, which only asks, is who it was. */
    CU_ASSERT_EQUAL(router_core_session_count(story->core), 1);
    story_end(&story);
}

/* What else it watches at that node is lost as well. */
static void tells_also_who_listens_again_already(void)
{
    struct story *story = story_begin_attached();

    story_greet(story, 7, 1);
    watch(story, 7, 2);
    story_answer(story, 1);
    story_lose(story, 1);
    story_attach(story, 1);
    watch(story, 7, 3);
    story_answer(story, 2);
    (void)story_said(story);
    story_pass(story, 100);
    STORY_SAYS(story, "node: DISMISS 1\n"
                      "client 7: REFUSED unavailable, not done\n"
                      "wants a map\n");
    story_end(&story);
}

/* More than one step may answer: each goes out, step by step. */
static void gives_up_many_late_questions(void)
{
    struct story *story = story_begin_attached();
    size_t lines = 0;

    story_greet(story, 7, 1);
    for (uint32_t number = 2; number < 8; number++)
        story_get(story, 7, number);
    (void)story_said(story);
    story_pass(story, 2100);
    for (const char *at = story_said(story); *at != '\0'; at++)
        lines += *at == '\n';
    CU_ASSERT_EQUAL(lines, 6);
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 0);
    story_end(&story);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(attaches_when_the_node_is_there),
        SUITE_TEST(vouches_for_each_token_again_after_attaching_again),
        SUITE_TEST(vouches_again_for_a_token_that_did_not_go_out),
        SUITE_TEST(vouches_again_for_a_token_that_the_node_had_no_room_for),
        SUITE_TEST(tells_the_client_that_the_node_refuses_the_token),
        SUITE_TEST(says_not_done_for_what_could_not_be_handed_over),
        SUITE_TEST(answers_nobody_for_a_client_that_has_gone),
        SUITE_TEST(dismisses_again_whoever_is_pushed_to_and_gone),
        SUITE_TEST(never_gives_an_answer_to_the_next_client),
        SUITE_TEST(tells_who_listens_that_the_node_was_lost),
        SUITE_TEST(tells_also_who_listens_again_already),
        SUITE_TEST(gives_up_many_late_questions),
    };

    return SUITE_RUN("router/core, the node", tests);
}
