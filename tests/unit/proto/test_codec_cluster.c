/*
 * What controllers, masters and slaves tell each other comes out as it went in.
 */
#include "tests/support/suite.h"
#include "tests/unit/proto/exchange.h"

static const struct log_position somewhere = {
    .epoch = 7, .index = UINT64_MAX, .crc = UINT32_MAX};

static void assert_somewhere(struct log_position position)
{
    CU_ASSERT(log_position_equal(position, somewhere));
}

static struct bytes store(void)
{
    return bytes_from_text("0123456789abcdef");
}

static void heartbeat_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_HEARTBEAT, .request = 1};
    struct message_heartbeat heartbeat;

    asked.heartbeat =
        (struct message_heartbeat){.cluster_id = bytes_from_text("c"),
                                   .controller = bytes_from_text("r1"),
                                   .incarnation = 2,
                                   .version = 3,
                                   .report = 4,
                                   .wall_us = 5};
    heartbeat = exchange(&asked).heartbeat;
    ASSERT_BYTES(heartbeat.cluster_id, "c");
    ASSERT_BYTES(heartbeat.controller, "r1");
    CU_ASSERT_EQUAL(heartbeat.incarnation, 2);
    CU_ASSERT_EQUAL(heartbeat.version, 3);
    CU_ASSERT_EQUAL(heartbeat.report, 4);
    CU_ASSERT_EQUAL(heartbeat.wall_us, 5);
}

static void heartbeaten_keeps_its_node(void)
{
    struct message answer = {.type = MESSAGE_HEARTBEATEN, .request = 1};
    struct message_heartbeaten beaten;

    answer.heartbeaten = (struct message_heartbeaten){
        .node = 1,
        .store = store(),
        .boot_id = 2,
        .boot_number = 3,
        .incarnation = 4,
        .version = 5,
        .report = 6,
        .since = 8,
        .wall_us = 7,
        .is_stalled = true,
        .is_partial = true,
    };
    beaten = exchange(&answer).heartbeaten;
    CU_ASSERT_EQUAL(beaten.node, 1);
    ASSERT_BYTES(beaten.store, "0123456789abcdef");
    CU_ASSERT_EQUAL(beaten.boot_id, 2);
    CU_ASSERT_EQUAL(beaten.boot_number, 3);
    CU_ASSERT_EQUAL(beaten.since, 8);
    CU_ASSERT_EQUAL(beaten.incarnation, 4);
    CU_ASSERT_EQUAL(beaten.version, 5);
    CU_ASSERT_EQUAL(beaten.report, 6);
    CU_ASSERT_EQUAL(beaten.wall_us, 7);
    CU_ASSERT_TRUE(beaten.is_stalled);
    CU_ASSERT_FALSE(beaten.is_no_space);
    CU_ASSERT_TRUE(beaten.is_partial);
    CU_ASSERT_EQUAL(beaten.part_count, 0);
}

static void heartbeaten_keeps_its_partitions(void)
{
    struct heartbeaten_part given[2] = {{.partition = 1},
                                        {.partition = 1023,
                                         .role = PARTITION_STALLED,
                                         .epoch = 2,
                                         .change = 3,
                                         .promised = 4,
                                         .outbid = 5,
                                         .known_epoch = 6,
                                         .known = bytes_from_text("sets"),
                                         .end = somewhere,
                                         .durable_index = 8,
                                         .commit_index = 9,
                                         .applied_index = 10,
                                         .is_uncertain = true,
                                         .is_not_whole = true,
                                         .is_caught_up = true}};
    struct message answer = {.type = MESSAGE_HEARTBEATEN, .request = 1};
    const struct heartbeaten_part *part;
    struct message copy;

    answer.heartbeaten = (struct message_heartbeaten){
        .node = 1, .store = store(), .parts = given, .part_count = 2};
    copy = exchange(&answer);
    part = &copy.heartbeaten.parts[1];
    CU_ASSERT_EQUAL(part->partition, 1023);
    CU_ASSERT_EQUAL(part->role, PARTITION_STALLED);
    CU_ASSERT_EQUAL(part->epoch, 2);
    CU_ASSERT_EQUAL(part->change, 3);
    CU_ASSERT_EQUAL(part->promised, 4);
    CU_ASSERT_EQUAL(part->outbid, 5);
    CU_ASSERT_EQUAL(part->known_epoch, 6);
    ASSERT_BYTES(part->known, "sets");
    assert_somewhere(part->end);
    CU_ASSERT_EQUAL(part->durable_index, 8);
    CU_ASSERT_EQUAL(part->commit_index, 9);
    CU_ASSERT_EQUAL(part->applied_index, 10);
    CU_ASSERT_TRUE(part->is_uncertain);
    CU_ASSERT_TRUE(part->is_not_whole);
    CU_ASSERT_TRUE(part->is_caught_up);
}

