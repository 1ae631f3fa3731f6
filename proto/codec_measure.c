#include "proto/codec_shape.h"

#include "base/assert.h"
#include "base/bounds.h"

#include <protobuf-c/protobuf-c.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

enum {
    TAG_BYTES_MAX = 2,
    VARINT_BYTES_MAX = 10,
    /* The name of a field and a number, or the size of what follows. */
    FIELD_BYTES_MAX = TAG_BYTES_MAX + VARINT_BYTES_MAX,
};

static size_t scratch_bytes(size_t count, size_t size)
{
    return count * size + alignof(max_align_t);
}

/* Compared before it is added: no sum can wrap around. */
static bool add_bytes(const struct shape_field *field, const void *plain,
                      struct shape_need *need)
{
    struct bytes bytes;

    memcpy(&bytes, plain, sizeof(bytes));
    if (bytes.size > field->max)
        return false;
    need->body_bytes += FIELD_BYTES_MAX + bytes.size;
    return need->body_bytes <= 2 * (size_t)BOUNDS_MESSAGE_BYTES_MAX;
}

static bool add_single(const struct shape_field *field, const uint8_t *plain,
                       struct shape_need *need)
{
    switch (field->kind) {
    case SHAPE_U8:
    case SHAPE_U32:
    case SHAPE_STATUS:
    case SHAPE_U64:
    case SHAPE_FIXED64:
    case SHAPE_BOOL:
    case SHAPE_NOT:
        need->body_bytes += FIELD_BYTES_MAX;
        return true;
    case SHAPE_BYTES:
    case SHAPE_TEXT:
    case SHAPE_USER:
        return add_bytes(field, plain + field->offset, need);
    case SHAPE_ID:
        need->body_bytes += FIELD_BYTES_MAX + (size_t)field->max;
        return true;
    case SHAPE_U64_LIST:
    case SHAPE_I64_LIST:
    case SHAPE_BYTES_LIST:
    case SHAPE_LIST:
        break;
    }
    ASSERT_UNREACHABLE("a field that is no list");
}

static bool add_parts(const struct shape *part, const uint8_t *items,
                      size_t count, struct shape_need *need)
{
    need->scratch_bytes += scratch_bytes(count, sizeof(ProtobufCMessage *)) +
                           count * scratch_bytes(1, part->wire->sizeof_message);
    need->body_bytes += count * FIELD_BYTES_MAX;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < part->field_count; j++) {
            if (!add_single(&part->fields[j], items + i * part->plain_bytes,
                            need))
                return false;
        }
    }
    return true;
}

static bool add_views(const struct shape_field *field, const uint8_t *items,
                      size_t count, struct shape_need *need)
{
    need->scratch_bytes += scratch_bytes(count, sizeof(ProtobufCBinaryData));
    for (size_t i = 0; i < count; i++) {
        if (!add_bytes(field, items + i * sizeof(struct bytes), need))
            return false;
    }
    return true;
}

static bool add_field(const struct shape_field *field, const uint8_t *plain,
                      struct shape_need *need)
{
    const uint8_t *items;
    size_t count;

    if (!shape_is_list(field->kind))
        return add_single(field, plain, need);
    memcpy(&items, plain + field->offset, sizeof(items));
    memcpy(&count, plain + field->count_offset, sizeof(count));
    if (count > field->count_max)
        return false;
    if (field->kind == SHAPE_LIST)
        return add_parts(field->element, items, count, need);
    if (field->kind == SHAPE_BYTES_LIST)
        return add_views(field, items, count, need);
    need->body_bytes += FIELD_BYTES_MAX + count * VARINT_BYTES_MAX;
    return true;
}

enum dalv_status shape_measure(const struct shape *shape, const void *plain,
                               struct shape_need *out_need)
{
    struct shape_need need = {
        .scratch_bytes = scratch_bytes(1, shape->wire->sizeof_message)};

    for (size_t i = 0; i < shape->field_count; i++) {
        if (!add_field(&shape->fields[i], plain, &need))
            return DALV_TOO_BIG;
    }
    *out_need = need;
    return DALV_OK;
}
