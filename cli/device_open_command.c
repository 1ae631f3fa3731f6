#include "cli/device_open_command.h"

#include "cli/access.h"
#include "cli/input.h"
#include "cli/value_json.h"

#include <stdio.h>
#include <string.h>

const struct command_option
    device_open_command_options[DEVICE_OPEN_COMMAND_OPTION_COUNT] = {
        {.name = "user",
         .letter = 'u',
         .value = "USER",
         .help = "Whose data the store holds"},
        {.name = "token",
         .value = "TOKEN",
         .help = "The device's token, - for standard input; default: the "
                 "profile's key issues one"},
        {.name = "endpoint",
         .value = "ENDPOINT",
         .help = "Where to sync, tcp://127.0.0.1:7472; default: the profile's"},
        {.name = "server-key",
         .value = "KEY",
         .help = "With --endpoint: the public key of that port, where "
                 "connections are encrypted"},
};

/* The token that was given, or one that the profile's key issues. */
static int find_token(struct invocation *invocation,
                      const struct profile *profile, struct buffer *token)
{
    const char *given = invocation_option(invocation, "token");
    const struct access_token wanted = {
        .role = TOKEN_DEVICE,
        .user = invocation_option(invocation, "user"),
        .life_s = ACCESS_TOKEN_LIFE_S,
    };
    enum dalv_status status = buffer_reserve(token, BOUNDS_TOKEN_BYTES_MAX + 2);
    int code;

    if (status != DALV_OK)
        return invocation_fail(invocation, status, "the token");
    if (given != NULL && strcmp(given, "-") == 0)
        status = input_read_all(invocation->in, BOUNDS_TOKEN_BYTES_MAX, token);
    else if (given != NULL)
        buffer_put(token, bytes_from_text(given));
    if (status != DALV_OK)
        return invocation_fail(invocation, status, "the token");
    while (token->size > 0 && token->data[token->size - 1] == '\n')
        token->size--;
    if (given == NULL) {
        code = access_issue(invocation, profile, &wanted, (char *)token->data);
        if (code != EXIT_DONE)
            return code;
        token->size = strlen((const char *)token->data);
    }
    buffer_put(token, bytes_make("", 1));
    return EXIT_DONE;
}

/* Where the profile says that devices sync. */
static enum dalv_status use_profile(const struct profile *profile,
                                    struct dalv_device_options *options)
{
    const struct addresses *devices = &profile->endpoints.devices;
    char endpoint[ACCESS_ENDPOINT_BYTES];
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; i < devices->count && status == DALV_OK; i++) {
        access_endpoint(&devices->items[i], endpoint);
        status = dalv_device_options_add_endpoint(options, endpoint);
    }
    if (devices->count > 0 && status == DALV_OK &&
        profile->keys.devices[0] != '\0')
        status =
            dalv_device_options_set_server_key(options, profile->keys.devices);
    return status;
}

static enum dalv_status use_endpoint(const struct invocation *invocation,
                                     const struct profile *profile,
                                     struct dalv_device_options *options)
{
    const char *endpoint = invocation_option(invocation, "endpoint");
    const char *server_key = invocation_option(invocation, "server-key");

    if (endpoint == NULL)
        return profile == NULL ? DALV_OK : use_profile(profile, options);
    if (server_key != NULL) {
        enum dalv_status status =
            dalv_device_options_set_server_key(options, server_key);

        if (status != DALV_OK)
            return status;
    }
    return dalv_device_options_add_endpoint(options, endpoint);
}

static enum dalv_status fill_options(const struct invocation *invocation,
                                     const struct profile *profile,
                                     const char *token,
                                     struct dalv_device_options *options)
{
    const char *user = invocation_option(invocation, "user");
    enum dalv_status status =
        dalv_device_options_set_path(options, invocation->operands[0]);

    if (status == DALV_OK && user != NULL)
        status = dalv_device_options_set_user(options, dalv_text(user));
    if (status == DALV_OK && token != NULL)
        status = dalv_device_options_set_token(options, token);
    if (status == DALV_OK)
        status = use_endpoint(invocation, profile, options);
    return status;
}

static int open_with(const struct invocation *invocation,
                     const struct profile *profile, const char *token)
{
    struct dalv_device_options *options = NULL;
    struct dalv_device *device = NULL;
    struct dalv_bytes user;
    enum dalv_status status = dalv_device_options_create(&options);

    if (status == DALV_OK)
        status = fill_options(invocation, profile, token, options);
    if (status == DALV_OK)
        status = dalv_device_open(options, &device);
    dalv_device_options_destroy(&options);
    if (status == DALV_INVALID)
        return invocation_fail(invocation, status,
                               "the store in this folder belongs to another "
                               "user, for good");
    if (status == DALV_NOT_PERMITTED || status == DALV_NOT_FOUND)
        return invocation_fail_file(invocation, status,
                                    invocation->operands[0]);
    if (status != DALV_OK)
        return invocation_fail(invocation, status, invocation->operands[0]);
    user = dalv_device_user(device);
    if (invocation->is_json)
        value_json_print(json_pack("{s:s%}", "user", user.data, user.size),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "The store in %s is %.*s's\n",
                      invocation->operands[0], (int)user.size,
                      (const char *)user.data);
    dalv_device_close(&device);
    return EXIT_DONE;
}

/* With a token and an endpoint of one's own no profile is needed. */
int device_open_command_run(struct invocation *invocation)
{
    bool needs_profile = !invocation_has(invocation, "token") ||
                         !invocation_has(invocation, "endpoint");
    struct profile profile;
    struct buffer token;
    int code = EXIT_DONE;

    profile_init(&profile);
    buffer_init(&token);
    if (!invocation_has(invocation, "user"))
        return invocation_usage(invocation, "whose store? Say --user");
    if (needs_profile)
        code = access_load(invocation, &profile);
    if (code == EXIT_DONE)
        code = find_token(invocation, &profile, &token);
    if (code == EXIT_DONE)
        code = open_with(invocation, needs_profile ? &profile : NULL,
                         (const char *)token.data);
    buffer_deinit(&token);
    profile_wipe(&profile);
    return code;
}
