#include "client/public_bytes.h"

struct bytes public_bytes_in(struct dalv_bytes bytes)
{
    return bytes_make(bytes.data, bytes.size);
}

struct dalv_bytes public_bytes_out(struct bytes bytes)
{
    return dalv_bytes(bytes.size == 0 ? "" : (const void *)bytes.data,
                      bytes.size);
}
