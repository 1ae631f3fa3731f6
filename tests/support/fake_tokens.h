/*
 * Tokens without cryptography: a token is its claims, as they lie in memory.
 */
#ifndef DALV_TESTS_SUPPORT_FAKE_TOKENS_H
#define DALV_TESTS_SUPPORT_FAKE_TOKENS_H

#include "token/judge.h"

#include <stdint.h>

struct fake_tokens {
    struct token_judge judge; /* First: hand out its address. */
    uint64_t generation_min;  /* Tokens of a lower one are refused. */
    unsigned asked_count;
};

/* Accepts every token whose time has not passed. */
void fake_tokens_init(struct fake_tokens *tokens);

/* Claims with all rights that end at `expires_s`. */
struct token_claims fake_tokens_backend(uint64_t expires_s);
struct token_claims fake_tokens_device(const char *user, uint64_t expires_s);

/* The token of these claims; borrowed from them. */
struct bytes fake_tokens_show(const struct token_claims *claims);

#endif
