#include "cli/import_source.h"

#include "cli/import_source_internal.h"

#include <stdarg.h>
#include <stdlib.h>

enum dalv_status import_source_open(FILE *in,
                                    const struct import_mapping *mapping,
                                    const char *user,
                                    struct import_source **out_source)
{
    struct import_source *source = calloc(1, sizeof(*source));

    if (source == NULL)
        return DALV_NO_MEMORY;
    source->mapping = mapping;
    source->user = user;
    line_reader_init(&source->reader, in);
    buffer_init(&source->gathering.user);
    buffer_init(&source->gathering.key);
    key_set_init(&source->ended);
    *out_source = source;
    return DALV_OK;
}

void import_source_close(struct import_source **source_p)
{
    struct import_source *source = *source_p;

    *source_p = NULL;
    if (source == NULL)
        return;
    line_reader_deinit(&source->reader);
    buffer_deinit(&source->gathering.user);
    buffer_deinit(&source->gathering.key);
    json_decref(source->gathering.records);
    json_decref(source->columns);
    json_decref(source->document);
    key_set_deinit(&source->ended);
    free(source);
}

enum dalv_status import_source_next(struct import_source *source,
                                    struct import_item *out_item)
{
    return source->mapping == NULL ? import_json_next(source, out_item)
                                   : import_csv_next(source, out_item);
}

uint64_t import_source_held_line(const struct import_source *source)
{
    return source->gathering.is_begun ? source->gathering.line : 0;
}

const char *import_source_reason(const struct import_source *source)
{
    return source->reason;
}

uint64_t import_source_line(const struct import_source *source)
{
    return source->line;
}

enum dalv_status import_source_refuse(struct import_source *source,
                                      uint64_t line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(source->reason, sizeof(source->reason), format, arguments);
    va_end(arguments);
    source->line = line;
    return DALV_INVALID;
}
