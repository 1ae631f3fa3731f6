#include "cli/print.h"

#include "base/bytes.h"
#include "base/text.h"

#include <inttypes.h>
#include <unistd.h>

enum {
    CHUNK_BYTES = 1024,
    ESCAPED_BYTES_MAX = CHUNK_BYTES * 4 + 1, /* \xNN for each. */
};

/* Characters that a chunk cuts in two would be shown as broken: the cut moves
   in front of them. */
static size_t chunk_size(struct bytes rest)
{
    size_t size = CHUNK_BYTES;

    if (rest.size <= size)
        return rest.size;
    while (size > CHUNK_BYTES - 3 && (rest.data[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static void print_escaped(struct dalv_bytes bytes, FILE *out)
{
    struct bytes rest = bytes_make(bytes.data, bytes.size);
    char escaped[ESCAPED_BYTES_MAX];

    while (rest.size > 0) {
        size_t size = chunk_size(rest);
        struct text text;

        text_init(&text, escaped, sizeof(escaped));
        text_put_bytes(&text, bytes_make(rest.data, size));
        (void)fputs(text_string(&text), out);
        rest = bytes_make(rest.data + size, rest.size - size);
    }
}

void print_bytes(struct dalv_bytes bytes, FILE *out)
{
    if (isatty(fileno(out)) == 1)
        print_escaped(bytes, out);
    else if (bytes.size > 0)
        (void)fwrite(bytes.data, 1, bytes.size, out);
}

void print_value(const struct dalv_value *value, FILE *out)
{
    switch (dalv_value_kind(value)) {
    case DALV_KIND_REGISTER:
        print_bytes(dalv_value_bytes(value), out);
        (void)fputc('\n', out);
        break;
    case DALV_KIND_COUNTER:
        (void)fprintf(out, "%" PRId64 "\n", dalv_value_number(value));
        break;
    case DALV_KIND_LIST:
        for (size_t i = 0; i < dalv_value_element_count(value); i++) {
            print_bytes(dalv_value_element(value, i), out);
            (void)fputc('\n', out);
        }
        break;
    case DALV_KIND_NONE:
        break;
    }
}

void print_raw(const struct dalv_value *value, FILE *out)
{
    struct dalv_bytes bytes = dalv_value_bytes(value);

    if (dalv_value_kind(value) != DALV_KIND_REGISTER)
        print_value(value, out);
    else if (bytes.size > 0)
        (void)fwrite(bytes.data, 1, bytes.size, out);
}

static void print_list(const struct dalv_value *value, FILE *out)
{
    const char *between = "";

    (void)fputc('[', out);
    for (size_t i = 0; i < dalv_value_element_count(value); i++) {
        (void)fprintf(out, "%s%s", between,
                      dalv_value_element_is_removed(value, i) ? "-" : "");
        print_escaped(dalv_value_element(value, i), out);
        between = ", ";
    }
    (void)fputc(']', out);
}

void print_inline(const struct dalv_value *value, FILE *out)
{
    switch (value == NULL ? DALV_KIND_NONE : dalv_value_kind(value)) {
    case DALV_KIND_REGISTER:
        if (dalv_value_is_whole(value))
            print_escaped(dalv_value_bytes(value), out);
        else
            (void)fprintf(out, "(%" PRIu64 " bytes)", dalv_value_size(value));
        break;
    case DALV_KIND_COUNTER:
        (void)fprintf(out, "%" PRId64, dalv_value_number(value));
        break;
    case DALV_KIND_LIST:
        print_list(value, out);
        break;
    case DALV_KIND_NONE:
        (void)fputs("(gone)", out);
        break;
    }
}

void print_key_value(struct dalv_bytes key, const struct dalv_value *value,
                     FILE *out)
{
    print_escaped(key, out);
    (void)fputs(" = ", out);
    print_inline(value, out);
    (void)fputc('\n', out);
}
