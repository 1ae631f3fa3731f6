/*
 * The seam between those who must know whose token it is and the cryptography
 * that tells: the product hands in token/token.h, a simulator its own.
 */
#ifndef DALV_TOKEN_JUDGE_H
#define DALV_TOKEN_JUDGE_H

#include "base/bytes.h"
#include "token/claims.h"
#include "token/reason.h"

#include <stdint.h>

struct token_judge {
    /* See token_judge_ask. */
    enum token_reason (*ask)(struct token_judge *judge, struct bytes token,
                             uint64_t wall_us, struct token_claims *out_claims);
};

/*
 * What to say of it at the time `wall_us`; `out_claims` is written only with
 * TOKEN_ACCEPTED. What its bearer may hear of the answer, token/reason.h says.
 */
DALV_MUST_CHECK enum token_reason token_judge_ask(
    struct token_judge *judge, struct bytes token, uint64_t wall_us,
    struct token_claims *out_claims);

#endif
