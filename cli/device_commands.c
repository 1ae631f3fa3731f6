/*
 * device open, get, put, del, incr, list, scan, status: a replica in a folder.
 */
#include "base/bounds.h"
#include "base/decimal.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/device_open_command.h"
#include "cli/device_sync_command.h"
#include "cli/input.h"
#include "cli/print.h"
#include "cli/shell.h"
#include "cli/store_access.h"
#include "cli/value_file.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FETCH_TIMEOUT_MS = 60000, /* For a large value, which the store lacks. */
};

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
    /* What is damaged here the cluster may have. */
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

/* The value of the operands DIR KEY. */
struct reading {
    const struct invocation *invocation;
    struct dalv_device *device;
};

static enum dalv_status read_pieces(void *owner, dalv_piece_callback *callback,
                                    void *callback_owner)
{
    const struct reading *reading = owner;

    return dalv_device_read(reading->device,
                            dalv_text(reading->invocation->operands[1]),
                            callback, callback_owner);
}

static int get_file(struct invocation *invocation, const char *path)
{
    struct reading reading = {.invocation = invocation};
    const struct value_file_origin origin = {.read = read_pieces,
                                             .owner = &reading};
    enum dalv_status status;
    int code =
        store_access_open(invocation, invocation->operands[0], &reading.device);

    if (code != EXIT_DONE)
        return code;
    status = value_file_get(invocation, path, &origin);
    if (status == DALV_IO)
        code = invocation_fail_file(invocation, status, path);
    else if (status != DALV_OK)
        code = store_access_fail(invocation, reading.device, status);
    dalv_device_close(&reading.device);
    return code;
}

static int run_get(struct invocation *invocation)
{
    const char *path = invocation_option(invocation, "output");

    if (path != NULL)
        return get_file(invocation, path);
    return show_value(invocation, invocation->operands[1]);
}

/* Commit a transaction; what it is called by, for receipts. Takes it. */
static int commit_to(struct invocation *invocation, struct dalv_device *device,
                     struct dalv_transaction **transaction_p)
{
    uint64_t receipt = 0;
    enum dalv_status status =
        dalv_device_commit(device, transaction_p, &receipt);

    if (status == DALV_NOT_PERMITTED)
        return invocation_fail_file(invocation, status,
                                    "the key is the system's: only backends "
                                    "write it");
    if (status != DALV_OK)
        return store_access_fail(invocation, device, status);
    if (invocation->is_json)
        value_json_print(json_pack("{s:I}", "receipt", (json_int_t)receipt),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "local %" PRIu64 "\n", receipt);
    return EXIT_DONE;
}

static int commit(struct invocation *invocation,
                  struct dalv_transaction **transaction_p)
{
    struct dalv_device *device = NULL;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code == EXIT_DONE)
        code = commit_to(invocation, device, transaction_p);
    dalv_transaction_destroy(transaction_p);
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

static enum dalv_status put_value(struct invocation *invocation,
                                  struct dalv_bytes value,
                                  struct dalv_transaction *transaction)
{
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    struct dalv_put_options options = {0};

    if (!invocation_duration(invocation, "ttl", &options.ttl_ms))
        return DALV_INVALID;
    return invocation_has(invocation, "if-absent")
               ? dalv_transaction_add(transaction, key, value, &options)
               : dalv_transaction_put(transaction, key, value, &options);
}

static enum dalv_status build_put(struct invocation *invocation,
                                  struct dalv_transaction *transaction)
{
    struct dalv_bytes value;
    struct buffer buffer;
    enum dalv_status status;

    buffer_init(&buffer);
    status =
        input_value(invocation->operands[2], invocation->in, &buffer, &value);
    if (status == DALV_OK)
        status = put_value(invocation, value, transaction);
    buffer_deinit(&buffer);
    return status;
}

/* A large value goes into the store piece by piece. */
static enum dalv_status put_large(struct invocation *invocation,
                                  struct dalv_device *device,
                                  struct value_file *file,
                                  struct dalv_transaction *transaction)
{
    const struct dalv_source source = {.read = value_file_read, .owner = file};
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    struct dalv_put_options options = {0};
    struct dalv_upload upload;
    enum dalv_status status;

    if (!invocation_duration(invocation, "ttl", &options.ttl_ms))
        return DALV_INVALID;
    status = dalv_device_upload(device, key, &source, &upload);
    return status == DALV_OK ? dalv_transaction_put_upload(transaction, key,
                                                           &upload, &options)
                             : status;
}

static int put_file(struct invocation *invocation, struct value_file *file)
{
    struct dalv_device *device = NULL;
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code != EXIT_DONE)
        return code;
    status = dalv_transaction_create(&transaction);
    if (status == DALV_OK && value_file_is_large(file))
        status = put_large(invocation, device, file, transaction);
    else if (status == DALV_OK)
        status =
            put_value(invocation, dalv_bytes(file->head.data, file->head.size),
                      transaction);
    code = status == DALV_OK ? commit_to(invocation, device, &transaction)
                             : store_access_fail(invocation, device, status);
    dalv_transaction_destroy(&transaction);
    dalv_device_close(&device);
    return code;
}

static int run_put_file(struct invocation *invocation, const char *path)
{
    struct value_file file;
    int code;

    if (invocation_has(invocation, "if-absent"))
        return invocation_usage(invocation, "--if-absent goes with VALUE only");
    code = value_file_open(&file, invocation, path);
    if (code != EXIT_DONE)
        return code;
    code = put_file(invocation, &file);
    value_file_close(&file);
    return code;
}

static int run_put(struct invocation *invocation)
{
    const char *path = invocation_option(invocation, "file");

    if ((path != NULL) == (invocation->operand_count == 3))
        return invocation_usage(invocation, "say VALUE or --file");
    return path != NULL ? run_put_file(invocation, path)
                        : build_and_commit(invocation, build_put);
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

static const struct command_option get_options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "Write a register's bytes into this file"},
};

static const struct command_option put_options[] = {
    {.name = "file",
     .letter = 'f',
     .value = "FILE",
     .help = "The value is what is in this file, - for standard input: up to "
             "64 MiB"},
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
     .options = device_open_command_options,
     .option_count = DEVICE_OPEN_COMMAND_OPTION_COUNT,
     .run = device_open_command_run},
    {.name = "device get",
     .operands = "DIR KEY",
     .summary = "Show what is under a key of the replica",
     .operand_min = 2,
     .operand_max = 2,
     COMMAND_OPTIONS(get_options),
     .run = run_get},
    {.name = "device put",
     .operands = "DIR KEY [VALUE]",
     .summary = "Make the key a register with this value, locally",
     .details = "A VALUE of - reads it from standard input. It is durable here "
                "when the command ends, and reaches the cluster with the next "
                "sync. Values of more than 1 MiB are put by --file.",
     .operand_min = 2,
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
