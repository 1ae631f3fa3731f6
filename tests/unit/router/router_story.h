/*
 * A router's core, told what happens and asked what it wants done, in lines:
 *
 *     client 7: #1 WELCOMED session 1
 *     client 7: as the node said
 *     node: #1 FORWARD token 1 of anna within 2000 ms
 *     node: #1 FORWARD ... with WATCH s1 of partitions 0 1 at orders/ from now
 */
#ifndef DALV_TESTS_UNIT_ROUTER_STORY_H
#define DALV_TESTS_UNIT_ROUTER_STORY_H

#include "base/budget.h"
#include "base/text.h"
#include "router/core.h"
#include "tests/support/fake_tokens.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STORY_SAID_BYTES = 1 << 14,
    STORY_DEVICE_FROM = 100, /* Clients from here on come by the device port. */
    STORY_TOKEN_END_S = 2000000,
    STORY_PARTITIONS = 2, /* 0 has anna and berta, 1 has dora. */
};

struct story {
    struct budget budget;
    struct fake_tokens tokens;
    struct router_core *core;
    uint64_t now_ms;
    uint64_t wall_us;
    uint64_t map_version;
    char said[STORY_SAID_BYTES];
    char last[STORY_SAID_BYTES];
    struct text text;
};

/* A router with 4 clients and 6 questions at most, and no map yet. */
struct story *story_begin(void);
/* The same with 64 questions at most, whose frames are all kept. */
struct story *story_begin_large(void);
/* The same with node 1 attached, which leads everything. */
struct story *story_begin_attached(void);
void story_end(struct story **story_p);

void story_step(struct story *story, struct router_event event);
void story_send(struct story *story, uint64_t client,
                const struct message *message);
void story_hello(struct story *story, uint64_t client, uint32_t number,
                 const struct token_claims *claims);
/* A backend's or, for a client of the device port, anna's HELLO. */
void story_greet(struct story *story, uint64_t client, uint32_t number);
void story_get(struct story *story, uint64_t client, uint32_t number);
void story_get_of(struct story *story, uint64_t client, uint32_t number,
                  const char *user);
/* The same, which a slave may answer. */
void story_get_stale(struct story *story, uint64_t client, uint32_t number,
                     const char *user);
void story_write(struct story *story, uint64_t client, uint32_t number,
                 uint32_t deadline_ms);
/* A newer map: "2:5 0:6" for the two partitions, led by node 2 in epoch 5, and
   opening in epoch 6. */
void story_learn(struct story *story, const char *leaders);
void story_connect(struct story *story, uint32_t node);
/* The same, and it is attached; says nothing of it. */
void story_attach(struct story *story, uint32_t node);
void story_lose(struct story *story, uint32_t node);
void story_node_says(struct story *story, uint32_t node,
                     const struct message *message);
/* The message of node 1. */
void story_node(struct story *story, const struct message *message);
void story_answer(struct story *story, uint32_t number);
void story_push(struct story *story, uint64_t session);
void story_open(struct story *story, uint32_t number, uint64_t device);
void story_pass(struct story *story, uint64_t ms);

/* All lines since the last call. */
const char *story_said(struct story *story);

#define STORY_SAYS(story, expected)                                            \
    do {                                                                       \
        const char *said_ = story_said(story);                                 \
        CU_ASSERT_STRING_EQUAL(said_, expected);                               \
        story_show(said_, expected);                                           \
    } while (0)

/* Print both if they differ. */
void story_show(const char *said, const char *expected);

#endif
