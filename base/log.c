#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdatomic.h>
#include <time.h>

enum {
    LINE_BYTES_MAX = 4096,
    US_PER_S = 1000000,
};

/* The one sink of the process; atomic, since threads log while main sets it. */
static _Atomic(FILE *) sink_in_use;
static _Atomic(enum log_level) level_in_use = LOG_INFO;

struct log_field log_text(const char *name, const char *text)
{
    return (struct log_field){
        .name = name, .type = LOG_FIELD_TEXT, .text = text};
}

struct log_field log_u64(const char *name, uint64_t number)
{
    return (struct log_field){
        .name = name, .type = LOG_FIELD_U64, .number = number};
}

struct log_field log_bytes(const char *name, struct bytes bytes)
{
    return (struct log_field){
        .name = name, .type = LOG_FIELD_BYTES, .bytes = bytes};
}

void log_open(FILE *sink, enum log_level level_max)
{
    atomic_store(&sink_in_use, sink);
    atomic_store(&level_in_use, level_max);
}

void log_set_level(enum log_level level_max)
{
    atomic_store(&level_in_use, level_max);
}

bool log_is_on(enum log_level level)
{
    return atomic_load(&sink_in_use) != NULL &&
           level <= atomic_load(&level_in_use);
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return "error";
    case LOG_WARNING:
        return "warning";
    case LOG_INFO:
        return "info";
    case LOG_DEBUG:
        return "debug";
    }
    return "?";
}

/* "2026-01-31T10:00:00.123456Z" */
static void put_time(struct text *line, uint64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / US_PER_S);
    char stamp[sizeof("-2147483648-01-31T10:00:00.")] = "";
    struct tm parts;

    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.", &parts);
    text_put(line, stamp);
    for (uint64_t unit = US_PER_S / 10; unit > 0; unit /= 10)
        text_put_u64(line, wall_us / unit % 10);
    text_put_char(line, 'Z');
}

/* Only a value in quotes may hold what separates fields. */
static bool needs_quotes(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++) {
        uint8_t byte = value.data[i];

        if (byte == ' ' || byte == '=' || byte == '"')
            return true;
    }
    return value.size == 0;
}

static void put_quoted(struct text *line, struct bytes value)
{
    size_t start = 0;

    text_put_char(line, '"');
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] != '"')
            continue;
        text_put_bytes(line, bytes_make(value.data + start, i - start));
        text_put(line, "\\x22");
        start = i + 1;
    }
    if (start < value.size)
        text_put_bytes(line,
                       bytes_make(value.data + start, value.size - start));
    text_put_char(line, '"');
}

static void put_value(struct text *line, struct bytes value)
{
    if (needs_quotes(value))
        put_quoted(line, value);
    else
        text_put_bytes(line, value);
}

static void put_field(struct text *line, const struct log_field *field)
{
    text_put_char(line, ' ');
    text_put(line, field->name);
    text_put_char(line, '=');
    switch (field->type) {
    case LOG_FIELD_TEXT:
        put_value(line, bytes_from_text(field->text));
        break;
    case LOG_FIELD_U64:
        text_put_u64(line, field->number);
        break;
    case LOG_FIELD_BYTES:
        put_value(line, field->bytes);
        break;
    }
}

void log_write(enum log_level level, const char *event,
               const struct log_field *fields, size_t field_count)
{
    static const char cut_mark[] = "...";
    char storage[LINE_BYTES_MAX];
    FILE *sink = atomic_load(&sink_in_use);
    struct text line;

    if (sink == NULL)
        return;
    text_init(&line, storage, sizeof(storage) - sizeof(cut_mark));
    put_time(&line, clock_wall_us());
    text_put_char(&line, ' ');
    text_put(&line, level_name(level));
    text_put_char(&line, ' ');
    text_put(&line, event);
    for (size_t i = 0; i < field_count; i++)
        put_field(&line, &fields[i]);
    /* One call a line: stdio locks the sink, so lines never mix. */
    (void)fprintf(sink, "%s%s\n", text_string(&line),
                  line.is_cut ? cut_mark : "");
    (void)fflush(sink);
}
