#include "node/permission.h"

static bool is_about_its_user(const struct token_claims *claims,
                              const struct request *request)
{
    if (claims->role == TOKEN_DEVICE)
        return bytes_equal(request->user, bytes_from_text(claims->user));
    return bytes_equal(request->user, message_user(&request->message));
}

static bool is_for_role(const struct token_claims *claims,
                        enum message_type type)
{
    if (type == MESSAGE_OPEN_DEVICE)
        return claims->role == TOKEN_DEVICE;
    return claims->role == TOKEN_DEVICE ? message_is_for_devices(type)
                                        : message_is_for_backends(type);
}

/* What a request needs beside the rights of its transaction's keys. */
static bool has_rights(const struct token_claims *claims,
                       const struct message *message)
{
    struct bytes all = {0};

    switch ((int)message->type) {
    case MESSAGE_GET:
        return token_claims_allow(claims, TOKEN_READ, message->get.key);
    case MESSAGE_RANGE:
        return token_claims_allow(claims, TOKEN_READ, message->range.prefix);
    case MESSAGE_WATCH:
        return token_claims_allow(claims, TOKEN_WATCH, message->watch.prefix);
    case MESSAGE_ERASE:
    case MESSAGE_RETIRE_DEVICE:
        return token_claims_allow(claims, TOKEN_WRITE, all);
    case MESSAGE_UPDATE: /* By its keys, once they are known. */
    case MESSAGE_UNWATCH:
        return true;
    default:
        return token_claims_allow(claims, TOKEN_READ, all);
    }
}

enum dalv_status permission_judge(const struct token_claims *claims,
                                  const struct request *request,
                                  uint64_t wall_us)
{
    if (claims->expires_s * UINT64_C(1000000) <= wall_us)
        return DALV_EXPIRED;
    if (!is_for_role(claims, request->message.type) ||
        !is_about_its_user(claims, request) ||
        !has_rights(claims, &request->message))
        return DALV_NOT_PERMITTED;
    return DALV_OK;
}

enum dalv_status permission_judge_writes(const struct token_claims *claims,
                                         const struct transaction *transaction,
                                         uint32_t *out_operation)
{
    for (size_t i = 0; i < transaction->operation_count; i++) {
        if (!token_claims_allow(claims, TOKEN_WRITE,
                                transaction->operations[i].key)) {
            *out_operation = (uint32_t)i;
            return DALV_NOT_PERMITTED;
        }
    }
    return DALV_OK;
}
