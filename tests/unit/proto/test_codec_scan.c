/*
 * Bodies that nobody of good will sends. Each is refused before anything is
 * allocated for it.
 */
#include "base/arena.h"
#include "base/bounds.h"
#include "proto/codec.h"
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

#include <string.h>

enum {
    FRAME_BYTES_MAX = BOUNDS_MESSAGE_BYTES_MAX,
    PING = MESSAGE_PING,
    GET = MESSAGE_GET,
};

static uint8_t memory[FRAME_BYTES_MAX + 1];
static struct writer frame;

/* A frame of this type, with request number 1; the body is put behind it. */
static void begin(uint8_t type)
{
    writer_init(&frame, memory, sizeof(memory));
    writer_bytes_put(&frame, bytes_make((uint8_t[]){1, type, 1}, 3));
}

static void put(const char *bytes, size_t size)
{
    writer_bytes_put(&frame, bytes_make(bytes, size));
}

static enum dalv_status decode(void)
{
    CU_ASSERT_FATAL(writer_is_ok(&frame));
    return exchange_decode(writer_bytes(&frame), NULL);
}

static void takes_an_empty_body_for_all_defaults(void)
{
    struct message message;

    begin(PING);
    CU_ASSERT_EQUAL(exchange_decode(writer_bytes(&frame), &message), DALV_OK);
    CU_ASSERT_EQUAL(message.ping.payload, 0);
}

