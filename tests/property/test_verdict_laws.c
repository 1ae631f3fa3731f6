/*
 * Laws of who judges histories (tests/check): a history that a correct database
 * made is never objected to, and one with an answer that cannot be always is.
 */
#include "base/prng.h"
#include "tests/check/verdict.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 200,
    CLIENTS = 5,
    CALLS = 120,
    KEYS = 3,
    STEP_US = 10, /* Between two moments of one client. */
    KEY_BYTES = 8,
};

/* One client's call that is under way. */
struct client {
    size_t call;
    uint64_t next_us; /* Its next moment. */
    enum {
        RESTING,
        CALLED,
        DONE,
    } state;
};

struct database {
    struct history history;
    struct prng prng;
    uint64_t revision;
    int64_t counters[KEYS]; /* Counters, so that each revision is another. */
    uint64_t revisions[KEYS];
};

static bool is_one_of(struct database *database, unsigned count)
{
    return prng_below(&database->prng, count) == 0;
}

static uint32_t key_number(struct database *database, uint64_t key)
{
    char name[KEY_BYTES];

    (void)snprintf(name, sizeof(name), "k%llu", (unsigned long long)key);
    return vocabulary_number(&database->history.keys, name);
}

static size_t begin_call(struct database *database, uint64_t now_us)
{
    struct history *history = &database->history;
    uint64_t key = prng_below(&database->prng, KEYS);
    struct history_call *call = history_add_call(history);
    char request[32];

    (void)snprintf(request, sizeof(request), "ann %zu", history->call_count);
    call->called_us = now_us;
    call->user = vocabulary_number(&history->users, "ann");
    call->is_get = is_one_of(database, 2);
    call->key = key_number(database, key);
    if (!call->is_get) {
        call->request = vocabulary_number(&history->requests, request);
        history_add_operation(
            history, &(struct history_operation){
                         .verb = HISTORY_ADD,
                         .key = call->key,
                         .value = VOCABULARY_NONE,
                         .number = 1 + (int64_t)prng_below(&database->prng, 3),
                     });
    }
    return history->call_count - 1;
}

/* The moment at which it takes effect. */
static void do_call(struct database *database, size_t number)
{
    struct history_call *call = &database->history.calls[number];
    uint32_t key = call->key;

    if (call->is_get) {
        call->found =
            database->revisions[key] == 0 ? HISTORY_ABSENT : HISTORY_NUMBER;
        call->number = database->counters[key];
        return;
    }
    database->revisions[key] = ++database->revision;
    database->counters[key] += database->history.operations[call->first].number;
    call->revision = database->revision;
}

static void end_call(struct database *database, size_t number, uint64_t now_us,
                     bool is_told)
{
    struct history_call *call = &database->history.calls[number];

    call->ended_us = now_us;
    call->end = is_told ? HISTORY_DONE : HISTORY_UNKNOWN;
    if (!is_told)
        call->revision = 0;
}

static void step(struct database *database, struct client *client)
{
    uint64_t now_us = client->next_us;

    client->next_us += 1 + prng_below(&database->prng, STEP_US);
    switch (client->state) {
    case RESTING:
        client->call = begin_call(database, now_us);
        client->state = CALLED;
        break;
    case CALLED:
        /* One that is never heard of again, and was not done. */
        if (is_one_of(database, 20)) {
            end_call(database, client->call, now_us, false);
            client->state = RESTING;
            break;
        }
        do_call(database, client->call);
        client->state = DONE;
        break;
    case DONE:
        end_call(database, client->call, now_us, !is_one_of(database, 10));
        client->state = RESTING;
        break;
    }
}

static void make_history(struct database *database, uint64_t seed)
{
    struct client clients[CLIENTS] = {{0}};

    *database = (struct database){0};
    prng_init(&database->prng, seed);
    for (uint64_t i = 0; i < KEYS; i++)
        (void)key_number(database, i);
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i].next_us = 1 + prng_below(&database->prng, STEP_US);
    while (database->history.call_count < CALLS) {
        struct client *first = &clients[0];

        for (size_t i = 1; i < CLIENTS; i++) {
            if (clients[i].next_us < first->next_us)
                first = &clients[i];
        }
        step(database, first);
    }
}

static size_t objections_to(const struct database *database)
{
    struct verdict verdict = {0};

    verdict_reach(&verdict, &database->history);
    CU_ASSERT_EQUAL(verdict.undecided_count, 0);
    return verdict.objections.count;
}

static void never_objects_to_what_was_right(void)
{
    static struct database database;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        size_t count;

        make_history(&database, seed);
        count = objections_to(&database);
        if (count != 0)
            (void)fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
        CU_ASSERT_EQUAL(count, 0);
        history_deinit(&database.history);
    }
}

/* Counters only grow here: none was ever below 0. */
static bool spoil_a_read(struct database *database)
{
    for (size_t i = CALLS / 2; i < database->history.call_count; i++) {
        struct history_call *call = &database->history.calls[i];

        if (!call->is_get || call->end != HISTORY_DONE ||
            call->found != HISTORY_NUMBER)
            continue;
        call->number = -1;
        return true;
    }
    return false;
}

/* Who had his answer before another asked is not behind him. */
static bool spoil_the_order(struct database *database)
{
    struct history_call *early = NULL;

    for (size_t i = 0; i < database->history.call_count; i++) {
        struct history_call *call = &database->history.calls[i];
        uint64_t revision = call->revision;

        if (call->is_get || call->end != HISTORY_DONE)
            continue;
        if (early == NULL) {
            early = call;
        } else if (early->ended_us < call->called_us) {
            call->revision = early->revision;
            early->revision = revision;
            return true;
        }
    }
    return false;
}

static void always_objects_to_what_cannot_be(void)
{
    static struct database database;
    size_t spoilt = 0;

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool is_spoilt;

        make_history(&database, seed);
        is_spoilt = seed % 2 == 0 ? spoil_a_read(&database)
                                  : spoil_the_order(&database);
        spoilt += is_spoilt ? 1 : 0;
        if (is_spoilt)
            CU_ASSERT(objections_to(&database) > 0);
        history_deinit(&database.history);
    }
    CU_ASSERT(spoilt > SEEDS * 9 / 10);
}

static const struct suite_test tests[] = {
    SUITE_TEST(never_objects_to_what_was_right),
    SUITE_TEST(always_objects_to_what_cannot_be),
};

int main(void)
{
    return SUITE_RUN("check/verdict_laws", tests);
}
