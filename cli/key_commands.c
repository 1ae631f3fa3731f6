/*
 * keys make, keys show.
 */
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/invocation.h"
#include "cli/key_folder.h"
#include "cli/value_json.h"

#include <stdio.h>
#include <string.h>

/* The secrets of a server's ports, and the first key of each list. */
static const char *const port_names[] = {"devices.key", "backends.key",
                                         "nodes.key", "admin.key"};

enum {
    PORTS = sizeof(port_names) / sizeof(port_names[0]),
};

static void tell(const struct invocation *invocation,
                 char publics[PORTS][DALV_KEY_TEXT_BYTES])
{
    if (invocation->is_json) {
        value_json_print(json_pack("{s:s, s:s, s:s, s:s, s:s}", "folder",
                                   invocation->operands[0], "devices",
                                   publics[0], "backends", publics[1], "nodes",
                                   publics[2], "admin", publics[3]),
                         invocation->out);
        return;
    }
    (void)fprintf(invocation->out,
                  "The keys are in %s. For the server's configuration:\n\n"
                  "keys:\n  folder: %s\n\n"
                  "For profiles, with a copy of client.key beside each:\n\n"
                  "keys:\n  backends: \"%s\"\n  devices: \"%s\"\n"
                  "  file: client.key\n\n"
                  "For operators' profiles, with a copy of operator.key:\n\n"
                  "keys:\n  admin: \"%s\"\n  admin_file: operator.key\n",
                  invocation->operands[0], invocation->operands[0], publics[1],
                  publics[0], publics[3]);
}

/* A list that lets one key in; more lines let more in. */
static int make_list(const struct invocation *invocation, const char *name,
                     const char *remark, const char key[DALV_KEY_TEXT_BYTES])
{
    char keys[1][DALV_KEY_TEXT_BYTES];
    const struct key_list list = {.remark = remark, .keys = keys, .count = 1};

    memcpy(keys[0], key, DALV_KEY_TEXT_BYTES);
    return key_folder_put_list(invocation, invocation->operands[0], name,
                               &list);
}

static int run_make(struct invocation *invocation)
{
    const char *folder = invocation->operands[0];
    char publics[PORTS][DALV_KEY_TEXT_BYTES];
    char client[DALV_KEY_TEXT_BYTES];
    char operator_key[DALV_KEY_TEXT_BYTES];
    int code = key_folder_make(invocation, folder);

    for (size_t i = 0; code == EXIT_DONE && i < PORTS; i++)
        code =
            key_folder_make_key(invocation, folder, port_names[i], publics[i]);
    if (code == EXIT_DONE)
        code = key_folder_make_key(invocation, folder, "client.key", client);
    if (code == EXIT_DONE)
        code = key_folder_make_key(invocation, folder, "operator.key",
                                   operator_key);
    if (code == EXIT_DONE)
        code = make_list(invocation, "backends.allowed",
                         "# Backends that may connect, a line each.\n", client);
    if (code == EXIT_DONE)
        code =
            make_list(invocation, "nodes.allowed",
                      "# Nodes that may connect, a line each.\n", publics[2]);
    if (code == EXIT_DONE)
        code = make_list(invocation, "routers.allowed",
                         "# Routers, which may connect and say who leads.\n",
                         publics[2]);
    if (code == EXIT_DONE)
        code = make_list(invocation, "admin.allowed",
                         "# Operators that may connect, a line each.\n",
                         operator_key);
    if (code == EXIT_DONE)
        tell(invocation, publics);
    return code;
}

static int run_show(struct invocation *invocation)
{
    const char *path = invocation->operands[0];
    char key[DALV_KEY_TEXT_BYTES];
    enum dalv_status status = dalv_key_public(path, key);

    if (status != DALV_OK)
        return invocation_fail_file(invocation, status, path);
    if (invocation->is_json)
        value_json_print(json_pack("{s:s}", "public", key), invocation->out);
    else
        (void)fprintf(invocation->out, "%s\n", key);
    return EXIT_DONE;
}

static const struct command commands[] = {
    {.name = "keys make",
     .operands = "FOLDER",
     .summary = "Make the keys of a server's encrypted connections",
     .details = "Makes FOLDER with a secret key for each port, one for the "
                "first backend and one for the first operator, and the lists "
                "of those who may connect; "
                "prints what configuration and profiles must say. Nothing "
                "is ever overwritten.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_make},
    {.name = "keys show",
     .operands = "FILE",
     .summary = "Print the public half of the secret key in a file",
     .details = "It goes into a list such as nodes.allowed behind "
                "\"dalv-curve-public-1 \", or into a profile.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_show},
};

const struct command_family key_commands = COMMAND_FAMILY("Keys", commands);
