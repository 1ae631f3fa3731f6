/*
 * The ready-made merge, asked as the sync machine asks it: what was there when
 * the device changed it, what it did, and what others made of it meanwhile.
 */
#include "base/assert.h"
#include "client/device_conflict.h"
#include "client/key_value.h"
#include "tests/support/operations.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* One key, "note". NULL is absent. */
struct story {
    struct key_value base;
    struct key_value theirs;
    struct device_resolver resolver;
    struct sync_answer answer;
};

static void set_register(struct key_value *value, const char *text)
{
    struct key_state state = {.kind = KEY_REGISTER, .revision = 1};

    key_value_init(value);
    if (text == NULL)
        return;
    state.value = bytes_from_text(text);
    ASSERT(key_value_set_state(value, &state) == DALV_OK);
}

/* A letter for each element; its dot is that of device 1 and the letter. */
static void set_list(struct key_value *value, const char *letters)
{
    const struct key_state state = {.kind = KEY_LIST, .revision = 1};

    key_value_init(value);
    ASSERT(key_value_set_state(value, &state) == DALV_OK);
    for (; *letters != '\0'; letters++) {
        const struct element_state element = {.dot = {1, (uint64_t)*letters, 0},
                                              .added_revision = 1,
                                              .value = bytes_make(letters, 1)};

        ASSERT(key_value_add_element(value, &element) == DALV_OK);
    }
}

static enum sync_resolution resolve(struct story *story,
                                    const struct operation *operations,
                                    size_t count)
{
    const struct sync_conflict conflict = {
        .key = bytes_from_text("note"),
        .local_id = 9,
        .base = &story->base,
        .theirs = &story->theirs,
        .operations = operations,
        .operation_count = count,
    };

    device_resolver_init(&story->resolver, dalv_resolve_merge, NULL);
    device_resolver_call(&story->resolver, &conflict, &story->answer);
    return story->answer.resolution;
}

static void end(struct story *story)
{
    device_resolver_deinit(&story->resolver);
    key_value_deinit(&story->base);
    key_value_deinit(&story->theirs);
}

/* What a PUT of `mine` becomes; "later" if it waits for the application. */
static void expect(const char *base, const char *mine, const char *theirs,
                   const char *merged)
{
    const struct operation ours = put("note", mine);
    struct story story;
    enum sync_resolution resolution;

    set_register(&story.base, base);
    set_register(&story.theirs, theirs);
    resolution = resolve(&story, &ours, 1);
    if (strcmp(merged, "later") == 0) {
        CU_ASSERT_EQUAL(resolution, SYNC_RESOLVE_LATER);
    } else if (resolution != SYNC_RESOLVE_ANSWER) {
        CU_FAIL("it was to be merged");
    } else {
        CU_ASSERT_EQUAL(story.answer.operation_count, 1);
        CU_ASSERT(bytes_equal(story.answer.operations[0].value,
                              bytes_from_text(merged)));
    }
    end(&story);
}

static void takes_each_member_from_who_changed_it(void)
{
    expect("{\"a\":1,\"b\":1}", "{\"a\":2,\"b\":1}", "{\"a\":1,\"b\":3}",
           "{\"a\":2,\"b\":3}");
    expect("{\"a\":1,\"b\":1}", "{\"b\":1}", "{\"a\":1,\"b\":1,\"c\":4}",
           "{\"b\":1,\"c\":4}");
    expect("{\"a\":1}", "{\"a\":1,\"m\":5}", "{}", "{\"m\":5}");
    expect("{\"a\":1}", "{\"a\":2}", "{\"a\":2,\"b\":0}", "{\"a\":2,\"b\":0}");
}

/* Nobody had the key before: what only one of them has is theirs to keep. */
static void merges_two_that_began_with_nothing(void)
{
    expect(NULL, "{\"a\":1}", "{\"b\":2}", "{\"b\":2,\"a\":1}");
    expect(NULL, "{\"a\":1,\"b\":2}", "{\"a\":1}", "{\"a\":1,\"b\":2}");
    expect(NULL, "{\"a\":1}", "{\"a\":2}", "later");
}

static void leaves_what_it_cannot_tell_for_later(void)
{
    expect("{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "later");
    expect("{\"a\":1}", "{}", "{\"a\":3}", "later");
    expect("{\"a\":1}", "{\"a\":2}", NULL, "later");
    expect("a", "b", "c", "later");
    expect("a", "{\"a\":1}", "{\"b\":2}", "later");
    expect(NULL, "b", "c", "later");
    expect(NULL, "{\"a\":1}", "not JSON", "later");
    expect(NULL, "{\"a\":1,\"a\":2}", "{}", "later");
}

/* Of the list that they made anew, ours is what we added and not what went. */
static void adds_to_their_list_what_is_new_in_ours(void)
{
    const struct operation add = add_to_list("note", "n");
    struct story story;

    set_list(&story.base, "ab");
    set_list(&story.theirs, "bc");
    CU_ASSERT_EQUAL(resolve(&story, &add, 1), SYNC_RESOLVE_ANSWER);
    CU_ASSERT_EQUAL_FATAL(story.answer.operation_count, 1);
    CU_ASSERT_EQUAL(story.answer.operations[0].type, OPERATION_ADD_TO_LIST);
    CU_ASSERT(
        bytes_equal(story.answer.operations[0].value, bytes_from_text("n")));
    end(&story);
}

static void removes_from_their_list_what_we_removed(void)
{
    const struct dot b = {1, 'b', 0};
    const struct operation remove = remove_from_list("note", &b, 1);
    struct story story;

    set_list(&story.base, "ab");
    set_list(&story.theirs, "abc");
    CU_ASSERT_EQUAL(resolve(&story, &remove, 1), SYNC_RESOLVE_ANSWER);
    CU_ASSERT_EQUAL_FATAL(story.answer.operation_count, 1);
    CU_ASSERT_EQUAL(story.answer.operations[0].type,
                    OPERATION_REMOVE_FROM_LIST);
    CU_ASSERT_EQUAL_FATAL(story.answer.operations[0].dot_count, 1);
    CU_ASSERT_EQUAL(story.answer.operations[0].dots[0].local_id, 'b');
    end(&story);
    set_list(&story.base, "ab");
    set_list(&story.theirs, "a");
    CU_ASSERT_EQUAL(resolve(&story, &remove, 1), SYNC_RESOLVE_THEIRS);
    end(&story);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(takes_each_member_from_who_changed_it),
        SUITE_TEST(merges_two_that_began_with_nothing),
        SUITE_TEST(leaves_what_it_cannot_tell_for_later),
        SUITE_TEST(adds_to_their_list_what_is_new_in_ours),
        SUITE_TEST(removes_from_their_list_what_we_removed),
    };

    return SUITE_RUN("client/device_merge", tests);
}
