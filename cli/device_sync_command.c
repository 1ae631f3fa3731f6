#include "cli/device_sync_command.h"

#include "base/clock.h"
#include "cli/conflict_choice.h"
#include "cli/print.h"
#include "cli/store_access.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum {
    PROGRESS_MS = 200,
    TIME_TEXT_MAX = 32
};

const struct command_option
    device_sync_command_options[DEVICE_SYNC_COMMAND_OPTION_COUNT] = {
        {.name = "on-conflict",
         .value = "CHOICE",
         .help = "mine, theirs, merge (lists by element, JSON objects by "
                 "member), ask, or a command"},
        {.name = "live", .help = "Stay in sync until interrupted"},
        {.name = "for",
         .value = "DURATION",
         .help = "With --live: end after this time"},
};

const struct command_option
    device_conflicts_command_options[DEVICE_CONFLICTS_COMMAND_OPTION_COUNT] = {
        {.name = "discard",
         .value = "RECEIPT",
         .help = "Forget this dead letter"},
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

struct syncing {
    const struct invocation *invocation;
    bool is_watched;
    uint64_t shown_ms;
};

static bool show_progress(void *owner, const struct dalv_progress *progress)
{
    struct syncing *syncing = owner;
    uint64_t now_ms = clock_boot_ms();

    if (!syncing->is_watched || now_ms - syncing->shown_ms < PROGRESS_MS)
        return is_interrupted == 0;
    syncing->shown_ms = now_ms;
    (void)fprintf(syncing->invocation->err,
                  "\r%" PRIu64 " changes in, %" PRIu64 " to come; %" PRIu64
                  " sent, %" PRIu64 " to go ",
                  progress->received_count, progress->remaining_count,
                  progress->pushed_count, progress->pending_count);
    (void)fflush(syncing->invocation->err);
    return is_interrupted == 0;
}

static void print_report(const struct invocation *invocation,
                         const struct dalv_sync_report *report)
{
    FILE *out = invocation->out;

    if (invocation->is_json) {
        value_json_print(
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "revision",
                      (json_int_t)report->revision, "round_trips",
                      (json_int_t)report->round_trips, "received",
                      (json_int_t)report->received_count, "pushed",
                      (json_int_t)report->pushed_count, "merged",
                      (json_int_t)report->merged_count, "conflicts",
                      (json_int_t)report->conflict_count, "refused",
                      (json_int_t)report->refused_count, "waiting",
                      (json_int_t)report->waiting_count),
            out);
        return;
    }
    (void)fprintf(out,
                  "revision %" PRIu64 ": %" PRIu64 " changes in, %" PRIu64
                  " transactions out\n",
                  report->revision, report->received_count,
                  report->pushed_count);
    if (report->merged_count > 0)
        (void)fprintf(out, "%" PRIu64 " of them were merged\n",
                      report->merged_count);
    if (report->refused_count > 0)
        (void)fprintf(out,
                      "%" PRIu64 " were refused: see 'dalv device "
                      "conflicts'\n",
                      report->refused_count);
    if (report->waiting_count > 0)
        (void)fprintf(out,
                      "conflicts that wait: %" PRIu64 "; decide with "
                      "--on-conflict mine, theirs, ask, merge or a command\n",
                      report->waiting_count);
}

/* What others changed, as it comes. */
static void show_change(void *owner, struct dalv_bytes key,
                        const struct dalv_value *value)
{
    const struct invocation *invocation = owner;

    if (invocation->is_json)
        value_json_print(value_json_make(key, value, 0), invocation->out);
    else
        print_key_value(key, value, invocation->out);
    (void)fflush(invocation->out);
}

static enum dalv_status run_sync(struct invocation *invocation,
                                 struct dalv_device *device,
                                 uint64_t duration_ms,
                                 struct dalv_sync_report *report)
{
    struct syncing syncing = {.invocation = invocation,
                              .is_watched = invocation_is_watched(invocation)};
    struct conflict_choice choice;
    struct dalv_sync_options options = {
        .progress = show_progress,
        .progress_owner = &syncing,
        .resolver_owner = &choice,
    };
    enum dalv_status status;

    options.resolver = conflict_choice_resolver(
        invocation, invocation_option(invocation, "on-conflict"), &choice);
    if (!invocation_has(invocation, "live"))
        return dalv_device_sync(device, &options, report);
    status = dalv_device_watch(device, dalv_text(""), show_change, invocation);
    if (status != DALV_OK)
        return status;
    return dalv_device_live(device, &options, duration_ms, report);
}

int device_sync_command_run(struct invocation *invocation)
{
    const struct sigaction interrupt = {.sa_handler = on_signal};
    struct dalv_device *device = NULL;
    struct dalv_sync_report report = {0};
    uint64_t duration_ms = 0;
    enum dalv_status status;
    int code;

    if (!invocation_duration(invocation, "for", &duration_ms))
        return EXIT_USAGE;
    code = store_access_open(invocation, invocation->operands[0], &device);
    if (code != EXIT_DONE)
        return code;
    (void)sigaction(SIGINT, &interrupt, NULL);
    (void)sigaction(SIGTERM, &interrupt, NULL);
    status = run_sync(invocation, device, duration_ms, &report);
    if (invocation_is_watched(invocation))
        (void)fprintf(invocation->err, "\r\033[K");
    if (status == DALV_OK || status == DALV_CONFLICT)
        print_report(invocation, &report);
    if (status != DALV_OK)
        code = store_access_fail(invocation, device, status);
    dalv_device_close(&device);
    return code;
}