static void seal_keeps_its_partitions(void)
{
    struct seal_part given = {.partition = 1, .epoch = 2, .released = 3};
    struct message asked = {.type = MESSAGE_SEAL, .request = 2};
    struct message_seal seal;

    asked.seal = (struct message_seal){
        .cluster_id = bytes_from_text("c"), .parts = &given, .part_count = 1};
    seal = exchange(&asked).seal;
    ASSERT_BYTES(seal.cluster_id, "c");
    CU_ASSERT_EQUAL(seal.parts[0].partition, 1);
    CU_ASSERT_EQUAL(seal.parts[0].epoch, 2);
    CU_ASSERT_EQUAL(seal.parts[0].released, 3);
}

static void sealed_keeps_every_field(void)
{
    struct sealed_part given = {.partition = 1,
                                .verdict = SEAL_UNABLE,
                                .promised = 2,
                                .end = somewhere,
                                .released = 3,
                                .known_epoch = 4,
                                .is_uncertain = true,
                                .wait_ms = 5};
    struct message answer = {.type = MESSAGE_SEALED, .request = 2};
    struct message_sealed sealed;

    answer.sealed = (struct message_sealed){.node = 6,
                                            .store = store(),
                                            .boot_id = 7,
                                            .parts = &given,
                                            .part_count = 1};
    sealed = exchange(&answer).sealed;
    CU_ASSERT_EQUAL(sealed.node, 6);
    ASSERT_BYTES(sealed.store, "0123456789abcdef");
    CU_ASSERT_EQUAL(sealed.boot_id, 7);
    CU_ASSERT_EQUAL(sealed.parts[0].partition, 1);
    CU_ASSERT_EQUAL(sealed.parts[0].verdict, SEAL_UNABLE);
    CU_ASSERT_EQUAL(sealed.parts[0].promised, 2);
    assert_somewhere(sealed.parts[0].end);
    CU_ASSERT_EQUAL(sealed.parts[0].released, 3);
    CU_ASSERT_EQUAL(sealed.parts[0].known_epoch, 4);
    CU_ASSERT_TRUE(sealed.parts[0].is_uncertain);
    CU_ASSERT_EQUAL(sealed.parts[0].wait_ms, 5);
}

static void start_keeps_its_records(void)
{
    struct start_part given = {.partition = 1,
                               .record = bytes_from_text("record")};
    struct message asked = {.type = MESSAGE_START, .request = 3};
    struct message_start start;

    asked.start = (struct message_start){
        .cluster_id = bytes_from_text("c"), .parts = &given, .part_count = 1};
    start = exchange(&asked).start;
    ASSERT_BYTES(start.cluster_id, "c");
    CU_ASSERT_EQUAL(start.parts[0].partition, 1);
    ASSERT_BYTES(start.parts[0].record, "record");
}

static void started_keeps_every_field(void)
{
    struct started_part given = {.partition = 1, .epoch = 2, .change = 3};
    struct message answer = {.type = MESSAGE_STARTED, .request = 3};
    struct message_started started;

    answer.started = (struct message_started){
        .node = 4, .boot_id = 5, .parts = &given, .part_count = 1};
    started = exchange(&answer).started;
    CU_ASSERT_EQUAL(started.node, 4);
    CU_ASSERT_EQUAL(started.boot_id, 5);
    CU_ASSERT_EQUAL(started.parts[0].partition, 1);
    CU_ASSERT_EQUAL(started.parts[0].epoch, 2);
    CU_ASSERT_EQUAL(started.parts[0].change, 3);
}

