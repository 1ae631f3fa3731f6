/*
 * The bytes of the messages that travel most often, written by hand, and the
 * budget of the design: a SYNC with nothing to say takes at most 64 bytes each
 * way, one changed key at most its payload and 40.
 */
#include "model/change_format.h"
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

#include <string.h>

enum {
    NOTHING_TO_SAY_BYTES_MAX = 64,
    ONE_KEY_BYTES_MAX = 40,
};

/* After more than a hundred million million of transactions. */
static const uint64_t large = (UINT64_C(1) << 49) - 1;

static void expect(const struct message *message, const char *bytes,
                   size_t size)
{
    CU_ASSERT(bytes_equal(exchange_frame(message), bytes_make(bytes, size)));
}

static void hello_has_these_bytes(void)
{
    struct message hello = {.type = MESSAGE_HELLO, .request = 1};

    hello.hello = (struct message_hello){
        .protocol = 1,
        .token = bytes_from_text("tok"),
        .is_device = true,
        .install = {.bytes = "0123456789abcde"},
        .client = bytes_from_text("c"),
    };
    expect(&hello,
           "\x01\x01\x01"
           "\x08\x01"
           "\x12\x03tok"
           "\x18\x01"
           "\x22\x10"
           "0123456789abcde\0"
           "\x2A\x01"
           "c",
           3 + 2 + 5 + 2 + 18 + 3);
}

static void sync_has_these_bytes(void)
{
    const struct bytes pushes[] = {bytes_from_text("a"), bytes_from_text("bc")};
    struct message sync = {.type = MESSAGE_SYNC, .request = 300};

    sync.sync = (struct message_sync){
        .device = 9,
        .cursor = {.history_id = 0x1122334455667788, .revision = 128},
        .confirmed = 6,
        .push_first = 7,
        .chain = 0x0102030405060708,
        .pushes = pushes,
        .push_count = 2,
        .is_live = true,
    };
    expect(&sync,
           "\x01\x02\xAC\x02"
           "\x09\x88\x77\x66\x55\x44\x33\x22\x11"
           "\x10\x80\x01"
           "\x18\x06"
           "\x20\x07"
           "\x29\x08\x07\x06\x05\x04\x03\x02\x01"
           "\x32\x01"
           "a"
           "\x32\x02"
           "bc"
           "\x48\x01"
           "\x50\x09",
           4 + 9 + 3 + 2 + 2 + 9 + 3 + 4 + 2 + 2);
}

static void synced_has_these_bytes(void)
{
    const struct outcome refused = {
        .push_number = 8, .result = OUTCOME_REFUSED, .status = DALV_CONFLICT};
    const uint64_t applied[] = {129};
    struct message synced = {.type = MESSAGE_SYNCED, .request = 300};

    synced.synced = (struct message_synced){
        .settled = 8,
        .outcomes = &refused,
        .outcome_count = 1,
        .applied_first = 7,
        .applied = applied,
        .applied_count = 1,
        .is_whole = true,
        .cursor = {.history_id = 0x1122334455667788, .revision = 129},
    };
    expect(&synced,
           "\x01\x22\xAC\x02"
           "\x10\x08"
           "\x1A\x06\x08\x08\x10\x03\x18\x07"
           "\x20\x07"
           "\x2A\x02\x81\x01"
           "\x49\x88\x77\x66\x55\x44\x33\x22\x11"
           "\x50\x81\x01",
           4 + 2 + 8 + 2 + 4 + 9 + 3);
}

static void update_has_these_bytes(void)
{
    struct message update = {.type = MESSAGE_UPDATE, .request = 2};

    update.update = (struct message_update){
        .user = bytes_from_text("ann"),
        .id = {.bytes = "0123456789abcde"},
        .deadline_ms = 2000,
        .transaction = bytes_from_text("ops"),
    };
    expect(&update,
           "\x01\x06\x02"
           "\x0A\x03"
           "ann"
           "\x12\x10"
           "0123456789abcde\0"
           "\x18\xD0\x0F"
           "\x22\x03"
           "ops",
           3 + 5 + 18 + 3 + 5);
}

/* Every number that a device can send is there and large. */
static void a_sync_with_nothing_to_say_is_small(void)
{
    struct message sync = {.type = MESSAGE_SYNC, .request = UINT32_MAX};

    sync.sync = (struct message_sync){
        .device = UINT16_MAX,
        .cursor = {.history_id = UINT64_MAX, .revision = large},
        .confirmed = large,
        .push_first = large,
        .chain = UINT64_MAX,
        .budget_bytes = 1 << 20,
        .is_live = true,
    };
    CU_ASSERT(exchange_frame(&sync).size <= NOTHING_TO_SAY_BYTES_MAX);
}

static void its_answer_is_small(void)
{
    struct message synced = {.type = MESSAGE_SYNCED, .request = UINT32_MAX};

    synced.synced = (struct message_synced){
        .settled = large,
        .is_whole = true,
        .cursor = {.history_id = UINT64_MAX, .revision = large},
    };
    CU_ASSERT(exchange_frame(&synced).size <= NOTHING_TO_SAY_BYTES_MAX);
}

/* The user has made a million transactions; one device changed one key. */
static void an_answer_with_one_changed_key_is_small(void)
{
    const struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text("cart/note"),
        .state = {.kind = KEY_REGISTER,
                  .revision = 1000000,
                  .writer = 3,
                  .reset_revision = 1000000,
                  .time_us = 1800000000000000,
                  .value = bytes_from_text("two of the blue ones")},
    };
    struct message synced = {.type = MESSAGE_SYNCED, .request = 1000};
    struct change_writer changes;
    struct writer writer;
    uint8_t page[128];

    writer_init(&writer, page, sizeof(page));
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL_FATAL(change_put(&changes, &change), DALV_OK);
    synced.synced = (struct message_synced){
        .settled = 100,
        .page = writer_bytes(&writer),
        .is_whole = true,
        .cursor = {.history_id = UINT64_MAX, .revision = 1000000},
    };
    CU_ASSERT(exchange_frame(&synced).size <=
              change.key.size + change.state.value.size + ONE_KEY_BYTES_MAX);
}

static const struct suite_test tests[] = {
    SUITE_TEST(hello_has_these_bytes),
    SUITE_TEST(sync_has_these_bytes),
    SUITE_TEST(synced_has_these_bytes),
    SUITE_TEST(update_has_these_bytes),
    SUITE_TEST(a_sync_with_nothing_to_say_is_small),
    SUITE_TEST(its_answer_is_small),
    SUITE_TEST(an_answer_with_one_changed_key_is_small),
};

int main(void)
{
    return SUITE_RUN("proto/codec: budget", tests);
}
