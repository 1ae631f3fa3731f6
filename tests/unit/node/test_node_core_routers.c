#include "model/upload.h"
#include "node/core.h"

#include "tests/support/suite.h"
#include "tests/unit/node/node_story.h"

#include <CUnit/CUnit.h>

static const struct token_claims *until(struct token_claims *claims,
                                        uint64_t expires_s)
{
    *claims = fake_tokens_backend(expires_s);
    return claims;
}

static void attach(struct small_node *node, uint64_t router, const char *id,
                   uint64_t session)
{
    small_node_hear(node, router,
                    &(struct message){
                        .type = MESSAGE_ATTACH,
                        .attach = {.cluster_id = bytes_from_text("c1"),
                                   .router = bytes_from_text(id),
                                   .session = session},
                    });
}

static void answers_routers_of_its_cluster(void)
{
    struct small_node *node = small_node_create(NULL);
    struct message stranger = {
        .type = MESSAGE_ATTACH,
        .attach = {.cluster_id = bytes_from_text("c2"),
                   .router = bytes_from_text("r1"),
                   .session = 1},
    };

    small_node_hear(node, 1, &stranger);
    STORY_SAYS(node, "");
    attach(node, 1, "r1", 1);
    STORY_SAYS(node, "ATTACHED\n");
    small_node_destroy(&node);
}

static void hears_nobody_who_has_not_attached(void)
{
    struct small_node *node = small_node_create(NULL);

    story_read(node, 7, "anna", "a");
    STORY_SAYS(node, "#7 REFUSED unavailable, not done\n");
    small_node_destroy(&node);
}

static void hears_nothing_of_an_older_session(void)
{
    struct small_node *node = small_node_create(NULL);
    struct token_claims claims;
    const struct small_node_way new_way = {.router = 2, .session = 2};
    const struct small_node_way mixed_way = {.router = 2, .session = 1};

    small_node_meet_backend(node);
    attach(node, 2, "r1", 2);
    small_node_hear(
        node, 2,
        &(struct message){
            .type = MESSAGE_VOUCH,
            .vouch = {.number = 1,
                      .token = fake_tokens_show(until(&claims, 2000000))},
        });
    story_write(node, 7, "anna", story_put("a", "old"));
    story_write_by(node, &mixed_way, 8, story_put("a", "mixed"), "anna");
    story_write_by(node, &new_way, 9, story_put("a", "new"), "anna");
    STORY_SAYS(node, "ATTACHED\n"
                     "VOUCHED 1 done\n"
                     "#7 REFUSED unavailable, not done\n"
                     "#8 REFUSED unavailable, not done\n"
                     "#9 UPDATED done, at 1\n");
    attach(node, 3, "r1", 1);
    STORY_SAYS(node, "");
    small_node_destroy(&node);
}

static void verifies_each_token_itself(void)
{
    struct small_node *node = small_node_create(NULL);
    struct token_claims claims;
    const struct small_node_way by_two = {.token = 2};

    small_node_meet_backend(node);
    node->tokens.generation_min = 2;
    small_node_vouch(node, 2, until(&claims, 2000000));
    story_write_by(node, &by_two, 7, story_put("a", "one"), "anna");
    STORY_SAYS(node, "VOUCHED 2 not permitted\n"
                     "#7 REFUSED unavailable, not done\n");
    small_node_destroy(&node);
}

static void hears_nothing_after_the_token_has_expired(void)
{
    struct small_node *node = small_node_create(NULL);

    small_node_meet_backend(node);
    node->wall_us = UINT64_C(2000000) * 1000000 - 1;
    story_read(node, 7, "anna", "a");
    STORY_SAYS(node, "#7 GOT at 0:\n");
    node->wall_us++;
    story_read(node, 8, "anna", "a");
    STORY_SAYS(node, "#8 REFUSED token has expired\n");
    small_node_destroy(&node);
}

