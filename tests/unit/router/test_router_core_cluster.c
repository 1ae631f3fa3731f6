/* The partition of anna and berta is 0, that of dora is 1. */
#include "router/core.h"

#include "tests/support/suite.h"
#include "tests/unit/router/router_story.h"

#include <CUnit/CUnit.h>

/* Nodes 1 and 2 are attached; 1 leads partition 0 in epoch 5, 2 the other. */
static struct story *begin(void)
{
    struct story *story = story_begin();

    story_learn(story, "1:5 2:5");
    story_attach(story, 1);
    story_attach(story, 2);
    story_greet(story, 7, 1);
    (void)story_said(story);
    return story;
}

static void deny(struct story *story, uint32_t node, uint32_t number,
                 struct message_not_master word)
{
    story_node_says(story, node,
                    &(struct message){.type = MESSAGE_NOT_MASTER,
                                      .request = number,
                                      .not_master = word});
}

static void answer(struct story *story, uint32_t node, uint32_t number)
{
    story_node_says(
        story, node,
        &(struct message){.type = MESSAGE_ANSWERED, .request = number});
}

static void asks_whoever_leads_the_users_partition(void)
{
    struct story *story = begin();

    story_get_of(story, 7, 2, "berta");
    story_get_of(story, 7, 3, "dora");
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #1 FORWARD token 1 of berta within 2000 ms\n"
                      "node2: VOUCH 1\n"
                      "node2: #2 FORWARD token 1 of dora within 2000 ms\n");
    story_step(story,
               (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = 7});
    STORY_SAYS(story, "all nodes: DISMISS 1\n");
    story_end(&story);
}

static void holds_a_request_until_somebody_leads(void)
{
    struct story *story = begin();

    story_lose(story, 2);
    story_pass(story, 0);
    STORY_SAYS(story, "wants a map\n");
    story_get_of(story, 7, 2, "dora");
    STORY_SAYS(story, "");
    story_pass(story, 900);
    STORY_SAYS(story, "");
    story_learn(story, "1:5 1:6");
    story_pass(story, 0);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of dora within 1100 ms\n");
    answer(story, 1, 2);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_end(&story);
}

/* A new master at the very end of its time: it is ended, and asked nowhere. */
static void asks_nobody_what_is_out_of_time(void)
{
    struct story *story = begin();

    story_lose(story, 2);
    story_pass(story, 0);
    (void)story_said(story);
    story_get_of(story, 7, 2, "dora");
    story->now_ms += 2000;
    story_learn(story, "1:5 1:6");
    story_pass(story, 100);
    STORY_SAYS(story, "client 7: #2 REFUSED unavailable, not done\n");
    story_end(&story);
}

/* Opening an epoch deposes nobody yet. */
static void keeps_the_last_master_while_an_epoch_is_opening(void)
{
    struct story *story = begin();

    story_learn(story, "1:5 0:6");
    story_get_of(story, 7, 2, "dora");
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #1 FORWARD token 1 of dora within 2000 ms\n");
    story_end(&story);
}

