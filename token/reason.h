/*
 * Why a token was refused: for our log and counters.
 *
 * Whoever showed the token learns the same of every refusal, so that nobody can
 * feel his way to an accepted one. But of a token that is ours and was meant
 * for us he may hear that its time is wrong: TOKEN_LIFE_TOO_LONG,
 * TOKEN_EXPIRED.
 */
#ifndef DALV_TOKEN_REASON_H
#define DALV_TOKEN_REASON_H

#include "base/status.h"

/* X(name, text) */
#define TOKEN_REASON_LIST(X)                                                   \
    X(TOKEN_ACCEPTED, "accepted")                                              \
    X(TOKEN_TOO_LONG, "token is too long")                                     \
    X(TOKEN_MALFORMED, "not three parts in strict base64url")                  \
    X(TOKEN_HEADER_REFUSED, "header is not the fixed set of members")          \
    X(TOKEN_ALGORITHM_REFUSED, "algorithm is not EdDSA")                       \
    X(TOKEN_TYPE_REFUSED, "type is not dalv+jwt")                              \
    X(TOKEN_KEY_UNKNOWN, "no key of that name")                                \
    X(TOKEN_SIGNATURE_WRONG, "signature is wrong")                             \
    X(TOKEN_CLAIMS_REFUSED, "claims are not strict JSON of known members")     \
    X(TOKEN_CLAIM_MISSING, "a required claim is missing")                      \
    X(TOKEN_SUBJECT_REFUSED, "subject or device does not fit the role")        \
    X(TOKEN_TIMES_REFUSED, "times contradict each other")                      \
    X(TOKEN_ISSUER_WRONG, "issued by somebody else")                           \
    X(TOKEN_AUDIENCE_WRONG, "meant for another cluster")                       \
    X(TOKEN_LIFE_TOO_LONG, "lives longer than allowed")                        \
    X(TOKEN_NOT_YET_VALID, "not valid yet")                                    \
    X(TOKEN_EXPIRED, "has expired")

enum token_reason {
#define TOKEN_REASON_ENUM(name, text) name,
    TOKEN_REASON_LIST(TOKEN_REASON_ENUM)
#undef TOKEN_REASON_ENUM
};

enum {
    TOKEN_REASON_COUNT = TOKEN_EXPIRED + 1, /* For an array of counters. */
};

/* The constant's own name and its text for our log. Static, never NULL. */
const char *token_reason_name(enum token_reason reason);
const char *token_reason_text(enum token_reason reason);

/* What the bearer is told: DALV_OK, DALV_EXPIRED or DALV_NOT_PERMITTED. */
enum dalv_status token_reason_status(enum token_reason reason);

#endif
