/*
 * The bytes of the index, as docs/STORAGE_FORMAT.md gives them: user "u" of
 * partition 0x0102, history 0x0A0B, record 9 of the log.
 */
#include "storage/index_apply.h"

#include "base/text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    TEXT_BYTES = 4096,
};

/* A line an entry: "key=value" or "-key", in hexadecimal. */
static char memory[TEXT_BYTES];
static struct text text;

static void on_put(void *owner, struct bytes key, struct bytes head,
                   struct bytes tail)
{
    (void)owner;
    text_put_bytes_hex(&text, key);
    text_put_char(&text, '=');
    text_put_bytes_hex(&text, head);
    text_put_bytes_hex(&text, tail);
    text_put_char(&text, '\n');
}

static void on_drop(void *owner, struct bytes key)
{
    (void)owner;
    text_put_char(&text, '-');
    text_put_bytes_hex(&text, key);
    text_put_char(&text, '\n');
}

static const char *apply(const struct effect *effect)
{
    struct user_record record = {
        .user = bytes_from_text("u"),
        .history_id = 0x0A0B,
        .revision = 3,
        .time_us = 200,
        .author = {.writer = 5},
        .effects = effect,
        .effect_count = 1,
    };
    struct index_origin origin = {
        .partition = 0x0102,
        .position = {.epoch = 2, .index = 9, .crc = 0x01020304},
        .time_us = 300,
    };
    struct index_sink sink = {.put = on_put, .drop = on_drop};

    text_init(&text, memory, sizeof(memory));
    index_apply_record(&record, &origin, &sink);
    return text_string(&text);
}

#define USER                                                                   \
    "0102000000001001"                                                         \
    "75"
#define HISTORY USER "0000000000000a0b"
#define OWNER                                                                  \
    "0175"                                                                     \
    "0000000000000a0b"
#define PARTITION "010200000000"

static void puts_a_register(void)
{
    struct effect effect = {
        .type = EFFECT_PUT,
        .key = bytes_from_text("k"),
        .value = bytes_from_text("v"),
        .flags = 7,
        .has_expiry = true,
        .expiry_us = 0x80,
        .trail = {.feed_revision = 2,
                  .expiry_us = 0x70,
                  .other_revision = 1,
                  .reset_revision = 3,
                  .reset_writer = 5},
    };

    CU_ASSERT_STRING_EQUAL(apply(&effect),
                           /* Kind, revisions and writers, time, flags,
                              expiry, value. */
                           HISTORY "156b="
                                   "01030501030"
                                   "5c801"
                                   "078001"
                                   "76\n"
                                   "-" HISTORY "17"
                                   "0000000000000002"
                                   "6b0000\n" HISTORY "17"
                                   "0000000000000003"
                                   "6b0000="
                                   "1209\n"
                                   "-" PARTITION "03"
                                   "0000000000000070" OWNER "6b\n" PARTITION
                                   "03"
                                   "0000000000000080" OWNER "6b=\n");
}

static void adds_an_element(void)
{
    struct effect effect = {
        .type = EFFECT_LIST_ADD,
        .key = bytes_make("\0", 1),
        .value = bytes_from_text("v"),
        .dot = {.device = 1, .local_id = 2, .position = 3},
        .trail = {.feed_revision = 2,
                  .reset_revision = 2,
                  .generation = 2,
                  .element_count = 4,
                  .element_bytes = 6,
                  .added_revision = 3},
    };

    CU_ASSERT_STRING_EQUAL(apply(&effect), HISTORY "1500="
                                                   "02030500020"
                                                   "0c801"
                                                   "020406\n" HISTORY "16"
                                                   "00ff0000"
                                                   "0000000000000002"
                                                   "0000000000000001"
                                                   "0000000000000002"
                                                   "00000003="
                                                   "00"
                                                   "030305"
                                                   "c801"
                                                   "76\n" HISTORY "17"
                                                   "0000000000000003"
                                                   "00ff0000"
                                                   "0000000000000001"
                                                   "0000000000000002"
                                                   "00000003"
                                                   "0000000000000002="
                                                   "2609\n");
}

static void moves_a_user_in_the_feed_of_the_partition(void)
{
    struct effect effect = {
        .type = EFFECT_USER,
        .user = {.history_id = 0x0A0B, .revision = 3, .log_index = 8},
    };

    CU_ASSERT_STRING_EQUAL(apply(&effect), "-" PARTITION "02"
                                           "0000000000000008\n" PARTITION "02"
                                           "0000000000000009="
                                           "02"
                                           "04030201"
                                           "ac02"
                                           "75\n" USER "="
                                           "0b0a000000000000"
                                           "0300"
                                           "0000000000000000"
                                           "00"
                                           "0000000000000000"
                                           "0000000000000009\n");
}

static void drops_an_element_with_its_place_in_the_feed(void)
{
    struct effect effect = {
        .type = EFFECT_ELEMENT_DROP,
        .key = bytes_from_text("k"),
        .dot = {.device = 1, .local_id = 2, .position = 3},
        .trail = {.generation = 2, .element_revision = 3},
    };

    CU_ASSERT_STRING_EQUAL(apply(&effect), "-" HISTORY "16"
                                           "6b0000"
                                           "0000000000000002"
                                           "0000000000000001"
                                           "0000000000000002"
                                           "00000003\n"
                                           "-" HISTORY "17"
                                           "0000000000000003"
                                           "6b0000"
                                           "0000000000000001"
                                           "0000000000000002"
                                           "00000003"
                                           "0000000000000002\n");
}

/* Whatever the list says, only that history's entries go. */
static void purges_nothing_but_the_history(void)
{
    struct effect effect = {
        .type = EFFECT_HISTORY_PURGED,
        .value = bytes_make("\x15\0\1k\3\1\7\1k\x10\0\0\x15\0\1l", 16),
        .history_id = 0x0A0A,
    };

    /* The third, which names the user's own record, ends the list. */
    CU_ASSERT_STRING_EQUAL(apply(&effect), "-" USER "0000000000000a0a"
                                           "156b\n"
                                           "-" PARTITION "03"
                                           "07"
                                           "0175"
                                           "0000000000000a0a"
                                           "6b\n");
}

static const struct suite_test tests[] = {
    SUITE_TEST(puts_a_register),
    SUITE_TEST(adds_an_element),
    SUITE_TEST(moves_a_user_in_the_feed_of_the_partition),
    SUITE_TEST(drops_an_element_with_its_place_in_the_feed),
    SUITE_TEST(purges_nothing_but_the_history),
};

int main(void)
{
    return SUITE_RUN("storage/index_apply", tests);
}
