#include "bench/dataset.h"

#include "base/assert.h"
#include "base/clock.h"
#include "model/transaction_format.h"
#include "proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS = 9,
    PREFIX_BYTES = DATASET_ID_BYTES - DIGITS,
    KEY_TEXT_BYTES = 24,
    DEADLINE_MS = 20000,
    FILL_CONNECTIONS = 8,
    FILL_DEPTH = 2,
    FILL_MS_MAX = 20 * 60 * 1000,
    STATUS_TAG = 0x08, /* UPDATED begins with it unless it is DALV_OK. */
    HEADER_BYTES = 5,
};

static const char user_mark[] = "user-000000000";
static const char id_mark[] = "request-id-here.";

static void write_digits(uint8_t *place, uint64_t number)
{
    for (int i = DIGITS - 1; i >= 0; i--) {
        place[i] = (uint8_t)('0' + number % 10);
        number /= 10;
    }
}

static size_t find(const struct buffer *frame, const void *mark, size_t size)
{
    const uint8_t *place = memmem(frame->data, frame->size, mark, size);

    ASSERT(place != NULL);
    return (size_t)(place - frame->data);
}

static void encode(const struct message *message, struct buffer *frame)
{
    buffer_init(frame);
    if (codec_encode(message, frame) != DALV_OK)
        bench_give_up(message_type_name(message->type), "does not encode");
}

static void make_hello(struct dataset *dataset, const struct server *server)
{
    char token[SERVER_TOKEN_BYTES];
    struct message hello = {
        .type = MESSAGE_HELLO,
        .request = 1,
        .hello = {.protocol = 1, .client = bytes_from_text("dalv-bench")},
    };

    server_backend_token(server, token);
    hello.hello.token = bytes_from_text(token);
    encode(&hello, &dataset->hello);
}

static void init(struct dataset *dataset, const struct server *server,
                 uint32_t keys, unsigned connections)
{
    /* Never the same twice: request ids are drawn from it. */
    prng_init(&dataset->prng, clock_wall_us());
    for (size_t i = 0; i < DATASET_POOL_BYTES; i++)
        dataset->pool[i] = (uint8_t)prng_next(&dataset->prng);
    dataset->keys = keys;
    dataset->connections = connections;
    dataset->value_bytes = server->bench->plan.value_bytes;
    dataset->next_key = 0;
    dataset->is_filling = false;
    make_hello(dataset, server);
}

/* ---- Frames ---- */

static void encode_puts(struct dataset *dataset, struct buffer *out)
{
    struct operation *operations =
        calloc(dataset->key_count, sizeof(*operations));
    char(*keys)[KEY_TEXT_BYTES] = calloc(dataset->key_count, sizeof(*keys));
    struct transaction transaction = {.operations = operations,
                                      .operation_count = dataset->key_count};
    struct writer writer;

    ASSERT(operations != NULL && keys != NULL);
    for (unsigned i = 0; i < dataset->key_count; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "key--%09u", i);
        operations[i] = (struct operation){
            .type = OPERATION_PUT,
            .key = bytes_from_text(keys[i]),
            .value = bytes_make(dataset->pool, dataset->value_bytes)};
    }
    buffer_init(out);
    ASSERT(buffer_reserve(out, BOUNDS_TRANSACTION_BYTES_MAX) == DALV_OK);
    writer_init(&writer, out->data, out->capacity);
    if (transaction_encode(&transaction, &writer) != DALV_OK)
        bench_give_up("transaction", "does not encode");
    out->size = writer.size;
    free(operations);
    free(keys);
}

static void find_places(struct dataset *dataset)
{
    const char first[] = "key--000000000";
    const char second[] = "key--000000001";

    dataset->user_at =
        find(&dataset->frame, user_mark, DATASET_ID_BYTES) + PREFIX_BYTES;
    dataset->first_key_at =
        find(&dataset->frame, first, DATASET_ID_BYTES) + PREFIX_BYTES;
    dataset->operation_bytes = 0;
    if (dataset->key_count > 1)
        dataset->operation_bytes =
            find(&dataset->frame, second, DATASET_ID_BYTES) + PREFIX_BYTES -
            dataset->first_key_at;
}

static void make_update(struct dataset *dataset)
{
    struct buffer transaction;
    struct message update = {
        .type = MESSAGE_UPDATE,
        .request = LOAD_REQUEST,
        .update = {.user = bytes_from_text(user_mark),
                   .deadline_ms = DEADLINE_MS},
    };

    encode_puts(dataset, &transaction);
    memcpy(update.update.id.bytes, id_mark, REQUEST_ID_BYTES);
    update.update.transaction = buffer_bytes(&transaction);
    encode(&update, &dataset->frame);
    buffer_deinit(&transaction);
    find_places(dataset);
    dataset->id_at = find(&dataset->frame, id_mark, REQUEST_ID_BYTES);
    dataset->value_at =
        find(&dataset->frame, dataset->pool, dataset->value_bytes) -
        dataset->first_key_at;
}

