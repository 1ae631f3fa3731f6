/*
 * Whatever waits and whatever has gone below: it reads as if each batch had
 * been written at once, and a crash takes back whole batches of each group,
 * from the end.
 */
#include "storage/kv_late.h"

#include "base/prng.h"
#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEED = 20260103,
    BYTES_MAX = 1 << 20,
    BYTES_FEW = 600, /* So that groups go below all the time. */
    GROUPS = 3,
    KEYS = 5, /* Of each group. */
    BATCHES = 400,
    CRASHES = 100,
    BATCH_ENTRIES_MAX = 5,
};

struct fixture {
    size_t bytes_max;
    struct memory_store *store;
    struct kv *kv;
    struct kv_batch *batch;
    struct buffer value;
};

static void open_again(struct fixture *fixture)
{
    struct kv *below = memory_kv_open(fixture->store);

    fixture->kv = kv_late_open(&below, fixture->bytes_max, SEED);
    CU_ASSERT_PTR_NULL(below);
}

static void begin(struct fixture *fixture, size_t bytes_max)
{
    fixture->bytes_max = bytes_max;
    fixture->store = memory_store_create();
    open_again(fixture);
    fixture->batch = kv_batch_create();
    buffer_init(&fixture->value);
}

static void end(struct fixture *fixture)
{
    buffer_deinit(&fixture->value);
    kv_batch_destroy(&fixture->batch);
    kv_close(&fixture->kv);
    memory_store_destroy(&fixture->store);
}

static void write(struct fixture *fixture)
{
    CU_ASSERT_EQUAL(
        kv_write_apart(fixture->kv, fixture->batch, KV_LATE_GROUP_BYTES),
        DALV_OK);
    kv_batch_clear(fixture->batch);
}

static void put(struct fixture *fixture, const char *key, const char *value)
{
    kv_batch_put(fixture->batch, bytes_from_text(key), bytes_from_text(value));
    write(fixture);
}

static void drop(struct fixture *fixture, const char *key)
{
    kv_batch_delete(fixture->batch, bytes_from_text(key));
    write(fixture);
}

static void check(struct fixture *fixture, const char *key, const char *value)
{
    CU_ASSERT_EQUAL(kv_get(fixture->kv, bytes_from_text(key), &fixture->value),
                    DALV_OK);
    CU_ASSERT(
        bytes_equal(buffer_bytes(&fixture->value), bytes_from_text(value)));
}

static void check_absent(struct fixture *fixture, const char *key)
{
    CU_ASSERT_EQUAL(kv_get(fixture->kv, bytes_from_text(key), &fixture->value),
                    DALV_NOT_FOUND);
}

/* Batches that went below. */
static size_t below_count(const struct fixture *fixture)
{
    return memory_store_unflushed_count(fixture->store);
}

static void shows_at_once_what_waits(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1a", "1");
    put(&fixture, "g1b", "");
    check(&fixture, "g1a", "1");
    check(&fixture, "g1b", "");
    check_absent(&fixture, "g1c");
    check_absent(&fixture, "g2a");
    check_absent(&fixture, "g");
    put(&fixture, "g1a", "another, and longer");
    check(&fixture, "g1a", "another, and longer");
    drop(&fixture, "g1a");
    check_absent(&fixture, "g1a");
    put(&fixture, "g1a", "back");
    check(&fixture, "g1a", "back");
    CU_ASSERT_EQUAL(below_count(&fixture), 0);
    end(&fixture);
}

static void finds_each_of_many(void)
{
    struct fixture fixture;
    char key[16];
    char value[16];

    begin(&fixture, BYTES_MAX);
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(key, sizeof(key), "g1%d", i);
        (void)snprintf(value, sizeof(value), "%d", 3 * i);
        put(&fixture, key, value);
    }
    CU_ASSERT_EQUAL(below_count(&fixture), 0);
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(key, sizeof(key), "g1%d", i);
        (void)snprintf(value, sizeof(value), "%d", 3 * i);
        check(&fixture, key, value);
    }
    end(&fixture);
}

