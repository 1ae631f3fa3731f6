#include "client/memory_source.h"

#include "base/bytes.h"

#include <string.h>

enum dalv_status memory_source_read(void *owner, void *memory, size_t size,
                                    size_t *out_size)
{
    struct bytes *rest = owner;

    if (size > rest->size)
        size = rest->size;
    if (size > 0)
        memcpy(memory, rest->data, size);
    *rest = bytes_make(rest->data + size, rest->size - size);
    *out_size = size;
    return DALV_OK;
}
