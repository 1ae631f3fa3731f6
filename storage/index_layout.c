#include "storage/index_layout.h"

#include "base/assert.h"

#include <string.h>

/* 00 in a key is 00 FF, and 00 00 ends it: a key sorts before its longer. */
enum {
    ESCAPE = 0x00,
    ESCAPED_ZERO = 0xFF,
    ESCAPED_END = 0x00,
};

void index_key_start_generation(struct index_key *key,
                                const struct index_place *place)
{
    writer_init(&key->writer, key->memory, sizeof(key->memory));
    writer_u16_be(&key->writer, place->partition);
    writer_u32_be(&key->writer, place->local_generation);
}

void index_key_start(struct index_key *key, const struct index_place *place,
                     enum index_table table)
{
    index_key_start_generation(key, place);
    writer_u8(&key->writer, (uint8_t)table);
}

static void put_user(struct index_key *key, struct bytes user)
{
    ASSERT(user.size > 0 && user.size <= BOUNDS_USER_ID_MAX);
    writer_u8(&key->writer, (uint8_t)user.size);
    writer_bytes_put(&key->writer, user);
}

void index_key_put_owner(struct index_key *key, const struct index_place *place)
{
    put_user(key, place->user);
    writer_u64_be(&key->writer, place->history_id);
}

void index_key_start_user(struct index_key *key,
                          const struct index_place *place)
{
    index_key_start(key, place, INDEX_TABLE_USER);
    put_user(key, place->user);
}

void index_key_start_history(struct index_key *key,
                             const struct index_place *place,
                             enum index_table table)
{
    ASSERT(table > INDEX_TABLE_USER);
    index_key_start_user(key, place);
    writer_u64_be(&key->writer, place->history_id);
    writer_u8(&key->writer, (uint8_t)table);
}

static size_t count_to_zero(struct bytes bytes)
{
    const uint8_t *zero =
        bytes.size == 0 ? NULL : memchr(bytes.data, ESCAPE, bytes.size);

    return zero == NULL ? bytes.size : (size_t)(zero - bytes.data);
}

void index_key_put_escaped(struct index_key *key, struct bytes escaped)
{
    struct bytes rest = escaped;
    size_t plain = count_to_zero(rest);

    while (plain < rest.size) {
        writer_bytes_put(&key->writer, bytes_make(rest.data, plain));
        writer_u8(&key->writer, ESCAPE);
        writer_u8(&key->writer, ESCAPED_ZERO);
        rest = bytes_make(rest.data + plain + 1, rest.size - plain - 1);
        plain = count_to_zero(rest);
    }
    writer_bytes_put(&key->writer, rest);
    writer_u8(&key->writer, ESCAPE);
    writer_u8(&key->writer, ESCAPED_END);
}

void index_key_put_dot(struct index_key *key, struct dot dot)
{
    writer_u64_be(&key->writer, dot.device);
    writer_u64_be(&key->writer, dot.local_id);
    writer_u32_be(&key->writer, dot.position);
}

struct bytes index_key_bytes(const struct index_key *key)
{
    ASSERT(writer_is_ok(&key->writer));
    return writer_bytes(&key->writer);
}

void index_key_expiry(struct index_key *key, const struct index_place *place,
                      uint64_t expiry_us, struct bytes user_key)
{
    index_key_start(key, place, INDEX_TABLE_EXPIRY);
    writer_u64_be(&key->writer, expiry_us);
    index_key_put_owner(key, place);
    writer_bytes_put(&key->writer, user_key);
}

void index_key_request_age(struct index_key *key,
                           const struct index_place *place, uint64_t time_us,
                           const struct request_id *id)
{
    index_key_start(key, place, INDEX_TABLE_REQUEST_AGE);
    writer_u64_be(&key->writer, time_us);
    index_key_put_owner(key, place);
    writer_bytes_put(&key->writer, bytes_make(id->bytes, sizeof(id->bytes)));
}

void index_key_install(struct index_key *key, const struct index_place *place,
                       const struct install_id *install)
{
    index_key_start_history(key, place, INDEX_TABLE_INSTALL);
    writer_bytes_put(&key->writer,
                     bytes_make(install->bytes, sizeof(install->bytes)));
}

