#include "storage/user_record.h"

#include "base/text.h"
#include "storage/effect_format.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    EFFECTS_MAX = 22,
    MEMORY_BYTES = 1024,
};

/* The fixture is a record of user "ann" by device 3, without effects. */
struct fixture {
    struct user_record record;
    struct effect effects[EFFECTS_MAX];
    uint8_t memory[MEMORY_BYTES];
    struct writer writer;
    uint8_t block[EFFECTS_MAX * sizeof(struct effect) + 64];
    struct arena arena;
    char hex[512];
};

static void begin(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->record = (struct user_record){
        .user = bytes_from_text("ann"),
        .history_id = 0x1122334455667788,
        .revision = 7,
        .time_us = 1000,
        .author = {.writer = 3, .push_number = 9},
        .effects = fixture->effects,
    };
    writer_init(&fixture->writer, fixture->memory, sizeof(fixture->memory));
    arena_init(&fixture->arena, fixture->block, sizeof(fixture->block));
}

static void add(struct fixture *fixture, struct effect effect)
{
    fixture->effects[fixture->record.effect_count++] = effect;
}

static enum dalv_status encode(struct fixture *fixture)
{
    fixture->writer.size = 0;
    return user_record_encode(&fixture->record, &fixture->writer);
}

static enum dalv_status decode(struct fixture *fixture,
                               struct user_record *out_record)
{
    arena_clear(&fixture->arena);
    return user_record_decode(writer_bytes(&fixture->writer), &fixture->arena,
                              out_record);
}

/* The effect alone, and behind a "|" its trail. */
static const char *hex_of(struct fixture *fixture, struct effect effect)
{
    struct text text;

    text_init(&text, fixture->hex, sizeof(fixture->hex));
    CU_ASSERT_EQUAL(effect_check(&effect), DALV_OK);
    fixture->writer.size = 0;
    effect_encode(&effect, &fixture->writer);
    text_put_bytes_hex(&text, writer_bytes(&fixture->writer));
    text_put_char(&text, '|');
    fixture->writer.size = 0;
    effect_trail_encode(&effect, &fixture->writer);
    text_put_bytes_hex(&text, writer_bytes(&fixture->writer));
    return text_string(&text);
}

static struct effect put_hello(void)
{
    return (struct effect){
        .type = EFFECT_PUT,
        .key = bytes_from_text("hello"),
        .value = bytes_from_text("world"),
        .has_expiry = true,
        .expiry_us = UINT64_C(0x00063B6AF648DFD2),
    };
}

/* The contract with every other reader of the log. */
static void writes_the_golden_bytes_of_put_hello_world(void)
{
    static const uint8_t golden[32] = {
        0x01, 0x05, 0x00, 0x00, 0x00, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x05,
        0x00, 0x00, 0x00, 0x77, 0x6f, 0x72, 0x6c, 0x64, 0x00, 0x00, 0x00,
        0x00, 0x01, 0xd2, 0xdf, 0x48, 0xf6, 0x6a, 0x3b, 0x06, 0x00,
    };
    struct fixture fixture;
    struct effect effect = put_hello();

    begin(&fixture);
    effect_encode(&effect, &fixture.writer);
    CU_ASSERT_EQUAL(fixture.writer.size, sizeof(golden));
    CU_ASSERT_EQUAL(memcmp(fixture.memory, golden, sizeof(golden)), 0);
}

static void writes_remove_in_five_bytes_and_the_key(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_REMOVE,
                                         .key = bytes_from_text("hello"),
                                         .trail = {.feed_revision = 5,
                                                   .reset_writer = 3}}),
        "02"
        "05000000"
        "68656c6c6f"
        "|0500000003000000");
}

