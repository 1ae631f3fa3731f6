/*
 * May the bearer of these claims ask this? The node's own answer, whatever a
 * router has let through.
 */
#ifndef DALV_NODE_PERMISSION_H
#define DALV_NODE_PERMISSION_H

#include "base/status.h"
#include "model/transaction.h"
#include "node/request.h"
#include "token/claims.h"

#include <stddef.h>
#include <stdint.h>

/*
 * By the request alone, before anything is decoded further: DALV_OK,
 * DALV_EXPIRED or DALV_NOT_PERMITTED. A device needs the right to read all, or
 * it could not hold a replica.
 */
DALV_MUST_CHECK enum dalv_status permission_judge(
    const struct token_claims *claims, const struct request *request,
    uint64_t wall_us);

/*
 * By the keys that a transaction writes. DALV_NOT_PERMITTED, and
 * `out_operation` is the first one at fault.
 */
DALV_MUST_CHECK enum dalv_status permission_judge_writes(
    const struct token_claims *claims, const struct transaction *transaction,
    uint32_t *out_operation);

#endif