/* What a token does not give, no router can give. */
static void lets_a_device_ask_for_its_user_alone(void)
{
    struct small_node *node = small_node_create(NULL);
    const struct token_claims claims = fake_tokens_device("anna", 2000000);
    const struct small_node_way as_berta = {.token = 5, .user = "berta"};
    const struct small_node_way as_anna = {.token = 5, .user = "anna"};
    const struct message get = small_node_get(7, "", "a");

    small_node_meet_backend(node);
    small_node_vouch(node, 5, &claims);
    (void)small_node_said(node);
    small_node_ask(node, &as_berta, &get);
    STORY_SAYS(node, "#7 REFUSED not permitted\n");
    story_write_by(node, &as_anna, 8, story_put("a", "one"), "anna");
    STORY_SAYS(node, "#8 UPDATED not permitted, operation 0, at 0\n");
    small_node_ask(node, &as_anna, &get);
    STORY_SAYS(node, "#7 GOT at 0:\n");
    small_node_destroy(&node);
}

static struct operation part_of(const char *key)
{
    return (struct operation){.type = OPERATION_UPLOAD,
                              .key = bytes_from_text(key),
                              .value = bytes_from_text("part"),
                              .upload = upload_number(7)};
}

/* Its work is judged by SYNC; parts of its large values come before. */
static void takes_parts_of_a_device_for_keys_that_it_may_put(void)
{
    struct small_node *node = small_node_create(NULL);
    const struct token_claims claims = fake_tokens_device("anna", 2000000);
    const struct small_node_way as_anna = {.token = 5, .user = "anna"};

    small_node_meet_backend(node);
    small_node_vouch(node, 5, &claims);
    (void)small_node_said(node);
    story_write_by(node, &as_anna, 7, part_of("doc"), "anna");
    STORY_SAYS(node, "#7 UPDATED done, at 0\n");
    story_write_by(node, &as_anna, 8, part_of("sys/doc"), "anna");
    STORY_SAYS(node, "#8 UPDATED not permitted, operation 0, at 0\n");
    small_node_destroy(&node);
}

static void judges_writes_by_the_rights_to_their_keys(void)
{
    struct small_node *node = small_node_create(NULL);
    struct token_claims claims = fake_tokens_backend(2000000);
    const struct small_node_way by_two = {.token = 2};

    claims.rights[0] = (struct token_right){
        .grants = TOKEN_WRITE, .prefix_size = 5, .prefix = "cart/"};
    small_node_meet_backend(node);
    small_node_vouch(node, 2, &claims);
    (void)small_node_said(node);
    story_write_by(node, &by_two, 7, story_put("profile", "x"), "anna");
    story_write_by(node, &by_two, 8, story_put("cart/items", "x"), "anna");
    STORY_SAYS(node, "#7 UPDATED not permitted, operation 0, at 0\n"
                     "#8 UPDATED done, at 1\n");
    small_node_destroy(&node);
}

/* A request under way keeps the token that it came under. */
static void finishes_what_a_router_asked_before_it_went(void)
{
    struct small_node *node = small_node_create(NULL);
    const struct node_event lost = {
        .type = NODE_ROUTER_LOST, .now_ms = 1000, .peer = 1};

    small_node_meet_backend(node);
    node->is_log_held = true;
    story_write(node, 7, "anna", story_put("a", "one"));
    small_node_run(node);
    node_core_step(node->core, &lost, &node->effects);
    small_node_sync_log(node);
    STORY_SAYS(node, "#7 UPDATED done, at 1\n");
    story_read(node, 8, "anna", "a");
    STORY_SAYS(node, "#8 REFUSED unavailable, not done\n");
    small_node_destroy(&node);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(answers_routers_of_its_cluster),
        SUITE_TEST(hears_nobody_who_has_not_attached),
        SUITE_TEST(hears_nothing_of_an_older_session),
        SUITE_TEST(verifies_each_token_itself),
        SUITE_TEST(hears_nothing_after_the_token_has_expired),
        SUITE_TEST(lets_a_device_ask_for_its_user_alone),
        SUITE_TEST(takes_parts_of_a_device_for_keys_that_it_may_put),
        SUITE_TEST(judges_writes_by_the_rights_to_their_keys),
        SUITE_TEST(finishes_what_a_router_asked_before_it_went),
    };

    return SUITE_RUN("node/core, routers", tests);
}
