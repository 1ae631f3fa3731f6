/*
 * The shape of a message: which field of the plain struct stands for which
 * field on the wire, and between which bounds it must be. Private to proto.
 *
 * One table serves the walk before decoding, decoding and encoding, so a field
 * can not be forgotten, or bounded differently, in one of them.
 */
#ifndef DALV_PROTO_CODEC_SHAPE_H
#define DALV_PROTO_CODEC_SHAPE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHAPE_FIELDS_MAX = 20,
    SHAPE_DEPTH_MAX = 2, /* A message, and the parts that it lists. */
};

enum shape_kind {
    SHAPE_U8,         /* uint8_t; uint32 on the wire. */
    SHAPE_U32,        /* uint32_t or an enum. */
    SHAPE_STATUS,     /* enum dalv_status. */
    SHAPE_U64,        /* uint64_t; a varint on the wire. */
    SHAPE_FIXED64,    /* uint64_t; eight bytes on the wire. */
    SHAPE_BOOL,       /* bool. */
    SHAPE_NOT,        /* bool; its opposite on the wire. */
    SHAPE_BYTES,      /* struct bytes. */
    SHAPE_TEXT,       /* struct bytes, UTF-8. */
    SHAPE_USER,       /* struct bytes, a user id or nothing. */
    SHAPE_ID,         /* 16 bytes in place; zeros are nothing on the wire. */
    SHAPE_U64_LIST,   /* const uint64_t *, packed varints on the wire. */
    SHAPE_I64_LIST,   /* const int64_t *, packed zigzag varints. */
    SHAPE_BYTES_LIST, /* const struct bytes *. */
    SHAPE_LIST,       /* An array of plain structs of the shape `element`. */
};

struct shape_field {
    const char *name; /* In dalv.proto. The n-th field has the number n. */
    enum shape_kind kind;
    size_t offset;       /* Of the plain field. */
    size_t count_offset; /* Lists: of the plain size_t beside it. */
    uint64_t min;        /* Numbers: the value; bytes: the size, of each. */
    uint64_t max;
    uint32_t count_max;          /* Lists; 1 for all others. */
    const struct shape *element; /* SHAPE_LIST. */
};

struct ProtobufCMessageDescriptor;

struct shape {
    const struct ProtobufCMessageDescriptor *wire;
    size_t plain_bytes; /* sizeof the plain struct. */
    const struct shape_field *fields;
    size_t field_count;
};

/* The shape of a message type; NULL for a number that is none. */
const struct shape *shape_of(uint8_t message_type);

bool shape_is_list(enum shape_kind kind);

/* Whether one value lies within the bounds of its field. */
DALV_MUST_CHECK enum dalv_status shape_check_number(
    const struct shape_field *field, uint64_t number);
DALV_MUST_CHECK enum dalv_status shape_check_bytes(
    const struct shape_field *field, struct bytes bytes);

/*
 * Walk a body before it is unpacked: DALV_OK means that unpacking allocates
 * within codec_arena_bytes and meets nothing that it would have to guess at.
 * DALV_PROTOCOL or DALV_TOO_BIG. Nothing is allocated; time is linear.
 */
DALV_MUST_CHECK enum dalv_status shape_scan(const struct shape *shape,
                                            struct bytes body);

/*
 * Unpack a walked body into the plain struct at `out_plain`. DALV_INVALID,
 * DALV_PROTOCOL, or DALV_TOO_BIG if the arena is used up.
 */
DALV_MUST_CHECK enum dalv_status shape_unpack(const struct shape *shape,
                                              struct bytes body,
                                              struct arena *arena,
                                              void *out_plain);

/* What packing a plain struct may need, at most. */
struct shape_need {
    size_t body_bytes;
    size_t scratch_bytes;
};

/*
 * Add up what the struct needs, from its counts and sizes alone. DALV_TOO_BIG
 * if one of them is beyond its bound, or all together beyond any message.
 */
DALV_MUST_CHECK enum dalv_status shape_measure(const struct shape *shape,
                                               const void *plain,
                                               struct shape_need *out_need);

/*
 * Check all bounds of a measured struct and pack it to `body`, which has room
 * for need.body_bytes. `scratch` has room for need.scratch_bytes. DALV_INVALID
 * or DALV_TOO_BIG.
 */
DALV_MUST_CHECK enum dalv_status shape_pack(const struct shape *shape,
                                            const void *plain,
                                            struct arena *scratch,
                                            uint8_t *body, size_t *out_size);

#endif