/* Of a key that was written several times the last state; all as one. */
static void opens_cursors_behind_what_waits(void)
{
    struct kv_cursor *cursor = NULL;
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g2c", "3");
    put(&fixture, "g2gone", "0");
    put(&fixture, "g1a", "0");
    put(&fixture, "g1a", "1");
    drop(&fixture, "g2gone");
    CU_ASSERT_EQUAL_FATAL(kv_cursor_open(fixture.kv, &cursor), DALV_OK);
    put(&fixture, "g1b", "too late");
    kv_cursor_seek(cursor, bytes_from_text("g1a"));
    CU_ASSERT(bytes_equal(kv_cursor_value(cursor), bytes_from_text("1")));
    kv_cursor_next(cursor);
    CU_ASSERT(bytes_equal(kv_cursor_key(cursor), bytes_from_text("g2c")));
    kv_cursor_next(cursor);
    CU_ASSERT_FALSE(kv_cursor_is_valid(cursor));
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
    CU_ASSERT_EQUAL(below_count(&fixture), 2);
    check(&fixture, "g1b", "too late");
    end(&fixture);
}

static void lets_others_wait_on_when_one_group_is_walked_over(void)
{
    struct kv_cursor *cursor = NULL;
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1a", "1");
    put(&fixture, "g2a", "2");
    CU_ASSERT_EQUAL_FATAL(
        kv_cursor_open_within(fixture.kv, bytes_from_text("g2a"), &cursor),
        DALV_OK);
    kv_cursor_seek(cursor, bytes_from_text("g2"));
    CU_ASSERT(bytes_equal(kv_cursor_value(cursor), bytes_from_text("2")));
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
    CU_ASSERT_EQUAL(below_count(&fixture), 1);
    check(&fixture, "g1a", "1");
    end(&fixture);
}

static void forgets_what_a_deletion_hides_below(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1a", "1");
    CU_ASSERT_EQUAL(kv_flush(fixture.kv), DALV_OK);
    check(&fixture, "g1a", "1");
    drop(&fixture, "g1a");
    check_absent(&fixture, "g1a");
    CU_ASSERT_EQUAL(kv_flush(fixture.kv), DALV_OK);
    check_absent(&fixture, "g1a");
    end(&fixture);
}

/* Who waits longest goes first. */
static void writes_once_too_much_waits(void)
{
    static uint8_t large[BYTES_MAX / 4];
    struct bytes value = bytes_make(large, sizeof(large));
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    for (int i = 0; i < 3; i++) {
        const char key[] = {'g', (char)('1' + i), 'a', '\0'};

        kv_batch_put(fixture.batch, bytes_from_text(key), value);
        write(&fixture);
    }
    CU_ASSERT_EQUAL(below_count(&fixture), 0);
    kv_batch_put(fixture.batch, bytes_from_text("g4a"), value);
    write(&fixture);
    CU_ASSERT_EQUAL(below_count(&fixture), 1);
    end(&fixture);
}

/* A few bytes of each of many partitions: what they are kept in counts too. */
static void writes_once_many_that_are_small_wait(void)
{
    enum {
        MANY = 200,
        PLACES = 16, /* Of 8 bytes: what a group finds its keys by. */
    };
    struct fixture fixture;

    begin(&fixture, MANY / 2 * PLACES * 8);
    for (int i = 1; i <= MANY; i++) {
        const char key[] = {'g', (char)i, 'a', '\0'};

        put(&fixture, key, "1");
        check(&fixture, key, "1");
    }
    CU_ASSERT(below_count(&fixture) >= MANY / 2);
    end(&fixture);
}

static void writes_a_group_of_which_too_much_waits(void)
{
    static uint8_t large[KV_LATE_GROUP_BYTES_MAX / 2];
    struct bytes value = bytes_make(large, sizeof(large));
    struct fixture fixture;

    begin(&fixture, 4 * KV_LATE_GROUP_BYTES_MAX);
    put(&fixture, "g1a", "waits");
    kv_batch_put(fixture.batch, bytes_from_text("g2a"), value);
    write(&fixture);
    CU_ASSERT_EQUAL(below_count(&fixture), 0);
    kv_batch_put(fixture.batch, bytes_from_text("g2a"), value);
    write(&fixture);
    CU_ASSERT_EQUAL(below_count(&fixture), 1);
    check(&fixture, "g1a", "waits");
    end(&fixture);
}

