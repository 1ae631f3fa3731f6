#include "token/gate.h"

enum {
    US_PER_S = 1000000
};

/* Only who holds a token that is otherwise good learns that it has expired. */
static enum dalv_status ask(struct token_judge *judge, struct bytes token,
                            uint64_t wall_us, struct token_claims *out_claims)
{
    struct token_gate *gate = (struct token_gate *)judge;
    enum token_reason reason =
        token_verify(&gate->verifier, token, wall_us / US_PER_S, out_claims);

    if (reason == TOKEN_ACCEPTED)
        return DALV_OK;
    gate->refused_count++;
    gate->refused_last = reason;
    return reason == TOKEN_EXPIRED ? DALV_EXPIRED : DALV_NOT_PERMITTED;
}

void token_gate_init(struct token_gate *gate,
                     const struct token_verifier *verifier)
{
    *gate = (struct token_gate){.judge = {.ask = ask}, .verifier = *verifier};
}
