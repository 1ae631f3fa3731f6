#include "cli/shell.h"

#include "base/clock.h"
#include "base/decimal.h"
#include "cli/print.h"
#include "cli/shell_input.h"
#include "cli/shell_words.h"
#include "cli/store_access.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FETCH_TIMEOUT_MS = 2000,
    OFFLINE_MS = 5000, /* Between tries, so that work goes on meanwhile. */
    KEYS_MAX = 64
};

struct shell {
    const struct invocation *invocation;
    struct dalv_device *device;
    int code; /* Of the last line that failed; EXIT_DONE. */
    bool is_ended;
    enum dalv_status reach;  /* How the last try to share work ended. */
    uint64_t share_again_ms; /* If it failed: not before this. */
};

static const char updated[] = "Database updated";
static const char occupied[] = "Key occupied!";
static const char absent[] = "Key-Value mapping doesn't exist";

static const char help[] =
    "SET KEY VALUE          make the key this value (also PUT, INSERT)\n"
    "GET KEY                show it (also OUT, SELECT); asks the cluster for "
    "a\n"
    "                       key that is not here\n"
    "DEL KEY                delete it, everywhere (also REM, RM)\n"
    "ADD KEY VALUE          SET, only if nobody has the key\n"
    "INCR KEY [N]           add N, or 1, to a counter\n"
    "LIST ADD KEY ELEMENT   LIST REMOVE KEY ELEMENT   LIST GET KEY\n"
    "SCAN [PREFIX]          show the keys\n"
    "What is written goes to the cluster at once; without it, with a later "
    "line.\n"
    ".sync .status .help .exit\n";

static void say(const struct shell *shell, const char *text)
{
    (void)fprintf(shell->invocation->out, "%s\n", text);
}

static void fail(struct shell *shell, enum dalv_status status)
{
    shell->code = exit_code_of(status);
    (void)fprintf(shell->invocation->out, "Error: %s\n",
                  dalv_status_text(status));
}

/* Bring the replica up to the cluster; a conflict that waits is no failure. */
static enum dalv_status sync_now(struct shell *shell)
{
    const struct dalv_sync_options options = {.timeout_ms = FETCH_TIMEOUT_MS};
    enum dalv_status status = dalv_device_sync(shell->device, &options, NULL);

    return status == DALV_CONFLICT ? DALV_OK : status;
}

/*
 * What was written goes to the cluster at once, and from there to the other
 * replicas. Where it can not, it is kept here and said once.
 */
static void share(struct shell *shell)
{
    enum dalv_status before = shell->reach;

    if (before != DALV_OK && clock_boot_ms() < shell->share_again_ms)
        return;
    shell->reach = sync_now(shell);
    shell->share_again_ms = clock_boot_ms() + OFFLINE_MS;
    if (shell->reach == before)
        return;
    if (shell->reach == DALV_OK)
        (void)fprintf(shell->invocation->err,
                      "(The cluster has everything again)\n");
    else
        (void)fprintf(shell->invocation->err,
                      "(Kept here until the cluster takes it: %s)\n",
                      dalv_device_error(shell->device));
}

/* What a write that succeeded is answered with, or why it did not. */
static void conclude(struct shell *shell, enum dalv_status status)
{
    if (status == DALV_OK) {
        say(shell, updated);
        share(shell);
    } else {
        fail(shell, status);
    }
}

/* "db: key -> value", or with "global" in front and a remark behind. */
static void show(const struct shell *shell, const char *where, const char *key,
                 const struct dalv_value *value, const char *remark)
{
    FILE *out = shell->invocation->out;

    (void)fprintf(out, "%s: ", where);
    print_bytes(dalv_text(key), out);
    (void)fputs(" -> ", out);
    print_inline(value, out);
    (void)fprintf(out, "%s\n", remark);
}

static void do_set(struct shell *shell, const struct shell_line *line)
{
    conclude(shell, dalv_device_put(shell->device, dalv_text(line->key),
                                    dalv_text(line->value)));
}

/*
 * Ask the cluster. What it has may be what a DEL that waits here is to take
 * away: then it hears of that first, and is asked again.
 */
static enum dalv_status fetch(struct shell *shell, struct dalv_bytes key,
                              struct dalv_value **out_value)
{
    struct dalv_device_status here;
    struct dalv_value *found = NULL;
    enum dalv_status status =
        dalv_device_fetch(shell->device, key, FETCH_TIMEOUT_MS, &found);

