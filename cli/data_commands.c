/*
 * get, put, del, incr, scan: one user's keys, on the cluster.
 */
#include "base/decimal.h"
#include "cli/access.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/input.h"
#include "cli/print.h"
#include "cli/value_file.h"
#include "cli/value_json.h"
#include "cli/write_result.h"

#include <inttypes.h>

/* A backend's answers to the operands USER KEY. */
struct reading {
    const struct invocation *invocation;
    struct dalv_backend *backend;
};

static enum dalv_status read_pieces(void *owner, dalv_piece_callback *callback,
                                    void *callback_owner)
{
    const struct reading *reading = owner;

    return dalv_backend_read(
        reading->backend, dalv_text(reading->invocation->operands[0]),
        dalv_text(reading->invocation->operands[1]), callback, callback_owner);
}

static int get_file(struct invocation *invocation, const char *path)
{
    struct reading reading = {.invocation = invocation};
    const struct value_file_origin origin = {.read = read_pieces,
                                             .owner = &reading};
    enum dalv_status status;
    int code = access_open_backend(invocation, &reading.backend);

    if (code != EXIT_DONE)
        return code;
    status = value_file_get(invocation, path, &origin);
    if (status == DALV_IO)
        code = invocation_fail_file(invocation, status, path);
    else if (status != DALV_OK)
        code = invocation_fail(invocation, status,
                               dalv_backend_error(reading.backend));
    dalv_backend_close(&reading.backend);
    return code;
}

static int run_get(struct invocation *invocation)
{
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    const char *path = invocation_option(invocation, "output");
    struct dalv_backend *backend = NULL;
    struct dalv_value *value = NULL;
    enum dalv_status status;
    int code;

    if (path != NULL)
        return get_file(invocation, path);
    code = access_open_backend(invocation, &backend);
    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_get(backend, dalv_text(invocation->operands[0]), key,
                              &value);
    if (status != DALV_OK)
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    else if (invocation->is_json)
        value_json_print(value_json_make(key, value, 0), invocation->out);
    else if (invocation_has(invocation, "raw"))
        print_raw(value, invocation->out);
    else
        print_value(value, invocation->out);
    dalv_value_destroy(&value);
    dalv_backend_close(&backend);
    return code;
}

/* Options of a put, and whether it is one that must find the key absent. */
static bool read_put_options(struct invocation *invocation,
                             struct dalv_put_options *out_options,
                             uint64_t *out_revision)
{
    uint64_t flags = 0;

    if (!invocation_duration(invocation, "ttl", &out_options->ttl_ms) ||
        !invocation_number(invocation, "flags", UINT32_MAX, &flags) ||
        !invocation_number(invocation, "if-revision", INT64_MAX, out_revision))
        return false;
    out_options->flags = (uint32_t)flags;
    if (invocation_has(invocation, "if-absent") &&
        invocation_has(invocation, "if-revision")) {
        (void)invocation_usage(
            invocation, "--if-absent and --if-revision exclude each other");
        return false;
    }
    return true;
}

/* What is put: bytes, or what was uploaded. */
struct content {
    struct dalv_bytes value;
    const struct dalv_upload *upload; /* NULL: the bytes. */
};

static enum dalv_status build_uploaded(const struct invocation *invocation,
                                       const struct dalv_upload *upload,
                                       const struct dalv_put_options *options,
                                       struct dalv_transaction *transaction)
{
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    enum dalv_status status = DALV_OK;

    if (invocation_has(invocation, "if-absent"))
        status = dalv_transaction_if_absent(transaction, key);
    return status == DALV_OK
               ? dalv_transaction_put_upload(transaction, key, upload, options)
               : status;
}

static enum dalv_status build_put(struct invocation *invocation,
                                  const struct content *content,
                                  const struct dalv_put_options *options,
                                  uint64_t revision,
                                  struct dalv_transaction *transaction)
{
    struct dalv_bytes key = dalv_text(invocation->operands[1]);
    enum dalv_status status = DALV_OK;

    if (invocation_has(invocation, "if-revision"))
        status = dalv_transaction_if_revision(transaction, key, revision);
    if (status != DALV_OK)
        return status;
    if (content->upload != NULL)
        return build_uploaded(invocation, content->upload, options,
                              transaction);
    return invocation_has(invocation, "if-absent")
               ? dalv_transaction_add(transaction, key, content->value, options)
               : dalv_transaction_put(transaction, key, content->value,
                                      options);
}

static int put(struct invocation *invocation, const struct content *content)
{
    struct dalv_put_options options = {0};
    struct dalv_transaction *transaction = NULL;
    uint64_t revision = 0;
    enum dalv_status status;

    if (!read_put_options(invocation, &options, &revision))
        return EXIT_USAGE;
    status = dalv_transaction_create(&transaction);
    if (status == DALV_OK)
        status =
            build_put(invocation, content, &options, revision, transaction);
    if (status == DALV_OK)
        return write_result_update(invocation, &transaction);
    dalv_transaction_destroy(&transaction);
    return invocation_fail_write(invocation, status, NULL);
}

