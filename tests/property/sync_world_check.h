/*
 * What a world looks at: its two servers side by side, its replicas, and the
 * parts that an index has in the product: pages of state, lists of what is to
 * be dropped.
 */
#ifndef DALV_TESTS_PROPERTY_SYNC_WORLD_CHECK_H
#define DALV_TESTS_PROPERTY_SYNC_WORLD_CHECK_H

#include "model/effect.h"
#include "tests/property/sync_world.h"

#include <stdbool.h>
#include <stddef.h>

/* What differs, or NULL. */
const char *world_compare_servers(const struct world_server *server);
const char *world_compare_replica(const struct world_server *server,
                                  const struct replica *replica);

/* True if `asked` names a key of `other`, or says that it comes after it. */
bool world_depends(const struct history_transaction *asked,
                   const struct history_transaction *other);
void world_operations(const struct history_transaction *asked,
                      struct operation *out_operations);

/* A change as a replica takes it. */
struct replica_change world_change(const struct change *change);
/* The page of an answer: what changed since the cursor, or all of it. */
void world_fill_page(const struct small_store *store, struct cursor cursor,
                     const struct push_answer *answer,
                     struct replica_reply *reply);

size_t world_list_tombstones(const struct small_store *store, uint64_t floor,
                             struct effect *out_drops, size_t max);
/* A list that ended and was not purged; NULL if there is none. */
const struct store_ended *world_ended_list(const struct small_store *store);
size_t world_list_elements(const struct small_store *store,
                           const struct store_ended *ended,
                           struct effect *out_drops, size_t max);

#endif
