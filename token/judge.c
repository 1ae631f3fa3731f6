#include "token/judge.h"

enum token_reason token_judge_ask(struct token_judge *judge, struct bytes token,
                                  uint64_t wall_us,
                                  struct token_claims *out_claims)
{
    return judge->ask(judge, token, wall_us, out_claims);
}
