#include "tests/check/deeds.h"

#include "base/assert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An update as it was asked for, again and again. */
struct request {
    const struct history_call *call; /* The one that came furthest. */
    uint64_t called_us;              /* HISTORY_NEVER: of another user. */
    uint64_t ended_us;
};

struct requests {
    const struct history *history;
    struct objections *objections;
    const char *user;
    struct request *items; /* By the number of the request. */
};

/* "USER REQUEST" without the user. */
static const char *request_name(const struct requests *requests,
                                const struct history_call *call)
{
    return vocabulary_text(&requests->history->requests, call->request) +
           strlen(requests->user) + 1;
}

/* ---- Requests ---- */

/* Rule 1, of two calls that were done. */
static void compare(const struct requests *requests,
                    const struct history_call *before,
                    const struct history_call *call)
{
    if (before->revision != call->revision)
        objections_add(requests->objections, requests->user,
                       "doubled: request %s took revision %" PRIu64
                       " and revision %" PRIu64,
                       request_name(requests, call), before->revision,
                       call->revision);
}

/* Rules 1 and 2. */
static void judge_repetition(const struct requests *requests,
                             const struct history_call *before,
                             const struct history_call *call)
{
    bool is_any_done = before->end == HISTORY_DONE || call->end == HISTORY_DONE;
    bool is_any_refused =
        before->end == HISTORY_REFUSED || call->end == HISTORY_REFUSED;

    if (is_any_done && is_any_refused)
        objections_add(requests->objections, requests->user,
                       "undead: request %s was done, and refused for good",
                       request_name(requests, call));
    else if (before->end == HISTORY_DONE && call->end == HISTORY_DONE)
        compare(requests, before, call);
}

static void take_update(struct requests *requests,
                        const struct history_call *call)
{
    struct request *request = &requests->items[call->request];

    if (request->called_us == HISTORY_NEVER) {
        *request = (struct request){.call = call,
                                    .called_us = call->called_us,
                                    .ended_us = HISTORY_NEVER};
    } else {
        judge_repetition(requests, request->call, call);
        if (call->called_us < request->called_us)
            request->called_us = call->called_us;
    }
    if (call->end == HISTORY_DONE) {
        if (request->call->end != HISTORY_DONE)
            request->call = call;
        if (request->ended_us == HISTORY_NEVER ||
            call->ended_us < request->ended_us)
            request->ended_us = call->ended_us;
    } else if (call->end == HISTORY_REFUSED &&
               request->call->end != HISTORY_DONE) {
        request->call = call;
    }
}

/* ---- Deeds ---- */

static void add(struct deeds *deeds, const struct deed *deed)
{
    deeds->items[deeds->count++] = *deed;
    if (deed->revision > deeds->revision_max)
        deeds->revision_max = deed->revision;
}

static void take_calls(struct deeds *deeds, struct requests *requests)
{
    const struct history *history = deeds->history;

    for (size_t i = 0; i < history->call_count; i++) {
        const struct history_call *call = &history->calls[i];

        if (call->user != deeds->user)
            continue;
        if (!call->is_get)
            take_update(requests, call);
        else if (call->end == HISTORY_DONE)
            add(deeds, &(struct deed){.call = call,
                                      .called_us = call->called_us,
                                      .ended_us = call->ended_us});
    }
}

static void take_requests(struct deeds *deeds, const struct requests *requests)
{
    for (uint32_t i = 0; i < deeds->history->requests.count; i++) {
        const struct request *request = &requests->items[i];
        struct deed deed = {
            .call = request->call,
            .called_us = request->called_us,
            .ended_us = request->ended_us,
        };

        if (request->called_us == HISTORY_NEVER ||
            request->call->end == HISTORY_REFUSED)
            continue;
        if (request->call->end == HISTORY_DONE)
            deed.revision = request->call->revision;
        add(deeds, &deed);
    }
}

/* ---- Revisions ---- */

static int by_revision(const void *left, const void *right)
{
    const struct deed *a = left;
    const struct deed *b = right;

    return (a->revision > b->revision) - (a->revision < b->revision);
}

/* Rules 3 and 4: the deeds stand in the order of their revisions. */
static void judge_revisions(const struct deeds *deeds,
                            const struct requests *requests)
{
    struct objections *objections = requests->objections;
    uint64_t told = 0;
    uint64_t unknown = 0;
    uint64_t before = 0;

    for (size_t i = 0; i < deeds->count; i++) {
        const struct deed *deed = &deeds->items[i];

        if (deed->call->is_get)
            continue;
        unknown += deed->revision == 0;
        if (deed->revision == 0)
            continue;
        if (deed->revision == before)
            objections_add(objections, requests->user,
                           "revision %" PRIu64 " was given twice, to %s too",
                           before, request_name(requests, deed->call));
        else
            told++;
        before = deed->revision;
    }
    if (deeds->revision_max - told > unknown)
        objections_add(objections, requests->user,
                       "revisions up to %" PRIu64 ", of which %" PRIu64
                       " were told and at most %" PRIu64
                       " may be of requests that are unknown",
                       deeds->revision_max, told, unknown);
}

static int by_call(const void *left, const void *right)
{
    const struct deed *a = left;
    const struct deed *b = right;

    if (a->called_us != b->called_us)
        return a->called_us > b->called_us ? 1 : -1;
    return (a->call > b->call) - (a->call < b->call);
}

void deeds_init(struct deeds *deeds, const struct history *history,
                uint32_t user, struct objections *objections)
{
    struct requests requests = {
        .history = history,
        .objections = objections,
        .user = vocabulary_text(&history->users, user),
    };

    *deeds = (struct deeds){.history = history, .user = user};
    deeds->items = calloc(history->call_count + 1, sizeof(*deeds->items));
    requests.items =
        calloc(history->requests.count + 1, sizeof(*requests.items));
    ASSERT(deeds->items != NULL && requests.items != NULL);
    take_calls(deeds, &requests);
    take_requests(deeds, &requests);
    qsort(deeds->items, deeds->count, sizeof(*deeds->items), by_revision);
    judge_revisions(deeds, &requests);
    qsort(deeds->items, deeds->count, sizeof(*deeds->items), by_call);
    free(requests.items);
}

void deeds_deinit(struct deeds *deeds)
{
    free(deeds->items);
    *deeds = (struct deeds){0};
}
