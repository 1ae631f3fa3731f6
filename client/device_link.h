/*
 * How a device's store reaches its cluster: endpoints, token, and when it last
 * did. Kept beside the journal in a file of mode 0600, replaced whole.
 *
 *     endpoint tcp://127.0.0.1:7472
 *     server_key rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7
 *     token eyJhbGciOi...
 *     synced_us 1763632800000000
 */
#ifndef DALV_CLIENT_DEVICE_LINK_H
#define DALV_CLIENT_DEVICE_LINK_H

#include "base/bounds.h"
#include "base/status.h"
#include "client/connection.h"
#include "storage/files.h"

#include <stddef.h>
#include <stdint.h>

struct device_link {
    char path[FILES_PATH_MAX];
    char endpoints[CONNECTION_ENDPOINTS_MAX][CONNECTION_ENDPOINT_BYTES_MAX];
    size_t endpoint_count;
    char server_key[CURVE_KEY_TEXT_BYTES]; /* Empty: not encrypted. */
    char token[BOUNDS_TOKEN_BYTES_MAX + 1];
    uint64_t synced_us;
};

/* Read the link of the store in `folder`; one that is not there is empty.
   DALV_NOT_PERMITTED (its mode), DALV_DAMAGED, DALV_TOO_BIG, DALV_IO. */
DALV_MUST_CHECK enum dalv_status device_link_load(struct device_link *link,
                                                  const char *folder);

/* Write it, durably. */
DALV_MUST_CHECK enum dalv_status
device_link_save(const struct device_link *link);

/* Overwrite it, token and all. */
void device_link_wipe(struct device_link *link);

#endif
