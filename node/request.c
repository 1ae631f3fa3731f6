#include "node/request.h"

bool request_was_judged(const struct request *request)
{
    return request->message.type == MESSAGE_SYNC && request->due_key_count > 0;
}
