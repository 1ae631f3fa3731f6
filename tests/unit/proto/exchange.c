#include "tests/unit/proto/exchange.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "proto/codec.h"

static struct buffer sent;
static uint8_t memory[CODEC_ARENA_BYTES_MAX];

struct bytes exchange_frame(const struct message *message)
{
    buffer_clear(&sent);
    CU_ASSERT_EQUAL_FATAL(codec_encode(message, &sent), DALV_OK);
    return buffer_bytes(&sent);
}

enum dalv_status exchange_encode(const struct message *message)
{
    buffer_clear(&sent);
    return codec_encode(message, &sent);
}

enum dalv_status exchange_decode(struct bytes frame,
                                 struct message *out_message)
{
    struct message ignored;
    struct arena arena;

    arena_init(&arena, memory, codec_arena_bytes(frame.size));
    return codec_decode(frame, &arena,
                        out_message != NULL ? out_message : &ignored);
}

struct message exchange(const struct message *message)
{
    struct message received;

    CU_ASSERT_EQUAL_FATAL(exchange_decode(exchange_frame(message), &received),
                          DALV_OK);
    CU_ASSERT_EQUAL(received.type, message->type);
    CU_ASSERT_EQUAL(received.request, message->request);
    return received;
}
