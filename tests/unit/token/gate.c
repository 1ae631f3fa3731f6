#include "tests/unit/token/gate.h"

#include "tests/support/forge.h"

#include <CUnit/CUnit.h>

char gate_storage[GATE_STORAGE_BYTES];

struct gate gate_open(void)
{
    struct gate gate = {
        .key = forge_key("main"),
        .verifier = {.issuer = "shop",
                     .audience = "cluster-1",
                     .device_life_s_max = GATE_HOUR_S,
                     .service_life_s_max = UINT64_C(24) * GATE_HOUR_S},
    };
    struct token_public_key public_key;

    token_secret_key_public(&gate.key, &public_key);
    CU_ASSERT_EQUAL_FATAL(token_key_set_add(&gate.verifier.keys, &public_key),
                          DALV_OK);
    gate_clear(&gate);
    return gate;
}

void gate_clear(struct gate *gate)
{
    text_init(&gate->token, gate_storage, sizeof(gate_storage));
}

struct token_claims gate_claims(void)
{
    return (struct token_claims){
        .role = TOKEN_DEVICE,
        .issuer = "shop",
        .audience = "cluster-1",
        .user = "ann",
        .device = "phone",
        .id = "token-7",
        .issued_s = GATE_NOW_S - 600,
        .not_before_s = GATE_NOW_S - 600,
        .expires_s = GATE_NOW_S - 600 + GATE_HOUR_S,
        .generation = 3,
        .right_count = 1,
        .rights = {{.grants = TOKEN_READ | TOKEN_WRITE,
                    .prefix_size = 5,
                    .prefix = "cart/"}},
    };
}

const char *gate_judge_at(struct gate *gate, uint64_t now_s)
{
    struct bytes token = bytes_make(gate->token.data, gate->token.size);

    return token_reason_name(
        token_verify(&gate->verifier, token, now_s, &gate->claims));
}

const char *gate_judge(struct gate *gate)
{
    return gate_judge_at(gate, GATE_NOW_S);
}

const char *gate_judge_claims(struct gate *gate,
                              const struct token_claims *claims)
{
    gate_clear(gate);
    CU_ASSERT_EQUAL(token_issue(&gate->key, claims, &gate->token), DALV_OK);
    return gate_judge(gate);
}

const char *gate_judge_json(struct gate *gate, const char *header,
                            const char *claims)
{
    gate_clear(gate);
    forge_token(&gate->key, bytes_from_text(header), bytes_from_text(claims),
                &gate->token);
    return gate_judge(gate);
}
