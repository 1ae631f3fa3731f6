#include "tests/check/history_writer.h"

#include "base/assert.h"
#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

void history_writer_open(struct history_writer *writer, const char *path)
{
    *writer = (struct history_writer){.file = fopen(path, "we")};
    ASSERT(writer->file != NULL);
}

void history_writer_close(struct history_writer *writer)
{
    if (writer->file != NULL)
        (void)fclose(writer->file);
    writer->file = NULL;
}

/* Put behind what there is of the next update. */
static void add_operation(struct history_writer *writer, const char *operation)
{
    size_t size = strlen(writer->operations);

    ASSERT(size + strlen(operation) + 2 < sizeof(writer->operations));
    (void)snprintf(writer->operations + size, sizeof(writer->operations) - size,
                   "%s%s", size > 0 ? "," : "", operation);
}

void history_writer_put(struct history_writer *writer, const char *key,
                        const char *value)
{
    char operation[HISTORY_WRITER_OPERATIONS_BYTES];

    (void)snprintf(operation, sizeof(operation), "[\"put\",\"%s\",\"%s\"]", key,
                   value);
    add_operation(writer, operation);
}

void history_writer_add(struct history_writer *writer, const char *key,
                        int64_t number)
{
    char operation[HISTORY_WRITER_OPERATIONS_BYTES];

    (void)snprintf(operation, sizeof(operation), "[\"add\",\"%s\",%" PRId64 "]",
                   key, number);
    add_operation(writer, operation);
}

uint64_t history_writer_update(struct history_writer *writer, const char *user,
                               const char *request)
{
    uint64_t id = ++writer->call_count;

    if (writer->file != NULL)
        (void)fprintf(writer->file,
                      "{\"id\":%" PRIu64 ",\"at\":%" PRIu64
                      ",\"call\":\"update\",\"user\":\"%s\",\"request\":\"%s\","
                      "\"do\":[%s]}\n",
                      id, clock_boot_us(), user, request, writer->operations);
    writer->operations[0] = '\0';
    return id;
}

uint64_t history_writer_get(struct history_writer *writer, const char *user,
                            const char *key)
{
    uint64_t id = ++writer->call_count;

    if (writer->file != NULL)
        (void)fprintf(writer->file,
                      "{\"id\":%" PRIu64 ",\"at\":%" PRIu64
                      ",\"call\":\"get\",\"user\":\"%s\",\"key\":\"%s\"}\n",
                      id, clock_boot_us(), user, key);
    return id;
}

static const char *end_name(enum history_end end)
{
    switch (end) {
    case HISTORY_DONE:
        return "done";
    case HISTORY_REFUSED:
        return "refused";
    case HISTORY_OPEN:
    case HISTORY_UNKNOWN:
        break;
    }
    return "unknown";
}

void history_writer_end(struct history_writer *writer, uint64_t id,
                        const struct history_answer *answer)
{
    FILE *file = writer->file;

    if (file == NULL)
        return;
    (void)fprintf(file, "{\"id\":%" PRIu64 ",\"at\":%" PRIu64 ",\"end\":\"%s\"",
                  id, clock_boot_us(), end_name(answer->end));
    if (answer->revision != 0)
        (void)fprintf(file, ",\"revision\":%" PRIu64, answer->revision);
    if (answer->found == HISTORY_VALUE)
        (void)fprintf(file, ",\"value\":\"%s\"", answer->value);
    if (answer->found == HISTORY_NUMBER)
        (void)fprintf(file, ",\"number\":%" PRId64, answer->number);
    (void)fputs("}\n", file);
}
