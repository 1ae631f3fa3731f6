#include "storage/batch.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* The header of docs/STORAGE_FORMAT.md, its CRC computed by other means. */
static const uint8_t golden[BATCH_HEADER_BYTES] = {
    0x44, 0x61, 0x6C, 0x76, 0x4C, 0x6F, 0x67, 0xFD, 0x01, 0x00, 0x04,
    0x00, 0x02, 0x00, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x03,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x20, 0x00, 0x00,
    0x64, 0x00, 0x00, 0x00, 0xDD, 0xCC, 0xBB, 0xAA, 0x04, 0x03, 0x02,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x90, 0x40, 0xF2, 0xFF,
};

static struct batch example(void)
{
    return (struct batch){
        .flags = BATCH_IS_UNCERTAIN,
        .record_count = 2,
        .sequence = 9,
        .log_id = UINT64_C(0x1122334455667788),
        .segment = 3,
        .segment_bytes = 65536,
        .offset = 8192,
        .body_size = 100,
        .body_crc = 0xAABBCCDD,
        .previous_crc = 0x01020304,
    };
}

static void has_the_layout_of_the_document(void)
{
    struct batch batch = example();
    uint8_t header[BATCH_HEADER_BYTES];

    batch_encode(&batch, header);
    CU_ASSERT_EQUAL(memcmp(header, golden, sizeof(golden)), 0);
    CU_ASSERT_EQUAL(batch.crc, 0xFFF24090);
}

static void reads_back_what_was_written(void)
{
    struct batch batch = {0};

    CU_ASSERT_EQUAL(batch_decode(bytes_make(golden, sizeof(golden)), &batch),
                    DALV_OK);
    CU_ASSERT_EQUAL(batch.flags, BATCH_IS_UNCERTAIN);
    CU_ASSERT_EQUAL(batch.record_count, 2);
    CU_ASSERT_EQUAL(batch.sequence, 9);
    CU_ASSERT_EQUAL(batch.log_id, UINT64_C(0x1122334455667788));
    CU_ASSERT_EQUAL(batch.segment, 3);
    CU_ASSERT_EQUAL(batch.segment_bytes, 65536);
    CU_ASSERT_EQUAL(batch.offset, 8192);
    CU_ASSERT_EQUAL(batch.body_size, 100);
    CU_ASSERT_EQUAL(batch.body_crc, 0xAABBCCDD);
    CU_ASSERT_EQUAL(batch.previous_crc, 0x01020304);
    CU_ASSERT_EQUAL(batch.crc, 0xFFF24090);
}

static void notices_every_flipped_bit_and_every_truncation(void)
{
    uint8_t header[BATCH_HEADER_BYTES];
    struct batch batch;

    memcpy(header, golden, sizeof(header));
    for (size_t bit = 0; bit < sizeof(header) * 8; bit++) {
        header[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_EQUAL(
            batch_decode(bytes_make(header, sizeof(header)), &batch),
            DALV_DAMAGED);
        header[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < sizeof(header); size++)
        CU_ASSERT_EQUAL(batch_decode(bytes_make(header, size), &batch),
                        DALV_DAMAGED);
}

static void refuses_a_body_beyond_its_segment(void)
{
    struct batch batch = example();
    uint8_t header[BATCH_HEADER_BYTES];

    batch.body_size = 65536 - 8192 - BATCH_HEADER_BYTES + 1;
    batch_encode(&batch, header);
    CU_ASSERT_EQUAL(batch_decode(bytes_make(header, sizeof(header)), &batch),
                    DALV_DAMAGED);
}

static void takes_whole_pages(void)
{
    CU_ASSERT_EQUAL(batch_bytes(0), 4096);
    CU_ASSERT_EQUAL(batch_bytes(4096 - 64), 4096);
    CU_ASSERT_EQUAL(batch_bytes(4096 - 63), 8192);
}

static const struct suite_test tests[] = {
    SUITE_TEST(has_the_layout_of_the_document),
    SUITE_TEST(reads_back_what_was_written),
    SUITE_TEST(notices_every_flipped_bit_and_every_truncation),
    SUITE_TEST(refuses_a_body_beyond_its_segment),
    SUITE_TEST(takes_whole_pages),
};

int main(void)
{
    return SUITE_RUN("storage/batch", tests);
}
