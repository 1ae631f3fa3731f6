/*
 * Uploads of one user, judged one behind the other on one view: what the log is
 * told, as text.
 */
#include "sync/upload.h"

#include "base/text.h"
#include "model/upload.h"
#include "sync/update.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_BYTES = 1 << 20,
    RECORDS_MAX = 16,
    TEXT_BYTES = 1024,
};

#define UPLOAD_A (UINT64_C(1) << 63 | 0xA)
#define UPLOAD_B (UINT64_C(1) << 63 | 0xB)
#define NOW_US UINT64_C(1767225600000000)
#define DAY_US (UINT64_C(24) * 3600 * 1000000)

static uint8_t full_part[BOUNDS_VALUE_MAX];

struct story {
    void *memory;
    struct arena arena;
    struct policy policy;
    struct user_view view;
    struct judge judge;
    uint8_t request_last;
    struct text text;
    char text_memory[TEXT_BYTES];
};

static struct bytes full(void)
{
    return bytes_make(full_part, sizeof(full_part));
}

static struct story *begin(void)
{
    static const struct user_view_bounds bounds = {8, 8, 8, 32, 8};
    struct story *story = calloc(1, sizeof(*story));
    struct judge_options options = {.now_us = NOW_US,
                                    .history_id_next = 7,
                                    .log_index = 1,
                                    .record_max = RECORDS_MAX};
    struct user_view *view;

    CU_ASSERT_PTR_NOT_NULL_FATAL(story);
    story->memory = malloc(ARENA_BYTES);
    arena_init(&story->arena, story->memory, ARENA_BYTES);
    view = &story->view;
    CU_ASSERT_EQUAL_FATAL(
        user_view_init(view, &story->arena, bytes_from_text("ann"), &bounds),
        DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_key(view, bytes_from_text("k")), DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_upload(view, bytes_from_text("k"), UPLOAD_A),
                    DALV_OK);
    CU_ASSERT_EQUAL(user_view_want_upload(view, bytes_from_text("k"), UPLOAD_B),
                    DALV_OK);
    for (uint8_t i = 1; i < 32; i++)
        CU_ASSERT_EQUAL(user_view_want_request(view, &(struct request_id){{i}}),
                        DALV_OK);
    CU_ASSERT_EQUAL(user_view_prepare(view), DALV_OK);
    options.policy = &story->policy;
    CU_ASSERT_EQUAL_FATAL(judge_init(&story->judge, view, &options), DALV_OK);
    return story;
}

static void end(struct story **story_p)
{
    free((*story_p)->memory);
    free(*story_p);
    *story_p = NULL;
}

static struct operation part(uint64_t upload, uint32_t position,
                             struct bytes value)
{
    return (struct operation){.type = OPERATION_UPLOAD,
                              .key = bytes_from_text("k"),
                              .upload = upload,
                              .position = position,
                              .value = value};
}

static uint64_t hash_of(struct bytes first, struct bytes second)
{
    return upload_hash(upload_hash(0, first), second);
}

static struct operation bind(uint64_t upload)
{
    return (struct operation){.type = OPERATION_PUT_UPLOADED,
                              .key = bytes_from_text("k"),
                              .upload = upload,
                              .bytes = BOUNDS_VALUE_MAX + 3,
                              .hash = hash_of(full(), bytes_from_text("end"))};
}

static enum dalv_status ask(struct story *story, struct operation operation)
{
    struct update update = {
        .id = {{++story->request_last}},
        .body = bytes_from_text("body"),
        .transaction = {.operations = &operation, .operation_count = 1}};
    struct update_answer answer = {.status = DALV_INTERNAL};

    CU_ASSERT_EQUAL(update_judge(&story->judge, &update, &answer), DALV_OK);
    return answer.status;
}

static void put_effect(struct text *text, const struct effect *effect)
{
    switch ((int)effect->type) {
    case EFFECT_UPLOAD_PART:
        text_put(text, " part");
        text_put_u64(text, effect->dot.position);
        break;
    case EFFECT_UPLOAD:
        text_put(text, effect->upload.is_closed ? " closed" : " open");
        text_put_u64(text, effect->upload.part_count);
        break;
    case EFFECT_UPLOAD_DROP:
        text_put(text, " dropped");
        break;
    case EFFECT_LIST_ENDED:
        text_put(text,
                 effect->trail.generation == UPLOAD_A ? " endedA" : " ended");
        break;
    case EFFECT_PUT:
        text_put(text, effect->trail.generation == 0 ? " put" : " putparts");
        break;
    case EFFECT_REMOVE:
        text_put(text, " remove");
        break;
    case EFFECT_CONFLICT:
        text_put(text, " lost");
        break;
    case EFFECT_USER:
        text_put(text, " live=");
        text_put_u64(text, effect->user.live_bytes);
        break;
    default:
        break;
    }
}

