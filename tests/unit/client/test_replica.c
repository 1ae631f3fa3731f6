#include "client/replica.h"

#include "tests/support/memory_kv.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

/* A fixture is a replica on a map in memory, and a page to be written. */
struct fixture {
    struct memory_store *map;
    struct kv *kv;
    struct replica *replica;
    uint8_t page[1024];
    struct writer writer;
    struct change_writer changes;
    char told[128];
};

static struct fixture *begin(void)
{
    static struct fixture fixture;

    fixture = (struct fixture){.map = memory_store_create()};
    fixture.kv = memory_kv_open(fixture.map);
    CU_ASSERT_EQUAL_FATAL(replica_open(fixture.kv, &fixture.replica), DALV_OK);
    return &fixture;
}

static void close_all(struct fixture *fixture)
{
    replica_close(&fixture->replica);
    kv_close(&fixture->kv);
}

static void end(struct fixture *fixture)
{
    close_all(fixture);
    memory_store_destroy(&fixture->map);
}

static void crash(struct fixture *fixture)
{
    size_t synced = memory_store_synced_count(fixture->map);

    close_all(fixture);
    memory_store_crash(fixture->map, synced);
    fixture->kv = memory_kv_open(fixture->map);
    CU_ASSERT_EQUAL_FATAL(replica_open(fixture->kv, &fixture->replica),
                          DALV_OK);
}

static void begin_page(struct fixture *fixture)
{
    writer_init(&fixture->writer, fixture->page, sizeof(fixture->page));
    change_writer_init(&fixture->changes, &fixture->writer);
}

static void put_change(struct fixture *fixture, const struct change *change)
{
    CU_ASSERT_EQUAL(change_put(&fixture->changes, change), DALV_OK);
}

static void put_key(struct fixture *fixture, const char *key, const char *value,
                    uint64_t revision)
{
    put_change(
        fixture,
        &(struct change){
            .type = CHANGE_KEY,
            .key = bytes_from_text(key),
            .state = {.kind = value == NULL ? KEY_NONE : KEY_REGISTER,
                      .revision = revision,
                      .reset_revision = revision,
                      .value = bytes_from_text(value == NULL ? "" : value)}});
}

static void put_list(struct fixture *fixture, const char *key,
                     uint64_t generation)
{
    put_change(fixture, &(struct change){.type = CHANGE_KEY,
                                         .key = bytes_from_text(key),
                                         .state = {.kind = KEY_LIST,
                                                   .revision = generation,
                                                   .generation = generation}});
}

static void put_element(struct fixture *fixture, const char *key,
                        uint64_t generation, uint64_t revision)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "e%u", (unsigned)revision);
    put_change(fixture,
               &(struct change){.type = CHANGE_ELEMENT,
                                .key = bytes_from_text(key),
                                .element = {.dot = {1, revision, 0},
                                            .generation = generation,
                                            .added_revision = revision,
                                            .revision = revision,
                                            .value = bytes_from_text(text)}});
}

static void remove_element(struct fixture *fixture, const char *key,
                           uint64_t generation, uint64_t added)
{
    put_change(fixture, &(struct change){.type = CHANGE_ELEMENT,
                                         .key = bytes_from_text(key),
                                         .element = {.dot = {1, added, 0},
                                                     .generation = generation,
                                                     .added_revision = added,
                                                     .revision = added + 50,
                                                     .is_removed = true}});
}

static void stage(struct fixture *fixture, const char *note)
{
    CU_ASSERT_EQUAL(replica_stage(fixture->replica,
                                  writer_bytes(&fixture->writer),
                                  bytes_from_text(note)),
                    DALV_OK);
}

static void tell(void *owner, struct bytes key)
{
    struct fixture *fixture = owner;
    size_t size = strlen(fixture->told);

    (void)snprintf(fixture->told + size, sizeof(fixture->told) - size, "%.*s ",
                   (int)key.size, (const char *)key.data);
}

