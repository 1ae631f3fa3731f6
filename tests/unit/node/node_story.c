#include "tests/unit/node/node_story.h"

#include "base/assert.h"
#include "cluster/ring.h"

#include <stdio.h>
#include <string.h>

enum {
    BODY_BYTES = 1 << 12
};

struct operation story_put(const char *key, const char *value)
{
    return story_put_for(key, value, 0);
}

struct operation story_put_for(const char *key, const char *value,
                               uint64_t ttl_ms)
{
    return (struct operation){.type = OPERATION_PUT,
                              .key = bytes_from_text(key),
                              .value = bytes_from_text(value),
                              .ttl_ms = ttl_ms};
}

struct operation story_del(const char *key)
{
    return (struct operation){.type = OPERATION_DEL,
                              .key = bytes_from_text(key)};
}

struct operation story_increment(const char *key, int64_t number)
{
    return (struct operation){.type = OPERATION_INCREMENT,
                              .key = bytes_from_text(key),
                              .number = number};
}

static void ask(struct small_node *node, const struct small_node_way *way,
                uint32_t number, const char *user,
                const struct transaction *transaction)
{
    uint8_t body[BODY_BYTES];
    struct writer writer;
    struct message question;

    writer_init(&writer, body, sizeof(body));
    question = small_node_update(number, user, transaction, &writer);
    small_node_ask(node, way, &question);
}

void story_write_by(struct small_node *node, const struct small_node_way *way,
                    uint32_t number, struct operation operation,
                    const char *user)
{
    const struct transaction transaction = {.operations = &operation,
                                            .operation_count = 1};

    ask(node, way, number, user, &transaction);
}

void story_write(struct small_node *node, uint32_t number, const char *user,
                 struct operation operation)
{
    story_write_by(node, NULL, number, operation, user);
}

void story_write_if_absent(struct small_node *node, uint32_t number,
                           const char *user, struct operation operation)
{
    const struct precondition absent = {.type = PRECONDITION_ABSENT,
                                        .key = operation.key};
    const struct transaction transaction = {.operations = &operation,
                                            .operation_count = 1,
                                            .preconditions = &absent,
                                            .precondition_count = 1};

    ask(node, NULL, number, user, &transaction);
}

void story_read(struct small_node *node, uint32_t number, const char *user,
                const char *key)
{
    const struct message question = small_node_get(number, user, key);

    small_node_ask(node, NULL, &question);
}

void story_show(const char *said, const char *expected)
{
    if (strcmp(said, expected) != 0)
        (void)printf("\n--- said\n%s--- expected\n%s", said, expected);
}

struct user_state story_user(struct small_node *node, const char *user)
{
    struct bytes bytes = bytes_from_text(user);
    struct user_state state = {0};
    enum dalv_status status =
        index_user(node->index, ring_partition(bytes, SMALL_NODE_PARTITIONS),
                   bytes, &state);

    ASSERT(status == DALV_OK || status == DALV_NOT_FOUND);
    return state;
}