static void has_one_form_for_each_effect_on_keys(void)
{
    struct fixture fixture;
    struct bytes key = bytes_from_text("k");
    struct dot dot = {.device = 3, .local_id = 300, .position = 2};

    begin(&fixture);
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_COUNTER,
                                         .key = key,
                                         .number = -2,
                                         .trail = {.other_revision = 1,
                                                   .reset_revision = 2}}),
        "10"
        "01000000"
        "6b"
        "feffffffffffffff"
        "|0000010200000000");
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_LIST_ADD,
                                         .key = key,
                                         .value = bytes_from_text("v"),
                                         .dot = dot,
                                         .trail = {.generation = 4,
                                                   .element_count = 1,
                                                   .element_bytes = 1,
                                                   .added_revision = 7}}),
        "11"
        "01000000"
        "6b"
        "01000000"
        "76"
        "03ac0202"
        "|00000000000401010700");
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_LIST_REMOVE,
                                         .key = key,
                                         .dot = dot,
                                         .trail = {.added_revision = 6,
                                                   .element_revision = 5}}),
        "12"
        "01000000"
        "6b"
        "03ac0202"
        "|00000000000000000605");
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_LIST_ENDED,
                                         .key = key,
                                         .trail = {.generation = 200}}),
        "1d"
        "01000000"
        "6b"
        "|c801");
}

static void has_one_form_for_each_effect_on_users(void)
{
    struct fixture fixture;

    begin(&fixture);
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_OUTCOME,
                                         .device = 3,
                                         .outcome = {.push_number = 9,
                                                     .result = OUTCOME_REFUSED,
                                                     .status = DALV_CONFLICT,
                                                     .waits_for = 1,
                                                     .operation = 2}}),
        "17"
        "0309"
        "03"
        "0700"
        "0102"
        "|");
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_OUTCOME_DROP,
                                         .device = 3,
                                         .outcome = {.push_number = 9}}),
        "180309|");
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture,
               (struct effect){.type = EFFECT_CONFLICT_DROP,
                               .conflict = {.revision = 300, .position = 1}}),
        "1cac0201|");
    CU_ASSERT_STRING_EQUAL(
        hex_of(&fixture, (struct effect){.type = EFFECT_HISTORY_ENDED,
                                         .history_id = 0x0102030405060708}),
        "1f0807060504030201|");
}

/* One effect of each type that is about a key, every field of it set. */
static void fill_keys(struct fixture *fixture)
{
    struct effect_trail trail = {1, 2, 3, 4, UINT64_MAX, 6, 7, 8, 9, 10};
    struct effect_trail key_trail = {1, 2, 3, 4, UINT64_MAX, 6, 7, 8, 0, 0};
    struct dot dot = {.device = UINT64_MAX, .local_id = 2, .position = 3};
    struct bytes key = bytes_from_text("cart/items");
    struct bytes value = bytes_from_text("value");
    struct effect put = put_hello();

    put.trail = key_trail;
    put.flags = 0xAABBCCDD;
    add(fixture, put);
    add(fixture,
        (struct effect){.type = EFFECT_REMOVE, .key = key, .trail = key_trail});
    add(fixture, (struct effect){.type = EFFECT_COUNTER,
                                 .key = key,
                                 .number = INT64_MIN,
                                 .trail = key_trail});
    add(fixture, (struct effect){.type = EFFECT_LIST_ADD,
                                 .key = key,
                                 .value = value,
                                 .dot = dot,
                                 .trail = trail});
    add(fixture, (struct effect){.type = EFFECT_LIST_REMOVE,
                                 .key = key,
                                 .dot = dot,
                                 .trail = trail});
    add(fixture, (struct effect){
                     .type = EFFECT_KEY_DROP, .key = key, .trail = key_trail});
    add(fixture, (struct effect){.type = EFFECT_ELEMENT_DROP,
                                 .key = key,
                                 .dot = dot,
                                 .trail = trail});
}

