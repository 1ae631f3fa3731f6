/*
 * Whatever changes are read from a page, written again they are read the same.
 */
#include "base/assert.h"
#include "base/bounds.h"
#include "model/change_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes what can be read; a second writing must give the same bytes. */
static struct bytes rewrite(struct bytes page, uint8_t *block, size_t capacity)
{
    struct change_reader reader;
    struct change_writer changes;
    struct writer writer;
    struct change change;

    writer_init(&writer, block, capacity);
    change_writer_init(&changes, &writer);
    change_reader_init(&reader, page);
    while (change_next(&reader, &change) == DALV_OK)
        ASSERT(change_put(&changes, &change) == DALV_OK);
    return writer_bytes(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t first_block[BOUNDS_MESSAGE_BYTES_MAX];
    static uint8_t second_block[BOUNDS_MESSAGE_BYTES_MAX];
    struct bytes first;
    struct bytes second;

    first = rewrite(bytes_make(data, size), first_block, sizeof(first_block));
    second = rewrite(first, second_block, sizeof(second_block));
    ASSERT(bytes_equal(first, second));
    return 0;
}
