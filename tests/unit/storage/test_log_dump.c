#include "storage/log_dump.h"

#include "storage/user_record.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* The fixture is a record of user "ann" with one effect, as it is shown. */
struct fixture {
    uint8_t payload[256];
    uint8_t block[2048];
    struct arena arena;
    struct record record;
    char memory[1024];
    struct text text;
};

static void begin(struct fixture *fixture, const struct effect *effect)
{
    struct user_record user = {
        .user = bytes_from_text("ann"),
        .history_id = 0xAB,
        .revision = 7,
        .time_us = 1000,
        .author = {.writer = 3, .push_number = 9},
        .effects = effect,
        .effect_count = 1,
    };
    struct writer writer;

    memset(fixture, 0, sizeof(*fixture));
    arena_init(&fixture->arena, fixture->block, sizeof(fixture->block));
    text_init(&fixture->text, fixture->memory, sizeof(fixture->memory));
    writer_init(&writer, fixture->payload, sizeof(fixture->payload));
    CU_ASSERT_EQUAL(user_record_encode(&user, &writer), DALV_OK);
    fixture->record = (struct record){
        .type = RECORD_DATA,
        .partition = 5,
        .position = {.epoch = 2, .index = 41, .crc = 0xABCD},
        .previous_crc = 0x1234,
        .payload = writer_bytes(&writer),
    };
}

static struct effect put_hello(void)
{
    return (struct effect){
        .type = EFFECT_PUT,
        .key = bytes_from_text("hello"),
        .value = bytes_from_text("world"),
        .has_expiry = true,
        .expiry_us = UINT64_C(0x00063B6AF648DFD2),
        .trail = {.feed_revision = 4},
    };
}

static void shows_who_did_what(void)
{
    struct effect effect = put_hello();
    struct fixture fixture;

    begin(&fixture, &effect);
    log_dump_record(&fixture.record, &fixture.arena, &fixture.text);
    CU_ASSERT_STRING_EQUAL(
        text_string(&fixture.text),
        "data partition=5 position=2:41:0000abcd previous=00001234 bytes=59 "
        "user=ann history=00000000000000ab revision=7 time_us=1000 writer=3 "
        "push=9\n"
        "    put key=hello value=world expiry_us=1754180444807122 feed=4\n");
    CU_ASSERT_EQUAL(fixture.arena.used, 0);
}

static void shows_the_golden_bytes_in_hex(void)
{
    struct effect effect = put_hello();
    struct fixture fixture;

    begin(&fixture, &effect);
    log_dump_record_hex(&fixture.record, &fixture.arena, &fixture.text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text_string(&fixture.text),
                                  "\n    010500000068656c6c6f05000000776f726c64"
                                  "0000000001d2df48f66a3b0600\n"));
}

/* A value may be anything: it forges no line and steers no terminal. */
static void shows_hostile_values_escaped_and_short(void)
{
    struct effect effect = put_hello();
    struct fixture fixture;
    uint8_t value[100];

    memset(value, 'x', sizeof(value));
    memcpy(value, "\n\x1b[2J", 5);
    effect.value = bytes_make(value, sizeof(value));
    begin(&fixture, &effect);
    log_dump_record(&fixture.record, &fixture.arena, &fixture.text);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text_string(&fixture.text), "value=\\x0a\\x1b[2Jxxx"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text_string(&fixture.text), "...(100 bytes)"));
}

static void says_that_a_payload_is_no_user_record(void)
{
    struct effect effect = put_hello();
    struct fixture fixture;

    begin(&fixture, &effect);
    fixture.record.payload.size--;
    log_dump_record(&fixture.record, &fixture.arena, &fixture.text);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text_string(&fixture.text), "status=DALV_DAMAGED"));
}

static void shows_what_a_truncation_keeps(void)
{
    struct effect effect = put_hello();
    struct fixture fixture;
    struct writer writer;

    begin(&fixture, &effect);
    writer_init(&writer, fixture.payload, sizeof(fixture.payload));
    record_kept_encode((struct log_position){1, 40, 0xEF}, &writer);
    fixture.record.type = RECORD_TRUNCATE;
    fixture.record.payload = writer_bytes(&writer);
    log_dump_record(&fixture.record, &fixture.arena, &fixture.text);
    CU_ASSERT_STRING_EQUAL(
        text_string(&fixture.text),
        "truncate partition=5 position=2:41:0000abcd previous=00001234 "
        "bytes=20 kept=1:40:000000ef\n");
}

static const struct suite_test tests[] = {
    SUITE_TEST(shows_who_did_what),
    SUITE_TEST(shows_the_golden_bytes_in_hex),
    SUITE_TEST(shows_hostile_values_escaped_and_short),
    SUITE_TEST(says_that_a_payload_is_no_user_record),
    SUITE_TEST(shows_what_a_truncation_keeps),
};

int main(void)
{
    return SUITE_RUN("storage/log_dump", tests);
}
