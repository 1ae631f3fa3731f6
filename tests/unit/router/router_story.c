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
    FRAME_BYTES_MAX = 64,
    MAP_BYTES = 1 << 20,
};

static struct story *begin(uint32_t pending_max, size_t frame_bytes_max)
{
    struct story *story = calloc(1, sizeof(*story));
    struct router_options options = {
        .router_id = bytes_from_text("r1"),
        .cluster_id = bytes_from_text("c1"),
        .boot_session = 9,
        .session_max = SESSIONS_MAX,
        .pending_max = pending_max,
        .deadline_ms = DEADLINE_MS,
        .frame_bytes_max = frame_bytes_max,
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

struct story *story_begin(void)
{
    return begin(PENDING_MAX, FRAME_BYTES_MAX);
}

struct story *story_begin_large(void)
{
    return begin(64, PLENTY_BYTES);
}

static void put_node(struct cluster_map *map, uint32_t id)
{
    const struct cluster_node node = {.id = id,
                                      .state = CLUSTER_NODE_ACTIVE,
                                      .name = {'n', (char)('0' + id)},
                                      .address = "somewhere",
                                      .weight = 1,
                                      .store = {{1}},
                                      .boot_number = 1};

    ASSERT(cluster_map_put_node(map, &node) == DALV_OK);
}

/* "2:5 1:5 0:6": who leads in which epoch; 0: it is being opened. */
void story_learn(struct story *story, const char *leaders)
{
    static uint8_t block[MAP_BYTES];
    struct cluster_head head = {.version = {1, ++story->map_version},
                                .cluster_id = "c1",
                                .partition_count = STORY_PARTITIONS,
                                .replica_count = 3};
    struct cluster_map map;
    struct arena arena;

    arena_init(&arena, block, sizeof(block));
    ASSERT(cluster_map_init(&map, &head, &arena) == DALV_OK);
    for (uint32_t id = 1; id <= 3; id++)
        put_node(&map, id);
    for (size_t p = 0; p < STORY_PARTITIONS; p++, leaders += 4) {
        struct partition_record *record = &map.records[p];

        record->master.node = (uint32_t)(leaders[0] - '0');
        record->epoch = (uint64_t)(leaders[2] - '0');
        for (uint32_t id = 1; id <= 3; id++)
            (void)member_set_add(&record->joint.members,
                                 &(struct member){.node = id, .store = {{1}}});
        record->state =
            record->master.node == 0 ? PARTITION_OPENING : PARTITION_LED;
    }
    story_step(story,
               (struct router_event){.type = ROUTER_MAP_LEARNT, .map = &map});
}

void story_connect(struct story *story, uint32_t node)
{
    story_step(story, (struct router_event){.type = ROUTER_NODE_CONNECTED,
                                            .node = node});
}

void story_attach(struct story *story, uint32_t node)
{
    story_connect(story, node);
    story_node_says(story, node, &(struct message){.type = MESSAGE_ATTACHED});
    (void)story_said(story);
}

void story_lose(struct story *story, uint32_t node)
{
    story_step(story,
               (struct router_event){.type = ROUTER_NODE_LOST, .node = node});
}

struct story *story_begin_attached(void)
{
    struct story *story = story_begin();

    story_learn(story, "1:1 1:1");
    story_attach(story, 1);
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

/* "node" for the first, for the stories that have only that. */
static void put_node_name(struct story *story,
                          const struct router_effect *effect)
{
    if (effect->type == ROUTER_ASK_ALL) {
        text_put(&story->text, "all nodes: ");
        return;
    }
    text_put(&story->text, "node");
    if (effect->node > 1)
        text_put_u64(&story->text, effect->node);
    text_put(&story->text, ": ");
}

/* " with WATCH s1 of partitions 0 1 at orders/ behind here". */
static void put_part(struct story *story, const struct router_effect *effect)
{
    const struct message_watch *watch = &effect->watch;

    text_put(&story->text, " with WATCH s");
    text_put_u64(&story->text,
                 watch->watch - (UINT64_C(1) << ROUTER_WATCH_SPREAD_SHIFT));
    text_put(&story->text, " of partitions");
    for (unsigned i = 0; i < 8 * watch->partitions.size; i++) {
        if ((watch->partitions.data[i / 8] >> i % 8 & 1) == 0)
            continue;
        text_put_char(&story->text, ' ');
        text_put_u64(&story->text, i);
    }
    text_put(&story->text, " at ");
    text_put_bytes(&story->text, watch->prefix);
    text_put(&story->text, watch->is_from_now ? " from now" : " behind ");
    text_put_bytes(&story->text, watch->resume);
}

static void say(struct story *story, const struct router_effect *effect)
{
    if (effect->type == ROUTER_FETCH_MAP) {
        text_put(&story->text, "wants a map\n");
        return;
    }
    if (effect->type == ROUTER_ANSWER || effect->type == ROUTER_PASS_ANSWER) {
        text_put(&story->text, "client ");
        text_put_u64(&story->text, effect->peer);
        text_put(&story->text, ": ");
    } else {
        put_node_name(story, effect);
    }
    if (effect->type == ROUTER_PASS_ANSWER)
        text_put(&story->text, "as the node said");
    else
        message_line_put(&story->text, &effect->message);
    if (effect->type == ROUTER_FORWARD_WATCH)
        put_part(story, effect);
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
    story_get_of(story, client, number, "berta");
}

void story_get_of(struct story *story, uint64_t client, uint32_t number,
                  const char *user)
{
    story_send(
        story, client,
        &(struct message){
            .type = MESSAGE_GET,
            .request = number,
            .get = {.user = bytes_from_text(user), .key = bytes_from_text("a")},
        });
}

void story_get_stale(struct story *story, uint64_t client, uint32_t number,
                     const char *user)
{
    story_send(story, client,
               &(struct message){.type = MESSAGE_GET,
                                 .request = number,
                                 .get = {.user = bytes_from_text(user),
                                         .key = bytes_from_text("a"),
                                         .max_staleness_ms = 1000}});
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

void story_node_says(struct story *story, uint32_t node,
                     const struct message *message)
{
    story_step(story, (struct router_event){.type = ROUTER_NODE_SENT,
                                            .node = node,
                                            .message = message});
}

void story_node(struct story *story, const struct message *message)
{
    story_node_says(story, 1, message);
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
