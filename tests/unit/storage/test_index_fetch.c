#include "base/assert.h"
#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct user_view view;

/* A query about the story's user; ask, then fetch. */
static void ask(struct index_story *story)
{
    struct user_view_bounds bounds = {
        .keys = 8, .elements = 8, .devices = 4, .requests = 4};
    enum dalv_status status;

    arena_clear(&story->arena);
    status = user_view_init(&view, &story->arena, bytes_from_text(story->user),
                            &bounds);
    ASSERT(status == DALV_OK);
}

static enum dalv_status fetch(struct index_story *story)
{
    CU_ASSERT_EQUAL(user_view_prepare(&view), DALV_OK);
    return index_fetch(story->index, STORY_PARTITION, &view);
}

static void ask_for_device(uint64_t device, uint8_t install)
{
    struct install_id id = {.bytes = {install}};
    enum dalv_status status = user_view_want_device(&view, device, &id);

    ASSERT(status == DALV_OK);
}

static void ask_for_request(uint8_t id)
{
    struct request_id request = {.bytes = {id}};
    enum dalv_status status = user_view_want_request(&view, &request);

    ASSERT(status == DALV_OK);
}

/* A removal names the elements that it saw. */
static void ask_for_elements(const char *key, const struct dot *dots,
                             size_t count)
{
    struct operation operation = {
        .type = OPERATION_REMOVE_FROM_LIST,
        .key = bytes_from_text(key),
        .dots = dots,
        .dot_count = count,
    };
    struct transaction transaction = {
        .operations = &operation, .operation_count = 1, .local_id = 9};
    enum dalv_status status = user_view_want_transaction(&view, &transaction);

    ASSERT(status == DALV_OK);
}

static struct effect device(uint64_t id, uint8_t install, uint64_t settled,
                            uint64_t confirmed)
{
    return (struct effect){
        .type = EFFECT_DEVICE,
        .device_state = {.device = id,
                         .install = {.bytes = {install}},
                         .is_retired = id == 2,
                         .push_settled = settled,
                         .confirmed = confirmed,
                         .chain = 12345,
                         .revision_last = 3,
                         .seen_us = 99},
    };
}

static struct effect outcome(uint64_t whose, uint64_t number)
{
    return (struct effect){
        .type = EFFECT_OUTCOME,
        .device = whose,
        .outcome = {.push_number = number,
                    .result = OUTCOME_REFUSED,
                    .status = DALV_CONFLICT,
                    .waits_for = number - 1,
                    .operation = 4},
    };
}

static void knows_nothing_of_a_stranger(void)
{
    struct index_story *story = story_begin();
    struct dot dots[] = {{.device = 1, .local_id = 1}};

    ask(story);
    ask_for_device(1, 0);
    ask_for_request('r');
    ask_for_elements("l", dots, 1);
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    CU_ASSERT_EQUAL(view.state.history_id, 0);
    CU_ASSERT_EQUAL(view.keys[0].state.revision, 0);
    CU_ASSERT_FALSE(view.elements[0].is_found);
    CU_ASSERT_FALSE(view.devices[0].is_found);
    CU_ASSERT_FALSE(view.requests[0].is_found);
    story_end(&story);
}

/* Of the present list, and also if it was removed since. */
static void finds_the_elements_that_are_named(void)
{
    struct index_story *story = story_begin();
    struct dot dots[] = {{.device = 1, .local_id = 1},
                         {.device = 1, .local_id = 2},
                         {.device = 1, .local_id = 3}};

    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_add("l", 2, "y", 1),
                story_user(1, 0));
    STORY_APPLY(story, 2, story_take_out("l", 2, 1, 1), story_user(2, 1));
    ask(story);
    ask_for_elements("l", dots, 3);
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    CU_ASSERT_EQUAL(view.keys[0].state.kind, KEY_LIST);
    CU_ASSERT_EQUAL_FATAL(view.element_count, 3);
    CU_ASSERT_TRUE(view.elements[0].is_found);
    CU_ASSERT(bytes_equal(view.elements[0].state.value, bytes_from_text("x")));
    CU_ASSERT_EQUAL(view.elements[0].state.generation, 1);
    CU_ASSERT_TRUE(view.elements[1].is_found);
    CU_ASSERT_TRUE(view.elements[1].state.is_removed);
    CU_ASSERT_EQUAL(view.elements[1].state.revision, 2);
    CU_ASSERT_FALSE(view.elements[2].is_found);
    story_end(&story);
}

static void finds_no_element_of_a_list_that_ended(void)
{
    struct index_story *story = story_begin();
    struct dot dots[] = {{.device = 1, .local_id = 1}};
    struct effect again = story_add("l", 2, "y", 2);

    again.trail.feed_revision = 1;
    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_user(1, 0));
    STORY_APPLY(story, 2, again, story_user(2, 1));
    ask(story);
    ask_for_elements("l", dots, 1);
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    CU_ASSERT_FALSE(view.elements[0].is_found);
    story_end(&story);
}

