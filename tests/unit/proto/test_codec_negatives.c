/*
 * Damage to messages of good will, and the bounds of fields, reached and
 * exceeded by one.
 */
#include "base/bounds.h"
#include "proto/codec.h"
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

#include <string.h>

static uint8_t copy[4096];
static uint8_t filler[BOUNDS_MESSAGE_BYTES_MAX];

static const struct bytes pushes[] = {{(const uint8_t *)"one", 3},
                                      {(const uint8_t *)"two", 3}};
static const struct outcome outcomes[] = {
    {.push_number = 1, .result = OUTCOME_APPLIED, .revision = 300},
    {.push_number = 2, .result = OUTCOME_REFUSED, .status = DALV_CONFLICT},
};
static const uint64_t applied[] = {1, 300, 0};
static const int64_t numbers[] = {-1, 1000};

static struct bytes filled(size_t size)
{
    memset(filler, 'x', size);
    return bytes_make(filler, size);
}

/* Of each kind of field, one. */
static struct message sample(enum message_type type)
{
    struct message message = {.type = type, .request = 300};

    if (type == MESSAGE_SYNC)
        message.sync = (struct message_sync){.cursor = {7, 300},
                                             .chain = 1,
                                             .pushes = pushes,
                                             .push_count = 2,
                                             .is_live = true};
    else if (type == MESSAGE_SYNCED)
        message.synced = (struct message_synced){.outcomes = outcomes,
                                                 .outcome_count = 2,
                                                 .applied = applied,
                                                 .applied_count = 3,
                                                 .cursor = {7, 300}};
    else if (type == MESSAGE_UPDATE)
        message.update = (struct message_update){.user = pushes[0],
                                                 .id = {.bytes = "an id"},
                                                 .deadline_ms = 300,
                                                 .transaction = pushes[1]};
    else
        message.updated = (struct message_updated){.status = DALV_OVERFLOW,
                                                   .head = {7, 300},
                                                   .numbers = numbers,
                                                   .number_count = 2};
    return message;
}

static const enum message_type samples[] = {MESSAGE_SYNC, MESSAGE_SYNCED,
                                            MESSAGE_UPDATE, MESSAGE_UPDATED};

/* Cut between two fields a message is a message: with fewer of them. */
static void survives_a_cut_at_every_byte(void)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct message message = sample(samples[i]);
        struct bytes frame = exchange_frame(&message);
        size_t refused = 0;

        for (size_t size = 0; size < frame.size; size++) {
            /* Of its own size, so that a byte read beyond it is seen. */
            uint8_t *cut = memcpy(copy + sizeof(copy) - size, frame.data, size);
            enum dalv_status status =
                exchange_decode(bytes_make(cut, size), NULL);

            CU_ASSERT(status == DALV_OK || status == DALV_PROTOCOL ||
                      status == DALV_INVALID);
            refused += status != DALV_OK;
        }
        CU_ASSERT(refused * 2 > frame.size);
    }
}

/* exchange_decode hands in no more memory than codec_arena_bytes says. */
static void survives_every_flipped_bit(void)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct message message = sample(samples[i]);
        struct bytes frame = exchange_frame(&message);

        for (size_t bit = 0; bit < frame.size * 8; bit++) {
            enum dalv_status status;

            memcpy(copy, frame.data, frame.size);
            copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
            status = exchange_decode(bytes_make(copy, frame.size), NULL);
            CU_ASSERT(status == DALV_OK || status == DALV_PROTOCOL ||
                      status == DALV_INVALID || status == DALV_TOO_BIG ||
                      status == DALV_UNSUPPORTED);
        }
    }
}

static enum dalv_status encode_get(struct bytes user, struct bytes key)
{
    struct message message = {.type = MESSAGE_GET};

    message.get = (struct message_get){.user = user, .key = key};
    return exchange_encode(&message);
}

