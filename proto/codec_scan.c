#include "proto/codec_shape.h"

#include "base/assert.h"
#include "proto/codec.h"

#include <stdbool.h>

/* Of the encoding of Protocol Buffers; 3 and 4, groups, are not used. */
enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_SIZED = 2,
    WIRE_FIXED32 = 5,
};

enum {
    WIRE_TYPE_BITS = 3,
    WIRE_TYPE_MASK = 7,
    FIXED32_BYTES = 4,
    FIXED64_BYTES = 8,
};

/* One message, or part of one, that is being walked. */
struct level {
    const struct shape *shape;
    struct reader reader;
    uint32_t counts[SHAPE_FIELDS_MAX]; /* How often each field has come. */
};

/* An explicit stack: what comes from outside never drives a recursion. */
struct scan {
    struct level levels[SHAPE_DEPTH_MAX];
    size_t depth;
    size_t unknown_fields;
    size_t unknown_bytes;
};

static enum wire_type expected_wire_type(enum shape_kind kind)
{
    switch (kind) {
    case SHAPE_U8:
    case SHAPE_U32:
    case SHAPE_STATUS:
    case SHAPE_U64:
    case SHAPE_BOOL:
    case SHAPE_NOT:
        return WIRE_VARINT;
    case SHAPE_FIXED64:
        return WIRE_FIXED64;
    case SHAPE_BYTES:
    case SHAPE_TEXT:
    case SHAPE_USER:
    case SHAPE_ID:
    case SHAPE_U64_LIST:
    case SHAPE_I64_LIST:
    case SHAPE_BYTES_LIST:
    case SHAPE_LIST:
        return WIRE_SIZED;
    }
    ASSERT_UNREACHABLE("a kind of the list");
}

static enum dalv_status status_of(const struct reader *reader)
{
    return reader_is_ok(reader) ? DALV_OK : DALV_PROTOCOL;
}

static struct bytes read_sized(struct reader *reader)
{
    uint64_t size = reader_varint(reader);

    if (size > reader->rest.size) {
        reader_fail(reader);
        return (struct bytes){0};
    }
    return reader_bytes(reader, (size_t)size);
}

/* A field of a newer version: passed over, within a budget. */
static enum dalv_status pass_over(struct scan *scan, struct reader *reader,
                                  uint64_t wire_type)
{
    size_t before = reader->rest.size;

    if (wire_type == WIRE_VARINT)
        (void)reader_varint(reader);
    else if (wire_type == WIRE_FIXED64)
        (void)reader_bytes(reader, FIXED64_BYTES);
    else if (wire_type == WIRE_FIXED32)
        (void)reader_bytes(reader, FIXED32_BYTES);
    else if (wire_type == WIRE_SIZED)
        (void)read_sized(reader);
    else
        reader_fail(reader);
    if (!reader_is_ok(reader))
        return DALV_PROTOCOL;
    scan->unknown_fields++;
    scan->unknown_bytes += before - reader->rest.size;
    return scan->unknown_fields <= CODEC_UNKNOWN_FIELDS_MAX &&
                   scan->unknown_bytes <= CODEC_UNKNOWN_BYTES_MAX
               ? DALV_OK
               : DALV_TOO_BIG;
}

/* Packed numbers, counted before any room is made for them. */
static enum dalv_status scan_packed(const struct shape_field *field,
                                    struct bytes packed)
{
    struct reader reader;
    uint32_t count = 0;

    reader_init(&reader, packed);
    while (reader_is_ok(&reader) && !reader_is_finished(&reader)) {
        (void)reader_varint(&reader);
        if (++count > field->count_max)
            return DALV_TOO_BIG;
    }
    return status_of(&reader);
}

static enum dalv_status scan_sized(struct scan *scan,
                                   const struct shape_field *field,
                                   struct reader *reader)
{
    struct bytes sized = read_sized(reader);

    if (!reader_is_ok(reader))
        return DALV_PROTOCOL;
    if (field->kind == SHAPE_U64_LIST || field->kind == SHAPE_I64_LIST)
        return scan_packed(field, sized);
    if (field->kind != SHAPE_LIST)
        return sized.size <= field->max ? DALV_OK : DALV_TOO_BIG;

    ASSERT(scan->depth < SHAPE_DEPTH_MAX);
    scan->levels[scan->depth] = (struct level){.shape = field->element};
    reader_init(&scan->levels[scan->depth].reader, sized);
    scan->depth++;
    return DALV_OK;
}

/* The library would cut a number to 32 bits or to a bit, without a word. */
static enum dalv_status scan_varint(const struct shape_field *field,
                                    struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (!reader_is_ok(reader))
        return DALV_PROTOCOL;
    if (field->kind == SHAPE_U64)
        return DALV_OK;
    if (field->kind == SHAPE_BOOL || field->kind == SHAPE_NOT)
        return value <= 1 ? DALV_OK : DALV_PROTOCOL;
    return value <= UINT32_MAX ? DALV_OK : DALV_PROTOCOL;
}

static bool may_repeat(enum shape_kind kind)
{
    return kind == SHAPE_LIST || kind == SHAPE_BYTES_LIST;
}

static enum dalv_status scan_known(struct scan *scan, struct level *level,
                                   size_t index, uint64_t wire_type)
{
    const struct shape_field *field = &level->shape->fields[index];
    enum wire_type expected = expected_wire_type(field->kind);

    if (wire_type != expected)
        return DALV_PROTOCOL;
    level->counts[index]++;
    if (!may_repeat(field->kind) && level->counts[index] > 1)
        return DALV_PROTOCOL;
    if (level->counts[index] > field->count_max && may_repeat(field->kind))
        return DALV_TOO_BIG;
    if (wire_type == WIRE_VARINT)
        return scan_varint(field, &level->reader);
    if (wire_type == WIRE_SIZED)
        return scan_sized(scan, field, &level->reader);
    (void)reader_bytes(&level->reader, FIXED64_BYTES);
    return status_of(&level->reader);
}

static enum dalv_status scan_field(struct scan *scan, struct level *level)
{
    uint64_t tag = reader_varint(&level->reader);
    uint64_t number = tag >> WIRE_TYPE_BITS;

    if (!reader_is_ok(&level->reader) || tag > UINT32_MAX || number == 0)
        return DALV_PROTOCOL;
    if (number > level->shape->field_count)
        return pass_over(scan, &level->reader, tag & WIRE_TYPE_MASK);
    return scan_known(scan, level, (size_t)number - 1, tag & WIRE_TYPE_MASK);
}

enum dalv_status shape_scan(const struct shape *shape, struct bytes body)
{
    struct scan scan = {.levels[0] = {.shape = shape}, .depth = 1};

    reader_init(&scan.levels[0].reader, body);
    while (scan.depth > 0) {
        struct level *level = &scan.levels[scan.depth - 1];
        enum dalv_status status;

        if (reader_is_finished(&level->reader)) {
            scan.depth--;
            continue;
        }
        status = scan_field(&scan, level);
        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}
