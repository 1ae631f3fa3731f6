/*
 * What routers answer comes out as it went in, field by field.
 */
#include "model/key_state.h"
#include "model/operation.h"
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

#include <string.h>

static const struct cursor a_cursor = {.history_id = 0xA1B2C3D4E5F60718,
                                       .revision = 300};

static struct bytes text(const char *string)
{
    return bytes_from_text(string);
}

static bool is_a_cursor(struct cursor cursor)
{
    return cursor.history_id == 0xA1B2C3D4E5F60718 && cursor.revision == 300;
}

static void welcomed_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_WELCOMED, .request = 1};
    struct message_welcomed welcomed;

    answer.welcomed = (struct message_welcomed){
        .protocol = 1,
        .session = 2,
        .device = 3,
        .user = text("ann"),
        .cluster_id = text("a cluster"),
        .token_expiry_us = 1700000000000000,
    };
    welcomed = exchange(&answer).welcomed;
    CU_ASSERT_EQUAL(welcomed.protocol, 1);
    CU_ASSERT_EQUAL(welcomed.session, 2);
    CU_ASSERT_EQUAL(welcomed.device, 3);
    ASSERT_BYTES(welcomed.user, "ann");
    ASSERT_BYTES(welcomed.cluster_id, "a cluster");
    CU_ASSERT_EQUAL(welcomed.token_expiry_us, 1700000000000000);
}

static void synced_keeps_its_outcomes(void)
{
    const struct outcome outcomes[] = {
        {.push_number = 5, .result = OUTCOME_MERGED, .revision = 41},
        {.push_number = 6,
         .result = OUTCOME_REFUSED,
         .status = DALV_CONFLICT,
         .operation = 2},
        {.push_number = 7,
         .result = OUTCOME_REFUSED,
         .status = DALV_WAITS,
         .waits_for = 6},
    };
    const uint64_t applied[] = {40, 0, UINT64_MAX};
    struct message answer = {.type = MESSAGE_SYNCED, .request = 2};
    struct message_synced synced;

    answer.synced = (struct message_synced){
        .settled = 7,
        .outcomes = outcomes,
        .outcome_count = 3,
        .applied_first = 4,
        .applied = applied,
        .applied_count = 3,
    };
    synced = exchange(&answer).synced;
    CU_ASSERT_EQUAL(synced.settled, 7);
    CU_ASSERT_EQUAL_FATAL(synced.outcome_count, 3);
    CU_ASSERT_EQUAL(synced.outcomes[0].push_number, 5);
    CU_ASSERT_EQUAL(synced.outcomes[0].result, OUTCOME_MERGED);
    CU_ASSERT_EQUAL(synced.outcomes[0].status, DALV_OK);
    CU_ASSERT_EQUAL(synced.outcomes[0].revision, 41);
    CU_ASSERT_EQUAL(synced.outcomes[1].status, DALV_CONFLICT);
    CU_ASSERT_EQUAL(synced.outcomes[1].operation, 2);
    CU_ASSERT_EQUAL(synced.outcomes[2].result, OUTCOME_REFUSED);
    CU_ASSERT_EQUAL(synced.outcomes[2].waits_for, 6);
    CU_ASSERT_EQUAL(synced.applied_first, 4);
    CU_ASSERT_EQUAL_FATAL(synced.applied_count, 3);
    CU_ASSERT_EQUAL(synced.applied[0], 40);
    CU_ASSERT_EQUAL(synced.applied[1], 0);
    CU_ASSERT_EQUAL(synced.applied[2], UINT64_MAX);
}

static void synced_keeps_its_page_and_position(void)
{
    struct message answer = {.type = MESSAGE_SYNCED, .request = 3};
    struct message_synced synced;

    answer.synced = (struct message_synced){
        .mode = SYNC_SNAPSHOT,
        .page = text("changes"),
        .resume = text("mark"),
        .cursor = a_cursor,
        .remaining_count = 10,
        .remaining_bytes = 2000,
        .common = 250,
        .is_restored = true,
        .is_erased = true,
    };
    synced = exchange(&answer).synced;
    CU_ASSERT_EQUAL(synced.mode, SYNC_SNAPSHOT);
    ASSERT_BYTES(synced.page, "changes");
    CU_ASSERT_FALSE(synced.is_whole);
    ASSERT_BYTES(synced.resume, "mark");
    CU_ASSERT(is_a_cursor(synced.cursor));
    CU_ASSERT_EQUAL(synced.remaining_count, 10);
    CU_ASSERT_EQUAL(synced.remaining_bytes, 2000);
    CU_ASSERT_EQUAL(synced.common, 250);
    CU_ASSERT_TRUE(synced.is_restored);
    CU_ASSERT_TRUE(synced.is_erased);
    answer.synced.is_whole = true;
    CU_ASSERT_TRUE(exchange(&answer).synced.is_whole);
}