/* The same for those about the user as a whole, and the ends of lists. */
static void fill_user(struct fixture *fixture)
{
    struct bytes key = bytes_from_text("cart/items");
    struct bytes value = bytes_from_text("value");

    add(fixture, (struct effect){.type = EFFECT_USER,
                                 .user = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                          13, 14, 15}});
    add(fixture,
        (struct effect){.type = EFFECT_DEVICE,
                        .device_state = {1, {{2, 3}}, true, 4, 5, 6, 7, 8}});
    add(fixture,
        (struct effect){.type = EFFECT_OUTCOME,
                        .device = 1,
                        .outcome = {2, OUTCOME_MERGED, DALV_OK, 3, 4, 5}});
    add(fixture, (struct effect){.type = EFFECT_OUTCOME_DROP,
                                 .device = 1,
                                 .outcome = {.push_number = 2}});
    add(fixture,
        (struct effect){.type = EFFECT_REQUEST,
                        .request = {{{1, 2}}, 3, DALV_QUOTA, 4, 5, value}});
    add(fixture, (struct effect){.type = EFFECT_REQUEST_DROP,
                                 .request = {.id = {{1}}, .time_us = 2}});
    add(fixture,
        (struct effect){.type = EFFECT_CONFLICT,
                        .conflict = {1, 2, 3, 4, UINT64_MAX, 6, key, value}});
    add(fixture, (struct effect){.type = EFFECT_CONFLICT_DROP,
                                 .conflict = {.revision = 1, .position = 2}});
    add(fixture, (struct effect){.type = EFFECT_LIST_ENDED,
                                 .key = key,
                                 .trail = {.generation = 1}});
    add(fixture, (struct effect){.type = EFFECT_LIST_PURGED,
                                 .key = key,
                                 .trail = {.generation = 1}});
    add(fixture,
        (struct effect){.type = EFFECT_HISTORY_ENDED, .history_id = 1});
    add(fixture, (struct effect){.type = EFFECT_HISTORY_PURGED,
                                 .history_id = 1,
                                 .value = value});
}

static void fill_uploads(struct fixture *fixture)
{
    const struct upload_state upload = {.upload = UINT64_C(1) << 63 | 4,
                                        .began_us = 300,
                                        .part_count = 2,
                                        .bytes = 1500000,
                                        .hash = 0xABCDEF,
                                        .is_closed = true};

    add(fixture, (struct effect){.type = EFFECT_UPLOAD_PART,
                                 .key = bytes_from_text("big"),
                                 .value = bytes_from_text("part"),
                                 .dot = {.position = 1},
                                 .trail = {.generation = upload.upload}});
    add(fixture, (struct effect){.type = EFFECT_UPLOAD,
                                 .key = bytes_from_text("big"),
                                 .upload = upload});
    add(fixture,
        (struct effect){.type = EFFECT_UPLOAD_DROP,
                        .key = bytes_from_text("big"),
                        .upload = {.upload = upload.upload, .began_us = 300}});
}

static void fill(struct fixture *fixture)
{
    fill_keys(fixture);
    fill_user(fixture);
    fill_uploads(fixture);
}

static void assert_same_trail(const struct effect_trail *a,
                              const struct effect_trail *b)
{
    CU_ASSERT_EQUAL(a->feed_revision, b->feed_revision);
    CU_ASSERT_EQUAL(a->expiry_us, b->expiry_us);
    CU_ASSERT_EQUAL(a->other_revision, b->other_revision);
    CU_ASSERT_EQUAL(a->reset_revision, b->reset_revision);
    CU_ASSERT_EQUAL(a->reset_writer, b->reset_writer);
    CU_ASSERT_EQUAL(a->generation, b->generation);
    CU_ASSERT_EQUAL(a->element_count, b->element_count);
    CU_ASSERT_EQUAL(a->element_bytes, b->element_bytes);
    CU_ASSERT_EQUAL(a->added_revision, b->added_revision);
    CU_ASSERT_EQUAL(a->element_revision, b->element_revision);
}

static void assert_same_key_effect(const struct effect *a,
                                   const struct effect *b)
{
    CU_ASSERT(bytes_equal(a->key, b->key));
    CU_ASSERT(bytes_equal(a->value, b->value));
    CU_ASSERT_EQUAL(a->flags, b->flags);
    CU_ASSERT_EQUAL(a->has_expiry, b->has_expiry);
    CU_ASSERT_EQUAL(a->expiry_us, b->expiry_us);
    CU_ASSERT_EQUAL(a->number, b->number);
    CU_ASSERT(dot_equal(a->dot, b->dot));
    assert_same_trail(&a->trail, &b->trail);
    CU_ASSERT_EQUAL(a->device, b->device);
}