    if (status == DALV_OK)
        status = dalv_device_status(shell->device, &here);
    if (status == DALV_OK && here.pending_count > 0) {
        dalv_value_destroy(&found);
        status = sync_now(shell);
        if (status == DALV_OK)
            status =
                dalv_device_fetch(shell->device, key, FETCH_TIMEOUT_MS, &found);
    }
    if (status == DALV_OK)
        *out_value = found;
    else
        dalv_value_destroy(&found);
    return status;
}

/* It is not here; `status` is what became of asking the cluster. */
static void say_absent(struct shell *shell, enum dalv_status status)
{
    shell->code = exit_code_of(status);
    if (status == DALV_NOT_FOUND)
        say(shell, absent);
    else
        (void)fprintf(shell->invocation->out, "%s here; the cluster: %s\n",
                      absent, dalv_status_text(status));
}

/* The cluster's value goes into the replica by a sync, as all others do. */
static void read_through(struct shell *shell, const char *key)
{
    struct dalv_value *value = NULL;
    enum dalv_status status = fetch(shell, dalv_text(key), &value);

    if (status != DALV_OK) {
        say_absent(shell, status);
    } else {
        show(shell, "global", key, value, "     (Updating Local)");
        status = sync_now(shell);
        if (status != DALV_OK)
            fail(shell, status);
    }
    dalv_value_destroy(&value);
}

static void do_get(struct shell *shell, const struct shell_line *line)
{
    struct dalv_value *value = NULL;
    enum dalv_status status =
        dalv_device_get(shell->device, dalv_text(line->key), &value);

    /* What is damaged here the cluster may have. */
    if (status == DALV_OK && dalv_value_is_whole(value))
        show(shell, "db", line->key, value, "");
    else if (status == DALV_OK || status == DALV_NOT_FOUND)
        read_through(shell, line->key);
    else
        fail(shell, status);
    dalv_value_destroy(&value);
}

/* Only the cluster has it, or nobody: a sync brings it here to be deleted. */
static enum dalv_status find_to_delete(struct shell *shell,
                                       struct dalv_bytes key)
{
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_get(shell->device, key, &value);

    dalv_value_destroy(&value);
    if (status != DALV_NOT_FOUND)
        return status;
    status = fetch(shell, key, &value);
    dalv_value_destroy(&value);
    return status == DALV_OK ? sync_now(shell) : status;
}

static void do_del(struct shell *shell, const struct shell_line *line)
{
    struct dalv_bytes key = dalv_text(line->key);
    enum dalv_status status = find_to_delete(shell, key);

    if (status == DALV_OK)
        conclude(shell, dalv_device_del(shell->device, key));
    else
        say_absent(shell, status);
}

/* Refused here if it is here, and refused after a look at the cluster if only
   the cluster has it. Without a cluster the sync will tell. */
static void do_add(struct shell *shell, const struct shell_line *line)
{
    struct dalv_bytes key = dalv_text(line->key);
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_get(shell->device, key, &value);

    if (status == DALV_OK) {
        shell->code = EXIT_CONFLICT;
        say(shell, occupied);
    } else if (status == DALV_NOT_FOUND &&
               fetch(shell, key, &value) == DALV_OK) {
        shell->code = EXIT_CONFLICT;
        status = sync_now(shell);
        (void)fprintf(shell->invocation->out, "%s%s\n",
                      status == DALV_OK ? "(Updated local) " : "", occupied);
    } else {
        conclude(shell,
                 dalv_device_add(shell->device, key, dalv_text(line->value)));
    }
    dalv_value_destroy(&value);
}

static void do_incr(struct shell *shell, const struct shell_line *line)
{
    int64_t step = 1;

    if (line->value != NULL &&
        !decimal_read_signed(bytes_from_text(line->value), &step))
        fail(shell, DALV_INVALID);
    else
        conclude(shell, dalv_device_increment(shell->device,
                                              dalv_text(line->key), step));
}

static void do_list_add(struct shell *shell, const struct shell_line *line)
{
    conclude(shell, dalv_device_list_add(shell->device, dalv_text(line->key),
                                         dalv_text(line->value)));
}

static void do_list_remove(struct shell *shell, const struct shell_line *line)
{
    enum dalv_status status = dalv_device_list_remove(
        shell->device, dalv_text(line->key), dalv_text(line->value));

    if (status == DALV_NOT_FOUND) {
        shell->code = EXIT_NOT_FOUND;
        say(shell, absent);
        return;
    }
    conclude(shell, status);
}

static bool show_key(void *owner, struct dalv_bytes key,
                     const struct dalv_value *value)
{
    const struct shell *shell = owner;

    print_key_value(key, value, shell->invocation->out);
    return true;
}

