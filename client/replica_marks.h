/*
 * Small notes beside a replica, in the same map. They save work and prove
 * nothing: they are not synced, and what they tell is looked up again where it
 * matters.
 */
#ifndef DALV_CLIENT_REPLICA_MARKS_H
#define DALV_CLIENT_REPLICA_MARKS_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "client/replica.h"

enum replica_mark {
    REPLICA_MARK_LACKING, /* A key whose large value was found missing. */
    REPLICA_MARK_SENT,    /* An upload: how many of its parts arrived. */
};

/* `name` has at most BOUNDS_KEY_MAX bytes. */
DALV_MUST_CHECK enum dalv_status replica_mark_put(struct replica *replica,
                                                  enum replica_mark mark,
                                                  struct bytes name,
                                                  struct bytes value);
/* DALV_NOT_FOUND. The value takes the place of what is in `out_value`. */
DALV_MUST_CHECK enum dalv_status replica_mark_get(struct replica *replica,
                                                  enum replica_mark mark,
                                                  struct bytes name,
                                                  struct buffer *out_value);
DALV_MUST_CHECK enum dalv_status replica_mark_drop(struct replica *replica,
                                                   enum replica_mark mark,
                                                   struct bytes name);
/* The name of the first of its kind, in the place of what is in `out_name`.
   DALV_NOT_FOUND. */
DALV_MUST_CHECK enum dalv_status replica_mark_first(struct replica *replica,
                                                    enum replica_mark mark,
                                                    struct buffer *out_name);
/* Forget all of a kind. */
DALV_MUST_CHECK enum dalv_status replica_mark_clear(struct replica *replica,
                                                    enum replica_mark mark);

#endif