static void show(struct fixture *fixture, uint64_t revision)
{
    const struct replica_state state = {.cursor = {70, revision}};

    fixture->told[0] = '\0';
    CU_ASSERT_EQUAL(replica_show(fixture->replica, &state,
                                 bytes_from_text("to do"), tell, fixture),
                    DALV_OK);
}

static void show_page(struct fixture *fixture, uint64_t revision)
{
    stage(fixture, "");
    show(fixture, revision);
}

/* "value", "[e1 e2]" or "-". */
static const char *seen(struct fixture *fixture, const char *key)
{
    static char text[128];
    struct key_value value;

    key_value_init(&value);
    CU_ASSERT_EQUAL(replica_get(fixture->replica, bytes_from_text(key), &value),
                    DALV_OK);
    (void)snprintf(text, sizeof(text), "%s",
                   value.state.kind == KEY_NONE ? "-" : "[");
    if (value.state.kind == KEY_REGISTER)
        (void)snprintf(text, sizeof(text), "%.*s", (int)value.state.value.size,
                       (const char *)value.state.value.data);
    for (size_t i = 0; i < value.element_count; i++) {
        size_t size = strlen(text);

        (void)snprintf(text + size, sizeof(text) - size, "%s%.*s",
                       i > 0 ? " " : "", (int)value.elements[i].value.size,
                       (const char *)value.elements[i].value.data);
    }
    if (value.state.kind == KEY_LIST)
        (void)snprintf(text + strlen(text), 2, "]");
    key_value_deinit(&value);
    return text;
}

static void shows_all_that_was_staged_at_once(void)
{
    struct fixture *fixture = begin();
    struct buffer note;

    buffer_init(&note);
    begin_page(fixture);
    put_key(fixture, "a", "one", 1);
    put_list(fixture, "l", 2);
    stage(fixture, "first");
    begin_page(fixture);
    put_element(fixture, "l", 2, 2);
    put_element(fixture, "l", 2, 3);
    put_key(fixture, "a", "two", 4);
    stage(fixture, "second");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "-");
    CU_ASSERT_EQUAL(replica_note(fixture->replica, &note), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(buffer_bytes(&note), bytes_from_text("second")));
    show(fixture, 4);
    crash(fixture);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "two");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "l"), "[e2 e3]");
    CU_ASSERT_EQUAL(replica_state(fixture->replica)->cursor.revision, 4);
    CU_ASSERT_EQUAL(replica_state(fixture->replica)->key_count, 2);
    CU_ASSERT_EQUAL(replica_note(fixture->replica, &note), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(replica_settlement(fixture->replica, &note), DALV_OK);
    CU_ASSERT_TRUE(bytes_equal(buffer_bytes(&note), bytes_from_text("to do")));
    CU_ASSERT_STRING_EQUAL(fixture->told, "a l ");
    buffer_deinit(&note);
    end(fixture);
}

static void changes_a_list_element_by_element(void)
{
    struct fixture *fixture = begin();
    struct key_value value;

    begin_page(fixture);
    put_list(fixture, "l", 2);
    for (uint64_t revision = 2; revision < 5; revision++)
        put_element(fixture, "l", 2, revision);
    show_page(fixture, 5);
    begin_page(fixture);
    put_element(fixture, "l", 2, 9);
    remove_element(fixture, "l", 2, 3);
    show_page(fixture, 60);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "l"), "[e2 e4 e9]");
    CU_ASSERT_STRING_EQUAL(fixture->told, "l ");
    key_value_init(&value);
    CU_ASSERT_EQUAL(replica_get(fixture->replica, bytes_from_text("l"), &value),
                    DALV_OK);
    CU_ASSERT_EQUAL(value.state.revision, 53);
    key_value_deinit(&value);
    end(fixture);
}

