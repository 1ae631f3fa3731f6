#include "cli/input.h"

#include "base/bounds.h"

#include <string.h>

enum {
    CHUNK_BYTES = 8192
};

enum dalv_status input_read_all(FILE *in, size_t bytes_max,
                                struct buffer *buffer)
{
    char chunk[CHUNK_BYTES];
    size_t size;

    while ((size = fread(chunk, 1, sizeof(chunk), in)) > 0) {
        if (size > bytes_max - buffer->size)
            return DALV_TOO_BIG;
        buffer_put(buffer, bytes_make(chunk, size));
    }
    return ferror(in) == 0 ? DALV_OK : DALV_IO;
}

enum dalv_status input_value(const char *operand, FILE *in,
                             struct buffer *buffer,
                             struct dalv_bytes *out_value)
{
    enum dalv_status status;

    if (strcmp(operand, "-") != 0) {
        *out_value = dalv_text(operand);
        return DALV_OK;
    }
    status = input_read_all(in, BOUNDS_VALUE_MAX, buffer);
    if (status == DALV_OK)
        *out_value = dalv_bytes(buffer->size == 0 ? "" : (void *)buffer->data,
                                buffer->size);
    return status;
}
