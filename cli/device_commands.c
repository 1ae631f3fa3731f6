/*
 * device open, get, put, del, incr, list, scan, status: a replica in a folder.
 */
#include "base/decimal.h"
#include "cli/access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/device_sync_command.h"
#include "cli/input.h"
#include "cli/print.h"
#include "cli/shell.h"
#include "cli/store_access.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FETCH_TIMEOUT_MS = 60000, /* For a large value, which the store lacks. */
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
static int run_open(struct invocation *invocation)
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

static int show_value(struct invocation *invocation, const char *name)
{
    struct dalv_bytes key = dalv_text(name);
    struct dalv_device *device = NULL;
    struct dalv_value *value = NULL;
    enum dalv_status status;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code != EXIT_DONE)
        return code;
    status = dalv_device_get(device, key, &value);
    if (status == DALV_OK && !dalv_value_is_whole(value)) {
        dalv_value_destroy(&value);
        status = dalv_device_fetch(device, key, FETCH_TIMEOUT_MS, &value);
    }
    if (status != DALV_OK)
        code = store_access_fail(invocation, device, status);
    else if (invocation->is_json)
        value_json_print(value_json_make(key, value, 0), invocation->out);
    else
        print_value(value, invocation->out);
    dalv_value_destroy(&value);
    dalv_device_close(&device);
    return code;
}

static int run_get(struct invocation *invocation)
{
    return show_value(invocation, invocation->operands[1]);
}

/* Commit a transaction; what it is called by, for receipts. Takes it. */
static int commit(struct invocation *invocation,
                  struct dalv_transaction **transaction_p)
{
    struct dalv_device *device = NULL;
    uint64_t receipt = 0;
    enum dalv_status status;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code != EXIT_DONE) {
        dalv_transaction_destroy(transaction_p);
        return code;
    }
    status = dalv_device_commit(device, transaction_p, &receipt);
    if (status == DALV_NOT_PERMITTED)
        code = invocation_fail_file(invocation, status,
                                    "the key is the system's: only backends "
                                    "write it");
    else if (status != DALV_OK)
        code = store_access_fail(invocation, device, status);
    else if (invocation->is_json)
        value_json_print(json_pack("{s:I}", "receipt", (json_int_t)receipt),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "local %" PRIu64 "\n", receipt);
    dalv_device_close(&device);
    return code;
}

typedef enum dalv_status builder(struct invocation *invocation,
                                 struct dalv_transaction *transaction);

static int build_and_commit(struct invocation *invocation, builder *build)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = build(invocation, transaction);
    if (status == DALV_OK)
        return commit(invocation, &transaction);
    dalv_transaction_destroy(&transaction);
    return invocation_fail(invocation, status, NULL);
}

static enum dalv_status build_put(struct invocation *invocation,
                                  struct dalv_transaction *transaction)
{
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    struct dalv_put_options options = {0};
    struct dalv_bytes value;
    struct buffer buffer;
    enum dalv_status status;

    if (!invocation_duration(invocation, "ttl", &options.ttl_ms))
        return DALV_INVALID;
    buffer_init(&buffer);
    status =
        input_value(invocation->operands[2], invocation->in, &buffer, &value);
    if (status == DALV_OK && invocation_has(invocation, "if-absent"))
        status = dalv_transaction_add(transaction, key, value, &options);
    else if (status == DALV_OK)
        status = dalv_transaction_put(transaction, key, value, &options);
    buffer_deinit(&buffer);
    return status;
}

static int run_put(struct invocation *invocation)
{
    return build_and_commit(invocation, build_put);
}

static enum dalv_status build_del(struct invocation *invocation,
                                  struct dalv_transaction *transaction)
{
    return dalv_transaction_del(transaction,
                                dalv_text(invocation->operands[1]));
}

static int run_del(struct invocation *invocation)
{
    return build_and_commit(invocation, build_del);
}

static enum dalv_status build_incr(struct invocation *invocation,
                                   struct dalv_transaction *transaction)
{
    int64_t step = 1;

    if (invocation->operand_count > 2 &&
        !decimal_read_signed(bytes_from_text(invocation->operands[2]), &step))
        return DALV_INVALID;
    return dalv_transaction_increment(transaction,
                                      dalv_text(invocation->operands[1]), step);
}

static int run_incr(struct invocation *invocation)
{
    return build_and_commit(invocation, build_incr);
}

static enum dalv_status build_list_add(struct invocation *invocation,
                                       struct dalv_transaction *transaction)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 3; status == DALV_OK && i < invocation->operand_count; i++)
        status = dalv_transaction_list_add(transaction,
                                           dalv_text(invocation->operands[2]),
                                           dalv_text(invocation->operands[i]));
    return status;
}

static int list_remove(struct invocation *invocation)
{
    struct dalv_device *device = NULL;
    enum dalv_status status;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code != EXIT_DONE)
        return code;
    status = dalv_device_list_remove(device, dalv_text(invocation->operands[2]),
                                     dalv_text(invocation->operands[3]));
    if (status != DALV_OK)
        code = store_access_fail(invocation, device, status);
    else if (invocation->is_json)
        value_json_print(json_pack("{s:b}", "removed", 1), invocation->out);
    dalv_device_close(&device);
    return code;
}

static int run_list(struct invocation *invocation)
{
    const char *verb = invocation->operands[1];
    size_t count = invocation->operand_count;

    if (strcmp(verb, "add") == 0 && count > 3)
        return build_and_commit(invocation, build_list_add);
    if (strcmp(verb, "remove") == 0 && count == 4)
        return list_remove(invocation);
    if (strcmp(verb, "get") == 0 && count == 3)
        return show_value(invocation, invocation->operands[2]);
    return invocation_usage(invocation, "a list takes add KEY ELEMENT..., "
                                        "remove KEY ELEMENT or get KEY");
}

