/*
 * A cluster of one user on one index, as a device sees it: it answers HELLO,
 * SYNC, DIGEST, RANGE and parts by the product's own judge and index, at once.
 */
#ifndef DALV_TESTS_SUPPORT_SMALL_CLUSTER_H
#define DALV_TESTS_SUPPORT_SMALL_CLUSTER_H

#include "base/bytes.h"
#include "model/message.h"
#include "model/operation.h"
#include "sync/policy.h"

#include <stddef.h>
#include <stdint.h>

struct small_cluster;

/* A user `user`, of whom nothing was ever written. */
struct small_cluster *small_cluster_create(const char *user);
void small_cluster_destroy(struct small_cluster **cluster_p);

/* Used from the next request on; borrowed. */
void small_cluster_set_policy(struct small_cluster *cluster,
                              const struct policy *policy);
/* Most bytes of a page; small ones make many pages. */
void small_cluster_set_budget(struct small_cluster *cluster, size_t bytes);

/* The answer to HELLO. */
void small_cluster_welcome(struct small_cluster *cluster,
                           const struct install_id *install,
                           struct message *out_answer);
/* The answer to `question` of `device`; borrowed until the next call. */
void small_cluster_answer(struct small_cluster *cluster, uint64_t device,
                          const struct message *question,
                          struct message *out_answer);

/* A backend's transaction; it must succeed (ASSERT). */
void small_cluster_update(struct small_cluster *cluster,
                          const struct operation *operations, size_t count);
/* Move the floor to the head: tombstones are forgotten. */
void small_cluster_forget(struct small_cluster *cluster);
/* More than a day goes by, and uploads that nobody bound are forgotten. */
void small_cluster_forget_uploads(struct small_cluster *cluster);
/* ERASE. */
void small_cluster_erase(struct small_cluster *cluster);

/* The state of a key; its value is borrowed until the next call. */
struct key_state small_cluster_key(struct small_cluster *cluster,
                                   const char *key);
/* The user's revision. */
uint64_t small_cluster_revision(struct small_cluster *cluster);

#endif
