#include "client/backend_options.h"

#include "base/bounds.h"

#include <stdlib.h>
#include <string.h>

enum dalv_status
dalv_backend_options_create(struct dalv_backend_options **out_options)
{
    struct dalv_backend_options *options = calloc(1, sizeof(*options));

    if (options == NULL)
        return DALV_NO_MEMORY;
    *out_options = options;
    return DALV_OK;
}

void dalv_backend_options_destroy(struct dalv_backend_options **options_p)
{
    struct dalv_backend_options *options = *options_p;

    *options_p = NULL;
    if (options == NULL)
        return;
    for (size_t i = 0; i < options->endpoint_count; i++)
        free(options->endpoints[i]);
    free(options->token);
    curve_pair_wipe(&options->keys.own);
    free(options);
}

enum dalv_status
dalv_backend_options_add_endpoint(struct dalv_backend_options *options,
                                  const char *endpoint)
{
    size_t size = strlen(endpoint);
    char *copy;

    if (size == 0)
        return DALV_INVALID;
    if (size >= CONNECTION_ENDPOINT_BYTES_MAX ||
        options->endpoint_count >= CONNECTION_ENDPOINTS_MAX)
        return DALV_TOO_BIG;
    copy = strdup(endpoint);
    if (copy == NULL)
        return DALV_NO_MEMORY;
    options->endpoints[options->endpoint_count++] = copy;
    return DALV_OK;
}

enum dalv_status
dalv_backend_options_set_token(struct dalv_backend_options *options,
                               const char *token)
{
    char *copy;

    if (strlen(token) > BOUNDS_TOKEN_BYTES_MAX)
        return DALV_TOO_BIG;
    copy = strdup(token);
    if (copy == NULL)
        return DALV_NO_MEMORY;
    free(options->token);
    options->token = copy;
    return DALV_OK;
}

enum dalv_status
dalv_backend_options_set_keys(struct dalv_backend_options *options,
                              const char *server_key, const char *key_file)
{
    struct endpoint_keys keys = {.gate = GATE_BACKENDS};
    enum dalv_status status =
        curve_key_parse(bytes_from_text(server_key), &keys.server);

    if (status == DALV_OK)
        status = curve_pair_load(key_file, &keys.own);
    if (status != DALV_OK)
        return status;
    options->has_keys = true;
    options->keys = keys;
    curve_pair_wipe(&keys.own);
    return DALV_OK;
}

enum dalv_status
dalv_backend_options_set_timeout(struct dalv_backend_options *options,
                                 uint32_t timeout_ms)
{
    options->timeout_ms = timeout_ms;
    return DALV_OK;
}

enum dalv_status
dalv_backend_options_set_max_staleness(struct dalv_backend_options *options,
                                       uint32_t max_staleness_ms)
{
    options->max_staleness_ms = max_staleness_ms;
    return DALV_OK;
}
