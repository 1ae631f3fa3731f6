/*
 * update, export, erase, and the table of what moves much at once.
 */
#include "cli/access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/import_command.h"
#include "cli/line_reader.h"
#include "cli/operation_json.h"
#include "cli/value_json.h"
#include "cli/watch_command.h"
#include "cli/write_result.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static int fail_line(const struct invocation *invocation, uint64_t line,
                     const char *reason)
{
    return invocation_usage(invocation,
                            "line %" PRIu64 " of the operations: %s; nothing "
                            "was done",
                            line, reason);
}

/* Every line that is not empty is an operation. */
static int read_operations(const struct invocation *invocation, FILE *file,
                           struct dalv_transaction *transaction)
{
    struct line_reader reader;
    struct bytes line;
    const char *reason = NULL;
    enum dalv_status status;

    line_reader_init(&reader, file);
    while ((status = line_reader_next(&reader, &line)) == DALV_OK) {
        json_t *object;

        if (line.size == 0)
            continue;
        object = json_loadb((const char *)line.data, line.size,
                            JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        status = operation_json_add(object, transaction, &reason);
        json_decref(object);
        if (status != DALV_OK)
            break;
    }
    line_reader_deinit(&reader);
    if (status == DALV_NOT_FOUND)
        return EXIT_DONE;
    return fail_line(invocation, reader.number,
                     reason == NULL ? dalv_status_text(status) : reason);
}

static int open_and_read(const struct invocation *invocation,
                         struct dalv_transaction *transaction)
{
    const char *path = invocation_option(invocation, "file");
    FILE *file = invocation->in;
    int code;

    if (path == NULL)
        return invocation_usage(invocation, "-f names the operations");
    if (strcmp(path, "-") != 0)
        file = fopen(path, "re");
    if (file == NULL)
        return invocation_usage(invocation, "cannot read %s", path);
    code = read_operations(invocation, file, transaction);
    if (file != invocation->in)
        (void)fclose(file);
    return code;
}

static int run_update(struct invocation *invocation)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);
    int code;

    if (status != DALV_OK)
        return invocation_fail(invocation, status, NULL);
    code = open_and_read(invocation, transaction);
    if (code == EXIT_DONE && dalv_transaction_count(transaction) == 0)
        code = invocation_usage(invocation, "there is no operation in it");
    if (code == EXIT_DONE)
        return write_result_update(invocation, &transaction);
    dalv_transaction_destroy(&transaction);
    return code;
}

struct exporting {
    const struct invocation *invocation;
    struct dalv_backend *backend;
    enum dalv_status status; /* Of reading a large value. */
    FILE *out;
    bool has_failed;
    size_t count;
    struct dalv_position position;
};

static bool export_whole(struct exporting *exporting, struct dalv_bytes key,
                         const struct dalv_value *value)
{
    json_t *object = value_json_make(key, value, VALUE_JSON_PORTABLE);

    if (object == NULL ||
        !value_json_set_bytes(object, "user",
                              dalv_text(exporting->invocation->operands[0]))) {
        exporting->has_failed = true;
        json_decref(object);
        return false;
    }
    value_json_print(object, exporting->out);
    exporting->count++;
    exporting->has_failed = ferror(exporting->out) != 0;
    return !exporting->has_failed;
}

/* It must be what was there at the moment of the export. */
static enum dalv_status read_large(struct exporting *exporting,
                                   struct dalv_bytes key, uint64_t revision,
                                   struct dalv_value **out_value)
{
    enum dalv_status status = dalv_backend_get(
        exporting->backend, dalv_text(exporting->invocation->operands[0]), key,
        out_value);

    if (status == DALV_NOT_FOUND ||
        (status == DALV_OK && dalv_value_revision(*out_value) != revision))
        return DALV_BUSY;
    return status;
}

static bool export_large(struct exporting *exporting, struct dalv_bytes key,
                         uint64_t revision)
{
    struct dalv_value *whole = NULL;
    bool is_exported = false;

    exporting->status = read_large(exporting, key, revision, &whole);
    if (exporting->status == DALV_OK)
        is_exported = export_whole(exporting, key, whole);
    dalv_value_destroy(&whole);
    return is_exported;
}

static bool export_key(void *owner, struct dalv_bytes key,
                       const struct dalv_value *value)
{
    struct exporting *exporting = owner;

    if (!dalv_value_is_whole(value))
        return export_large(exporting, key, dalv_value_revision(value));
    return export_whole(exporting, key, value);
}

static int export_all(struct invocation *invocation,
                      struct exporting *exporting)
{
    const struct dalv_range range = {
        .user = dalv_text(invocation->operands[0]),
    };
    struct dalv_backend *backend = NULL;
    enum dalv_status status;
    int code = access_open_backend(invocation, &backend);

    if (code != EXIT_DONE)
        return code;
    exporting->backend = backend;
    status = dalv_backend_export(backend, &range, export_key, exporting,
                                 &exporting->position);
    if (status == DALV_OK)
        status = exporting->status;
    if (status == DALV_BUSY)
        code = invocation_fail(invocation, status,
                               "a large value changed while it was read: "
                               "export again");
    else if (status != DALV_OK)
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    dalv_backend_close(&backend);
    return code;
}

/* Of what it is: not among the lines, which import reads. */
static void tell_position(const struct invocation *invocation,
                          const struct exporting *exporting)
{
    FILE *file =
        exporting->out == invocation->out ? invocation->err : invocation->out;

    if (invocation->is_json)
        value_json_print(json_pack("{s:I, s:I}", "keys",
                                   (json_int_t)exporting->count, "revision",
                                   (json_int_t)exporting->position.revision),
                         file);
    else
        (void)fprintf(file, "%zu keys as of revision %" PRIu64 "\n",
                      exporting->count, exporting->position.revision);
}

