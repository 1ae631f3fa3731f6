/*
 * The words in which the tables of shapes are written. Private to proto.
 */
#ifndef DALV_PROTO_SHAPE_WORDS_H
#define DALV_PROTO_SHAPE_WORDS_H

#include "base/bounds.h"
#include "proto/codec_shape.h"

#include <stddef.h>
#include <stdint.h>

/* The place of a field; does not compile if the field is not of `type`. */
#define PLACE(noun, field, type)                                               \
    (offsetof(struct noun, field) +                                            \
     0 * sizeof(&((struct noun *)0)->field == (type *)0))

#define NUMBER(noun, field, wire, c_type, shape_kind, least, most)             \
    {                                                                          \
        .name = #wire, .kind = (shape_kind),                                   \
        .offset = PLACE(noun, field, c_type), .min = (least), .max = (most),   \
        .count_max = 1                                                         \
    }
#define U32(noun, field)                                                       \
    NUMBER(noun, field, field, uint32_t, SHAPE_U32, 0, UINT32_MAX)
#define U64(noun, field)                                                       \
    NUMBER(noun, field, field, uint64_t, SHAPE_U64, 0, UINT64_MAX)
#define U64_FROM(noun, field, least)                                           \
    NUMBER(noun, field, field, uint64_t, SHAPE_U64, least, UINT64_MAX)
#define FIXED64(noun, field)                                                   \
    NUMBER(noun, field, field, uint64_t, SHAPE_FIXED64, 0, UINT64_MAX)
#define BOOL(noun, field) NUMBER(noun, field, field, bool, SHAPE_BOOL, 0, 1)
#define STATUS(noun)                                                           \
    NUMBER(noun, status, status, enum dalv_status, SHAPE_STATUS, 0, UINT32_MAX)
/* The last page is the common one: `is_partial` takes no byte for it. */
#define IS_WHOLE(noun) NUMBER(noun, is_whole, is_partial, bool, SHAPE_NOT, 0, 1)
/* NOLINTBEGIN(bugprone-macro-parentheses): a member can not have them. */
#define CURSOR(noun, field)                                                    \
    NUMBER(noun, field.history_id, history_id, uint64_t, SHAPE_FIXED64, 0,     \
           UINT64_MAX),                                                        \
        NUMBER(noun, field.revision, revision, uint64_t, SHAPE_U64, 0,         \
               UINT64_MAX)
#define POSITION(noun, field)                                                  \
    NUMBER(noun, field.epoch, field##_epoch, uint64_t, SHAPE_U64, 0,           \
           UINT64_MAX),                                                        \
        NUMBER(noun, field.index, field##_index, uint64_t, SHAPE_U64, 0,       \
               UINT64_MAX),                                                    \
        NUMBER(noun, field.crc, field##_crc, uint32_t, SHAPE_U32, 0,           \
               UINT32_MAX)
/* NOLINTEND(bugprone-macro-parentheses) */

#define SIZED(noun, field, shape_kind, least, most)                            \
    {                                                                          \
        .name = #field, .kind = (shape_kind),                                  \
        .offset = PLACE(noun, field, struct bytes), .min = (least),            \
        .max = (most), .count_max = 1                                          \
    }
#define USER(noun, least)                                                      \
    SIZED(noun, user, SHAPE_USER, least, BOUNDS_USER_ID_MAX)
#define KEY(noun, field, least)                                                \
    SIZED(noun, field, SHAPE_BYTES, least, BOUNDS_KEY_MAX)
#define PAGE(noun) SIZED(noun, page, SHAPE_BYTES, 0, BOUNDS_MESSAGE_BYTES_MAX)
#define RESUME(noun)                                                           \
    SIZED(noun, resume, SHAPE_BYTES, 0, BOUNDS_RESUME_BYTES_MAX)
#define NAME(noun, field)                                                      \
    SIZED(noun, field, SHAPE_TEXT, 1, BOUNDS_NAME_BYTES_MAX)
#define TOKEN(noun) SIZED(noun, token, SHAPE_BYTES, 1, BOUNDS_TOKEN_BYTES_MAX)

/* `least` is 16 if the id must be there. */
#define ID(noun, field, id_type, least)                                        \
    {                                                                          \
        .name = #field, .kind = SHAPE_ID,                                      \
        .offset = PLACE(noun, field, struct id_type), .min = (least),          \
        .max = 16, .count_max = 1                                              \
    }

#define MANY(noun, field, c_type, count, shape_kind, most)                     \
    .name = #field, .kind = (shape_kind),                                      \
    .offset = PLACE(noun, field, const c_type *),                              \
    .count_offset = PLACE(noun, count, size_t), .count_max = (most)
#define NUMBERS(noun, field, c_type, count, shape_kind, most)                  \
    {                                                                          \
        MANY(noun, field, c_type, count, shape_kind, most), .max = UINT64_MAX  \
    }
#define PARTS(noun, field, part, count, most)                                  \
    {                                                                          \
        MANY(noun, field, struct part, count, SHAPE_LIST, most),               \
            .element = &part##_shape                                           \
    }

/* `noun`_shape, from the table `noun`_fields. */
#define SHAPE(noun, descriptor) static PUBLIC_SHAPE(noun, descriptor)
#define PUBLIC_SHAPE(noun, descriptor)                                         \
    const struct shape noun##_shape = {                                        \
        .wire = (descriptor),                                                  \
        .plain_bytes = sizeof(struct noun),                                    \
        .fields = noun##_fields,                                               \
        .field_count = sizeof(noun##_fields) / sizeof(noun##_fields[0]),       \
    }

#endif
