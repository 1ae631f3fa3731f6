/*
 * Records that a turn has decided, on their way to be agreed on.
 *
 * A turn makes one, or several if its records are large; they are committed in
 * their order, and the last one ends the turn. What a master sent is carried to
 * the log as one, too; so is the entry that begins an epoch.
 */
#ifndef DALV_NODE_PROPOSAL_H
#define DALV_NODE_PROPOSAL_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/list.h"
#include "model/log_position.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROPOSAL_BYTES_FULL = 4 << 20, /* It ends behind the record that reaches
                                      it. */
};

struct turn;

struct proposal {
    struct list_link link;
    struct turn *turn;   /* That ends with it; NULL: more of it follows. */
    bool is_epoch_start; /* No turn's: replication made it. */
    bool is_logged;      /* Durable here. */
    bool is_abandoned;   /* Before it was: nobody waits for it any more. */
    uint32_t partition;
    struct log_position before; /* The entry that the records follow. */
    struct log_position end;    /* The last one; its epoch is that of all. */
    size_t record_count;
    size_t bytes_size;
    uint8_t bytes[]; /* Encoded records, one behind the other. */
};

/* One with a copy of `records` and nothing else; NULL without memory. */
struct proposal *proposal_create(struct allocator *allocator,
                                 struct bytes records);
void proposal_destroy(struct proposal **proposal_p,
                      struct allocator *allocator);
struct bytes proposal_bytes(const struct proposal *proposal);

#endif