static void format_time(uint64_t time_us, char out_text[TIME_TEXT_MAX])
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm broken;

    if (time_us == 0)
        (void)snprintf(out_text, TIME_TEXT_MAX, "never");
    else if (localtime_r(&seconds, &broken) == NULL ||
             strftime(out_text, TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &broken) ==
                 0)
        (void)snprintf(out_text, TIME_TEXT_MAX, "%" PRIu64 " us", time_us);
}

static void print_status(const struct invocation *invocation,
                         const struct dalv_device *device,
                         const struct dalv_device_status *status)
{
    struct dalv_bytes user = dalv_device_user(device);
    char history[17];
    char synced[TIME_TEXT_MAX];

    (void)snprintf(history, sizeof(history), "%016" PRIx64, status->history_id);
    if (invocation->is_json) {
        value_json_print(
            json_pack("{s:s%, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "user",
                      user.data, user.size, "device",
                      (json_int_t)status->device_id, "history", history,
                      "revision", (json_int_t)status->revision, "keys",
                      (json_int_t)status->key_count, "pending",
                      (json_int_t)status->pending_count, "conflicts",
                      (json_int_t)status->conflict_count, "dead_letters",
                      (json_int_t)status->dead_letter_count, "synced_us",
                      (json_int_t)status->synced_time_us),
            invocation->out);
        return;
    }
    format_time(status->synced_time_us, synced);
    (void)fprintf(invocation->out, "user          %.*s\n", (int)user.size,
                  (const char *)user.data);
    (void)fprintf(invocation->out,
                  "device        %" PRIu64 "\n"
                  "revision      %" PRIu64 "\n"
                  "keys          %" PRIu64 "\n"
                  "pending       %" PRIu64 "\n"
                  "conflicts     %" PRIu64 "\n"
                  "dead letters  %" PRIu64 "\n"
                  "last sync     %s\n",
                  status->device_id, status->revision, status->key_count,
                  status->pending_count, status->conflict_count,
                  status->dead_letter_count, synced);
}

int device_sync_command_run_status(struct invocation *invocation)
{
    struct dalv_device *device = NULL;
    struct dalv_device_status now;
    enum dalv_status status;
    int code = store_access_open(invocation, invocation->operands[0], &device);

    if (code != EXIT_DONE)
        return code;
    status = dalv_device_status(device, &now);
    if (status == DALV_OK)
        print_status(invocation, device, &now);
    else
        code = store_access_fail(invocation, device, status);
    dalv_device_close(&device);
    return code;
}

static const char *operation_name(int operation)
{
    static const char *const names[] = {
        "?",    "put", "del", "list add", "list remove",
        "incr", "add", "?",   "put" /* Of a large value. */};

    return operation > 0 && operation < 9 ? names[operation] : names[0];
}

static bool show_loss(void *owner, const struct dalv_loss *loss)
{
    const struct invocation *invocation = owner;
    json_t *document;

    if (invocation->is_json) {
        document =
            json_pack("{s:I, s:s, s:s}", "receipt", (json_int_t)loss->receipt,
                      "reason", dalv_status_name(loss->reason), "operation",
                      operation_name(loss->operation));
        (void)value_json_set_bytes(document, "key", loss->key);
        (void)value_json_set_bytes(document, "value", loss->value);
        (void)json_object_set_new(document, "number",
                                  json_integer(loss->number));
        value_json_print(document, invocation->out);
        return true;
    }
    (void)fprintf(invocation->out, "%" PRIu64 " %s ", loss->receipt,
                  operation_name(loss->operation));
    print_bytes(loss->key, invocation->out);
    (void)fputc(' ', invocation->out);
    print_bytes(loss->value, invocation->out);
    (void)fprintf(invocation->out, ": %s\n", dalv_status_text(loss->reason));
    return true;
}

int device_sync_command_run_conflicts(struct invocation *invocation)
{
    struct dalv_device *device = NULL;
    uint64_t receipt = 0;
    enum dalv_status status;
    int code;

    if (!invocation_number(invocation, "discard", INT64_MAX, &receipt))
        return EXIT_USAGE;
    code = store_access_open(invocation, invocation->operands[0], &device);
    if (code != EXIT_DONE)
        return code;
    if (invocation_has(invocation, "discard")) {
        status = dalv_device_dead_letter_discard(device, receipt);
    } else {
        status = dalv_device_conflicts(device, show_loss, invocation);
        if (status == DALV_OK)
            status = dalv_device_dead_letters(device, show_loss, invocation);
    }
    if (status != DALV_OK)
        code = store_access_fail(invocation, device, status);
    dalv_device_close(&device);
    return code;
}
