/*
 * What the stories of a node are told with: short questions.
 */
#ifndef DALV_TESTS_UNIT_NODE_STORY_H
#define DALV_TESTS_UNIT_NODE_STORY_H

#include "tests/support/small_node.h"

#include <stdint.h>

/* One operation; values are C strings. */
struct operation story_put(const char *key, const char *value);
struct operation story_put_for(const char *key, const char *value,
                               uint64_t ttl_ms);
struct operation story_del(const char *key);
struct operation story_increment(const char *key, int64_t number);

/*
 * Backend's token 1 asks; `number` is also the request's id. Nothing is run.
 */
void story_write(struct small_node *node, uint32_t number, const char *user,
                 struct operation operation);
/* The same, if the key is absent. */
void story_write_if_absent(struct small_node *node, uint32_t number,
                           const char *user, struct operation operation);
/* The same by a way of its own. */
void story_write_by(struct small_node *node, const struct small_node_way *way,
                    uint32_t number, struct operation operation,
                    const char *user);
void story_read(struct small_node *node, uint32_t number, const char *user,
                const char *key);

/* Run, and fail the test unless it said exactly this. */
#define STORY_SAYS(node, expected)                                             \
    do {                                                                       \
        const char *story_said_;                                               \
        small_node_run(node);                                                  \
        story_said_ = small_node_said(node);                                   \
        CU_ASSERT_STRING_EQUAL(story_said_, expected);                         \
        story_show(story_said_, expected);                                     \
    } while (0)

/* Print both if they differ. */
void story_show(const char *said, const char *expected);

/* The user as the index holds it. */
struct user_state story_user(struct small_node *node, const char *user);

#endif