static void join_and_joined_keep_every_field(void)
{
    struct message asked = {.type = MESSAGE_JOIN, .request = 4};
    struct message answer = {.type = MESSAGE_JOINED, .request = 4};
    struct message_join join;
    struct message_joined joined;

    asked.join = (struct message_join){.cluster_id = bytes_from_text("c"),
                                       .node = 1,
                                       .to = 2,
                                       .boot_id = 3,
                                       .store = store()};
    join = exchange(&asked).join;
    ASSERT_BYTES(join.cluster_id, "c");
    CU_ASSERT_EQUAL(join.node, 1);
    CU_ASSERT_EQUAL(join.to, 2);
    CU_ASSERT_EQUAL(join.boot_id, 3);
    ASSERT_BYTES(join.store, "0123456789abcdef");

    answer.joined = (struct message_joined){
        .node = 2, .boot_id = 4, .slave_boot_id = 3, .session = 5};
    joined = exchange(&answer).joined;
    CU_ASSERT_EQUAL(joined.node, 2);
    CU_ASSERT_EQUAL(joined.boot_id, 4);
    CU_ASSERT_EQUAL(joined.slave_boot_id, 3);
    CU_ASSERT_EQUAL(joined.session, 5);
}

static void stream_keeps_every_field(void)
{
    struct stream_part given = {.partition = 1,
                                .epoch = 2,
                                .end = somewhere,
                                .durable_index = 3,
                                .is_not_whole = true,
                                .is_asking = true,
                                .is_sealing = true};
    struct message asked = {.type = MESSAGE_STREAM};
    struct message_stream stream;

    asked.stream = (struct message_stream){.node = 4,
                                           .boot_id = 5,
                                           .session = 6,
                                           .number = 7,
                                           .echo = 8,
                                           .stamp = 9,
                                           .credit = 10,
                                           .parts = &given,
                                           .part_count = 1};
    stream = exchange(&asked).stream;
    CU_ASSERT_EQUAL(stream.node, 4);
    CU_ASSERT_EQUAL(stream.boot_id, 5);
    CU_ASSERT_EQUAL(stream.session, 6);
    CU_ASSERT_EQUAL(stream.number, 7);
    CU_ASSERT_EQUAL(stream.echo, 8);
    CU_ASSERT_EQUAL(stream.stamp, 9);
    CU_ASSERT_EQUAL(stream.credit, 10);
    CU_ASSERT_EQUAL(stream.parts[0].partition, 1);
    CU_ASSERT_EQUAL(stream.parts[0].epoch, 2);
    assert_somewhere(stream.parts[0].end);
    CU_ASSERT_EQUAL(stream.parts[0].durable_index, 3);
    CU_ASSERT_TRUE(stream.parts[0].is_not_whole);
    CU_ASSERT_TRUE(stream.parts[0].is_asking);
    CU_ASSERT_TRUE(stream.parts[0].is_sealing);
}

static void streamed_keeps_every_field(void)
{
    struct streamed_part given = {.partition = 1,
                                  .verdict = STREAM_FAR,
                                  .epoch = 2,
                                  .before = somewhere,
                                  .end = {.index = 3},
                                  .commit_index = 4,
                                  .master_index = 5,
                                  .is_leased = true,
                                  .entry_bytes = 7};
    struct message answer = {.type = MESSAGE_STREAMED};
    struct message_streamed streamed;
    const struct streamed_part *part;

    answer.streamed = (struct message_streamed){.node = 8,
                                                .boot_id = 9,
                                                .session = 10,
                                                .number = 11,
                                                .stamp = 12,
                                                .echo = 13,
                                                .parts = &given,
                                                .part_count = 1,
                                                .received = 14};
    streamed = exchange(&answer).streamed;
    CU_ASSERT_EQUAL(streamed.node, 8);
    CU_ASSERT_EQUAL(streamed.boot_id, 9);
    CU_ASSERT_EQUAL(streamed.session, 10);
    CU_ASSERT_EQUAL(streamed.number, 11);
    CU_ASSERT_EQUAL(streamed.stamp, 12);
    CU_ASSERT_EQUAL(streamed.echo, 13);
    CU_ASSERT_EQUAL(streamed.received, 14);
    part = &streamed.parts[0];
    CU_ASSERT_EQUAL(part->partition, 1);
    CU_ASSERT_EQUAL(part->verdict, STREAM_FAR);
    CU_ASSERT_EQUAL(part->epoch, 2);
    assert_somewhere(part->before);
    CU_ASSERT_EQUAL(part->end.index, 3);
    CU_ASSERT_EQUAL(part->commit_index, 4);
    CU_ASSERT_EQUAL(part->master_index, 5);
    CU_ASSERT_TRUE(part->is_leased);
    CU_ASSERT_EQUAL(part->entry_bytes, 7);
}