void index_key_request(struct index_key *key, const struct index_place *place,
                       const struct request_id *id)
{
    index_key_start_history(key, place, INDEX_TABLE_REQUEST);
    writer_bytes_put(&key->writer, bytes_make(id->bytes, sizeof(id->bytes)));
}

void index_key_register(struct index_key *key, const struct index_place *place,
                        struct bytes user_key)
{
    index_key_start_history(key, place, INDEX_TABLE_KEY);
    writer_bytes_put(&key->writer, user_key);
}

void index_key_list(struct index_key *key, const struct index_place *place,
                    struct bytes user_key, uint64_t generation)
{
    index_key_start_history(key, place, INDEX_TABLE_ELEMENT);
    index_key_put_escaped(key, user_key);
    writer_u64_be(&key->writer, generation);
}

void index_key_upload(struct index_key *key, const struct index_place *place,
                      struct bytes user_key, uint64_t upload)
{
    index_key_start_history(key, place, INDEX_TABLE_UPLOAD);
    index_key_put_escaped(key, user_key);
    writer_u64_be(&key->writer, upload);
}

void index_key_upload_age(struct index_key *key,
                          const struct index_place *place, uint64_t began_us,
                          struct bytes user_key, uint64_t upload)
{
    index_key_start(key, place, INDEX_TABLE_UPLOAD_AGE);
    writer_u64_be(&key->writer, began_us);
    index_key_put_owner(key, place);
    index_key_put_escaped(key, user_key);
    writer_u64_be(&key->writer, upload);
}

void index_key_feed(struct index_key *key, const struct index_place *place,
                    uint64_t revision, struct bytes user_key)
{
    index_key_start_history(key, place, INDEX_TABLE_FEED);
    writer_u64_be(&key->writer, revision);
    index_key_put_escaped(key, user_key);
}

void index_key_feed_element(struct index_key *key,
                            const struct index_place *place, uint64_t revision,
                            struct bytes user_key, struct dot dot)
{
    index_key_feed(key, place, revision, user_key);
    index_key_put_dot(key, dot);
}

struct bytes index_unescaped_keep(struct index_unescaped *memory,
                                  struct bytes key)
{
    ASSERT(key.size <= sizeof(memory->memory));
    if (key.size > 0)
        memmove(memory->memory, key.data, key.size);
    memory->size = key.size;
    return bytes_make(memory->memory, memory->size);
}

static void unescape_byte(struct reader *reader, struct index_unescaped *memory,
                          uint8_t byte)
{
    if (memory->size == sizeof(memory->memory)) {
        reader_fail(reader);
        return;
    }
    memory->memory[memory->size++] = byte;
}

struct bytes index_read_escaped(struct reader *reader,
                                struct index_unescaped *memory)
{
    memory->size = 0;
    while (reader_is_ok(reader)) {
        uint8_t byte = reader_u8(reader);

        if (byte == ESCAPE) {
            uint8_t second = reader_u8(reader);

            if (second == ESCAPED_END)
                break;
            if (second != ESCAPED_ZERO)
                reader_fail(reader);
        }
        unescape_byte(reader, memory, byte);
    }
    return bytes_make(memory->memory, memory->size);
}

struct dot index_read_dot(struct reader *reader)
{
    struct dot dot;

    dot.device = reader_u64_be(reader);
    dot.local_id = reader_u64_be(reader);
    dot.position = reader_u32_be(reader);
    return dot;
}

void index_read_owner(struct reader *reader, struct bytes *out_user,
                      uint64_t *out_history_id)
{
    *out_user = reader_bytes(reader, reader_u8(reader));
    *out_history_id = reader_u64_be(reader);
}

bool index_feed_entry_read(struct bytes rest, struct index_feed_entry *out)
{
    struct reader reader;

    reader_init(&reader, rest);
    out->revision = reader_u64_be(&reader);
    out->key = index_read_escaped(&reader, &out->memory);
    out->has_dot = reader.rest.size > 0;
    out->dot = (struct dot){0};
    out->generation = 0;
    if (out->has_dot) {
        out->dot = index_read_dot(&reader);
        out->generation = reader_u64_be(&reader);
    }
    return reader_is_finished(&reader) && out->key.size > 0;
}
