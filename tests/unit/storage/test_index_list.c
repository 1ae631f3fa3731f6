#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

enum {
    ITEMS_MAX = 16,
};

static const char *tell(struct index_story *story)
{
    return text_string(&story->text);
}

static void start(struct index_story *story)
{
    arena_clear(&story->arena);
    text_init(&story->text, story->text_memory, sizeof(story->text_memory));
}

static struct effect expiring(const char *key, uint64_t expiry_us,
                              uint64_t replaced, uint64_t expiry_before)
{
    struct effect effect = story_put(key, "v", replaced);

    effect.has_expiry = expiry_us != 0;
    effect.expiry_us = expiry_us;
    effect.trail.expiry_us = expiry_before;
    return effect;
}

/* "user/key@time ..." of what is due, then "whole" or "cut". */
static const char *due(struct index_story *story, uint64_t now_us,
                       size_t capacity)
{
    static struct index_due items[ITEMS_MAX];
    struct index_dues dues = {.items = items, .capacity = capacity};
    enum dalv_status status;

    start(story);
    status = index_expired(story->index, STORY_PARTITION, now_us, &story->arena,
                           &dues);
    if (status != DALV_OK)
        return status_name(status);
    for (size_t i = 0; i < dues.count; i++) {
        text_put_bytes(&story->text, items[i].user);
        text_put_char(&story->text, '/');
        text_put_bytes(&story->text, items[i].key);
        text_put_char(&story->text, '@');
        text_put_u64(&story->text, items[i].expiry_us);
        text_put_char(&story->text, ' ');
    }
    text_put(&story->text, dues.is_whole ? "whole" : "cut");
    return tell(story);
}

static uint64_t due_next(struct index_story *story)
{
    uint64_t next = 0;

    CU_ASSERT_EQUAL(index_expiry_next(story->index, STORY_PARTITION, &next),
                    DALV_OK);
    return next;
}

static void tells_what_is_due_soonest_first(void)
{
    struct index_story *story = story_begin();

    CU_ASSERT_EQUAL(due_next(story), UINT64_MAX);
    STORY_APPLY(story, 1, expiring("a", 300, 0, 0), expiring("b", 100, 0, 0),
                expiring("c", 200, 0, 0), story_user(1, 0));
    CU_ASSERT_EQUAL(due_next(story), 100);
    CU_ASSERT_STRING_EQUAL(due(story, 99, 8), "whole");
    CU_ASSERT_STRING_EQUAL(due(story, 200, 8), "anna/b@100 anna/c@200 whole");
    CU_ASSERT_STRING_EQUAL(due(story, 300, 2), "anna/b@100 anna/c@200 cut");
    story_end(&story);
}

