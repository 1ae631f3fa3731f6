#include "cli/import_command.h"

#include "base/clock.h"
#include "base/hash.h"
#include "cli/access.h"
#include "cli/import_report.h"
#include "cli/import_source.h"
#include "cli/import_state.h"
#include "cli/import_window.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

enum {
    SAVE_MS = 1000
};

const struct command_option import_command_options[] = {
    {.name = "user",
     .letter = 'u',
     .value = "USER",
     .help = "Whose data it is, whatever the file says"},
    {.name = "user-column",
     .value = "COLUMN",
     .help = "CSV: the column that names the user"},
    {.name = "key-template",
     .value = "TEMPLATE",
     .help = "CSV: the key, with {COLUMN} for a field: "
             "'sys/orders/{InvoiceNo}'"},
    {.name = "group",
     .help = "CSV: records in a row with the same key are one value, a JSON "
             "array"},
    {.name = "list",
     .help = "CSV: each record is an element of the list under its key"},
    {.name = "separator",
     .value = "CHARACTER",
     .help = "CSV: what stands between fields; default a comma"},
    {.name = "restart", .help = "Begin anew, whatever an earlier run has done"},
    {.name = "rejects",
     .value = "FILE",
     .help = "Write every line that was not used, with its reason, as JSON "
             "Lines"},
};

/* Set by a signal: finish what is on its way, keep the state, end. */
static volatile sig_atomic_t is_interrupted;

struct import {
    struct invocation *invocation;
    struct import_mapping mapping;
    bool is_csv;
    const char *file; /* NULL: standard input. */
    FILE *in;
    struct import_source *source;
    struct import_state state;
    struct import_window window;
    struct import_report report;
    struct dalv_backend *backend;
    uint64_t skip_line; /* What an earlier run has done. */
    uint64_t saved_ms;
};

