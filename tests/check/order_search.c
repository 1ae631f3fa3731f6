#include "tests/check/order_search.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/map.h"
#include "tests/check/user_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_BYTES = 96,
};

/* A call or an end, in the list by their time. */
struct moment {
    uint64_t at_us;
    size_t deed;
    bool is_end;
};

/* What was taken, to take it back. */
struct move {
    size_t deed;
    size_t change_count; /* Of the state, before. */
    bool is_choice;      /* Something else might do as well. */
};

struct order_search {
    const struct deeds *deeds;
    struct user_state state;
    struct moment *moments; /* 1 .. moment_count; 0 is the list's head. */
    size_t moment_count;
    size_t *next;
    size_t *previous;
    size_t *calls; /* By deed: its moments; 0: it has no end. */
    size_t *ends;
    size_t end_count; /* That stand in the list. */
    size_t *claims;   /* Revision -> deed + 1 that was told it; 0: nobody. */
    struct move *moves;
    size_t move_count;
    uint64_t taken_hash;
    struct map met;
    size_t choice_count;
    /* The furthest that it came. */
    size_t furthest;
    size_t blamed; /* The deed that ends first there. */
    uint64_t furthest_revision;
    char found[TEXT_BYTES]; /* By a get, there. */
};

/* ---- The list ---- */

static int by_time(const void *left, const void *right)
{
    const struct moment *a = left;
    const struct moment *b = right;

    if (a->at_us != b->at_us)
        return a->at_us > b->at_us ? 1 : -1;
    /* At the same time: both were under way. */
    if (a->is_end != b->is_end)
        return a->is_end ? 1 : -1;
    return (a->deed > b->deed) - (a->deed < b->deed);
}

static void *take_zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    ASSERT(memory != NULL);
    return memory;
}

static void make_list(struct order_search *search)
{
    const struct deeds *deeds = search->deeds;
    size_t count = 0;

    for (size_t i = 0; i < deeds->count; i++) {
        const struct deed *deed = &deeds->items[i];

        search->moments[++count] =
            (struct moment){.at_us = deed->called_us, .deed = i};
        if (deed->ended_us != HISTORY_NEVER)
            search->moments[++count] = (struct moment){
                .at_us = deed->ended_us, .deed = i, .is_end = true};
    }
    search->moment_count = count;
    qsort(search->moments + 1, count, sizeof(*search->moments), by_time);
    for (size_t i = 0; i <= count; i++) {
        search->next[i] = i < count ? i + 1 : 0;
        search->previous[i] = i > 0 ? i - 1 : count;
    }
    for (size_t i = 1; i <= count; i++) {
        const struct moment *moment = &search->moments[i];

        (moment->is_end ? search->ends : search->calls)[moment->deed] = i;
        search->end_count += moment->is_end;
    }
}

static void cut(struct order_search *search, size_t moment)
{
    search->next[search->previous[moment]] = search->next[moment];
    search->previous[search->next[moment]] = search->previous[moment];
}

static void put_back(struct order_search *search, size_t moment)
{
    search->next[search->previous[moment]] = moment;
    search->previous[search->next[moment]] = moment;
}

/* ---- Moves ---- */

static uint64_t deed_hash(size_t deed)
{
    return hash64(bytes_make(&deed, sizeof(deed)));
}

static void note_move(struct order_search *search, const struct move *move)
{
    search->moves[search->move_count++] = *move;
    search->taken_hash ^= deed_hash(move->deed);
    cut(search, search->calls[move->deed]);
    if (search->ends[move->deed] == 0)
        return;
    cut(search, search->ends[move->deed]);
    search->end_count--;
}

static const struct move *take_back(struct order_search *search)
{
    const struct move *move = &search->moves[--search->move_count];

    if (search->ends[move->deed] != 0) {
        put_back(search, search->ends[move->deed]);
        search->end_count++;
    }
    put_back(search, search->calls[move->deed]);
    search->taken_hash ^= deed_hash(move->deed);
    if (!search->deeds->items[move->deed].call->is_get)
        user_state_undo(&search->state, move->change_count);
    return move;
}

