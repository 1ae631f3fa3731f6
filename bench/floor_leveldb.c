#include "base/clock.h"
#include "base/prng.h"
#include "bench/floor.h"

#include <leveldb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEED = 1,
    BATCH = 50,
    FILL_BATCH = 1000,
    KEY_BYTES = 32, /* User and key, as our index has them. */
    POOL_BYTES = 1 << 20,
    CHECK_EVERY = 64,
    US_PER_MS = 1000,
    /* As config/config.c and storage/kv_leveldb.c have it. */
    CACHE_BYTES = 512 << 20,
    WRITE_BUFFER_BYTES = 64 << 20,
    BLOOM_BITS = 10,
};

struct floor_leveldb {
    leveldb_t *database;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_filterpolicy_t *filter;
    leveldb_readoptions_t *reads;
    leveldb_writeoptions_t *writes;
    leveldb_writebatch_t *batch;
    size_t value_bytes;
    struct prng prng;
    char pool[POOL_BYTES];
};

static void check(const char *error)
{
    if (error != NULL)
        bench_give_up("leveldb", error);
}

static void set_options(struct floor_leveldb *self)
{
    self->cache = leveldb_cache_create_lru(CACHE_BYTES);
    self->filter = leveldb_filterpolicy_create_bloom(BLOOM_BITS);
    self->options = leveldb_options_create();
    leveldb_options_set_create_if_missing(self->options, 1);
    leveldb_options_set_paranoid_checks(self->options, 1);
    leveldb_options_set_cache(self->options, self->cache);
    leveldb_options_set_filter_policy(self->options, self->filter);
    leveldb_options_set_write_buffer_size(self->options, WRITE_BUFFER_BYTES);
    self->reads = leveldb_readoptions_create();
    leveldb_readoptions_set_verify_checksums(self->reads, 1);
    self->writes = leveldb_writeoptions_create();
    self->batch = leveldb_writebatch_create();
}

struct floor_leveldb *floor_leveldb_open(const struct bench *bench)
{
    struct floor_leveldb *self = calloc(1, sizeof(*self));
    char path[BENCH_PATH_BYTES];
    char *error = NULL;

    if (self == NULL)
        bench_give_up("leveldb", "no memory");
    bench_path(bench, "floor.leveldb", path);
    set_options(self);
    self->value_bytes = bench->plan.value_bytes;
    prng_init(&self->prng, SEED);
    for (size_t i = 0; i < POOL_BYTES; i++)
        self->pool[i] = (char)prng_next(&self->prng);
    self->database = leveldb_open(self->options, path, &error);
    check(error);
    return self;
}

void floor_leveldb_close(struct floor_leveldb **database_p)
{
    struct floor_leveldb *self = *database_p;

    if (self == NULL)
        return;
    leveldb_close(self->database);
    leveldb_options_destroy(self->options);
    leveldb_cache_destroy(self->cache);
    leveldb_filterpolicy_destroy(self->filter);
    leveldb_readoptions_destroy(self->reads);
    leveldb_writeoptions_destroy(self->writes);
    leveldb_writebatch_destroy(self->batch);
    free(self);
    *database_p = NULL;
}

static void format_key(char key[KEY_BYTES], uint64_t number)
{
    /* The text is shorter: what is behind it is part of the key as well. */
    memset(key, 0, KEY_BYTES);
    (void)snprintf(key, KEY_BYTES, "user-%09u--key-%010u",
                   (unsigned)(number / BENCH_USER_KEYS), (unsigned)number);
}

static void put(struct floor_leveldb *self, uint64_t number)
{
    char key[KEY_BYTES];
    size_t from = prng_below(&self->prng, POOL_BYTES - self->value_bytes);

    format_key(key, number);
    leveldb_writebatch_put(self->batch, key, KEY_BYTES, self->pool + from,
                           self->value_bytes);
}

static void commit(struct floor_leveldb *self)
{
    char *error = NULL;

    leveldb_write(self->database, self->writes, self->batch, &error);
    check(error);
    leveldb_writebatch_clear(self->batch);
}

void floor_leveldb_fill(struct floor_leveldb *database, uint32_t first,
                        uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        put(database, i);
        if (i % FILL_BATCH == FILL_BATCH - 1)
            commit(database);
    }
    commit(database);
}

double floor_leveldb_put_rate(struct floor_leveldb *database, uint32_t keys,
                              uint32_t ms_max)
{
    uint64_t began_us = clock_boot_us();
    uint64_t elapsed_us = 0;
    uint64_t count = 0;

    while (elapsed_us < (uint64_t)ms_max * US_PER_MS) {
        for (int i = 0; i < BATCH; i++)
            put(database, prng_below(&database->prng, keys));
        commit(database);
        count += BATCH;
        elapsed_us = clock_boot_us() - began_us;
    }
    return (double)count * 1e6 / (double)elapsed_us;
}

static void get(struct floor_leveldb *self, uint64_t number)
{
    char key[KEY_BYTES];
    char *error = NULL;
    size_t size = 0;
    char *value;

    format_key(key, number);
    value =
        leveldb_get(self->database, self->reads, key, KEY_BYTES, &size, &error);
    check(error);
    if (value == NULL || size != self->value_bytes)
        bench_give_up("leveldb", "a key is not there");
    leveldb_free(value);
}

double floor_leveldb_get_rate(struct floor_leveldb *database, uint32_t keys,
                              uint32_t ms_max)
{
    uint64_t began_us = clock_boot_us();
    uint64_t elapsed_us = 0;
    uint64_t count = 0;

    while (elapsed_us < (uint64_t)ms_max * US_PER_MS) {
        for (int i = 0; i < CHECK_EVERY; i++)
            get(database, prng_below(&database->prng, keys));
        count += CHECK_EVERY;
        elapsed_us = clock_boot_us() - began_us;
    }
    return (double)count * 1e6 / (double)elapsed_us;
}

void floor_leveldb_version(char text[FLOOR_VERSION_BYTES])
{
    (void)snprintf(text, FLOOR_VERSION_BYTES, "%d.%d", leveldb_major_version(),
                   leveldb_minor_version());
}