static void on_signal(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* What contradicts itself, or NULL. */
static const char *find_fault(const struct import *import)
{
    const struct invocation *invocation = import->invocation;
    bool is_group = invocation_has(invocation, "group");
    bool is_list = invocation_has(invocation, "list");
    bool has_column = import->mapping.user_column != NULL;
    const char *separator = invocation_option(invocation, "separator");

    if (is_group && is_list)
        return "--group and --list exclude each other";
    if (separator != NULL && strlen(separator) != 1)
        return "--separator is one character";
    if (!import->is_csv && (has_column || is_group || is_list))
        return "CSV needs --key-template";
    if (import->is_csv && !has_column && !invocation_has(invocation, "user"))
        return "CSV needs --user-column or --user";
    return NULL;
}

static bool read_mapping(struct import *import)
{
    const struct invocation *invocation = import->invocation;
    struct import_mapping *mapping = &import->mapping;
    const char *separator = invocation_option(invocation, "separator");
    const char *fault;

    mapping->user_column = invocation_option(invocation, "user-column");
    mapping->key_template = invocation_option(invocation, "key-template");
    mapping->separator = ',';
    if (separator != NULL)
        mapping->separator = separator[0];
    mapping->grouping = IMPORT_EACH;
    if (invocation_has(invocation, "group"))
        mapping->grouping = IMPORT_GROUP;
    if (invocation_has(invocation, "list"))
        mapping->grouping = IMPORT_LIST;
    import->is_csv = mapping->key_template != NULL;
    fault = find_fault(import);
    if (fault != NULL)
        (void)invocation_usage(invocation, "%s", fault);
    return fault == NULL;
}

/* How the file is read: another reading is another import. */
static uint64_t mapping_hash(const struct import *import)
{
    char text[1024];
    const char *user = invocation_option(import->invocation, "user");
    int size = snprintf(
        text, sizeof(text), "%s\n%s\n%s\n%d\n%c", user == NULL ? "" : user,
        import->mapping.user_column == NULL ? "" : import->mapping.user_column,
        import->is_csv ? import->mapping.key_template : "",
        (int)import->mapping.grouping, import->mapping.separator);

    return hash64(bytes_make(
        text, size < (int)sizeof(text) ? (size_t)size : sizeof(text) - 1));
}

static int open_files(struct import *import)
{
    const struct invocation *invocation = import->invocation;
    const char *rejects = invocation_option(invocation, "rejects");
    const char *file = invocation->operands[0];
    enum dalv_status status;

    import->in = invocation->in;
    if (strcmp(file, "-") != 0) {
        import->file = file;
        import->in = fopen(file, "re");
    }
    if (import->in == NULL)
        return invocation_usage(invocation, "cannot read %s", file);
    status =
        import_state_open(&import->state, import->file, mapping_hash(import));
    if (status == DALV_OK && invocation_has(invocation, "restart"))
        status = import_state_restart(&import->state);
    if (status != DALV_OK)
        return invocation_fail(invocation, status, import->state.path);
    import->skip_line = import->state.line;
    if (rejects != NULL)
        import->report.rejects =
            fopen(rejects, import->state.line > 0 ? "ae" : "we");
    if (rejects != NULL && import->report.rejects == NULL)
        return invocation_fail(invocation, DALV_IO, rejects);
    status = import_source_open(
        import->in, import->is_csv ? &import->mapping : NULL,
        invocation_option(invocation, "user"), &import->source);
    return status == DALV_OK ? EXIT_DONE
                             : invocation_fail(invocation, status, NULL);
}

/* Lines of an earlier run are read again, for what must be remembered of them,
   and not sent. */
static void take_item(struct import *import, struct import_item *item)
{
    import->report.line = item->line_last;
    if (item->line <= import->skip_line) {
        import->report.skipped += item->record_count;
        import->window.mark = item->line_last;
    } else if (item->is_expired) {
        import->report.expired++;
        import_window_pass(&import->window, item->line_last);
    } else {
        (void)import_window_send(&import->window, item);
    }
}

static void reject_line(struct import *import)
{
    uint64_t line = import_source_line(import->source);
    uint64_t held = import_source_held_line(import->source);

    import->report.line = line;
    if (line <= import->skip_line)
        return;
    import_report_reject(&import->report, line,
                         import_source_reason(import->source));
    /* Never past what was read and not sent. */
    if (held == 0 || line < held)
        import_window_pass(&import->window, line);
}

static void save_now_and_then(struct import *import)
{
    uint64_t now_ms = clock_boot_ms();

    if (now_ms - import->saved_ms < SAVE_MS ||
        import->window.mark <= import->state.line)
        return;
    import->saved_ms = now_ms;
    import->state.line = import->window.mark;
    /* Without it the next run begins further back: no harm. */
    if (import_state_save(&import->state) != DALV_OK)
        return;
}

/* Up to the end of the file, or to what ends the import. */
static enum dalv_status read_all(struct import *import)
{
    struct import_item item;
    enum dalv_status status = DALV_OK;

    import_item_init(&item);
    while (is_interrupted == 0 && import->window.trouble == DALV_OK) {
        status = import_source_next(import->source, &item);
        if (status == DALV_OK)
            take_item(import, &item);
        else if (status == DALV_INVALID)
            reject_line(import);
        else
            break;
        save_now_and_then(import);
        import_report_progress(&import->report);
    }
    import_item_deinit(&item);
    import_window_drain(&import->window);
    return status;
}

static int conclude(struct import *import, enum dalv_status status)
{
    const struct invocation *invocation = import->invocation;
    bool is_finished =
        status == DALV_NOT_FOUND && import->window.trouble == DALV_OK;
    char detail[256];

    if (import->window.mark > import->state.line)
        import->state.line = import->window.mark;
    if (is_finished)
        import_state_remove(&import->state);
    else if (import_state_save(&import->state) != DALV_OK)
        (void)fprintf(invocation->err,
                      "dalv: import: cannot write %s: a later run begins "
                      "further back\n",
                      import->state.path);
    import_report_print(&import->report, is_finished);
    if (is_finished)
        return import->report.rejected == 0 ? EXIT_DONE : EXIT_CONFLICT;
    if (is_interrupted != 0)
        return invocation_fail(invocation, DALV_CANCELLED, "interrupted");
    if (import->window.trouble != DALV_OK) {
        (void)snprintf(detail, sizeof(detail), "line %" PRIu64 ": %s",
                       import->window.trouble_line,
                       dalv_backend_error(import->backend));
        return invocation_fail_write(invocation, import->window.trouble,
                                     detail);
    }
    return invocation_fail(invocation,
                           status == DALV_UNSUPPORTED ? DALV_INVALID : status,
                           import_source_reason(import->source));
}

static void close_all(struct import *import)
{
    import_source_close(&import->source);
    dalv_backend_close(&import->backend);
    if (import->file != NULL && import->in != NULL)
        (void)fclose(import->in);
    if (import->report.rejects != NULL)
        (void)fclose(import->report.rejects);
}

/* The import's id must outlive this process before anything is sent under it:
   otherwise what is sent again would take effect again. */
static void keep_id(const struct import *import)
{
    if (import_state_save(&import->state) != DALV_OK)
        (void)fprintf(import->invocation->err,
                      "dalv: import: cannot write %s: if it is interrupted, "
                      "it can not go on\n",
                      import->state.path);
}

int import_command_run(struct invocation *invocation)
{
    static struct import import;
    const struct sigaction interrupt = {.sa_handler = on_signal};
    int code;

    memset(&import, 0, sizeof(import));
    import.invocation = invocation;
    import.report.invocation = invocation;
    if (!read_mapping(&import))
        return EXIT_USAGE;
    code = open_files(&import);
    if (code == EXIT_DONE)
        code = access_open_backend(invocation, &import.backend);
    if (code == EXIT_DONE) {
        (void)sigaction(SIGINT, &interrupt, NULL);
        (void)sigaction(SIGTERM, &interrupt, NULL);
        keep_id(&import);
        import_window_init(&import.window, import.backend, &import.report,
                           import.state.id);
        code = conclude(&import, read_all(&import));
    }
    close_all(&import);
    return code;
}
