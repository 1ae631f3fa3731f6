/*
 * log dump, verify and quarantine, config check: files of a server, looked at
 * without it.
 */
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/invocation.h"
#include "cli/record_json.h"
#include "cli/value_json.h"
#include "config/config.h"
#include "storage/files.h"
#include "storage/log_dump.h"
#include "storage/log_quarantine.h"
#include "storage/log_verify.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    LINES_BYTES_MAX = 4 << 20,
    ARENA_BYTES_MAX = 16 << 20,
    DETAIL_BYTES_MAX = 1024,
};

/* A log while it is shown. */
struct dump {
    const struct invocation *invocation;
    bool is_hex;
    size_t cut_count;
    struct arena arena;
    char *lines;
};

static void print_record(struct dump *dump, const struct record *record)
{
    FILE *out = dump->invocation->out;
    struct text text;

    text_init(&text, dump->lines, LINES_BYTES_MAX);
    if (dump->is_hex)
        log_dump_record_hex(record, &dump->arena, &text);
    else
        log_dump_record(record, &dump->arena, &text);
    (void)fputs(text_string(&text), out);
    if (text.is_cut)
        (void)fputs("\n    ... and more than can be shown: see --json\n", out);
}

static enum dalv_status show_record(void *owner, const struct record *record)
{
    struct dump *dump = owner;
    FILE *out = dump->invocation->out;

    json_t *document = NULL;

    arena_clear(&dump->arena);
    if (!dump->invocation->is_json) {
        print_record(dump, record);
    } else {
        document = record_json_make(record, &dump->arena, dump->is_hex);
        if (document == NULL)
            return DALV_NO_MEMORY;
        value_json_print(document, out);
    }
    return ferror(out) == 0 ? DALV_OK : DALV_IO;
}

static int fail_log(const struct invocation *invocation,
                    enum dalv_status status, const struct log_report *report)
{
    char detail[DETAIL_BYTES_MAX];
    struct text text;

    if (status != DALV_DAMAGED)
        return invocation_fail(invocation, status, invocation->operands[0]);
    text_init(&text, detail, sizeof(detail));
    log_report_describe(report, &text);
    return invocation_fail(invocation, status, text_string(&text));
}

static int run_dump(struct invocation *invocation)
{
    struct dump dump = {
        .invocation = invocation,
        .is_hex = invocation_has(invocation, "hex"),
        .lines = malloc(LINES_BYTES_MAX),
    };
    void *block = malloc(ARENA_BYTES_MAX);
    const struct log_verify_options options = {
        .files = files_of_system(),
        .folder = invocation->operands[0],
        .partition_count = RECORD_PARTITIONS_MAX,
        .visitor = show_record,
        .owner = &dump,
    };
    struct log_report report;
    enum dalv_status status = DALV_NO_MEMORY;

    if (dump.lines != NULL && block != NULL) {
        arena_init(&dump.arena, block, ARENA_BYTES_MAX);
        status = log_verify(&options, &report);
    }
    free(dump.lines);
    free(block);
    return status == DALV_OK ? EXIT_DONE
                             : fail_log(invocation, status, &report);
}

static int run_verify(struct invocation *invocation)
{
    const struct log_verify_options options = {
        .files = files_of_system(),
        .folder = invocation->operands[0],
        .partition_count = RECORD_PARTITIONS_MAX,
    };
    struct log_report report;
    enum dalv_status status = log_verify(&options, &report);

    if (status != DALV_OK)
        return fail_log(invocation, status, &report);
    if (invocation->is_json)
        value_json_print(json_pack("{s:b, s:I, s:I, s:I}", "whole", 1,
                                   "batches", (json_int_t)report.batch_count,
                                   "records", (json_int_t)report.record_count,
                                   "last_sequence",
                                   (json_int_t)report.last_sequence),
                         invocation->out);
    else
        (void)fprintf(invocation->out,
                      "The log is whole: %" PRIu64 " records in %" PRIu64
                      " batches\n",
                      report.record_count, report.batch_count);
    return EXIT_DONE;
}

/* Borrowed for ever. */
static const char *state_text(const struct log_cut *cut,
                              enum dalv_status status)
{
    if (status != DALV_OK)
        return "damaged";
    return cut->state == LOG_CUT_UNSETTLED ? "unsettled" : "never acknowledged";
}

static enum dalv_status show_cut(void *owner, const struct log_cut *cut,
                                 enum dalv_status status)
{
    struct dump *dump = owner;
    FILE *out = dump->invocation->out;