static void catch_up_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_CATCH_UP, .request = 5};
    struct message_catch_up catch_up;

    asked.catch_up =
        (struct message_catch_up){.cluster_id = bytes_from_text("c"),
                                  .node = 1,
                                  .boot_id = 2,
                                  .partition = 3,
                                  .epoch = 4,
                                  .is_snapshot = true,
                                  .end = somewhere,
                                  .from = {.index = 5},
                                  .resume = bytes_from_text("here"),
                                  .budget_bytes = 6};
    catch_up = exchange(&asked).catch_up;
    ASSERT_BYTES(catch_up.cluster_id, "c");
    CU_ASSERT_EQUAL(catch_up.node, 1);
    CU_ASSERT_EQUAL(catch_up.boot_id, 2);
    CU_ASSERT_EQUAL(catch_up.partition, 3);
    CU_ASSERT_EQUAL(catch_up.epoch, 4);
    CU_ASSERT_TRUE(catch_up.is_snapshot);
    assert_somewhere(catch_up.end);
    CU_ASSERT_EQUAL(catch_up.from.index, 5);
    ASSERT_BYTES(catch_up.resume, "here");
    CU_ASSERT_EQUAL(catch_up.budget_bytes, 6);
}

static void caught_up_keeps_every_field(void)
{
    struct message answer = {.type = MESSAGE_CAUGHT_UP, .request = 5};
    struct message_caught_up caught_up;

    answer.caught_up =
        (struct message_caught_up){.node = 1,
                                   .boot_id = 2,
                                   .partition = 3,
                                   .status = DALV_REBASE,
                                   .epoch = 4,
                                   .is_snapshot = true,
                                   .before = somewhere,
                                   .end = {.index = 5},
                                   .commit_index = 6,
                                   .master_index = 7,
                                   .resume = bytes_from_text("there"),
                                   .is_whole = true};
    caught_up = exchange(&answer).caught_up;
    CU_ASSERT_EQUAL(caught_up.node, 1);
    CU_ASSERT_EQUAL(caught_up.boot_id, 2);
    CU_ASSERT_EQUAL(caught_up.partition, 3);
    CU_ASSERT_EQUAL(caught_up.status, DALV_REBASE);
    CU_ASSERT_EQUAL(caught_up.epoch, 4);
    CU_ASSERT_TRUE(caught_up.is_snapshot);
    assert_somewhere(caught_up.before);
    CU_ASSERT_EQUAL(caught_up.end.index, 5);
    CU_ASSERT_EQUAL(caught_up.commit_index, 6);
    CU_ASSERT_EQUAL(caught_up.master_index, 7);
    ASSERT_BYTES(caught_up.resume, "there");
    CU_ASSERT_TRUE(caught_up.is_whole);
}

static void inspect_keeps_every_field(void)
{
    struct message asked = {.type = MESSAGE_INSPECT, .request = 6};

    asked.inspect.wants_configuration = true;
    CU_ASSERT_TRUE(exchange(&asked).inspect.wants_configuration);
    CU_ASSERT_FALSE(exchange(&asked).inspect.wants_metrics);
    asked.inspect = (struct message_inspect){.wants_map = true};
    CU_ASSERT_TRUE(exchange(&asked).inspect.wants_map);
    asked.inspect = (struct message_inspect){.wants_metrics = true};
    CU_ASSERT_FALSE(exchange(&asked).inspect.wants_configuration);
    CU_ASSERT_TRUE(exchange(&asked).inspect.wants_metrics);
}

static struct message an_inspection(void)
{
    struct message answer = {.type = MESSAGE_INSPECTED, .request = 6};

