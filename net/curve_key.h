/*
 * Keys of encrypted connections: CURVE (RFC 26 of ZeroMQ), Curve25519.
 *
 * Who connects must know the public key of whom it expects; who is connected
 * to decides by the peer's public key whom it lets in (net/gatekeeper.h). In
 * files and configurations a key is a line of text:
 *
 *     dalv-curve-secret-1 KEY
 *     dalv-curve-public-1 KEY
 *
 * KEY is 32 bytes in Z85 (RFC 32), 40 characters. A secret key's file has mode
 * 0600; the public key follows from it. A file of public keys may hold several
 * lines, empty ones and ones that begin with #.
 *
 * Threads: all functions may be called at any time by any thread.
 */
#ifndef DALV_NET_CURVE_KEY_H
#define DALV_NET_CURVE_KEY_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CURVE_KEY_BYTES = 32,
    CURVE_KEY_TEXT_BYTES = 41, /* With the zero at its end. */
    CURVE_KEY_FILE_MAX = 256 << 10,
};

struct curve_key {
    uint8_t bytes[CURVE_KEY_BYTES];
};

/* Whoever made or loaded one wipes it with curve_pair_wipe. */
struct curve_pair {
    struct curve_key public_key;
    struct curve_key secret_key;
};

/* A new pair from the system's randomness. */
void curve_pair_generate(struct curve_pair *out_pair);
void curve_pair_wipe(struct curve_pair *pair);

bool curve_key_equal(const struct curve_key *a, const struct curve_key *b);
/* DALV_INVALID if `text` is not 40 characters of Z85. */
DALV_MUST_CHECK enum dalv_status curve_key_parse(struct bytes text,
                                                 struct curve_key *out_key);
void curve_key_format(const struct curve_key *key,
                      char out_text[CURVE_KEY_TEXT_BYTES]);

/*
 * Read a secret key's file. DALV_NOT_FOUND; DALV_NOT_PERMITTED if group or
 * others may do anything with it; DALV_INVALID if it does not hold exactly one
 * secret key; DALV_TOO_BIG; DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status curve_pair_load(const char *path,
                                                 struct curve_pair *out_pair);
/* Write the file, durably and with mode 0600; see small_file_replace. */
DALV_MUST_CHECK enum dalv_status curve_pair_save(const char *path,
                                                 const struct curve_pair *pair);

/*
 * Read a file of public keys into `out_keys`, which has room for `capacity`.
 * DALV_NOT_FOUND; DALV_NOT_PERMITTED if others may write the file;
 * DALV_INVALID for a line that is no public key; DALV_TOO_BIG, for the file or
 * for `capacity`; DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status curve_keys_load(const char *path,
                                                 struct curve_key *out_keys,
                                                 size_t capacity,
                                                 size_t *out_count);
/* Write one public key to a file that others may read. */
DALV_MUST_CHECK enum dalv_status curve_key_save(const char *path,
                                                const struct curve_key *key);

#endif
