/*
 * The way to the cluster: what the profile says, used.
 *
 * A profile holds a token, or the file of the key that issues tokens; then one
 * is issued for each need, and lives for an hour.
 */
#ifndef DALV_CLI_ACCESS_H
#define DALV_CLI_ACCESS_H

#include "cli/invocation.h"
#include "config/profile.h"
#include "token/claims.h"

#include <dalv/dalv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ACCESS_TOKEN_LIFE_S = 3600,
    ACCESS_ENDPOINT_BYTES = ADDRESS_TEXT_MAX + 8,
};

/* The path of the profile in force. False if there is none to name. */
bool access_profile_path(const struct invocation *invocation, char *path,
                         size_t size);

/* Read the profile. EXIT_DONE, or the exit code of what was said; whoever has
   one wipes it. */
int access_load(struct invocation *invocation, struct profile *out_profile);

/* "tcp://HOST:PORT". */
void access_endpoint(const struct address *address,
                     char out_text[ACCESS_ENDPOINT_BYTES]);

/* What a token is to say; everything else is filled in. */
struct access_token {
    enum token_role role;
    const char *user;   /* Devices; NULL otherwise. */
    const char *device; /* A label, or NULL. */
    const char *rights; /* NULL for all. */
    uint64_t life_s;
};

/* Issue a token with the profile's key into `out_token`, which has room for
   BOUNDS_TOKEN_BYTES_MAX + 1. EXIT_DONE or the exit code. */
int access_issue(const struct invocation *invocation,
                 const struct profile *profile,
                 const struct access_token *wanted, char *out_token);

/* Connect as a backend. EXIT_DONE or the exit code. */
int access_open_backend(struct invocation *invocation,
                        struct dalv_backend **out_backend);

#endif
