/*
 * Tokens as an enemy would make them: any header, any claims, any signature.
 */
#ifndef DALV_TESTS_SUPPORT_FORGE_H
#define DALV_TESTS_SUPPORT_FORGE_H

#include "base/bytes.h"
#include "base/text.h"
#include "token/key.h"

/* The key that a name always gives; its name is its kid as well. */
struct token_secret_key forge_key(const char *name);

/* Append "HEADER.CLAIMS.SIGNATURE", encoded, with the signature of `key`. */
void forge_token(const struct token_secret_key *key, struct bytes header_json,
                 struct bytes claims_json, struct text *out_token);

/* The same with a signature of the caller's, which may be empty. */
void forge_signed(struct bytes signature, struct bytes header_json,
                  struct bytes claims_json, struct text *out_token);

#endif
