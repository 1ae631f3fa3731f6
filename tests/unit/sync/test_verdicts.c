/*
 * What becomes of each operation when another came first: the table of DESIGN
 * 7, written out by hand.
 *
 * A key starts as a register "s", a list [x], the counter 1, or absent. Then
 * another writer does `theirs`; then a device, which saw only the start, does
 * `mine`. The last column is the same with `theirs` done by the device itself.
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
    /*            start  ask             mine            theirs          own */
    {PUT,  PUT,  'r', {"conflict =t",   "applied =m",   "merged =t",   "applied =m"}},
    {PUT,  DEL,  'r', {"conflict -",    "applied =m",   "merged -",    "applied =m"}},
    {PUT,  ADD,  '-', {"conflict =t",   "applied =m",   "merged =t",   "applied =m"}},
    {PUT,  ADDL, 'l', {"conflict [xt]", "applied =m",   "merged [xt]", "applied =m"}},
    {PUT,  REML, 'l', {"conflict []",   "applied =m",   "merged []",   "applied =m"}},
    {PUT,  INC,  'c', {"conflict #4",   "applied =m",   "merged #4",   "applied =m"}},

    {DEL,  PUT,  'r', {"conflict =t",   "applied -",    "merged =t",   "applied -"}},
    {DEL,  DEL,  'r', {"applied -",     "applied -",    "applied -",   "applied -"}},
    {DEL,  ADD,  '-', {"conflict =t",   "applied -",    "merged =t",   "applied -"}},
    {DEL,  ADDL, 'l', {"conflict [xt]", "applied -",    "merged [xt]", "applied -"}},
    {DEL,  REML, 'l', {"conflict []",   "applied -",    "merged []",   "applied -"}},
    {DEL,  INC,  'c', {"conflict #4",   "applied -",    "merged #4",   "applied -"}},

    {ADD,  PUT,  '-', {"conflict =t",   "occupied =t",  "merged =t",   "occupied =t"}},
    {ADD,  DEL,  '-', {"applied =m",    "applied =m",   "applied =m",  "applied =m"}},
    {ADD,  ADD,  '-', {"conflict =t",   "occupied =t",  "merged =t",   "occupied =t"}},
    {ADD,  ADDL, '-', {"conflict [t]",  "occupied [t]", "merged [t]",  "occupied [t]"}},
    {ADD,  REML, '-', {"applied =m",    "applied =m",   "applied =m",  "applied =m"}},
    {ADD,  INC,  '-', {"conflict #3",   "occupied #3",  "merged #3",   "occupied #3"}},

    {ADDL, PUT,  'l', {"conflict =t",   "applied [m]",  "merged =t",   "wrong kind =t"}},
    {ADDL, DEL,  'l', {"conflict -",    "applied [m]",  "merged -",    "applied [m]"}},
    {ADDL, ADD,  '-', {"conflict =t",   "applied [m]",  "merged =t",   "wrong kind =t"}},
    {ADDL, ADDL, 'l', {"applied [xtm]", "applied [xtm]", "applied [xtm]", "applied [xtm]"}},
    {ADDL, REML, 'l', {"applied [m]",   "applied [m]",  "applied [m]", "applied [m]"}},
    {ADDL, INC,  '-', {"conflict #3",   "applied [m]",  "merged #3",   "wrong kind #3"}},

    {REML, PUT,  'l', {"conflict =t",   "applied =t",   "merged =t",   "wrong kind =t"}},
    {REML, DEL,  'l', {"conflict -",    "applied -",    "merged -",    "applied -"}},
    {REML, ADD,  '-', {"conflict =t",   "applied =t",   "merged =t",   "wrong kind =t"}},
    {REML, ADDL, 'l', {"applied [t]",   "applied [t]",  "applied [t]", "applied [t]"}},
    {REML, REML, 'l', {"applied []",    "applied []",   "applied []",  "applied []"}},
    {REML, INC,  '-', {"conflict #3",   "applied #3",   "merged #3",   "wrong kind #3"}},

    {INC,  PUT,  'c', {"conflict =t",   "applied #5",   "merged =t",   "wrong kind =t"}},
    {INC,  DEL,  'c', {"conflict -",    "applied #5",   "merged -",    "applied #5"}},
    {INC,  ADD,  '-', {"conflict =t",   "applied #5",   "merged =t",   "wrong kind =t"}},
    {INC,  ADDL, '-', {"conflict [t]",  "applied #5",   "merged [t]",  "wrong kind [t]"}},
    {INC,  REML, '-', {"applied #5",    "applied #5",   "applied #5",  "applied #5"}},
    {INC,  INC,  'c', {"applied #9",    "applied #9",   "applied #9",  "applied #9"}},
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
        return "applied ";
    if (outcome->result == OUTCOME_MERGED)
        return "merged ";
    if (outcome->status == DALV_CONFLICT)
        return "conflict ";
    if (outcome->status == DALV_OCCUPIED)
        return "occupied ";
    if (outcome->status == DALV_WRONG_KIND)
        return "wrong kind ";
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
