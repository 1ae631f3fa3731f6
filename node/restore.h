/*
 * A data folder that was put back from a copy: every user's data in it becomes
 * another history, which agrees with the one of before up to what is there. So
 * devices that saw more know that it was lost, not deleted, and bring it back.
 *
 * One record a user, all with one mark. The mark is kept in the folder from
 * before the first record until all are durable, so a run that was interrupted
 * goes on under it, and no user is marked twice:
 *
 *     DIR/restoring  the mark, 8 bytes, while it is under way
 */
#ifndef DALV_NODE_RESTORE_H
#define DALV_NODE_RESTORE_H

#include "base/status.h"
#include "node/store.h"

#include <stdint.h>

/*
 * Mark all users of a store that nobody serves; `random` becomes the mark of
 * a run that is not the rest of another. `out_count` is how many users are
 * marked now. On a failure the store is to be closed and it is to be run again.
 */
DALV_MUST_CHECK enum dalv_status node_restore(struct node_store *store,
                                              uint64_t random,
                                              uint64_t *out_count);

#endif
