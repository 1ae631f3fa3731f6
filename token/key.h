/*
 * Keys that sign and check tokens: Ed25519, each with a plain name (kid).
 *
 * A secret key lies in a file of its own with mode 0600, one line:
 *
 *     dalv-secret-key-1 KID SEED
 *
 * A file of public keys holds one line a key, so that two can be valid while
 * keys are changed; empty lines and lines that begin with # are skipped:
 *
 *     dalv-public-key-1 KID KEY
 *
 * SEED and KEY are 32 bytes in base64url without padding.
 */
#ifndef DALV_TOKEN_KEY_H
#define DALV_TOKEN_KEY_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TOKEN_KID_MAX = 64,
    TOKEN_KEYS_MAX = 4,
    TOKEN_PUBLIC_BYTES = 32,
    TOKEN_SECRET_BYTES = 64, /* The seed and the public key behind it. */
    TOKEN_KEY_FILE_MAX = 16 << 10,
};

struct token_public_key {
    char kid[TOKEN_KID_MAX + 1];
    uint8_t key[TOKEN_PUBLIC_BYTES];
};

/* The keys that a verifier trusts; a zeroed one trusts nobody. */
struct token_key_set {
    size_t count;
    struct token_public_key keys[TOKEN_KEYS_MAX];
};

/* Whoever made or loaded one wipes it with token_secret_key_wipe. */
struct token_secret_key {
    char kid[TOKEN_KID_MAX + 1];
    uint8_t key[TOKEN_SECRET_BYTES];
};

/*
 * Make the cryptography ready; call it once, before any other function of this
 * folder and before threads start. DALV_INTERNAL if the machine has no
 * randomness to give.
 */
DALV_MUST_CHECK enum dalv_status token_start(void);

/* True for 1 to TOKEN_KID_MAX letters, digits, dots, hyphens, underscores. */
bool token_kid_is_valid(struct bytes kid);

/* A new key from the system's randomness; DALV_INVALID for a bad `kid`. */
DALV_MUST_CHECK enum dalv_status token_secret_key_generate(
    const char *kid, struct token_secret_key *out_key);

void token_secret_key_wipe(struct token_secret_key *key);

/* What verifiers need to check what `key` signs. */
void token_secret_key_public(const struct token_secret_key *key,
                             struct token_public_key *out_key);

/*
 * Read a secret key from its file. DALV_NOT_FOUND; DALV_NOT_PERMITTED if group
 * or others may do anything with the file; DALV_INVALID if it does not hold
 * exactly one secret key; DALV_TOO_BIG; DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status token_secret_key_load(
    const char *path, struct token_secret_key *out_key);

/* Write the file, durably and with mode 0600; see small_file_replace. */
DALV_MUST_CHECK enum dalv_status token_secret_key_save(
    const char *path, const struct token_secret_key *key);

/*
 * Add one key. DALV_OCCUPIED if the set has another key of that name, DALV_OK
 * without change if it has this one, DALV_TOO_BIG beyond TOKEN_KEYS_MAX.
 */
DALV_MUST_CHECK enum dalv_status token_key_set_add(
    struct token_key_set *set, const struct token_public_key *key);

/*
 * Add every key of a file of public keys; on failure the set is as before.
 * DALV_NOT_FOUND; DALV_NOT_PERMITTED if others may write the file;
 * DALV_INVALID for a line that is no public key, or a file without any;
 * DALV_OCCUPIED and DALV_TOO_BIG as above; DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status token_key_set_load(const char *path,
                                                    struct token_key_set *set);

/* Write all keys of the set to one file, which others may read. */
DALV_MUST_CHECK enum dalv_status token_key_set_save(
    const char *path, const struct token_key_set *set);

#endif
