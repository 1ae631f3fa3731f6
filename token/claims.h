/*
 * What a token says: who speaks, for whom, what it may do, and how long.
 *
 * Claims are worth nothing by themselves: only token_verify makes claims that
 * may be acted on.
 *
 *     claim   field           device    backend, admin
 *     iss     issuer          required  required
 *     aud     audience        required  required
 *     role    role            required  required
 *     sub     user            required  forbidden
 *     dev     device          optional  forbidden
 *     dom     rights          required  required; may be empty, then none
 *     iat     issued_s        required  required
 *     nbf     not_before_s    required  required
 *     exp     expires_s       required  required
 *     jti     id              required  required
 *     gen     generation      required  required
 */
#ifndef DALV_TOKEN_CLAIMS_H
#define DALV_TOKEN_CLAIMS_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "token/reason.h"
#include "token/right.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TOKEN_NAME_MAX = 64, /* Issuer, audience, device, id. */
    TOKEN_RIGHTS_MAX = 16,
};

enum token_role {
    TOKEN_DEVICE = 1, /* One user's device: that user's data only. */
    TOKEN_BACKEND,    /* The service itself: any user's data. */
    TOKEN_ADMIN,      /* An operator: the cluster. */
};

/* A text that a token lacks is empty; none that it has may be empty. */
struct token_claims {
    enum token_role role;
    char issuer[TOKEN_NAME_MAX + 1];
    char audience[TOKEN_NAME_MAX + 1]; /* The id of the cluster. */
    char user[BOUNDS_USER_ID_MAX + 1];
    char device[TOKEN_NAME_MAX + 1]; /* A label for people. */
    char id[TOKEN_NAME_MAX + 1];
    uint64_t issued_s; /* All times in seconds since 1970. */
    uint64_t not_before_s;
    uint64_t expires_s;
    uint64_t generation; /* A lower one than the user's is revoked. */
    size_t right_count;
    struct token_right rights[TOKEN_RIGHTS_MAX];
};

/*
 * TOKEN_ACCEPTED if the claims are complete and fit each other, whatever the
 * time and whoever asks; else the first reason why not.
 */
enum token_reason token_claims_check(const struct token_claims *claims);

/*
 * True if the rights give every one of `grants` (bits of enum token_grant) on
 * `key`. Rights add up: several may cover one key.
 */
bool token_claims_allow(const struct token_claims *claims, unsigned grants,
                        struct bytes key);

/* "device", "backend" or "admin". Static, never NULL. */
const char *token_role_name(enum token_role role);

/* False, and nothing written, for any other name. */
bool token_role_parse(const char *name, enum token_role *out_role);

#endif