/* The last record: "@revision effects". */
static const char *last(struct story *story)
{
    const struct user_record *record =
        &story->judge.records[story->judge.record_count - 1];

    text_init(&story->text, story->text_memory, sizeof(story->text_memory));
    text_put_char(&story->text, '@');
    text_put_u64(&story->text, record->revision);
    for (size_t i = 0; i < record->effect_count; i++)
        put_effect(&story->text, &record->effects[i]);
    return text_string(&story->text);
}

static void send_both(struct story *story, uint64_t upload)
{
    CU_ASSERT_EQUAL(ask(story, part(upload, 0, full())), DALV_OK);
    CU_ASSERT_EQUAL(ask(story, part(upload, 1, bytes_from_text("end"))),
                    DALV_OK);
}

static void counts_parts_from_the_first_on_and_a_value_once(void)
{
    struct story *story = begin();

    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 0, full())), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@0 part0 open1 live=1048576");
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 1, bytes_from_text("end"))),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@0 part1 open2 live=1048579");
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    /* The key itself counts as well. */
    CU_ASSERT_STRING_EQUAL(last(story), "@1 putparts closed2 live=1048580");
    end(&story);
}

static void takes_a_part_once_however_often_it_comes(void)
{
    struct story *story = begin();

    send_both(story, UPLOAD_A);
    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(story->judge.record_count, 2);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    send_both(story, UPLOAD_A); /* Late: it begins nothing anew. */
    CU_ASSERT_EQUAL(story->judge.record_count, 3);
    end(&story);
}

static void refuses_a_part_out_of_its_order(void)
{
    struct story *story = begin();

    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 1, full())), DALV_PRECONDITION);
    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 2, bytes_from_text("more"))),
                    DALV_INVALID);
    CU_ASSERT_EQUAL(story->judge.record_count, 2);
    end(&story);
}

static void refuses_a_part_beyond_the_quota(void)
{
    struct story *story = begin();

    story->policy.live_bytes_max = BOUNDS_VALUE_MAX + 2;
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 0, full())), DALV_OK);
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 1, bytes_from_text("end"))),
                    DALV_QUOTA);
    end(&story);
}

static void puts_only_all_that_was_meant(void)
{
    struct story *story = begin();
    struct operation wrong = bind(UPLOAD_A);

    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 0, full())), DALV_OK);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_INVALID);
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 1, bytes_from_text("end"))),
                    DALV_OK);
    wrong.hash++;
    CU_ASSERT_EQUAL(ask(story, wrong), DALV_INVALID);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(story->view.state.revision, 1);
    end(&story);
}

static void gives_up_the_parts_of_what_is_replaced(void)
{
    struct story *story = begin();
    const struct operation small = {.type = OPERATION_PUT,
                                    .key = bytes_from_text("k"),
                                    .value = bytes_from_text("v")};
    const struct operation gone = {.type = OPERATION_DEL,
                                   .key = bytes_from_text("k")};

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    send_both(story, UPLOAD_B);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_B)), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story),
                           "@2 endedA putparts closed2 live=1048580");
    CU_ASSERT_EQUAL(ask(story, gone), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@3 ended remove live=0");
    CU_ASSERT_EQUAL(ask(story, small), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@4 put live=2");
    end(&story);
}

static void gives_up_what_one_transaction_puts_and_replaces(void)
{
    struct story *story = begin();
    struct operation both[] = {
        bind(UPLOAD_A), {.type = OPERATION_DEL, .key = bytes_from_text("k")}};
    struct update update = {
        .id = {{30}},
        .body = bytes_from_text("body"),
        .transaction = {.operations = both, .operation_count = 2}};
    struct update_answer answer;

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(update_judge(&story->judge, &update, &answer), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@1 closed2 endedA live=0");
    end(&story);
}

static void leaves_an_upload_open_when_its_put_is_refused(void)
{
    struct story *story = begin();
    struct operation both[] = {bind(UPLOAD_A),
                               {.type = OPERATION_INCREMENT,
                                .key = bytes_from_text("k"),
                                .number = 1}};
    struct update update = {
        .id = {{30}},
        .body = bytes_from_text("body"),
        .transaction = {.operations = both, .operation_count = 2}};
    struct update_answer answer;

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(update_judge(&story->judge, &update, &answer), DALV_OK);
    CU_ASSERT_EQUAL(answer.status, DALV_WRONG_KIND);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    end(&story);
}

static void gives_up_what_its_sender_does_not_want(void)
{
    struct story *story = begin();

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 0, (struct bytes){0})), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@0 dropped closed2 endedA live=0");
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_NOT_FOUND);
    end(&story);
}

static void gives_up_an_upload_after_a_day(void)
{
    struct story *story = begin();
    struct bytes key = bytes_from_text("k");

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    CU_ASSERT_EQUAL(story->judge.record_count, 2);
    story->judge.options.now_us += DAY_US + 1;
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@0 dropped closed2 endedA live=0");
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_NOT_FOUND);
    end(&story);
}

/*
 * The purge of what was given up asks for no more than the number, so none of
 * the parts that it finds may be another upload's.
 */
