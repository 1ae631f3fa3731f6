#include "client/device_options.h"

#include "client/public_bytes.h"
#include "model/user_id.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum dalv_status
dalv_device_options_create(struct dalv_device_options **out_options)
{
    struct dalv_device_options *options = calloc(1, sizeof(*options));

    if (options == NULL)
        return DALV_NO_MEMORY;
    *out_options = options;
    return DALV_OK;
}

void dalv_device_options_destroy(struct dalv_device_options **options_p)
{
    struct dalv_device_options *options = *options_p;

    *options_p = NULL;
    if (options == NULL)
        return;
    sodium_memzero(options, sizeof(*options));
    free(options);
}

/* A text that is not empty, and fits. */
static enum dalv_status keep(char *place, size_t capacity, const char *text)
{
    size_t size = strlen(text);

    if (size == 0)
        return DALV_INVALID;
    if (size >= capacity)
        return DALV_TOO_BIG;
    memcpy(place, text, size + 1);
    return DALV_OK;
}

enum dalv_status
dalv_device_options_set_path(struct dalv_device_options *options,
                             const char *path)
{
    return keep(options->path, sizeof(options->path), path);
}

enum dalv_status
dalv_device_options_set_user(struct dalv_device_options *options,
                             struct dalv_bytes user)
{
    enum dalv_status status = user_id_check(public_bytes_in(user));

    if (status != DALV_OK)
        return status;
    memcpy(options->user, user.data, user.size);
    options->user_size = user.size;
    return DALV_OK;
}

enum dalv_status
dalv_device_options_add_endpoint(struct dalv_device_options *options,
                                 const char *endpoint)
{
    enum dalv_status status;

    if (options->endpoint_count == CONNECTION_ENDPOINTS_MAX)
        return DALV_TOO_BIG;
    status = keep(options->endpoints[options->endpoint_count],
                  CONNECTION_ENDPOINT_BYTES_MAX, endpoint);
    if (status == DALV_OK)
        options->endpoint_count++;
    return status;
}

enum dalv_status
dalv_device_options_set_server_key(struct dalv_device_options *options,
                                   const char *server_key)
{
    struct curve_key key;
    enum dalv_status status =
        curve_key_parse(bytes_from_text(server_key), &key);

    if (status == DALV_OK)
        curve_key_format(&key, options->server_key);
    return status;
}

/* One line of its file. */
enum dalv_status
dalv_device_options_set_token(struct dalv_device_options *options,
                              const char *token)
{
    if (strchr(token, '\n') != NULL)
        return DALV_INVALID;
    return keep(options->token, sizeof(options->token), token);
}
