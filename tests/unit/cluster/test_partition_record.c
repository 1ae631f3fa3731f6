#include "cluster/partition_record.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define STORE_A "aaaaaaaaaaaaaaaa"
#define STORE_B "bbbbbbbbbbbbbbbb"
#define STORE_C "cccccccccccccccc"

static struct member member_of(uint32_t node, char store)
{
    struct member member = {.node = node};

    memset(member.store.bytes, store, sizeof(member.store.bytes));
    return member;
}

static void add(struct member_set *set, uint32_t node, char store)
{
    struct member member = member_of(node, store);

    CU_ASSERT_TRUE(member_set_add(set, &member));
}

/* Epoch 300, led by node 1; node 2 is leaving, node 3 learns. */
static struct partition_record led_record(void)
{
    struct partition_record record = {.epoch = 300,
                                      .change = 1,
                                      .state = PARTITION_LED,
                                      .master = member_of(1, 'a'),
                                      .master_boot = 0x0807060504030201};

    add(&record.joint.members, 1, 'a');
    add(&record.joint.old_members, 1, 'a');
    add(&record.joint.old_members, 2, 'b');
    add(&record.learners, 3, 'c');
    return record;
}

/* As docs/CLUSTER_FORMAT.md shows it. */
#define LED_BODY                                                               \
    "\x02\xac\x02\x01\x01\x01" STORE_A "\x01\x02\x03\x04\x05\x06\x07\x08"      \
    "\x01\x01" STORE_A "\x02\x01" STORE_A "\x02" STORE_B "\x01\x03" STORE_C

#define OPENING_BODY "\x01\x01\x00\x00\x01\x01" STORE_A "\x00\x00"

static enum dalv_status decode(const char *bytes, size_t size)
{
    struct partition_record record;

    return partition_record_decode(bytes_make(bytes, size), &record);
}

#define DECODE(text) decode((text), sizeof(text) - 1)

static void writes_what_every_version_reads(void)
{
    static const char expected[] = "\x01" LED_BODY;
    uint8_t block[PARTITION_RECORD_BYTES_MAX];
    struct partition_record record = led_record();
    struct partition_record again;
    struct writer writer;

    writer_init(&writer, block, sizeof(block));
    CU_ASSERT_EQUAL(partition_record_encode(&record, &writer), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(writer_bytes(&writer),
                               bytes_make(expected, sizeof(expected) - 1)));
    CU_ASSERT_EQUAL(partition_record_decode(writer_bytes(&writer), &again),
                    DALV_OK);
    CU_ASSERT_TRUE(partition_record_equal(&record, &again));
}

static void reads_an_epoch_that_nobody_leads_yet(void)
{
    static const char bytes[] = "\x01" OPENING_BODY;
    struct partition_record record;

    CU_ASSERT_EQUAL(
        partition_record_decode(bytes_make(bytes, sizeof(bytes) - 1), &record),
        DALV_OK);
    CU_ASSERT_EQUAL(record.epoch, 1);
    CU_ASSERT_EQUAL(record.state, PARTITION_OPENING);
    CU_ASSERT_EQUAL(record.master.node, 0);
    CU_ASSERT_EQUAL(record.joint.members.items[0].node, 1);
}

static void refuses_what_is_no_record(void)
{
    CU_ASSERT_EQUAL(DECODE(""), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x00" OPENING_BODY), DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x02" OPENING_BODY), DALV_UNSUPPORTED);
    CU_ASSERT_EQUAL(DECODE("\x01" OPENING_BODY "\x00"), DALV_PROTOCOL);
    /* State 3; epoch 0; has_master 2; no member. */
    CU_ASSERT_EQUAL(DECODE("\x01\x03\x01\x00\x00\x01\x01" STORE_A "\x00\x00"),
                    DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x00\x00\x00\x01\x01" STORE_A "\x00\x00"),
                    DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x01\x00\x02\x01\x01" STORE_A "\x00\x00"),
                    DALV_PROTOCOL);
    CU_ASSERT_EQUAL(DECODE("\x01\x01\x01\x00\x00\x00\x00\x00"), DALV_PROTOCOL);
}

static void has_a_master_among_its_members_if_it_is_led(void)
{
    struct partition_record record = led_record();

    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_OK);
    record.master = member_of(2, 'b');
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_OK);
    record.master = member_of(3, 'c');
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_INVALID);
    record = led_record();
    record.master_boot = 0;
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_INVALID);
    record = led_record();
    record.master = (struct member){0};
    record.master_boot = 0;
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_INVALID);
    record.state = PARTITION_OPENING;
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_OK);
}

