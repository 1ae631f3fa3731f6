/*
 * The keys that all requests are about, and the requests themselves.
 *
 * Key number i belongs to user i / BENCH_USER_KEYS. Frames are encoded once;
 * for each request only the fields of fixed width in them are written anew:
 * user, key, request id, value. Values are random, so they do not compress.
 */
#ifndef DALV_BENCH_DATASET_H
#define DALV_BENCH_DATASET_H

#include "base/buffer.h"
#include "base/prng.h"
#include "bench/load.h"
#include "bench/server.h"

#include <stdint.h>

enum {
    DATASET_ID_BYTES = 14, /* "user-" or "key--", and nine digits. */
    DATASET_POOL_BYTES = 1 << 20,
};

/* One kind of request, over the first `keys` keys. */
struct dataset {
    struct prng prng;
    uint32_t keys;
    unsigned connections;
    unsigned key_count; /* In one request. */
    size_t value_bytes;
    uint64_t next_key; /* Of a filling: in order. */
    bool is_filling;
    struct buffer frame;
    struct buffer hello;
    size_t user_at;
    size_t id_at;
    size_t first_key_at; /* Each operation is as long as the others. */
    size_t operation_bytes;
    size_t value_at; /* Behind the key. */
    uint8_t pool[DATASET_POOL_BYTES];
};

/* PUTs of one random key each, GETs of one. */
void dataset_init_put(struct dataset *dataset, const struct server *server,
                      uint32_t keys, unsigned connections);
void dataset_init_get(struct dataset *dataset, const struct server *server,
                      uint32_t keys, unsigned connections);
void dataset_deinit(struct dataset *dataset);

struct load_source dataset_source(struct dataset *dataset);
/* True if an answer says what the source accepts: a write is done, a read has
   found. */
bool dataset_is_done(const struct dataset *dataset, struct bytes answer);

/* Write keys `first` up to `end` - 1, each user's in one transaction. */
void dataset_fill(const struct server *server, uint32_t first, uint32_t end);

#endif
