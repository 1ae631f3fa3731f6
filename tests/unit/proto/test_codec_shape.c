/*
 * The tables of proto/codec_shapes.c against dalv.proto, as the library sees
 * it: the rules that stand at the top of that file.
 */
#include "proto/codec_shape.h"

#include "model/message.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <ctype.h>
#include <protobuf-c/protobuf-c.h>
#include <string.h>

static ProtobufCType type_on_wire(enum shape_kind kind)
{
    switch (kind) {
    case SHAPE_U8:
    case SHAPE_U32:
    case SHAPE_STATUS:
        return PROTOBUF_C_TYPE_UINT32;
    case SHAPE_U64:
    case SHAPE_U64_LIST:
        return PROTOBUF_C_TYPE_UINT64;
    case SHAPE_FIXED64:
        return PROTOBUF_C_TYPE_FIXED64;
    case SHAPE_BOOL:
    case SHAPE_NOT:
        return PROTOBUF_C_TYPE_BOOL;
    case SHAPE_BYTES:
    case SHAPE_TEXT:
    case SHAPE_USER:
    case SHAPE_ID:
    case SHAPE_BYTES_LIST:
        return PROTOBUF_C_TYPE_BYTES;
    case SHAPE_I64_LIST:
        return PROTOBUF_C_TYPE_SINT64;
    case SHAPE_LIST:
        return PROTOBUF_C_TYPE_MESSAGE;
    }
    return PROTOBUF_C_TYPE_STRING;
}

/* An enum of the file is an enum of ours: both are 32 bits of small numbers. */
static bool has_type(const ProtobufCFieldDescriptor *wire,
                     const struct shape_field *field)
{
    if (wire->type == PROTOBUF_C_TYPE_ENUM)
        return field->kind == SHAPE_U32;
    return wire->type == type_on_wire(field->kind);
}

static bool is_packed(enum shape_kind kind)
{
    return kind == SHAPE_U64_LIST || kind == SHAPE_I64_LIST;
}

static void compare_field(const ProtobufCFieldDescriptor *wire,
                          const struct shape_field *field, uint32_t number)
{
    CU_ASSERT_EQUAL(wire->id, number);
    CU_ASSERT_STRING_EQUAL(wire->name, field->name);
    CU_ASSERT(has_type(wire, field));
    CU_ASSERT_EQUAL(wire->label == PROTOBUF_C_LABEL_REPEATED,
                    shape_is_list(field->kind));
    CU_ASSERT_EQUAL((wire->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0,
                    is_packed(field->kind));
    CU_ASSERT(field->max >= field->min);
    CU_ASSERT(field->count_max >= 1);
}

static void compare_shape(const struct shape *shape)
{
    CU_ASSERT(shape->field_count <= SHAPE_FIELDS_MAX);
    CU_ASSERT_EQUAL_FATAL(shape->wire->n_fields, shape->field_count);
    for (uint32_t i = 0; i < shape->wire->n_fields; i++)
        compare_field(&shape->wire->fields[i], &shape->fields[i], i + 1);
}

static void every_table_says_what_the_file_says(void)
{
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const struct shape *shape = shape_of((uint8_t)type);

        for (size_t i = 0; shape != NULL && i < shape->field_count; i++) {
            const struct shape *element = shape->fields[i].element;

            if (element == NULL)
                continue;
            CU_ASSERT_PTR_EQUAL(shape->wire->fields[i].descriptor,
                                element->wire);
            compare_shape(element);
        }
        if (shape != NULL)
            compare_shape(shape);
    }
}

/* A part that lists parts would be deeper than the walk's stack. */
static void no_message_contains_itself(void)
{
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const struct shape *shape = shape_of((uint8_t)type);

        for (size_t i = 0; shape != NULL && i < shape->field_count; i++) {
            const struct shape *element = shape->fields[i].element;

            for (size_t j = 0; element != NULL && j < element->field_count; j++)
                CU_ASSERT_FALSE(shape_is_list(element->fields[j].kind));
        }
    }
}

/* LIST_CONFLICTS is ListConflicts. */
static bool is_name_of(const char *name, const char *camel)
{
    for (; *name != '\0'; name++) {
        if (*name == '_')
            continue;
        if (tolower(*name) != tolower(*camel))
            return false;
        camel++;
    }
    return *camel == '\0';
}

static void every_message_has_the_name_of_its_type(void)
{
    size_t count = 0;

    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        const struct shape *shape = shape_of((uint8_t)type);
        const char *name = message_type_name((enum message_type)type);

        if (shape == NULL)
            continue;
        count++;
        CU_ASSERT(is_name_of(name, shape->wire->short_name));
    }
    CU_ASSERT_EQUAL(count, 48);
}

static const struct suite_test tests[] = {
    SUITE_TEST(every_table_says_what_the_file_says),
    SUITE_TEST(no_message_contains_itself),
    SUITE_TEST(every_message_has_the_name_of_its_type),
};

int main(void)
{
    return SUITE_RUN("proto/codec_shape", tests);
}