static void finds_a_device_by_its_id_or_its_install_id(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 0, device(1, 'a', 0, 0), device(2, 'b', 7, 7),
                story_user(0, 0));
    ask(story);
    ask_for_device(2, 0);
    ask_for_device(0, 'a');
    ask_for_device(0, 'z');
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(view.device_count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct view_device *found = &view.devices[i];

        if (found->device == 2) {
            CU_ASSERT_TRUE(found->is_found);
            CU_ASSERT_TRUE(found->state.is_retired);
            CU_ASSERT_EQUAL(found->state.install.bytes[0], 'b');
            CU_ASSERT_EQUAL(found->state.chain, 12345);
            CU_ASSERT_EQUAL(found->state.seen_us, 99);
        } else if (found->install.bytes[0] == 'a') {
            CU_ASSERT_TRUE(found->is_found);
            CU_ASSERT_EQUAL(found->state.device, 1);
        } else {
            CU_ASSERT_FALSE(found->is_found);
        }
    }
    story_end(&story);
}

/* Pushes 3 to `settled` are unconfirmed; of those the odd ones were refused. */
static void check_outcomes(uint64_t settled, size_t expected)
{
    struct index_story *story = story_begin();
    struct view_device *found;

    STORY_APPLY(story, 0, device(1, 'a', settled, 2), outcome(1, 1),
                outcome(2, 3), story_user(0, 0));
    for (uint64_t number = 3; number <= settled; number += 2)
        STORY_APPLY(story, 0, outcome(1, number));
    ask(story);
    ask_for_device(1, 0);
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    found = &view.devices[0];
    CU_ASSERT_EQUAL_FATAL(found->outcome_count, expected);
    for (size_t i = 0; i < expected; i++) {
        CU_ASSERT_EQUAL(found->outcomes[i].push_number, 3 + 2 * i);
        CU_ASSERT_EQUAL(found->outcomes[i].result, OUTCOME_REFUSED);
        CU_ASSERT_EQUAL(found->outcomes[i].status, DALV_CONFLICT);
        CU_ASSERT_EQUAL(found->outcomes[i].waits_for, 2 + 2 * i);
        CU_ASSERT_EQUAL(found->outcomes[i].operation, 4);
    }
    story_end(&story);
}

static void gives_all_outcomes_that_the_device_has_not_confirmed(void)
{
    check_outcomes(2, 0);
    check_outcomes(3, 1);
    check_outcomes(10, 4);
    check_outcomes(11, 5);
    check_outcomes(500, 249);
}

static void forgets_an_outcome_that_was_dropped(void)
{
    struct index_story *story = story_begin();
    struct effect drop = outcome(1, 3);

    drop.type = EFFECT_OUTCOME_DROP;
    STORY_APPLY(story, 0, device(1, 'a', 4, 0), outcome(1, 3), outcome(1, 4),
                story_user(0, 0));
    STORY_APPLY(story, 0, drop);
    ask(story);
    ask_for_device(1, 0);
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    CU_ASSERT_EQUAL_FATAL(view.devices[0].outcome_count, 1);
    CU_ASSERT_EQUAL(view.devices[0].outcomes[0].push_number, 4);
    story_end(&story);
}

static void remembers_how_a_request_ended(void)
{
    struct index_story *story = story_begin();
    struct effect request = {
        .type = EFFECT_REQUEST,
        .request = {.id = {.bytes = {'r'}},
                    .body_hash = 77,
                    .status = DALV_PRECONDITION,
                    .revision = 0,
                    .time_us = 5},
    };

    STORY_APPLY(story, 0, request, story_user(0, 0));
    ask(story);
    ask_for_request('q');
    ask_for_request('r');
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    CU_ASSERT_FALSE(view.requests[0].is_found);
    CU_ASSERT_TRUE(view.requests[1].is_found);
    CU_ASSERT_EQUAL(view.requests[1].state.id.bytes[0], 'r');
    CU_ASSERT_EQUAL(view.requests[1].state.body_hash, 77);
    CU_ASSERT_EQUAL(view.requests[1].state.status, DALV_PRECONDITION);
    CU_ASSERT_EQUAL(view.requests[1].state.time_us, 5);
    story_end(&story);
}