static void do_scan(struct shell *shell, const struct shell_line *line)
{
    enum dalv_status status = dalv_device_scan(
        shell->device, dalv_text(line->key == NULL ? "" : line->key), show_key,
        shell);

    if (status != DALV_OK)
        fail(shell, status);
}

static void do_help(struct shell *shell, const struct shell_line *line)
{
    (void)line;
    (void)fputs(help, shell->invocation->out);
}

static void do_exit(struct shell *shell, const struct shell_line *line)
{
    (void)line;
    shell->is_ended = true;
}

static void do_sync(struct shell *shell, const struct shell_line *line)
{
    struct dalv_sync_report report = {0};
    enum dalv_status status = dalv_device_sync(shell->device, NULL, &report);

    (void)line;
    if (status != DALV_OK && status != DALV_CONFLICT) {
        fail(shell, status);
        return;
    }
    (void)fprintf(shell->invocation->out,
                  "Synced: revision %" PRIu64 ", %" PRIu64 " in, %" PRIu64
                  " out\n",
                  report.revision, report.received_count, report.pushed_count);
    if (report.waiting_count > 0)
        (void)fprintf(shell->invocation->out,
                      "%" PRIu64 " conflicts wait: see 'dalv device sync "
                      "--on-conflict'\n",
                      report.waiting_count);
}

static void do_status(struct shell *shell, const struct shell_line *line)
{
    struct dalv_device_status status;

    (void)line;
    if (dalv_device_status(shell->device, &status) != DALV_OK)
        return;
    (void)fprintf(shell->invocation->out,
                  "revision %" PRIu64 ", %" PRIu64 " keys, %" PRIu64
                  " pending, %" PRIu64 " conflicts, %" PRIu64 " dead letters\n",
                  status.revision, status.key_count, status.pending_count,
                  status.conflict_count, status.dead_letter_count);
}

static const struct {
    enum shell_verb verb;
    bool needs_key;
    bool needs_value;
    void (*run)(struct shell *shell, const struct shell_line *line);
} actions[] = {
    {SHELL_SET, true, true, do_set},
    {SHELL_GET, true, false, do_get},
    {SHELL_DEL, true, false, do_del},
    {SHELL_ADD, true, true, do_add},
    {SHELL_INCR, true, false, do_incr},
    {SHELL_LIST_ADD, true, true, do_list_add},
    {SHELL_LIST_GET, true, false, do_get},
    {SHELL_LIST_REMOVE, true, true, do_list_remove},
    {SHELL_SCAN, false, false, do_scan},
    {SHELL_HELP, false, false, do_help},
    {SHELL_EXIT, false, false, do_exit},
    {SHELL_SYNC, false, false, do_sync},
    {SHELL_STATUS, false, false, do_status},
};

static void run_line(struct shell *shell, const struct shell_line *line)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (actions[i].verb != line->verb)
            continue;
        if ((actions[i].needs_key && line->key == NULL) ||
            (actions[i].needs_value && line->value == NULL))
            break;
        actions[i].run(shell, line);
        return;
    }
    if (line->verb == SHELL_NOTHING)
        return;
    shell->code = EXIT_USAGE;
    say(shell, line->verb == SHELL_UNKNOWN
                   ? "There is no such word; .help lists them"
                   : "Something is missing; .help says what");
}

/* Keys that begin as typed, while there is room for them. */
struct typed_keys {
    char **found;
    size_t count;
};

static bool keep_key(void *owner, struct dalv_bytes key,
                     const struct dalv_value *value)
{
    struct typed_keys *keys = owner;

    (void)value;
    keys->found[keys->count] = strndup(key.data, key.size);
    return keys->found[keys->count++] != NULL && keys->count < KEYS_MAX;
}

static char **find_keys(void *owner, const char *typed)
{
    struct shell *shell = owner;
    struct typed_keys keys = {.found = calloc(KEYS_MAX + 1, sizeof(char *))};

    if (keys.found != NULL && dalv_device_scan(shell->device, dalv_text(typed),
                                               keep_key, &keys) != DALV_OK)
        keys.count = 0;
    return keys.found;
}

int shell_run(struct invocation *invocation)
{
    struct shell shell = {.invocation = invocation};
    struct shell_input *input = NULL;
    char *text;
    int code =
        store_access_open(invocation, invocation->operands[0], &shell.device);

    if (code != EXIT_DONE)
        return code;
    input = shell_input_open(invocation, find_keys, &shell);
    while (input != NULL && !shell.is_ended &&
           (text = shell_input_next(input)) != NULL) {
        const struct shell_line line = shell_words_parse(text);

        run_line(&shell, &line);
        (void)fflush(invocation->out);
    }
    shell_input_close(&input);
    dalv_device_close(&shell.device);
    return shell.code;
}
