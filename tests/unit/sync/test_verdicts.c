/*
 * What becomes of each operation when another came first: the table of DESIGN
 * 7, written out by hand.
 *
 * A key starts as a register "s", a list [x], the counter 1, or absent. Then
 * another writer does `theirs`; then a device, which saw only the start, does
 * `mine`. The last column is the same with `theirs` done by the device itself.
 *
 * A: applied, M: merged, C: refused as a conflict, O: as occupied, W: as of the
 * wrong kind; behind it what the key then is: "=" a register, "#" a counter,
 * "[]" a list, "-" nothing.
 */
#include "sync/judge.h"

#include "base/text.h"
#include "tests/support/suite.h"
#include "tests/unit/sync/sync_fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    POLICIES = 4, /* And the device's own work. */
    TEXT_BYTES = 64,
};

struct row {
    enum operation_type mine;
    enum operation_type theirs;
    char start; /* 'r', 'l', 'c' or '-'. */
    const char *expected[POLICIES];
};

#define PUT OPERATION_PUT
#define DEL OPERATION_DEL
#define ADD OPERATION_ADD
#define ADDL OPERATION_ADD_TO_LIST
#define REML OPERATION_REMOVE_FROM_LIST
#define INC OPERATION_INCREMENT

/* clang-format off */
static const struct row rows[] = {
    /* mine  theirs start ask     mine       theirs     own */
    {PUT,  PUT,  'r', {"C =t",    "A =m",    "M =t",    "A =m"}},
    {PUT,  DEL,  'r', {"C -",     "A =m",    "M -",     "A =m"}},
    {PUT,  ADD,  '-', {"C =t",    "A =m",    "M =t",    "A =m"}},
    {PUT,  ADDL, 'l', {"C [xt]",  "A =m",    "M [xt]",  "A =m"}},
    {PUT,  REML, 'l', {"C []",    "A =m",    "M []",    "A =m"}},
    {PUT,  INC,  'c', {"C #4",    "A =m",    "M #4",    "A =m"}},

    {DEL,  PUT,  'r', {"C =t",    "A -",     "M =t",    "A -"}},
    {DEL,  DEL,  'r', {"A -",     "A -",     "A -",     "A -"}},
    {DEL,  ADD,  '-', {"C =t",    "A -",     "M =t",    "A -"}},
    {DEL,  ADDL, 'l', {"C [xt]",  "A -",     "M [xt]",  "A -"}},
    {DEL,  REML, 'l', {"C []",    "A -",     "M []",    "A -"}},
    {DEL,  INC,  'c', {"C #4",    "A -",     "M #4",    "A -"}},

    {ADD,  PUT,  '-', {"C =t",    "O =t",    "M =t",    "O =t"}},
    {ADD,  DEL,  '-', {"A =m",    "A =m",    "A =m",    "A =m"}},
    {ADD,  ADD,  '-', {"C =t",    "O =t",    "M =t",    "O =t"}},
    {ADD,  ADDL, '-', {"C [t]",   "O [t]",   "M [t]",   "O [t]"}},
    {ADD,  REML, '-', {"A =m",    "A =m",    "A =m",    "A =m"}},
    {ADD,  INC,  '-', {"C #3",    "O #3",    "M #3",    "O #3"}},

    {ADDL, PUT,  'l', {"C =t",    "A [m]",   "M =t",    "W =t"}},
    {ADDL, DEL,  'l', {"C -",     "A [m]",   "M -",     "A [m]"}},
    {ADDL, ADD,  '-', {"C =t",    "A [m]",   "M =t",    "W =t"}},
    {ADDL, ADDL, 'l', {"A [xtm]", "A [xtm]", "A [xtm]", "A [xtm]"}},
    {ADDL, REML, 'l', {"A [m]",   "A [m]",   "A [m]",   "A [m]"}},
    {ADDL, INC,  '-', {"C #3",    "A [m]",   "M #3",    "W #3"}},

    {REML, PUT,  'l', {"C =t",    "A =t",    "M =t",    "W =t"}},
    {REML, DEL,  'l', {"C -",     "A -",     "M -",     "A -"}},
    {REML, ADD,  '-', {"C =t",    "A =t",    "M =t",    "W =t"}},
    {REML, ADDL, 'l', {"A [t]",   "A [t]",   "A [t]",   "A [t]"}},
    {REML, REML, 'l', {"A []",    "A []",    "A []",    "A []"}},
    {REML, INC,  '-', {"C #3",    "A #3",    "M #3",    "W #3"}},

    {INC,  PUT,  'c', {"C =t",    "A #5",    "M =t",    "W =t"}},
    {INC,  DEL,  'c', {"C -",     "A #5",    "M -",     "A #5"}},
    {INC,  ADD,  '-', {"C =t",    "A #5",    "M =t",    "W =t"}},
    {INC,  ADDL, '-', {"C [t]",   "A #5",    "M [t]",   "W [t]"}},
    {INC,  REML, '-', {"A #5",    "A #5",    "A #5",    "A #5"}},
    {INC,  INC,  'c', {"A #9",    "A #9",    "A #9",    "A #9"}},
};
/* clang-format on */

