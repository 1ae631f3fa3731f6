#include "cli/metrics_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    NUMBER_BYTES = 64,
};

static double number_at(struct bytes text)
{
    char number[NUMBER_BYTES];
    size_t size = 0;

    while (size < text.size && size < sizeof(number) - 1 &&
           text.data[size] != '\n') {
        number[size] = (char)text.data[size];
        size++;
    }
    number[size] = '\0';
    return strtod(number, NULL);
}

double metrics_text_value(struct bytes page, const char *name)
{
    size_t size = strlen(name);

    while (page.size > 0) {
        const uint8_t *end = memchr(page.data, '\n', page.size);
        size_t line = end == NULL ? page.size : (size_t)(end - page.data);

        if (line > size && memcmp(page.data, name, size) == 0 &&
            page.data[size] == ' ')
            return number_at(bytes_make(page.data + size + 1, line - size - 1));
        line += end == NULL ? 0 : 1;
        page = bytes_make(page.data + line, page.size - line);
    }
    return 0;
}
