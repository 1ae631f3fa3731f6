#include "tests/support/log_writer.h"

#include "base/assert.h"

void log_writer_init(struct log_writer *writer)
{
    *writer = (struct log_writer){0};
    buffer_init(&writer->records);
}

void log_writer_deinit(struct log_writer *writer)
{
    buffer_deinit(&writer->records);
}

void log_writer_begin(struct log_writer *writer, struct commit_log *log)
{
    buffer_clear(&writer->records);
    writer->count = 0;
    writer->log = log;
    for (size_t i = 0; i < LOG_WRITER_PARTITIONS; i++)
        writer->has_end[i] = false;
}

static struct log_position *end_of(struct log_writer *writer,
                                   uint32_t partition)
{
    ASSERT(partition < LOG_WRITER_PARTITIONS);
    if (!writer->has_end[partition])
        writer->ends[partition] = commit_log_end(writer->log, partition);
    writer->has_end[partition] = true;
    return &writer->ends[partition];
}

static void put(struct log_writer *writer, struct record *record)
{
    size_t size = RECORD_HEADER_BYTES + record->payload.size;
    enum dalv_status status = buffer_reserve(&writer->records, size);
    struct writer bytes;

    ASSERT(status == DALV_OK);
    writer_init(&bytes, writer->records.data + writer->records.size, size);
    status = record_encode(record, &bytes);
    ASSERT(status == DALV_OK);
    writer->records.size += size;
    writer->count++;
}

void log_writer_put(struct log_writer *writer, uint32_t partition,
                    uint64_t epoch, struct bytes payload)
{
    struct log_position *end = end_of(writer, partition);
    struct record record = {
        .type = RECORD_DATA,
        .partition = partition,
        .position = {.epoch = epoch, .index = end->index + 1},
        .previous_crc = end->crc,
        .payload = payload,
    };

    put(writer, &record);
    *end = record.position;
}

void log_writer_note(struct log_writer *writer, enum record_type type,
                     uint32_t partition, uint64_t epoch, struct bytes payload)
{
    struct log_position *end = end_of(writer, partition);
    struct record record = {
        .type = type,
        .partition = partition,
        .position = {.epoch = epoch, .index = end->index},
        .previous_crc = end->crc,
        .payload = payload,
    };
    enum dalv_status status;

    put(writer, &record);
    if (type != RECORD_TRUNCATE && type != RECORD_MARK)
        return;
    status = record_kept_decode(payload, end);
    ASSERT(status == DALV_OK);
}

enum dalv_status log_writer_append(struct log_writer *writer)
{
    enum dalv_status status = commit_log_append(
        writer->log, buffer_bytes(&writer->records), writer->count);

    log_writer_begin(writer, writer->log);
    return status;
}