    dump->cut_count++;
    if (dump->invocation->is_json)
        value_json_print(
            json_pack("{s:i, s:i, s:s, s:b, s:i, s:I, s:I, s:I}", "cut",
                      (int)cut->number, "partition", (int)cut->partition,
                      "state", state_text(cut, status), "partial",
                      cut->is_partial ? 1 : 0, "entries", (int)cut->entry_count,
                      "behind_index", (json_int_t)cut->kept.index, "last_index",
                      (json_int_t)cut->last.index, "epoch",
                      (json_int_t)cut->epoch),
            out);
    else if (status != DALV_OK)
        (void)fprintf(out, "cut %u, partition %u: damaged\n", cut->number,
                      cut->partition);
    else
        (void)fprintf(out,
                      "cut %u, partition %u: %u entries behind %" PRIu64
                      ", by the master of epoch %" PRIu64 ": %s%s\n",
                      cut->number, cut->partition, cut->entry_count,
                      cut->kept.index, cut->epoch, state_text(cut, status),
                      cut->is_partial ? " (in part)" : "");
    return ferror(out) == 0 ? DALV_OK : DALV_IO;
}

static enum dalv_status look_at_quarantine(struct dump *dump, void *block)
{
    const struct invocation *invocation = dump->invocation;
    const struct log_quarantine_visit visit = {
        .files = files_of_system(),
        .folder = invocation->operands[0],
        .on_cut = show_cut,
        .on_entry = invocation_has(invocation, "entries") ? show_record : NULL,
        .owner = dump,
    };

    if (dump->lines == NULL || block == NULL)
        return DALV_NO_MEMORY;
    arena_init(&dump->arena, block, ARENA_BYTES_MAX);
    return log_quarantine_look(&visit);
}

static int run_quarantine(struct invocation *invocation)
{
    struct dump dump = {
        .invocation = invocation,
        .lines = malloc(LINES_BYTES_MAX),
    };
    void *block = malloc(ARENA_BYTES_MAX);
    enum dalv_status status = look_at_quarantine(&dump, block);

    free(dump.lines);
    free(block);
    if (status != DALV_OK)
        return invocation_fail(invocation, status, invocation->operands[0]);
    if (dump.cut_count == 0 && !invocation->is_json)
        (void)fprintf(invocation->out, "Nothing was cut from this log\n");
    return EXIT_DONE;
}

static int run_check(struct invocation *invocation)
{
    const char *path = invocation->operands[0];
    struct config *config = malloc(sizeof(*config));
    struct config_error error = {0};
    char detail[DETAIL_BYTES_MAX];
    enum dalv_status status = DALV_NO_MEMORY;

    if (config != NULL)
        status = config_load(path, config, &error);
    free(config);
    if (status != DALV_OK) {
        (void)snprintf(detail, sizeof(detail), "%s:%zu:%zu: %s", path,
                       error.line, error.column, error.text);
        return invocation_fail(invocation, status, detail);
    }
    if (invocation->is_json)
        value_json_print(json_pack("{s:b}", "good", 1), invocation->out);
    else
        (void)fprintf(invocation->out, "%s is good\n", path);
    return EXIT_DONE;
}

static const struct command_option dump_options[] = {
    {.name = "hex", .help = "Show effects as the bytes that stand in the log"},
};

static const struct command_option quarantine_options[] = {
    {.name = "entries", .help = "Show every entry of each cut"},
};

static const struct command commands[] = {
    {.name = "log dump",
     .operands = "DIR",
     .summary = "Show every record of a log, in the order of the file",
     .details = "DIR is the folder of the log's segments. A log in use may "
                "seem torn at its end.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(dump_options),
     .run = run_dump},
    {.name = "log verify",
     .operands = "DIR",
     .summary = "Check every byte of a log",
     .details = "Ends with 6 if a byte is damaged, and says where. Nothing is "
                "written and nothing is locked; a log in use may seem torn at "
                "its end.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_verify},
    {.name = "log quarantine",
     .operands = "DIR",
     .summary = "Show what was cut from a log because its master had another",
     .details =
         "DIR is the folder of the log's segments. A cut is unsettled as long "
         "as another node may still hold its entries and commit them; it is "
         "never acknowledged once others stand in their place. Nothing of it "
         "is offered again: devices repeat from their journals, backends by "
         "request id. Ends with 6 if a file is damaged.",
     .operand_min = 1,
     .operand_max = 1,
     COMMAND_OPTIONS(quarantine_options),
     .run = run_quarantine},
    {.name = "config check",
     .operands = "FILE",
     .summary = "Check a server's configuration",
     .details = "Says file, line and column of what is wrong.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_check},
};

const struct command_family file_commands =
    COMMAND_FAMILY("Files of a server", commands);
