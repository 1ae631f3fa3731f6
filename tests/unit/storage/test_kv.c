#include "storage/kv.h"

#include "base/buffer.h"
#include "base/prng.h"
#include "tests/support/folder.h"
#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Both maps, side by side: each test must find them the same. */
struct pair {
    struct memory_store *store;
    struct folder folder;
    struct kv *maps[2];
    struct kv_batch *batch;
};

static void open_maps(struct pair *pair, bool is_tables_only)
{
    struct kv_options options = {
        .path = pair->folder.path,
        .is_tables_only = is_tables_only,
    };

    pair->maps[0] = memory_kv_open(pair->store);
    CU_ASSERT_EQUAL_FATAL(kv_open_leveldb(&options, &pair->maps[1]), DALV_OK);
}

static void close_maps(struct pair *pair)
{
    kv_close(&pair->maps[0]);
    kv_close(&pair->maps[1]);
}

static void begin(struct pair *pair)
{
    folder_open_in_memory(&pair->folder);
    pair->store = memory_store_create();
    pair->batch = kv_batch_create();
    open_maps(pair, false);
}

static void end(struct pair *pair)
{
    close_maps(pair);
    kv_batch_destroy(&pair->batch);
    memory_store_destroy(&pair->store);
    CU_ASSERT_EQUAL(kv_destroy_leveldb(pair->folder.path), DALV_OK);
    CU_ASSERT_NOT_EQUAL(access(pair->folder.path, F_OK), 0);
}

static void write_maps(struct pair *pair, bool is_synced)
{
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(kv_write(pair->maps[i], pair->batch, is_synced),
                        DALV_OK);
    kv_batch_clear(pair->batch);
}

static void put(struct pair *pair, const char *key, const char *value)
{
    kv_batch_put(pair->batch, bytes_from_text(key), bytes_from_text(value));
    write_maps(pair, false);
}

/* "key=value key=value ..." of everything from `from` on. */
static void tell_all(struct kv *kv, const char *from, struct buffer *out)
{
    struct kv_cursor *cursor = NULL;

    buffer_clear(out);
    CU_ASSERT_EQUAL_FATAL(kv_cursor_open(kv, &cursor), DALV_OK);
    for (kv_cursor_seek(cursor, bytes_from_text(from));
         kv_cursor_is_valid(cursor); kv_cursor_next(cursor)) {
        buffer_put(out, kv_cursor_key(cursor));
        buffer_put(out, bytes_from_text("="));
        buffer_put(out, kv_cursor_value(cursor));
        buffer_put(out, bytes_from_text(" "));
    }
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
}

static void check_all(struct pair *pair, const char *from, const char *expected)
{
    struct buffer told;

    buffer_init(&told);
    for (size_t i = 0; i < 2; i++) {
        tell_all(pair->maps[i], from, &told);
        CU_ASSERT(bytes_equal(buffer_bytes(&told), bytes_from_text(expected)));
    }
    buffer_deinit(&told);
}

static void keeps_keys_in_their_order(void)
{
    struct pair pair;

    begin(&pair);
    put(&pair, "b", "2");
    put(&pair, "a", "1");
    put(&pair, "ab", "");
    put(&pair, "b", "3");
    check_all(&pair, "", "a=1 ab= b=3 ");
    check_all(&pair, "aa", "ab= b=3 ");
    check_all(&pair, "c", "");
    end(&pair);
}

static void applies_a_batch_in_its_order(void)
{
    struct pair pair;

    begin(&pair);
    kv_batch_put(pair.batch, bytes_from_text("a"), bytes_from_text("1"));
    kv_batch_delete(pair.batch, bytes_from_text("a"));
    kv_batch_delete(pair.batch, bytes_from_text("b"));
    kv_batch_put(pair.batch, bytes_from_text("b"), bytes_from_text("2"));
    kv_batch_put_joined(pair.batch, bytes_from_text("c"), bytes_from_text("3"),
                        bytes_from_text("4"));
    /* Of each key the last one counts: no a, b=2, c=34. */
    CU_ASSERT_EQUAL(kv_batch_count(pair.batch), 3);
    CU_ASSERT_EQUAL(kv_batch_bytes(pair.batch), 6);
    write_maps(&pair, true);
    check_all(&pair, "", "b=2 c=34 ");
    end(&pair);
}

