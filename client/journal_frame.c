#include "client/journal_frame.h"

#include "base/crc32c.h"
#include "client/journal.h"

enum {
    FRAME_MAGIC = 0xD7,
    FRAME_VERSION = 1,
    FRAME_CHECKED_BYTES = 8, /* Before the CRC. */
};

static uint32_t checksum(struct bytes head, struct bytes payload)
{
    return crc32c_extend(crc32c(head), payload);
}

void journal_frame_write(struct writer *writer, uint8_t type,
                         struct bytes payload)
{
    size_t start = writer->size;

    writer_u8(writer, FRAME_MAGIC);
    writer_u8(writer, FRAME_VERSION);
    writer_u8(writer, type);
    writer_u8(writer, 0);
    writer_u32(writer, (uint32_t)payload.size);
    if (writer_is_ok(writer))
        writer_u32(writer, checksum(bytes_make(writer->data + start,
                                               FRAME_CHECKED_BYTES),
                                    payload));
}

enum dalv_status journal_frame_read(struct bytes bytes,
                                    struct journal_frame *out_frame)
{
    struct journal_frame frame = {0};
    struct reader reader;
    uint8_t magic;
    uint8_t zero;
    uint32_t size;
    uint32_t crc;

    reader_init(&reader, bytes);
    magic = reader_u8(&reader);
    frame.version = reader_u8(&reader);
    frame.type = reader_u8(&reader);
    zero = reader_u8(&reader);
    size = reader_u32(&reader);
    crc = reader_u32(&reader);
    if (magic != FRAME_MAGIC || zero != 0 || size > JOURNAL_PAYLOAD_MAX)
        return DALV_DAMAGED;
    frame.payload = reader_bytes(&reader, size);
    if (!reader_is_ok(&reader) ||
        checksum(bytes_make(bytes.data, FRAME_CHECKED_BYTES), frame.payload) !=
            crc)
        return DALV_DAMAGED;
    if (frame.version > FRAME_VERSION)
        return DALV_UNSUPPORTED;
    frame.size = JOURNAL_FRAME_BYTES + size;
    *out_frame = frame;
    return DALV_OK;
}

size_t journal_frame_seek(struct bytes bytes)
{
    for (size_t offset = 0; offset < bytes.size; offset++) {
        struct journal_frame frame;

        if (bytes.data[offset] != FRAME_MAGIC)
            continue;
        if (journal_frame_read(
                bytes_make(bytes.data + offset, bytes.size - offset), &frame) !=
            DALV_DAMAGED)
            return offset;
    }
    return bytes.size;
}
