#include "token/claims.h"

#include "base/assert.h"
#include "model/user_id.h"

#include <string.h>

static const char *const role_names[] = {
    [TOKEN_DEVICE] = "device",
    [TOKEN_BACKEND] = "backend",
    [TOKEN_ADMIN] = "admin",
};

enum {
    ROLES_END = sizeof(role_names) / sizeof(role_names[0]),
};

static bool is_empty(const char *text)
{
    return text[0] == '\0';
}

/* Only a device speaks for a user; it does so for exactly one. */
static enum token_reason check_subject(const struct token_claims *claims)
{
    struct bytes user = bytes_from_text(claims->user);

    if (claims->role != TOKEN_DEVICE) {
        return is_empty(claims->user) && is_empty(claims->device)
                   ? TOKEN_ACCEPTED
                   : TOKEN_SUBJECT_REFUSED;
    }
    if (user.size == 0)
        return TOKEN_CLAIM_MISSING;
    return user_id_check(user) == DALV_OK ? TOKEN_ACCEPTED
                                          : TOKEN_SUBJECT_REFUSED;
}

enum token_reason token_claims_check(const struct token_claims *claims)
{
    if ((unsigned)claims->role < TOKEN_DEVICE ||
        (unsigned)claims->role >= ROLES_END)
        return TOKEN_CLAIM_MISSING;
    if (is_empty(claims->issuer) || is_empty(claims->audience) ||
        is_empty(claims->id))
        return TOKEN_CLAIM_MISSING;
    /* JSON's integers are signed; the end is the latest of the three times. */
    if (claims->generation > INT64_MAX || claims->expires_s > INT64_MAX)
        return TOKEN_CLAIMS_REFUSED;
    if (claims->expires_s <= claims->not_before_s ||
        claims->expires_s <= claims->issued_s)
        return TOKEN_TIMES_REFUSED;
    return check_subject(claims);
}

bool token_claims_allow(const struct token_claims *claims, unsigned grants,
                        struct bytes key)
{
    unsigned given = 0;

    for (size_t i = 0; i < claims->right_count; i++) {
        if (token_right_covers(&claims->rights[i], key))
            given |= claims->rights[i].grants;
    }
    return (given & grants) == grants;
}

const char *token_role_name(enum token_role role)
{
    ASSERT((unsigned)role >= TOKEN_DEVICE && (unsigned)role < ROLES_END);
    return role_names[role];
}

bool token_role_parse(const char *name, enum token_role *out_role)
{
    for (unsigned role = TOKEN_DEVICE; role < ROLES_END; role++) {
        if (strcmp(name, role_names[role]) == 0) {
            *out_role = (enum token_role)role;
            return true;
        }
    }
    return false;
}
