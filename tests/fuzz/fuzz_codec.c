/*
 * Whatever can be decoded can be encoded, and then it is canonical: decoded and
 * encoded once more it gives the same bytes. Nothing takes more of an arena
 * than codec_arena_bytes says.
 */
#include "base/assert.h"
#include "proto/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum dalv_status decode(struct bytes frame, struct message *out_message)
{
    static uint8_t memory[CODEC_ARENA_BYTES_MAX];
    struct arena arena;

    arena_init(&arena, memory, codec_arena_bytes(frame.size));
    return codec_decode(frame, &arena, out_message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message message;
    struct buffer first;
    struct buffer second;

    if (decode(bytes_make(data, size), &message) != DALV_OK)
        return 0;
    buffer_init(&first);
    buffer_init(&second);
    ASSERT(codec_encode(&message, &first) == DALV_OK);
    ASSERT(decode(buffer_bytes(&first), &message) == DALV_OK);
    ASSERT(codec_encode(&message, &second) == DALV_OK);
    ASSERT(bytes_equal(buffer_bytes(&first), buffer_bytes(&second)));
    buffer_deinit(&first);
    buffer_deinit(&second);
    return 0;
}
