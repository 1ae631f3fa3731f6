/* The lines of a history; the only file here that knows JSON. */
#include "tests/check/history.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    REQUEST_BYTES_MAX = 1024,
};

struct history_reader {
    struct history *history;
    const char *problem;
};

static bool fail(struct history_reader *reader, const char *problem)
{
    reader->problem = problem;
    return false;
}

static const char *text_of(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static uint64_t number_of(const json_t *line, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(line, name));

    return number < 0 ? 0 : (uint64_t)number;
}

/* ---- Calls ---- */

static bool read_verb(const char *text, enum history_verb *out_verb)
{
    static const char *const names[] = {
        [HISTORY_PUT] = "put",
        [HISTORY_ADD] = "add",
        [HISTORY_REMOVE] = "remove",
    };

    for (size_t i = 0; text != NULL && i < sizeof(names) / sizeof(names[0]);
         i++) {
        if (strcmp(text, names[i]) != 0)
            continue;
        *out_verb = (enum history_verb)i;
        return true;
    }
    return false;
}

static bool read_operation(struct history_reader *reader, const json_t *json)
{
    struct history *history = reader->history;
    struct history_operation operation = {.value = VOCABULARY_NONE};
    const char *key = json_string_value(json_array_get(json, 1));
    const json_t *last = json_array_get(json, 2);

    if (!read_verb(json_string_value(json_array_get(json, 0)),
                   &operation.verb) ||
        key == NULL)
        return fail(reader, "an operation is [\"put\", KEY, VALUE], [\"add\", "
                            "KEY, NUMBER] or [\"remove\", KEY]");
    operation.key = vocabulary_number(&history->keys, key);
    operation.number = json_integer_value(last);
    if (operation.verb == HISTORY_PUT && !json_is_string(last))
        return fail(reader, "a put wants a text as its value");
    if (operation.verb == HISTORY_PUT)
        operation.value =
            vocabulary_number(&history->values, json_string_value(last));
    if (operation.verb == HISTORY_ADD && !json_is_integer(last))
        return fail(reader, "an add wants a whole number");
    history_add_operation(history, &operation);
    return true;
}

static bool read_update(struct history_reader *reader, const json_t *line,
                        struct history_call *call)
{
    const json_t *operations = json_object_get(line, "do");
    const char *request = text_of(line, "request");
    char name[REQUEST_BYTES_MAX];
    size_t count = json_array_size(operations);

    if (request == NULL || count == 0)
        return fail(reader, "an update wants \"request\" and \"do\"");
    if (snprintf(name, sizeof(name), "%s %s", text_of(line, "user"), request) >=
        (int)sizeof(name))
        return fail(reader, "the request is too long");
    call->request = vocabulary_number(&reader->history->requests, name);
    for (size_t i = 0; i < count; i++) {
        if (!read_operation(reader, json_array_get(operations, i)))
            return false;
    }
    return true;
}

static bool read_call(struct history_reader *reader, const json_t *line)
{
    struct history *history = reader->history;
    const char *verb = text_of(line, "call");
    const char *user = text_of(line, "user");
    const char *key = text_of(line, "key");
    struct history_call *call;

    if (user == NULL || number_of(line, "at") == 0)
        return fail(reader, "a call wants \"user\" and \"at\", from 1");
    if (number_of(line, "id") != history->call_count + 1)
        return fail(reader, "ids count the calls, from 1");
    call = history_add_call(history);
    call->called_us = number_of(line, "at");
    call->user = vocabulary_number(&history->users, user);
    call->is_get = strcmp(verb, "get") == 0;
    if (!call->is_get && strcmp(verb, "update") != 0)
        return fail(reader, "a call is \"update\" or \"get\"");
    if (!call->is_get)
        return read_update(reader, line, call);
    if (key == NULL)
        return fail(reader, "a get wants \"key\"");
    call->key = vocabulary_number(&history->keys, key);
    return true;
}

/* ---- Their ends ---- */

static bool read_outcome(const char *text, enum history_end *out_end)
{
    if (strcmp(text, "done") == 0)
        *out_end = HISTORY_DONE;
    else if (strcmp(text, "refused") == 0)
        *out_end = HISTORY_REFUSED;
    else if (strcmp(text, "unknown") == 0)
        *out_end = HISTORY_UNKNOWN;
    else
        return false;
    return true;
}

static void read_found(struct history_reader *reader, const json_t *line,
                       struct history_call *call)
{
    const json_t *number = json_object_get(line, "number");
    const char *value = text_of(line, "value");

    call->revision = number_of(line, "revision");
    if (json_is_integer(number)) {
        call->found = HISTORY_NUMBER;
        call->number = json_integer_value(number);
    } else if (value != NULL) {
        call->found = HISTORY_VALUE;
        call->value = vocabulary_number(&reader->history->values, value);
    }
}

static bool read_end(struct history_reader *reader, const json_t *line)
{
    uint64_t id = number_of(line, "id");
    struct history_call *call;

    if (id == 0 || id > reader->history->call_count ||
        reader->history->calls[id - 1].end != HISTORY_OPEN)
        return fail(reader, "no call of that id waits for its end");
    call = &reader->history->calls[id - 1];
    call->ended_us = number_of(line, "at");
    if (call->ended_us < call->called_us)
        return fail(reader, "it ends before it was called");
    if (!read_outcome(text_of(line, "end"), &call->end))
        return fail(reader, "an end is \"done\", \"refused\" or \"unknown\"");
    read_found(reader, line, call);
    if (!call->is_get && call->end == HISTORY_DONE && call->revision == 0)
        return fail(reader, "an update that is done has a revision");
    return true;
}

/* ---- All of it ---- */

static bool read_line(struct history_reader *reader, const char *text)
{
    json_t *line = json_loads(text, 0, NULL);
    bool is_read;

    if (text_of(line, "call") != NULL)
        is_read = read_call(reader, line);
    else if (text_of(line, "end") != NULL)
        is_read = read_end(reader, line);
    else
        is_read = fail(reader, "a line is an object with \"call\" or \"end\"");
    json_decref(line);
    return is_read;
}

enum dalv_status history_read(struct history *history, FILE *file,
                              char *out_problem, size_t problem_capacity)
{
    struct history_reader reader = {.history = history};
    char *text = NULL;
    size_t capacity = 0;
    size_t number = 0;

    while (reader.problem == NULL && getline(&text, &capacity, file) > 0) {
        number++;
        (void)read_line(&reader, text);
    }
    free(text);
    if (reader.problem != NULL) {
        (void)snprintf(out_problem, problem_capacity, "line %zu: %s", number,
                       reader.problem);
        return DALV_INVALID;
    }
    return ferror(file) != 0 ? DALV_IO : DALV_OK;
}