static void refuses_a_single_field_that_comes_twice(void)
{
    begin(PING);
    put("\x08\x01\x08\x02", 4);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(GET);
    put("\x12\x01k\x12\x01k", 6);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

static void refuses_a_field_of_another_wire_type(void)
{
    begin(PING);
    put("\x09\x01\x00\x00\x00\x00\x00\x00\x00", 9);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(PING);
    put("\x0A\x01\x01", 3);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(GET);
    put("\x10\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

/* Groups: 3 begins one, 4 ends it; 6 and 7 mean nothing. */
static void refuses_groups_and_wire_types_that_are_none(void)
{
    const char types[] = {3, 4, 6, 7};

    for (size_t i = 0; i < sizeof(types); i++) {
        char tag = (char)(0x78 | types[i]);

        begin(PING);
        put(&tag, 1);
        CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    }
}

static void refuses_numbers_that_are_over_long(void)
{
    begin(PING);
    put("\x08\x81\x00", 3);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(PING);
    put("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(PING);
    put("\x88\x00\x01", 3);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(GET);
    put("\x12\x81\x00k", 4);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

/* The library would cut them to 32 bits, to one bit. */
static void refuses_numbers_that_are_too_wide(void)
{
    begin(MESSAGE_DIGEST);
    put("\x18\xFF\xFF\xFF\xFF\x0F", 6);
    CU_ASSERT_EQUAL(decode(), DALV_OK);
    begin(MESSAGE_DIGEST);
    put("\x18\x80\x80\x80\x80\x10", 6);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(MESSAGE_ANSWERED);
    put("\x10\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_OK);
    begin(MESSAGE_ANSWERED);
    put("\x10\x02", 2);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

static void refuses_field_number_zero_and_tags_beyond_32_bits(void)
{
    begin(PING);
    put("\x00\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(PING);
    put("\x80\x80\x80\x80\x10\x01", 6);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

static void refuses_a_length_beyond_the_end(void)
{
    begin(GET);
    put("\x12\x02k", 3);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(GET);
    put("\x12\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01k", 12);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

static void passes_over_what_a_newer_version_added(void)
{
    struct message message;

    begin(GET);
    put("\x7A\x03new\x12\x01k\x80\x01\x07\x85\x01wxyz\x81\x01stuvwxyz", 27);
    CU_ASSERT_EQUAL_FATAL(exchange_decode(writer_bytes(&frame), &message),
                          DALV_OK);
    ASSERT_BYTES(message.get.key, "k");
}

static void passes_over_a_number_of_unknown_fields_and_no_more(void)
{
    begin(PING);
    for (size_t i = 0; i < CODEC_UNKNOWN_FIELDS_MAX; i++)
        put("\x78\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_OK);
    put("\x78\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_TOO_BIG);
}

static void passes_over_so_many_unknown_bytes_and_no_more(void)
{
    begin(PING);
    put("\x7A\xFE\x1F", 3);
    for (size_t i = 0; i < CODEC_UNKNOWN_BYTES_MAX - 2; i++)
        put("x", 1);
    CU_ASSERT_EQUAL(decode(), DALV_OK);
    put("\x78\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_TOO_BIG);
}

/* An unknown field may hold anything: it is not looked into. */
static void does_not_follow_deep_nesting(void)
{
    begin(PING);
    for (size_t i = 0; i < 10000; i++)
        put("\x7A\x02", 2);
    CU_ASSERT_EQUAL(decode(), DALV_TOO_BIG);
    begin(MESSAGE_SYNCED);
    put("\x1A\x06\x7A\x04\x7A\x02\x7A\x00", 8);
    CU_ASSERT_EQUAL(decode(), DALV_INVALID);
}

static void refuses_a_million_empty_parts(void)
{
    begin(MESSAGE_SYNCED);
    for (size_t i = 0; i < 1000000; i++)
        put("\x1A\x00", 2);
    CU_ASSERT_EQUAL(decode(), DALV_TOO_BIG);
}

static void refuses_a_packed_bomb(void)
{
    begin(MESSAGE_SYNCED);
    put("\x2A\x80\x80\x80\x02", 5);
    for (size_t i = 0; i < 4 << 20; i++)
        put("\x01", 1);
    CU_ASSERT_EQUAL(decode(), DALV_TOO_BIG);
}

static void refuses_packed_numbers_in_two_pieces_or_unpacked(void)
{
    begin(MESSAGE_SYNCED);
    put("\x2A\x01\x01\x2A\x01\x02", 6);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
    begin(MESSAGE_SYNCED);
    put("\x28\x01", 2);
    CU_ASSERT_EQUAL(decode(), DALV_PROTOCOL);
}

static void refuses_a_frame_beyond_any_message(void)
{
    struct bytes bytes = bytes_make(memory, FRAME_BYTES_MAX + 1);

    CU_ASSERT_EQUAL(exchange_decode(bytes, NULL), DALV_TOO_BIG);
}

static void does_not_support_what_it_does_not_know(void)
{
    begin(PING);
    memory[0] = 2;
    CU_ASSERT_EQUAL(decode(), DALV_UNSUPPORTED);
    begin(0);
    CU_ASSERT_EQUAL(decode(), DALV_UNSUPPORTED);
    begin(14);
    CU_ASSERT_EQUAL(decode(), DALV_UNSUPPORTED);
    begin(255);
    CU_ASSERT_EQUAL(decode(), DALV_UNSUPPORTED);
}

/* One byte short: refused, and what the arena held before is still there. */
static void gives_the_arena_back_after_a_failure(void)
{
    uint8_t block[256];
    struct arena arena;
    struct message message;

    begin(GET);
    put("\x12\x01k\x0A\x02\xFF\xFF", 7);
    arena_init(&arena, block, sizeof(block));
    CU_ASSERT_PTR_NOT_NULL(arena_take(&arena, 1, 5));
    CU_ASSERT_EQUAL(codec_decode(writer_bytes(&frame), &arena, &message),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(arena_mark(&arena) <= 20, true);
    arena_init(&arena, block, 16);
    CU_ASSERT_EQUAL(codec_decode(writer_bytes(&frame), &arena, &message),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(arena_mark(&arena), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(takes_an_empty_body_for_all_defaults),
    SUITE_TEST(refuses_a_single_field_that_comes_twice),
    SUITE_TEST(refuses_a_field_of_another_wire_type),
    SUITE_TEST(refuses_groups_and_wire_types_that_are_none),
    SUITE_TEST(refuses_numbers_that_are_over_long),
    SUITE_TEST(refuses_numbers_that_are_too_wide),
    SUITE_TEST(refuses_field_number_zero_and_tags_beyond_32_bits),
    SUITE_TEST(refuses_a_length_beyond_the_end),
    SUITE_TEST(passes_over_what_a_newer_version_added),
    SUITE_TEST(passes_over_a_number_of_unknown_fields_and_no_more),
    SUITE_TEST(passes_over_so_many_unknown_bytes_and_no_more),
    SUITE_TEST(does_not_follow_deep_nesting),
    SUITE_TEST(refuses_a_million_empty_parts),
    SUITE_TEST(refuses_a_packed_bomb),
    SUITE_TEST(refuses_packed_numbers_in_two_pieces_or_unpacked),
    SUITE_TEST(refuses_a_frame_beyond_any_message),
    SUITE_TEST(does_not_support_what_it_does_not_know),
    SUITE_TEST(gives_the_arena_back_after_a_failure),
};

int main(void)
{
    return SUITE_RUN("proto/codec: scan", tests);
}
