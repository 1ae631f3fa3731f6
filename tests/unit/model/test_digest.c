#include "model/digest.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct key_state stored(void)
{
    return (struct key_state){.kind = KEY_REGISTER,
                              .revision = 4,
                              .reset_revision = 4,
                              .value = bytes_from_text("v")};
}

static uint64_t digest_of_key(const char *key, const struct key_state *state)
{
    struct digest digest;

    digest_init(&digest);
    digest_put_key(&digest, bytes_from_text(key), state);
    return digest.hash;
}

static uint64_t digest_of_element(const struct element_state *element)
{
    struct digest digest;

    digest_init(&digest);
    digest_put_element(&digest, element);
    return digest.hash;
}

/* Devices of last year compare with servers of today: it never changes. */
static void is_the_same_for_ever(void)
{
    struct key_state state = stored();
    struct element_state element = {.dot = {1, 2, 3},
                                    .generation = 9,
                                    .added_revision = 5,
                                    .revision = 5,
                                    .value = bytes_from_text("e")};
    struct digest digest;

    digest_init(&digest);
    CU_ASSERT_EQUAL(digest.hash, 0);
    digest_put_key(&digest, bytes_from_text("k"), &state);
    digest_put_element(&digest, &element);
    CU_ASSERT_EQUAL(digest.count, 2);
    CU_ASSERT_EQUAL(digest.hash, UINT64_C(0xCAC9D090C781BDF0));
}

static void differs_with_each_thing_that_counts(void)
{
    struct key_state state = stored();
    uint64_t whole = digest_of_key("k", &state);

    CU_ASSERT_EQUAL(digest_of_key("k", &state), whole);
    CU_ASSERT_NOT_EQUAL(digest_of_key("j", &state), whole);
    state.revision = 5;
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &state), whole);
    state = stored();
    state.flags = 1;
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &state), whole);
    state = stored();
    state.expiry_us = 1;
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &state), whole);
    state = stored();
    state.value = bytes_from_text("w");
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &state), whole);
    state = stored();
    state.kind = KEY_COUNTER;
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &state), whole);
    state = stored();
    state.number = 1;
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &state), whole);
}

/* A device does not know what the server keeps for its own judgement. */
static void does_not_count_what_does_not_travel(void)
{
    struct key_state state = stored();
    uint64_t whole = digest_of_key("k", &state);

    state.writer = 7;
    state.other_revision = 3;
    state.reset_revision = 2;
    state.reset_writer = 7;
    state.time_us = 12;
    CU_ASSERT_EQUAL(digest_of_key("k", &state), whole);
}

/* Its elements count for themselves, each under its own revision. */
static void counts_a_list_by_the_revision_that_made_it(void)
{
    struct key_state list = {.kind = KEY_LIST, .revision = 4, .generation = 2};
    uint64_t whole = digest_of_key("k", &list);

    list.revision = 9;
    CU_ASSERT_EQUAL(digest_of_key("k", &list), whole);
    list.generation = 3;
    CU_ASSERT_NOT_EQUAL(digest_of_key("k", &list), whole);
}

static void does_not_count_what_is_gone(void)
{
    struct key_state tombstone = {.revision = 4, .reset_revision = 4};
    struct element_state removed = {.dot = {1, 2, 3}, .is_removed = true};
    struct digest digest;

    digest_init(&digest);
    digest_put_key(&digest, bytes_from_text("k"), &tombstone);
    digest_put_element(&digest, &removed);
    CU_ASSERT_EQUAL(digest.hash, 0);
    CU_ASSERT_EQUAL(digest.count, 0);
}

static void tells_elements_apart(void)
{
    struct element_state element = {.dot = {1, 2, 3}, .added_revision = 5};
    uint64_t whole = digest_of_element(&element);

    element.dot.position = 4;
    CU_ASSERT_NOT_EQUAL(digest_of_element(&element), whole);
    element.dot.position = 3;
    element.added_revision = 6;
    CU_ASSERT_NOT_EQUAL(digest_of_element(&element), whole);
    element.added_revision = 5;
    element.value = bytes_from_text("e");
    CU_ASSERT_NOT_EQUAL(digest_of_element(&element), whole);
    element.value = bytes_from_text("");
    CU_ASSERT_EQUAL(digest_of_element(&element), whole);
}

/* "a" with "bc" is not "ab" with "c". */
static void knows_where_a_key_ends(void)
{
    struct key_state state = stored();
    uint64_t one;

    state.value = bytes_from_text("bc");
    one = digest_of_key("a", &state);
    state.value = bytes_from_text("c");
    CU_ASSERT_NOT_EQUAL(digest_of_key("ab", &state), one);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(is_the_same_for_ever),
        SUITE_TEST(differs_with_each_thing_that_counts),
        SUITE_TEST(does_not_count_what_does_not_travel),
        SUITE_TEST(counts_a_list_by_the_revision_that_made_it),
        SUITE_TEST(does_not_count_what_is_gone),
        SUITE_TEST(tells_elements_apart),
        SUITE_TEST(knows_where_a_key_ends),
    };

    return SUITE_RUN("model/digest", tests);
}