static void digested_keeps_every_field(void)
{
    const struct message_digest_range ranges[] = {
        {.last_key = text("b"), .hash = 1, .count = 2},
        {.last_key = text("d"), .hash = UINT64_MAX, .count = 3},
    };
    struct message answer = {.type = MESSAGE_DIGESTED, .request = 4};
    struct message_digested digested;

    answer.digested = (struct message_digested){
        .head = a_cursor,
        .ranges = ranges,
        .range_count = 2,
        .is_whole = true,
    };
    digested = exchange(&answer).digested;
    CU_ASSERT(is_a_cursor(digested.head));
    CU_ASSERT_EQUAL_FATAL(digested.range_count, 2);
    ASSERT_BYTES(digested.ranges[0].last_key, "b");
    CU_ASSERT_EQUAL(digested.ranges[0].hash, 1);
    CU_ASSERT_EQUAL(digested.ranges[0].count, 2);
    ASSERT_BYTES(digested.ranges[1].last_key, "d");
    CU_ASSERT_EQUAL(digested.ranges[1].hash, UINT64_MAX);
    CU_ASSERT_TRUE(digested.is_whole);
}

static void ranged_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_RANGED, .request = 5};
    struct message_ranged ranged;

    answer.ranged = (struct message_ranged){
        .head = a_cursor,
        .page = text("changes"),
        .resume = text("mark"),
        .reached_key = text("cart/items"),
        .is_inside_list = true,
        .reached_dot = {.device = 1, .local_id = 2, .position = 3},
    };
    ranged = exchange(&answer).ranged;
    CU_ASSERT(is_a_cursor(ranged.head));
    ASSERT_BYTES(ranged.page, "changes");
    CU_ASSERT_FALSE(ranged.is_whole);
    ASSERT_BYTES(ranged.resume, "mark");
    ASSERT_BYTES(ranged.reached_key, "cart/items");
    CU_ASSERT_TRUE(ranged.is_inside_list);
    CU_ASSERT_EQUAL(ranged.reached_dot.device, 1);
    CU_ASSERT_EQUAL(ranged.reached_dot.local_id, 2);
    CU_ASSERT_EQUAL(ranged.reached_dot.position, 3);
}

static void got_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_GOT, .request = 6};
    struct message_got got;

    answer.got = (struct message_got){
        .head = a_cursor, .page = text("a key"), .is_whole = true};
    got = exchange(&answer).got;
    CU_ASSERT(is_a_cursor(got.head));
    ASSERT_BYTES(got.page, "a key");
    CU_ASSERT_TRUE(got.is_whole);
}

static void updated_keeps_every_field(void)
{
    const int64_t numbers[] = {-1, 0, INT64_MIN, INT64_MAX};
    struct message answer = {.type = MESSAGE_UPDATED, .request = 7};
    struct message_updated updated;

    answer.updated = (struct message_updated){
        .status = DALV_OVERFLOW,
        .operation = 4,
        .head = a_cursor,
        .epoch = 12,
        .numbers = numbers,
        .number_count = 4,
    };
    updated = exchange(&answer).updated;
    CU_ASSERT_EQUAL(updated.status, DALV_OVERFLOW);
    CU_ASSERT_EQUAL(updated.operation, 4);
    CU_ASSERT(is_a_cursor(updated.head));
    CU_ASSERT_EQUAL(updated.epoch, 12);
    CU_ASSERT_EQUAL_FATAL(updated.number_count, 4);
    CU_ASSERT_EQUAL(updated.numbers[0], -1);
    CU_ASSERT_EQUAL(updated.numbers[1], 0);
    CU_ASSERT_EQUAL(updated.numbers[2], INT64_MIN);
    CU_ASSERT_EQUAL(updated.numbers[3], INT64_MAX);
}

static void watched_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_WATCHED, .request = 8};
    struct message_watched watched;

    answer.watched = (struct message_watched){.watch = 5, .head = a_cursor};
    watched = exchange(&answer).watched;
    CU_ASSERT_EQUAL(watched.watch, 5);
    CU_ASSERT(is_a_cursor(watched.head));
}

static void changed_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_CHANGED};
    struct message_changed changed;

    answer.changed = (struct message_changed){
        .watch = 5,
        .user = text("ann"),
        .history_id = 6,
        .revision_before = 7,
        .revision = 8,
        .page = text("changes"),
        .is_gap = true,
        .resume = text("all partitions"),
    };
    changed = exchange(&answer).changed;
    CU_ASSERT_EQUAL(changed.watch, 5);
    ASSERT_BYTES(changed.user, "ann");
    CU_ASSERT_EQUAL(changed.history_id, 6);
    CU_ASSERT_EQUAL(changed.revision_before, 7);
    CU_ASSERT_EQUAL(changed.revision, 8);
    ASSERT_BYTES(changed.page, "changes");
    CU_ASSERT_TRUE(changed.is_gap);
    ASSERT_BYTES(changed.resume, "all partitions");
}