/* It may write the same keys, and promises more. */
static void writes_at_once_what_is_one_behind_all_that_waits(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1a", "1");
    put(&fixture, "g2a", "1");
    kv_batch_put(fixture.batch, bytes_from_text("g1a"), bytes_from_text("2"));
    kv_batch_put(fixture.batch, bytes_from_text("g3a"), bytes_from_text("2"));
    CU_ASSERT_EQUAL(kv_write(fixture.kv, fixture.batch, true), DALV_OK);
    kv_batch_clear(fixture.batch);
    CU_ASSERT_EQUAL(below_count(&fixture), 3);
    CU_ASSERT_EQUAL(memory_store_synced_count(fixture.store), 3);
    check(&fixture, "g1a", "2");
    end(&fixture);
}

static void keeps_what_waits_when_it_is_closed(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1a", "1");
    kv_close(&fixture.kv);
    open_again(&fixture);
    check(&fixture, "g1a", "1");
    end(&fixture);
}

static void says_nothing_after_a_failure(void)
{
    struct kv_cursor *cursor = NULL;
    struct fixture fixture;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1a", "1");
    put(&fixture, "g2a", "1");
    memory_store_fail(fixture.store, 1, DALV_IO);
    CU_ASSERT_EQUAL(kv_cursor_open(fixture.kv, &cursor), DALV_IO);
    CU_ASSERT_EQUAL(kv_get(fixture.kv, bytes_from_text("g2a"), &fixture.value),
                    DALV_IO);
    CU_ASSERT_EQUAL(kv_flush(fixture.kv), DALV_IO);
    kv_close(&fixture.kv);
    CU_ASSERT_EQUAL(below_count(&fixture), 0);
    open_again(&fixture);
    end(&fixture);
}

static void leaves_sizes_and_tables_to_the_map_below(void)
{
    struct bytes from = bytes_from_text("g1");
    struct bytes to = bytes_from_text("g2");
    struct fixture fixture;
    uint64_t bytes = 0;

    begin(&fixture, BYTES_MAX);
    put(&fixture, "g1b", "1");
    CU_ASSERT_EQUAL(kv_compact(fixture.kv, from, to), DALV_OK);
    CU_ASSERT_EQUAL(below_count(&fixture), 1);
    CU_ASSERT_EQUAL(kv_size(fixture.kv, from, to, &bytes), DALV_OK);
    CU_ASSERT_EQUAL(bytes, 4);
    end(&fixture);
}

/* ---- As if each batch had been written at once ---- */

/* What each key holds: 0 if it is not there. */
struct model {
    uint8_t values[GROUPS][KEYS];
};

struct world {
    struct fixture fixture;
    struct prng prng;
    struct model history[BATCHES + 1]; /* After each batch; first: none. */
    size_t batch_count;
};

static void write_at_random(struct world *world)
{
    struct model *model = &world->history[world->batch_count + 1];
    size_t count = 1 + prng_below(&world->prng, BATCH_ENTRIES_MAX);

    *model = world->history[world->batch_count++];
    for (size_t i = 0; i < count; i++) {
        size_t group = prng_below(&world->prng, GROUPS);
        size_t number = prng_below(&world->prng, KEYS);
        const uint8_t key[] = {0, (uint8_t)group, (uint8_t)number};
        uint8_t value = (uint8_t)prng_below(&world->prng, 4);

        model->values[group][number] = value;
        if (value != 0)
            kv_batch_put(world->fixture.batch, bytes_make(key, sizeof(key)),
                         bytes_make(&value, 1));
        else
            kv_batch_delete(world->fixture.batch, bytes_make(key, sizeof(key)));
    }
    write(&world->fixture);
}

static uint8_t read_key(struct fixture *fixture, size_t group, size_t number)
{
    const uint8_t key[] = {0, (uint8_t)group, (uint8_t)number};
    enum dalv_status status =
        kv_get(fixture->kv, bytes_make(key, sizeof(key)), &fixture->value);

    CU_ASSERT(status == DALV_OK || status == DALV_NOT_FOUND);
    return status == DALV_OK ? fixture->value.data[0] : 0;
}

static struct model read_all(struct fixture *fixture)
{
    struct model model = {{{0}}};

    for (size_t i = 0; i < GROUPS * KEYS; i++)
        model.values[i / KEYS][i % KEYS] =
            read_key(fixture, i / KEYS, i % KEYS);
    return model;
}

