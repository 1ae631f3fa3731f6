#include "tests/support/fake_tokens.h"

#include <string.h>

static enum token_reason ask(struct token_judge *judge, struct bytes token,
                             uint64_t wall_us, struct token_claims *out_claims)
{
    struct fake_tokens *tokens = (struct fake_tokens *)(void *)judge;
    struct token_claims claims;

    tokens->asked_count++;
    if (token.size != sizeof(claims))
        return TOKEN_MALFORMED;
    memcpy(&claims, token.data, sizeof(claims));
    if (claims.generation < tokens->generation_min)
        return TOKEN_KEY_UNKNOWN;
    if (claims.expires_s * UINT64_C(1000000) <= wall_us)
        return TOKEN_EXPIRED;
    *out_claims = claims;
    return TOKEN_ACCEPTED;
}

void fake_tokens_init(struct fake_tokens *tokens)
{
    *tokens = (struct fake_tokens){.judge = {.ask = ask}};
}

static struct token_claims make(enum token_role role, uint64_t expires_s)
{
    return (struct token_claims){
        .role = role,
        .expires_s = expires_s,
        .generation = 1,
        .right_count = 1,
        .rights = {{.grants = TOKEN_READ | TOKEN_WRITE | TOKEN_WATCH}},
    };
}

struct token_claims fake_tokens_backend(uint64_t expires_s)
{
    return make(TOKEN_BACKEND, expires_s);
}

struct token_claims fake_tokens_device(const char *user, uint64_t expires_s)
{
    struct token_claims claims = make(TOKEN_DEVICE, expires_s);

    memcpy(claims.user, user, strlen(user) + 1);
    return claims;
}

struct bytes fake_tokens_show(const struct token_claims *claims)
{
    return bytes_make((const uint8_t *)claims, sizeof(*claims));
}
