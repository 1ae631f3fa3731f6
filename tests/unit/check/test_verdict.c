#include "tests/check/verdict.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_BYTES_MAX = 512,
    SAID_BYTES_MAX = 4096,
};

/* What is objected to in a history of these lines. */
struct judgement {
    size_t objection_count;
    size_t undecided_count;
    char said[SAID_BYTES_MAX];
};

static struct judgement judge(const char *const *lines, size_t count)
{
    static char text[1 << 16];
    static char problem[LINE_BYTES_MAX];
    static struct judgement judgement;
    struct history history = {0};
    struct verdict verdict = {0};
    FILE *file;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(text);

        (void)snprintf(text + size, sizeof(text) - size, "%s\n", lines[i]);
    }
    memset(&judgement, 0, sizeof(judgement));
    file = fmemopen(text, strlen(text), "r");
    CU_ASSERT_EQUAL(history_read(&history, file, problem, sizeof(problem)),
                    DALV_OK);
    (void)fclose(file);
    file = fmemopen(judgement.said, sizeof(judgement.said) - 1, "w");
    verdict.objections.file = file;
    verdict_reach(&verdict, &history);
    (void)fclose(file);
    history_deinit(&history);
    judgement.objection_count = verdict.objections.count;
    judgement.undecided_count = verdict.undecided_count;
    return judgement;
}

#define JUDGE(lines) judge((lines), sizeof(lines) / sizeof((lines)[0]))

#define PUT(id, at, request, value)                                            \
    "{\"id\":" #id ",\"at\":" #at                                              \
    ",\"call\":\"update\",\"user\":\"ann\",\"request\":\"" request             \
    "\",\"do\":[[\"put\",\"k\",\"" value "\"]]}"
#define ADD(id, at, request, number)                                           \
    "{\"id\":" #id ",\"at\":" #at                                              \
    ",\"call\":\"update\",\"user\":\"ann\",\"request\":\"" request             \
    "\",\"do\":[[\"add\",\"n\"," #number "]]}"
#define GET(id, at, key)                                                       \
    "{\"id\":" #id ",\"at\":" #at                                              \
    ",\"call\":\"get\",\"user\":\"ann\",\"key\":\"" key "\"}"
#define DONE(id, at, revision)                                                 \
    "{\"id\":" #id ",\"at\":" #at ",\"end\":\"done\",\"revision\":" #revision  \
    "}"
#define CAME_TO(id, at, revision, result)                                      \
    "{\"id\":" #id ",\"at\":" #at ",\"end\":\"done\",\"revision\":" #revision  \
    ",\"number\":" #result "}"
#define READ(id, at, text)                                                     \
    "{\"id\":" #id ",\"at\":" #at ",\"end\":\"done\",\"value\":\"" text "\"}"
#define READ_NOTHING(id, at) "{\"id\":" #id ",\"at\":" #at ",\"end\":\"done\"}"
#define ENDED(id, at, how) "{\"id\":" #id ",\"at\":" #at ",\"end\":\"" how "\"}"

