#include "storage/batch.h"

#include "base/assert.h"
#include "base/crc32c.h"

/* "DalvLog" and a byte that no text has. */
#define MAGIC UINT64_C(0xFD676F4C766C6144)

enum {
    CRC_OFFSET = 60, /* The CRC stands last and covers all before it. */
    FLAGS_KNOWN = BATCH_IS_STATE | BATCH_HAS_MORE_STATE | BATCH_IS_UNCERTAIN,
};

_Static_assert((int)BATCH_BODY_MAX >= (int)RECORD_BYTES_MAX,
               "a record fits a batch");

uint64_t batch_bytes(uint32_t body_size)
{
    uint64_t size = (uint64_t)BATCH_HEADER_BYTES + body_size;

    return (size + BATCH_ALIGNMENT - 1) / BATCH_ALIGNMENT * BATCH_ALIGNMENT;
}

void batch_encode(struct batch *batch, uint8_t *out_header)
{
    struct writer writer;

    writer_init(&writer, out_header, BATCH_HEADER_BYTES);
    writer_u64(&writer, MAGIC);
    writer_u16(&writer, BATCH_VERSION);
    writer_u16(&writer, batch->flags);
    writer_u32(&writer, batch->record_count);
    writer_u64(&writer, batch->sequence);
    writer_u64(&writer, batch->log_id);
    writer_u32(&writer, batch->segment);
    writer_u32(&writer, batch->segment_bytes);
    writer_u32(&writer, batch->offset);
    writer_u32(&writer, batch->body_size);
    writer_u32(&writer, batch->body_crc);
    writer_u32(&writer, batch->previous_crc);
    writer_u32(&writer, 0);
    batch->crc = crc32c(bytes_make(out_header, CRC_OFFSET));
    writer_u32(&writer, batch->crc);
    ASSERT(writer_is_ok(&writer) && writer.size == BATCH_HEADER_BYTES);
}

/* What every header of this version holds to. */
static bool is_possible(const struct batch *batch)
{
    return (batch->flags & ~(unsigned)FLAGS_KNOWN) == 0 &&
           batch->body_size <= BATCH_BODY_MAX && batch->sequence > 0 &&
           batch->offset % BATCH_ALIGNMENT == 0 &&
           batch->segment_bytes % BATCH_ALIGNMENT == 0 &&
           batch->offset + batch_bytes(batch->body_size) <=
               batch->segment_bytes;
}

enum dalv_status batch_decode(struct bytes bytes, struct batch *out_batch)
{
    struct batch batch;
    struct reader reader;
    uint64_t magic;
    uint16_t version;
    uint32_t reserved;

    reader_init(&reader, bytes);
    magic = reader_u64(&reader);
    version = reader_u16(&reader);
    batch.flags = reader_u16(&reader);
    batch.record_count = reader_u32(&reader);
    batch.sequence = reader_u64(&reader);
    batch.log_id = reader_u64(&reader);
    batch.segment = reader_u32(&reader);
    batch.segment_bytes = reader_u32(&reader);
    batch.offset = reader_u32(&reader);
    batch.body_size = reader_u32(&reader);
    batch.body_crc = reader_u32(&reader);
    batch.previous_crc = reader_u32(&reader);
    reserved = reader_u32(&reader);
    batch.crc = reader_u32(&reader);
    if (!reader_is_ok(&reader) || magic != MAGIC ||
        crc32c(bytes_make(bytes.data, CRC_OFFSET)) != batch.crc)
        return DALV_DAMAGED;
    if (version != BATCH_VERSION)
        return DALV_UNSUPPORTED;
    if (reserved != 0 || !is_possible(&batch))
        return DALV_DAMAGED;
    *out_batch = batch;
    return DALV_OK;
}
