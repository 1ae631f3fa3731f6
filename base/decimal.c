#include "base/decimal.h"

#include <stddef.h>

bool decimal_read(struct bytes text, uint64_t max, uint64_t *out_number)
{
    uint64_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        uint64_t digit = (uint64_t)text.data[i] - '0';

        /* What stands before '0' has become a large number. */
        if (digit > 9 || digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (text.size == 0)
        return false;
    *out_number = number;
    return true;
}

bool decimal_read_signed(struct bytes text, int64_t *out_number)
{
    bool is_negative = text.size > 0 && text.data[0] == '-';
    uint64_t number;

    if (is_negative || (text.size > 0 && text.data[0] == '+'))
        text = bytes_make(text.data + 1, text.size - 1);
    if (!decimal_read(text, (uint64_t)INT64_MAX + is_negative, &number))
        return false;
    /* The lowest one has no positive twin. */
    if (is_negative && number > 0)
        *out_number = -(int64_t)(number - 1) - 1;
    else
        *out_number = (int64_t)number;
    return true;
}