static void accepts_one_behind_the_other(void)
{
    static const char *const lines[] = {
        GET(1, 1, "k"),       READ_NOTHING(1, 2),   PUT(2, 3, "a", "x"),
        DONE(2, 4, 1),        GET(3, 5, "k"),       READ(3, 6, "x"),
        ADD(4, 7, "b", 5),    CAME_TO(4, 8, 2, 5),  ADD(5, 9, "c", -2),
        CAME_TO(5, 10, 3, 3), PUT(6, 11, "d", "y"), DONE(6, 12, 4),
        GET(7, 13, "k"),      READ(7, 14, "y"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

static void accepts_either_answer_while_a_write_is_under_way(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"), GET(2, 2, "k"),     GET(3, 3, "k"),
        READ(2, 4, "x"),     READ_NOTHING(3, 5), DONE(1, 6, 1),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

static void objects_to_a_read_that_misses_what_was_acknowledged(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"),
        DONE(1, 2, 1),
        GET(2, 3, "k"),
        READ_NOTHING(2, 4),
    };
    struct judgement judgement = JUDGE(lines);

    CU_ASSERT_EQUAL(judgement.objection_count, 1);
    CU_ASSERT_STRING_EQUAL(
        judgement.said,
        "ann: no order explains call 2: it read nothing at k; at the furthest, "
        "at revision 1, there was \"x\" of revision 1\n");
}

static void objects_to_reads_that_go_back_in_time(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"), GET(2, 2, "k"),     READ(2, 3, "x"),
        GET(3, 4, "k"),      READ_NOTHING(3, 5), DONE(1, 6, 1),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

static void objects_to_a_value_that_nobody_wrote(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"),
        DONE(1, 2, 1),
        GET(2, 3, "k"),
        READ(2, 4, "z"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

static void objects_to_a_request_that_was_done_twice(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1),
        DONE(1, 2, 1),
        ADD(2, 3, "a", 1),
        DONE(2, 4, 2),
    };
    struct judgement judgement = JUDGE(lines);

    CU_ASSERT_EQUAL(judgement.objection_count, 1);
    CU_ASSERT_STRING_EQUAL(
        judgement.said,
        "ann: doubled: request a took revision 1 and revision 2\n");
}

static void takes_a_repetition_for_the_same_request(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1), ADD(2, 2, "a", 1), ENDED(1, 3, "unknown"),
        DONE(2, 4, 1),     ADD(3, 5, "b", 1), CAME_TO(3, 6, 2, 2),
        ADD(4, 7, "a", 1), DONE(4, 8, 1),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

static void objects_to_what_was_refused_and_done(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1),
        ENDED(1, 2, "refused"),
        ADD(2, 3, "a", 1),
        DONE(2, 4, 1),
    };
    struct judgement judgement = JUDGE(lines);

    CU_ASSERT_EQUAL(judgement.objection_count, 1);
    CU_ASSERT_STRING_EQUAL(
        judgement.said,
        "ann: undead: request a was done, and refused for good\n");
}

static void objects_to_what_was_refused_and_is_seen(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"),
        ENDED(1, 2, "refused"),
        GET(2, 3, "k"),
        READ(2, 4, "x"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

static void objects_to_a_revision_that_was_given_twice(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1),
        DONE(1, 2, 1),
        ADD(2, 3, "b", 1),
        DONE(2, 4, 1),
    };
    struct judgement judgement = JUDGE(lines);

    CU_ASSERT_EQUAL(judgement.objection_count, 1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(judgement.said, "ann: revision 1 was given twice, to "));
}

static void objects_to_a_gap_between_revisions(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1),
        DONE(1, 2, 1),
        ADD(2, 3, "b", 1),
        DONE(2, 4, 3),
    };
    struct judgement judgement = JUDGE(lines);

    CU_ASSERT_EQUAL(judgement.objection_count, 1);
    CU_ASSERT_STRING_EQUAL(
        judgement.said,
        "ann: revisions up to 3, of which 2 were told and at most 0 may be of "
        "requests that are unknown\n");
}