/* Another list under the key, then none: nothing of the older one is left. */
static void drops_the_elements_of_a_list_that_ended(void)
{
    struct fixture *fixture = begin();

    begin_page(fixture);
    put_list(fixture, "l", 2);
    put_element(fixture, "l", 2, 2);
    show_page(fixture, 2);
    begin_page(fixture);
    put_list(fixture, "l", 6);
    put_element(fixture, "l", 6, 6);
    put_element(fixture, "l", 2, 5);
    show_page(fixture, 6);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "l"), "[e6]");
    begin_page(fixture);
    put_key(fixture, "l", NULL, 7);
    show_page(fixture, 7);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "l"), "-");
    CU_ASSERT_EQUAL(replica_state(fixture->replica)->key_count, 0);
    begin_page(fixture);
    put_list(fixture, "l", 6);
    show_page(fixture, 8);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "l"), "[]");
    end(fixture);
}

static struct replica_place at(const char *key)
{
    return (struct replica_place){.key = bytes_from_text(key)};
}

static void stage_span(struct fixture *fixture, struct replica_place from,
                       struct replica_place to)
{
    const struct replica_span span = {.from = from, .to = to};

    CU_ASSERT_EQUAL(replica_stage_span(fixture->replica, &span,
                                       writer_bytes(&fixture->writer),
                                       bytes_from_text("note")),
                    DALV_OK);
}

/* What a range lacks is gone; what is outside of it stays. */
static void infers_removals_within_a_span_only(void)
{
    static const char *const keys[] = {"a", "b", "c", "d", "e"};
    struct fixture *fixture = begin();

    begin_page(fixture);
    for (size_t i = 0; i < 5; i++)
        put_key(fixture, keys[i], "old", i + 1);
    show_page(fixture, 5);
    begin_page(fixture);
    put_key(fixture, "bb", "new", 9);
    put_key(fixture, "c", "new", 8);
    stage_span(fixture, at("a"), at("d"));
    show(fixture, 9);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "old");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "b"), "-");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "bb"), "new");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "c"), "new");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "d"), "-");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "e"), "old");
    CU_ASSERT_EQUAL(replica_state(fixture->replica)->key_count, 4);
    begin_page(fixture);
    stage_span(fixture, at("c"), at(""));
    show(fixture, 10);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "c"), "new");
    CU_ASSERT_STRING_EQUAL(seen(fixture, "e"), "-");
    end(fixture);
}

/* Two pages that meet inside a list: each speaks for its part. */
static void infers_removals_inside_a_list(void)
{
    struct fixture *fixture = begin();
    struct replica_place middle = at("l");

    begin_page(fixture);
    put_list(fixture, "l", 2);
    for (uint64_t revision = 2; revision < 8; revision++)
        put_element(fixture, "l", 2, revision);
    show_page(fixture, 8);
    middle.has_dot = true;
    middle.dot = (struct dot){1, 4, 0};
    begin_page(fixture);
    put_list(fixture, "l", 2);
    put_element(fixture, "l", 2, 3);
    put_element(fixture, "l", 2, 4);
    stage_span(fixture, at(""), middle);
    begin_page(fixture);
    put_element(fixture, "l", 2, 7);
    stage_span(fixture, middle, at(""));
    show(fixture, 9);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "l"), "[e3 e4 e7]");
    end(fixture);
}

/* Keys with zeros in them stand in the order of keys all the same. */
static void keeps_keys_of_any_bytes_apart(void)
{
    struct fixture *fixture = begin();
    struct change list = {
        .type = CHANGE_KEY,
        .state = {.kind = KEY_LIST, .revision = 1, .generation = 1}};
    struct change element = {.type = CHANGE_ELEMENT,
                             .element = {.dot = {1, 1, 0},
                                         .generation = 1,
                                         .added_revision = 1,
                                         .revision = 1,
                                         .value = bytes_from_text("x")}};
    struct key_value value;

    begin_page(fixture);
    for (size_t size = 1; size <= 3; size++) {
        list.key = element.key = bytes_make("a\0\0", size);
        put_change(fixture, &list);
        put_change(fixture, &element);
    }
    show_page(fixture, 1);
    for (size_t size = 1; size <= 3; size++) {
        key_value_init(&value);
        CU_ASSERT_EQUAL(
            replica_get(fixture->replica, bytes_make("a\0\0", size), &value),
            DALV_OK);
        CU_ASSERT_EQUAL(value.element_count, 1);
        key_value_deinit(&value);
    }
    end(fixture);
}

