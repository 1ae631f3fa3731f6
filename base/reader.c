#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VARINT_BYTES_MAX = 10,
};

void reader_init(struct reader *reader, struct bytes bytes)
{
    *reader = (struct reader){.rest = bytes};
}

bool reader_is_ok(const struct reader *reader)
{
    return !reader->failed;
}

bool reader_is_finished(const struct reader *reader)
{
    return !reader->failed && reader->rest.size == 0;
}

void reader_fail(struct reader *reader)
{
    *reader = (struct reader){.failed = true};
}

struct bytes reader_bytes(struct reader *reader, size_t size)
{
    struct bytes taken = {.data = reader->rest.data, .size = size};

    if (size > reader->rest.size) {
        reader_fail(reader);
        return (struct bytes){0};
    }
    /* Nothing may be taken from nothing: NULL + 0 is no pointer. */
    if (size > 0)
        reader->rest.data += size;
    reader->rest.size -= size;
    return taken;
}

static uint64_t little_endian(struct reader *reader, size_t size)
{
    struct bytes taken = reader_bytes(reader, size);
    uint64_t value = 0;

    for (size_t i = taken.size; i > 0; i--)
        value = value << 8 | taken.data[i - 1];
    return value;
}

static uint64_t big_endian(struct reader *reader, size_t size)
{
    struct bytes taken = reader_bytes(reader, size);
    uint64_t value = 0;

    for (size_t i = 0; i < taken.size; i++)
        value = value << 8 | taken.data[i];
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)little_endian(reader, sizeof(uint8_t));
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)little_endian(reader, sizeof(uint16_t));
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)little_endian(reader, sizeof(uint32_t));
}

uint64_t reader_u64(struct reader *reader)
{
    return little_endian(reader, sizeof(uint64_t));
}

int64_t reader_i64(struct reader *reader)
{
    return (int64_t)little_endian(reader, sizeof(int64_t));
}

uint16_t reader_u16_be(struct reader *reader)
{
    return (uint16_t)big_endian(reader, sizeof(uint16_t));
}

uint32_t reader_u32_be(struct reader *reader)
{
    return (uint32_t)big_endian(reader, sizeof(uint32_t));
}

uint64_t reader_u64_be(struct reader *reader)
{
    return big_endian(reader, sizeof(uint64_t));
}

/*
 * One value has one encoding: a last byte of zero would be a longer form of a
 * shorter one, and the tenth byte has room for one bit only.
 */
static bool is_shortest(size_t index, uint8_t last)
{
    if (index == VARINT_BYTES_MAX - 1 && last > 1)
        return false;
    return index == 0 || last != 0;
}

uint64_t reader_varint(struct reader *reader)
{
    uint64_t value = 0;

    for (size_t i = 0; i < VARINT_BYTES_MAX; i++) {
        uint8_t next = reader_u8(reader);

        if (reader->failed)
            return 0;
        value |= (uint64_t)(next & 0x7F) << (7 * i);
        if ((next & 0x80) == 0 && is_shortest(i, next))
            return value;
        if ((next & 0x80) == 0)
            break;
    }
    reader_fail(reader);
    return 0;
}

int64_t reader_varint_signed(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

struct bytes reader_sized(struct reader *reader, size_t size_max)
{
    uint64_t size = reader_varint(reader);

    if (size > size_max) {
        reader_fail(reader);
        return (struct bytes){0};
    }
    return reader_bytes(reader, (size_t)size);
}