/* It may have been done there: the id makes the repetition safe. */
static void repeats_at_the_next_master_what_the_last_may_have_done(void)
{
    struct story *story = begin();

    story_write(story, 7, 2, 0);
    (void)story_said(story);
    story_lose(story, 1);
    story_pass(story, 0);
    STORY_SAYS(story, "wants a map\n");
    story_learn(story, "2:6 2:5");
    story_pass(story, 0);
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

/* A master that is cut off answers no more, or too late. */
static void believes_only_whom_it_asked_last(void)
{
    struct story *story = begin();

    story_write(story, 7, 2, 0);
    story_learn(story, "2:6 2:5");
    story_pass(story, 0);
    (void)story_said(story);
    answer(story, 1, 1);
    answer(story, 1, 2);
    STORY_SAYS(story, "");
    answer(story, 2, 2);
    STORY_SAYS(story, "client 7: as the node said\n");
    CU_ASSERT_EQUAL(router_core_counters(story->core)->late_answers, 2);
    story_end(&story);
}

/* The next master does not look at it: the last one may have done it. */
static void takes_no_refusal_for_an_answer_to_what_was_asked_before(void)
{
    struct story *story = begin();
    const struct message answered = {.type = MESSAGE_ANSWERED, .request = 2};

    story_write(story, 7, 2, 0);
    story_learn(story, "2:6 2:5");
    story_pass(story, 0);
    (void)story_said(story);
    story_step(story, (struct router_event){.type = ROUTER_NODE_SENT,
                                            .node = 2,
                                            .message = &answered,
                                            .answer_type = MESSAGE_REFUSED});
    STORY_SAYS(story, "client 7: #2 REFUSED outcome unknown\n");
    story_end(&story);
}

static void follows_the_hint_of_a_node_that_does_not_lead(void)
{
    struct story *story = begin();

    story_get_of(story, 7, 2, "berta");
    (void)story_said(story);
    deny(story, 1, 1, (struct message_not_master){.epoch = 6, .node = 2});
    story_pass(story, 0);
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #2 FORWARD token 1 of berta within 2000 ms\n");
    story_end(&story);
}

/* It will hear of its own epoch soon. */
static void asks_again_a_node_that_does_not_know_yet_that_it_leads(void)
{
    struct story *story = begin();

    story_get_of(story, 7, 2, "berta");
    (void)story_said(story);
    deny(story, 1, 1, (struct message_not_master){.epoch = 4});
    STORY_SAYS(story, "");
    story_pass(story, 30);
    STORY_SAYS(story, "node: #2 FORWARD token 1 of berta within 1970 ms\n");
    story_end(&story);
}

/* In a failover nobody leads for a second. */
static void asks_ever_later_who_does_not_lead(void)
{
    struct story *story = begin();
    uint32_t number = 1;
    size_t asked = 0;

    story_get_of(story, 7, 2, "berta");
    for (unsigned i = 0; i < 100; i++) {
        (void)story_said(story);
        deny(story, 1, number, (struct message_not_master){.epoch = 4});
        story_pass(story, 10);
        if (story_said(story)[0] == '\0')
            continue;
        number++;
        asked++;
    }
    CU_ASSERT(asked >= 10);
    CU_ASSERT(asked <= 20);
    story_end(&story);
}

static void wants_a_map_when_a_node_knows_more(void)
{
    struct story *story = begin();

    story_get_of(story, 7, 2, "berta");
    (void)story_said(story);
    deny(story, 1, 1, (struct message_not_master){.epoch = 6});
    story_pass(story, 0);
    STORY_SAYS(story, "wants a map\n");
    story_end(&story);
}

static void says_not_done_of_what_nobody_took(void)
{
    struct story *story = begin();

    story_lose(story, 1);
    story_write(story, 7, 2, 30000);
    story_pass(story, 1900);
    STORY_SAYS(story, "wants a map\n");
    story_pass(story, 200);
    STORY_SAYS(story, "client 7: #2 REFUSED unavailable, not done\n");
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 0);
    story_end(&story);
}

static void says_unknown_of_a_write_that_a_lost_node_may_have_done(void)
{
    struct story *story = begin();

    story_write(story, 7, 2, 30000);
    story_get(story, 7, 3);
    (void)story_said(story);
    story_lose(story, 1);
    story_pass(story, 2100);
    STORY_SAYS(story, "client 7: #2 REFUSED outcome unknown\n"
                      "client 7: #3 REFUSED unavailable, not done\n"
                      "wants a map\n");
    story_end(&story);
}

/* It was refused at the door there: nothing was done anywhere. */
static void says_not_done_of_a_write_that_no_node_evaluated(void)
{
    struct story *story = begin();

    story_write(story, 7, 2, 30000);
    (void)story_said(story);
    deny(story, 1, 1, (struct message_not_master){.epoch = 6});
    story_lose(story, 1);
    story_pass(story, 2100);
    STORY_SAYS(story, "client 7: #2 REFUSED unavailable, not done\n"
                      "wants a map\n");
    story_end(&story);
}