static void bounds_keys_and_users(void)
{
    struct bytes none = {0};

    CU_ASSERT_EQUAL(encode_get(none, none), DALV_INVALID);
    CU_ASSERT_EQUAL(encode_get(none, filled(1)), DALV_OK);
    CU_ASSERT_EQUAL(encode_get(none, filled(BOUNDS_KEY_MAX)), DALV_OK);
    CU_ASSERT_EQUAL(encode_get(none, filled(BOUNDS_KEY_MAX + 1)), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(encode_get(filled(BOUNDS_USER_ID_MAX), filled(255)),
                    DALV_OK);
    CU_ASSERT_EQUAL(encode_get(filled(BOUNDS_USER_ID_MAX + 1), filled(256)),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(encode_get(bytes_from_text("\xFF"), pushes[0]),
                    DALV_INVALID);
}

/* What encoding refuses must be refused as well when somebody sends it. */
static void bounds_what_it_is_sent(void)
{
    const char no_key[] = "\x01\x05\x01\x0A\x01u";
    const char no_user[] = "\x01\x05\x01\x0A\x01\xFF\x12\x01k";
    const char status[] = "\x01\x2B\x01\x08\x47";
    const char mode[] = "\x01\x22\x01\x08\x03";
    const char id[] = "\x01\x09\x01\x0A\x01u\x12\x03"
                      "abc";

    CU_ASSERT_EQUAL(exchange_decode(bytes_from_text(no_key), NULL),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(exchange_decode(bytes_from_text(no_user), NULL),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(exchange_decode(bytes_from_text(status), NULL),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(exchange_decode(bytes_from_text(mode), NULL), DALV_INVALID);
    CU_ASSERT_EQUAL(exchange_decode(bytes_from_text(id), NULL), DALV_INVALID);
}

static void bounds_the_pushes_of_a_sync(void)
{
    static struct bytes many[BOUNDS_SYNC_PUSHES_MAX + 1];
    struct message message = {.type = MESSAGE_SYNC};

    for (size_t i = 0; i < BOUNDS_SYNC_PUSHES_MAX + 1; i++)
        many[i] = pushes[i % 2];
    message.sync = (struct message_sync){.pushes = many,
                                         .push_count = BOUNDS_SYNC_PUSHES_MAX};
    CU_ASSERT_EQUAL(exchange(&message).sync.push_count, 1000);
    message.sync.push_count++;
    CU_ASSERT_EQUAL(exchange_encode(&message), DALV_TOO_BIG);
    message.sync.push_count = 1;
    many[0] = (struct bytes){0};
    CU_ASSERT_EQUAL(exchange_encode(&message), DALV_INVALID);
}

/* The worst that a frame can make of an arena. */
static void holds_as_many_outcomes_as_there_may_be(void)
{
    enum {
        MOST = BOUNDS_REFUSALS_UNCONFIRMED_MAX + BOUNDS_SYNC_PUSHES_MAX
    };
    static struct outcome many[MOST + 1];
    struct message message = {.type = MESSAGE_SYNCED};

    for (size_t i = 0; i < MOST + 1; i++)
        many[i] = outcomes[0];
    message.synced =
        (struct message_synced){.outcomes = many, .outcome_count = MOST};
    CU_ASSERT_EQUAL(exchange(&message).synced.outcome_count, MOST);
    message.synced.outcome_count++;
    CU_ASSERT_EQUAL(exchange_encode(&message), DALV_TOO_BIG);
}

static void bounds_the_frame_as_a_whole(void)
{
    struct message message = {.type = MESSAGE_GOT, .request = 1};

    /* Header 3, the page's name and length 5, is_partial 2. */
    message.got.page = filled(BOUNDS_MESSAGE_BYTES_MAX - 10);
    CU_ASSERT_EQUAL(exchange(&message).got.page.size,
                    BOUNDS_MESSAGE_BYTES_MAX - 10);
    message.got.page = filled(BOUNDS_MESSAGE_BYTES_MAX - 9);
    CU_ASSERT_EQUAL(exchange_encode(&message), DALV_TOO_BIG);
}

/* Three of them would fit in no frame; each alone would. */
static void bounds_the_sum_of_all_fields(void)
{
    struct bytes large[3];
    struct message message = {.type = MESSAGE_SYNC};

    for (size_t i = 0; i < 3; i++)
        large[i] = filled(BOUNDS_MESSAGE_BYTES_MAX);
    message.sync = (struct message_sync){.pushes = large, .push_count = 3};
    CU_ASSERT_EQUAL(exchange_encode(&message), DALV_TOO_BIG);
}

static const struct suite_test tests[] = {
    SUITE_TEST(survives_a_cut_at_every_byte),
    SUITE_TEST(survives_every_flipped_bit),
    SUITE_TEST(bounds_keys_and_users),
    SUITE_TEST(bounds_what_it_is_sent),
    SUITE_TEST(bounds_the_pushes_of_a_sync),
    SUITE_TEST(holds_as_many_outcomes_as_there_may_be),
    SUITE_TEST(bounds_the_frame_as_a_whole),
    SUITE_TEST(bounds_the_sum_of_all_fields),
};

int main(void)
{
    return SUITE_RUN("proto/codec: negatives", tests);
}
