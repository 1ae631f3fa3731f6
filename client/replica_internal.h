/*
 * What the files of the replica share.
 */
#ifndef DALV_CLIENT_REPLICA_INTERNAL_H
#define DALV_CLIENT_REPLICA_INTERNAL_H

#include "client/replica.h"

struct replica {
    struct kv *kv;
    struct kv_batch *batch; /* Empty between calls. */
    struct buffer value;    /* What kv_get gave last. */
    struct replica_state state;
    bool has_lost_parts; /* A value in parts was replaced, or went. */
};

/* The change under a name, borrowed from `replica->value`. DALV_NOT_FOUND. */
DALV_MUST_CHECK enum dalv_status replica_find(struct replica *replica,
                                              const struct replica_name *name,
                                              struct change *out_change);

/* Put a change into the batch, under the name that it has in `set`. */
void replica_put(struct replica *replica, enum replica_set set,
                 const struct change *change);

/* The name of a change's entry. */
void replica_name_of(struct replica_name *out_name, enum replica_set set,
                     const struct change *change);

/* Write the batch, which is empty afterwards whatever comes of it. */
DALV_MUST_CHECK enum dalv_status replica_write(struct replica *replica,
                                               bool is_synced);

/* Called for each entry of a walk; any status but DALV_OK ends it. */
typedef enum dalv_status replica_visitor(void *owner, struct bytes name,
                                         const struct change *change);

/* Visit the entries whose names begin with `prefix`, from `from` on. */
struct replica_walk {
    struct bytes prefix;
    struct bytes from;
    replica_visitor *visitor;
    void *owner;
};
DALV_MUST_CHECK enum dalv_status replica_walk(struct replica *replica,
                                              const struct replica_walk *walk);

#endif