static void reads_back_every_type_as_it_was(void)
{
    struct fixture fixture;
    struct user_record read;
    uint8_t again[MEMORY_BYTES];
    struct writer writer;

    begin(&fixture);
    fill(&fixture);
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(decode(&fixture, &read), DALV_OK);
    CU_ASSERT(bytes_equal(read.user, fixture.record.user));
    CU_ASSERT_EQUAL(read.history_id, 0x1122334455667788);
    CU_ASSERT_EQUAL(read.revision, 7);
    CU_ASSERT_EQUAL(read.time_us, 1000);
    CU_ASSERT_EQUAL(read.author.writer, 3);
    CU_ASSERT_EQUAL(read.author.push_number, 9);
    CU_ASSERT_EQUAL_FATAL(read.effect_count, 22);
    for (size_t i = 0; i < read.effect_count; i++) {
        CU_ASSERT_EQUAL(read.effects[i].type, fixture.effects[i].type);
        assert_same_key_effect(&read.effects[i], &fixture.effects[i]);
    }
    CU_ASSERT_EQUAL(memcmp(&read.effects[7].user, &fixture.effects[7].user,
                           sizeof(struct user_state)),
                    0);
    CU_ASSERT(read.effects[8].device_state.is_retired);
    CU_ASSERT_EQUAL(read.effects[8].device_state.seen_us, 8);
    CU_ASSERT_EQUAL(read.effects[9].outcome.result, OUTCOME_MERGED);
    CU_ASSERT_EQUAL(read.effects[11].request.status, DALV_QUOTA);
    CU_ASSERT_EQUAL(read.effects[13].conflict.winner, UINT64_MAX);
    CU_ASSERT_EQUAL(read.effects[18].history_id, 1);
    CU_ASSERT_EQUAL(read.effects[20].upload.bytes, 1500000);
    CU_ASSERT_TRUE(read.effects[20].upload.is_closed);
    CU_ASSERT_EQUAL(read.effects[21].upload.began_us, 300);
    /* What was read has one form: the bytes that it was read from. */
    writer_init(&writer, again, sizeof(again));
    CU_ASSERT_EQUAL(user_record_encode(&read, &writer), DALV_OK);
    CU_ASSERT(
        bytes_equal(writer_bytes(&writer), writer_bytes(&fixture.writer)));
}

static void keeps_the_request_of_a_backend(void)
{
    struct fixture fixture;
    struct user_record read;

    begin(&fixture);
    fixture.record.author =
        (struct author){.writer = 0, .request = {{0, 0, 5}}};
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_OK);
    CU_ASSERT_EQUAL(read.author.request.bytes[2], 5);
}

static void refuses_every_truncation_and_trailing_bytes(void)
{
    struct fixture fixture;
    struct user_record read;
    size_t size;

    begin(&fixture);
    fill(&fixture);
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    size = fixture.writer.size;
    for (fixture.writer.size = 0; fixture.writer.size < size;
         fixture.writer.size++)
        CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_DAMAGED);
    fixture.memory[size] = 0;
    fixture.writer.size = size + 1;
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_DAMAGED);
}

/* What was never restored is written as before there were restores. */
static void keeps_the_mark_of_a_restore(void)
{
    struct fixture fixture;
    struct user_record read;
    size_t size;

    begin(&fixture);
    add(&fixture, (struct effect){.type = EFFECT_USER,
                                  .user = {.history_id = 5, .revision = 6}});
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    size = fixture.writer.size;
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_OK);
    CU_ASSERT_EQUAL(read.effects[0].user.restored, 0);
    fixture.effects[0].user.restored = 9;
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    CU_ASSERT_EQUAL(fixture.writer.size, size + 8);
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_OK);
    CU_ASSERT_EQUAL(read.effects[0].type, EFFECT_USER);
    CU_ASSERT_EQUAL(read.effects[0].user.history_id, 5);
    CU_ASSERT_EQUAL(read.effects[0].user.restored, 9);
}

