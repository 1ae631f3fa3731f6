#include "cli/record_json.h"

#include "storage/user_record.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static uint8_t payload[1024];
static uint8_t block[8192];

static struct record record_of(const struct effect *effects, size_t count)
{
    const struct user_record user = {
        .user = bytes_from_text("ann"),
        .history_id = 0xAB,
        .revision = 7,
        .time_us = 1000,
        .author = {.writer = 3},
        .effects = effects,
        .effect_count = count,
    };
    struct writer writer;

    writer_init(&writer, payload, sizeof(payload));
    CU_ASSERT_EQUAL(user_record_encode(&user, &writer), DALV_OK);
    return (struct record){
        .type = RECORD_DATA,
        .partition = 5,
        .position = {.epoch = 2, .index = 41, .crc = 0xABCD},
        .previous_crc = 0x1234,
        .payload = writer_bytes(&writer),
    };
}

/* Expects the document of `member`, or the whole one if it is NULL. */
static void expect(const struct record *record, bool is_hex, const char *member,
                   const char *expected)
{
    struct arena arena;
    json_t *document;
    char *said;

    arena_init(&arena, block, sizeof(block));
    document = record_json_make(record, &arena, is_hex);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    CU_ASSERT_EQUAL(arena.used, 0);
    said = json_dumps(member == NULL ? document
                                     : json_object_get(document, member),
                      JSON_COMPACT | JSON_ENCODE_ANY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(said);
    CU_ASSERT_STRING_EQUAL(said, expected);
    free(said);
    json_decref(document);
}

static void tells_each_field_by_its_name(void)
{
    const struct effect put = {.type = EFFECT_PUT,
                               .key = bytes_from_text("hello"),
                               .value = bytes_from_text("world"),
                               .trail = {.feed_revision = 4}};
    struct record record = record_of(&put, 1);

    expect(&record, /* is_hex= */ false, NULL,
           "{\"record\":\"data\",\"partition\":5,"
           "\"position\":{\"epoch\":2,\"index\":41,\"crc\":\"0000abcd\"},"
           "\"previous\":\"00001234\",\"bytes\":59,\"user\":\"ann\","
           "\"history\":\"00000000000000ab\",\"revision\":7,"
           "\"time_us\":1000,\"writer\":3,\"effects\":[{\"effect\":\"put\","
           "\"key\":\"hello\",\"value\":\"world\",\"feed\":4}]}");
}

static void tells_what_is_no_text_in_base64_and_whole(void)
{
    static const uint8_t bytes[] = {0xFF, 0x00, 0x01};
    const struct effect add = {.type = EFFECT_LIST_ADD,
                               .key = bytes_from_text("cart"),
                               .value = bytes_make(bytes, sizeof(bytes)),
                               .dot = {1, 2, 3}};
    struct record record = record_of(&add, 1);

    expect(&record, /* is_hex= */ false, "effects",
           "[{\"effect\":\"list_add\",\"key\":\"cart\","
           "\"value_base64\":\"/wAB\","
           "\"dot\":{\"device\":1,\"local_id\":2,\"position\":3}}]");
}

static void tells_numbers_with_their_sign(void)
{
    const struct effect counter = {
        .type = EFFECT_COUNTER, .key = bytes_from_text("n"), .number = -5};
    struct record record = record_of(&counter, 1);

    expect(&record, /* is_hex= */ false, "effects",
           "[{\"effect\":\"counter\",\"key\":\"n\",\"number\":-5}]");
}

static void tells_the_bytes_that_stand_in_the_log(void)
{
    const struct effect remove = {.type = EFFECT_REMOVE,
                                  .key = bytes_from_text("hello")};
    struct record record = record_of(&remove, 1);

    expect(&record, /* is_hex= */ true, "effects",
           "[{\"effect\":\"remove\",\"hex\":\"020500000068656c6c6f\"}]");
}

static void tells_that_a_payload_is_no_user_record(void)
{
    const struct effect remove = {.type = EFFECT_REMOVE,
                                  .key = bytes_from_text("hello")};
    struct record record = record_of(&remove, 1);

    record.payload.size--;
    expect(&record, /* is_hex= */ false, "status", "\"DALV_DAMAGED\"");
}

static const struct suite_test tests[] = {
    SUITE_TEST(tells_each_field_by_its_name),
    SUITE_TEST(tells_what_is_no_text_in_base64_and_whole),
    SUITE_TEST(tells_numbers_with_their_sign),
    SUITE_TEST(tells_the_bytes_that_stand_in_the_log),
    SUITE_TEST(tells_that_a_payload_is_no_user_record),
};

int main(void)
{
    return SUITE_RUN("cli/record_json", tests);
}
