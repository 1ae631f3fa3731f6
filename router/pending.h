/*
 * Questions of clients that have no answer yet.
 *
 *     ASKED ---- the node was lost, or does not lead ----> HELD
 *       ^                                                    |
 *       +---- a node that leads is there ---- a new number --+
 *
 * A question has a deadline, and its frame with it, to be repeated; it is
 * forgotten by its answer or given up when its time has passed. Each time that
 * it is asked it has another number towards the node: an answer to what was
 * asked before, elsewhere, is nobody's. Those that are held stand in the order
 * in which they came.
 */
#ifndef DALV_ROUTER_PENDING_H
#define DALV_ROUTER_PENDING_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/timers.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct question {
    struct timer timer;
    struct question *next_held;
    struct question *previous_held;
    uint32_t number;         /* Ours, towards the node; 0 while it is held. */
    uint32_t client_request; /* The client's. */
    uint64_t session;        /* Who asked; it may be gone. */
    uint64_t device;         /* Which one it was then; 0: a backend. */
    enum message_type type;
    uint32_t partition;
    uint32_t node; /* Who alone can answer; 0: who leads the partition. */
    uint16_t link; /* Whom it was asked last. */
    bool is_held;
    bool is_quiet; /* One of several that go with a client's: it is not told. */
    bool is_part;  /* A node's part of a watch, see core_watch.c. */
    bool may_be_done;       /* A node may have evaluated it. */
    bool may_be_stale;      /* A slave may answer it. */
    bool is_repeatable;     /* The frame is here. */
    uint32_t retry_ms;      /* How long it was held last, to be tried again. */
    uint64_t due_ms;        /* Its deadline. */
    uint64_t hold_until_ms; /* Held: no longer than this. */
    struct bytes user;      /* Within `bytes`. */
    struct {
        uint64_t number;
        size_t prefix_size;
        bool is_from_now;
    } watch; /* Of a part: the rest is in place of the frame. */
    size_t frame_size;
    size_t size;     /* Of `bytes`. */
    uint8_t bytes[]; /* The frame, and the user. */
};

struct pending {
    struct allocator *allocator;
    struct map questions; /* number -> struct question; those that are asked. */
    struct timers timers;
    struct question *held_first;
    struct question *held_last;
    struct question *forgotten; /* By next_held. */
    uint32_t held_count;
    uint32_t question_max;
    uint32_t number_last;
    size_t frame_bytes_max;
    size_t frame_bytes; /* Of all frames that are kept. */
};

struct pending_limits {
    uint32_t question_max;
    size_t frame_bytes_max;
};

/* `slots` is as map_init wants it, map_slot_count of `question_max`. */
void pending_init(struct pending *pending, struct allocator *allocator,
                  struct map_slot *slots, size_t slot_count,
                  struct pending_limits limits);
void pending_deinit(struct pending *pending);

/*
 * A question with a new number; NULL if there are too many. Its frame is kept
 * if there is room for it: an empty one always is.
 */
struct question *pending_put(struct pending *pending, uint64_t due_ms,
                             struct bytes frame, struct bytes user);

/* The same, of nobody; the caller fills its frame, if it is there. */
struct question *pending_put_empty(struct pending *pending, uint64_t due_ms,
                                   size_t frame_size);

/* How many are asked or held. */
size_t pending_count(const struct pending *pending);

/* NULL if it was answered, given up, or asked once more. */
struct question *pending_get(const struct pending *pending, uint32_t number);

/* From now on no answer to it counts, until it is asked again. */
void pending_hold(struct pending *pending, struct question *question,
                  uint64_t until_ms);
/* It is asked again, under a new number. */
void pending_release(struct pending *pending, struct question *question);

/* Look at a held one again at that time, at the latest at its own. */
void pending_wake(struct pending *pending, struct question *question,
                  uint64_t at_ms);

/* When a question is given up: at its deadline, or held for too long. */
uint64_t pending_end_ms(const struct question *question);

/* One whose timer ran out; it stays until it is forgotten. NULL: none. */
struct question *pending_take_late(struct pending *pending, uint64_t now_ms);

/*
 * It is over, and nobody finds it any more. What was read from it can be read
 * until pending_bury, since an effect may have borrowed it.
 */
void pending_forget(struct pending *pending, struct question **question_p);

/* Give back the memory of what was forgotten. */
void pending_bury(struct pending *pending);

uint64_t pending_next_ms(const struct pending *pending);

struct bytes question_frame(const struct question *question);

#endif
