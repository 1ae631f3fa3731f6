/*
 * A header that can be read, written again is read the same.
 */
#include "base/assert.h"
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t memory[FRAME_HEADER_BYTES_MAX];
    struct writer writer;
    struct frame frame;
    struct bytes header;

    if (frame_decode(bytes_make(data, size), &frame) != DALV_OK ||
        frame.version != FRAME_VERSION)
        return 0;
    writer_init(&writer, memory, sizeof(memory));
    frame_put_header(&writer, frame.type, frame.request);
    ASSERT(writer_is_ok(&writer));
    header = writer_bytes(&writer);
    ASSERT(header.size + frame.body.size == size);
    ASSERT(bytes_equal(header, bytes_make(data, header.size)));
    return 0;
}