/* The options are looked at before much is sent in vain. */
static int upload(struct invocation *invocation, struct value_file *file,
                  struct dalv_upload *uploaded)
{
    const struct dalv_source source = {.read = value_file_read, .owner = file};
    struct dalv_put_options options = {0};
    struct dalv_backend *backend = NULL;
    uint64_t revision = 0;
    enum dalv_status status;
    int code;

    if (!read_put_options(invocation, &options, &revision))
        return EXIT_USAGE;
    code = access_open_backend(invocation, &backend);
    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_upload(backend, dalv_text(invocation->operands[0]),
                                 dalv_text(invocation->operands[1]), &source,
                                 uploaded);
    if (status != DALV_OK)
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    dalv_backend_close(&backend);
    return code;
}

/* What was sent in vain is not to count in the user's quota. */
static void drop(struct invocation *invocation,
                 const struct dalv_upload *uploaded)
{
    struct dalv_backend *backend = NULL;

    if (access_open_backend(invocation, &backend) != EXIT_DONE)
        return;
    /* If it does not go now, it goes after a day. */
    (void)dalv_backend_drop_upload(backend, dalv_text(invocation->operands[0]),
                                   dalv_text(invocation->operands[1]),
                                   uploaded);
    dalv_backend_close(&backend);
}

static int put_file(struct invocation *invocation, const char *path)
{
    struct dalv_upload uploaded = {.number = 0};
    struct content content = {.upload = NULL};
    struct value_file file;
    int code = value_file_open(&file, invocation, path);

    if (code != EXIT_DONE)
        return code;
    if (value_file_is_large(&file)) {
        code = upload(invocation, &file, &uploaded);
        content.upload = &uploaded;
    } else {
        content.value = dalv_bytes(file.head.data, file.head.size);
    }
    if (code == EXIT_DONE)
        code = put(invocation, &content);
    if (code == EXIT_CONFLICT && content.upload != NULL)
        drop(invocation, &uploaded);
    value_file_close(&file);
    return code;
}

static int run_put(struct invocation *invocation)
{
    const char *path = invocation_option(invocation, "file");
    struct buffer buffer;
    struct content content = {.upload = NULL};
    enum dalv_status status;
    int code;

    if ((path != NULL) == (invocation->operand_count == 3))
        return invocation_usage(invocation, "say VALUE or --file");
    if (path != NULL)
        return put_file(invocation, path);
    buffer_init(&buffer);
    status = input_value(invocation->operands[2], invocation->in, &buffer,
                         &content.value);
    if (status == DALV_OK)
        code = put(invocation, &content);
    else
        code = invocation_fail(invocation, status,
                               "the value from standard input");
    buffer_deinit(&buffer);
    return code;
}

static int run_del(struct invocation *invocation)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_del(transaction,
                                      dalv_text(invocation->operands[1]));
    if (status == DALV_OK)
        return write_result_update(invocation, &transaction);
    dalv_transaction_destroy(&transaction);
    return invocation_fail_write(invocation, status, NULL);
}

static bool parse_step(struct invocation *invocation, int64_t *out_number)
{
    if (invocation->operand_count < 3 ||
        decimal_read_signed(bytes_from_text(invocation->operands[2]),
                            out_number))
        return true;
    (void)invocation_usage(invocation, "N is a whole number, not \"%s\"",
                           invocation->operands[2]);
    return false;
}

static int run_incr(struct invocation *invocation)
{
    struct dalv_backend *backend = NULL;
    int64_t step = 1;
    int64_t number = 0;
    enum dalv_status status;
    int code = EXIT_USAGE;

    if (!parse_step(invocation, &step))
        return code;
    code = access_open_backend(invocation, &backend);
    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_increment(backend, dalv_text(invocation->operands[0]),
                                    dalv_text(invocation->operands[1]), step,
                                    &number);
    if (status != DALV_OK)
        code = invocation_fail_write(invocation, status,
                                     dalv_backend_error(backend));
    else if (invocation->is_json)
        value_json_print(json_pack("{s:I}", "number", (json_int_t)number),
                         invocation->out);
    else
        (void)fprintf(invocation->out, "%" PRId64 "\n", number);
    dalv_backend_close(&backend);
    return code;
}

struct listing {
    const struct invocation *invocation;
    bool is_keys_only;
    uint64_t left;
};

