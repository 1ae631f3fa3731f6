/*
 * keys make, keys show.
 */
#include "base/small_file.h"
#include "base/text.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/invocation.h"
#include "cli/value_json.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    LIST_BYTES = 512,
};

/* The secrets of a server's ports, and the first key of each list. */
static const char *const port_names[] = {"devices.key", "backends.key",
                                         "nodes.key"};

static bool path_in(const char *folder, const char *name, char path[PATH_MAX])
{
    int size = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    return size > 0 && size < PATH_MAX;
}

static int make_key(const struct invocation *invocation, const char *name,
                    char out_public[DALV_KEY_TEXT_BYTES])
{
    char path[PATH_MAX];
    enum dalv_status status = DALV_TOO_BIG;

    if (path_in(invocation->operands[0], name, path))
        status = dalv_key_make(path, out_public);
    if (status == DALV_OCCUPIED)
        return invocation_usage(invocation,
                                "%s is there already: keys are never "
                                "overwritten, choose another folder",
                                path);
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail_file(invocation, status, path);
}

/* A list that lets one key in; more lines let more in. */
static int make_list(const struct invocation *invocation, const char *name,
                     const char *remark, const char *key)
{
    char path[PATH_MAX];
    char storage[LIST_BYTES];
    struct text text;
    enum dalv_status status = DALV_TOO_BIG;

    text_init(&text, storage, sizeof(storage));
    text_put(&text, remark);
    text_put(&text, "dalv-curve-public-1 ");
    text_put(&text, key);
    text_put(&text, "\n");
    if (path_in(invocation->operands[0], name, path))
        status = small_file_replace(path, SMALL_FILE_PUBLIC,
                                    bytes_from_text(text_string(&text)));
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail_file(invocation, status, path);
}

static void tell(const struct invocation *invocation,
                 char publics[3][DALV_KEY_TEXT_BYTES])
{
    if (invocation->is_json) {
        value_json_print(json_pack("{s:s, s:s, s:s, s:s}", "folder",
                                   invocation->operands[0], "devices",
                                   publics[0], "backends", publics[1], "nodes",
                                   publics[2]),
                         invocation->out);
        return;
    }
    (void)fprintf(invocation->out,
                  "The keys are in %s. For the server's configuration:\n\n"
                  "keys:\n  folder: %s\n\n"
                  "For profiles, with a copy of client.key beside each:\n\n"
                  "keys:\n  backends: \"%s\"\n  devices: \"%s\"\n"
                  "  file: client.key\n",
                  invocation->operands[0], invocation->operands[0], publics[1],
                  publics[0]);
}

static int run_make(struct invocation *invocation)
{
    char publics[3][DALV_KEY_TEXT_BYTES];
    char client[DALV_KEY_TEXT_BYTES];
    int code = EXIT_DONE;

    if (mkdir(invocation->operands[0], 0700) != 0 && errno != EEXIST)
        return invocation_fail_file(invocation, DALV_IO,
                                    invocation->operands[0]);
    for (size_t i = 0; code == EXIT_DONE && i < 3; i++)
        code = make_key(invocation, port_names[i], publics[i]);
    if (code == EXIT_DONE)
        code = make_key(invocation, "client.key", client);
    if (code == EXIT_DONE)
        code = make_list(invocation, "backends.allowed",
                         "# Backends that may connect, a line each.\n", client);
    if (code == EXIT_DONE)
        code = make_list(invocation, "nodes.allowed",
                         "# Nodes and routers that may connect, a line each.\n",
                         publics[2]);
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
                "first backend, and the lists of those who may connect; "
                "prints what configuration and profiles must say. Nothing "
                "is ever overwritten.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_make},
    {.name = "keys show",
     .operands = "FILE",
     .summary = "Print the public half of the secret key in a file",
     .details = "It goes into backends.allowed or nodes.allowed behind "
                "\"dalv-curve-public-1 \", or into a profile.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_show},
};

const struct command_family key_commands = COMMAND_FAMILY("Keys", commands);
