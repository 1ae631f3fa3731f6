#include "bench/device.h"

#include "base/assert.h"
#include "model/change_format.h"
#include "model/transaction_format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_BYTES = 16,
    OPERATIONS_MAX = 100, /* Of one transaction. */
    MEMORY_BYTES = 4 << 20,
};

void device_open(struct device *device, const struct server *server,
                 const char *user, uint64_t install)
{
    memset(device, 0, sizeof(*device));
    device->push_first = 1;
    device->pushes = calloc(BOUNDS_SYNC_PUSHES_MAX, sizeof(*device->pushes));
    buffer_init(&device->memory);
    buffer_init(&device->resume);
    if (device->pushes == NULL ||
        buffer_reserve(&device->memory, MEMORY_BYTES) != DALV_OK)
        bench_give_up("device", "no memory");
    device->id = client_open_device(&device->client, server, user, install);
}

void device_close(struct device *device)
{
    client_close(&device->client);
    buffer_deinit(&device->memory);
    buffer_deinit(&device->resume);
    free(device->pushes);
}

void device_add_push(struct device *device, uint32_t first, unsigned count,
                     struct bytes value)
{
    struct operation operations[OPERATIONS_MAX];
    char keys[OPERATIONS_MAX][KEY_BYTES];
    struct transaction transaction = {
        .operations = operations,
        .operation_count = count,
        .local_id = ++device->local_id,
        .base_revision = device->cursor.revision,
    };
    struct buffer *memory = &device->memory;
    struct writer writer;

    ASSERT(count <= OPERATIONS_MAX &&
           device->push_count < BOUNDS_SYNC_PUSHES_MAX);
    for (unsigned i = 0; i < count; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "key--%09u", first + i);
        operations[i] = (struct operation){.type = OPERATION_PUT,
                                           .key = bytes_from_text(keys[i]),
                                           .value = value};
    }
    writer_init(&writer, memory->data + memory->size,
                memory->capacity - memory->size);
    if (transaction_encode(&transaction, &writer) != DALV_OK)
        bench_give_up("device", "a transaction does not encode");
    memory->size += writer.size;
    device->pushes[device->push_count++] = writer_bytes(&writer);
}

/* The server settles as many as it likes; the others go out again. */
static void on_pushed(struct device *device,
                      const struct message_synced *answer)
{
    uint64_t count = answer->settled + 1 - device->push_first;

    for (size_t i = 0; i < answer->outcome_count; i++)
        if (answer->outcomes[i].result == OUTCOME_REFUSED)
            bench_give_up("push", status_text(answer->outcomes[i].status));
    if (count == 0 || count > device->push_count)
        bench_give_up("push", "nothing was settled");
    for (size_t i = 0; i < count; i++)
        device->chain = chain_extend(device->chain, device->pushes[i]);
    device->push_first += count;
    device->confirmed = answer->settled;
    device->push_count -= count;
    memmove(device->pushes, device->pushes + count,
            device->push_count * sizeof(*device->pushes));
    if (device->push_count == 0)
        buffer_clear(&device->memory);
}

static void count_changes(struct device *device, struct bytes page)
{
    struct change_reader reader;
    struct change change;
    enum dalv_status status;

    change_reader_init(&reader, page);
    while ((status = change_next(&reader, &change)) == DALV_OK)
        device->received_count++;
    if (status != DALV_NOT_FOUND)
        bench_give_up("page", status_text(status));
}

static struct message ask(struct device *device, bool is_live,
                          struct bytes resume)
{
    struct message sync = {
        .type = MESSAGE_SYNC,
        .sync = {.device = device->id,
                 .cursor = device->cursor,
                 .confirmed = device->confirmed,
                 .push_first = device->push_first,
                 .chain = device->chain,
                 .pushes = device->pushes,
                 .push_count = device->push_count,
                 .resume = resume,
                 .is_live = is_live},
    };

    return client_ask(&device->client, &sync, MESSAGE_SYNCED);
}

bool device_sync(struct device *device, bool is_live)
{
    struct message answer = ask(device, is_live, (struct bytes){0});

    if (device->push_count > 0)
        on_pushed(device, &answer.synced);
    count_changes(device, answer.synced.page);
    if (answer.synced.is_whole)
        device->cursor = answer.synced.cursor;
    return answer.synced.is_whole;
}

void device_sync_whole(struct device *device)
{
    bool is_whole = false;

    while (!is_whole) {
        struct message answer =
            ask(device, false, buffer_bytes(&device->resume));

        count_changes(device, answer.synced.page);
        is_whole = answer.synced.is_whole;
        buffer_clear(&device->resume);
        buffer_put(&device->resume, answer.synced.resume);
        if (is_whole)
            device->cursor = answer.synced.cursor;
    }
}