static void begins_nothing_under_a_number_whose_parts_are_purged(void)
{
    struct story *story = begin();
    struct bytes key = bytes_from_text("k");

    send_both(story, UPLOAD_A);
    story->judge.options.now_us += DAY_US + 1;
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    CU_ASSERT_EQUAL(story->judge.record_count, 3);
    send_both(story, UPLOAD_A);
    story->judge.options.now_us += DAY_US;
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(story->judge.record_count, 3);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_NOT_FOUND);
    send_both(story, UPLOAD_B);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_B)), DALV_OK);
    end(&story);
}

/* By then no purge is due any more. */
static void forgets_an_upload_a_day_after_it_was_given_up(void)
{
    struct story *story = begin();
    struct bytes key = bytes_from_text("k");

    send_both(story, UPLOAD_A);
    story->judge.options.now_us += DAY_US - 1;
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 0, (struct bytes){0})), DALV_OK);
    story->judge.options.now_us += DAY_US;
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    CU_ASSERT_EQUAL(story->judge.record_count, 3);
    story->judge.options.now_us++;
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@0 dropped");
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 1, full())), DALV_PRECONDITION);
    end(&story);
}

static void keeps_the_parts_of_a_value_when_it_forgets_the_upload(void)
{
    struct story *story = begin();
    struct bytes key = bytes_from_text("k");

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    story->judge.options.now_us += DAY_US + 1;
    CU_ASSERT_EQUAL(upload_end(&story->judge, key, UPLOAD_A), DALV_OK);
    CU_ASSERT_STRING_EQUAL(last(story), "@0 dropped");
    end(&story);
}

/* A large value that wins leaves what lost in the conflict log, as any does. */
static void keeps_what_a_value_in_parts_was_put_over(void)
{
    static const struct policy_merge_rule mine = {.merge = POLICY_MINE};
    struct story *story = begin();
    const struct operation theirs = {.type = OPERATION_PUT,
                                     .key = bytes_from_text("k"),
                                     .value = bytes_from_text("theirs")};
    const struct operation own = bind(UPLOAD_A);
    const struct transaction transaction = {
        .operations = &own, .operation_count = 1, .local_id = 1};
    const struct judge_case judged = {.author = {.writer = 5, .push_number = 1},
                                      .transaction = &transaction};
    const struct conflict_state *lost;
    struct verdict verdict;

    story->policy.merges = &mine;
    story->policy.merge_count = 1;
    CU_ASSERT_EQUAL(ask(story, theirs), DALV_OK);
    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL_FATAL(judge_transaction(&story->judge, &judged, &verdict),
                          DALV_OK);
    CU_ASSERT_EQUAL(verdict.result, OUTCOME_APPLIED);
    judge_end_record(&story->judge, &judged.author, verdict.effects,
                     verdict.effect_count, verdict.revision);
    CU_ASSERT_STRING_EQUAL(last(story),
                           "@2 putparts closed2 lost live=1048580");
    lost = &story->judge.records[story->judge.record_count - 1]
                .effects[2]
                .conflict;
    CU_ASSERT_EQUAL(lost->operation_type, OPERATION_PUT);
    CU_ASSERT_TRUE(bytes_equal(lost->value, bytes_from_text("theirs")));
    end(&story);
}

/* Whoever knows its number changes nothing of a value behind its back. */
static void takes_no_part_of_a_value_that_is_put(void)
{
    struct story *story = begin();
    size_t count;

    send_both(story, UPLOAD_A);
    CU_ASSERT_EQUAL(ask(story, bind(UPLOAD_A)), DALV_OK);
    story->judge.options.now_us += DAY_US + 1;
    CU_ASSERT_EQUAL(upload_end(&story->judge, bytes_from_text("k"), UPLOAD_A),
                    DALV_OK);
    count = story->judge.record_count;
    CU_ASSERT_EQUAL(ask(story, part(UPLOAD_A, 0, full())), DALV_OK);
    CU_ASSERT_EQUAL(story->judge.record_count, count);
    end(&story);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(counts_parts_from_the_first_on_and_a_value_once),
        SUITE_TEST(takes_a_part_once_however_often_it_comes),
        SUITE_TEST(refuses_a_part_out_of_its_order),
        SUITE_TEST(refuses_a_part_beyond_the_quota),
        SUITE_TEST(puts_only_all_that_was_meant),
        SUITE_TEST(gives_up_the_parts_of_what_is_replaced),
        SUITE_TEST(gives_up_what_one_transaction_puts_and_replaces),
        SUITE_TEST(leaves_an_upload_open_when_its_put_is_refused),
        SUITE_TEST(gives_up_what_its_sender_does_not_want),
        SUITE_TEST(gives_up_an_upload_after_a_day),
        SUITE_TEST(begins_nothing_under_a_number_whose_parts_are_purged),
        SUITE_TEST(forgets_an_upload_a_day_after_it_was_given_up),
        SUITE_TEST(keeps_the_parts_of_a_value_when_it_forgets_the_upload),
        SUITE_TEST(keeps_what_a_value_in_parts_was_put_over),
        SUITE_TEST(takes_no_part_of_a_value_that_is_put),
    };

    return SUITE_RUN("sync/upload", tests);
}
