/*
 * Questions that went to a node and have no answer yet.
 *
 * Each has a number of its own towards the node and a deadline; it is
 * forgotten by its answer or given up when its time has passed.
 */
#ifndef DALV_ROUTER_PENDING_H
#define DALV_ROUTER_PENDING_H

#include "base/allocator.h"
#include "base/map.h"
#include "base/timers.h"
#include "model/message.h"

#include <stdbool.h>
#include <stdint.h>

struct question {
    struct timer timer;
    uint32_t number;         /* Ours, towards the node. */
    uint32_t client_request; /* The client's. */
    uint64_t session;        /* Who asked; it may be gone. */
    enum message_type type;
};

struct pending {
    struct allocator *allocator;
    struct map questions; /* number -> struct question */
    struct timers timers;
    uint32_t question_max;
    uint32_t number_last;
};

/* `slots` is as map_init wants it, map_slot_count of `question_max`. */
void pending_init(struct pending *pending, struct allocator *allocator,
                  struct map_slot *slots, size_t slot_count,
                  uint32_t question_max);
void pending_deinit(struct pending *pending);

/* A question with a new number; NULL if there are too many. */
struct question *pending_put(struct pending *pending, uint64_t due_ms);

/* NULL if it was answered or given up. */
struct question *pending_get(const struct pending *pending, uint32_t number);

/* One whose time has passed; it stays until it is forgotten. NULL: none. */
struct question *pending_take_late(struct pending *pending, uint64_t now_ms);

void pending_forget(struct pending *pending, struct question **question_p);

uint64_t pending_next_ms(const struct pending *pending);

#endif
