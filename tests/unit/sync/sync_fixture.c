#include "tests/unit/sync/sync_fixture.h"

#include "base/assert.h"
#include "model/transaction_format.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 8 << 20,
    RECORDS_MAX = 64,
    START_US = 1000000,
    STEP_US = 1000,
};

struct fixture *fixture_create(void)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    ASSERT(fixture != NULL);
    store_init(&fixture->store);
    fixture->policy = policy_default();
    fixture->now_us = START_US;
    fixture->history_id_next = 71;
    fixture->record_max = RECORDS_MAX;
    fixture->memory = malloc(ARENA_BYTES);
    fixture->push_memory = malloc(ARENA_BYTES);
    ASSERT(fixture->memory != NULL && fixture->push_memory != NULL);
    arena_init(&fixture->pushes, fixture->push_memory, ARENA_BYTES);
    return fixture;
}

void fixture_destroy(struct fixture **fixture_p)
{
    struct fixture *fixture = *fixture_p;

    *fixture_p = NULL;
    if (fixture == NULL)
        return;
    free(fixture->memory);
    free(fixture->push_memory);
    free(fixture);
}

void fixture_begin(struct fixture *fixture)
{
    static const struct user_view_bounds bounds = {
        .keys = 4096, .elements = 4096, .devices = 4, .requests = 4};

    arena_init(&fixture->arena, fixture->memory, ARENA_BYTES);
    ASSERT(user_view_init(&fixture->view, &fixture->arena,
                          bytes_from_text("ada"), &bounds) == DALV_OK);
}

void fixture_fill(struct fixture *fixture)
{
    struct judge_options options = {
        .policy = &fixture->policy,
        .now_us = fixture->now_us,
        .history_id_next = fixture->history_id_next,
        .log_index = fixture->store.log_index + 1,
        .record_max = fixture->record_max,
    };

    fixture->now_us += STEP_US;
    fixture->history_id_next += 2;
    ASSERT(user_view_prepare(&fixture->view) == DALV_OK);
    store_fill(&fixture->store, &fixture->view);
    ASSERT(judge_init(&fixture->judge, &fixture->view, &options) == DALV_OK);
}

void fixture_end(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->judge.record_count; i++) {
        const char *wrong =
            store_apply(&fixture->store, &fixture->judge.records[i]);

        if (wrong != NULL)
            printf("record %zu: %s\n", i, wrong);
        CU_ASSERT_PTR_NULL(wrong);
    }
}

uint64_t fixture_open(struct fixture *fixture, uint8_t install)
{
    struct install_id id = {.bytes = {install}};
    struct device_opened opened;

    fixture_begin(fixture);
    ASSERT(user_view_want_device(&fixture->view, 0, &id) == DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(device_open(&fixture->judge, &id, &opened), DALV_OK);
    CU_ASSERT_EQUAL(opened.status, DALV_OK);
    fixture_end(fixture);
    ASSERT(opened.device < FIXTURE_DEVICES_MAX);
    if (fixture->devices[opened.device].number_next == 0)
        fixture->devices[opened.device] =
            (struct fixture_device){.number_next = 1, .local_id_next = 1};
    return opened.device;
}

struct update_answer fixture_update(struct fixture *fixture,
                                    const struct operation *operations,
                                    size_t count)
{
    struct update update = {
        .body = bytes_from_text("a body"),
        .transaction = {.operations = operations, .operation_count = count},
    };
    struct update_answer answer;

    fixture->request_next++;
    memcpy(update.id.bytes, &fixture->request_next,
           sizeof(fixture->request_next));
    fixture_begin(fixture);
    ASSERT(update_want(&update, &fixture->view) == DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &update, &answer), DALV_OK);
    fixture_end(fixture);
    return answer;
}

uint64_t fixture_write(struct fixture *fixture, struct operation operation)
{
    struct update_answer answer = fixture_update(fixture, &operation, 1);

    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    return answer.revision;
}

void fixture_sync_init(struct fixture *fixture, uint64_t device,
                       uint64_t cursor, struct fixture_sync *out_sync)
{
    const struct fixture_device *state = &fixture->devices[device];

    memset(out_sync, 0, sizeof(*out_sync));
    out_sync->message = (struct message_sync){
        .device = device,
        .cursor = {.history_id =
                       cursor == 0 ? 0 : fixture->store.user.history_id,
                   .revision = cursor},
        .push_first = state->number_next,
        .chain = state->chain,
        .pushes = out_sync->pushes,
    };
}

void fixture_sync_add_transaction(struct fixture *fixture,
                                  struct fixture_sync *sync,
                                  const struct transaction *transaction)
{
    struct arena *arena = &fixture->pushes;
    struct writer writer;
    struct bytes encoded;
    static uint8_t room[FIXTURE_PUSH_BYTES_MAX];

    ASSERT(sync->message.push_count < FIXTURE_PUSHES_MAX);
    writer_init(&writer, room, sizeof(room));
    ASSERT(transaction_encode(transaction, &writer) == DALV_OK);
    ASSERT(arena_copy(arena, writer_bytes(&writer), &encoded));
    sync->pushes[sync->message.push_count++] = encoded;
}

void fixture_sync_add(struct fixture *fixture, uint64_t device,
                      struct fixture_sync *sync, struct operation operation)
{
    struct transaction transaction = {
        .operations = &operation,
        .operation_count = 1,
        .local_id = fixture->devices[device].local_id_next++,
        .base_revision = sync->message.cursor.revision,
    };

    fixture_sync_add_transaction(fixture, sync, &transaction);
}

struct push_answer fixture_sync_send(struct fixture *fixture, uint64_t device,
                                     const struct fixture_sync *sync)
{
    struct message_sync message = sync->message;
    struct push_request request;
    struct push_answer answer = {.status = DALV_INTERNAL};

    message.pushes = sync->pushes;
    fixture_begin(fixture);
    ASSERT(push_want(&request, device, &message, &fixture->view) == DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(push_judge(&fixture->judge, &request, &answer), DALV_OK);
    fixture_end(fixture);
    return answer;
}

void fixture_sync_done(struct fixture *fixture, uint64_t device,
                       const struct fixture_sync *sync)
{
    struct fixture_device *state = &fixture->devices[device];

    for (size_t i = 0; i < sync->message.push_count; i++)
        state->chain = chain_extend(state->chain, sync->pushes[i]);
    state->number_next += sync->message.push_count;
}

struct outcome fixture_push(struct fixture *fixture, uint64_t device,
                            uint64_t base, const struct operation *operations,
                            size_t count)
{
    uint64_t number = fixture->devices[device].number_next;
    struct transaction transaction = {
        .operations = operations,
        .operation_count = count,
        .local_id = fixture->devices[device].local_id_next++,
        .base_revision = base,
    };
    struct outcome outcome = {.push_number = number, .result = OUTCOME_APPLIED};
    struct fixture_sync sync;
    struct push_answer answer;

    fixture_sync_init(fixture, device, base, &sync);
    sync.message.confirmed = number - 1;
    fixture_sync_add_transaction(fixture, &sync, &transaction);
    answer = fixture_sync_send(fixture, device, &sync);
    fixture_sync_done(fixture, device, &sync);
    CU_ASSERT_EQUAL(answer.status, DALV_OK);
    CU_ASSERT_EQUAL(answer.settled, number);
    if (answer.outcome_count > 0)
        outcome = answer.outcomes[0];
    else if (answer.applied_count > 0)
        outcome.revision = answer.applied[0];
    return outcome;
}
