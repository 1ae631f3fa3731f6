#include "bench/put.h"

#include "base/clock.h"
#include "model/transaction_format.h"

#include <string.h>

enum {
    DEADLINE_MS = 20000,
    TRANSACTION_BYTES = 4096,
};

static void encode(struct put *put, size_t value_bytes)
{
    static const uint8_t value[TRANSACTION_BYTES / 2] = {7};
    const struct operation operation = {
        .type = OPERATION_PUT,
        .key = bytes_from_text("key--000000000"),
        .value = bytes_make(value, value_bytes),
    };
    const struct transaction transaction = {.operations = &operation,
                                            .operation_count = 1};
    uint8_t encoded[TRANSACTION_BYTES];
    struct writer writer;

    writer_init(&writer, encoded, sizeof(encoded));
    if (value_bytes > sizeof(value) ||
        transaction_encode(&transaction, &writer) != DALV_OK)
        bench_give_up("transaction", "does not encode");
    buffer_init(&put->transaction);
    buffer_put(&put->transaction, writer_bytes(&writer));
}

void put_open(struct put *put, const struct server *router, const char *user)
{
    memset(put, 0, sizeof(*put));
    put->user = user;
    prng_init(&put->prng, clock_wall_us());
    if (!client_open_backend(&put->client, router))
        bench_give_up("router", "takes no backend");
    encode(put, router->bench->plan.value_bytes);
}

void put_close(struct put *put)
{
    client_close(&put->client);
    buffer_deinit(&put->transaction);
}

enum dalv_status put_once(struct put *put)
{
    struct message update = {
        .type = MESSAGE_UPDATE,
        .update = {.user = bytes_from_text(put->user),
                   .deadline_ms = DEADLINE_MS,
                   .transaction = buffer_bytes(&put->transaction)},
    };
    uint64_t id[2] = {prng_next(&put->prng), prng_next(&put->prng)};
    struct message answer;

    memcpy(update.update.id.bytes, id, sizeof(id));
    client_send(&put->client, &update);
    answer = client_receive(&put->client);
    if (answer.type == MESSAGE_REFUSED)
        return answer.refused.status;
    if (answer.type != MESSAGE_UPDATED)
        bench_give_up("UPDATE", message_type_name(answer.type));
    return answer.updated.status;
}
