/*
 * What a directed schedule does to messages, in place of chance: of one link,
 * and of one type. The newest rule that fits holds.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_GATES_H
#define DALV_TESTS_PROPERTY_REPLICATION_GATES_H

#include "model/message.h"

#include <stddef.h>
#include <stdint.h>

enum {
    GATES_MAX = 32,
};

enum gate_deed {
    GATE_PASSES = 0,
    GATE_HOLDS,  /* It stays until it is delivered by hand. */
    GATE_COPIES, /* It passes, and a copy stays. */
    GATE_LOSES,
};

struct gate {
    uint32_t from;
    uint32_t to;
    enum message_type type;
    enum gate_deed deed;
};

struct gates {
    struct gate items[GATES_MAX];
    size_t count;
};

void gates_put(struct gates *gates, const struct gate *gate);
/* No rule for the link any more. */
void gates_open(struct gates *gates, uint32_t from, uint32_t to);
enum gate_deed gates_deed(const struct gates *gates, uint32_t from, uint32_t to,
                          enum message_type type);

#endif
