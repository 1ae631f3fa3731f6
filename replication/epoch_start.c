#include "replication/epoch_start.h"

#include "base/assert.h"

enum {
    EPOCH_START_VERSION = 1
};

void epoch_start_encode(const struct epoch_start *start, struct writer *writer)
{
    writer_u8(writer, EPOCH_START_VERSION);
    writer_varint(writer, start->epoch);
    writer_varint(writer, start->change);
    writer_u64(writer, start->boot_id);
    member_set_put(writer, &start->joint.members);
    member_set_put(writer, &start->joint.old_members);
    ASSERT(writer_is_ok(writer));
}

enum dalv_status epoch_start_decode(struct bytes bytes,
                                    struct epoch_start *out_start)
{
    struct epoch_start start = {0};
    struct reader reader;

    reader_init(&reader, bytes);
    if (reader_u8(&reader) > EPOCH_START_VERSION)
        return DALV_UNSUPPORTED;
    start.epoch = reader_varint(&reader);
    start.change = reader_varint(&reader);
    start.boot_id = reader_u64(&reader);
    member_set_read(&reader, &start.joint.members);
    member_set_read(&reader, &start.joint.old_members);
    if (!reader_is_finished(&reader))
        return DALV_DAMAGED;
    *out_start = start;
    return DALV_OK;
}