static void answers_not_found_and_leaves_the_value_alone(void)
{
    struct pair pair;
    struct buffer value;

    begin(&pair);
    put(&pair, "a", "1");
    buffer_init(&value);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(kv_get(pair.maps[i], bytes_from_text("a"), &value),
                        DALV_OK);
        CU_ASSERT_EQUAL(kv_get(pair.maps[i], bytes_from_text("b"), &value),
                        DALV_NOT_FOUND);
        CU_ASSERT(bytes_equal(buffer_bytes(&value), bytes_from_text("1")));
    }
    buffer_deinit(&value);
    end(&pair);
}

static void shows_a_cursor_the_map_of_its_opening(void)
{
    struct pair pair;

    begin(&pair);
    put(&pair, "a", "1");
    for (size_t i = 0; i < 2; i++) {
        struct kv_cursor *cursor = NULL;

        CU_ASSERT_EQUAL_FATAL(kv_cursor_open(pair.maps[i], &cursor), DALV_OK);
        kv_batch_put(pair.batch, bytes_from_text("a"), bytes_from_text("2"));
        kv_batch_put(pair.batch, bytes_from_text("b"), bytes_from_text("3"));
        CU_ASSERT_EQUAL(kv_write(pair.maps[i], pair.batch, false), DALV_OK);
        kv_batch_clear(pair.batch);
        kv_cursor_seek(cursor, bytes_from_text(""));
        CU_ASSERT_FATAL(kv_cursor_is_valid(cursor));
        CU_ASSERT(bytes_equal(kv_cursor_value(cursor), bytes_from_text("1")));
        kv_cursor_next(cursor);
        CU_ASSERT_FALSE(kv_cursor_is_valid(cursor));
        CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
        CU_ASSERT_PTR_NULL(cursor);
    }
    end(&pair);
}

static void keeps_what_was_flushed_when_the_log_is_lost(void)
{
    struct pair pair;

    begin(&pair);
    put(&pair, "a", "1");
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(kv_flush(pair.maps[i]), DALV_OK);
    put(&pair, "b", "2");
    CU_ASSERT_EQUAL(memory_store_unflushed_count(pair.store), 1);
    close_maps(&pair);
    memory_store_crash(pair.store, 0);
    open_maps(&pair, /* is_tables_only= */ true);
    check_all(&pair, "", "a=1 ");
    end(&pair);
}

static void keeps_everything_when_closed_in_order(void)
{
    struct pair pair;

    begin(&pair);
    put(&pair, "a", "1");
    close_maps(&pair);
    open_maps(&pair, false);
    check_all(&pair, "", "a=1 ");
    end(&pair);
}

/* What was synced is a prefix, too: of the batches that a crash may take. */
static void counts_what_a_crash_may_take_back(void)
{
    struct pair pair;

    begin(&pair);
    put(&pair, "a", "1");
    CU_ASSERT_EQUAL(memory_store_synced_count(pair.store), 0);
    kv_batch_put(pair.batch, bytes_from_text("b"), bytes_from_text("2"));
    write_maps(&pair, /* is_synced= */ true);
    put(&pair, "c", "3");
    CU_ASSERT_EQUAL(memory_store_synced_count(pair.store), 2);
    CU_ASSERT_EQUAL(memory_store_unflushed_count(pair.store), 3);
    kv_close(&pair.maps[0]);
    memory_store_crash(pair.store, 2);
    pair.maps[0] = memory_kv_open(pair.store);
    kv_batch_delete(pair.batch, bytes_from_text("c"));
    CU_ASSERT_EQUAL(kv_write(pair.maps[1], pair.batch, false), DALV_OK);
    check_all(&pair, "", "a=1 b=2 ");
    end(&pair);
}

/* A random script: keys of a small alphabet, so that they meet again. */
static void random_step(struct pair *pair, struct prng *prng)
{
    char key[8];
    char value[300];
    size_t count = 1 + prng_below(prng, 5);

    memset(value, 'v', sizeof(value));
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(key, sizeof(key), "k%u",
                       (unsigned)prng_below(prng, 200));
        if (prng_chance(prng, 1, 4))
            kv_batch_delete(pair->batch, bytes_from_text(key));
        else
            kv_batch_put(pair->batch, bytes_from_text(key),
                         bytes_make(value, prng_below(prng, sizeof(value))));
    }
    write_maps(pair, prng_chance(prng, 1, 50));
}

