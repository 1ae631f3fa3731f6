#include "base/crc32c.h"

#include <stddef.h>

enum {
    SLICES = 8,
};

/*
 * The CRC is linear: the remainder of a byte is the exclusive or of the
 * remainders of its bits. So 256 entries follow from eight, and the compiler
 * works them out. `...` are the remainders of the bits 0 to 7.
 */
#define BIT(byte, bit, remainder) (((byte) >> (bit)&1) != 0 ? (remainder) : 0)
#define ENTRY(byte, a, b, c, d, e, f, g, h)                                    \
    (BIT(byte, 0, a) ^ BIT(byte, 1, b) ^ BIT(byte, 2, c) ^ BIT(byte, 3, d) ^   \
     BIT(byte, 4, e) ^ BIT(byte, 5, f) ^ BIT(byte, 6, g) ^ BIT(byte, 7, h))
#define ENTRIES_4(byte, ...)                                                   \
    ENTRY(byte, __VA_ARGS__), ENTRY((byte) + 1, __VA_ARGS__),                  \
        ENTRY((byte) + 2, __VA_ARGS__), ENTRY((byte) + 3, __VA_ARGS__)
#define ENTRIES_16(byte, ...)                                                  \
    ENTRIES_4(byte, __VA_ARGS__), ENTRIES_4((byte) + 4, __VA_ARGS__),          \
        ENTRIES_4((byte) + 8, __VA_ARGS__),                                    \
        ENTRIES_4((byte) + 12, __VA_ARGS__)
#define ENTRIES_64(byte, ...)                                                  \
    ENTRIES_16(byte, __VA_ARGS__), ENTRIES_16((byte) + 16, __VA_ARGS__),       \
        ENTRIES_16((byte) + 32, __VA_ARGS__),                                  \
        ENTRIES_16((byte) + 48, __VA_ARGS__)
#define ROW(...)                                                               \
    {                                                                          \
        ENTRIES_64(0U, __VA_ARGS__), ENTRIES_64(64U, __VA_ARGS__),             \
            ENTRIES_64(128U, __VA_ARGS__), ENTRIES_64(192U, __VA_ARGS__)       \
    }

/* remainders[k][b]: what byte b leaves when k zero bytes follow it. */
static const uint32_t remainders[SLICES][256] = {
    ROW(0xF26B8303, 0xE13B70F7, 0xC79A971F, 0x8AD958CF, /* k = 0 */
        0x105EC76F, 0x20BD8EDE, 0x417B1DBC, 0x82F63B78),
    ROW(0x13A29877, 0x274530EE, 0x4E8A61DC, 0x9D14C3B8, /* k = 1 */
        0x3FC5F181, 0x7F8BE302, 0xFF17C604, 0xFBC3FAF9),
    ROW(0xA541927E, 0x4F6F520D, 0x9EDEA41A, 0x38513EC5, /* k = 2 */
        0x70A27D8A, 0xE144FB14, 0xC76580D9, 0x8B277743),
    ROW(0xDD45AAB8, 0xBF672381, 0x7B2231F3, 0xF64463E6, /* k = 3 */
        0xE964B13D, 0xD725148B, 0xABA65FE7, 0x52A0C93F),
    ROW(0x38116FAC, 0x7022DF58, 0xE045BEB0, 0xC5670B91, /* k = 4 */
        0x8F2261D3, 0x1BA8B557, 0x37516AAE, 0x6EA2D55C),
    ROW(0xEF306B19, 0xDB8CA0C3, 0xB2F53777, 0x6006181F, /* k = 5 */
        0xC00C303E, 0x85F4168D, 0x0E045BEB, 0x1C08B7D6),
    ROW(0x68032CC8, 0xD0065990, 0xA5E0C5D1, 0x4E2DFD53, /* k = 6 */
        0x9C5BFAA6, 0x3D5B83BD, 0x7AB7077A, 0xF56E0EF4),
    ROW(0x493C7D27, 0x9278FA4E, 0x211D826D, 0x423B04DA, /* k = 7 */
        0x847609B4, 0x0D006599, 0x1A00CB32, 0x34019664),
};

/* Eight bytes at once: each one's remainder is looked up independently. */
static uint32_t step_slices(uint32_t state, const uint8_t *data)
{
    uint32_t next = 0;

    for (unsigned i = 0; i < SLICES; i++) {
        uint8_t carried = i < 4 ? (uint8_t)(state >> (8 * i)) : 0;

        next ^= remainders[SLICES - 1 - i][data[i] ^ carried];
    }
    return next;
}

uint32_t crc32c_extend_portable(uint32_t crc, struct bytes bytes)
{
    uint32_t state = ~crc;
    size_t done = 0;

    for (; bytes.size - done >= SLICES; done += SLICES)
        state = step_slices(state, bytes.data + done);
    for (; done < bytes.size; done++)
        state = state >> 8 ^ remainders[0][(state ^ bytes.data[done]) & 0xFF];
    return ~state;
}

uint32_t crc32c(struct bytes bytes)
{
    return crc32c_extend(0, bytes);
}
