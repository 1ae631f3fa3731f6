#include "control/control_layout.h"

#include "base/assert.h"
#include "base/crc32c.h"

enum {
    NUMBER_DIGITS = 16,
};

static struct control_key named(const char *name)
{
    struct bytes bytes = bytes_from_text(name);
    struct control_key key = {.size = bytes.size};
    struct writer writer;

    writer_init(&writer, key.memory, sizeof(key.memory));
    writer_bytes_put(&writer, bytes);
    ASSERT(writer_is_ok(&writer));
    return key;
}

/* Hexadecimal of one width, so that keys stand in the order of numbers. */
static struct control_key numbered(struct bytes prefix, uint64_t number)
{
    static const char digits[] = "0123456789abcdef";
    struct control_key key = {.size = prefix.size + NUMBER_DIGITS};
    struct writer writer;

    writer_init(&writer, key.memory, sizeof(key.memory));
    writer_bytes_put(&writer, prefix);
    for (int shift = 60; shift >= 0; shift -= 4)
        writer_u8(&writer, (uint8_t)digits[(number >> shift) & 15]);
    ASSERT(writer_is_ok(&writer));
    return key;
}

struct control_key control_key_head(void)
{
    return named("head");
}

struct control_key control_key_policy(void)
{
    return named("policy");
}

struct control_key control_key_candidacy(void)
{
    return named("controller");
}

struct control_key control_key_node(uint32_t node)
{
    return numbered(control_prefix_nodes(), node);
}

struct control_key control_key_page(uint32_t page)
{
    return numbered(control_prefix_pages(), page);
}

struct control_key control_key_request(uint64_t request)
{
    return numbered(control_prefix_requests(), request);
}

struct bytes control_prefix_nodes(void)
{
    return bytes_from_text("node/");
}

struct bytes control_prefix_pages(void)
{
    return bytes_from_text("page/");
}

struct bytes control_prefix_requests(void)
{
    return bytes_from_text("request/");
}

struct bytes control_key_bytes(const struct control_key *key)
{
    return bytes_make(key->memory, key->size);
}

bool control_key_number(struct bytes key, struct bytes prefix,
                        uint64_t *out_number)
{
    uint64_t number = 0;

    if (!bytes_has_prefix(key, prefix) ||
        key.size != prefix.size + NUMBER_DIGITS)
        return false;
    for (size_t i = prefix.size; i < key.size; i++) {
        uint8_t digit = key.data[i];

        number <<= 4;
        if (digit >= '0' && digit <= '9')
            number |= (uint64_t)(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            number |= (uint64_t)(digit - 'a' + 10);
        else
            return false;
    }
    *out_number = number;
    return true;
}

static uint32_t check_of(struct bytes key, struct bytes bytes)
{
    return crc32c_extend(crc32c(key), bytes);
}

void control_frame_begin(struct writer *writer)
{
    ASSERT(writer->size == 0);
    writer_u32(writer, 0);
}

void control_frame_end(struct writer *writer, struct bytes key)
{
    struct bytes all = writer_bytes(writer);

    if (!writer_is_ok(writer))
        return;
    all.data += CONTROL_FRAME_BYTES;
    all.size -= CONTROL_FRAME_BYTES;
    writer_u32_at(writer, 0, check_of(key, all));
}

enum dalv_status control_frame_open(struct bytes value, struct bytes key,
                                    struct bytes *out_bytes)
{
    struct reader reader;
    uint32_t check;

    reader_init(&reader, value);
    check = reader_u32(&reader);
    if (!reader_is_ok(&reader) || check != check_of(key, reader.rest))
        return DALV_DAMAGED;
    *out_bytes = reader.rest;
    return DALV_OK;
}
