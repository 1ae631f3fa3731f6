/*
 * Random logs, read at random places: what a reader gives is always what was
 * appended and not cut, kept by a plain array.
 */
#include "base/prng.h"
#include "storage/log_reader.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/log_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 100,
    STEPS = 400,
    ENTRIES_MAX = 4096,
};

struct expected {
    struct log_position positions[ENTRIES_MAX]; /* By index; 0 is the start. */
    uint64_t end;
    uint64_t synced_end;
    bool is_cut; /* And nothing was synced since: readers may not know. */
};

struct world {
    struct prng prng;
    struct log_story log;
    struct log_reader *reader;
    struct log_entries entries;
    struct expected partitions[LOG_STORY_PARTITIONS];
    uint64_t epoch;
    unsigned payload;
};

static uint32_t any_partition(struct world *world)
{
    return (uint32_t)prng_below(&world->prng, LOG_STORY_PARTITIONS);
}

static void remember(struct world *world, uint32_t partition)
{
    struct expected *expected = &world->partitions[partition];

    expected->positions[++expected->end] =
        commit_log_end(world->log.log, partition);
}

static void append(struct world *world)
{
    uint32_t partition = any_partition(world);
    char payload[16];

    if (world->partitions[partition].end + 1 >= ENTRIES_MAX)
        return;
    (void)snprintf(payload, sizeof(payload), "%u", world->payload++);
    CU_ASSERT_EQUAL(log_story_append(&world->log, partition, world->epoch,
                                     prng_chance(&world->prng, 1, 5)
                                         ? log_story_text(9000)
                                         : payload),
                    DALV_OK);
    remember(world, partition);
}

static void sync_log(struct world *world)
{
    CU_ASSERT_EQUAL(commit_log_sync(world->log.log), DALV_OK);
    for (uint32_t i = 0; i < LOG_STORY_PARTITIONS; i++) {
        world->partitions[i].synced_end = world->partitions[i].end;
        world->partitions[i].is_cut = false;
    }
}

/* By a bare record, so that it may stand in one batch with what it cuts. */
static void cut(struct world *world)
{
    uint32_t partition = any_partition(world);
    struct expected *expected = &world->partitions[partition];
    uint64_t start =
        commit_log_partition(world->log.log, partition)->start.index;
    uint64_t kept = start + prng_below(&world->prng, expected->end - start + 1);

    world->epoch++;
    CU_ASSERT_EQUAL(log_story_keep(&world->log, RECORD_TRUNCATE, partition,
                                   world->epoch, expected->positions[kept]),
                    DALV_OK);
    expected->end = kept;
    expected->is_cut = true;
}

static void release(struct world *world)
{
    struct log_position flushed[LOG_STORY_PARTITIONS];

    sync_log(world);
    for (uint32_t i = 0; i < LOG_STORY_PARTITIONS; i++)
        flushed[i] = commit_log_end(world->log.log, i);
    CU_ASSERT_EQUAL(
        commit_log_release(world->log.log,
                           &(struct commit_log_retention){.flushed = flushed}),
        DALV_OK);
}

static void restart(struct world *world)
{
    sync_log(world);
    log_reader_close(&world->reader);
    if (prng_chance(&world->prng, 1, 2))
        memory_files_crash(world->log.disk);
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(&world->log), DALV_OK);
    world->reader = log_reader_open(world->log.log);
}

static void check_piece(struct world *world, const struct log_range *range)
{
    const struct expected *expected = &world->partitions[range->partition];
    struct log_position last = range->after;
    struct reader reader;
    struct record record;

    reader_init(&reader, buffer_bytes(&world->entries.records));
    while (reader.rest.size > 0) {
        CU_ASSERT_EQUAL_FATAL(record_decode(&reader, &record), DALV_OK);
        CU_ASSERT_EQUAL(record.position.index, last.index + 1);
        CU_ASSERT(log_position_equal(
            record.position, expected->positions[record.position.index]));
        last = record.position;
    }
    CU_ASSERT(log_position_equal(last, world->entries.last));
    if (world->entries.count > 0)
        CU_ASSERT_EQUAL(world->entries.before_crc,
                        expected->positions[range->after.index].crc);
    CU_ASSERT(last.index <= range->index_max);
    if (range->after.index < expected->synced_end &&
        range->after.index < range->index_max)
        CU_ASSERT(world->entries.count > 0);
}

static void read_log(struct world *world)
{
    struct log_range range = {
        .partition = any_partition(world),
        .index_max = UINT64_MAX,
        .bytes_max = 1 + prng_below(&world->prng, 30000),
    };
    const struct expected *expected = &world->partitions[range.partition];
    struct log_extent extent =
        log_reader_extent(world->reader, range.partition);
    uint64_t after;

    after = extent.start.index +
            prng_below(&world->prng, extent.end.index - extent.start.index + 1);
    if (expected->is_cut)
        return;
    range.after = expected->positions[after];
    range.is_one_epoch = prng_chance(&world->prng, 1, 3);
    range.is_by_index = prng_chance(&world->prng, 1, 3);
    if (range.is_by_index)
        range.after.crc = 0;
    if (prng_chance(&world->prng, 1, 3))
        range.index_max = after + prng_below(&world->prng, 4);
    CU_ASSERT_EQUAL(log_reader_read(world->reader, &range, &world->entries),
                    DALV_OK);
    check_piece(world, &range);
}

static void step(struct world *world)
{
    switch (prng_below(&world->prng, 20)) {
    case 0:
        cut(world);
        break;
    case 1:
        release(world);
        break;
    case 2:
        restart(world);
        break;
    case 3:
    case 4:
    case 5:
        sync_log(world);
        read_log(world);
        break;
    default:
        append(world);
        read_log(world);
        break;
    }
}

static void run(uint64_t seed)
{
    struct world *world = calloc(1, sizeof(*world));

    CU_ASSERT_PTR_NOT_NULL_FATAL(world);
    prng_init(&world->prng, seed);
    world->epoch = 1;
    log_story_begin(&world->log);
    log_story_seed(&world->log, seed);
    /* Some logs have no memory for it, some few places to a segment. */
    world->log.options.tail_bytes = prng_chance(&world->prng, 1, 2) ? 0 : 30000;
    world->log.options.places_max = prng_chance(&world->prng, 1, 2) ? 0 : 3;
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(&world->log), DALV_OK);
    log_entries_init(&world->entries);
    world->reader = log_reader_open(world->log.log);
    for (int i = 0; i < STEPS; i++)
        step(world);
    log_reader_close(&world->reader);
    log_entries_deinit(&world->entries);
    log_story_end(&world->log);
    free(world);
}

static void gives_exactly_what_was_appended_and_not_cut(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        unsigned failures = CU_get_number_of_failures();

        run(seed);
        if (CU_get_number_of_failures() == failures)
            continue;
        (void)printf("seed %llu\n", (unsigned long long)seed);
        return;
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_exactly_what_was_appended_and_not_cut),
};

int main(void)
{
    return SUITE_RUN("storage/log_reader_property", tests);
}
