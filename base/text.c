#include "base/text.h"

#include "base/assert.h"
#include "base/utf8.h"

#include <string.h>

static const char digits_of[] = "0123456789abcdef";

void text_init(struct text *text, char *data, size_t capacity)
{
    ASSERT(capacity >= 1);
    data[0] = '\0';
    *text = (struct text){.data = data, .capacity = capacity};
}

/* The longest front of `bytes` within `room` that does not split a character.
 */
static size_t whole_characters(struct bytes bytes, size_t room)
{
    while (room > 0 && (bytes.data[room] & 0xC0) == 0x80)
        room--;
    return room;
}

/* Once something was cut, whatever would follow the gap is left out as well. */
static void append(struct text *text, struct bytes bytes)
{
    size_t room = text->capacity - 1 - text->size;
    size_t size = bytes.size;

    if (text->is_cut || size == 0)
        return;
    if (size > room) {
        text->is_cut = true;
        size = whole_characters(bytes, room);
    }
    memcpy(text->data + text->size, bytes.data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void text_put(struct text *text, const char *string)
{
    append(text, bytes_from_text(string));
}

void text_put_char(struct text *text, char character)
{
    append(text, bytes_make(&character, 1));
}

/* Digits from the right into a field that is wide enough for base 10. */
static void put_number(struct text *text, uint64_t value, unsigned base,
                       unsigned digits)
{
    char field[20];
    size_t first = sizeof(field);

    ASSERT(digits <= sizeof(field));
    do {
        field[--first] = digits_of[value % base];
        value /= base;
    } while (value > 0 || sizeof(field) - first < digits);
    append(text, bytes_make(field + first, sizeof(field) - first));
}

void text_put_u64(struct text *text, uint64_t value)
{
    put_number(text, value, 10, 1);
}

void text_put_i64(struct text *text, int64_t value)
{
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

    if (value < 0)
        text_put_char(text, '-');
    put_number(text, magnitude, 10, 1);
}

void text_put_hex(struct text *text, uint64_t value, unsigned digits)
{
    put_number(text, value, 16, digits);
}

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

/* Controls (C0, DEL, C1), line separators, and what reorders text. */
static bool steers_a_terminal(uint32_t code)
{
    return code < 0x20 || is_between(code, 0x7F, 0x9F) || code == 0x061C ||
           is_between(code, 0x200E, 0x200F) ||
           is_between(code, 0x2028, 0x202E) ||
           is_between(code, 0x2066, 0x2069) || code == 0xFEFF;
}

static void put_escaped(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        const char escape[] = {'\\', 'x', digits_of[bytes.data[i] >> 4],
                               digits_of[bytes.data[i] & 0x0F]};

        if (text->capacity - 1 - text->size < sizeof(escape))
            text->is_cut = true;
        append(text, bytes_make(escape, sizeof(escape)));
    }
}

void text_put_bytes(struct text *text, struct bytes bytes)
{
    while (bytes.size > 0 && !text->is_cut) {
        uint32_t code = 0;
        size_t size = utf8_read(bytes, &code);
        bool is_broken = size == 0;
        struct bytes front = bytes_make(bytes.data, is_broken ? 1 : size);

        if (is_broken || code == '\\' || steers_a_terminal(code))
            put_escaped(text, front);
        else
            append(text, front);
        bytes.data += front.size;
        bytes.size -= front.size;
    }
}

void text_put_bytes_hex(struct text *text, struct bytes bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        text_put_char(text, digits_of[bytes.data[i] >> 4]);
        text_put_char(text, digits_of[bytes.data[i] & 0x0F]);
    }
}

const char *text_string(const struct text *text)
{
    return text->data;
}
