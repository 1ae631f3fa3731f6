#include "proto/frame.h"

enum dalv_status frame_decode(struct bytes bytes, struct frame *out_frame)
{
    struct reader reader;
    uint8_t version;
    uint8_t type;
    uint64_t request;

    reader_init(&reader, bytes);
    version = reader_u8(&reader);
    type = reader_u8(&reader);
    request = reader_varint(&reader);
    if (!reader_is_ok(&reader) || version == 0 || request > UINT32_MAX)
        return DALV_PROTOCOL;
    *out_frame = (struct frame){
        .version = version,
        .type = type,
        .request = (uint32_t)request,
        .body = reader.rest,
    };
    return DALV_OK;
}

void frame_put_header(struct writer *writer, uint8_t type, uint32_t request)
{
    writer_u8(writer, FRAME_VERSION);
    writer_u8(writer, type);
    writer_varint(writer, request);
}
