/*
 * A token's header and claims as JSON: the only file that knows jansson.
 *
 * Reading is strict: one flat object of known members with the right types,
 * no member twice, nothing behind it, no nesting but one array of strings. A
 * member that we do not know might be a restriction, so it is refused.
 */
#ifndef DALV_TOKEN_JSON_H
#define DALV_TOKEN_JSON_H

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "token/claims.h"
#include "token/key.h"
#include "token/reason.h"

enum {
    TOKEN_HEADER_MAX = 256, /* Decoded. */
    TOKEN_CLAIMS_MAX = 3 << 10,
};

struct token_header {
    char algorithm[16];
    char type[16];
    char kid[TOKEN_KID_MAX + 1]; /* Empty if the header names no key. */
};

/* TOKEN_ACCEPTED or TOKEN_HEADER_REFUSED. It judges no values. */
enum token_reason token_json_parse_header(struct bytes json,
                                          struct token_header *out_header);

/*
 * TOKEN_ACCEPTED, TOKEN_CLAIMS_REFUSED or TOKEN_CLAIM_MISSING. What it gives
 * still has to pass token_claims_check.
 */
enum token_reason token_json_parse_claims(struct bytes json,
                                          struct token_claims *out_claims);

/* Append the JSON; DALV_TOO_BIG if it does not fit. */
DALV_MUST_CHECK enum dalv_status token_json_format_header(
    const struct token_header *header, struct text *json);
DALV_MUST_CHECK enum dalv_status token_json_format_claims(
    const struct token_claims *claims, struct text *json);

#endif
