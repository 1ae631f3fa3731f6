#include "model/operation.h"

#include "base/bounds.h"
#include "model/upload.h"

static bool has_value(enum operation_type type)
{
    return type == OPERATION_PUT || type == OPERATION_ADD ||
           type == OPERATION_ADD_TO_LIST || type == OPERATION_UPLOAD;
}

static enum dalv_status check_dots(const struct operation *operation)
{
    if (operation->dot_count == 0)
        return DALV_INVALID;
    if (operation->dot_count > BOUNDS_OPERATION_DOTS_MAX)
        return DALV_TOO_BIG;
    return DALV_OK;
}

static enum dalv_status check_upload(const struct operation *operation)
{
    if (!upload_is_number(operation->upload))
        return DALV_INVALID;
    return operation->position < BOUNDS_UPLOAD_PARTS_MAX &&
                   operation->value.size <= BOUNDS_VALUE_MAX
               ? DALV_OK
               : DALV_TOO_BIG;
}

static enum dalv_status check_uploaded(const struct operation *operation)
{
    if (!upload_is_number(operation->upload) ||
        operation->bytes <= BOUNDS_VALUE_MAX)
        return DALV_INVALID;
    return operation->bytes <= UPLOAD_BYTES_MAX &&
                   operation->ttl_ms <= OPERATION_TTL_MS_MAX
               ? DALV_OK
               : DALV_TOO_BIG;
}

static enum dalv_status check_payload(const struct operation *operation)
{
    if (operation->type == OPERATION_UPLOAD)
        return check_upload(operation);
    if (operation->type == OPERATION_PUT_UPLOADED)
        return check_uploaded(operation);
    if (operation->type == OPERATION_REMOVE_FROM_LIST)
        return check_dots(operation);
    if (!has_value(operation->type))
        return DALV_OK;
    if (operation->value.size > BOUNDS_VALUE_MAX ||
        operation->ttl_ms > OPERATION_TTL_MS_MAX)
        return DALV_TOO_BIG;
    return DALV_OK;
}

enum dalv_status operation_check(const struct operation *operation)
{
    if (!operation_type_is_known(operation->type))
        return DALV_INVALID;
    if (operation->key.size == 0)
        return DALV_INVALID;
    if (operation->key.size > BOUNDS_KEY_MAX)
        return DALV_TOO_BIG;
    return check_payload(operation);
}

bool operation_type_is_known(unsigned type)
{
    return type >= OPERATION_PUT && type <= OPERATION_PUT_UPLOADED;
}

const char *operation_type_name(enum operation_type type)
{
    switch (type) {
    case OPERATION_PUT:
        return "PUT";
    case OPERATION_DEL:
        return "DEL";
    case OPERATION_ADD_TO_LIST:
        return "ADD_TO_LIST";
    case OPERATION_REMOVE_FROM_LIST:
        return "REMOVE_FROM_LIST";
    case OPERATION_INCREMENT:
        return "INCREMENT";
    case OPERATION_ADD:
        return "ADD";
    case OPERATION_UPLOAD:
        return "UPLOAD";
    case OPERATION_PUT_UPLOADED:
        return "PUT_UPLOADED";
    }
    return "UNKNOWN";
}
