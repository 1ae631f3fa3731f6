/*
 * libdalv: keys of encrypted connections. A secret lies in a file of its own;
 * its public half, as text, goes to whoever is to let it in.
 *
 * Part of <dalv/dalv.h>, where threads, ownership and errors are explained.
 */
#ifndef DALV_CLIENT_DALV_KEY_H
#define DALV_CLIENT_DALV_KEY_H

#include <dalv/export.h>
#include <dalv/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DALV_KEY_TEXT_BYTES 41 /* 40 characters of Z85 and a zero. */

/*
 * Make a new secret key in a file of mode 0600 that is not there yet.
 * DALV_OCCUPIED: it is; DALV_NOT_FOUND: its folder is not; DALV_NOT_PERMITTED;
 * DALV_NO_SPACE; DALV_IO.
 */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_key_make(const char *path, char out_public[DALV_KEY_TEXT_BYTES]);
/* The public half of the secret key in a file. DALV_INVALID: it holds none;
   DALV_NOT_FOUND; DALV_NOT_PERMITTED: others can read it; DALV_IO. */
DALV_EXPORT DALV_MUST_CHECK enum dalv_status
dalv_key_public(const char *path, char out_public[DALV_KEY_TEXT_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