static void forgets_an_expiry_that_was_replaced(void)
{
    struct index_story *story = story_begin();
    struct effect removed = story_remove("b", 1);

    STORY_APPLY(story, 1, expiring("a", 300, 0, 0), expiring("b", 100, 0, 0),
                story_user(1, 0));
    removed.trail.expiry_us = 100;
    STORY_APPLY(story, 2, expiring("a", 400, 1, 300), removed,
                story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(due(story, 1000, 8), "anna/a@400 whole");
    STORY_APPLY(story, 3, expiring("a", 0, 2, 400), story_user(3, 2));
    CU_ASSERT_STRING_EQUAL(due(story, 1000, 8), "whole");
    story_end(&story);
}

static void leaves_out_what_an_erased_user_had(void)
{
    struct index_story *story = story_begin();
    struct effect erased = story_user(1, 1);

    STORY_APPLY(story, 1, expiring("a", 300, 0, 0), story_user(1, 0));
    erased.user.history_id = 8;
    story->history_id = 8;
    STORY_APPLY(story, 1, expiring("b", 400, 0, 0), erased);
    CU_ASSERT_STRING_EQUAL(due(story, 1000, 8), "anna/b@400 whole");
    story_end(&story);
}

static struct effect device(uint64_t id, uint8_t install)
{
    return (struct effect){
        .type = EFFECT_DEVICE,
        .device_state = {.device = id,
                         .install = {.bytes = {install}},
                         .push_settled = 10 * id},
    };
}

static void lists_devices_in_pieces(void)
{
    struct index_story *story = story_begin();
    struct index_scope scope = story_scope(story);
    struct device_state items[2];
    struct index_devices devices = {.items = items, .capacity = 2};

    STORY_APPLY(story, 0, device(3, 'c'), device(1, 'a'), device(2, 'b'),
                story_user(0, 0));
    CU_ASSERT_EQUAL(index_list_devices(story->index, &scope, 0, &devices),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(devices.count, 2);
    CU_ASSERT_FALSE(devices.is_whole);
    CU_ASSERT_EQUAL(items[0].device, 1);
    CU_ASSERT_EQUAL(items[1].device, 2);
    CU_ASSERT_EQUAL(items[1].install.bytes[0], 'b');
    CU_ASSERT_EQUAL(index_list_devices(story->index, &scope, 2, &devices),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(devices.count, 1);
    CU_ASSERT_TRUE(devices.is_whole);
    CU_ASSERT_EQUAL(items[0].device, 3);
    CU_ASSERT_EQUAL(items[0].push_settled, 30);
    story_end(&story);
}

static struct effect conflict(uint64_t revision, uint32_t position,
                              const char *value)
{
    return (struct effect){
        .type = EFFECT_CONFLICT,
        .conflict = {.revision = revision,
                     .position = position,
                     .loser = 5,
                     .winner = WRITER_SYSTEM,
                     .key = bytes_from_text("k"),
                     .value = bytes_from_text(value)},
    };
}

static void lists_conflicts_oldest_first(void)
{
    struct index_story *story = story_begin();
    struct index_conflicts_query query = {.scope = story_scope(story)};
    struct conflict_state items[2];
    struct index_conflicts conflicts = {.items = items, .capacity = 2};
    struct effect drop = conflict(1, 0, "");

    STORY_APPLY(story, 2, conflict(2, 0, "c"), conflict(1, 7, "b"),
                conflict(1, 0, "a"), story_user(2, 0));
    CU_ASSERT_EQUAL(
        index_list_conflicts(story->index, &query, &story->arena, &conflicts),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(conflicts.count, 2);
    CU_ASSERT_FALSE(conflicts.is_whole);
    CU_ASSERT(bytes_equal(items[0].value, bytes_from_text("a")));
    CU_ASSERT(bytes_equal(items[1].value, bytes_from_text("b")));
    CU_ASSERT(bytes_equal(items[1].key, bytes_from_text("k")));
    CU_ASSERT_EQUAL(items[1].winner, WRITER_SYSTEM);
    query.after_revision = items[1].revision;
    query.after_position = items[1].position;
    drop.type = EFFECT_CONFLICT_DROP;
    STORY_APPLY(story, 0, drop);
    CU_ASSERT_EQUAL(
        index_list_conflicts(story->index, &query, &story->arena, &conflicts),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(conflicts.count, 1);
    CU_ASSERT_TRUE(conflicts.is_whole);
    CU_ASSERT(bytes_equal(items[0].value, bytes_from_text("c")));
    story_end(&story);
}

static struct effect request(uint8_t id, uint64_t time_us)
{
    return (struct effect){
        .type = EFFECT_REQUEST,
        .request = {.id = {.bytes = {id}}, .time_us = time_us},
    };
}

static void lists_request_ids_that_are_old(void)
{
    struct index_story *story = story_begin();
    struct index_old_request items[2];
    struct index_old_requests requests = {.items = items, .capacity = 2};
    struct effect drop = request('a', 100);

    STORY_APPLY(story, 1, request('a', 100), request('b', 200),
                request('c', 300), story_user(1, 0));
    CU_ASSERT_EQUAL(index_list_old_requests(story->index, STORY_PARTITION, 300,
                                            &story->arena, &requests),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(requests.count, 2);
    CU_ASSERT_TRUE(requests.is_whole);
    CU_ASSERT_EQUAL(items[0].id.bytes[0], 'a');
    CU_ASSERT_EQUAL(items[0].time_us, 100);
    CU_ASSERT_EQUAL(items[0].history_id, STORY_HISTORY);
    CU_ASSERT(bytes_equal(items[0].user, bytes_from_text("anna")));
    drop.type = EFFECT_REQUEST_DROP;
    STORY_APPLY(story, 0, drop);
    CU_ASSERT_EQUAL(index_list_old_requests(story->index, STORY_PARTITION, 300,
                                            &story->arena, &requests),
                    DALV_OK);
    CU_ASSERT_EQUAL(requests.count, 1);
    CU_ASSERT_EQUAL(items[0].id.bytes[0], 'b');
    story_end(&story);
}

static void write_as(struct index_story *story, const char *user,
                     const char *key, uint64_t replaced)
{
    struct user_state state = {0};
    enum dalv_status status = index_user(story->index, STORY_PARTITION,
                                         bytes_from_text(user), &state);

    CU_ASSERT(status == DALV_OK || status == DALV_NOT_FOUND);
    story->user = user;
    STORY_APPLY(story, state.revision + 1, story_put(key, "v", replaced),
                story_user(state.revision + 1, state.log_index));
}

/* "user>revision@log index ..." */
static const char *changes(struct index_story *story, uint64_t after_index,
                           size_t capacity)
{
    static struct index_change items[ITEMS_MAX];
    struct index_changes list = {.items = items, .capacity = capacity};
    enum dalv_status status;

    start(story);
    status = index_list_changes(story->index, STORY_PARTITION, after_index,
                                &story->arena, &list);
    if (status != DALV_OK)
        return status_name(status);
    for (size_t i = 0; i < list.count; i++) {
        text_put_bytes(&story->text, items[i].user);
        text_put_char(&story->text, '>');
        text_put_u64(&story->text, items[i].after_revision);
        text_put_char(&story->text, '@');
        text_put_u64(&story->text, items[i].state.log_index);
        text_put_char(&story->text, ' ');
    }
    text_put(&story->text, list.is_whole ? "whole" : "cut");
    return tell(story);
}

/* Log: anna 1, bert 1, anna 2, anna 3, bert 2. */
static void lists_users_by_their_last_write(void)
{
    struct index_story *story = story_begin();

    write_as(story, "anna", "a", 0);
    write_as(story, "bert", "a", 0);
    write_as(story, "anna", "b", 0);
    write_as(story, "anna", "c", 0);
    write_as(story, "bert", "b", 0);
    CU_ASSERT_STRING_EQUAL(changes(story, 0, 8), "anna>0@4 bert>0@5 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 0, 1), "anna>0@4 cut");
    CU_ASSERT_STRING_EQUAL(changes(story, 1, 8), "anna>1@4 bert>0@5 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 2, 8), "anna>1@4 bert>1@5 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 3, 8), "anna>2@4 bert>1@5 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 4, 8), "bert>1@5 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 5, 8), "whole");
    story_end(&story);
}

/* Revision 2's entry has moved on: nothing is left between 1 and 3. */
static void starts_lower_when_what_was_seen_has_changed_since(void)
{
    struct index_story *story = story_begin();

    write_as(story, "anna", "a", 0);
    write_as(story, "anna", "b", 0);
    write_as(story, "anna", "b", 2);
    CU_ASSERT_STRING_EQUAL(changes(story, 2, 8), "anna>1@3 whole");
    story_end(&story);
}

/* A list stands in the feed where it was made, whatever is added later. */
static void keeps_the_place_of_a_list_in_the_log(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_user(1, 0));
    STORY_APPLY(story, 2, story_add("l", 2, "y", 1),
                story_take_out("l", 1, 1, 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(changes(story, 1, 8), "anna>1@2 whole");
    story_end(&story);
}

/* A consumer far behind a user of many revisions. */
static void finds_the_revision_of_long_ago(void)
{
    struct index_story *story = story_begin();
    char key[2] = "a";

    for (int i = 0; i < 26; i++, key[0]++)
        write_as(story, "anna", key, 0);
    CU_ASSERT_STRING_EQUAL(changes(story, 1, 8), "anna>1@26 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 10, 8), "anna>10@26 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 17, 8), "anna>17@26 whole");
    CU_ASSERT_STRING_EQUAL(changes(story, 25, 8), "anna>25@26 whole");
    story_end(&story);
}

static void lists_users_in_their_order(void)
{
    struct index_story *story = story_begin();
    struct index_user items[2];
    struct index_users users = {.items = items, .capacity = 2};

    write_as(story, "anna", "a", 0);
    story->user = "bo";
    STORY_APPLY(story, 1, story_put("a", "v", 0), story_user(1, 0));
    story->user = "anne";
    STORY_APPLY(story, 1, story_put("a", "v", 0), story_user(1, 0));
    CU_ASSERT_EQUAL(index_list_users(story->index, STORY_PARTITION,
                                     bytes_from_text(""), &story->arena,
                                     &users),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(users.count, 2);
    CU_ASSERT_FALSE(users.is_whole);
    CU_ASSERT(bytes_equal(items[0].user, bytes_from_text("bo")));
    CU_ASSERT(bytes_equal(items[1].user, bytes_from_text("anna")));
    CU_ASSERT_EQUAL(index_list_users(story->index, STORY_PARTITION,
                                     items[1].user, &story->arena, &users),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(users.count, 1);
    CU_ASSERT_TRUE(users.is_whole);
    CU_ASSERT(bytes_equal(items[0].user, bytes_from_text("anne")));
    CU_ASSERT_EQUAL(items[0].state.log_index, 3);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(tells_what_is_due_soonest_first),
    SUITE_TEST(forgets_an_expiry_that_was_replaced),
    SUITE_TEST(leaves_out_what_an_erased_user_had),
    SUITE_TEST(lists_devices_in_pieces),
    SUITE_TEST(lists_conflicts_oldest_first),
    SUITE_TEST(lists_request_ids_that_are_old),
    SUITE_TEST(lists_users_by_their_last_write),
    SUITE_TEST(starts_lower_when_what_was_seen_has_changed_since),
    SUITE_TEST(keeps_the_place_of_a_list_in_the_log),
    SUITE_TEST(finds_the_revision_of_long_ago),
    SUITE_TEST(lists_users_in_their_order),
};

int main(void)
{
    return SUITE_RUN("storage/index_list", tests);
}
