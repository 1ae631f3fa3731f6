/*
 * The seam between those who must know whose token it is and the cryptography
 * that tells: the product hands in token/token.h, a simulator its own.
 */
#ifndef DALV_TOKEN_JUDGE_H
#define DALV_TOKEN_JUDGE_H

#include "base/bytes.h"
#include "base/status.h"
#include "token/claims.h"

#include <stdint.h>

struct token_judge {
    /* See token_judge_ask. */
    enum dalv_status (*ask)(struct token_judge *judge, struct bytes token,
                            uint64_t wall_us, struct token_claims *out_claims);
};

/*
 * DALV_OK, DALV_EXPIRED or DALV_NOT_PERMITTED at the time `wall_us`;
 * `out_claims` is written only with DALV_OK.
 */
DALV_MUST_CHECK enum dalv_status token_judge_ask(
    struct token_judge *judge, struct bytes token, uint64_t wall_us,
    struct token_claims *out_claims);

#endif
