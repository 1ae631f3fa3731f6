#include "node/core.h"

#include "model/transaction_format.h"
#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>

enum {
    BODY_BYTES = 1 << 12
};

static const struct small_node_way anna = {.token = 5, .user = "anna"};

/* A node that device token 5, of anna, was vouched for at. */
static struct small_node *begin(void)
{
    struct small_node *node = small_node_create(NULL);
    const struct token_claims claims = fake_tokens_device("anna", 2000000);

    small_node_meet_backend(node);
    small_node_vouch(node, 5, &claims);
    (void)small_node_said(node);
    return node;
}

static void open_device(struct small_node *node, uint32_t number,
                        uint8_t install)
{
    small_node_hear(node, 1,
                    &(struct message){
                        .type = MESSAGE_OPEN_DEVICE,
                        .request = number,
                        .open_device = {.install = {{install}},
                                        .session = 1,
                                        .token = 5,
                                        .user = bytes_from_text("anna"),
                                        .deadline_ms = 2000},
                    });
}

/* Device `device` syncs from where it stands, with nothing to push. */
static struct message sync_from(uint32_t number, uint64_t history_id,
                                uint64_t revision)
{
    return (struct message){
        .type = MESSAGE_SYNC,
        .request = number,
        .sync = {.cursor = {.history_id = history_id, .revision = revision},
                 .push_first = 1},
    };
}

static void ask_as(struct small_node *node, uint64_t device,
                   const struct message *question)
{
    struct small_node_way way = anna;
    struct message sync = *question;

    way.device = device;
    sync.sync.device = device;
    small_node_ask(node, &way, &sync);
}

/* The same with one transaction to push. */
static void push_as(struct small_node *node, uint64_t device,
                    struct message *sync, struct operation operation)
{
    const struct transaction transaction = {.operations = &operation,
                                            .operation_count = 1,
                                            .local_id = 1,
                                            .base_revision =
                                                sync->sync.cursor.revision};
    uint8_t body[BODY_BYTES];
    struct bytes push;
    struct writer writer;

    writer_init(&writer, body, sizeof(body));
    CU_ASSERT_EQUAL(transaction_encode(&transaction, &writer), DALV_OK);
    push = writer_bytes(&writer);
    sync->sync.pushes = &push;
    sync->sync.push_count = 1;
    ask_as(node, device, sync);
}

static void gives_each_install_one_device_id(void)
{
    struct small_node *node = begin();

    open_device(node, 1, 0xA);
    open_device(node, 2, 0xB);
    open_device(node, 3, 0xA);
    STORY_SAYS(node, "#1 DEVICE_OPENED 1\n"
                     "#2 DEVICE_OPENED 2\n"
                     "#3 DEVICE_OPENED 1\n");
    small_node_destroy(&node);
}

static void refuses_a_device_beyond_the_policy(void)
{
    struct small_node *node = begin();

    node->policy.device_max = 1;
    open_device(node, 1, 0xA);
    open_device(node, 2, 0xB);
    STORY_SAYS(node, "#1 DEVICE_OPENED 1\n"
                     "#2 DEVICE_OPENED quota exceeded\n");
    small_node_destroy(&node);
}

/* Its push is committed, and it comes again for a value that is due. */
static void says_of_no_late_sync_that_it_was_not_done(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);

    open_device(node, 1, 0xA);
    story_write(node, 2, "anna", story_put_for("a", "x", 1000));
    small_node_run(node);
    (void)small_node_said(node);
    node->is_log_held = true;
    push_as(node, 1, &sync, story_increment("n", 5));
    small_node_run(node);
    small_node_pass(node, 3000);
    small_node_sync_log(node);
    STORY_SAYS(node, "#8 REFUSED outcome unknown\n");
    story_read(node, 9, "anna", "n");
    STORY_SAYS(node, "#9 GOT at 3: n=5\n");
    small_node_destroy(&node);
}

static void settles_a_push_once_and_for_all(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);

    open_device(node, 1, 0xA);
    small_node_run(node);
    push_as(node, 1, &sync, story_increment("n", 5));
    small_node_run(node);
    push_as(node, 1, &sync, story_increment("n", 5));
    STORY_SAYS(node, "#1 DEVICE_OPENED 1\n"
                     "#8 SYNCED TAIL settled 1 at 1:\n"
                     "#8 SYNCED TAIL settled 1 at 1: n=5\n");
    small_node_destroy(&node);
}

