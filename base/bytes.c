#include "base/bytes.h"

#include "base/assert.h"
#include "base/utf8.h"

#include <string.h>

struct bytes bytes_make(const void *data, size_t size)
{
    ASSERT(data != NULL || size == 0);
    return (struct bytes){.data = data, .size = size};
}

struct bytes bytes_from_text(const char *text)
{
    return bytes_make(text, strlen(text));
}

/* memcmp must not be handed NULL, not even for nothing. */
static int compare_front(struct bytes a, struct bytes b, size_t size)
{
    return size == 0 ? 0 : memcmp(a.data, b.data, size);
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && compare_front(a, b, a.size) == 0;
}

int bytes_compare(struct bytes a, struct bytes b)
{
    int order = compare_front(a, b, a.size < b.size ? a.size : b.size);

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool bytes_has_prefix(struct bytes bytes, struct bytes prefix)
{
    return bytes.size >= prefix.size &&
           compare_front(bytes, prefix, prefix.size) == 0;
}

bool bytes_is_utf8(struct bytes bytes)
{
    while (bytes.size > 0) {
        uint32_t code = 0;
        size_t size = utf8_read(bytes, &code);

        if (size == 0 || code == 0)
            return false;
        bytes.data += size;
        bytes.size -= size;
    }
    return true;
}
