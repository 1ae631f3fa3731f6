/*
 * Stories of clients that do not read what they asked for: all answers of one
 * may take 8 MiB, and of all together 16; each may be of 5.
 */
#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>

enum {
    CLIENT_BYTES = 8 << 20,
    ALL_BYTES = 16 << 20,
    LEFT_BYTES = 5 << 20, /* Of any answer. */
};

static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(&(struct small_node_options){
        .client_bytes_max = CLIENT_BYTES, .answer_bytes_max = ALL_BYTES});

    small_node_meet_backend(node);
    story_write(node, 1, "anna", story_put("a", "one"));
    STORY_SAYS(node, "#1 UPDATED done, at 1\n");
    return node;
}

/* What a client of router 1 leaves unread; the story's own is number 1. */
static struct account *unread(struct small_node *node, uint64_t client)
{
    return accounts_of(&node->gateway->accounts,
                       (struct account_key){.peer = 1, .client = client});
}

static void reads_again_once_answers_were_taken(void)
{
    struct small_node *node = begin();

    account_charge(unread(node, 1), CLIENT_BYTES - LEFT_BYTES + 1);
    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "");
    small_node_pass(node, 500);
    STORY_SAYS(node, "");
    account_settle(unread(node, 1), CLIENT_BYTES - LEFT_BYTES + 1);
    small_node_pass(node, 10);
    STORY_SAYS(node, "#2 GOT at 1: a=one\n");
    small_node_destroy(&node);
}

static void says_when_to_come_back_before_its_deadline(void)
{
    struct small_node *node = begin();

    account_charge(unread(node, 1), CLIENT_BYTES);
    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "");
    small_node_pass(node, 1880);
    STORY_SAYS(node, "");
    small_node_pass(node, 20);
    STORY_SAYS(node, "#2 REFUSED too busy, not done: try again; "
                     "again in 1000 ms\n");
    account_settle(unread(node, 1), CLIENT_BYTES);
    small_node_destroy(&node);
}

static void writes_for_who_reads_nothing_and_reads_for_others(void)
{
    struct small_node *node = begin();
    const struct token_claims claims = fake_tokens_backend(2000000);
    struct message get = small_node_get(3, "anna", "a");

    small_node_vouch(node, 2, &claims);
    (void)small_node_said(node);
    account_charge(unread(node, 1), CLIENT_BYTES);
    story_write(node, 2, "anna", story_put("a", "two"));
    small_node_ask(node, &(struct small_node_way){.token = 2}, &get);
    STORY_SAYS(node, "#3 GOT at 1: a=one\n"
                     "#2 UPDATED done, at 2\n");
    account_settle(unread(node, 1), CLIENT_BYTES);
    small_node_destroy(&node);
}

static void bounds_what_all_leave_unread(void)
{
    struct small_node *node = begin();

    account_charge(unread(node, 2), CLIENT_BYTES);
    account_charge(unread(node, 3), CLIENT_BYTES - LEFT_BYTES + 1);
    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "");
    account_settle(unread(node, 3), CLIENT_BYTES - LEFT_BYTES + 1);
    small_node_pass(node, 10);
    STORY_SAYS(node, "#2 GOT at 1: a=one\n");
    account_settle(unread(node, 2), CLIENT_BYTES);
    small_node_destroy(&node);
}

/* What is made counts until its parcel has gone. */
static void settles_what_it_has_answered(void)
{
    struct small_node *node = begin();

    story_read(node, 2, "anna", "a");
    STORY_SAYS(node, "#2 GOT at 1: a=one\n");
    CU_ASSERT_EQUAL(accounts_bytes(&node->gateway->accounts), 0);
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(reads_again_once_answers_were_taken),
        SUITE_TEST(says_when_to_come_back_before_its_deadline),
        SUITE_TEST(writes_for_who_reads_nothing_and_reads_for_others),
        SUITE_TEST(bounds_what_all_leave_unread),
        SUITE_TEST(settles_what_it_has_answered),
    };

    return SUITE_RUN("node/core_held", tests);
}
