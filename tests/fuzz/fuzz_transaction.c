/*
 * Whatever transaction_decode takes must be the one form of what it says.
 */
#include "base/assert.h"
#include "base/bounds.h"
#include "model/transaction_format.h"

enum {
    ARENA_BYTES = 8 << 20,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t arena_block[ARENA_BYTES];
    static uint8_t again_block[BOUNDS_MESSAGE_BYTES_MAX];
    struct arena arena;
    struct transaction transaction;
    struct writer writer;

    arena_init(&arena, arena_block, sizeof(arena_block));
    if (transaction_decode(bytes_make(data, size), &arena, &transaction) !=
        DALV_OK)
        return 0;
    writer_init(&writer, again_block, sizeof(again_block));
    ASSERT(transaction_encode(&transaction, &writer) == DALV_OK);
    ASSERT(bytes_equal(writer_bytes(&writer), bytes_make(data, size)));
    return 0;
}
