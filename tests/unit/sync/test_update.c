#include "sync/update.h"

#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>

static struct update_answer ask(struct fixture *fixture,
                                const struct update *update)
{
    struct update_answer answer = {.status = DALV_INTERNAL};

    fixture_begin(fixture);
    CU_ASSERT_EQUAL(update_want(update, &fixture->view), DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, update, &answer), DALV_OK);
    fixture_end(fixture);
    return answer;
}

static int64_t number_at(struct bytes numbers, size_t index)
{
    struct reader reader;

    reader_init(&reader, numbers);
    for (size_t i = 0; i < index; i++)
        (void)reader_i64(&reader);
    return reader_i64(&reader);
}

static void tells_what_increments_gave(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operations[] = {increment("a", 5), put("b", "x"),
                                     increment("a", -7)};
    struct update_answer answer = fixture_update(fixture, operations, 3);

    CU_ASSERT_EQUAL_FATAL(answer.numbers.size, 16);
    CU_ASSERT_EQUAL(number_at(answer.numbers, 0), 5);
    CU_ASSERT_EQUAL(number_at(answer.numbers, 1), -2);
    fixture_destroy(&fixture);
}

static void answers_a_retry_with_the_same(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = increment("a", 5);
    struct update update = {
        .id = {{1, 2, 3}},
        .body = bytes_from_text("increment"),
        .transaction = {.operations = &operation, .operation_count = 1}};
    struct update_answer first = ask(fixture, &update);
    struct update_answer again;

    (void)fixture_write(fixture, increment("a", 1));
    again = ask(fixture, &update);
    CU_ASSERT_FALSE(first.is_repeated);
    CU_ASSERT_TRUE(again.is_repeated);
    CU_ASSERT_EQUAL(again.status, DALV_OK);
    CU_ASSERT_EQUAL(again.revision, 1);
    CU_ASSERT_EQUAL(number_at(again.numbers, 0), 5);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "a")->state.number, 6);
    fixture_destroy(&fixture);
}

/* The key is there by then, but the first answer was that it is not. */
static void repeats_a_refusal_in_the_same_batch(void)
{
    struct fixture *fixture = fixture_create();
    struct precondition wants_two = {.type = PRECONDITION_REVISION,
                                     .key = bytes_from_text("a"),
                                     .revision = 2};
    struct operation operations[] = {put("a", "mine"), put("a", "theirs")};
    struct update mine = {.id = {{0xF1}},
                          .body = bytes_from_text("mine"),
                          .transaction = {.operations = &operations[0],
                                          .operation_count = 1,
                                          .preconditions = &wants_two,
                                          .precondition_count = 1}};
    struct update theirs = {
        .id = {{0xF2}},
        .body = bytes_from_text("theirs"),
        .transaction = {.operations = &operations[1], .operation_count = 1}};
    struct update_answer answer;

    (void)fixture_write(fixture, put("a", "first"));
    fixture_begin(fixture);
    CU_ASSERT_EQUAL(update_want(&mine, &fixture->view), DALV_OK);
    CU_ASSERT_EQUAL(update_want(&theirs, &fixture->view), DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &mine, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.status, DALV_PRECONDITION);
    CU_ASSERT_TRUE(answer.is_unlogged);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &theirs, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.revision, 2);
    CU_ASSERT_FALSE(answer.is_unlogged);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &mine, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.status, DALV_PRECONDITION);
    CU_ASSERT_TRUE(answer.is_repeated);
    fixture_end(fixture);
    fixture_destroy(&fixture);
}

static void refuses_what_could_not_be_read(void)
{
    struct fixture *fixture = fixture_create();
    struct update update = {
        .id = {{0xF1}}, .status = DALV_NOT_PERMITTED, .operation = 3};
    struct update_answer answer = ask(fixture, &update);

    CU_ASSERT_EQUAL(answer.status, DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(answer.operation, 3);
    CU_ASSERT_TRUE(answer.is_unlogged);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 0);
    fixture_destroy(&fixture);
}

static void answers_a_retry_in_the_same_batch(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = increment("a", 5);
    struct update update = {
        .id = {{0xF1}},
        .transaction = {.operations = &operation, .operation_count = 1}};
    struct update_answer answer;

    fixture_begin(fixture);
    CU_ASSERT_EQUAL(update_want(&update, &fixture->view), DALV_OK);
    CU_ASSERT_EQUAL(update_want(&update, &fixture->view), DALV_OK);
    fixture_fill(fixture);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &update, &answer), DALV_OK);
    CU_ASSERT_EQUAL(update_judge(&fixture->judge, &update, &answer), DALV_OK);
    fixture_end(fixture);
    CU_ASSERT_TRUE(answer.is_repeated);
    CU_ASSERT_EQUAL(answer.revision, 1);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "a")->state.number, 5);
    fixture_destroy(&fixture);
}

