#include "model/places.h"

enum {
    FORM_ALL = 'V',
    FORM_MOVE = 'P',
    VARINT_BYTES_MAX = 10,
};

size_t places_bytes_max(size_t count)
{
    return 1 + VARINT_BYTES_MAX + count * VARINT_BYTES_MAX;
}

void places_put(struct writer *writer, const uint64_t *indexes, size_t count)
{
    writer_u8(writer, FORM_ALL);
    writer_varint(writer, count);
    for (size_t i = 0; i < count; i++)
        writer_varint(writer, indexes[i]);
}

void places_put_move(struct writer *writer, uint32_t partition, uint64_t index)
{
    writer_u8(writer, FORM_MOVE);
    writer_varint(writer, partition);
    writer_varint(writer, index);
}

size_t places_count(struct bytes bytes)
{
    struct reader reader;
    uint64_t count;

    reader_init(&reader, bytes);
    if (reader_u8(&reader) != FORM_ALL)
        return 0;
    count = reader_varint(&reader);
    return reader_is_ok(&reader) && count <= PLACES_COUNT_MAX ? (size_t)count
                                                              : 0;
}

static enum dalv_status take_move(struct reader *reader, uint64_t *indexes,
                                  size_t count)
{
    uint64_t partition = reader_varint(reader);
    uint64_t index = reader_varint(reader);

    if (!reader_is_finished(reader) || partition >= count)
        return DALV_INVALID;
    indexes[partition] = index;
    return DALV_OK;
}

/* Read to the end before anything is taken over. */
static enum dalv_status take_all(struct reader *reader, uint64_t *indexes,
                                 size_t count)
{
    struct reader checked = *reader;

    for (size_t i = 0; i < count; i++)
        (void)reader_varint(&checked);
    if (!reader_is_finished(&checked))
        return DALV_INVALID;
    for (size_t i = 0; i < count; i++) {
        uint64_t index = reader_varint(reader);

        if (index != PLACES_UNTOLD)
            indexes[i] = index;
    }
    return DALV_OK;
}

enum dalv_status places_take(struct bytes bytes, uint64_t *indexes,
                             size_t count)
{
    struct reader reader;
    uint8_t form;

    reader_init(&reader, bytes);
    form = reader_u8(&reader);
    if (form == FORM_MOVE)
        return take_move(&reader, indexes, count);
    if (form != FORM_ALL || reader_varint(&reader) != count)
        return DALV_INVALID;
    return take_all(&reader, indexes, count);
}