static void refuses_a_device_that_is_not_known(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);

    ask_as(node, 3, &sync);
    STORY_SAYS(node, "#8 REFUSED not found\n");
    small_node_destroy(&node);
}

static void refuses_a_push_to_the_systems_keys(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);

    open_device(node, 1, 0xA);
    small_node_run(node);
    (void)small_node_said(node);
    push_as(node, 1, &sync, story_put("sys/level", "9"));
    STORY_SAYS(node, "#8 SYNCED TAIL settled 1, 1 not permitted at 0:\n");
    small_node_destroy(&node);
}

static void tells_a_live_device_what_others_do(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);

    open_device(node, 1, 0xA);
    small_node_run(node);
    sync.sync.is_live = true;
    ask_as(node, 1, &sync);
    small_node_run(node);
    (void)small_node_said(node);
    story_write(node, 9, "anna", story_put("a", "one"));
    story_write(node, 10, "berta", story_put("a", "two"));
    STORY_SAYS(node, "#9 UPDATED done, at 1\n"
                     "#10 UPDATED done, at 1\n"
                     "client 5: CHANGED watch 0, 0..1: a=one\n");
    small_node_hear(
        node, 1,
        &(struct message){.type = MESSAGE_DISMISS, .dismiss = {.client = 5}});
    story_write(node, 11, "anna", story_put("a", "three"));
    STORY_SAYS(node, "#11 UPDATED done, at 2\n");
    small_node_destroy(&node);
}

static void does_not_tell_a_live_device_of_its_own_work(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);

    open_device(node, 1, 0xA);
    small_node_run(node);
    (void)small_node_said(node);
    sync.sync.is_live = true;
    push_as(node, 1, &sync, story_put("a", "mine"));
    STORY_SAYS(node, "#8 SYNCED TAIL settled 1 at 1:\n");
    small_node_destroy(&node);
}

/* A SYNC with nothing to say makes no record and waits for no disk. */
static void syncs_nothing_without_the_log(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);
    size_t syncs;

    open_device(node, 1, 0xA);
    story_write(node, 2, "anna", story_put("a", "one"));
    small_node_run(node);
    (void)small_node_said(node);
    sync.sync.cursor.history_id = story_user(node, "anna").history_id;
    sync.sync.cursor.revision = 1;
    syncs = node->sync_count;
    ask_as(node, 1, &sync);
    STORY_SAYS(node, "#8 SYNCED TAIL settled 0 at 1:\n");
    CU_ASSERT_EQUAL(node->sync_count, syncs);
    small_node_destroy(&node);
}

static void judges_as_many_operations_as_the_policy_says(void)
{
    struct small_node *node = begin();
    struct message sync = sync_from(8, 0, 0);
    struct operation operations[3];
    uint8_t bodies[3][BODY_BYTES];
    struct bytes pushes[3];

    open_device(node, 1, 0xA);
    small_node_run(node);
    (void)small_node_said(node);
    for (uint64_t i = 0; i < 3; i++) {
        struct transaction transaction = {.operations = &operations[i],
                                          .operation_count = 1,
                                          .local_id = i + 1};
        struct writer writer;

        operations[i] = story_increment("n", 1);
        writer_init(&writer, bodies[i], BODY_BYTES);
        CU_ASSERT_EQUAL(transaction_encode(&transaction, &writer), DALV_OK);
        pushes[i] = writer_bytes(&writer);
    }
    sync.sync.pushes = pushes;
    sync.sync.push_count = 3;
    node->policy.sync_operation_max = 2;
    ask_as(node, 1, &sync);
    STORY_SAYS(node, "#8 SYNCED TAIL settled 2 at 2:\n");
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(gives_each_install_one_device_id),
        SUITE_TEST(refuses_a_device_beyond_the_policy),
        SUITE_TEST(settles_a_push_once_and_for_all),
        SUITE_TEST(says_of_no_late_sync_that_it_was_not_done),
        SUITE_TEST(refuses_a_device_that_is_not_known),
        SUITE_TEST(refuses_a_push_to_the_systems_keys),
        SUITE_TEST(tells_a_live_device_what_others_do),
        SUITE_TEST(does_not_tell_a_live_device_of_its_own_work),
        SUITE_TEST(syncs_nothing_without_the_log),
        SUITE_TEST(judges_as_many_operations_as_the_policy_says),
    };

    return SUITE_RUN("node/core, devices", tests);
}
