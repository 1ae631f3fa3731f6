#include "cluster/part.h"

enum {
    FORMAT_VERSION = 1
};

void part_begin(struct writer *writer)
{
    writer_u8(writer, FORMAT_VERSION);
}

enum dalv_status part_open(struct reader *reader, struct bytes bytes)
{
    uint8_t version;

    reader_init(reader, bytes);
    version = reader_u8(reader);
    if (!reader_is_ok(reader) || version == 0)
        return DALV_PROTOCOL;
    return version == FORMAT_VERSION ? DALV_OK : DALV_UNSUPPORTED;
}

uint32_t part_u32(struct reader *reader)
{
    uint64_t number = reader_varint(reader);

    if (number > UINT32_MAX) {
        reader_fail(reader);
        return 0;
    }
    return (uint32_t)number;
}
