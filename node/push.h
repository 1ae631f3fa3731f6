/*
 * One CHANGED on its way to a client.
 */
#ifndef DALV_NODE_PUSH_H
#define DALV_NODE_PUSH_H

#include "base/allocator.h"
#include "base/list.h"
#include "model/message.h"

#include <stddef.h>
#include <stdint.h>

struct push_out {
    struct list_link link;
    uint64_t router;
    uint64_t client;
    struct message_changed changed; /* Borrows from `bytes`. */
    size_t size;
    uint8_t bytes[];
};

/*
 * A copy of `changed` with all that it borrows, for a client of a router;
 * NULL without memory.
 */
struct push_out *push_create(struct allocator *allocator,
                             const struct message_changed *changed);
void push_destroy(struct push_out **push_p, struct allocator *allocator);

#endif