/* All that a key remembers comes back, whatever its kind. */
static void remembers_all_of_a_key(void)
{
    struct index_story *story = story_begin();
    struct effect put = story_put("a", "one", 0);
    const struct key_state *state;

    put.flags = 0xCAFE;
    put.has_expiry = true;
    put.expiry_us = UINT64_MAX;
    put.trail.other_revision = 4;
    put.trail.reset_revision = 5;
    put.trail.reset_writer = WRITER_SYSTEM;
    story->writer = WRITER_SYSTEM;
    STORY_APPLY(story, 5, put, story_user(5, 0));
    ask(story);
    CU_ASSERT_EQUAL(user_view_want_key(&view, bytes_from_text("a")), DALV_OK);
    CU_ASSERT_EQUAL(fetch(story), DALV_OK);
    state = &view.keys[0].state;
    CU_ASSERT_EQUAL(state->kind, KEY_REGISTER);
    CU_ASSERT_EQUAL(state->flags, 0xCAFE);
    CU_ASSERT_EQUAL(state->expiry_us, UINT64_MAX);
    CU_ASSERT_EQUAL(state->revision, 5);
    CU_ASSERT_EQUAL(state->writer, WRITER_SYSTEM);
    CU_ASSERT_EQUAL(state->other_revision, 4);
    CU_ASSERT_EQUAL(state->reset_revision, 5);
    CU_ASSERT_EQUAL(state->reset_writer, WRITER_SYSTEM);
    CU_ASSERT_EQUAL(state->time_us, 1000);
    CU_ASSERT(bytes_equal(state->value, bytes_from_text("one")));
    story_end(&story);
}

static void says_when_the_arena_is_too_small(void)
{
    struct index_story *story = story_begin();
    static char value[1000];

    memset(value, 'v', sizeof(value) - 1);
    STORY_APPLY(story, 1, story_put("a", value, 0), story_user(1, 0));
    ask(story);
    CU_ASSERT_EQUAL(user_view_want_key(&view, bytes_from_text("a")), DALV_OK);
    story->arena.capacity = story->arena.used + 500;
    CU_ASSERT_EQUAL(fetch(story), DALV_TOO_BIG);
    CU_ASSERT_EQUAL(index_checkpoint(story->index), DALV_OK);
    story_end(&story);
}

static uint64_t revision_of(struct index_story *story, const char *user)
{
    struct user_state state = {0};
    enum dalv_status status = index_user(story->index, STORY_PARTITION,
                                         bytes_from_text(user), &state);

    return status == DALV_OK ? state.revision : 0;
}

static void shows_a_users_record_once_it_is_committed(void)
{
    struct index_story *story = story_begin();
    const struct effect effect = story_user(2, 1);
    const struct user_record record = {.user = bytes_from_text(story->user),
                                       .history_id = story->history_id,
                                       .revision = 2,
                                       .time_us = 2000,
                                       .effects = &effect,
                                       .effect_count = 1};

    STORY_APPLY(story, 1, story_user(1, 0));
    CU_ASSERT_EQUAL(revision_of(story, "anna"), 1);
    index_apply(story->index, STORY_PARTITION,
                (struct log_position){.epoch = 1, .index = 2}, &record);
    CU_ASSERT_EQUAL(revision_of(story, "anna"), 1);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    CU_ASSERT_EQUAL(revision_of(story, "anna"), 2);
    story_end(&story);
}

static void tells_users_apart_that_it_remembers(void)
{
    struct index_story *story = story_begin();
    struct user_state state;

    STORY_APPLY(story, 1, story_user(1, 0));
    CU_ASSERT_EQUAL(revision_of(story, "anna"), 1);
    CU_ASSERT_EQUAL(revision_of(story, "ann"), 0);
    CU_ASSERT_EQUAL(index_user(story->index, STORY_PARTITION + 1,
                               bytes_from_text("anna"), &state),
                    DALV_NOT_FOUND);
    story_end(&story);
}

static void remembers_no_user_of_before_a_crash(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_user(1, 0));
    STORY_APPLY(story, 2, story_user(2, 1));
    CU_ASSERT_EQUAL(revision_of(story, "anna"), 2);
    story_crash(story, 2);
    CU_ASSERT_EQUAL(revision_of(story, "anna"), 1);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(knows_nothing_of_a_stranger),
    SUITE_TEST(finds_the_elements_that_are_named),
    SUITE_TEST(finds_no_element_of_a_list_that_ended),
    SUITE_TEST(finds_a_device_by_its_id_or_its_install_id),
    SUITE_TEST(gives_all_outcomes_that_the_device_has_not_confirmed),
    SUITE_TEST(forgets_an_outcome_that_was_dropped),
    SUITE_TEST(remembers_how_a_request_ended),
    SUITE_TEST(remembers_all_of_a_key),
    SUITE_TEST(says_when_the_arena_is_too_small),
    SUITE_TEST(shows_a_users_record_once_it_is_committed),
    SUITE_TEST(tells_users_apart_that_it_remembers),
    SUITE_TEST(remembers_no_user_of_before_a_crash),
};

int main(void)
{
    return SUITE_RUN("storage/index_fetch", tests);
}
