/*
 * Between parcels and requests: decodes what a router sent, encodes what goes
 * back to it.
 */
#ifndef DALV_NODE_GATEWAY_H
#define DALV_NODE_GATEWAY_H

#include "base/allocator.h"
#include "base/status.h"
#include "net/account.h"
#include "net/parcel.h"
#include "node/core.h"
#include "node/request.h"

#include <stddef.h>
#include <stdint.h>

enum {
    GATEWAY_ARENA_BYTES = 256 << 10
};

/* What a parcel turned out to be. */
struct gateway_intake {
    struct request *request; /* A question for the core; owned; or NULL, ... */
    struct message message;  /* ... and a router's own message. */
};

/* Each bound may be 0 for none. */
struct gateway_options {
    struct allocator *allocator;
    size_t request_bytes_max; /* Of all requests: the rest of the memory ends
                                 them. */
    size_t client_bytes_max;  /* Of one client's answers that it has not
                                 taken, ... */
    size_t answer_bytes_max;  /* ... and of all clients' together. */
};

struct gateway {
    struct allocator *allocator;
    size_t bytes_max; /* Of all requests. */
    size_t bytes_used;
    struct accounts accounts; /* Of answers, by router and client. */
    struct arena arena;       /* For what is decoded of one parcel. */
    _Alignas(max_align_t) uint8_t arena_block[GATEWAY_ARENA_BYTES];
};

/* The struct is large: on the heap. */
void gateway_init(struct gateway *gateway,
                  const struct gateway_options *options);
/* Answers that have left may still be on their way. */
void gateway_deinit(struct gateway *gateway);

/*
 * Take a parcel in. DALV_OK and an intake whose message is borrowed until the
 * next call; DALV_BUSY, and the envelope's number in `out_intake`, if there is
 * no memory for the request; any other status for what cannot be read. Of that
 * an envelope with a number can still be refused: `out_intake` has it then.
 */
DALV_MUST_CHECK enum dalv_status gateway_take(
    struct gateway *gateway, const struct parcel *parcel, uint64_t now_ms,
    struct gateway_intake *out_intake);

/* The parcel that carries a request's answer to its router; owned. */
struct parcel *gateway_answer(struct request *request);

/*
 * The parcel that refuses a question for which there is no request, as what
 * gateway_take gave says; NULL if not even its number can be read.
 */
struct parcel *gateway_refuse(const struct parcel *parcel,
                              const struct message *envelope,
                              enum dalv_status status);

/* The parcel that carries a push to its router; owned. */
struct parcel *gateway_push(const struct push_out *push);

/* The parcel of a message of the node's own; owned. */
struct parcel *gateway_reply(uint64_t peer, const struct message *message);

/*
 * Gives back what a request has beside the allocator's memory, which the caller
 * throws away as a whole: that is how a process ends that only seems to be one.
 */
void gateway_lose(struct request *request);

/* Ends a request that the core has finished. */
void gateway_end(struct gateway *gateway, struct request **request_p);

#endif
