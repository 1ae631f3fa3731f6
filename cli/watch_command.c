#include "cli/watch_command.h"

#include "cli/access.h"
#include "cli/cursor_text.h"
#include "cli/print.h"
#include "cli/value_json.h"

#include <inttypes.h>
#include <string.h>

const struct command_option watch_command_options[] = {
    {.name = "user", .letter = 'u', .value = "USER", .help = "One user"},
    {.name = "all", .help = "All users"},
    {.name = "prefix",
     .letter = 'p',
     .value = "PREFIX",
     .help = "Only keys that begin so"},
    {.name = "from",
     .value = "CURSOR",
     .help = "Go on behind this cursor, or \"start\" for all there is; "
             "default: from now on"},
    {.name = "for", .value = "DURATION", .help = "End after this time"},
    {.name = "count", .value = "N", .help = "End after so many events"},
};

struct following {
    const struct invocation *invocation;
    uint64_t left;
};

static json_t *event_json(const struct dalv_event *event)
{
    char history[17];
    struct buffer cursor;
    json_t *object = json_object();
    json_t *changes = json_array();

    buffer_init(&cursor);
    (void)snprintf(history, sizeof(history), "%016" PRIx64,
                   dalv_event_history_id(event));
    (void)value_json_set_bytes(object, "user", dalv_event_user(event));
    (void)json_object_set_new(object, "history", json_string(history));
    (void)json_object_set_new(
        object, "revision",
        json_integer((json_int_t)dalv_event_revision(event)));
    (void)json_object_set_new(object, "anew",
                              json_boolean(dalv_event_is_anew(event)));
    for (size_t i = 0; i < dalv_event_count(event); i++)
        (void)json_array_append_new(
            changes, value_json_make(dalv_event_key(event, i),
                                     dalv_event_value(event, i), 0));
    (void)json_object_set_new(object, "changes", changes);
    (void)json_object_set_new(
        object, "cursor",
        json_string(cursor_text_make(dalv_event_cursor(event), &cursor)));
    buffer_deinit(&cursor);
    return object;
}

static bool show_event(void *owner, const struct dalv_event *event)
{
    struct following *following = owner;
    FILE *out = following->invocation->out;

    if (following->invocation->is_json)
        value_json_print(event_json(event), out);
    for (size_t i = 0;
         !following->invocation->is_json && i < dalv_event_count(event); i++) {
        print_bytes(dalv_event_user(event), out);
        (void)fprintf(out, " %" PRIu64 " ", dalv_event_revision(event));
        print_key_value(dalv_event_key(event, i), dalv_event_value(event, i),
                        out);
    }
    /* Who reads it wants it now, and an output that is gone ends the watch. */
    return fflush(out) == 0 && --following->left > 0;
}

static int watch(struct invocation *invocation,
                 struct dalv_watch_options *options,
                 struct following *following)
{
    struct dalv_backend *backend = NULL;
    enum dalv_status status;
    int code = access_open_backend(invocation, &backend);

    if (code != EXIT_DONE)
        return code;
    status = dalv_backend_watch(backend, options, show_event, following);
    if (status != DALV_OK)
        code = invocation_fail(invocation, status, dalv_backend_error(backend));
    dalv_backend_close(&backend);
    return code;
}

/* Where to begin: "start", a cursor, or now. */
static bool read_from(const struct invocation *invocation,
                      struct buffer *cursor, struct dalv_watch_options *options)
{
    const char *from = invocation_option(invocation, "from");

    if (from == NULL)
        return true;
    options->is_from_start = strcmp(from, "start") == 0;
    if (options->is_from_start)
        return true;
    if (!cursor_text_parse(from, cursor)) {
        (void)invocation_usage(invocation,
                               "--from takes \"start\" or a cursor that "
                               "'watch --json' printed");
        return false;
    }
    options->cursor = dalv_bytes(cursor->data, cursor->size);
    return true;
}

static bool read_options(struct invocation *invocation,
                         struct dalv_watch_options *options)
{
    const char *user = invocation_option(invocation, "user");
    const char *prefix = invocation_option(invocation, "prefix");

    if ((user == NULL) != invocation_has(invocation, "all")) {
        (void)invocation_usage(invocation, "either --user U or --all");
        return false;
    }
    if (user != NULL)
        options->user = dalv_text(user);
    if (prefix != NULL)
        options->prefix = dalv_text(prefix);
    return invocation_duration(invocation, "for", &options->duration_ms);
}

int watch_command_run(struct invocation *invocation)
{
    struct following following = {.invocation = invocation, .left = UINT64_MAX};
    struct dalv_watch_options options = {0};
    struct buffer cursor;
    int code = EXIT_USAGE;

    buffer_init(&cursor);
    if (invocation_number(invocation, "count", INT64_MAX, &following.left) &&
        read_options(invocation, &options) &&
        read_from(invocation, &cursor, &options))
        code = watch(invocation, &options, &following);
    buffer_deinit(&cursor);
    return code;
}