    answer.inspected = (struct message_inspected){
        .name = bytes_from_text("n1"),
        .software = bytes_from_text("0.1"),
        .cluster_id = bytes_from_text("shop"),
        .node = 1,
        .roles = 2,
        .boot_id = 3,
        .uptime_ms = 4,
        .wall_us = 5,
        .incarnation = 6,
        .version = 7,
        .control_status = DALV_UNAVAILABLE,
        .is_ready = true,
        .is_controller = true,
        .node_key = bytes_from_text("0123456789abcdef0123456789abcdef"),
        .disk_free_bytes = 8,
        .disk_bytes = 9,
        .configuration = bytes_from_text("roles: [storage]\n"),
        .metrics = bytes_from_text("dalv_x 1\n"),
        .map = bytes_from_text("map"),
    };
    return answer;
}

static void inspected_keeps_who_it_is(void)
{
    struct message answer = an_inspection();
    struct message_inspected inspected = exchange(&answer).inspected;

    ASSERT_BYTES(inspected.name, "n1");
    ASSERT_BYTES(inspected.software, "0.1");
    ASSERT_BYTES(inspected.cluster_id, "shop");
    CU_ASSERT_EQUAL(inspected.node, 1);
    CU_ASSERT_EQUAL(inspected.roles, 2);
    CU_ASSERT_EQUAL(inspected.boot_id, 3);
    ASSERT_BYTES(inspected.node_key, "0123456789abcdef0123456789abcdef");
    ASSERT_BYTES(inspected.configuration, "roles: [storage]\n");
}

static void inspected_keeps_how_it_is(void)
{
    struct message answer = an_inspection();
    struct message_inspected inspected = exchange(&answer).inspected;

    CU_ASSERT_EQUAL(inspected.uptime_ms, 4);
    CU_ASSERT_EQUAL(inspected.wall_us, 5);
    CU_ASSERT_EQUAL(inspected.incarnation, 6);
    CU_ASSERT_EQUAL(inspected.version, 7);
    CU_ASSERT_EQUAL(inspected.control_status, DALV_UNAVAILABLE);
    CU_ASSERT_TRUE(inspected.is_ready);
    CU_ASSERT_TRUE(inspected.is_controller);
    CU_ASSERT_EQUAL(inspected.disk_free_bytes, 8);
    CU_ASSERT_EQUAL(inspected.disk_bytes, 9);
    ASSERT_BYTES(inspected.metrics, "dalv_x 1\n");
    ASSERT_BYTES(inspected.map, "map");
}

/* One more than fits: whoever has more to say sends several. */
static void lists_are_bounded(void)
{
    static struct seal_part parts[513];
    struct message asked = {.type = MESSAGE_SEAL, .request = 2};

    for (uint32_t i = 0; i < 513; i++)
        parts[i] = (struct seal_part){.partition = i, .epoch = 1};
    asked.seal = (struct message_seal){.parts = parts, .part_count = 512};
    CU_ASSERT_EQUAL(exchange_encode(&asked), DALV_OK);
    asked.seal.part_count = 513;
    CU_ASSERT_EQUAL(exchange_encode(&asked), DALV_TOO_BIG);
}

static const struct suite_test tests[] = {
    SUITE_TEST(heartbeat_keeps_every_field),
    SUITE_TEST(heartbeaten_keeps_its_node),
    SUITE_TEST(heartbeaten_keeps_its_partitions),
    SUITE_TEST(seal_keeps_its_partitions),
    SUITE_TEST(sealed_keeps_every_field),
    SUITE_TEST(start_keeps_its_records),
    SUITE_TEST(started_keeps_every_field),
    SUITE_TEST(join_and_joined_keep_every_field),
    SUITE_TEST(stream_keeps_every_field),
    SUITE_TEST(streamed_keeps_every_field),
    SUITE_TEST(catch_up_keeps_every_field),
    SUITE_TEST(caught_up_keeps_every_field),
    SUITE_TEST(inspect_keeps_every_field),
    SUITE_TEST(inspected_keeps_who_it_is),
    SUITE_TEST(inspected_keeps_how_it_is),
    SUITE_TEST(lists_are_bounded),
};

int main(void)
{
    return SUITE_RUN("proto/codec: cluster", tests);
}
