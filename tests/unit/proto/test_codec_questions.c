/*
 * What clients ask comes out as it went in, field by field. Every field has a
 * value of its own, so that no two can be mistaken for each other.
 */
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

#include <string.h>

static struct bytes text(const char *string)
{
    return bytes_from_text(string);
}

static const struct request_id an_id = {.bytes = "0123456789abcde"};

static void hello_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_HELLO, .request = 1};
    struct message_hello hello;

    asked.hello = (struct message_hello){
        .protocol = 3,
        .token = text("head.claims.signature"),
        .is_device = true,
        .install = {.bytes = "fedcba987654321"},
        .client = text("libdalv 0.1"),
    };
    hello = exchange(&asked).hello;
    CU_ASSERT_EQUAL(hello.protocol, 3);
    ASSERT_BYTES(hello.token, "head.claims.signature");
    CU_ASSERT_TRUE(hello.is_device);
    CU_ASSERT(memcmp(hello.install.bytes, "fedcba987654321", 16) == 0);
    ASSERT_BYTES(hello.client, "libdalv 0.1");
}

static void hello_of_a_backend_has_no_install_id(void)
{
    struct message asked = {.type = MESSAGE_HELLO};
    struct message_hello hello;

    asked.hello = (struct message_hello){.protocol = 1, .token = text("token")};
    hello = exchange(&asked).hello;
    CU_ASSERT_FALSE(hello.is_device);
    CU_ASSERT(memcmp(hello.install.bytes, (uint8_t[16]){0}, 16) == 0);
}

static void sync_keeps_every_field(void)
{
    const struct bytes pushes[] = {text("one"), text("two"), text("three")};
    struct message asked = {.type = MESSAGE_SYNC, .request = 70000};
    struct message_sync sync;

    asked.sync = (struct message_sync){
        .device = 12,
        .cursor = {.history_id = 0xFEDCBA9876543210, .revision = 17},
        .confirmed = 4,
        .push_first = 5,
        .chain = 0x8000000000000001,
        .pushes = pushes,
        .push_count = 3,
        .budget_bytes = 65536,
        .resume = text("behind cart/items"),
        .is_live = true,
    };
    sync = exchange(&asked).sync;
    CU_ASSERT_EQUAL(sync.device, 12);
    CU_ASSERT_EQUAL(sync.cursor.history_id, 0xFEDCBA9876543210);
    CU_ASSERT_EQUAL(sync.cursor.revision, 17);
    CU_ASSERT_EQUAL(sync.confirmed, 4);
    CU_ASSERT_EQUAL(sync.push_first, 5);
    CU_ASSERT_EQUAL(sync.chain, 0x8000000000000001);
    CU_ASSERT_EQUAL_FATAL(sync.push_count, 3);
    ASSERT_BYTES(sync.pushes[0], "one");
    ASSERT_BYTES(sync.pushes[1], "two");
    ASSERT_BYTES(sync.pushes[2], "three");
    CU_ASSERT_EQUAL(sync.budget_bytes, 65536);
    ASSERT_BYTES(sync.resume, "behind cart/items");
    CU_ASSERT_TRUE(sync.is_live);
}

static void digest_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_DIGEST, .request = 2};
    struct message_digest digest;

    asked.digest = (struct message_digest){
        .user = text("ann"), .from_key = text("cart/"), .keys_per_range = 64};
    digest = exchange(&asked).digest;
    ASSERT_BYTES(digest.user, "ann");
    ASSERT_BYTES(digest.from_key, "cart/");
    CU_ASSERT_EQUAL(digest.keys_per_range, 64);
}

static void range_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_RANGE, .request = 3};
    struct message_range range;

    asked.range = (struct message_range){
        .user = text("ann"),
        .prefix = text("cart/"),
        .resume = text("mark"),
        .from_key = text("cart/a"),
        .to_key = text("cart/z"),
        .budget_bytes = 1000,
        .count_max = 50,
        .is_without_elements = true,
        .at_least = 9,
        .max_staleness_ms = 1500,
        .since = {.history_id = 7, .revision = 8},
    };
    range = exchange(&asked).range;
    ASSERT_BYTES(range.user, "ann");
    ASSERT_BYTES(range.prefix, "cart/");
    ASSERT_BYTES(range.resume, "mark");
    ASSERT_BYTES(range.from_key, "cart/a");
    ASSERT_BYTES(range.to_key, "cart/z");
    CU_ASSERT_EQUAL(range.budget_bytes, 1000);
    CU_ASSERT_EQUAL(range.count_max, 50);
    CU_ASSERT_TRUE(range.is_without_elements);
    CU_ASSERT_EQUAL(range.at_least, 9);
    CU_ASSERT_EQUAL(range.max_staleness_ms, 1500);
    CU_ASSERT_EQUAL(range.since.history_id, 7);
    CU_ASSERT_EQUAL(range.since.revision, 8);
}