static void repeats_only_what_it_had_room_to_keep(void)
{
    struct story *story = begin();
    char large[60] = {0};

    story_send(story, 7,
               &(struct message){.type = MESSAGE_GET,
                                 .request = 2,
                                 .get = {.user = bytes_from_text("berta"),
                                         .key = bytes_from_text("a")}});
    story_step(story, (struct router_event){
                          .type = ROUTER_CLIENT_SENT,
                          .peer = 7,
                          .message =
                              &(struct message){
                                  .type = MESSAGE_UPDATE,
                                  .request = 3,
                                  .update = {.user = bytes_from_text("berta")}},
                          .frame = bytes_make(large, sizeof(large)),
                      });
    (void)story_said(story);
    story_lose(story, 1);
    story_pass(story, 16);
    STORY_SAYS(story, "client 7: #3 REFUSED outcome unknown\n"
                      "wants a map\n");
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 1);
    story_end(&story);
}

/* Requests of one user are asked in the order in which they came. */
static void lets_nobody_overtake_who_is_held(void)
{
    struct story *story = begin();

    story_lose(story, 1);
    story_write(story, 7, 2, 0);
    story_connect(story, 1);
    story_node_says(story, 1, &(struct message){.type = MESSAGE_ATTACHED});
    (void)story_said(story);
    story_get(story, 7, 3);
    STORY_SAYS(story, "");
    story_pass(story, 0);
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #3 FORWARD token 1 of berta within 2000 ms\n"
                      "node: #4 FORWARD token 1 of berta within 2000 ms\n"
                      "wants a map\n");
    story_end(&story);
}

/* The connection broke, and the router has not heard of it yet. */
static void comes_to_an_end_when_nothing_can_be_handed_over(void)
{
    struct story *story = story_begin_large();

    story_learn(story, "1:5 1:5");
    story_greet(story, 7, 1);
    for (uint32_t number = 2; number < 42; number++)
        story_get(story, 7, number);
    story_attach(story, 1);
    for (uint32_t number = 41; number < 81; number++) {
        story_step(story, (struct router_event){.type = ROUTER_TICKED});
        story_step(story, (struct router_event){.type = ROUTER_FORWARD_FAILED,
                                                .request = number,
                                                .status = DALV_UNAVAILABLE});
        (void)story_said(story);
    }
    CU_ASSERT(router_core_next_deadline_ms(story->core) > story->now_ms);
    CU_ASSERT_EQUAL(router_core_counters(story->core)->repeated, 40);
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 40);
    story_end(&story);
}

static void watch(struct story *story, uint64_t client, uint32_t number,
                  const char *user)
{
    story_send(story, client,
               &(struct message){.type = MESSAGE_WATCH,
                                 .request = number,
                                 .watch.user = bytes_from_text(user)});
}

/* They say HELLO again and go on from their cursors. */
static void tells_who_listens_to_a_partition_that_moves(void)
{
    struct story *story = begin();

    story_greet(story, 8, 1);
    watch(story, 7, 2, "berta");
    watch(story, 8, 2, "dora");
    answer(story, 1, 1);
    answer(story, 2, 2);
    (void)story_said(story);
    story_learn(story, "1:5 1:6");
    story_pass(story, 100);
    STORY_SAYS(story, "node2: DISMISS 2\n"
                      "client 8: REFUSED unavailable, not done\n");
    CU_ASSERT_EQUAL(router_core_session_count(story->core), 1);
    story_end(&story);
}

