#include "proto/codec_shape.h"

#include "base/assert.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <string.h>

static void *take(void *arena, size_t size)
{
    return arena_take(arena, 1, size);
}

/* Nothing is released singly. */
static void release(void *arena, void *pointer)
{
    (void)arena;
    (void)pointer;
}

/* A number of the library's struct, as the plain struct means it. */
static uint64_t read_number(const uint8_t *wire, enum shape_kind kind)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    protobuf_c_boolean flag = 0;

    if (kind == SHAPE_U64 || kind == SHAPE_FIXED64) {
        memcpy(&wide, wire, sizeof(wide));
        return wide;
    }
    if (kind == SHAPE_BOOL || kind == SHAPE_NOT) {
        memcpy(&flag, wire, sizeof(flag));
        return (flag != 0) != (kind == SHAPE_NOT);
    }
    memcpy(&narrow, wire, sizeof(narrow));
    return narrow;
}

static void write_number(uint8_t *plain, enum shape_kind kind, uint64_t number)
{
    uint8_t tiny = (uint8_t)number;
    uint32_t narrow = (uint32_t)number;
    bool flag = number != 0;

    if (kind == SHAPE_U64 || kind == SHAPE_FIXED64)
        memcpy(plain, &number, sizeof(number));
    else if (kind == SHAPE_BOOL || kind == SHAPE_NOT)
        memcpy(plain, &flag, sizeof(flag));
    else if (kind == SHAPE_U8)
        memcpy(plain, &tiny, sizeof(tiny));
    else
        memcpy(plain, &narrow, sizeof(narrow));
}

static enum dalv_status unpack_number(const struct shape_field *field,
                                      const uint8_t *wire, uint8_t *plain)
{
    uint64_t number = read_number(wire, field->kind);
    enum dalv_status status = shape_check_number(field, number);

    if (status == DALV_OK)
        write_number(plain, field->kind, number);
    return status;
}

static struct bytes read_bytes(const void *wire)
{
    ProtobufCBinaryData binary;

    memcpy(&binary, wire, sizeof(binary));
    return bytes_make(binary.len == 0 ? NULL : binary.data, binary.len);
}

static enum dalv_status unpack_bytes(const struct shape_field *field,
                                     const uint8_t *wire, uint8_t *plain)
{
    struct bytes bytes = read_bytes(wire);
    enum dalv_status status = shape_check_bytes(field, bytes);

    if (status != DALV_OK)
        return status;
    if (field->kind != SHAPE_ID)
        memcpy(plain, &bytes, sizeof(bytes));
    else if (bytes.size > 0 && bytes.size != field->max)
        return DALV_PROTOCOL;
    else if (bytes.size > 0)
        memcpy(plain, bytes.data, bytes.size);
    return DALV_OK;
}

/* A field that is no list. */
static enum dalv_status unpack_single(const struct shape_field *field,
                                      const uint8_t *wire, uint8_t *plain)
{
    switch (field->kind) {
    case SHAPE_U8:
    case SHAPE_U32:
    case SHAPE_STATUS:
    case SHAPE_U64:
    case SHAPE_FIXED64:
    case SHAPE_BOOL:
    case SHAPE_NOT:
        return unpack_number(field, wire, plain);
    case SHAPE_BYTES:
    case SHAPE_TEXT:
    case SHAPE_USER:
    case SHAPE_ID:
        return unpack_bytes(field, wire, plain);
    case SHAPE_U64_LIST:
    case SHAPE_I64_LIST:
    case SHAPE_BYTES_LIST:
    case SHAPE_LIST:
        break;
    }
    ASSERT_UNREACHABLE("a field that is no list");
}

static enum dalv_status unpack_part(const struct shape *shape,
                                    const uint8_t *wire, uint8_t *plain)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        enum dalv_status status = unpack_single(
            field, wire + shape->wire->fields[i].offset, plain + field->offset);

        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

static enum dalv_status unpack_parts(const struct shape *shape,
                                     ProtobufCMessage *const *parts,
                                     size_t count, uint8_t *plain)
{
    for (size_t i = 0; i < count; i++) {
        enum dalv_status status = unpack_part(shape, (const uint8_t *)parts[i],
                                              plain + i * shape->plain_bytes);

        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

static enum dalv_status unpack_views(const struct shape_field *field,
                                     const ProtobufCBinaryData *binaries,
                                     size_t count, struct bytes *views)
{
    for (size_t i = 0; i < count; i++) {
        enum dalv_status status;

        views[i] = read_bytes(&binaries[i]);
        status = shape_check_bytes(field, views[i]);
        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

/* Fills `out_items`, the pointer in the plain struct. */
static enum dalv_status unpack_items(const struct shape_field *field,
                                     const void *wire_items, size_t count,
                                     struct arena *arena, void *out_items)
{
    bool is_parts = field->kind == SHAPE_LIST;
    size_t size = is_parts ? field->element->plain_bytes : sizeof(struct bytes);
    void *items = arena_take(arena, count, size);

    if (items == NULL)
        return DALV_TOO_BIG;
    memcpy(out_items, &items, sizeof(items));
    if (is_parts)
        return unpack_parts(field->element, wire_items, count, items);
    return unpack_views(field, wire_items, count, items);
}

static enum dalv_status unpack_list(const struct shape_field *field,
                                    const void *wire_items, size_t count,
                                    struct arena *arena, uint8_t *plain)
{
    memcpy(plain + field->count_offset, &count, sizeof(count));
    if (count == 0)
        return DALV_OK;
    if (field->kind == SHAPE_LIST || field->kind == SHAPE_BYTES_LIST)
        return unpack_items(field, wire_items, count, arena,
                            plain + field->offset);
    /* Numbers are the same on both sides: they are lent. */
    memcpy(plain + field->offset, &wire_items, sizeof(wire_items));
    return DALV_OK;
}

static enum dalv_status unpack_field(const struct shape *shape, size_t index,
                                     const uint8_t *wire, struct arena *arena,
                                     uint8_t *plain)
{
    const struct shape_field *field = &shape->fields[index];
    const ProtobufCFieldDescriptor *place = &shape->wire->fields[index];
    const void *items;
    size_t count;

    if (!shape_is_list(field->kind))
        return unpack_single(field, wire + place->offset,
                             plain + field->offset);
    memcpy(&items, wire + place->offset, sizeof(items));
    memcpy(&count, wire + place->quantifier_offset, sizeof(count));
    return unpack_list(field, items, count, arena, plain);
}

enum dalv_status shape_unpack(const struct shape *shape, struct bytes body,
                              struct arena *arena, void *out_plain)
{
    static const uint8_t nothing[1];
    ProtobufCAllocator allocator = {
        .alloc = take, .free = release, .allocator_data = arena};
    ProtobufCMessage *wire =
        protobuf_c_message_unpack(shape->wire, &allocator, body.size,
                                  body.size == 0 ? nothing : body.data);

    /* All else that the library could object to was found by the walk. */
    if (wire == NULL)
        return DALV_TOO_BIG;
    for (size_t i = 0; i < shape->field_count; i++) {
        enum dalv_status status =
            unpack_field(shape, i, (const uint8_t *)wire, arena, out_plain);

        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}
