/*
 * Whatever is decoded as a record, a user's transaction or a batch header must
 * be the one form of what it says. The first byte chooses which.
 */
#include "base/assert.h"
#include "storage/batch.h"
#include "storage/record.h"
#include "storage/user_record.h"

#include <string.h>

enum {
    ARENA_BYTES = 8 << 20,
    AGAIN_BYTES = 1 << 20,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t again_block[AGAIN_BYTES];

static void try_record(struct bytes bytes)
{
    struct record record;
    struct reader reader;
    struct writer writer;

    reader_init(&reader, bytes);
    if (record_decode_unchecked(&reader, &record) != DALV_OK)
        return;
    writer_init(&writer, again_block, sizeof(again_block));
    ASSERT(record_encode(&record, &writer) == DALV_OK);
    /* All but the CRC, which was not looked at. */
    ASSERT(memcmp(again_block + 4, bytes.data + 4, writer.size - 4) == 0);
    reader_init(&reader, writer_bytes(&writer));
    ASSERT(record_decode(&reader, &record) == DALV_OK);
}

static void try_user_record(struct bytes bytes)
{
    static uint8_t arena_block[ARENA_BYTES];
    struct user_record record;
    struct arena arena;
    struct writer writer;

    arena_init(&arena, arena_block, sizeof(arena_block));
    if (user_record_decode(bytes, &arena, &record) != DALV_OK)
        return;
    writer_init(&writer, again_block, sizeof(again_block));
    ASSERT(user_record_encode(&record, &writer) == DALV_OK);
    ASSERT(bytes_equal(writer_bytes(&writer), bytes));
}

static void try_batch(struct bytes bytes)
{
    uint8_t header[BATCH_HEADER_BYTES];
    struct batch batch;

    if (batch_decode(bytes, &batch) != DALV_OK)
        return;
    batch_encode(&batch, header);
    ASSERT(memcmp(header, bytes.data, sizeof(header)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest;

    if (size == 0 || size > AGAIN_BYTES)
        return 0;
    rest = bytes_make(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        try_record(rest);
        break;
    case 1:
        try_user_record(rest);
        break;
    default:
        try_batch(rest);
        break;
    }
    return 0;
}
