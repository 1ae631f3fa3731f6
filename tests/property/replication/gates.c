#include "tests/property/replication/gates.h"

#include "base/assert.h"

void gates_put(struct gates *gates, const struct gate *gate)
{
    ASSERT(gates->count < GATES_MAX);
    gates->items[gates->count++] = *gate;
}

void gates_open(struct gates *gates, uint32_t from, uint32_t to)
{
    size_t kept = 0;

    for (size_t i = 0; i < gates->count; i++) {
        if (gates->items[i].from != from || gates->items[i].to != to)
            gates->items[kept++] = gates->items[i];
    }
    gates->count = kept;
}

enum gate_deed gates_deed(const struct gates *gates, uint32_t from, uint32_t to,
                          enum message_type type)
{
    for (size_t i = gates->count; i > 0; i--) {
        const struct gate *gate = &gates->items[i - 1];

        if (gate->from == from && gate->to == to && gate->type == type)
            return gate->deed;
    }
    return GATE_PASSES;
}
