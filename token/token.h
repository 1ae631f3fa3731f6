/*
 * The signed token that says who speaks: a JWT (RFC 7519) of one single form.
 *
 *     base64url(header) "." base64url(claims) "." base64url(signature)
 *
 * The header is {"alg":"EdDSA","typ":"dalv+jwt","kid":KID} and nothing else;
 * the algorithm is fixed by us, never chosen by the token, and `kid` is a name
 * that is compared with those of the key set, nothing more. The signature is
 * Ed25519. The claims are those of token/claims.h. Everything is parsed
 * strictly, and nothing but the small header before the signature holds.
 *
 * token_start must have been called. No function here does input or output.
 */
#ifndef DALV_TOKEN_TOKEN_H
#define DALV_TOKEN_TOKEN_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "token/claims.h"
#include "token/json.h"
#include "token/key.h"
#include "token/reason.h"

#include <stdint.h>

/* Whom a cluster believes, and for how long. */
struct token_verifier {
    const char *issuer;   /* Borrowed; what `iss` must be. */
    const char *audience; /* Borrowed; the cluster's id. */
    struct token_key_set keys;
    uint64_t device_life_s_max;  /* From issue to end. */
    uint64_t service_life_s_max; /* The same for backends and admins. */
};

/*
 * Judge a token at the time `now_s` (seconds since 1970). Clocks may differ by
 * BOUNDS_CLOCK_SKEW_S. `out_claims` is written only with TOKEN_ACCEPTED.
 *
 * A token without `kid` is tried with each key. What bearers may be told of the
 * answer, token/reason.h says.
 */
DALV_MUST_CHECK enum token_reason token_verify(
    const struct token_verifier *verifier, struct bytes token, uint64_t now_s,
    struct token_claims *out_claims);

/*
 * Append a token that `key` signs to `out_token`; BOUNDS_TOKEN_BYTES_MAX + 1
 * bytes are always enough. A claim `id` that is empty gets a random one.
 *
 * DALV_INVALID if token_claims_check refuses the claims; DALV_TOO_BIG if the
 * token would be too long or does not fit.
 */
DALV_MUST_CHECK enum dalv_status token_issue(const struct token_secret_key *key,
                                             const struct token_claims *claims,
                                             struct text *out_token);

/*
 * Read a token WITHOUT checking its signature or its times, for people who
 * look at one. What it gives must never be acted on, and whoever shows it says
 * that it is not verified.
 */
DALV_MUST_CHECK enum token_reason token_inspect(
    struct bytes token, struct token_header *out_header,
    struct token_claims *out_claims);

#endif
