#include "model/user_id.h"

#include "base/bounds.h"

enum dalv_status user_id_check(struct bytes user)
{
    if (user.size > BOUNDS_USER_ID_MAX)
        return DALV_TOO_BIG;
    if (user.size == 0 || !bytes_is_utf8(user))
        return DALV_INVALID;
    return DALV_OK;
}
