#include "cli/csv.h"

#include <stdbool.h>

/* Behind the closing quote of the field whose opening one is at `index`; 0 if
   there is none. */
static size_t find_close(struct bytes line, size_t index)
{
    for (index++; index < line.size; index++) {
        if (line.data[index] != '"')
            continue;
        if (index + 1 == line.size || line.data[index + 1] != '"')
            return index + 1;
        index++;
    }
    return 0;
}

/* True if every field that begins with a quote is closed. */
static bool is_complete(struct bytes line, char separator)
{
    size_t index = 0;

    while (index < line.size) {
        if (line.data[index] == '"') {
            index = find_close(line, index);
            if (index == 0)
                return false;
        }
        while (index < line.size && line.data[index] != (uint8_t)separator)
            index++;
        index++;
    }
    return true;
}

static enum dalv_status refuse(struct csv_record *record, const char *reason)
{
    record->reason = reason;
    return DALV_INVALID;
}

/* Unquote a field in place; `*begin_p` moves behind it, to its separator or the
   end. */
static enum dalv_status read_quoted(uint8_t **begin_p, const uint8_t *end,
                                    char separator, struct csv_record *record)
{
    uint8_t *from = *begin_p + 1;
    uint8_t *field = from;
    uint8_t *to = from;

    while (from < end) {
        if (*from == '"' && (from + 1 == end || from[1] != '"'))
            break;
        if (*from == '"')
            from++;
        *to++ = *from++;
    }
    if (from == end)
        return refuse(record, "a quote is not closed");
    from++;
    if (from < end && *from != (uint8_t)separator)
        return refuse(record, "something stands behind a closing quote");
    record->fields[record->count++] = bytes_make(field, (size_t)(to - field));
    *begin_p = from;
    return DALV_OK;
}

static void read_bare(uint8_t **begin_p, const uint8_t *end, char separator,
                      struct csv_record *record)
{
    uint8_t *from = *begin_p;

    while (from < end && *from != (uint8_t)separator)
        from++;
    record->fields[record->count++] =
        bytes_make(*begin_p, (size_t)(from - *begin_p));
    *begin_p = from;
}

static enum dalv_status split(uint8_t *begin, const uint8_t *end,
                              char separator, struct csv_record *record)
{
    enum dalv_status status = DALV_OK;

    record->count = 0;
    for (;;) {
        if (record->count == CSV_FIELDS_MAX)
            return refuse(record, "more than 256 fields");
        if (begin < end && *begin == '"')
            status = read_quoted(&begin, end, separator, record);
        else
            read_bare(&begin, end, separator, record);
        if (status != DALV_OK || begin == end)
            return status;
        begin++; /* The separator. */
    }
}

enum dalv_status csv_next(struct line_reader *reader, char separator,
                          struct csv_record *out_record)
{
    struct bytes line = {0};
    enum dalv_status status = line_reader_next(reader, &line);
    uint8_t *begin;

    while (status == DALV_OK && !is_complete(line, separator)) {
        status = line_reader_more(reader, &line);
        if (status == DALV_NOT_FOUND)
            return refuse(out_record, "a quote is open at the end of the file");
    }
    if (status != DALV_OK)
        return status;
    begin = reader->line.data + (line.data - reader->line.data);
    return split(begin, begin + line.size, separator, out_record);
}
