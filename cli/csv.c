#include "cli/csv.h"

#include <stdbool.h>

/* How far a record was looked through that goes on with each further line. */
struct scan {
    size_t index;
    bool is_quoted; /* It stands in a field whose quote is not closed yet. */
};

/* Go on in a field that began with a quote, to behind the closing one. */
static void pass_quoted(struct bytes line, struct scan *scan)
{
    while (scan->index < line.size) {
        if (line.data[scan->index++] != '"')
            continue;
        if (scan->index == line.size || line.data[scan->index] != '"') {
            scan->is_quoted = false;
            return;
        }
        scan->index++;
    }
}

/* True if every field that begins with a quote is closed. */
static bool is_complete(struct bytes line, char separator, struct scan *scan)
{
    while (scan->index < line.size) {
        if (!scan->is_quoted && line.data[scan->index] == '"') {
            scan->is_quoted = true;
            scan->index++;
        }
        if (scan->is_quoted)
            pass_quoted(line, scan);
        if (scan->is_quoted)
            break;
        while (scan->index < line.size &&
               line.data[scan->index] != (uint8_t)separator)
            scan->index++;
        scan->index++;
    }
    return !scan->is_quoted;
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
    struct scan scan = {0};
    enum dalv_status status = line_reader_next(reader, &line);
    uint8_t *begin;

    while (status == DALV_OK && !is_complete(line, separator, &scan)) {
        status = line_reader_more(reader, &line);
        if (status == DALV_NOT_FOUND)
            return refuse(out_record, "a quote is open at the end of the file");
    }
    if (status != DALV_OK)
        return status;
    if (line.size == 0) {
        out_record->fields[0] = bytes_from_text("");
        out_record->count = 1;
        return DALV_OK;
    }
    begin = reader->line.data + (line.data - reader->line.data);
    return split(begin, begin + line.size, separator, out_record);
}