static void fills_a_gap_by_the_only_unknown_request_that_fits(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"), PUT(2, 2, "b", "y"), ENDED(1, 3, "unknown"),
        PUT(3, 4, "c", "z"), DONE(3, 5, 2),       GET(4, 6, "k"),
        READ(4, 7, "z"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

/* The gap before revision 3 may be either of two; what is read later tells. */
static void takes_back_a_choice_that_was_wrong(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"), PUT(2, 2, "b", "y"), GET(3, 3, "k"),
        READ(3, 9, "y"),     ADD(4, 10, "c", 1),  DONE(4, 11, 2),
        GET(5, 12, "k"),     READ(5, 13, "y"),    GET(6, 14, "k"),
        READ(6, 15, "x"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

static void lets_an_unknown_request_take_effect_late(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"), ENDED(1, 2, "unknown"), GET(2, 3, "k"),
        READ_NOTHING(2, 4),  PUT(3, 5, "b", "y"),    DONE(3, 6, 1),
        GET(4, 7, "k"),      READ(4, 8, "y"),        GET(5, 9, "k"),
        READ(5, 10, "x"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

static void lets_an_unknown_request_take_effect_only_once(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"), ENDED(1, 2, "unknown"), GET(2, 3, "k"),
        READ(2, 4, "x"),     PUT(3, 5, "b", "y"),    DONE(3, 6, 2),
        GET(4, 7, "k"),      READ(4, 8, "x"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

static void objects_to_revisions_against_the_order_of_time(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1),
        DONE(1, 2, 2),
        ADD(2, 3, "b", 1),
        DONE(2, 4, 1),
    };
    struct judgement judgement = JUDGE(lines);

    CU_ASSERT_EQUAL(judgement.objection_count, 1);
    CU_ASSERT_STRING_EQUAL(
        judgement.said,
        "ann: no order explains call 1: it took revision 2; at the furthest, "
        "revision 1 has nobody who could take it\n");
}

static void objects_to_a_counter_that_came_to_too_much(void)
{
    static const char *const lines[] = {
        ADD(1, 1, "a", 1),
        CAME_TO(1, 2, 1, 1),
        ADD(2, 3, "b", 1),
        CAME_TO(2, 4, 2, 3),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

/* A transaction is seen whole: one key of it cannot be old, the other new. */
static void objects_to_half_of_a_transaction(void)
{
    static const char *const lines[] = {
        "{\"id\":1,\"at\":1,\"call\":\"update\",\"user\":\"ann\",\"request\":"
        "\"a\",\"do\":[[\"put\",\"k\",\"x\"],[\"put\",\"l\",\"x\"]]}",
        GET(2, 2, "k"),
        READ(2, 3, "x"),
        GET(3, 4, "l"),
        READ_NOTHING(3, 5),
        DONE(1, 6, 1),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

static void objects_to_a_read_of_another_revision(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"),
        DONE(1, 2, 1),
        PUT(2, 3, "b", "x"),
        DONE(2, 4, 2),
        GET(3, 5, "k"),
        "{\"id\":3,\"at\":6,\"end\":\"done\",\"value\":\"x\",\"revision\":1}",
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 1);
}

static void judges_each_user_alone(void)
{
    static const char *const lines[] = {
        PUT(1, 1, "a", "x"),
        DONE(1, 2, 1),
        "{\"id\":2,\"at\":3,\"call\":\"update\",\"user\":\"bob\",\"request\":"
        "\"a\",\"do\":[[\"put\",\"k\",\"z\"]]}",
        DONE(2, 4, 1),
        GET(3, 5, "k"),
        READ(3, 6, "x"),
    };

    CU_ASSERT_EQUAL(JUDGE(lines).objection_count, 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(accepts_one_behind_the_other),
    SUITE_TEST(accepts_either_answer_while_a_write_is_under_way),
    SUITE_TEST(objects_to_a_read_that_misses_what_was_acknowledged),
    SUITE_TEST(objects_to_reads_that_go_back_in_time),
    SUITE_TEST(objects_to_a_value_that_nobody_wrote),
    SUITE_TEST(objects_to_a_request_that_was_done_twice),
    SUITE_TEST(takes_a_repetition_for_the_same_request),
    SUITE_TEST(objects_to_what_was_refused_and_done),
    SUITE_TEST(objects_to_what_was_refused_and_is_seen),
    SUITE_TEST(objects_to_a_revision_that_was_given_twice),
    SUITE_TEST(objects_to_a_gap_between_revisions),
    SUITE_TEST(fills_a_gap_by_the_only_unknown_request_that_fits),
    SUITE_TEST(takes_back_a_choice_that_was_wrong),
    SUITE_TEST(lets_an_unknown_request_take_effect_late),
    SUITE_TEST(lets_an_unknown_request_take_effect_only_once),
    SUITE_TEST(objects_to_revisions_against_the_order_of_time),
    SUITE_TEST(objects_to_a_counter_that_came_to_too_much),
    SUITE_TEST(objects_to_half_of_a_transaction),
    SUITE_TEST(objects_to_a_read_of_another_revision),
    SUITE_TEST(judges_each_user_alone),
};

int main(void)
{
    return SUITE_RUN("check/verdict", tests);
}
