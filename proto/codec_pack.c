#include "proto/codec_shape.h"

#include "base/assert.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <string.h>

static uint64_t read_number(const uint8_t *plain, enum shape_kind kind)
{
    uint64_t wide = 0;
    uint32_t narrow = 0;
    bool flag = false;

    if (kind == SHAPE_U64 || kind == SHAPE_FIXED64) {
        memcpy(&wide, plain, sizeof(wide));
        return wide;
    }
    if (kind == SHAPE_BOOL || kind == SHAPE_NOT) {
        memcpy(&flag, plain, sizeof(flag));
        return flag;
    }
    if (kind == SHAPE_U8)
        return plain[0];
    memcpy(&narrow, plain, sizeof(narrow));
    return narrow;
}

static void write_number(uint8_t *wire, enum shape_kind kind, uint64_t number)
{
    uint32_t narrow = (uint32_t)number;
    protobuf_c_boolean flag = (number != 0) != (kind == SHAPE_NOT);

    if (kind == SHAPE_U64 || kind == SHAPE_FIXED64)
        memcpy(wire, &number, sizeof(number));
    else if (kind == SHAPE_BOOL || kind == SHAPE_NOT)
        memcpy(wire, &flag, sizeof(flag));
    else
        memcpy(wire, &narrow, sizeof(narrow));
}

static enum dalv_status pack_number(const struct shape_field *field,
                                    const uint8_t *plain, uint8_t *wire)
{
    uint64_t number = read_number(plain, field->kind);

    write_number(wire, field->kind, number);
    return shape_check_number(field, number);
}

/* An id of zeros is none: nothing on the wire. */
static struct bytes read_id(const uint8_t *plain, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (plain[i] != 0)
            return bytes_make(plain, size);
    }
    return (struct bytes){0};
}

/* The library's structs hold pointers to what may change, and leave it. */
static enum dalv_status lend_bytes(const struct shape_field *field,
                                   struct bytes bytes, void *wire)
{
    ProtobufCBinaryData binary = {.len = bytes.size};

    memcpy(&binary.data, &bytes.data, sizeof(binary.data));
    memcpy(wire, &binary, sizeof(binary));
    return shape_check_bytes(field, bytes);
}

static enum dalv_status pack_bytes(const struct shape_field *field,
                                   const uint8_t *plain, uint8_t *wire)
{
    struct bytes bytes;

    memcpy(&bytes, plain, sizeof(bytes));
    return lend_bytes(field, bytes, wire);
}

static enum dalv_status pack_single(const struct shape_field *field,
                                    const uint8_t *plain, uint8_t *wire)
{
    switch (field->kind) {
    case SHAPE_U8:
    case SHAPE_U32:
    case SHAPE_STATUS:
    case SHAPE_U64:
    case SHAPE_FIXED64:
    case SHAPE_BOOL:
    case SHAPE_NOT:
        return pack_number(field, plain, wire);
    case SHAPE_BYTES:
    case SHAPE_TEXT:
    case SHAPE_USER:
        return pack_bytes(field, plain, wire);
    case SHAPE_ID:
        return lend_bytes(field, read_id(plain, (size_t)field->max), wire);
    case SHAPE_U64_LIST:
    case SHAPE_I64_LIST:
    case SHAPE_BYTES_LIST:
    case SHAPE_LIST:
        break;
    }
    ASSERT_UNREACHABLE("a field that is no list");
}

/* A message of the library in measured memory, all fields at their defaults. */
static ProtobufCMessage *prepare(const struct shape *shape,
                                 struct arena *scratch)
{
    ProtobufCMessage *wire =
        arena_take(scratch, 1, shape->wire->sizeof_message);

    ASSERT(wire != NULL);
    shape->wire->message_init(wire);
    return wire;
}

static enum dalv_status pack_part(const struct shape *shape,
                                  const uint8_t *plain, uint8_t *wire)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        enum dalv_status status = pack_single(
            field, plain + field->offset, wire + shape->wire->fields[i].offset);

        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

static enum dalv_status pack_parts(const struct shape *shape,
                                   const uint8_t *items, size_t count,
                                   struct arena *scratch, void *out_items)
{
    ProtobufCMessage **parts =
        arena_take(scratch, count, sizeof(ProtobufCMessage *));

    ASSERT(parts != NULL);
    for (size_t i = 0; i < count; i++) {
        enum dalv_status status;

        parts[i] = prepare(shape, scratch);
        status = pack_part(shape, items + i * shape->plain_bytes,
                           (uint8_t *)parts[i]);
        if (status != DALV_OK)
            return status;
    }
    memcpy(out_items, &parts, sizeof(parts));
    return DALV_OK;
}

static enum dalv_status pack_views(const struct shape_field *field,
                                   const uint8_t *items, size_t count,
                                   struct arena *scratch, void *out_items)
{
    ProtobufCBinaryData *binaries =
        arena_take(scratch, count, sizeof(ProtobufCBinaryData));

    ASSERT(binaries != NULL);
    for (size_t i = 0; i < count; i++) {
        struct bytes view;
        enum dalv_status status;

        memcpy(&view, items + i * sizeof(view), sizeof(view));
        status = lend_bytes(field, view, &binaries[i]);
        if (status != DALV_OK)
            return status;
    }
    memcpy(out_items, &binaries, sizeof(binaries));
    return DALV_OK;
}

static enum dalv_status pack_field(const struct shape *shape, size_t index,
                                   const uint8_t *plain, struct arena *scratch,
                                   uint8_t *wire)
{
    const struct shape_field *field = &shape->fields[index];
    const ProtobufCFieldDescriptor *place = &shape->wire->fields[index];
    uint8_t *out_items = wire + place->offset;
    const uint8_t *items;
    size_t count;

    if (!shape_is_list(field->kind))
        return pack_single(field, plain + field->offset, out_items);
    memcpy(&items, plain + field->offset, sizeof(items));
    memcpy(&count, plain + field->count_offset, sizeof(count));
    memcpy(wire + place->quantifier_offset, &count, sizeof(count));
    if (count == 0)
        return DALV_OK;
    if (field->kind == SHAPE_LIST)
        return pack_parts(field->element, items, count, scratch, out_items);
    if (field->kind == SHAPE_BYTES_LIST)
        return pack_views(field, items, count, scratch, out_items);
    /* Numbers are the same on both sides: they are lent. */
    memcpy(out_items, &items, sizeof(items));
    return DALV_OK;
}

enum dalv_status shape_pack(const struct shape *shape, const void *plain,
                            struct arena *scratch, uint8_t *body,
                            size_t *out_size)
{
    ProtobufCMessage *wire = prepare(shape, scratch);

    for (size_t i = 0; i < shape->field_count; i++) {
        enum dalv_status status =
            pack_field(shape, i, plain, scratch, (uint8_t *)wire);

        if (status != DALV_OK)
            return status;
    }
    *out_size = protobuf_c_message_pack(wire, body);
    return DALV_OK;
}
