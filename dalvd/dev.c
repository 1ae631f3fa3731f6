#include "dalvd/dev.h"

#include "config/profile.h"
#include "storage/files.h"
#include "token/key.h"

#include <stdio.h>
#include <string.h>

enum {
    PATH_BYTES = CONFIG_PATH_MAX + 32
};

static const char key_name[] = "dev";

static enum dalv_status explain(struct config_error *error,
                                enum dalv_status status, const char *what,
                                const char *path)
{
    struct text text = config_error_begin(error, status, 0, 0);

    text_put(&text, what);
    text_put(&text, " ");
    text_put(&text, path);
    text_put(&text, ": ");
    text_put(&text, status_text(status));
    return status;
}

static void path_in(const struct config *config, const char *name,
                    char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", config->data.folder, name);
}

/* The key that issues tokens is made once; its public half follows it. */
static enum dalv_status prepare_keys(const struct config *config,
                                     struct config_error *error)
{
    char secret_path[PATH_BYTES];
    char public_path[PATH_BYTES];
    struct token_secret_key secret;
    struct token_key_set set = {.count = 1};
    enum dalv_status status;

    path_in(config, "issuer.key", secret_path);
    path_in(config, "issuer.pub", public_path);
    status = token_secret_key_load(secret_path, &secret);
    if (status == DALV_NOT_FOUND) {
        status = token_secret_key_generate(key_name, &secret);
        if (status == DALV_OK)
            status = token_secret_key_save(secret_path, &secret);
    }
    if (status != DALV_OK)
        return explain(error, status, "the issuing key", secret_path);
    token_secret_key_public(&secret, &set.keys[0]);
    token_secret_key_wipe(&secret);
    status = token_key_set_save(public_path, &set);
    return status == DALV_OK
               ? DALV_OK
               : explain(error, status, "the public key", public_path);
}

static enum dalv_status prepare_profile(const struct config *config,
                                        struct config_error *error)
{
    struct profile profile;
    char path[PATH_BYTES];
    enum dalv_status status;

    path_in(config, "profile.yaml", path);
    profile_init(&profile);
    profile.role = PROFILE_BACKEND;
    memcpy(profile.cluster, config->cluster.id, sizeof(profile.cluster));
    profile.endpoints.backends.items[0] = config->listen.backends;
    profile.endpoints.backends.count = 1;
    profile.endpoints.devices.items[0] = config->listen.devices;
    profile.endpoints.devices.count = 1;
    profile.endpoints.admin.items[0] = config->listen.admin;
    profile.endpoints.admin.count = 1;
    profile.endpoints.http = config->listen.http;
    memcpy(profile.issuer.name, config->tokens.issuer,
           sizeof(profile.issuer.name));
    /* Beside the profile, wherever the folder is moved to. */
    memcpy(profile.issuer.key_file, "issuer.key", sizeof("issuer.key"));
    status = profile_save(path, &profile);
    profile_wipe(&profile);
    return status == DALV_OK
               ? DALV_OK
               : explain(error, status, "the owner's profile", path);
}

enum dalv_status dev_prepare(const struct config *config,
                             struct config_error *out_error)
{
    enum dalv_status status =
        files_make_folder(files_of_system(), config->data.folder);

    if (status == DALV_INVALID)
        return explain(
            out_error, status,
            "data needs a folder, and this is none:", config->data.folder);
    if (status != DALV_OK)
        return explain(out_error, status, "the folder", config->data.folder);
    status = prepare_keys(config, out_error);
    return status == DALV_OK ? prepare_profile(config, out_error) : status;
}

const char *dev_profile_path(const struct config *config)
{
    static char path[PATH_BYTES];

    path_in(config, "profile.yaml", path);
    return path;
}
