/*
 * What the files of push share: whether a request may be judged at all.
 */
#ifndef DALV_SYNC_PUSH_INTERNAL_H
#define DALV_SYNC_PUSH_INTERNAL_H

#include "base/status.h"
#include "model/user_state.h"
#include "sync/push.h"

#include <stddef.h>

/*
 * Does the request go on where the device stands? Gives the device as it will
 * be once the first `out_skipped` pushes, which are settled, are passed over.
 * DALV_OK, DALV_CLONED, or DALV_INVALID for numbers that cannot be.
 */
DALV_MUST_CHECK enum dalv_status push_check_chain(
    const struct push_request *request, const struct user_state *user,
    struct device_state *device, size_t *out_skipped);

/*
 * Fills in mode, `common` and `is_erased` of the answer. Gives the end of what
 * may be judged: of the pushes behind the first `skipped`, those before it.
 */
size_t push_choose_mode(const struct push_request *request,
                        const struct user_state *user, size_t skipped,
                        struct push_answer *answer);

#endif
