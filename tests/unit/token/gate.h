/*
 * A gate that lets tokens in: the cluster "cluster-1", which believes the
 * issuer "shop" and his key "main"; the time is 1,000,000 s.
 */
#ifndef DALV_TESTS_UNIT_TOKEN_GATE_H
#define DALV_TESTS_UNIT_TOKEN_GATE_H

#include "base/text.h"
#include "token/claims.h"
#include "token/key.h"
#include "token/token.h"

#include <stdint.h>

enum {
    GATE_NOW_S = 1000000,
    GATE_HOUR_S = 3600,
    GATE_STORAGE_BYTES = 104 << 10,
};

/* What a good token of ann's phone is made of. */
#define GATE_HEADER "{\"alg\":\"EdDSA\",\"typ\":\"dalv+jwt\",\"kid\":\"main\"}"
#define GATE_CLAIMS                                                            \
    "{\"iss\":\"shop\",\"aud\":\"cluster-1\",\"role\":\"device\","             \
    "\"sub\":\"ann\",\"dev\":\"phone\",\"dom\":[\"read,write:cart/\"],"        \
    "\"iat\":999400,\"nbf\":999400,\"exp\":1003000,\"jti\":\"token-7\","       \
    "\"gen\":3}"

struct gate {
    struct token_secret_key key; /* The issuer's. */
    struct token_verifier verifier;
    struct token_claims claims; /* What the last accepted token said. */
    struct text token;          /* What is shown, in `gate_storage`. */
};

/* Where the token of the gate that was opened last lies. */
extern char gate_storage[GATE_STORAGE_BYTES];

struct gate gate_open(void);

/* Forget the token. */
void gate_clear(struct gate *gate);

/* The claims that GATE_CLAIMS says. */
struct token_claims gate_claims(void);

/* The name of the reason that the gate gives for its token. */
const char *gate_judge(struct gate *gate);
const char *gate_judge_at(struct gate *gate, uint64_t now_s);

/* The same for a token that the issuer makes of these claims. */
const char *gate_judge_claims(struct gate *gate,
                              const struct token_claims *claims);

/* The same for any header and claims that the issuer's key signed. */
const char *gate_judge_json(struct gate *gate, const char *header,
                            const char *claims);

#endif