static int run_export(struct invocation *invocation)
{
    const char *path = invocation_option(invocation, "output");
    struct exporting exporting = {.invocation = invocation,
                                  .out = invocation->out};
    int code;

    if (path != NULL)
        exporting.out = fopen(path, "we");
    if (exporting.out == NULL)
        return invocation_fail(invocation, DALV_IO, path);
    code = export_all(invocation, &exporting);
    if (path != NULL && fclose(exporting.out) != 0)
        exporting.has_failed = true;
    if (code == EXIT_DONE && exporting.has_failed)
        code =
            invocation_fail(invocation, DALV_IO, "the export is not complete");
    if (code == EXIT_DONE)
        tell_position(invocation, &exporting);
    return code;
}

static bool is_confirmed(const struct invocation *invocation)
{
    char answer[8] = "";

    if (invocation_has(invocation, "yes"))
        return true;
    if (isatty(fileno(invocation->in)) != 1)
        return false;
    (void)fprintf(invocation->err,
                  "Erase everything of the user %s, for ever? [y/N] ",
                  invocation->operands[0]);
    return fgets(answer, sizeof(answer), invocation->in) != NULL &&
           (answer[0] == 'y' || answer[0] == 'Y');
}

static int run_erase(struct invocation *invocation)
{
    struct dalv_backend *backend = NULL;
    enum dalv_status status;
    int code;

    if (!is_confirmed(invocation))
        return invocation_usage(invocation, "nothing was erased: say --yes");
    code = access_open_backend(invocation, &backend);
    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_erase(backend, dalv_text(invocation->operands[0]));
    if (status != DALV_OK)
        code = invocation_fail_write(invocation, status,
                                     dalv_backend_error(backend));
    else if (invocation->is_json)
        value_json_print(
            json_pack("{s:b, s:i}", "erased", 1, "hours_in_log_max", 24),
            invocation->out);
    else
        (void)fprintf(invocation->out,
                      "Erased. Devices forget it when they next sync, the "
                      "server's log within 24 hours\n");
    dalv_backend_close(&backend);
    return code;
}

static const struct command_option update_options[] = {
    {.name = "file",
     .letter = 'f',
     .value = "FILE",
     .help = "The operations, one JSON object a line; - for standard input"},
};

static const struct command_option export_options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "Write there instead of to standard output"},
};

static const struct command_option erase_options[] = {
    {.name = "yes", .help = "Do not ask"},
};

static const struct command commands[] = {
    {.name = "update",
     .operands = "USER",
     .summary = "Apply operations to a user's data, all of them or none",
     .details =
         "Each line of the file is one operation: {\"op\": \"put\", \"key\": "
         "K, \"value\": V, \"flags\": N, \"ttl\": \"30s\"}; \"add\" with "
         "the same members puts only if the key is absent; \"del\" with "
         "\"key\"; \"incr\" with \"number\"; \"list_add\" with "
         "\"element\"; \"list_remove\" with \"ids\", a list of [DEVICE, "
         "LOCAL_ID, POSITION].\n\n"
         "\"if_absent\" with \"key\", and \"if_revision\" with \"key\" and "
         "\"revision\", must hold, or nothing is done and it ends with "
         "3.\n\n"
         "Bytes that are no text stand in \"value_base64\", \"key_base64\", "
         "\"element_base64\".",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(update_options),
     .run = run_update},
    {.name = "watch",
     .operands = "",
     .summary = "Follow what is committed, as it happens",
     .details =
         "Shows each change as USER REVISION KEY = VALUE; of a list what "
         "changed in it. Events come at least once, in order for each user; "
         "lost connections are taken up again. With --json each event has a "
         "cursor, with which --from goes on behind it.",
     .operand_min = 0,
     .operand_max = 0,
     .options = watch_command_options,
     .option_count = WATCH_COMMAND_OPTION_COUNT,
     .run = watch_command_run},
    {.name = "import",
     .operands = "FILE",
     .summary = "Bring in many records from JSON Lines or CSV",
     .details =
         "JSON Lines are what 'dalv export' writes: {\"user\": U, \"key\": K, "
         "\"kind\": \"register\", \"value\": V}, with \"elements\" for a "
         "list and \"number\" for a counter. Each line takes the place of "
         "what is under its key.\n\n"
         "With --key-template the file is CSV: the first record names the "
         "columns, and each further one becomes a JSON object under the key "
         "that the template makes of it. Fields may be quoted; a byte order "
         "mark and either line end will do.\n\n"
         "Lines that cannot be used are counted by reason, with the first "
         "line's number, and with --rejects each is written down; then it "
         "ends with 3. FILE.dalv-import keeps how far it has come: after an "
         "interruption the same command goes on from there, and what was sent "
         "twice takes effect once.",
     .operand_min = 1,
     .operand_max = 1,
     .options = import_command_options,
     .option_count = IMPORT_COMMAND_OPTION_COUNT,
     .run = import_command_run},
    {.name = "export",
     .operands = "USER",
     .summary = "Write everything of a user as JSON Lines",
     .details = "'dalv import' reads it again, on any cluster. Each line holds "
                "a key; bytes that are no text stand in a member that ends in "
                "_base64. All of it is as of one revision, which is named on "
                "standard error, or with --output on standard output.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(export_options),
     .run = run_export},
    {.name = "erase",
     .operands = "USER",
     .summary = "Remove everything of a user, for ever",
     .details = "The user's devices empty themselves when they next sync.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(erase_options),
     .run = run_erase},
};

const struct command_family transfer_commands =
    COMMAND_FAMILY("Much at once", commands);