/* What must be next if anything is; false if it cannot. */
static bool take_update(struct order_search *search, size_t deed,
                        bool is_choice)
{
    struct move move = {.deed = deed,
                        .change_count = search->state.change_count,
                        .is_choice = is_choice};

    if (!user_state_apply(&search->state, search->deeds->history,
                          search->deeds->items[deed].call))
        return false;
    note_move(search, &move);
    return true;
}

static void take_gets(struct order_search *search)
{
    size_t moment = search->next[0];

    while (moment != 0 && !search->moments[moment].is_end) {
        size_t deed = search->moments[moment].deed;
        const struct history_call *call = search->deeds->items[deed].call;
        size_t next;

        if (!call->is_get || !user_state_explains(&search->state, call)) {
            moment = search->next[moment];
            continue;
        }
        /* Its own end may be what stands behind it. */
        next = search->previous[moment];
        note_move(search, &(struct move){.deed = deed});
        moment = search->next[next];
    }
}

/* Who was told the next revision; 0: nobody. */
static size_t claim(const struct order_search *search)
{
    uint64_t revision = search->state.revision + 1;

    return revision <= search->deeds->revision_max ? search->claims[revision]
                                                   : 0;
}

/* It was called before the first end in the list. */
static bool is_under_way(const struct order_search *search, size_t deed)
{
    size_t moment = search->next[0];

    while (moment != 0 && !search->moments[moment].is_end) {
        if (search->moments[moment].deed == deed)
            return true;
        moment = search->next[moment];
    }
    return false;
}

/* All that is the only thing to do; true if nothing is left to explain. */
static bool go_on(struct order_search *search)
{
    for (;;) {
        size_t deed;

        take_gets(search);
        if (search->end_count == 0)
            return true;
        deed = claim(search);
        if (deed == 0 || !is_under_way(search, deed - 1) ||
            !take_update(search, deed - 1, /* is_choice= */ false))
            return false;
    }
}

/* ---- Choices ---- */

/* Most histories leave nothing to choose. */
static void remember_choices(struct order_search *search)
{
    size_t slot_count = map_slot_count(ORDER_CHOICES_MAX);

    if (search->met.slots == NULL)
        map_init(&search->met,
                 take_zeroed(slot_count, sizeof(*search->met.slots)),
                 slot_count);
}

/* True if it was met before, or is one too many. */
static bool is_met(struct order_search *search)
{
    static char yes;
    uint64_t key = search->taken_hash ^ (search->state.hash * 31);

    remember_choices(search);
    if (map_get(&search->met, key) != NULL)
        return true;
    if (search->choice_count++ == ORDER_CHOICES_MAX)
        return true;
    map_put(&search->met, key, &yes);
    return false;
}

/* Fill a gap by a request whose outcome is unknown, behind this moment. */
static bool choose(struct order_search *search, size_t behind)
{
    size_t moment = search->next[behind];

    if (claim(search) != 0)
        return false;
    while (moment != 0 && !search->moments[moment].is_end) {
        size_t deed = search->moments[moment].deed;

        moment = search->next[moment];
        if (search->ends[deed] != 0 ||
            !take_update(search, deed, /* is_choice= */ true))
            continue;
        if (!is_met(search))
            return true;
        (void)take_back(search);
    }
    return false;
}

/* The last choice is made anew; false if there is none left. */
static bool choose_anew(struct order_search *search)
{
    while (search->move_count > 0) {
        const struct move *move = take_back(search);

        if (move->is_choice && choose(search, search->calls[move->deed]))
            return true;
    }
    return false;
}

/* ---- Blame ---- */

