/* Watches of all users; node 1 leads partition 0 and node 2 the other. */
#include "router/core.h"

#include "tests/support/suite.h"
#include "tests/unit/router/router_story.h"

#include <CUnit/CUnit.h>

enum {
    DEAF_MS = 100, /* A session of a small number is looked after by then. */
};

static struct story *begin(const char *leaders)
{
    struct story *story = story_begin_large();

    story_learn(story, leaders);
    story_attach(story, 1);
    story_attach(story, 2);
    story_greet(story, 7, 1);
    (void)story_said(story);
    return story;
}

static void watch(struct story *story, struct message_watch watch)
{
    watch.is_all = true;
    watch.prefix = bytes_from_text("orders/");
    story_send(
        story, 7,
        &(struct message){.type = MESSAGE_WATCH, .request = 2, .watch = watch});
}

static void answer(struct story *story, uint32_t node, uint32_t number,
                   enum message_type type)
{
    story_step(story, (struct router_event){
                          .type = ROUTER_NODE_SENT,
                          .node = node,
                          .message = &(struct message){.type = MESSAGE_ANSWERED,
                                                       .request = number},
                          .answer_type = (uint8_t)type,
                      });
}

/* The watch that both nodes feed. */
static struct story *begin_watched(void)
{
    struct story *story = begin("1:5 2:5");

    watch(story, (struct message_watch){.is_from_now = true});
    answer(story, 1, 1, MESSAGE_WATCHED);
    answer(story, 2, 2, MESSAGE_WATCHED);
    (void)story_said(story);
    return story;
}

static void asks_each_node_for_what_it_leads(void)
{
    struct story *story = begin("1:5 2:5");

    watch(story, (struct message_watch){.resume = bytes_from_text("there")});
    STORY_SAYS(story, "node: VOUCH 1\n"
                      "node: #1 FORWARD token 1 within 2000 ms with WATCH s1 "
                      "of partitions 0 at orders/ behind there\n");
    answer(story, 1, 1, MESSAGE_WATCHED);
    STORY_SAYS(story, "client 7: as the node said\n"
                      "node2: VOUCH 1\n"
                      "node2: #2 FORWARD token 1 within 2000 ms with WATCH s1 "
                      "of partitions 1 at orders/ behind there\n");
    answer(story, 2, 2, MESSAGE_WATCHED);
    STORY_SAYS(story, "");
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 0);
    story_end(&story);
}

/* It says itself what the watch's number is. */
static void leaves_it_to_a_node_that_leads_everything(void)
{
    struct story *story = begin("2:5 2:5");

    watch(story, (struct message_watch){.is_from_now = true});
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #1 FORWARD token 1 within 2000 ms\n");
    story_end(&story);
}

static void begins_no_watch_that_would_leave_a_partition_out(void)
{
    struct story *story = begin("1:5 0:5");

    watch(story, (struct message_watch){.is_from_now = true});
    STORY_SAYS(story, "client 7: #2 REFUSED unavailable, not done; again in "
                      "100 ms\n");
    story_end(&story);
}

static void asks_no_other_node_when_the_first_refuses(void)
{
    struct story *story = begin("1:5 2:5");

    watch(story, (struct message_watch){.is_from_now = true});
    (void)story_said(story);
    answer(story, 1, 1, MESSAGE_REFUSED);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_end(&story);
}

/* The client asks again from its cursor: nothing is left out. */
static void begins_anew_when_a_part_is_refused(void)
{
    struct story *story = begin("1:5 2:5");

    watch(story, (struct message_watch){.is_from_now = true});
    answer(story, 1, 1, MESSAGE_WATCHED);
    (void)story_said(story);
    answer(story, 2, 2, MESSAGE_REFUSED);
    STORY_SAYS(story, "");
    story_pass(story, DEAF_MS);
    STORY_SAYS(story, "all nodes: DISMISS 1\n"
                      "client 7: REFUSED unavailable, not done\n");
    story_end(&story);
}

static void begins_anew_when_any_of_the_nodes_is_lost(void)
{
    struct story *story = begin_watched();

    story_lose(story, 2);
    story_pass(story, DEAF_MS);
    STORY_SAYS(story, "node: DISMISS 1\n"
                      "client 7: REFUSED unavailable, not done\n"
                      "wants a map\n");
    story_end(&story);
}

static void begins_anew_when_a_partition_moves(void)
{
    struct story *story = begin_watched();

    story_learn(story, "1:5 1:6");
    story_pass(story, DEAF_MS);
    STORY_SAYS(story, "all nodes: DISMISS 1\n"
                      "client 7: REFUSED unavailable, not done\n");
    story_end(&story);
}

/* What is not kept can not be asked. */
static void begins_no_watch_without_room_for_its_parts(void)
{
    struct story *story = story_begin();
    const struct message_watch large = {
        .is_all = true,
        .resume = bytes_from_text("more than the sixty-four bytes which this "
                                  "router keeps of all the questions together"),
    };

    story_learn(story, "1:5 2:5");
    story_attach(story, 1);
    story_attach(story, 2);
    story_greet(story, 7, 1);
    (void)story_said(story);
    watch(story, large);
    STORY_SAYS(story, "client 7: #2 REFUSED too busy, not done: try again; "
                      "again in 100 ms\n");
    CU_ASSERT_EQUAL(router_core_pending_count(story->core), 0);
    story_end(&story);
}

/* Only one of them answers the client. */
static void ends_the_watch_at_each_node(void)
{
    struct story *story = begin_watched();

    story_send(
        story, 7,
        &(struct message){
            .type = MESSAGE_UNWATCH,
            .request = 3,
            .unwatch.watch = (UINT64_C(1) << ROUTER_WATCH_SPREAD_SHIFT) + 1,
        });
    STORY_SAYS(story, "node: #3 FORWARD token 1 within 2000 ms\n"
                      "node2: #4 FORWARD token 1 within 2000 ms\n");
    answer(story, 2, 4, MESSAGE_WATCHED);
    STORY_SAYS(story, "");
    answer(story, 1, 3, MESSAGE_WATCHED);
    STORY_SAYS(story, "client 7: as the node said\n");
    story_pass(story, DEAF_MS);
    STORY_SAYS(story, "");
    story_end(&story);
}

/* Whose number stands in it. */
static void ends_a_watch_of_one_user_at_its_node(void)
{
    struct story *story = begin("1:5 2:5");

    story_send(
        story, 7,
        &(struct message){
            .type = MESSAGE_UNWATCH,
            .request = 3,
            .unwatch.watch = (UINT64_C(2) << ROUTER_WATCH_NODE_SHIFT) + 1,
        });
    STORY_SAYS(story, "node2: VOUCH 1\n"
                      "node2: #1 FORWARD token 1 within 2000 ms\n");
    story_end(&story);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(asks_each_node_for_what_it_leads),
        SUITE_TEST(leaves_it_to_a_node_that_leads_everything),
        SUITE_TEST(begins_no_watch_that_would_leave_a_partition_out),
        SUITE_TEST(asks_no_other_node_when_the_first_refuses),
        SUITE_TEST(begins_anew_when_a_part_is_refused),
        SUITE_TEST(begins_anew_when_any_of_the_nodes_is_lost),
        SUITE_TEST(begins_anew_when_a_partition_moves),
        SUITE_TEST(begins_no_watch_without_room_for_its_parts),
        SUITE_TEST(ends_the_watch_at_each_node),
        SUITE_TEST(ends_a_watch_of_one_user_at_its_node),
    };

    return SUITE_RUN("router/core, watches", tests);
}