static bool show_key(void *owner, struct dalv_bytes key,
                     const struct dalv_value *value)
{
    const struct invocation *invocation = owner;

    if (invocation->is_json)
        value_json_print(value_json_make(key, value, 0), invocation->out);
    else
        print_key_value(key, value, invocation->out);
    return ferror(invocation->out) == 0;
}

static int run_scan(struct invocation *invocation)
{
    const char *prefix = invocation_option(invocation, "prefix");
    struct dalv_device *device = NULL;
    enum dalv_status status;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code != EXIT_DONE)
        return code;
    status = dalv_device_scan(device, dalv_text(prefix == NULL ? "" : prefix),
                              show_key, invocation);
    if (status != DALV_OK)
        code = store_access_fail(invocation, device, status);
    dalv_device_close(&device);
    return code;
}

static const struct command_option open_options[] = {
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

static const struct command_option put_options[] = {
    {.name = "ttl",
     .value = "DURATION",
     .help = "Let the value expire, by the cluster's clock"},
    {.name = "if-absent", .help = "Only if the key is absent"},
};

static const struct command_option scan_options[] = {
    {.name = "prefix",
     .letter = 'p',
     .value = "PREFIX",
     .help = "Only keys that begin so"},
};

static const struct command commands[] = {
    {.name = "device open",
     .operands = "DIR",
     .summary = "Make a replica in a folder, or give it a new token",
     .details =
         "Nothing is read from the cluster yet: see dalv-device-sync(1).",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(open_options),
     .run = run_open},
    {.name = "device get",
     .operands = "DIR KEY",
     .summary = "Show what is under a key of the replica",
     .operand_min = 2,
     .operand_max = 2,
     .run = run_get},
    {.name = "device put",
     .operands = "DIR KEY VALUE",
     .summary = "Make the key a register with this value, locally",
     .details = "A VALUE of - reads it from standard input. It is durable here "
                "when the command ends, and reaches the cluster with the next "
                "sync.",
     .operand_min = 3,
     .operand_max = 3,
     COMMAND_OPTIONS(put_options),
     .run = run_put},
    {.name = "device del",
     .operands = "DIR KEY",
     .summary = "Delete a key, locally",
     .operand_min = 2,
     .operand_max = 2,
     .run = run_del},
    {.name = "device incr",
     .operands = "DIR KEY [N]",
     .summary = "Add N, or 1, to a counter, locally",
     .operand_min = 2,
     .operand_max = 3,
     .run = run_incr},
    {.name = "device list",
     .operands = "DIR add|get|remove KEY [ELEMENT...]",
     .summary = "Add to a list, show it, or remove from it, locally",
     .details = "remove takes every element equal to ELEMENT that this replica "
                "has; an equal one that somebody else adds meanwhile stays.",
     .operand_min = 3,
     .operand_max = BOUNDS_TRANSACTION_OPERATIONS_MAX + 3,
     .run = run_list},
    {.name = "device scan",
     .operands = "DIR",
     .summary = "Show the replica's keys with their values, in order",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(scan_options),
     .run = run_scan},
    {.name = "device sync",
     .operands = "DIR",
     .summary = "Bring the replica and the cluster together",
     .details = "May be interrupted at any time and loses nothing. A conflict "
                "is a change of this device that met a change by another; "
                "without --on-conflict it stays for later, and it ends with "
                "3.\n\n"
                "A COMMAND is called by the shell for each conflict, with one "
                "JSON document {\"key\", \"base\", \"mine\", \"theirs\"} on "
                "its standard input. It prints \"mine\", \"theirs\" or "
                "\"later\", or {\"value\": V} for a value of its own.",
     .operand_min = 1,
     .operand_max = 1,
     .options = device_sync_command_options,
     .option_count = DEVICE_SYNC_COMMAND_OPTION_COUNT,
     .run = device_sync_command_run},
    {.name = "device status",
     .operands = "DIR",
     .summary = "Show where the replica stands",
     .operand_min = 1,
     .operand_max = 1,
     .run = device_sync_command_run_status},
    {.name = "device conflicts",
     .operands = "DIR",
     .summary = "Show conflicts, and what was refused for good",
     .details = "Conflicts that wait for a decision come first, then what lost "
                "against others, then the dead letters. --discard forgets a "
                "dead letter by its number.",
     .operand_min = 1,
     .operand_max = 1,
     .options = device_conflicts_command_options,
     .option_count = DEVICE_CONFLICTS_COMMAND_OPTION_COUNT,
     .run = device_sync_command_run_conflicts},
    {.name = "shell",
     .operands = "DIR",
     .summary = "Work with a replica interactively",
     .details = "SET KEY VALUE (also PUT, INSERT), GET KEY (OUT, SELECT), DEL "
                "KEY (REM, RM), ADD KEY VALUE, INCR KEY [N], LIST ADD KEY "
                "ELEMENT, LIST REMOVE KEY ELEMENT, LIST GET KEY, and .sync, "
                ".status, .help, .exit. Words are case-insensitive. A GET of a "
                "key that the replica lacks reads through to the "
                "cluster.\n\n"
                "Without a terminal it reads lines without a prompt; then it "
                "ends with the status of the last one that failed.",
     .operand_min = 1,
     .operand_max = 1,
     .run = shell_run},
};

const struct command_family device_commands =
    COMMAND_FAMILY("Devices", commands);
