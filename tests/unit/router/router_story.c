#include "tests/unit/router/router_story.h"

#include "base/assert.h"
#include "tests/support/message_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SESSIONS_MAX = 4,
    PENDING_MAX = 6,
    DEADLINE_MS = 2000,
    US_PER_MS = 1000,
    PLENTY_BYTES = 1 << 26,
};

struct story *story_begin(void)
{
    struct story *story = calloc(1, sizeof(*story));
    struct router_options options = {
        .router_id = bytes_from_text("r1"),
        .cluster_id = bytes_from_text("c1"),
        .boot_session = 9,
        .session_max = SESSIONS_MAX,
        .pending_max = PENDING_MAX,
        .deadline_ms = DEADLINE_MS,
    };

    ASSERT(story != NULL);
    budget_init(&story->budget, PLENTY_BYTES);
    fake_tokens_init(&story->tokens);
    options.allocator = &story->budget.allocator;
    options.token_judge = &story->tokens.judge;
    story->core = router_core_create(&options);
    ASSERT(story->core != NULL);
    story->now_ms = 1000;
    story->wall_us = UINT64_C(1000000) * 1000000;
    text_init(&story->text, story->said, sizeof(story->said));
    return story;
}

struct story *story_begin_attached(void)
{
    struct story *story = story_begin();

    story_step(story, (struct router_event){.type = ROUTER_STARTED});
    story_node(story, &(struct message){.type = MESSAGE_ATTACHED});
    (void)story_said(story);
    return story;
}

void story_end(struct story **story_p)
{
    struct story *story = *story_p;

    *story_p = NULL;
    router_core_destroy(&story->core);
    ASSERT(story->budget.bytes_used == 0);
    free(story);
}

/* ---- What it says ---- */

static void say(struct story *story, const struct router_effect *effect)
{
    if (effect->type == ROUTER_ANSWER || effect->type == ROUTER_PASS_ANSWER) {
        text_put(&story->text, "client ");
        text_put_u64(&story->text, effect->peer);
        text_put(&story->text, ": ");
    } else {
        text_put(&story->text, "node: ");
    }
    if (effect->type == ROUTER_PASS_ANSWER)
        text_put(&story->text, "as the node said");
    else
        message_line_put(&story->text, &effect->message);
    text_put_char(&story->text, '\n');
}

const char *story_said(struct story *story)
{
    memcpy(story->last, text_string(&story->text), story->text.size + 1);
    text_init(&story->text, story->said, sizeof(story->said));
    return story->last;
}

void story_show(const char *said, const char *expected)
{
    if (strcmp(said, expected) != 0)
        (void)printf("\n--- said\n%s--- expected\n%s", said, expected);
}

/* ---- What happens ---- */

void story_step(struct story *story, struct router_event event)
{
    struct router_effects effects;

    event.now_ms = story->now_ms;
    event.wall_us = story->wall_us;
    router_core_step(story->core, &event, &effects);
    for (size_t i = 0; i < effects.count; i++)
        say(story, &effects.items[i]);
}

void story_send(struct story *story, uint64_t client,
                const struct message *message)
{
    story_step(story, (struct router_event){
                          .type = ROUTER_CLIENT_SENT,
                          .peer = client,
                          .is_device_port = client >= STORY_DEVICE_FROM,
                          .message = message,
                          .frame = bytes_from_text("a frame"),
                      });
}

void story_hello(struct story *story, uint64_t client, uint32_t number,
                 const struct token_claims *claims)
{
    bool is_device = claims->role == TOKEN_DEVICE;

    story_send(story, client,
               &(struct message){
                   .type = MESSAGE_HELLO,
                   .request = number,
                   .hello = {.protocol = 1,
                             .token = fake_tokens_show(claims),
                             .is_device = is_device,
                             .install = {{(uint8_t)client}}},
               });
}

void story_greet(struct story *story, uint64_t client, uint32_t number)
{
    const struct token_claims claims =
        client >= STORY_DEVICE_FROM
            ? fake_tokens_device("anna", STORY_TOKEN_END_S)
            : fake_tokens_backend(STORY_TOKEN_END_S);

    story_hello(story, client, number, &claims);
}

void story_get(struct story *story, uint64_t client, uint32_t number)
{
    story_send(story, client,
               &(struct message){
                   .type = MESSAGE_GET,
                   .request = number,
                   .get = {.user = bytes_from_text("berta"),
                           .key = bytes_from_text("a")},
               });
}

void story_write(struct story *story, uint64_t client, uint32_t number,
                 uint32_t deadline_ms)
{
    story_send(story, client,
               &(struct message){
                   .type = MESSAGE_UPDATE,
                   .request = number,
                   .update = {.user = bytes_from_text("berta"),
                              .deadline_ms = deadline_ms},
               });
}

void story_node(struct story *story, const struct message *message)
{
    story_step(story, (struct router_event){.type = ROUTER_NODE_SENT,
                                            .message = message});
}

void story_answer(struct story *story, uint32_t number)
{
    story_node(story,
               &(struct message){.type = MESSAGE_ANSWERED, .request = number});
}

void story_push(struct story *story, uint64_t session)
{
    story_node(story, &(struct message){
                          .type = MESSAGE_ANSWERED,
                          .answered = {.client = session, .is_push = true},
                      });
}

void story_open(struct story *story, uint32_t number, uint64_t device)
{
    story_node(story, &(struct message){.type = MESSAGE_DEVICE_OPENED,
                                        .request = number,
                                        .device_opened = {.device = device}});
}

/* Late by a tick of the timers at most. */
void story_pass(struct story *story, uint64_t ms)
{
    story->now_ms += ms;
    story->wall_us += ms * US_PER_MS;
    while (router_core_next_deadline_ms(story->core) <= story->now_ms)
        story_step(story, (struct router_event){.type = ROUTER_TICKED});
}