static const char *const keys[POLICIES] = {"ask/k", "mine/k", "theirs/k",
                                           "ask/own"};

static const struct policy_merge_rule merges[] = {
    {.prefix = {(const uint8_t *)"mine/", 5}, .merge = POLICY_MINE},
    {.prefix = {(const uint8_t *)"theirs/", 7}, .merge = POLICY_THEIRS},
};

static struct operation make(enum operation_type type, const char *key,
                             const char *value, const struct dot *dot)
{
    return (struct operation){
        .type = type,
        .key = bytes_from_text(key),
        .value = bytes_make(value, type == PUT || type == ADD || type == ADDL),
        .number = type != INC       ? 0
                  : value[0] == 'm' ? 5
                                    : 3,
        .dots = type == REML ? dot : NULL,
        .dot_count = type == REML ? 1 : 0,
    };
}

static void put_list(const struct small_store *store, size_t key,
                     struct text *text)
{
    uint64_t last = 0;

    text_put_char(text, '[');
    for (;;) {
        const struct store_element *next = NULL;

        for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
            const struct store_element *element = &store->elements[i];

            if (element->is_used && element->key == key &&
                !element->state.is_removed &&
                element->state.generation ==
                    store->keys[key].state.generation &&
                element->state.added_revision > last &&
                (next == NULL ||
                 element->state.added_revision < next->state.added_revision))
                next = element;
        }
        if (next == NULL)
            break;
        last = next->state.added_revision;
        text_put_bytes(text, store_text_bytes(&next->value));
    }
    text_put_char(text, ']');
}

static void put_state(const struct small_store *store, const char *key,
                      struct text *text)
{
    const struct store_key *slot = store_key(store, key);

    if (slot == NULL || slot->state.kind == KEY_NONE) {
        text_put_char(text, '-');
    } else if (slot->state.kind == KEY_REGISTER) {
        text_put_char(text, '=');
        text_put_bytes(text, store_text_bytes(&slot->value));
    } else if (slot->state.kind == KEY_COUNTER) {
        text_put_char(text, '#');
        text_put_i64(text, slot->state.number);
    } else {
        put_list(store, (size_t)(slot - store->keys), text);
    }
}

static const char *name_of(const struct outcome *outcome)
{
    if (outcome->result == OUTCOME_APPLIED)
        return "A ";
    if (outcome->result == OUTCOME_MERGED)
        return "M ";
    if (outcome->status == DALV_CONFLICT)
        return "C ";
    if (outcome->status == DALV_OCCUPIED)
        return "O ";
    if (outcome->status == DALV_WRONG_KIND)
        return "W ";
    return status_name(outcome->status);
}

/* The dot of the element that a list starts with. */
static struct dot start_key(struct fixture *fixture, char start,
                            const char *key)
{
    struct dot dot = {0};

    if (start == 'r')
        (void)fixture_write(fixture, put(key, "s"));
    if (start == 'c')
        (void)fixture_write(fixture, increment(key, 1));
    if (start == 'l')
        dot.local_id = fixture_write(fixture, add_to_list(key, "x"));
    return dot;
}

static void play(const struct row *row, size_t policy)
{
    struct fixture *fixture = fixture_create();
    const char *key = keys[policy];
    uint64_t device = fixture_open(fixture, 1);
    struct dot dot = start_key(fixture, row->start, key);
    uint64_t base = fixture->store.user.revision;
    struct operation theirs = make(row->theirs, key, "t", &dot);
    struct operation mine = make(row->mine, key, "m", &dot);
    struct outcome outcome;
    char room[TEXT_BYTES];
    struct text text;

    fixture->policy.merges = merges;
    fixture->policy.merge_count = 2;
    if (policy == POLICIES - 1)
        (void)fixture_push(fixture, device, base, &theirs, 1);
    else
        (void)fixture_update(fixture, &theirs, 1);
    outcome = fixture_push(fixture, device, base, &mine, 1);
    text_init(&text, room, sizeof(room));
    text_put(&text, name_of(&outcome));
    put_state(&fixture->store, key, &text);
    if (strcmp(text_string(&text), row->expected[policy]) != 0)
        printf("%s after %s under %s: %s, not %s\n",
               operation_type_name(row->mine), operation_type_name(row->theirs),
               key, text_string(&text), row->expected[policy]);
    CU_ASSERT_STRING_EQUAL(text_string(&text), row->expected[policy]);
    fixture_destroy(&fixture);
}

static void play_all(size_t policy)
{
    CU_ASSERT_EQUAL(sizeof(rows) / sizeof(rows[0]), 36);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        play(&rows[i], policy);
}

static void asks_the_application(void)
{
    play_all(0);
}

static void lets_mine_win(void)
{
    play_all(1);
}

static void lets_theirs_win(void)
{
    play_all(2);
}

static void finds_no_conflict_with_own_work(void)
{
    play_all(3);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(asks_the_application),
        SUITE_TEST(lets_mine_win),
        SUITE_TEST(lets_theirs_win),
        SUITE_TEST(finds_no_conflict_with_own_work),
    };

    return SUITE_RUN("sync/verdicts", tests);
}
