/*
 * The judge of tokens that the product hands to routers and nodes.
 */
#ifndef DALV_TOKEN_GATE_H
#define DALV_TOKEN_GATE_H

#include "token/judge.h"
#include "token/token.h"

#include <stdint.h>

struct token_gate {
    struct token_judge judge; /* First: hand out its address. */
    struct token_verifier verifier;
    uint64_t counts[TOKEN_REASON_COUNT]; /* Of the answers so far. */
};

/*
 * Judge by `verifier`, whose texts are borrowed. The verifier may be replaced
 * between two questions. One thread at a time.
 */
void token_gate_init(struct token_gate *gate,
                     const struct token_verifier *verifier);

#endif
