/*
 * Whatever allocation fails, the SDK answers DALV_NO_MEMORY, stays whole, and
 * loses nothing that it had: each story is told with the first allocation
 * failing, then the second, and so on, until none does.
 *
 * The linker puts the functions below in the place of the C library's.
 */
#include "client/calls.h"
#include "client/event.h"
#include "client/transaction_builder.h"
#include "client/value_stream.h"
#include "model/change_format.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum {
    ATTEMPTS_MAX = 1000
};

/* How many allocations still succeed; negative: all of them. */
static int left = -1;

/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the
   linker's names, by --wrap. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool fails(void)
{
    if (left > 0)
        left--;
    else if (left == 0)
        return true;
    return false;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

typedef enum dalv_status story(void);

/* Tell it until nothing fails. What is lost on the way, a sanitizer finds. */
static void tell(story *tell_once)
{
    enum dalv_status status = DALV_NO_MEMORY;
    int attempt = 0;

    for (; status == DALV_NO_MEMORY && attempt < ATTEMPTS_MAX; attempt++) {
        left = attempt;
        status = tell_once();
        left = -1;
    }
    CU_ASSERT_EQUAL(status, DALV_OK);
    CU_ASSERT_TRUE(attempt > 1);
}

static enum dalv_status build(struct dalv_transaction *transaction)
{
    const struct dalv_element_id ids[] = {{1, 2, 3}, {1, 2, 4}};
    enum dalv_status status = DALV_OK;

    for (int i = 0; status == DALV_OK && i < 20; i++)
        status = dalv_transaction_put(transaction, dalv_text("key"),
                                      dalv_text("value"), NULL);
    if (status == DALV_OK)
        status = dalv_transaction_list_remove(transaction, dalv_text("list"),
                                              ids, 2);
    if (status == DALV_OK)
        status = dalv_transaction_if_absent(transaction, dalv_text("key"));
    return status;
}

static enum dalv_status build_and_encode(void)
{
    struct dalv_transaction *transaction = NULL;
    struct buffer bytes;
    struct transaction view;
    enum dalv_status status = dalv_transaction_create(&transaction);

    buffer_init(&bytes);
    if (status == DALV_OK)
        status = build(transaction);
    if (status == DALV_OK) {
        view = transaction_builder_view(transaction);
        status = transaction_builder_encode(&view, &bytes);
    }
    buffer_deinit(&bytes);
    dalv_transaction_destroy(&transaction);
    return status;
}

static void building_a_transaction(void)
{
    tell(build_and_encode);
}

/* A register and a list of twenty elements. */
static struct bytes make_page(void)
{
    static uint8_t memory[4096];
    struct writer writer;
    struct change_writer changes;
    struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text("a"),
        .state = {.kind = KEY_REGISTER, .value = bytes_from_text("value")},
    };

    writer_init(&writer, memory, sizeof(memory));
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL(change_put(&changes, &change), DALV_OK);
    change.key = bytes_from_text("list");
    change.state = (struct key_state){.kind = KEY_LIST, .generation = 1};
    CU_ASSERT_EQUAL(change_put(&changes, &change), DALV_OK);
    change.type = CHANGE_ELEMENT;
    for (uint64_t i = 1; i <= 20; i++) {
        change.element = (struct element_state){
            .dot = {0, i, 0},
            .generation = 1,
            .added_revision = i,
            .revision = i,
            .value = bytes_from_text("an element of some length"),
        };
        CU_ASSERT_EQUAL(change_put(&changes, &change), DALV_OK);
    }
    return writer_bytes(&writer);
}

static enum dalv_status copied;

static bool copy_value(void *owner, struct bytes key,
                       struct dalv_value **value_p)
{
    struct dalv_value *copy = NULL;

    (void)owner;
    (void)key;
    copied = value_copy(*value_p, &copy);
    dalv_value_destroy(&copy);
    return copied == DALV_OK;
}

static enum dalv_status read_values(void)
{
    struct value_stream stream;
    enum dalv_status status;

    copied = DALV_OK;
    value_stream_init(&stream, copy_value, NULL);
    status = value_stream_page(&stream, make_page());
    if (status == DALV_OK)
        value_stream_finish(&stream);
    value_stream_deinit(&stream);
    return status == DALV_OK ? copied : status;
}

static void reading_values(void)
{
    tell(read_values);
}

static enum dalv_status read_event(void)
{
    struct dalv_event event;
    enum dalv_status status;

    event_init(&event);
    status = event_read(&event, make_page());
    event_deinit(&event);
    return status;
}

static void reading_an_event(void)
{
    tell(read_event);
}

static void ignore(void *owner, const struct call_answer *answer)
{
    (void)owner;
    (void)answer;
}

static enum dalv_status ask(void)
{
    const struct message question = {
        .type = MESSAGE_GET,
        .get = {.user = bytes_from_text("anna"), .key = bytes_from_text("k")},
    };
    const struct call_request request = {
        .question = &question, .deadline_ms = 100, .handler = ignore};
    struct calls calls;
    enum dalv_status status = calls_init(&calls, 0, 7);

    if (status != DALV_OK)
        return status;
    status = calls_add(&calls, &request);
    CU_ASSERT_EQUAL(calls.count, status == DALV_OK ? 1 : 0);
    calls_deinit(&calls);
    return status;
}

static void asking(void)
{
    tell(ask);
}

static const struct suite_test tests[] = {
    SUITE_TEST(building_a_transaction),
    SUITE_TEST(reading_values),
    SUITE_TEST(reading_an_event),
    SUITE_TEST(asking),
};

int main(void)
{
    return SUITE_RUN("client/memory", tests);
}
