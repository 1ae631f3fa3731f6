#include "base/bytes.h"

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    VARINT_BYTES_MAX = 10,
};

void writer_init(struct writer *writer, void *data, size_t capacity)
{
    ASSERT(data != NULL || capacity == 0);
    *writer = (struct writer){.data = data, .capacity = capacity};
}

bool writer_is_ok(const struct writer *writer)
{
    return !writer->failed;
}

struct bytes writer_bytes(const struct writer *writer)
{
    return (struct bytes){.data = writer->data, .size = writer->size};
}

void writer_bytes_put(struct writer *writer, struct bytes bytes)
{
    if (writer->failed || bytes.size > writer->capacity - writer->size) {
        writer->failed = true;
        return;
    }
    if (bytes.size == 0)
        return;
    memcpy(writer->data + writer->size, bytes.data, bytes.size);
    writer->size += bytes.size;
}

static void little_endian(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t encoded[sizeof(value)];

    for (size_t i = 0; i < size; i++)
        encoded[i] = (uint8_t)(value >> (8 * i));
    writer_bytes_put(writer, bytes_make(encoded, size));
}

static void big_endian(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t encoded[sizeof(value)];

    for (size_t i = 0; i < size; i++)
        encoded[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    writer_bytes_put(writer, bytes_make(encoded, size));
}

void writer_u8(struct writer *writer, uint8_t value)
{
    little_endian(writer, value, sizeof(value));
}

void writer_u16(struct writer *writer, uint16_t value)
{
    little_endian(writer, value, sizeof(value));
}

void writer_u32(struct writer *writer, uint32_t value)
{
    little_endian(writer, value, sizeof(value));
}

void writer_u64(struct writer *writer, uint64_t value)
{
    little_endian(writer, value, sizeof(value));
}

void writer_i64(struct writer *writer, int64_t value)
{
    little_endian(writer, (uint64_t)value, sizeof(value));
}

void writer_u16_be(struct writer *writer, uint16_t value)
{
    big_endian(writer, value, sizeof(value));
}

void writer_u32_be(struct writer *writer, uint32_t value)
{
    big_endian(writer, value, sizeof(value));
}

void writer_u64_be(struct writer *writer, uint64_t value)
{
    big_endian(writer, value, sizeof(value));
}

void writer_varint(struct writer *writer, uint64_t value)
{
    uint8_t encoded[VARINT_BYTES_MAX];
    size_t size = 0;

    while (value >= 0x80) {
        encoded[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    encoded[size++] = (uint8_t)value;
    writer_bytes_put(writer, bytes_make(encoded, size));
}

void writer_u32_at(struct writer *writer, size_t offset, uint32_t value)
{
    if (writer->failed)
        return;
    ASSERT(offset <= writer->size && writer->size - offset >= sizeof(value));
    for (size_t i = 0; i < sizeof(value); i++)
        writer->data[offset + i] = (uint8_t)(value >> (8 * i));
}

void writer_varint_signed(struct writer *writer, int64_t value)
{
    uint64_t bits = (uint64_t)value;

    writer_varint(writer, bits << 1 ^ (0 - (bits >> 63)));
}

void writer_sized(struct writer *writer, struct bytes bytes)
{
    writer_varint(writer, bytes.size);
    writer_bytes_put(writer, bytes);
}