static bool show_key(void *owner, struct dalv_bytes key,
                     const struct dalv_value *value)
{
    struct listing *listing = owner;
    FILE *out = listing->invocation->out;

    if (listing->invocation->is_json) {
        value_json_print(value_json_make(key, value, 0), out);
    } else if (listing->is_keys_only) {
        print_bytes(key, out);
        (void)fputc('\n', out);
    } else {
        print_key_value(key, value, out);
    }
    return --listing->left > 0;
}

/* Everything is shown as of one moment; the first few need no more than the
   pages that they are in. */
static enum dalv_status scan(struct dalv_backend *backend,
                             struct listing *listing, const char *prefix)
{
    const struct dalv_range range = {
        .user = dalv_text(listing->invocation->operands[0]),
        .prefix = dalv_text(prefix == NULL ? "" : prefix),
    };

    if (invocation_has(listing->invocation, "limit") ||
        invocation_has(listing->invocation, "max-staleness"))
        return dalv_backend_scan(backend, range.user, range.prefix, show_key,
                                 listing);
    return dalv_backend_export(backend, &range, show_key, listing, NULL);
}

static int run_scan(struct invocation *invocation)
{
    struct listing listing = {
        .invocation = invocation,
        .is_keys_only = invocation_has(invocation, "keys"),
        .left = UINT64_MAX,
    };
    const char *prefix = invocation_option(invocation, "prefix");
    struct dalv_backend *backend = NULL;
    enum dalv_status status;
    int code;

    if (!invocation_number(invocation, "limit", INT64_MAX, &listing.left))
        return EXIT_USAGE;
    if (listing.left == 0)
        return EXIT_DONE;
    code = access_open_backend(invocation, &backend);
    if (code != EXIT_DONE)
        return code;
    status = scan(backend, &listing, prefix);
    if (status != DALV_OK)
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    dalv_backend_close(&backend);
    return code;
}

static const struct command_option get_options[] = {
    {.name = "raw", .help = "Print a register's bytes and nothing behind them"},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "Write a register's bytes to FILE, once all of them are there"},
    {.name = "max-staleness",
     .value = "DURATION",
     .help = "Let any copy answer that is at most so old: 500ms, 5s"},
};

static const struct command_option put_options[] = {
    {.name = "file",
     .letter = 'f',
     .value = "FILE",
     .help = "The value is what FILE holds, or with - standard input: 1 byte "
             "to 64 MiB"},
    {.name = "ttl",
     .value = "DURATION",
     .help = "Let the value expire, by the cluster's clock: 30s, 15m, 8h, 7d"},
    {.name = "flags",
     .value = "N",
     .help = "A number of yours that is kept with the value"},
    {.name = "if-absent", .help = "Only if the key is absent"},
    {.name = "if-revision",
     .value = "R",
     .help = "Only if the key's last revision is R, 0 for an absent key"},
};

static const struct command_option scan_options[] = {
    {.name = "prefix",
     .letter = 'p',
     .value = "PREFIX",
     .help = "Only keys that begin so"},
    {.name = "keys", .help = "Print the keys alone"},
    {.name = "limit", .value = "N", .help = "At most so many keys"},
    {.name = "max-staleness",
     .value = "DURATION",
     .help = "Let any copy answer that is at most so old: 500ms, 5s"},
};

static const struct command commands[] = {
    {.name = "get",
     .operands = "USER KEY",
     .summary = "Show what is under a key",
     .details = "A register is printed as it is, a counter as its number, a "
                "list with an element a line. On a terminal, bytes that could "
                "steer it are shown as \\xNN.",
     .operand_min = 2,
     .operand_max = 2,
     COMMAND_OPTIONS(get_options),
     .run = run_get},
    {.name = "put",
     .operands = "USER KEY [VALUE]",
     .summary = "Make the key a register with this value",
     .details = "A VALUE of - reads it from standard input, as it is, up to "
                "1 MiB; what --file names is sent in parts and seen once all "
                "of it is there. Prints the revision that it took.",
     .operand_min = 2,
     .operand_max = 3,
     COMMAND_OPTIONS(put_options),
     .run = run_put},
    {.name = "del",
     .operands = "USER KEY",
     .summary = "Delete a key, whatever its kind",
     .details = "Ends with 1 if there was nothing.",
     .operand_min = 2,
     .operand_max = 2,
     .run = run_del},
    {.name = "incr",
     .operands = "USER KEY [N]",
     .summary = "Add N, or 1, to a counter and show its number",
     .details = "N may be negative. A counter that is absent counts from 0.",
     .operand_min = 2,
     .operand_max = 3,
     .run = run_incr},
    {.name = "scan",
     .operands = "USER",
     .summary = "Show a user's keys with their values, in order",
     .details = "Shows everything as of one moment, whatever is written "
                "meanwhile. With --limit or --max-staleness keys are read page "
                "by page, and each page is of a moment of its own.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(scan_options),
     .run = run_scan},
};

const struct command_family data_commands = COMMAND_FAMILY("Data", commands);
