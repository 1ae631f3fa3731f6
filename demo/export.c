#include "demo/export.h"

#include "base/text.h"

enum {
    NUMBER_BYTES = 32
};

static void put_text(struct buffer *out, const char *text)
{
    buffer_put(out, bytes_from_text(text));
}

static void put_number(struct buffer *out, int64_t number)
{
    char digits[NUMBER_BYTES];
    struct text text;

    text_init(&text, digits, sizeof(digits));
    text_put_i64(&text, number);
    put_text(out, text_string(&text));
}

/* Line ends inside of bytes would make two lines of one. */
static void put_bytes(struct buffer *out, struct dalv_bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *data = bytes.data;

    for (size_t i = 0; i < bytes.size; i++) {
        char escaped[] = {'%', digits[data[i] >> 4], digits[data[i] & 15], 0};

        if (data[i] < ' ' || data[i] == '%')
            put_text(out, escaped);
        else
            buffer_put(out, bytes_make(&data[i], 1));
    }
}

static void put_value(struct buffer *out, const struct dalv_value *value)
{
    switch (dalv_value_kind(value)) {
    case DALV_KIND_NONE:
        put_text(out, "nothing");
        break;
    case DALV_KIND_REGISTER:
        put_text(out, "register ");
        put_number(out, dalv_value_flags(value));
        put_text(out, " ");
        put_bytes(out, dalv_value_bytes(value));
        break;
    case DALV_KIND_COUNTER:
        put_text(out, "counter ");
        put_number(out, dalv_value_number(value));
        break;
    case DALV_KIND_LIST:
        put_text(out, "list");
        for (size_t i = 0; i < dalv_value_element_count(value); i++) {
            put_text(out, " |");
            put_bytes(out, dalv_value_element(value, i));
        }
        break;
    }
}

static bool put_line(void *owner, struct dalv_bytes key,
                     const struct dalv_value *value)
{
    struct buffer *out = owner;

    put_bytes(out, key);
    put_text(out, " = ");
    put_value(out, value);
    put_text(out, "\n");
    return true;
}

enum dalv_status export_device(struct dalv_device *device, struct buffer *text)
{
    return dalv_device_scan(device, dalv_text(""), put_line, text);
}

enum dalv_status export_cluster(struct dalv_backend *backend, const char *user,
                                struct buffer *text)
{
    return dalv_backend_scan(backend, dalv_text(user), dalv_text(""), put_line,
                             text);
}

struct bytes export_difference(struct bytes a, struct bytes b)
{
    size_t line = 0;
    size_t i = 0;
    size_t end;

    if (bytes_equal(a, b))
        return (struct bytes){0};
    while (i < a.size && i < b.size && a.data[i] == b.data[i]) {
        if (a.data[i] == '\n')
            line = i + 1;
        i++;
    }
    end = line;
    while (end < a.size && a.data[end] != '\n')
        end++;
    return end > line ? bytes_make(a.data + line, end - line)
                      : bytes_from_text("(a line less)");
}
