#include "cli/line_reader.h"

#include <string.h>

void line_reader_init(struct line_reader *reader, FILE *in)
{
    *reader = (struct line_reader){.in = in};
    buffer_init(&reader->line);
}

void line_reader_deinit(struct line_reader *reader)
{
    buffer_deinit(&reader->line);
}

/* Append up to and with the next line end. */
static enum dalv_status append_line(struct line_reader *reader)
{
    enum dalv_status status = DALV_OK;
    uint64_t begin = reader->offset;
    int character;

    while ((character = getc(reader->in)) != EOF) {
        uint8_t byte = (uint8_t)character;

        reader->offset++;
        if (byte == '\n')
            break;
        if (reader->line.size < LINE_READER_BYTES_MAX)
            buffer_put(&reader->line, bytes_make(&byte, 1));
        else
            status = DALV_TOO_BIG;
    }
    if (ferror(reader->in) != 0)
        return DALV_IO;
    if (reader->offset == begin)
        return DALV_NOT_FOUND;
    reader->number++;
    return status;
}

static struct bytes trimmed(const struct line_reader *reader)
{
    struct bytes line = buffer_bytes(&reader->line);

    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

/* For good: more may be appended to the line. */
static void remove_mark(struct buffer *line)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

    if (!bytes_has_prefix(buffer_bytes(line), bytes_make(mark, sizeof(mark))))
        return;
    line->size -= sizeof(mark);
    memmove(line->data, line->data + sizeof(mark), line->size);
}

enum dalv_status line_reader_next(struct line_reader *reader,
                                  struct bytes *out_line)
{
    enum dalv_status status;

    buffer_clear(&reader->line);
    status = append_line(reader);
    if (reader->number == 1)
        remove_mark(&reader->line);
    if (status == DALV_OK)
        *out_line = trimmed(reader);
    return status;
}

enum dalv_status line_reader_more(struct line_reader *reader,
                                  struct bytes *out_line)
{
    enum dalv_status status;

    buffer_put(&reader->line, bytes_from_text("\n"));
    status = append_line(reader);
    if (status == DALV_OK)
        *out_line = trimmed(reader);
    return status;
}
