/*
 * A borrowed view of bytes, and bounds-checked reading and writing.
 *
 * `struct bytes` never owns. A function that keeps what it was lent copies it
 * and says so. All numbers are little endian unless the name says otherwise.
 */
#ifndef DALV_BASE_BYTES_H
#define DALV_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data; /* May be NULL only if `size` is 0. */
    size_t size;
};

/* A view of `size` bytes at `data`. */
struct bytes bytes_make(const void *data, size_t size);

/* A view of a C string without its terminating zero. */
struct bytes bytes_from_text(const char *text);

bool bytes_equal(struct bytes a, struct bytes b);

/* Lexicographic by unsigned byte, a prefix first: < 0, 0, > 0. */
int bytes_compare(struct bytes a, struct bytes b);

bool bytes_has_prefix(struct bytes bytes, struct bytes prefix);

/* True if the bytes are well-formed UTF-8 (RFC 3629) without U+0000. */
bool bytes_is_utf8(struct bytes bytes);

/*
 * Reads from the front of a view. The first read beyond the end makes the
 * reader fail for good: every later read gives 0 or an empty view. So a parser
 * reads all fields and checks reader_is_ok() once, before it uses any.
 */
struct reader {
    struct bytes rest;
    bool failed;
};

void reader_init(struct reader *reader, struct bytes bytes);
bool reader_is_ok(const struct reader *reader);
/* True if nothing failed and nothing is left. */
bool reader_is_finished(const struct reader *reader);
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
int64_t reader_i64(struct reader *reader);
uint16_t reader_u16_be(struct reader *reader);
uint32_t reader_u32_be(struct reader *reader);
uint64_t reader_u64_be(struct reader *reader);
/* LEB128 of at most 10 bytes; an over-long or over-wide one fails. */
uint64_t reader_varint(struct reader *reader);
/* The same, for small numbers of either sign ("zigzag": 0, -1, 1, -2, ...). */
int64_t reader_varint_signed(struct reader *reader);
/* The next `size` bytes, borrowed from what the reader was made of. */
struct bytes reader_bytes(struct reader *reader, size_t size);
/* A varint, and as many bytes; it fails if they are more than `size_max`. */
struct bytes reader_sized(struct reader *reader, size_t size_max);
/* Marks the reader as failed: the caller found a value that cannot be. */
void reader_fail(struct reader *reader);

/*
 * Writes into memory of the caller. A write that does not fit makes the writer
 * fail for good and writes nothing.
 */
struct writer {
    uint8_t *data;
    size_t capacity;
    size_t size;
    bool failed;
};

void writer_init(struct writer *writer, void *data, size_t capacity);
bool writer_is_ok(const struct writer *writer);
/* What was written so far; borrowed until the next write. */
struct bytes writer_bytes(const struct writer *writer);
void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_u64(struct writer *writer, uint64_t value);
void writer_i64(struct writer *writer, int64_t value);
void writer_u16_be(struct writer *writer, uint16_t value);
void writer_u32_be(struct writer *writer, uint32_t value);
void writer_u64_be(struct writer *writer, uint64_t value);
void writer_varint(struct writer *writer, uint64_t value);
void writer_varint_signed(struct writer *writer, int64_t value);
void writer_bytes_put(struct writer *writer, struct bytes bytes);
/* The number of bytes as a varint, and the bytes. */
void writer_sized(struct writer *writer, struct bytes bytes);
/* Writes `value` over the four bytes at `offset`, which are already there. */
void writer_u32_at(struct writer *writer, size_t offset, uint32_t value);

#endif
