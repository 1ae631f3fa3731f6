#include "node/core.h"

#include "model/places.h"
#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

enum {
    KEY_BYTES = 16,
    PLACES_BYTES = 256,
};

static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(NULL);

    small_node_meet_backend(node);
    return node;
}

static void watch(struct small_node *node, uint32_t number,
                  struct message_watch watch)
{
    const struct message question = {
        .type = MESSAGE_WATCH, .request = number, .watch = watch};

    small_node_ask(node, NULL, &question);
}

static void tells_of_what_is_committed_from_now_on(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "before"));
    small_node_run(node);
    (void)small_node_said(node);
    watch(node, 2,
          (struct message_watch){.user = bytes_from_text("anna"),
                                 .is_from_now = true});
    STORY_SAYS(node, "#2 WATCHED 1\n"
                     "client 1: CHANGED watch 1, 1..1:\n");
    story_write(node, 3, "anna", story_put("a", "after"));
    story_write(node, 4, "berta", story_put("a", "other"));
    STORY_SAYS(node, "#3 UPDATED done, at 2\n"
                     "#4 UPDATED done, at 1\n"
                     "client 1: CHANGED watch 1, 1..2: a=after\n");
    small_node_destroy(&node);
}

static void tells_of_what_was_before_and_goes_on(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put("a", "one"));
    story_write(node, 2, "anna", story_put("b", "two"));
    small_node_run(node);
    (void)small_node_said(node);
    watch(node, 3, (struct message_watch){.user = bytes_from_text("anna")});
    STORY_SAYS(node, "#3 WATCHED 1\n"
                     "client 1: CHANGED watch 1, 0..2: a=one b=two\n");
    story_write(node, 4, "anna", story_del("a"));
    STORY_SAYS(node, "#4 UPDATED done, at 3\n"
                     "client 1: CHANGED watch 1, 2..3: a=nothing\n");
    small_node_destroy(&node);
}

/* What is due goes first, and then it is told that it is not there. */
static void shows_nothing_that_is_due_when_it_catches_up(void)
{
    struct small_node *node = begin();

    story_write(node, 1, "anna", story_put_for("a", "short", 500));
    story_write(node, 2, "anna", story_put("b", "long"));
    small_node_run(node);
    (void)small_node_said(node);
    node->now_ms += 600;
    node->wall_us += UINT64_C(600) * 1000;
    watch(node, 3, (struct message_watch){.user = bytes_from_text("anna")});
    STORY_SAYS(node, "#3 WATCHED 1\n");
    small_node_pass(node, 1);
    STORY_SAYS(node, "");
    small_node_pass(node, 100);
    STORY_SAYS(node, "client 1: CHANGED watch 1, 0..3: b=long a=nothing\n");
    small_node_destroy(&node);
}

static void tells_only_of_keys_under_its_prefix(void)
{
    struct small_node *node = begin();

    watch(node, 1,
          (struct message_watch){.user = bytes_from_text("anna"),
                                 .prefix = bytes_from_text("cart/")});
    small_node_run(node);
    (void)small_node_said(node);
    story_write(node, 2, "anna", story_put("profile", "x"));
    story_write(node, 3, "anna", story_put("cart/items", "y"));
    small_node_run(node);
    STORY_SAYS(node, "#2 UPDATED done, at 1\n"
                     "#3 UPDATED done, at 2\n"
                     "client 1: CHANGED watch 1, 0..2: cart/items=y\n");
    /* It learns of each revision, and of the changes that concern it. */
    story_write(node, 4, "anna", story_put("profile", "z"));
    STORY_SAYS(node, "#4 UPDATED done, at 3\n"
                     "client 1: CHANGED watch 1, 2..3:\n");
    small_node_destroy(&node);
}

static void ends_a_watch_when_it_is_told_to(void)
{
    struct small_node *node = begin();
    const struct message unwatch = {
        .type = MESSAGE_UNWATCH, .request = 2, .unwatch = {.watch = 1}};

    watch(node, 1,
          (struct message_watch){.user = bytes_from_text("anna"),
                                 .is_from_now = true});
    small_node_run(node);
    small_node_ask(node, NULL, &unwatch);
    small_node_run(node);
    (void)small_node_said(node);
    story_write(node, 3, "anna", story_put("a", "one"));
    small_node_ask(node, NULL, &unwatch);
    STORY_SAYS(node, "#2 REFUSED not found\n"
                     "#3 UPDATED done, at 1\n");
    small_node_destroy(&node);
}

static void ends_all_watches_of_a_router_that_is_gone(void)
{
    struct small_node *node = begin();
    const struct node_event lost = {.type = NODE_ROUTER_LOST, .peer = 1};

    watch(node, 1,
          (struct message_watch){.user = bytes_from_text("anna"),
                                 .is_from_now = true});
    small_node_run(node);
    story_write(node, 2, "anna", story_put("a", "one"));
    (void)small_node_said(node);
    node_core_step(node->core, &lost, &node->effects);
    STORY_SAYS(node, "#2 UPDATED done, at 1\n");
    small_node_destroy(&node);
}

