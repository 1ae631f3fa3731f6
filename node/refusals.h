/*
 * Answers to writes that made no record: refusals, and what changed nothing.
 *
 * The log remembers what was applied. These are remembered here until no copy
 * of their request can come any more, so that nothing that was answered "not
 * done" is done later by a copy that was delayed. What has no room here must
 * not be answered: its asker is told to come again.
 */
#ifndef DALV_NODE_REFUSALS_H
#define DALV_NODE_REFUSALS_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/status.h"
#include "base/timers.h"
#include "model/user_view.h"

#include <stddef.h>
#include <stdint.h>

struct refusals {
    struct allocator *allocator;
    struct map by_hash; /* struct refusal */
    struct timers timers;
    uint64_t seed; /* Secret: nobody can make requests collide. */
};

struct refusals_options {
    struct allocator *allocator;
    struct map_slot *slots; /* As map_init wants them. */
    size_t slot_count;
    uint64_t seed;
};

void refusals_init(struct refusals *refusals,
                   const struct refusals_options *options);
void refusals_deinit(struct refusals *refusals);

/*
 * Remember how a request of `user` ended, all of it copied, until `until_ms`.
 * One that is known already stays as it is. DALV_BUSY: there is no room.
 */
DALV_MUST_CHECK enum dalv_status refusals_put(
    struct refusals *refusals, struct bytes user,
    const struct view_request *request, uint64_t until_ms);

/* Fill in how the request with `request->id` ended, if that is known here. */
void refusals_recall(const struct refusals *refusals, struct bytes user,
                     struct view_request *request);

/* Forget those whose time has passed. */
void refusals_expire(struct refusals *refusals, uint64_t now_ms);

size_t refusals_count(const struct refusals *refusals);

#endif
