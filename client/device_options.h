/*
 * What a device's store is opened with, collected call by call.
 */
#ifndef DALV_CLIENT_DEVICE_OPTIONS_H
#define DALV_CLIENT_DEVICE_OPTIONS_H

#include "base/bounds.h"
#include "client/connection.h"
#include "client/dalv.h"
#include "storage/files.h"

#include <stddef.h>
#include <stdint.h>

struct dalv_device_options {
    char path[FILES_PATH_MAX];
    uint8_t user[BOUNDS_USER_ID_MAX];
    size_t user_size;
    char endpoints[CONNECTION_ENDPOINTS_MAX][CONNECTION_ENDPOINT_BYTES_MAX];
    size_t endpoint_count;
    char server_key[CURVE_KEY_TEXT_BYTES]; /* Empty for none. */
    char token[BOUNDS_TOKEN_BYTES_MAX + 1];
};

#endif