static struct model walk_all(struct fixture *fixture)
{
    struct model model = {{{0}}};
    struct kv_cursor *cursor = NULL;

    CU_ASSERT_EQUAL_FATAL(kv_cursor_open(fixture->kv, &cursor), DALV_OK);
    kv_cursor_seek(cursor, (struct bytes){0});
    for (; kv_cursor_is_valid(cursor); kv_cursor_next(cursor)) {
        const uint8_t *key = kv_cursor_key(cursor).data;

        model.values[key[1]][key[2]] = kv_cursor_value(cursor).data[0];
    }
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
    return model;
}

static bool is_as(const struct model *read, const struct model *expected)
{
    return memcmp(read, expected, sizeof(*read)) == 0;
}

static void look(struct world *world)
{
    const struct model *now = &world->history[world->batch_count];
    struct model read = prng_chance(&world->prng, 1, 8)
                            ? walk_all(&world->fixture)
                            : read_all(&world->fixture);

    CU_ASSERT(is_as(&read, now));
}

/* As it was after one of the batches. */
static bool was_once(const struct world *world, const struct model *read,
                     size_t group)
{
    for (size_t i = 0; i <= world->batch_count; i++) {
        if (memcmp(read->values[group], world->history[i].values[group],
                   KEYS) == 0)
            return true;
    }
    return false;
}

static void crash(struct world *world)
{
    struct fixture *fixture = &world->fixture;
    size_t count;
    struct model read;

    kv_close(&fixture->kv);
    count = memory_store_unflushed_count(fixture->store);
    memory_store_crash(fixture->store, prng_below(&world->prng, count + 1));
    open_again(fixture);
    read = read_all(fixture);
    for (size_t group = 0; group < GROUPS; group++)
        CU_ASSERT(was_once(world, &read, group));
}

static void reads_as_if_each_batch_had_been_written_at_once(void)
{
    struct world *world = calloc(1, sizeof(*world));

    CU_ASSERT_PTR_NOT_NULL_FATAL(world);
    prng_init(&world->prng, SEED);
    begin(&world->fixture, BYTES_FEW);
    while (world->batch_count < BATCHES) {
        write_at_random(world);
        if (prng_chance(&world->prng, 1, 2))
            look(world);
        if (prng_chance(&world->prng, 1, 30))
            CU_ASSERT_EQUAL(kv_flush(world->fixture.kv), DALV_OK);
    }
    end(&world->fixture);
    free(world);
}

static void has_after_a_crash_each_group_as_after_one_of_its_batches(void)
{
    struct world *world = calloc(1, sizeof(*world));

    CU_ASSERT_PTR_NOT_NULL_FATAL(world);
    for (uint64_t seed = 1; seed <= CRASHES; seed++) {
        memset(world, 0, sizeof(*world));
        prng_init(&world->prng, seed);
        begin(&world->fixture, BYTES_FEW);
        while (world->batch_count < 30) {
            write_at_random(world);
            if (prng_chance(&world->prng, 1, 6))
                look(world);
        }
        crash(world);
        end(&world->fixture);
    }
    free(world);
}

static const struct suite_test tests[] = {
    SUITE_TEST(shows_at_once_what_waits),
    SUITE_TEST(finds_each_of_many),
    SUITE_TEST(opens_cursors_behind_what_waits),
    SUITE_TEST(lets_others_wait_on_when_one_group_is_walked_over),
    SUITE_TEST(forgets_what_a_deletion_hides_below),
    SUITE_TEST(writes_once_too_much_waits),
    SUITE_TEST(writes_once_many_that_are_small_wait),
    SUITE_TEST(writes_a_group_of_which_too_much_waits),
    SUITE_TEST(writes_at_once_what_is_one_behind_all_that_waits),
    SUITE_TEST(keeps_what_waits_when_it_is_closed),
    SUITE_TEST(says_nothing_after_a_failure),
    SUITE_TEST(leaves_sizes_and_tables_to_the_map_below),
    SUITE_TEST(reads_as_if_each_batch_had_been_written_at_once),
    SUITE_TEST(has_after_a_crash_each_group_as_after_one_of_its_batches),
};

int main(void)
{
    return SUITE_RUN("storage/kv_late", tests);
}
