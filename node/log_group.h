/*
 * Records that go to the log together: what was decided in one round of the
 * loop, of whichever users.
 */
#ifndef DALV_NODE_LOG_GROUP_H
#define DALV_NODE_LOG_GROUP_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/list.h"

#include <stddef.h>
#include <stdint.h>

enum {
    LOG_GROUP_BYTES_FULL = 4 << 20, /* A group ends behind the record that
                                       reaches it. */
};

struct log_group {
    struct list_link link;
    struct list turns; /* struct turn: those whose last record is in it. */
    size_t record_count;
    size_t bytes_size;
    uint8_t bytes[]; /* Encoded records, one behind the other. */
};

/* A group with a copy of `records`; NULL without memory. */
struct log_group *log_group_create(struct allocator *allocator,
                                   struct bytes records, size_t record_count);
void log_group_destroy(struct log_group **group_p, struct allocator *allocator);
struct bytes log_group_bytes(const struct log_group *group);

#endif
