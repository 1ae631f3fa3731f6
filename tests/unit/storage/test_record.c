#include "storage/record.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* The fixture is one encoded record: an entry of partition 7. */
struct fixture {
    uint8_t memory[256];
    struct writer writer;
    struct record record;
};

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    writer_init(&fixture->writer, fixture->memory, sizeof(fixture->memory));
    fixture->record = (struct record){
        .type = RECORD_DATA,
        .partition = 7,
        .position = {.epoch = 3, .index = 41},
        .previous_crc = 0xAABBCCDD,
        .payload = bytes_from_text("hello"),
    };
    CU_ASSERT_EQUAL_FATAL(record_encode(&fixture->record, &fixture->writer),
                          DALV_OK);
}

static enum dalv_status decode(struct bytes bytes, struct record *out_record)
{
    struct reader reader;

    reader_init(&reader, bytes);
    return record_decode(&reader, out_record);
}

static void has_the_layout_of_the_document(void)
{
    /* CRC, version, type, reserved, size, partition, epoch, index, previous
     * CRC, payload. */
    static const uint8_t expected[] = {
        0x00, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x05, 0x00, 0x00,
        0x00, 0x07, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x29, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xDD,
        0xCC, 0xBB, 0xAA, 'h',  'e',  'l',  'l',  'o',
    };
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_EQUAL(fixture.writer.size, sizeof(expected));
    CU_ASSERT_EQUAL(
        memcmp(fixture.memory + 4, expected + 4, sizeof(expected) - 4), 0);
    /* Computed by hand with another implementation of CRC-32C. */
    CU_ASSERT_EQUAL(fixture.record.position.crc, 0xD190D279);
    CU_ASSERT_EQUAL(fixture.memory[0], fixture.record.position.crc & 0xFF);
}

static void reads_back_what_was_written(void)
{
    struct fixture fixture;
    struct record record;

    begin(&fixture);
    CU_ASSERT_EQUAL(decode(writer_bytes(&fixture.writer), &record), DALV_OK);
    CU_ASSERT_EQUAL(record.type, RECORD_DATA);
    CU_ASSERT_EQUAL(record.partition, 7);
    CU_ASSERT_EQUAL(record.position.epoch, 3);
    CU_ASSERT_EQUAL(record.position.index, 41);
    CU_ASSERT_EQUAL(record.position.crc, fixture.record.position.crc);
    CU_ASSERT_EQUAL(record.previous_crc, 0xAABBCCDD);
    CU_ASSERT(bytes_equal(record.payload, bytes_from_text("hello")));
}

static void notices_every_flipped_bit(void)
{
    struct fixture fixture;
    struct record record;

    begin(&fixture);
    for (size_t bit = 0; bit < fixture.writer.size * 8; bit++) {
        fixture.memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CU_ASSERT_EQUAL(decode(writer_bytes(&fixture.writer), &record),
                        DALV_DAMAGED);
        fixture.memory[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void notices_every_truncation(void)
{
    struct fixture fixture;
    struct record record;

    begin(&fixture);
    for (size_t size = 0; size < fixture.writer.size; size++)
        CU_ASSERT_EQUAL(decode(bytes_make(fixture.memory, size), &record),
                        DALV_DAMAGED);
}

static void takes_one_record_and_leaves_the_rest(void)
{
    struct fixture fixture;
    struct record record;
    struct reader reader;

    begin(&fixture);
    writer_u8(&fixture.writer, 0xFF);
    reader_init(&reader, writer_bytes(&fixture.writer));
    CU_ASSERT_EQUAL(record_decode(&reader, &record), DALV_OK);
    CU_ASSERT_EQUAL(reader.rest.size, 1);
}

static void refuses_what_has_no_room(void)
{
    struct fixture fixture;
    struct writer writer;

    begin(&fixture);
    writer_init(&writer, fixture.memory, RECORD_HEADER_BYTES + 4);
    CU_ASSERT_EQUAL(record_encode(&fixture.record, &writer), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(writer.size, 0);
    CU_ASSERT(writer_is_ok(&writer));
    fixture.record.payload =
        bytes_make(fixture.memory, RECORD_PAYLOAD_MAX + (size_t)1);
    CU_ASSERT_EQUAL(record_encode(&fixture.record, &fixture.writer),
                    DALV_TOO_BIG);
}

static void refuses_a_partition_that_cannot_be(void)
{
    struct fixture fixture;

    begin(&fixture);
    fixture.record.partition = RECORD_PARTITIONS_MAX;
    CU_ASSERT_EQUAL(record_encode(&fixture.record, &fixture.writer),
                    DALV_INVALID);
}

static void names_the_kept_entry_in_twenty_bytes(void)
{
    struct log_position kept = {.epoch = 2, .index = 9, .crc = 0x01020304};
    struct log_position read = {0};
    uint8_t memory[RECORD_KEPT_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    record_kept_encode(kept, &writer);
    CU_ASSERT_EQUAL(writer.size, RECORD_KEPT_BYTES);
    CU_ASSERT_EQUAL(record_kept_decode(writer_bytes(&writer), &read), DALV_OK);
    CU_ASSERT(log_position_equal(kept, read));
    CU_ASSERT_EQUAL(record_kept_decode(bytes_make(memory, 19), &read),
                    DALV_DAMAGED);
}

static const struct suite_test tests[] = {
    SUITE_TEST(has_the_layout_of_the_document),
    SUITE_TEST(reads_back_what_was_written),
    SUITE_TEST(notices_every_flipped_bit),
    SUITE_TEST(notices_every_truncation),
    SUITE_TEST(takes_one_record_and_leaves_the_rest),
    SUITE_TEST(refuses_what_has_no_room),
    SUITE_TEST(refuses_a_partition_that_cannot_be),
    SUITE_TEST(names_the_kept_entry_in_twenty_bytes),
};

int main(void)
{
    return SUITE_RUN("storage/record", tests);
}
