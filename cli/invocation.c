#include "cli/invocation.h"

#include "base/decimal.h"
#include "cli/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum {
    MESSAGE_BYTES_MAX = 1024
};

static size_t option_index(const struct command *command, const char *name)
{
    size_t index = 0;

    while (index < command->option_count &&
           strcmp(command->options[index].name, name) != 0)
        index++;
    return index;
}

const char *invocation_option(const struct invocation *invocation,
                              const char *name)
{
    size_t index = option_index(invocation->command, name);

    return index < invocation->command->option_count
               ? invocation->options[index]
               : NULL;
}

bool invocation_has(const struct invocation *invocation, const char *name)
{
    return invocation_option(invocation, name) != NULL;
}

bool invocation_number(struct invocation *invocation, const char *name,
                       uint64_t max, uint64_t *inout_number)
{
    const char *text = invocation_option(invocation, name);

    if (text == NULL || decimal_read(bytes_from_text(text), max, inout_number))
        return true;
    (void)invocation_usage(
        invocation, "--%s takes a number of 0 to %" PRIu64 ", not \"%s\"", name,
        max, text);
    return false;
}

bool invocation_duration(struct invocation *invocation, const char *name,
                         uint64_t *inout_ms)
{
    const char *text = invocation_option(invocation, name);

    if (text == NULL || duration_parse(text, inout_ms))
        return true;
    (void)invocation_usage(invocation,
                           "--%s takes a duration such as 30s, 15m, 8h or 7d, "
                           "not \"%s\"",
                           name, text);
    return false;
}

static const char *command_name(const struct invocation *invocation)
{
    return invocation->command == NULL ? "dalv" : invocation->command->name;
}

static void print_json_error(const struct invocation *invocation, json_t *error)
{
    json_t *document = json_pack("{s:s, s:o}", "command",
                                 command_name(invocation), "error", error);

    if (document == NULL)
        return;
    (void)json_dumpf(document, invocation->err, JSON_COMPACT);
    (void)fputc('\n', invocation->err);
    json_decref(document);
}

int invocation_usage(const struct invocation *invocation, const char *format,
                     ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (invocation->is_json) {
        print_json_error(invocation, json_pack("{s:s, s:s}", "status", "USAGE",
                                               "text", message));
        return EXIT_USAGE;
    }
    (void)fprintf(invocation->err, "dalv: %s\n", message);
    if (invocation->command != NULL)
        (void)fprintf(invocation->err,
                      "Usage: dalv %s%s%s\n"
                      "Try 'dalv %s --help'.\n",
                      invocation->command->name,
                      invocation->command->operands[0] == '\0' ? "" : " ",
                      invocation->command->operands, invocation->command->name);
    else
        (void)fprintf(invocation->err, "Try 'dalv --help'.\n");
    return EXIT_USAGE;
}

/* What to do about it, for the statuses where that is always the same. */
static const char *advice(enum dalv_status status)
{
    static const struct {
        enum dalv_status status;
        const char *text;
    } advices[] = {
        {DALV_UNAVAILABLE,
         "Is the server running? The profile names where it is looked for."},
        {DALV_NOT_PERMITTED,
         "Does the token allow it? See 'dalv token inspect'."},
        {DALV_TOO_BIG, "A key has up to 1,024 bytes, a value 1 MiB, a list "
                       "10,000 elements, a "
                       "transaction 1,000 operations and 4 MiB."},
        {DALV_EXPIRED, "Get a new token: 'dalv token issue'."},
        {DALV_LOCKED, "Another program has the store open: close it first."},
        {DALV_BUSY, "Try again in a moment."},
        {DALV_NO_SPACE, "Make room on the disk and try again."},
    };

    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
        if (advices[i].status == status)
            return advices[i].text;
    }
    return NULL;
}

static const char *outcome_name(enum dalv_status status)
{
    return dalv_status_outcome(status) == 1 ? "not done" : "unknown";
}

struct failure {
    enum dalv_status status;
    const char *detail;
    bool is_write;
    bool is_file;
};

static int code_of(const struct failure *failure)
{
    if (failure->is_file && failure->status == DALV_NOT_FOUND)
        return EXIT_USAGE;
    return exit_code_of(failure->status);
}

static int fail(const struct invocation *invocation,
                const struct failure *failure)
{
    enum dalv_status status = failure->status;
    const char *detail = failure->detail;
    /* The status has its own words already. */
    bool has_detail = detail != NULL && detail[0] != '\0' &&
                      strcmp(detail, dalv_status_text(status)) != 0;

    if (invocation->is_json) {
        print_json_error(
            invocation,
            json_pack("{s:s, s:s, s:s*, s:s*}", "status",
                      dalv_status_name(status), "text",
                      dalv_status_text(status), "detail",
                      has_detail ? detail : NULL, "outcome",
                      failure->is_write ? outcome_name(status) : NULL));
        return code_of(failure);
    }
    (void)fprintf(invocation->err, "dalv: %s: %s%s%s\n",
                  command_name(invocation), dalv_status_text(status),
                  has_detail ? ": " : "", has_detail ? detail : "");
    if (failure->is_write && dalv_status_outcome(status) == 2)
        (void)fprintf(invocation->err,
                      "The outcome is unknown: it may have been done. Look "
                      "before you try again.\n");
    if (advice(status) != NULL && !failure->is_file)
        (void)fprintf(invocation->err, "%s\n", advice(status));
    return code_of(failure);
}

int invocation_fail(const struct invocation *invocation,
                    enum dalv_status status, const char *detail)
{
    const struct failure failure = {.status = status, .detail = detail};

    return fail(invocation, &failure);
}

int invocation_fail_file(const struct invocation *invocation,
                         enum dalv_status status, const char *detail)
{
    const struct failure failure = {
        .status = status, .detail = detail, .is_file = true};

    return fail(invocation, &failure);
}

int invocation_fail_write(const struct invocation *invocation,
                          enum dalv_status status, const char *detail)
{
    const struct failure failure = {
        .status = status, .detail = detail, .is_write = true};

    return fail(invocation, &failure);
}

int invocation_finish(const struct invocation *invocation, int code)
{
    if (fflush(invocation->out) == 0 && ferror(invocation->out) == 0)
        return code;
    (void)fprintf(invocation->err, "dalv: %s: cannot write the output: %s\n",
                  command_name(invocation), strerrordesc_np(errno));
    return EXIT_INTERNAL;
}

bool invocation_is_watched(const struct invocation *invocation)
{
    return isatty(fileno(invocation->err)) == 1;
}
