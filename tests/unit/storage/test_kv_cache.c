/*
 * Whatever was remembered, pushed out or overwritten: a get gives what the map
 * below holds.
 */
#include "storage/kv_cache.h"

#include "base/prng.h"
#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    /* The first slots, and no more than ten small entries beside them. */
    BYTES_FEW = (64 << 10) + 2048,
    BYTES_MANY = 1 << 20,
    KEYS = 40,
};

struct fixture {
    struct memory_store *store;
    struct kv *kv;
    struct kv_batch *batch;
    struct buffer value;
};

static void begin(struct fixture *fixture, size_t bytes_max)
{
    struct kv *below;

    fixture->store = memory_store_create();
    below = memory_kv_open(fixture->store);
    fixture->kv = kv_cache_open(&below, bytes_max);
    CU_ASSERT_PTR_NULL(below);
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

static enum dalv_status write(struct fixture *fixture)
{
    enum dalv_status status = kv_write(fixture->kv, fixture->batch, false);

    kv_batch_clear(fixture->batch);
    return status;
}

static void put(struct fixture *fixture, const char *key, const char *value)
{
    kv_batch_put(fixture->batch, bytes_from_text(key), bytes_from_text(value));
    CU_ASSERT_EQUAL(write(fixture), DALV_OK);
}

static void check(struct fixture *fixture, const char *key, const char *value)
{
    CU_ASSERT_EQUAL(kv_get(fixture->kv, bytes_from_text(key), &fixture->value),
                    DALV_OK);
    CU_ASSERT(
        bytes_equal(buffer_bytes(&fixture->value), bytes_from_text(value)));
}

static uint64_t misses(const struct fixture *fixture)
{
    return kv_cache_counters(fixture->kv).misses;
}

static void asks_once(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MANY);
    put(&fixture, "a", "1");
    check(&fixture, "a", "1");
    check(&fixture, "a", "1");
    check(&fixture, "a", "1");
    CU_ASSERT_EQUAL(misses(&fixture), 1);
    CU_ASSERT_EQUAL(kv_cache_counters(fixture.kv).hits, 2);
    end(&fixture);
}

static void follows_what_is_written(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MANY);
    put(&fixture, "a", "1");
    check(&fixture, "a", "1");
    put(&fixture, "a", "a longer value than before, by far");
    check(&fixture, "a", "a longer value than before, by far");
    put(&fixture, "a", "");
    check(&fixture, "a", "");
    kv_batch_delete(fixture.batch, bytes_from_text("a"));
    CU_ASSERT_EQUAL(write(&fixture), DALV_OK);
    CU_ASSERT_EQUAL(kv_get(fixture.kv, bytes_from_text("a"), &fixture.value),
                    DALV_NOT_FOUND);
    put(&fixture, "a", "back");
    check(&fixture, "a", "back");
    CU_ASSERT_EQUAL(misses(&fixture), 1);
    end(&fixture);
}

/* What was only written is not remembered. */
static void makes_no_room_for_what_nobody_reads(void)
{
    struct fixture fixture;
    uint64_t bytes;
    char key[16];

    begin(&fixture, BYTES_MANY);
    bytes = kv_cache_counters(fixture.kv).bytes;
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof(key), "request-%d", i);
        put(&fixture, key, "done");
    }
    CU_ASSERT_EQUAL(kv_get(fixture.kv, bytes_from_text("none"), &fixture.value),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(kv_cache_counters(fixture.kv).bytes, bytes);
    end(&fixture);
}

static void pushes_out_who_was_not_asked_for(void)
{
    struct fixture fixture;
    char key[16];
    uint64_t missed;

    begin(&fixture, BYTES_FEW);
    put(&fixture, "hot", "1");
    for (int i = 0; i < 200; i++) {
        (void)snprintf(key, sizeof(key), "cold-%d", i);
        put(&fixture, key, "0");
        check(&fixture, "hot", "1");
        check(&fixture, key, "0");
        CU_ASSERT(kv_cache_counters(fixture.kv).bytes <= BYTES_FEW);
    }
    CU_ASSERT_EQUAL(misses(&fixture), 201);
    missed = misses(&fixture);
    check(&fixture, "cold-0", "0");
    CU_ASSERT_EQUAL(misses(&fixture), missed + 1);
    end(&fixture);
}

static void leaves_large_values_below(void)
{
    static uint8_t large[KV_CACHE_VALUE_MAX + 1];
    struct fixture fixture;
    struct bytes value = bytes_make(large, sizeof(large));
    struct bytes key = bytes_from_text("a");

    begin(&fixture, BYTES_MANY);
    put(&fixture, "a", "small");
    check(&fixture, "a", "small");
    /* One that was remembered grows beyond it, and shrinks again. */
    kv_batch_put(fixture.batch, key, value);
    CU_ASSERT_EQUAL(write(&fixture), DALV_OK);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(kv_get(fixture.kv, key, &fixture.value), DALV_OK);
        CU_ASSERT(bytes_equal(buffer_bytes(&fixture.value), value));
    }
    CU_ASSERT_EQUAL(misses(&fixture), 3);
    put(&fixture, "a", "small");
    check(&fixture, "a", "small");
    CU_ASSERT_EQUAL(misses(&fixture), 3);
    end(&fixture);
}

