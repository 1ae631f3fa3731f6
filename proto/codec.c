#include "proto/codec.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "proto/codec_shape.h"
#include "proto/frame.h"

enum {
    /*
     * A field takes two bytes of a frame at least. Unpacked it takes most as
     * an OUTCOME: the library's list of what it found, which doubles as it
     * grows, its struct and ours.
     */
    FIELD_FRAME_BYTES_MIN = 2,
    FIELD_ARENA_BYTES_MAX = 256,
    MESSAGE_ARENA_BYTES_MAX = 1024,
    FIELDS_MAX = BOUNDS_REFUSALS_UNCONFIRMED_MAX + BOUNDS_SYNC_PUSHES_MAX +
                 CODEC_UNKNOWN_FIELDS_MAX + SHAPE_FIELDS_MAX,
};

_Static_assert(BOUNDS_MESSAGE_BYTES_MAX + FIELDS_MAX * FIELD_ARENA_BYTES_MAX +
                       MESSAGE_ARENA_BYTES_MAX <=
                   CODEC_ARENA_BYTES_MAX,
               "an arena of the largest size holds any frame");

size_t codec_arena_bytes(size_t frame_bytes)
{
    size_t bytes = frame_bytes < BOUNDS_MESSAGE_BYTES_MAX
                       ? frame_bytes
                       : BOUNDS_MESSAGE_BYTES_MAX;
    size_t fields = bytes / FIELD_FRAME_BYTES_MIN;

    if (fields > FIELDS_MAX)
        fields = FIELDS_MAX;
    return bytes + fields * FIELD_ARENA_BYTES_MAX + MESSAGE_ARENA_BYTES_MAX;
}

/* All structs of the union begin where it begins. */
static enum dalv_status decode_body(const struct shape *shape,
                                    struct bytes body, struct arena *arena,
                                    struct message *out_message)
{
    size_t mark = arena_mark(arena);
    enum dalv_status status = shape_scan(shape, body);

    if (status == DALV_OK)
        status = shape_unpack(shape, body, arena, &out_message->hello);
    if (status != DALV_OK)
        arena_rewind(arena, mark);
    return status;
}

enum dalv_status codec_decode(struct bytes frame, struct arena *arena,
                              struct message *out_message)
{
    struct message message = {.request = 0};
    struct frame parts;
    const struct shape *shape;
    enum dalv_status status;

    if (frame.size > BOUNDS_MESSAGE_BYTES_MAX)
        return DALV_TOO_BIG;
    status = frame_decode(frame, &parts);
    if (status != DALV_OK)
        return status;
    if (parts.version > FRAME_VERSION)
        return DALV_UNSUPPORTED;
    shape = shape_of(parts.type);
    if (shape == NULL)
        return DALV_UNSUPPORTED;
    message.type = (enum message_type)parts.type;
    message.request = parts.request;
    status = decode_body(shape, parts.body, arena, &message);
    if (status == DALV_OK)
        *out_message = message;
    return status;
}

/* Room for `need` is there: the frame first, the scratch memory behind it. */
static enum dalv_status encode_reserved(const struct message *message,
                                        const struct shape *shape,
                                        struct shape_need need,
                                        struct buffer *out)
{
    uint8_t *start = out->data + out->size;
    struct writer header;
    struct arena scratch;
    size_t body_bytes;
    enum dalv_status status;

    writer_init(&header, start, FRAME_HEADER_BYTES_MAX);
    frame_put_header(&header, (uint8_t)message->type, message->request);
    ASSERT(writer_is_ok(&header));
    arena_init(&scratch, start + FRAME_HEADER_BYTES_MAX + need.body_bytes,
               need.scratch_bytes);
    status = shape_pack(shape, &message->hello, &scratch, start + header.size,
                        &body_bytes);
    if (status != DALV_OK)
        return status;
    ASSERT(body_bytes <= need.body_bytes);
    if (header.size + body_bytes > BOUNDS_MESSAGE_BYTES_MAX)
        return DALV_TOO_BIG;
    out->size += header.size + body_bytes;
    return DALV_OK;
}

enum dalv_status codec_encode(const struct message *message, struct buffer *out)
{
    const struct shape *shape = shape_of((uint8_t)message->type);
    struct shape_need need;
    enum dalv_status status;

    ASSERT(shape != NULL);
    status = shape_measure(shape, &message->hello, &need);
    if (status != DALV_OK)
        return status;
    status = buffer_reserve(out, FRAME_HEADER_BYTES_MAX + need.body_bytes +
                                     need.scratch_bytes);
    if (status != DALV_OK)
        return status;
    return encode_reserved(message, shape, need, out);
}