static void listed_keeps_its_conflicts(void)
{
    const struct conflict_state conflict = {
        .revision = 1,
        .position = 2,
        .time_us = 3,
        .loser = 4,
        .winner = WRITER_SYSTEM,
        .operation_type = OPERATION_PUT,
        .key = text("theme"),
        .value = text("dark"),
    };
    struct message answer = {.type = MESSAGE_LISTED, .request = 9};
    struct message_listed listed;

    answer.listed = (struct message_listed){
        .conflicts = &conflict, .conflict_count = 1, .resume = text("mark")};
    listed = exchange(&answer).listed;
    CU_ASSERT_EQUAL_FATAL(listed.conflict_count, 1);
    CU_ASSERT_EQUAL(listed.conflicts[0].revision, 1);
    CU_ASSERT_EQUAL(listed.conflicts[0].position, 2);
    CU_ASSERT_EQUAL(listed.conflicts[0].time_us, 3);
    CU_ASSERT_EQUAL(listed.conflicts[0].loser, 4);
    CU_ASSERT_EQUAL(listed.conflicts[0].winner, WRITER_SYSTEM);
    CU_ASSERT_EQUAL(listed.conflicts[0].operation_type, OPERATION_PUT);
    ASSERT_BYTES(listed.conflicts[0].key, "theme");
    ASSERT_BYTES(listed.conflicts[0].value, "dark");
    ASSERT_BYTES(listed.resume, "mark");
}

static void listed_keeps_its_devices(void)
{
    const struct device_state devices[] = {
        {.device = 1, .is_retired = true},
        {.device = 2,
         .install = {.bytes = "fedcba987654321"},
         .push_settled = 3,
         .revision_last = 4,
         .chain = 5,
         .confirmed = 6,
         .seen_us = 7},
    };
    struct message answer = {.type = MESSAGE_LISTED, .request = 10};
    struct message_listed listed;

    answer.listed =
        (struct message_listed){.devices = devices, .device_count = 2};
    listed = exchange(&answer).listed;
    CU_ASSERT_EQUAL_FATAL(listed.device_count, 2);
    CU_ASSERT_TRUE(listed.devices[0].is_retired);
    CU_ASSERT_EQUAL(listed.devices[1].device, 2);
    CU_ASSERT(memcmp(listed.devices[1].install.bytes, "fedcba987654321", 16) ==
              0);
    CU_ASSERT_FALSE(listed.devices[1].is_retired);
    CU_ASSERT_EQUAL(listed.devices[1].push_settled, 3);
    CU_ASSERT_EQUAL(listed.devices[1].revision_last, 4);
    CU_ASSERT_EQUAL(listed.devices[1].chain, 5);
    CU_ASSERT_EQUAL(listed.devices[1].confirmed, 6);
    CU_ASSERT_EQUAL(listed.devices[1].seen_us, 7);
}

static void ponged_keeps_its_payload(void)
{
    struct message answer = {.type = MESSAGE_PONGED, .request = 11};

    answer.ponged.payload = 77;
    CU_ASSERT_EQUAL(exchange(&answer).ponged.payload, 77);
}

static void refused_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_REFUSED, .request = 12};
    struct message_refused refused;

    answer.refused = (struct message_refused){
        .status = DALV_QUOTA,
        .text = text("try later"),
        .retry_after_ms = 1500,
    };
    refused = exchange(&answer).refused;
    CU_ASSERT_EQUAL(refused.status, DALV_QUOTA);
    ASSERT_BYTES(refused.text, "try later");
    CU_ASSERT_EQUAL(refused.retry_after_ms, 1500);
}

static const struct suite_test tests[] = {
    SUITE_TEST(welcomed_keeps_every_field),
    SUITE_TEST(synced_keeps_its_outcomes),
    SUITE_TEST(synced_keeps_its_page_and_position),
    SUITE_TEST(digested_keeps_every_field),
    SUITE_TEST(ranged_keeps_every_field),
    SUITE_TEST(got_keeps_every_field),
    SUITE_TEST(updated_keeps_every_field),
    SUITE_TEST(watched_keeps_every_field),
    SUITE_TEST(changed_keeps_every_field),
    SUITE_TEST(listed_keeps_its_conflicts),
    SUITE_TEST(listed_keeps_its_devices),
    SUITE_TEST(ponged_keeps_its_payload),
    SUITE_TEST(refused_keeps_every_field),
};

int main(void)
{
    return SUITE_RUN("proto/codec: answers", tests);
}