static void has_no_learner_that_is_a_member(void)
{
    struct partition_record record = led_record();

    add(&record.learners, 2, 'b');
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_INVALID);
}

static void is_led_by_one_start_of_one_store(void)
{
    struct partition_record record = led_record();
    struct member wiped = member_of(1, 'x');
    uint64_t boot = record.master_boot;

    CU_ASSERT_TRUE(partition_record_is_led_by(&record, &record.master, boot));
    CU_ASSERT_FALSE(
        partition_record_is_led_by(&record, &record.master, boot + 1));
    CU_ASSERT_FALSE(partition_record_is_led_by(&record, &wiped, boot));
    record.state = PARTITION_OPENING;
    CU_ASSERT_FALSE(partition_record_is_led_by(&record, &record.master, boot));
}

static void orders_by_epoch_and_then_by_what_happened_in_it(void)
{
    struct partition_record old = {.epoch = 4, .change = 9};
    struct partition_record opened = {.epoch = 5, .change = 0};
    struct partition_record led = {.epoch = 5, .change = 1};

    CU_ASSERT_TRUE(partition_record_compare(&old, &opened) < 0);
    CU_ASSERT_TRUE(partition_record_compare(&led, &opened) > 0);
    CU_ASSERT_EQUAL(partition_record_compare(&led, &led), 0);
}

static void fits_with_all_sets_full_and_not_one_byte_less(void)
{
    uint8_t block[PARTITION_RECORD_BYTES_MAX];
    struct partition_record record = {.epoch = UINT64_MAX,
                                      .change = UINT64_MAX,
                                      .state = PARTITION_LED,
                                      .master = member_of(UINT32_MAX, 'a'),
                                      .master_boot = 1};
    struct writer writer;

    for (uint32_t i = 0; i < MEMBER_SET_MAX; i++) {
        add(&record.joint.members, UINT32_MAX - i, 'a');
        add(&record.joint.old_members, UINT32_MAX - i, 'b');
        add(&record.learners, UINT32_MAX - i, 'c');
    }
    writer_init(&writer, block, sizeof(block));
    CU_ASSERT_EQUAL(partition_record_encode(&record, &writer), DALV_OK);
    writer_init(&writer, block, writer.size - 1);
    CU_ASSERT_EQUAL(partition_record_encode(&record, &writer), DALV_TOO_BIG);
}

static void shares_a_page_with_its_neighbours(void)
{
    static const char expected[] = "\x01\x02" LED_BODY OPENING_BODY;
    static uint8_t block[PARTITION_PAGE_BYTES_MAX];
    struct partition_record records[2] = {led_record()};
    struct partition_record again[2];
    struct writer writer;

    records[1].epoch = 1;
    records[1].state = PARTITION_OPENING;
    add(&records[1].joint.members, 1, 'a');
    writer_init(&writer, block, sizeof(block));
    CU_ASSERT_EQUAL(partition_page_encode(records, 2, &writer), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(writer_bytes(&writer),
                               bytes_make(expected, sizeof(expected) - 1)));
    CU_ASSERT_EQUAL(partition_page_decode(writer_bytes(&writer), 2, again),
                    DALV_OK);
    CU_ASSERT_TRUE(partition_record_equal(&again[0], &records[0]));
    CU_ASSERT_TRUE(partition_record_equal(&again[1], &records[1]));
    CU_ASSERT_EQUAL(partition_page_decode(writer_bytes(&writer), 1, again),
                    DALV_PROTOCOL);
}

static const struct suite_test tests[] = {
    SUITE_TEST(writes_what_every_version_reads),
    SUITE_TEST(reads_an_epoch_that_nobody_leads_yet),
    SUITE_TEST(refuses_what_is_no_record),
    SUITE_TEST(has_a_master_among_its_members_if_it_is_led),
    SUITE_TEST(has_no_learner_that_is_a_member),
    SUITE_TEST(is_led_by_one_start_of_one_store),
    SUITE_TEST(orders_by_epoch_and_then_by_what_happened_in_it),
    SUITE_TEST(fits_with_all_sets_full_and_not_one_byte_less),
    SUITE_TEST(shares_a_page_with_its_neighbours),
};

int main(void)
{
    return SUITE_RUN("cluster/partition_record", tests);
}