static void describe(const struct order_search *search, char text[TEXT_BYTES],
                     const struct key_content *content)
{
    const struct history *history = search->deeds->history;

    if (content->found == HISTORY_ABSENT)
        (void)snprintf(text, TEXT_BYTES, "nothing");
    else if (content->found == HISTORY_NUMBER)
        (void)snprintf(text, TEXT_BYTES, "%" PRId64 " of revision %" PRIu64,
                       content->number, content->revision);
    else
        (void)snprintf(text, TEXT_BYTES, "\"%.40s\" of revision %" PRIu64,
                       vocabulary_text(&history->values, content->value),
                       content->revision);
}

static void note_furthest(struct order_search *search)
{
    size_t moment = search->next[0];
    const struct history_call *call;

    if (search->move_count < search->furthest)
        return;
    while (!search->moments[moment].is_end)
        moment = search->next[moment];
    search->furthest = search->move_count;
    search->blamed = search->moments[moment].deed;
    search->furthest_revision = search->state.revision;
    call = search->deeds->items[search->blamed].call;
    if (call->is_get)
        describe(search, search->found, &search->state.keys[call->key]);
}

static void blame(const struct order_search *search,
                  struct objections *objections)
{
    const struct history *history = search->deeds->history;
    const struct deed *deed = &search->deeds->items[search->blamed];
    const struct history_call *call = deed->call;
    const char *user = vocabulary_text(&history->users, search->deeds->user);
    struct key_content told = {.found = call->found,
                               .value = call->value,
                               .number = call->number,
                               .revision = call->revision};
    char text[TEXT_BYTES];

    describe(search, text, &told);
    if (call->is_get)
        objections_add(objections, user,
                       "no order explains call %zu: it read %s at %s; at the "
                       "furthest, at revision %" PRIu64 ", there was %s",
                       (size_t)(call - history->calls) + 1, text,
                       vocabulary_text(&history->keys, call->key),
                       search->furthest_revision, search->found);
    else
        objections_add(objections, user,
                       "no order explains call %zu: it took revision %" PRIu64
                       "; at the furthest, revision %" PRIu64
                       " has nobody who could take it",
                       (size_t)(call - history->calls) + 1, deed->revision,
                       search->furthest_revision + 1);
}

/* ---- All of it ---- */

static void init(struct order_search *search, const struct deeds *deeds)
{
    size_t count = deeds->count * 2 + 1;

    *search = (struct order_search){.deeds = deeds};
    user_state_init(&search->state, deeds->history);
    search->moments = take_zeroed(count, sizeof(*search->moments));
    search->next = take_zeroed(count, sizeof(*search->next));
    search->previous = take_zeroed(count, sizeof(*search->previous));
    search->calls = take_zeroed(count, sizeof(*search->calls));
    search->ends = take_zeroed(count, sizeof(*search->ends));
    search->moves = take_zeroed(count, sizeof(*search->moves));
    search->claims =
        take_zeroed(deeds->revision_max + 1, sizeof(*search->claims));
    for (size_t i = 0; i < deeds->count; i++) {
        if (deeds->items[i].revision != 0)
            search->claims[deeds->items[i].revision] = i + 1;
    }
    make_list(search);
}

static void deinit(struct order_search *search)
{
    user_state_deinit(&search->state);
    free(search->moments);
    free(search->next);
    free(search->previous);
    free(search->calls);
    free(search->ends);
    free(search->moves);
    free(search->claims);
    free(search->met.slots);
}

enum order_verdict order_search(const struct deeds *deeds,
                                struct objections *objections)
{
    enum order_verdict verdict = ORDER_FOUND;
    struct order_search search;

    init(&search, deeds);
    while (!go_on(&search)) {
        note_furthest(&search);
        if (choose(&search, 0) || choose_anew(&search))
            continue;
        verdict = search.choice_count > ORDER_CHOICES_MAX ? ORDER_UNDECIDED
                                                          : ORDER_IMPOSSIBLE;
        break;
    }
    if (verdict == ORDER_IMPOSSIBLE)
        blame(&search, objections);
    deinit(&search);
    return verdict;
}