static void opens_a_device_where_its_user_is(void)
{
    struct story *story = begin();
    const struct token_claims claims =
        fake_tokens_device("dora", STORY_TOKEN_END_S);

    story_hello(story, STORY_DEVICE_FROM, 1, &claims);
    STORY_SAYS(story, "node2: VOUCH 2\n"
                      "node2: #1 OPEN_DEVICE token 2 of dora\n");
    story_lose(story, 2);
    story_learn(story, "1:5 1:6");
    story_pass(story, 0);
    STORY_SAYS(story, "node: VOUCH 2\n"
                      "node: #2 OPEN_DEVICE token 2 of dora\n");
    story_node_says(story, 1,
                    &(struct message){.type = MESSAGE_DEVICE_OPENED,
                                      .request = 2,
                                      .device_opened = {.device = 4}});
    STORY_SAYS(story, "client 100: #1 WELCOMED session 2 device 4\n");
    story_end(&story);
}

/* Nodes 2 and 3 hold partition 0 as slaves; 3 is not there. */
static void asks_a_slave_what_need_not_be_new(void)
{
    struct story *story = begin();

    story_get_stale(story, 7, 2, "anna");
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #1 FORWARD token 1 of anna within 2000 ms\n");
    answer(story, 2, 1);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_end(&story);
}

static void asks_the_master_if_a_slave_is_behind(void)
{
    struct story *story = begin();

    story_get_stale(story, 7, 2, "anna");
    (void)story_said(story);
    deny(story, 2, 1, (struct message_not_master){.epoch = 5, .node = 1});
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #2 FORWARD token 1 of anna within 2000 ms\n");
    /* It would be for others as well, for a moment. */
    story_get_stale(story, 7, 3, "anna");
    STORY_SAYS(story, "node: #3 FORWARD token 1 of anna within 2000 ms\n");
    story_pass(story, 100);
    story_get_stale(story, 7, 4, "anna");
    STORY_SAYS(story, "node2: #4 FORWARD token 1 of anna within 2000 ms\n");
    story_end(&story);
}

static void asks_a_slave_while_nobody_leads(void)
{
    struct story *story = begin();

    story_lose(story, 1);
    story_pass(story, 0);
    (void)story_said(story);
    story_get_of(story, 7, 2, "anna");
    STORY_SAYS(story, "");
    story_get_stale(story, 7, 3, "anna");
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #2 FORWARD token 1 of anna within 2000 ms\n");
    story_end(&story);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(asks_whoever_leads_the_users_partition),
        SUITE_TEST(asks_a_slave_what_need_not_be_new),
        SUITE_TEST(asks_the_master_if_a_slave_is_behind),
        SUITE_TEST(asks_a_slave_while_nobody_leads),
        SUITE_TEST(holds_a_request_until_somebody_leads),
        SUITE_TEST(asks_nobody_what_is_out_of_time),
        SUITE_TEST(keeps_the_last_master_while_an_epoch_is_opening),
        SUITE_TEST(repeats_at_the_next_master_what_the_last_may_have_done),
        SUITE_TEST(believes_only_whom_it_asked_last),
        SUITE_TEST(takes_no_refusal_for_an_answer_to_what_was_asked_before),
        SUITE_TEST(follows_the_hint_of_a_node_that_does_not_lead),
        SUITE_TEST(asks_again_a_node_that_does_not_know_yet_that_it_leads),
        SUITE_TEST(asks_ever_later_who_does_not_lead),
        SUITE_TEST(wants_a_map_when_a_node_knows_more),
        SUITE_TEST(says_not_done_of_what_nobody_took),
        SUITE_TEST(says_unknown_of_a_write_that_a_lost_node_may_have_done),
        SUITE_TEST(says_not_done_of_a_write_that_no_node_evaluated),
        SUITE_TEST(repeats_only_what_it_had_room_to_keep),
        SUITE_TEST(lets_nobody_overtake_who_is_held),
        SUITE_TEST(comes_to_an_end_when_nothing_can_be_handed_over),
        SUITE_TEST(tells_who_listens_to_a_partition_that_moves),
        SUITE_TEST(opens_a_device_where_its_user_is),
    };

    return SUITE_RUN("router/core, a cluster", tests);
}