static bool is_alike(struct pair *pair)
{
    struct buffer told[2];
    bool is_equal;

    for (size_t i = 0; i < 2; i++) {
        buffer_init(&told[i]);
        tell_all(pair->maps[i], "", &told[i]);
    }
    is_equal = bytes_equal(buffer_bytes(&told[0]), buffer_bytes(&told[1]));
    buffer_deinit(&told[0]);
    buffer_deinit(&told[1]);
    return is_equal;
}

static void behaves_the_same_on_a_random_script(void)
{
    enum {
        STEPS = 3000,
        STEPS_BETWEEN_LOOKS = 100,
        SEED = 20260101,
    };
    struct pair pair;
    struct prng prng;

    prng_init(&prng, SEED);
    begin(&pair);
    for (int i = 1; i <= STEPS; i++) {
        random_step(&pair, &prng);
        if (i % STEPS_BETWEEN_LOOKS != 0)
            continue;
        if (!is_alike(&pair)) {
            CU_FAIL("the maps differ");
            break;
        }
        if (prng_chance(&prng, 1, 3)) {
            CU_ASSERT_EQUAL(kv_flush(pair.maps[0]), DALV_OK);
            CU_ASSERT_EQUAL(kv_flush(pair.maps[1]), DALV_OK);
        }
        if (prng_chance(&prng, 1, 3)) {
            close_maps(&pair);
            open_maps(&pair, false);
        }
    }
    end(&pair);
}

static void answers_the_first_failure_for_good(void)
{
    struct memory_store *store = memory_store_create();
    struct kv *kv = memory_kv_open(store);
    struct kv_batch *batch = kv_batch_create();
    struct kv_cursor *cursor = NULL;
    struct buffer value;

    buffer_init(&value);
    kv_batch_put(batch, bytes_from_text("a"), bytes_from_text("1"));
    memory_store_fail(store, 2, DALV_NO_SPACE);
    CU_ASSERT_EQUAL(kv_write(kv, batch, false), DALV_OK);
    CU_ASSERT_EQUAL(kv_write(kv, batch, false), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(kv_write(kv, batch, false), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(kv_get(kv, bytes_from_text("a"), &value), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(kv_flush(kv), DALV_NO_SPACE);
    CU_ASSERT_EQUAL(kv_cursor_open(kv, &cursor), DALV_NO_SPACE);
    CU_ASSERT_PTR_NULL(cursor);
    buffer_deinit(&value);
    kv_batch_destroy(&batch);
    kv_close(&kv);
    memory_store_destroy(&store);
}

static void remembers_what_a_cursor_met(void)
{
    struct memory_store *store = memory_store_create();
    struct kv *kv = memory_kv_open(store);
    struct kv_cursor *cursor = NULL;

    memory_store_fail(store, 2, DALV_DAMAGED);
    CU_ASSERT_EQUAL(kv_cursor_open(kv, &cursor), DALV_OK);
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_DAMAGED);
    CU_ASSERT_EQUAL(kv_flush(kv), DALV_DAMAGED);
    kv_close(&kv);
    memory_store_destroy(&store);
}

static const struct suite_test tests[] = {
    SUITE_TEST(keeps_keys_in_their_order),
    SUITE_TEST(applies_a_batch_in_its_order),
    SUITE_TEST(answers_not_found_and_leaves_the_value_alone),
    SUITE_TEST(shows_a_cursor_the_map_of_its_opening),
    SUITE_TEST(keeps_what_was_flushed_when_the_log_is_lost),
    SUITE_TEST(keeps_everything_when_closed_in_order),
    SUITE_TEST(counts_what_a_crash_may_take_back),
    SUITE_TEST(behaves_the_same_on_a_random_script),
    SUITE_TEST(answers_the_first_failure_for_good),
    SUITE_TEST(remembers_what_a_cursor_met),
};

int main(void)
{
    return SUITE_RUN("storage/kv", tests);
}
