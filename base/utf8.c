#include "base/utf8.h"

#include <stdbool.h>

/* The length that a first byte announces; 0 if it can not be one. */
static size_t announced_size(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

/* What a first byte and its length leave to check: shortest form and range. */
static bool is_allowed(uint32_t code, size_t size)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

    if (code < smallest[size] || code > 0x10FFFF)
        return false;
    return code < 0xD800 || code > 0xDFFF;
}

size_t utf8_read(struct bytes bytes, uint32_t *out_code)
{
    static const uint8_t first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t size = bytes.size == 0 ? 0 : announced_size(bytes.data[0]);
    uint32_t code;

    if (size == 0 || size > bytes.size)
        return 0;
    code = bytes.data[0] & (uint32_t)first_mask[size];
    for (size_t i = 1; i < size; i++) {
        if ((bytes.data[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (bytes.data[i] & 0x3FU);
    }
    if (!is_allowed(code, size))
        return 0;
    *out_code = code;
    return size;
}