static void tells_an_effect_of_a_newer_version(void)
{
    struct fixture fixture;
    struct user_record read;

    begin(&fixture);
    add(&fixture,
        (struct effect){.type = EFFECT_REMOVE, .key = bytes_from_text("k")});
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    /* The effect's type stands 14 bytes before the end. */
    CU_ASSERT_EQUAL(fixture.memory[fixture.writer.size - 14], EFFECT_REMOVE);
    fixture.memory[fixture.writer.size - 14] = 37;
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_UNSUPPORTED);
    fixture.memory[fixture.writer.size - 14] = 3;
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_UNSUPPORTED);
}

static void takes_no_memory_for_a_count_that_cannot_be(void)
{
    struct fixture fixture;
    struct user_record read;

    begin(&fixture);
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    fixture.memory[fixture.writer.size - 1] = 0x7F;
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_DAMAGED);
    CU_ASSERT_EQUAL(fixture.arena.used, 0);
}

static void says_when_the_arena_is_too_small(void)
{
    struct fixture fixture;
    struct user_record read;

    begin(&fixture);
    fill(&fixture);
    CU_ASSERT_EQUAL(encode(&fixture), DALV_OK);
    arena_init(&fixture.arena, fixture.block, sizeof(struct effect));
    CU_ASSERT_EQUAL(decode(&fixture, &read), DALV_TOO_BIG);
}

static void refuses_to_write_what_it_would_not_read(void)
{
    static const uint8_t long_key[1025];
    struct fixture fixture;

    begin(&fixture);
    add(&fixture, (struct effect){.type = EFFECT_REMOVE});
    CU_ASSERT_EQUAL(encode(&fixture), DALV_INVALID);
    fixture.effects[0].key = bytes_make(long_key, sizeof(long_key));
    CU_ASSERT_EQUAL(encode(&fixture), DALV_TOO_BIG);
    fixture.effects[0] = put_hello();
    fixture.effects[0].has_expiry = false;
    CU_ASSERT_EQUAL(encode(&fixture), DALV_INVALID);
    fixture.effects[0] = (struct effect){.type = EFFECT_OUTCOME};
    CU_ASSERT_EQUAL(encode(&fixture), DALV_INVALID);
    fixture.record.effect_count = 0;
    fixture.record.user.size = 0;
    CU_ASSERT_EQUAL(encode(&fixture), DALV_INVALID);
    fixture.record.user = bytes_make(long_key, 256);
    CU_ASSERT_EQUAL(encode(&fixture), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(fixture.writer.size, 0);
}

static void leaves_the_writer_alone_when_there_is_no_room(void)
{
    struct fixture fixture;

    begin(&fixture);
    fill(&fixture);
    fixture.writer.capacity = 100;
    CU_ASSERT_EQUAL(encode(&fixture), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(fixture.writer.size, 0);
    CU_ASSERT(writer_is_ok(&fixture.writer));
}

static const struct suite_test tests[] = {
    SUITE_TEST(writes_the_golden_bytes_of_put_hello_world),
    SUITE_TEST(writes_remove_in_five_bytes_and_the_key),
    SUITE_TEST(has_one_form_for_each_effect_on_keys),
    SUITE_TEST(has_one_form_for_each_effect_on_users),
    SUITE_TEST(reads_back_every_type_as_it_was),
    SUITE_TEST(keeps_the_request_of_a_backend),
    SUITE_TEST(refuses_every_truncation_and_trailing_bytes),
    SUITE_TEST(keeps_the_mark_of_a_restore),
    SUITE_TEST(tells_an_effect_of_a_newer_version),
    SUITE_TEST(takes_no_memory_for_a_count_that_cannot_be),
    SUITE_TEST(says_when_the_arena_is_too_small),
    SUITE_TEST(refuses_to_write_what_it_would_not_read),
    SUITE_TEST(leaves_the_writer_alone_when_there_is_no_room),
};

int main(void)
{
    return SUITE_RUN("storage/user_record", tests);
}
