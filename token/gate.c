#include "token/gate.h"

enum {
    US_PER_S = 1000000
};

static enum token_reason ask(struct token_judge *judge, struct bytes token,
                             uint64_t wall_us, struct token_claims *out_claims)
{
    struct token_gate *gate = (struct token_gate *)judge;
    enum token_reason reason =
        token_verify(&gate->verifier, token, wall_us / US_PER_S, out_claims);

    gate->counts[reason]++;
    return reason;
}

void token_gate_init(struct token_gate *gate,
                     const struct token_verifier *verifier)
{
    *gate = (struct token_gate){.judge = {.ask = ask}, .verifier = *verifier};
}