/* Removals that she missed are forgotten: all that is left is told. */
static void tells_everything_to_who_stands_below_the_floor(void)
{
    const uint64_t seen[SMALL_NODE_PARTITIONS] = {2, 2, 2, 2};
    uint8_t memory[PLACES_BYTES];
    struct small_node *node = begin();
    struct writer places;
    uint32_t number = 1;

    story_write(node, number++, "anna", story_put("a", "stays"));
    story_write(node, number++, "anna", story_put("b", "goes"));
    story_write(node, number++, "anna", story_del("b"));
    for (; number <= 130; number += 2) {
        char key[KEY_BYTES];

        (void)snprintf(key, sizeof(key), "k%u", number);
        story_write(node, number, "anna", story_put(key, "x"));
        story_write(node, number + 1, "anna", story_del(key));
    }
    small_node_run(node);
    (void)small_node_said(node);
    CU_ASSERT(story_user(node, "anna").floor > 2);
    watch(node, 200,
          (struct message_watch){
              .user = bytes_from_text("anna"),
              .cursor = {.history_id = story_user(node, "anna").history_id,
                         .revision = 2}});
    STORY_SAYS(node, "#200 WATCHED 1\n"
                     "client 1: CHANGED watch 1, 0..131: a=stays\n");
    writer_init(&places, memory, sizeof(memory));
    places_put(&places, seen, SMALL_NODE_PARTITIONS);
    watch(node, 201,
          (struct message_watch){.is_all = true,
                                 .resume = writer_bytes(&places)});
    STORY_SAYS(node, "#201 WATCHED 2\n"
                     "client 1: CHANGED watch 2, 0..0:\n"
                     "client 1: CHANGED watch 2 of anna, 0..131: a=stays\n");
    small_node_destroy(&node);
}

/*
 * She was erased when the watch looked, and is written to before the core
 * hears what it saw.
 */
static void looks_again_for_what_was_committed_while_it_looked(void)
{
    struct small_node *node = begin();
    struct index_order order = {.type = INDEX_WATCH_READ};
    void *orders[] = {&order};
    struct message erase = {
        .type = MESSAGE_ERASE,
        .request = 2,
        .erase = {.user = bytes_from_text("anna"), .id = {{2}}}};
    struct cursor cursor;

    story_write(node, 1, "anna", story_put("a", "one"));
    small_node_run(node);
    cursor.history_id = story_user(node, "anna").history_id;
    cursor.revision = 1;
    small_node_ask(node, NULL, &erase);
    small_node_run(node);
    node->is_log_held = true;
    story_write(node, 3, "anna", story_put("a", "two"));
    small_node_run(node);
    watch(node, 4,
          (struct message_watch){.user = bytes_from_text("anna"),
                                 .cursor = cursor});
    order.watch =
        LIST_ITEM(list_take(&node->effects.watch_reads), struct watch, link);
    index_clerk_run(node->clerk, orders, 1);
    small_node_sync_log(node);
    (void)small_node_said(node);
    node_core_step(
        node->core,
        &(struct node_event){.type = NODE_WATCH_READ, .watch = order.watch},
        &node->effects);
    STORY_SAYS(node, "client 1: CHANGED watch 1, 0..1: a=two\n");
    small_node_destroy(&node);
}

/* Not before the disk has it. */
static void tells_nobody_of_what_is_not_durable(void)
{
    struct small_node *node = begin();

    watch(node, 1,
          (struct message_watch){.user = bytes_from_text("anna"),
                                 .is_from_now = true});
    small_node_run(node);
    (void)small_node_said(node);
    node->is_log_held = true;
    story_write(node, 2, "anna", story_put("a", "one"));
    STORY_SAYS(node, "");
    small_node_sync_log(node);
    STORY_SAYS(node, "#2 UPDATED done, at 1\n"
                     "client 1: CHANGED watch 1, 0..1: a=one\n");
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(tells_of_what_is_committed_from_now_on),
        SUITE_TEST(tells_of_what_was_before_and_goes_on),
        SUITE_TEST(shows_nothing_that_is_due_when_it_catches_up),
        SUITE_TEST(tells_only_of_keys_under_its_prefix),
        SUITE_TEST(ends_a_watch_when_it_is_told_to),
        SUITE_TEST(ends_all_watches_of_a_router_that_is_gone),
        SUITE_TEST(tells_everything_to_who_stands_below_the_floor),
        SUITE_TEST(looks_again_for_what_was_committed_while_it_looked),
        SUITE_TEST(tells_nobody_of_what_is_not_durable),
    };

    return SUITE_RUN("node/core, watches", tests);
}
