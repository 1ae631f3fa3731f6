/*
 * A file of comma-separated values. Reading it ends; and the fields of a
 * record, written with quotes around each, are read as the same fields.
 */
#include "base/assert.h"
#include "base/buffer.h"
#include "cli/csv.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    INPUT_MAX = 64 << 10,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_quoted(struct buffer *text, struct bytes field)
{
    buffer_put(text, bytes_from_text("\""));
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] == '"')
            buffer_put(text, bytes_from_text("\""));
        buffer_put(text, bytes_make(field.data + i, 1));
    }
    buffer_put(text, bytes_from_text("\""));
}

static struct buffer quoted(const struct csv_record *record)
{
    struct buffer text;

    buffer_init(&text);
    for (size_t i = 0; i < record->count; i++) {
        if (i > 0)
            buffer_put(&text, bytes_from_text(","));
        put_quoted(&text, record->fields[i]);
    }
    return text;
}

static void read_back(const struct csv_record *record)
{
    struct buffer text = quoted(record);
    FILE *in = fmemopen(text.data, text.size, "r");
    struct line_reader reader;
    static struct csv_record again;

    ASSERT(in != NULL);
    line_reader_init(&reader, in);
    ASSERT(csv_next(&reader, ',', &again) == DALV_OK);
    ASSERT(again.count == record->count);
    for (size_t i = 0; i < again.count; i++)
        ASSERT(bytes_equal(again.fields[i], record->fields[i]));
    line_reader_deinit(&reader);
    (void)fclose(in);
    buffer_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t input[INPUT_MAX];
    static struct csv_record record;
    struct line_reader reader;
    enum dalv_status status = DALV_OK;
    uint64_t number = 0;
    FILE *in;

    if (size == 0 || size > INPUT_MAX)
        return 0;
    memcpy(input, data, size);
    in = fmemopen(input, size, "r");
    ASSERT(in != NULL);
    line_reader_init(&reader, in);
    while (status == DALV_OK || status == DALV_INVALID) {
        status = csv_next(&reader, ',', &record);
        if (status == DALV_OK)
            read_back(&record);
        ASSERT(status != DALV_INVALID || record.reason != NULL);
        ASSERT(status == DALV_NOT_FOUND || reader.number > number);
        number = reader.number;
    }
    ASSERT(status == DALV_NOT_FOUND);
    line_reader_deinit(&reader);
    (void)fclose(in);
    return 0;
}
