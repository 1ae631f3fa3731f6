#include "cli/cursor_text.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

const char *cursor_text_make(struct dalv_bytes cursor, struct buffer *buffer)
{
    const uint8_t *bytes = cursor.data;

    buffer_clear(buffer);
    for (size_t i = 0; i < cursor.size; i++) {
        const char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

        buffer_put(buffer, bytes_make(pair, sizeof(pair)));
    }
    buffer_put(buffer, bytes_make("", 1));
    return (const char *)buffer->data;
}

/* 16 for what is no digit. */
static unsigned digit_value(char digit)
{
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);

    return found == NULL ? 16 : (unsigned)(found - digits);
}

bool cursor_text_parse(const char *text, struct buffer *buffer)
{
    size_t size = strlen(text);

    buffer_clear(buffer);
    if (size == 0 || size % 2 != 0)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        unsigned high = digit_value(text[i]);
        unsigned low = digit_value(text[i + 1]);
        uint8_t byte = (uint8_t)(high << 4 | low);

        if (high > 15 || low > 15)
            return false;
        buffer_put(buffer, bytes_make(&byte, 1));
    }
    return true;
}
