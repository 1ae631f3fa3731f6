#include "node/resume.h"

/* The first byte says what it is a place in, and the form's version. */
enum {
    RESUME_FEED = 0x11,
    RESUME_RANGE = 0x21
};

static void put_dot(struct writer *writer, struct dot dot)
{
    writer_varint(writer, dot.device);
    writer_varint(writer, dot.local_id);
    writer_varint(writer, dot.position);
}

static struct dot get_dot(struct reader *reader)
{
    struct dot dot;
    uint64_t position;

    dot.device = reader_varint(reader);
    dot.local_id = reader_varint(reader);
    position = reader_varint(reader);
    if (position > UINT32_MAX)
        reader_fail(reader);
    dot.position = (uint32_t)position;
    return dot;
}

static void put_key(struct writer *writer, struct bytes key)
{
    writer_varint(writer, key.size);
    writer_bytes_put(writer, key);
}

static struct bytes get_key(struct reader *reader)
{
    uint64_t size = reader_varint(reader);

    if (size > BOUNDS_KEY_MAX)
        reader_fail(reader);
    return reader_bytes(reader, (size_t)size);
}

static bool get_flag(struct reader *reader)
{
    uint8_t flag = reader_u8(reader);

    if (flag > 1)
        reader_fail(reader);
    return flag == 1;
}

void resume_put_feed(struct writer *writer,
                     const struct feed_position *position)
{
    writer_u8(writer, RESUME_FEED);
    writer_varint(writer, position->revision);
    put_key(writer, position->key);
    writer_u8(writer, position->has_dot ? 1 : 0);
    put_dot(writer, position->dot);
}

void resume_put_range(struct writer *writer,
                      const struct range_position *position)
{
    writer_u8(writer, RESUME_RANGE);
    put_key(writer, position->key);
    writer_u8(writer, position->has_dot ? 1 : 0);
    put_dot(writer, position->dot);
    writer_u8(writer, position->is_after_key ? 1 : 0);
}

enum dalv_status resume_get_feed(struct bytes bytes,
                                 struct feed_position *out_position)
{
    struct feed_position position = {0};
    struct reader reader;

    reader_init(&reader, bytes);
    if (reader_u8(&reader) != RESUME_FEED)
        return DALV_INVALID;
    position.revision = reader_varint(&reader);
    position.key = get_key(&reader);
    position.has_dot = get_flag(&reader);
    position.dot = get_dot(&reader);
    if (!reader_is_finished(&reader))
        return DALV_INVALID;
    *out_position = position;
    return DALV_OK;
}

enum dalv_status resume_get_range(struct bytes bytes,
                                  struct range_position *out_position)
{
    struct range_position position = {0};
    struct reader reader;

    reader_init(&reader, bytes);
    if (reader_u8(&reader) != RESUME_RANGE)
        return DALV_INVALID;
    position.key = get_key(&reader);
    position.has_dot = get_flag(&reader);
    position.dot = get_dot(&reader);
    position.is_after_key = get_flag(&reader);
    if (!reader_is_finished(&reader))
        return DALV_INVALID;
    *out_position = position;
    return DALV_OK;
}

enum dalv_status resume_find_range(const struct message_range *range,
                                   struct range_position *out_position)
{
    struct range_position position = {0};

    if (range->resume.size > 0)
        return resume_get_range(range->resume, out_position);
    if (range->part_first > 0) {
        position.key = range->prefix;
        position.has_dot = true;
        position.dot.position = range->part_first - 1;
    } else if (range->from_key.size > 0) {
        position.key = range->from_key;
        position.is_after_key = true;
    }
    *out_position = position;
    return DALV_OK;
}
