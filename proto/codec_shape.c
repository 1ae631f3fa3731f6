#include "proto/codec_shape.h"

#include "model/user_id.h"

bool shape_is_list(enum shape_kind kind)
{
    return kind == SHAPE_LIST || kind == SHAPE_BYTES_LIST ||
           kind == SHAPE_U64_LIST || kind == SHAPE_I64_LIST;
}

enum dalv_status shape_check_number(const struct shape_field *field,
                                    uint64_t number)
{
    if (number < field->min || number > field->max)
        return DALV_INVALID;
    if (field->kind == SHAPE_STATUS && !status_is_known((uint32_t)number))
        return DALV_INVALID;
    return DALV_OK;
}

enum dalv_status shape_check_bytes(const struct shape_field *field,
                                   struct bytes bytes)
{
    if (bytes.size > field->max)
        return DALV_TOO_BIG;
    if (bytes.size < field->min)
        return DALV_INVALID;
    if (field->kind == SHAPE_USER && bytes.size > 0)
        return user_id_check(bytes);
    if (field->kind == SHAPE_TEXT && !bytes_is_utf8(bytes))
        return DALV_INVALID;
    return DALV_OK;
}
