#include "storage/record.h"

#include "base/crc32c.h"

#include <stddef.h>

enum {
    CRC_BYTES = 4, /* The CRC stands first and covers all that follows it. */
};

static bool type_is_known(uint8_t type)
{
    return type >= RECORD_DATA && type <= RECORD_STATE;
}

bool record_is_entry(enum record_type type)
{
    return type == RECORD_DATA || type == RECORD_EPOCH_START;
}

enum dalv_status record_encode(struct record *record, struct writer *writer)
{
    size_t start = writer->size;
    uint32_t crc;

    if (!type_is_known((uint8_t)record->type) ||
        record->partition >= RECORD_PARTITIONS_MAX)
        return DALV_INVALID;
    if (writer->failed || record->payload.size > RECORD_PAYLOAD_MAX ||
        writer->capacity - start < RECORD_HEADER_BYTES + record->payload.size)
        return DALV_TOO_BIG;

    writer_u32(writer, 0);
    writer_u8(writer, RECORD_VERSION);
    writer_u8(writer, (uint8_t)record->type);
    writer_u16(writer, 0);
    writer_u32(writer, (uint32_t)record->payload.size);
    writer_u32(writer, record->partition);
    writer_u64(writer, record->position.epoch);
    writer_u64(writer, record->position.index);
    writer_u32(writer, record->previous_crc);
    writer_bytes_put(writer, record->payload);
    crc = crc32c(bytes_make(writer->data + start + CRC_BYTES,
                            writer->size - start - CRC_BYTES));
    writer_u32_at(writer, start, crc);
    record->position.crc = crc;
    return DALV_OK;
}

/* The header's fields, and what of them must hold in every version. */
static enum dalv_status decode(struct reader *reader, bool is_checked,
                               struct record *out_record)
{
    struct bytes all = reader->rest;
    struct record record = {.partition = 0};
    uint8_t version;
    uint8_t type;
    uint16_t reserved;
    uint32_t size;

    record.position.crc = reader_u32(reader);
    version = reader_u8(reader);
    type = reader_u8(reader);
    reserved = reader_u16(reader);
    size = reader_u32(reader);
    record.partition = reader_u32(reader);
    record.position.epoch = reader_u64(reader);
    record.position.index = reader_u64(reader);
    record.previous_crc = reader_u32(reader);
    if (size > RECORD_PAYLOAD_MAX)
        return DALV_DAMAGED;
    record.payload = reader_bytes(reader, size);
    if (!reader_is_ok(reader))
        return DALV_DAMAGED;
    if (is_checked && crc32c(bytes_make(all.data + CRC_BYTES,
                                        RECORD_HEADER_BYTES - CRC_BYTES +
                                            size)) != record.position.crc)
        return DALV_DAMAGED;
    if (version != RECORD_VERSION || !type_is_known(type))
        return DALV_UNSUPPORTED;
    if (reserved != 0 || record.partition >= RECORD_PARTITIONS_MAX)
        return DALV_DAMAGED;
    record.type = (enum record_type)type;
    *out_record = record;
    return DALV_OK;
}

static enum dalv_status decode_or_fail(struct reader *reader, bool is_checked,
                                       struct record *out_record)
{
    enum dalv_status status = decode(reader, is_checked, out_record);

    if (status != DALV_OK)
        reader_fail(reader);
    return status;
}

enum dalv_status record_decode(struct reader *reader, struct record *out_record)
{
    return decode_or_fail(reader, true, out_record);
}

enum dalv_status record_decode_unchecked(struct reader *reader,
                                         struct record *out_record)
{
    return decode_or_fail(reader, false, out_record);
}

void record_kept_encode(struct log_position kept, struct writer *writer)
{
    writer_u64(writer, kept.epoch);
    writer_u64(writer, kept.index);
    writer_u32(writer, kept.crc);
}

enum dalv_status record_kept_decode(struct bytes payload,
                                    struct log_position *out_kept)
{
    struct log_position kept;
    struct reader reader;

    reader_init(&reader, payload);
    kept.epoch = reader_u64(&reader);
    kept.index = reader_u64(&reader);
    kept.crc = reader_u32(&reader);
    if (!reader_is_finished(&reader))
        return DALV_DAMAGED;
    *out_kept = kept;
    return DALV_OK;
}
