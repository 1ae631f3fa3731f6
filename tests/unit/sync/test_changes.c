#include "sync/changes.h"

#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>

/* The record of one transaction of a backend, still in the fixture's arena. */
static const struct user_record *record_of(struct fixture *fixture,
                                           const struct operation *operations,
                                           size_t count)
{
    CU_ASSERT_EQUAL(fixture_update(fixture, operations, count).status, DALV_OK);
    CU_ASSERT_EQUAL_FATAL(fixture->judge.record_count, 1);
    return &fixture->judge.records[0];
}

static void tells_keys_as_they_are_now(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operations[] = {put("a", "x"), increment("b", 3),
                                     del("c")};
    const struct user_record *record;
    struct changes changes;
    struct change change;

    (void)fixture_write(fixture, put("c", "old"));
    record = record_of(fixture, operations, 3);
    changes_init(&changes, record, (struct bytes){0});
    CU_ASSERT_TRUE_FATAL(changes_next(&changes, &change));
    CU_ASSERT_EQUAL(change.type, CHANGE_KEY);
    CU_ASSERT_EQUAL(change.state.kind, KEY_REGISTER);
    CU_ASSERT_EQUAL(change.state.revision, 2);
    CU_ASSERT_EQUAL(change.state.reset_revision, 2);
    CU_ASSERT_TRUE(bytes_equal(change.state.value, bytes_from_text("x")));
    CU_ASSERT_TRUE_FATAL(changes_next(&changes, &change));
    CU_ASSERT_EQUAL(change.state.kind, KEY_COUNTER);
    CU_ASSERT_EQUAL(change.state.number, 3);
    CU_ASSERT_EQUAL(change.state.reset_revision, 0);
    CU_ASSERT_TRUE_FATAL(changes_next(&changes, &change));
    CU_ASSERT_EQUAL(change.state.kind, KEY_NONE);
    CU_ASSERT_TRUE(bytes_equal(change.key, bytes_from_text("c")));
    CU_ASSERT_FALSE(changes_next(&changes, &change));
    fixture_destroy(&fixture);
}

static void tells_a_new_list_before_its_elements(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operations[] = {
        add_to_list("l", "x"), add_to_list("m", "y"), add_to_list("l", "z")};
    static const enum change_type expected[] = {
        CHANGE_KEY, CHANGE_ELEMENT, CHANGE_KEY, CHANGE_ELEMENT, CHANGE_ELEMENT};
    struct operation more = add_to_list("l", "w");
    struct changes changes;
    struct change change;

    changes_init(&changes, record_of(fixture, operations, 3),
                 (struct bytes){0});
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_TRUE_FATAL(changes_next(&changes, &change));
        CU_ASSERT_EQUAL(change.type, expected[i]);
    }
    CU_ASSERT_FALSE(changes_next(&changes, &change));
    changes_init(&changes, record_of(fixture, &more, 1), (struct bytes){0});
    CU_ASSERT_TRUE_FATAL(changes_next(&changes, &change));
    CU_ASSERT_EQUAL(change.type, CHANGE_ELEMENT);
    CU_ASSERT_EQUAL(change.element.generation, 1);
    CU_ASSERT_EQUAL(change.element.added_revision, 2);
    CU_ASSERT_FALSE(changes_next(&changes, &change));
    fixture_destroy(&fixture);
}

static void writes_what_begins_with_the_prefix(void)
{
    struct fixture *fixture = fixture_create();
    struct operation operations[] = {put("a/1", "x"), put("b/1", "y")};
    const struct user_record *record = record_of(fixture, operations, 2);
    struct change_writer changes;
    struct change_reader reader;
    struct change change;
    struct writer writer;
    uint8_t room[64];

    writer_init(&writer, room, sizeof(room));
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL(changes_write(record, bytes_from_text("b/"), &changes),
                    DALV_OK);
    CU_ASSERT_EQUAL(changes.count, 1);
    change_reader_init(&reader, writer_bytes(&writer));
    CU_ASSERT_EQUAL(change_next(&reader, &change), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(change.key, bytes_from_text("b/1")));
    writer_init(&writer, room, 8);
    change_writer_init(&changes, &writer);
    CU_ASSERT_EQUAL(changes_write(record, (struct bytes){0}, &changes),
                    DALV_TOO_BIG);
    fixture_destroy(&fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(tells_keys_as_they_are_now),
        SUITE_TEST(tells_a_new_list_before_its_elements),
        SUITE_TEST(writes_what_begins_with_the_prefix),
    };

    return SUITE_RUN("sync/changes", tests);
}