/* The same keys, elements and revisions on the other side give the same. */
static void digests_what_is_shown(void)
{
    struct fixture *fixture = begin();
    struct digest expected;
    struct digest found;
    const struct key_state a = {
        .kind = KEY_REGISTER, .revision = 1, .value = bytes_from_text("one")};
    const struct key_state l = {
        .kind = KEY_LIST, .revision = 99, .generation = 2};
    const struct element_state element = {.dot = {1, 3, 0},
                                          .generation = 2,
                                          .added_revision = 3,
                                          .value = bytes_from_text("e3")};

    begin_page(fixture);
    put_key(fixture, "a", "one", 1);
    put_list(fixture, "l", 2);
    put_element(fixture, "l", 2, 3);
    put_key(fixture, "z", "last", 4);
    show_page(fixture, 4);
    digest_init(&expected);
    digest_put_key(&expected, bytes_from_text("a"), &a);
    digest_put_key(&expected, bytes_from_text("l"), &l);
    digest_put_element(&expected, &element);
    CU_ASSERT_EQUAL(replica_digest(fixture->replica, bytes_from_text(""),
                                   bytes_from_text("y"), &found),
                    DALV_OK);
    CU_ASSERT_EQUAL(found.hash, expected.hash);
    CU_ASSERT_EQUAL(found.count, 3);
    CU_ASSERT_EQUAL(replica_digest(fixture->replica, bytes_from_text("l"),
                                   bytes_from_text(""), &found),
                    DALV_OK);
    CU_ASSERT_EQUAL(found.count, 1);
    end(fixture);
}

static void refuses_a_page_that_is_malformed(void)
{
    struct fixture *fixture = begin();

    begin_page(fixture);
    put_key(fixture, "a", "one", 1);
    CU_ASSERT_EQUAL(
        replica_stage(fixture->replica,
                      bytes_make(fixture->page, fixture->writer.size - 1),
                      bytes_from_text("note")),
        DALV_PROTOCOL);
    show(fixture, 1);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "-");
    end(fixture);
}

static void forgets_what_is_staged_and_all(void)
{
    struct fixture *fixture = begin();

    begin_page(fixture);
    put_key(fixture, "a", "one", 1);
    show_page(fixture, 1);
    begin_page(fixture);
    put_key(fixture, "a", "two", 2);
    stage(fixture, "note");
    CU_ASSERT_EQUAL(replica_unstage(fixture->replica), DALV_OK);
    show(fixture, 2);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "one");
    stage(fixture, "note");
    CU_ASSERT_EQUAL(replica_reset(fixture->replica), DALV_OK);
    crash(fixture);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "-");
    CU_ASSERT_EQUAL(replica_state(fixture->replica)->cursor.history_id, 0);
    show(fixture, 3);
    CU_ASSERT_STRING_EQUAL(seen(fixture, "a"), "-");
    end(fixture);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(shows_all_that_was_staged_at_once),
        SUITE_TEST(changes_a_list_element_by_element),
        SUITE_TEST(drops_the_elements_of_a_list_that_ended),
        SUITE_TEST(infers_removals_within_a_span_only),
        SUITE_TEST(infers_removals_inside_a_list),
        SUITE_TEST(keeps_keys_of_any_bytes_apart),
        SUITE_TEST(digests_what_is_shown),
        SUITE_TEST(refuses_a_page_that_is_malformed),
        SUITE_TEST(forgets_what_is_staged_and_all),
    };

    return SUITE_RUN("client/replica", tests);
}