/* It must not tell of a write that may not have happened. */
static void says_nothing_after_a_failure(void)
{
    struct fixture fixture;

    begin(&fixture, BYTES_MANY);
    put(&fixture, "a", "1");
    check(&fixture, "a", "1");
    memory_store_fail(fixture.store, 1, DALV_IO);
    kv_batch_put(fixture.batch, bytes_from_text("a"), bytes_from_text("2"));
    CU_ASSERT_EQUAL(write(&fixture), DALV_IO);
    CU_ASSERT_EQUAL(kv_get(fixture.kv, bytes_from_text("a"), &fixture.value),
                    DALV_IO);
    end(&fixture);
}

static void leaves_all_else_to_the_map_below(void)
{
    struct bytes from = bytes_from_text("a");
    struct bytes to = bytes_from_text("z");
    struct kv_cursor *cursor = NULL;
    struct fixture fixture;
    uint64_t bytes = 0;

    begin(&fixture, BYTES_MANY);
    put(&fixture, "a", "1");
    CU_ASSERT_EQUAL(memory_store_unflushed_count(fixture.store), 1);
    CU_ASSERT_EQUAL(kv_flush(fixture.kv), DALV_OK);
    CU_ASSERT_EQUAL(memory_store_unflushed_count(fixture.store), 0);
    CU_ASSERT_EQUAL(kv_compact(fixture.kv, from, to), DALV_OK);
    CU_ASSERT_EQUAL(kv_size(fixture.kv, from, to, &bytes), DALV_OK);
    CU_ASSERT(bytes > 0);
    CU_ASSERT_EQUAL_FATAL(kv_cursor_open(fixture.kv, &cursor), DALV_OK);
    kv_cursor_seek(cursor, from);
    CU_ASSERT(kv_cursor_is_valid(cursor));
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
    end(&fixture);
}

struct model {
    bool is_there;
    size_t size;
    uint8_t byte;
};

static void write_at_random(struct fixture *fixture, struct prng *prng,
                            struct model *models)
{
    static uint8_t memory[2 * KV_CACHE_VALUE_MAX];
    size_t count = 1 + prng_below(prng, 4);

    for (size_t i = 0; i < count; i++) {
        uint8_t key = (uint8_t)prng_below(prng, KEYS);
        struct model *model = &models[key];

        model->is_there = !prng_chance(prng, 1, 4);
        model->byte = (uint8_t)prng_next(prng);
        model->size =
            prng_below(prng, prng_chance(prng, 1, 20) ? sizeof(memory) : 100);
        memset(memory, model->byte, model->size);
        if (model->is_there)
            kv_batch_put(fixture->batch, bytes_make(&key, 1),
                         bytes_make(memory, model->size));
        else
            kv_batch_delete(fixture->batch, bytes_make(&key, 1));
    }
    CU_ASSERT_EQUAL(write(fixture), DALV_OK);
}

static bool reads_right(struct fixture *fixture, uint8_t key,
                        const struct model *model)
{
    enum dalv_status status =
        kv_get(fixture->kv, bytes_make(&key, 1), &fixture->value);

    if (!model->is_there)
        return status == DALV_NOT_FOUND;
    return status == DALV_OK && fixture->value.size == model->size &&
           (model->size == 0 || fixture->value.data[0] == model->byte);
}

static void gives_what_the_map_below_holds(void)
{
    struct model models[KEYS] = {{0}};
    struct fixture fixture;
    struct prng prng;
    size_t wrong = 0;

    prng_init(&prng, 20260102);
    begin(&fixture, BYTES_FEW);
    for (int step = 0; step < 20000; step++) {
        uint8_t key = (uint8_t)prng_below(&prng, KEYS);

        if (prng_chance(&prng, 1, 3))
            write_at_random(&fixture, &prng, models);
        wrong += !reads_right(&fixture, key, &models[key]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(kv_cache_counters(fixture.kv).hits > 1000);
    CU_ASSERT(misses(&fixture) > 1000);
    end(&fixture);
}

static const struct suite_test tests[] = {
    SUITE_TEST(asks_once),
    SUITE_TEST(follows_what_is_written),
    SUITE_TEST(makes_no_room_for_what_nobody_reads),
    SUITE_TEST(pushes_out_who_was_not_asked_for),
    SUITE_TEST(leaves_large_values_below),
    SUITE_TEST(says_nothing_after_a_failure),
    SUITE_TEST(leaves_all_else_to_the_map_below),
    SUITE_TEST(gives_what_the_map_below_holds),
};

int main(void)
{
    return SUITE_RUN("storage/kv_cache", tests);
}