void dataset_init_put(struct dataset *dataset, const struct server *server,
                      uint32_t keys, unsigned connections)
{
    init(dataset, server, keys, connections);
    dataset->key_count = 1;
    make_update(dataset);
}

void dataset_init_get(struct dataset *dataset, const struct server *server,
                      uint32_t keys, unsigned connections)
{
    const struct message get = {
        .type = MESSAGE_GET,
        .request = LOAD_REQUEST,
        .get = {.user = bytes_from_text(user_mark),
                .key = bytes_from_text("key--000000000")},
    };

    init(dataset, server, keys, connections);
    dataset->key_count = 1;
    encode(&get, &dataset->frame);
    find_places(dataset);
    dataset->id_at = 0;
}

void dataset_deinit(struct dataset *dataset)
{
    buffer_deinit(&dataset->frame);
    buffer_deinit(&dataset->hello);
}

/* ---- Requests ---- */

static struct bytes on_hello(void *owner)
{
    const struct dataset *dataset = owner;

    return buffer_bytes(&dataset->hello);
}

/* A connection has users of its own, as a device or a backend's shard has. */
static uint64_t random_key(struct dataset *dataset, size_t connection)
{
    uint64_t users = dataset->keys / BENCH_USER_KEYS;
    uint64_t share = users / dataset->connections;
    uint64_t user = prng_below(&dataset->prng, share > 0 ? share : users) *
                        (share > 0 ? dataset->connections : 1) +
                    (share > 0 ? connection : 0);

    return user * BENCH_USER_KEYS + prng_below(&dataset->prng, BENCH_USER_KEYS);
}

static void write_value(struct dataset *dataset, uint8_t *place)
{
    size_t from =
        prng_below(&dataset->prng, DATASET_POOL_BYTES - dataset->value_bytes);

    memcpy(place, dataset->pool + from, dataset->value_bytes);
}

static struct bytes on_next(void *owner, size_t connection)
{
    struct dataset *dataset = owner;
    uint8_t *frame = dataset->frame.data;
    uint64_t key;

    if (dataset->is_filling && dataset->next_key >= dataset->keys)
        return (struct bytes){0};
    key = dataset->is_filling ? dataset->next_key
                              : random_key(dataset, connection);
    dataset->next_key += dataset->key_count;
    write_digits(frame + dataset->user_at, key / BENCH_USER_KEYS);
    if (dataset->id_at > 0) {
        uint64_t id[2] = {prng_next(&dataset->prng), prng_next(&dataset->prng)};

        memcpy(frame + dataset->id_at, id, sizeof(id));
    }
    for (unsigned i = 0; i < dataset->key_count; i++) {
        uint8_t *place =
            frame + dataset->first_key_at + i * dataset->operation_bytes;

        write_digits(place, key + i);
        if (dataset->id_at > 0)
            write_value(dataset, place + dataset->value_at);
    }
    return buffer_bytes(&dataset->frame);
}

/* Of an answer that is not the one that was wanted. */
static void explain(struct bytes answer)
{
    static uint8_t block[CODEC_ARENA_BYTES_MAX];
    struct arena arena;
    struct message message;

    arena_init(&arena, block, sizeof(block));
    if (codec_decode(answer, &arena, &message) != DALV_OK)
        bench_give_up("answer", "malformed");
    if (message.type == MESSAGE_UPDATED)
        bench_give_up("UPDATED", status_text(message.updated.status));
    if (message.type == MESSAGE_REFUSED)
        bench_give_up("REFUSED", status_text(message.refused.status));
    bench_give_up(message_type_name(message.type), "without what was wanted");
}

bool dataset_is_done(const struct dataset *dataset, struct bytes answer)
{
    if (dataset->id_at > 0)
        return answer.size > HEADER_BYTES &&
               answer.data[1] == MESSAGE_UPDATED &&
               answer.data[HEADER_BYTES] != STATUS_TAG;
    return answer.data[1] == MESSAGE_GOT && answer.size > dataset->value_bytes;
}

static bool on_answer(void *owner, struct bytes answer)
{
    if (!dataset_is_done(owner, answer))
        explain(answer);
    return true;
}

struct load_source dataset_source(struct dataset *dataset)
{
    return (struct load_source){.owner = dataset,
                                .hello = on_hello,
                                .next = on_next,
                                .accepts = on_answer};
}

void dataset_fill(const struct server *server, uint32_t first, uint32_t end)
{
    const struct load_shape shape = {FILL_CONNECTIONS, FILL_DEPTH};
    struct dataset *dataset = calloc(1, sizeof(*dataset));
    struct load_result *result = calloc(1, sizeof(*result));
    struct load_source source;

    ASSERT(dataset != NULL && result != NULL);
    init(dataset, server, end, FILL_CONNECTIONS);
    dataset->key_count = BENCH_USER_KEYS;
    dataset->is_filling = true;
    dataset->next_key = first;
    make_update(dataset);
    source = dataset_source(dataset);
    load_run(&source, server->backend_port, shape, FILL_MS_MAX, result);
    dataset_deinit(dataset);
    free(result);
    free(dataset);
}
