#include "cluster/cluster_text.h"

#include <string.h>

bool cluster_text_is_one(const char *text, size_t capacity)
{
    size_t size = 0;

    while (size < capacity && text[size] != '\0')
        size++;
    return size < capacity && bytes_is_utf8(bytes_make(text, size));
}

bool cluster_text_set(char *text, size_t capacity, struct bytes value)
{
    if (value.size >= capacity || !bytes_is_utf8(value))
        return false;
    if (value.size > 0)
        memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    return true;
}

void cluster_text_read(struct reader *reader, char *out_text, size_t capacity)
{
    struct bytes value = reader_sized(reader, capacity - 1);

    if (reader_is_ok(reader) && !cluster_text_set(out_text, capacity, value))
        reader_fail(reader);
}