static void refuses_one_id_for_two_requests(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = increment("a", 5);
    struct update update = {
        .id = {{0xF1}},
        .body = bytes_from_text("one"),
        .transaction = {.operations = &operation, .operation_count = 1}};

    (void)ask(fixture, &update);
    update.body = bytes_from_text("two");
    CU_ASSERT_EQUAL(ask(fixture, &update).status, DALV_INVALID);
    CU_ASSERT_EQUAL(store_key(&fixture->store, "a")->state.number, 5);
    fixture_destroy(&fixture);
}

static enum dalv_status ask_if(struct fixture *fixture,
                               struct precondition precondition)
{
    struct operation operation = put("a", "x");
    struct precondition first = {.type = PRECONDITION_ABSENT,
                                 .key = bytes_from_text("never")};
    struct precondition both[] = {first, precondition};
    struct update update = {.id = {{(uint8_t)++fixture->request_next}},
                            .transaction = {.operations = &operation,
                                            .operation_count = 1,
                                            .preconditions = both,
                                            .precondition_count = 2}};
    struct update_answer answer = ask(fixture, &update);

    if (answer.status != DALV_OK)
        CU_ASSERT_EQUAL(answer.operation, 1);
    return answer.status;
}

static void holds_to_preconditions(void)
{
    struct fixture *fixture = fixture_create();
    struct precondition absent = {.type = PRECONDITION_ABSENT,
                                  .key = bytes_from_text("a")};
    struct precondition at = {.type = PRECONDITION_REVISION,
                              .key = bytes_from_text("a")};

    CU_ASSERT_EQUAL(ask_if(fixture, absent), DALV_OK);
    CU_ASSERT_EQUAL(ask_if(fixture, absent), DALV_PRECONDITION);
    CU_ASSERT_EQUAL(ask_if(fixture, at), DALV_PRECONDITION);
    at.revision = 1;
    CU_ASSERT_EQUAL(ask_if(fixture, at), DALV_OK);
    CU_ASSERT_EQUAL(ask_if(fixture, at), DALV_PRECONDITION);
    (void)fixture_write(fixture, del("a"));
    /* A key that is absent is at revision 0, whenever it went. */
    at.revision = 3;
    CU_ASSERT_EQUAL(ask_if(fixture, at), DALV_PRECONDITION);
    at.revision = 0;
    CU_ASSERT_EQUAL(ask_if(fixture, at), DALV_OK);
    fixture_destroy(&fixture);
}

static void says_when_nothing_was_found(void)
{
    struct fixture *fixture = fixture_create();
    struct dot dot = {.local_id = 9};
    struct operation one = del("a");
    struct operation removal = remove_from_list("a", &dot, 1);
    struct operation both[] = {del("a"), del("b")};

    CU_ASSERT_EQUAL(fixture_update(fixture, &one, 1).status, DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(fixture_update(fixture, &removal, 1).status,
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(fixture_update(fixture, both, 2).status, DALV_OK);
    CU_ASSERT_EQUAL(fixture->store.user.revision, 0);
    (void)fixture_write(fixture, put("b", "x"));
    CU_ASSERT_EQUAL(fixture_update(fixture, both, 2).revision, 2);
    fixture_destroy(&fixture);
}

/* What was refused left no record: it may be tried again, and succeed. */
static void remembers_no_refusal(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operation = add("a", "x");
    struct update update = {
        .id = {{0xF1}},
        .transaction = {.operations = &operation, .operation_count = 1}};

    (void)fixture_write(fixture, put("a", "old"));
    CU_ASSERT_EQUAL(ask(fixture, &update).status, DALV_OCCUPIED);
    (void)fixture_write(fixture, del("a"));
    CU_ASSERT_EQUAL(ask(fixture, &update).status, DALV_OK);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(tells_what_increments_gave),
        SUITE_TEST(answers_a_retry_with_the_same),
        SUITE_TEST(answers_a_retry_in_the_same_batch),
        SUITE_TEST(repeats_a_refusal_in_the_same_batch),
        SUITE_TEST(refuses_what_could_not_be_read),
        SUITE_TEST(refuses_one_id_for_two_requests),
        SUITE_TEST(holds_to_preconditions),
        SUITE_TEST(says_when_nothing_was_found),
        SUITE_TEST(remembers_no_refusal),
    };

    return SUITE_RUN("sync/update", tests);
}