/* A key is any bytes, zeros as well; a user id is UTF-8. */
static void get_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_GET, .request = 4};
    struct message_get get;

    asked.get = (struct message_get){
        .user = text("j\xC3\xBCrgen"),
        .key = bytes_make("a\0\xFF", 3),
        .at_least = UINT64_MAX,
        .max_staleness_ms = UINT32_MAX,
    };
    get = exchange(&asked).get;
    ASSERT_BYTES(get.user, "j\xC3\xBCrgen");
    CU_ASSERT(bytes_equal(get.key, bytes_make("a\0\xFF", 3)));
    CU_ASSERT_EQUAL(get.at_least, UINT64_MAX);
    CU_ASSERT_EQUAL(get.max_staleness_ms, UINT32_MAX);
}

static void update_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_UPDATE, .request = 5};
    struct message_update update;

    asked.update = (struct message_update){
        .user = text("ann"),
        .id = an_id,
        .deadline_ms = 2000,
        .transaction = text("operations"),
    };
    update = exchange(&asked).update;
    ASSERT_BYTES(update.user, "ann");
    CU_ASSERT(memcmp(update.id.bytes, an_id.bytes, 16) == 0);
    CU_ASSERT_EQUAL(update.deadline_ms, 2000);
    ASSERT_BYTES(update.transaction, "operations");
}

static void watch_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_WATCH, .request = 6};
    struct message_watch watch;

    asked.watch = (struct message_watch){
        .is_all = true,
        .user = text("ann"),
        .prefix = text("orders/"),
        .cursor = {.history_id = 7, .revision = 8},
        .resume = text("all partitions"),
        .is_from_now = true,
        .watch = UINT64_C(1) << 63,
        .partitions = text("a set"),
    };
    watch = exchange(&asked).watch;
    CU_ASSERT_TRUE(watch.is_all);
    ASSERT_BYTES(watch.user, "ann");
    ASSERT_BYTES(watch.prefix, "orders/");
    CU_ASSERT_EQUAL(watch.cursor.history_id, 7);
    CU_ASSERT_EQUAL(watch.cursor.revision, 8);
    ASSERT_BYTES(watch.resume, "all partitions");
    CU_ASSERT_TRUE(watch.is_from_now);
    CU_ASSERT_EQUAL(watch.watch, UINT64_C(1) << 63);
    ASSERT_BYTES(watch.partitions, "a set");
}

static void unwatch_keeps_its_number(void)
{
    struct message asked = {.type = MESSAGE_UNWATCH, .request = 7};

    asked.unwatch.watch = 99;
    CU_ASSERT_EQUAL(exchange(&asked).unwatch.watch, 99);
}

static void erase_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_ERASE, .request = 8};
    struct message_erase erase;

    asked.erase = (struct message_erase){.user = text("ann"), .id = an_id};
    erase = exchange(&asked).erase;
    ASSERT_BYTES(erase.user, "ann");
    CU_ASSERT(memcmp(erase.id.bytes, an_id.bytes, 16) == 0);
}

static void list_conflicts_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_LIST_CONFLICTS, .request = 9};
    struct message_list_conflicts list;

    asked.list_conflicts = (struct message_list_conflicts){
        .user = text("ann"), .resume = text("after 12")};
    list = exchange(&asked).list_conflicts;
    ASSERT_BYTES(list.user, "ann");
    ASSERT_BYTES(list.resume, "after 12");
}

static void list_devices_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_LIST_DEVICES, .request = 10};
    struct message_list_devices list;

    asked.list_devices = (struct message_list_devices){
        .user = text("ann"), .resume = text("after 12")};
    list = exchange(&asked).list_devices;
    ASSERT_BYTES(list.user, "ann");
    ASSERT_BYTES(list.resume, "after 12");
}

static void retire_device_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_RETIRE_DEVICE, .request = 11};
    struct message_retire_device retire;

    asked.retire_device = (struct message_retire_device){
        .user = text("ann"), .device = 3, .id = an_id};
    retire = exchange(&asked).retire_device;
    ASSERT_BYTES(retire.user, "ann");
    CU_ASSERT_EQUAL(retire.device, 3);
    CU_ASSERT(memcmp(retire.id.bytes, an_id.bytes, 16) == 0);
}

static void ping_keeps_its_payload(void)
{
    struct message asked = {.type = MESSAGE_PING, .request = UINT32_MAX};

    asked.ping.payload = 12345678901;
    CU_ASSERT_EQUAL(exchange(&asked).ping.payload, 12345678901);
}

static const struct suite_test tests[] = {
    SUITE_TEST(hello_keeps_every_field),
    SUITE_TEST(hello_of_a_backend_has_no_install_id),
    SUITE_TEST(sync_keeps_every_field),
    SUITE_TEST(digest_keeps_every_field),
    SUITE_TEST(range_keeps_every_field),
    SUITE_TEST(get_keeps_every_field),
    SUITE_TEST(update_keeps_every_field),
    SUITE_TEST(watch_keeps_every_field),
    SUITE_TEST(unwatch_keeps_its_number),
    SUITE_TEST(erase_keeps_every_field),
    SUITE_TEST(list_conflicts_keeps_every_field),
    SUITE_TEST(list_devices_keeps_every_field),
    SUITE_TEST(retire_device_keeps_every_field),
    SUITE_TEST(ping_keeps_its_payload),
};

int main(void)
{
    return SUITE_RUN("proto/codec: questions", tests);
}
