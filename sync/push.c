#include "sync/push.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "model/transaction_format.h"
#include "sync/push_internal.h"

#include <string.h>

enum {
    /* Outcomes that one request forgets; the next forgets more. */
    DROPS_MAX = 1000,
};

/* What a key of the view means to the pushes that follow. */
struct push_mark {
    uint64_t blocked_by; /* The push refused at the root, or 0. */
    bool is_untold;      /* Own work on it was not told as a number: the device
                            waits for its value, so must what comes behind. */
};

/* A refused transaction that others may name by `after`. */
struct push_refused {
    uint64_t local_id;
    uint64_t root;
};

struct pushing {
    struct judge *judge;
    const struct push_request *request;
    struct view_device *entry;
    struct device_state device; /* As decided so far. */
    struct outcome *outcomes;   /* Kept ones, then those decided here. */
    size_t outcome_count;
    size_t outcome_logged; /* Of them, those that records hold. */
    size_t drop_count;     /* At their front: confirmed and to forget. */
    size_t drop_logged;
    struct push_mark *marks; /* One a key of the view. */
    struct push_refused *refused;
    size_t refused_count;
    uint64_t *applied; /* One a push first settled here. */
    size_t applied_count;
    uint64_t *revisions; /* Of `applied`, without zeros. */
    size_t revision_count;
    bool can_tell; /* Own work may come back as numbers. */
};

bool push_filter_skips(void *filter, struct bytes key, uint64_t revision)
{
    const struct push_filter *own = filter;
    size_t low = 0;
    size_t high = own->count;

    (void)key;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (own->revisions[middle] < revision)
            low = middle + 1;
        else
            high = middle;
    }
    return low < own->count && own->revisions[low] == revision;
}

static struct push_mark *mark_of(struct pushing *pushing, struct bytes key)
{
    struct user_view *view = pushing->judge->view;

    return &pushing->marks[user_view_key(view, key) - view->keys];
}

static enum dalv_status take_memory(struct pushing *pushing)
{
    struct user_view *view = pushing->judge->view;
    struct arena *arena = view->arena;
    size_t push_count = pushing->request->push_count;
    size_t sent_count = pushing->request->sent_count;
    size_t kept = pushing->entry->outcome_count;

    pushing->outcomes =
        arena_take(arena, kept + sent_count, sizeof(*pushing->outcomes));
    pushing->marks =
        arena_take(arena, view->key_count, sizeof(*pushing->marks));
    pushing->refused = arena_take(arena, push_count, sizeof(*pushing->refused));
    pushing->applied = arena_take(arena, sent_count, sizeof(*pushing->applied));
    pushing->revisions =
        arena_take(arena, push_count, sizeof(*pushing->revisions));
    if (pushing->outcomes == NULL || pushing->marks == NULL ||
        pushing->refused == NULL || pushing->applied == NULL ||
        pushing->revisions == NULL)
        return DALV_NO_MEMORY;
    if (kept > 0)
        memcpy(pushing->outcomes, pushing->entry->outcomes,
               kept * sizeof(*pushing->outcomes));
    pushing->outcome_count = kept;
    pushing->outcome_logged = kept;
    return DALV_OK;
}

/* Outcomes that the device holds need not be kept. */
static void confirm(struct pushing *pushing)
{
    struct device_state *device = &pushing->device;
    uint64_t confirmed = pushing->request->confirmed;

    if (confirmed > device->push_settled)
        confirmed = device->push_settled;
    if (confirmed > device->confirmed)
        device->confirmed = confirmed;
    while (pushing->drop_count < pushing->outcome_count &&
           pushing->drop_count < DROPS_MAX &&
           pushing->outcomes[pushing->drop_count].push_number <=
               device->confirmed)
        pushing->drop_count++;
}

/* What is still to be said in a record: at most so many effects. */
static size_t effects_due(const struct pushing *pushing)
{
    return (pushing->drop_count - pushing->drop_logged) +
           (pushing->outcome_count - pushing->outcome_logged);
}

static size_t put_due(struct pushing *pushing, struct effect *effects)
{
    uint64_t device = pushing->device.device;
    size_t count = 0;

    for (; pushing->drop_logged < pushing->drop_count; pushing->drop_logged++)
        effects[count++] = (struct effect){
            .type = EFFECT_OUTCOME_DROP,
            .device = device,
            .outcome.push_number =
                pushing->outcomes[pushing->drop_logged].push_number,
        };
    for (; pushing->outcome_logged < pushing->outcome_count;
         pushing->outcome_logged++)
        effects[count++] = (struct effect){
            .type = EFFECT_OUTCOME,
            .device = device,
            .outcome = pushing->outcomes[pushing->outcome_logged],
        };
    effects[count++] =
        (struct effect){.type = EFFECT_DEVICE, .device_state = pushing->device};
    return count;
}

/* Ends a record that holds what is due and the device as it now is. */
static void log_device(struct pushing *pushing, struct effect *effects,
                       size_t count, uint64_t revision)
{
    struct author author = {.writer = pushing->device.device,
                            .push_number = pushing->device.push_settled};

    pushing->device.seen_us = pushing->judge->options.now_us;
    count += put_due(pushing, effects + count);
    judge_end_record(pushing->judge, &author, effects, count, revision);
    pushing->entry->state = pushing->device;
}

/* Of two push numbers; 0 is none. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/*
 * What was refused holds up its keys and its name. A key that the view was not
 * asked for is one that nothing else here names.
 */
static void block(struct pushing *pushing,
                  const struct transaction *transaction, uint64_t root)
{
    struct user_view *view = pushing->judge->view;

    for (size_t i = 0; i < transaction->operation_count; i++) {
        const struct view_key *entry =
            user_view_key(view, transaction->operations[i].key);
        struct push_mark *mark;

        if (entry == NULL)
            continue;
        mark = &pushing->marks[entry - view->keys];
        mark->blocked_by = earlier(mark->blocked_by, root);
    }
    pushing->refused[pushing->refused_count++] =
        (struct push_refused){.local_id = transaction->local_id, .root = root};
}

/* The first refused push that this one depends on; 0 if none. */
static uint64_t find_root(struct pushing *pushing,
                          const struct transaction *transaction)
{
    uint64_t root = 0;

    for (size_t i = 0; i < transaction->operation_count; i++)
        root = earlier(
            root, mark_of(pushing, transaction->operations[i].key)->blocked_by);
    for (size_t i = 0; transaction->after != 0 && i < pushing->refused_count;
         i++) {
        if (pushing->refused[i].local_id == transaction->after)
            root = earlier(root, pushing->refused[i].root);
    }
    return root;
}

/* Refused ones that are settled already hold up what follows as well. */
static void block_settled(struct pushing *pushing, size_t skipped)
{
    const struct push_request *request = pushing->request;

    for (size_t i = 0; i < pushing->outcome_count; i++) {
        const struct outcome *outcome = &pushing->outcomes[i];
        uint64_t place = outcome->push_number - request->first;
        uint64_t root =
            outcome->waits_for != 0 ? outcome->waits_for : outcome->push_number;

        if (outcome->push_number >= request->first && place < skipped &&
            place < request->push_count && outcome->result == OUTCOME_REFUSED)
            block(pushing, &request->pushes[place].transaction, root);
    }
}

/*
 * True if the device, told the revision alone, comes to the same state: the
 * effects are what the operations say, and nobody else changed a key since the
 * cursor.
 */
static bool is_told_by_number(struct pushing *pushing,
                              const struct transaction *transaction,
                              const struct verdict *verdict)
{
    struct user_view *view = pushing->judge->view;
    uint64_t device = pushing->device.device;
    bool is_told = pushing->can_tell && verdict->is_exact;

    for (size_t i = 0; is_told && i < transaction->operation_count; i++) {
        struct bytes key = transaction->operations[i].key;
        const struct key_state *state = &user_view_key(view, key)->state;
        uint64_t others =
            state->writer == device ? state->other_revision : state->revision;

        is_told = others <= pushing->request->cursor.revision &&
                  !mark_of(pushing, key)->is_untold;
    }
    return is_told;
}

static void note_applied(struct pushing *pushing,
                         const struct transaction *transaction,
                         const struct verdict *verdict)
{
    if (is_told_by_number(pushing, transaction, verdict)) {
        pushing->applied[pushing->applied_count - 1] = verdict->revision;
        pushing->revisions[pushing->revision_count++] = verdict->revision;
        return;
    }
    for (size_t i = 0; i < transaction->operation_count; i++)
        mark_of(pushing, transaction->operations[i].key)->is_untold = true;
}

/* The push has this number and is settled by what follows. */
static void settle_next(struct pushing *pushing, size_t place)
{
    struct device_state *device = &pushing->device;

    device->push_settled++;
    device->chain = chain_extend(device->chain, pushing->request->sent[place]);
    pushing->applied_count++;
}

static void keep_outcome(struct pushing *pushing, const struct outcome *outcome)
{
    pushing->outcomes[pushing->outcome_count++] = *outcome;
}

static void refuse(struct pushing *pushing, size_t place,
                   const struct outcome *outcome)
{
    const struct push *push = &pushing->request->pushes[place];
    uint64_t root =
        outcome->waits_for != 0 ? outcome->waits_for : outcome->push_number;

    settle_next(pushing, place);
    keep_outcome(pushing, outcome);
    block(pushing, &push->transaction, root);
}

static void accept(struct pushing *pushing, size_t place,
                   struct verdict *verdict)
{
    const struct transaction *transaction =
        &pushing->request->pushes[place].transaction;

    settle_next(pushing, place);
    if (verdict->revision == 0)
        return;
    pushing->device.revision_last = verdict->revision;
    if (verdict->result == OUTCOME_MERGED)
        keep_outcome(pushing, &(struct outcome){
                                  .push_number = pushing->device.push_settled,
                                  .result = OUTCOME_MERGED,
                                  .revision = verdict->revision,
                              });
    log_device(pushing, verdict->effects, verdict->effect_count,
               verdict->revision);
    note_applied(pushing, transaction, verdict);
}

/* DALV_NO_MEMORY: nothing was settled. */
static enum dalv_status judge_push(struct pushing *pushing, size_t place)
{
    const struct push *push = &pushing->request->pushes[place];
    uint64_t number = pushing->device.push_settled + 1;
    struct outcome refused = {.push_number = number,
                              .result = OUTCOME_REFUSED,
                              .status = push->status};
    struct judge_case judged = {
        .author = {.writer = pushing->device.device, .push_number = number},
        .transaction = &push->transaction,
        .effects_reserved = effects_due(pushing) + 2,
    };
    struct verdict verdict;
    enum dalv_status status;

    if (push->status == DALV_OK)
        refused.waits_for = find_root(pushing, &push->transaction);
    if (refused.waits_for != 0)
        refused.status = DALV_WAITS;
    if (refused.status != DALV_OK) {
        refuse(pushing, place, &refused);
        return DALV_OK;
    }
    status = judge_transaction(pushing->judge, &judged, &verdict);
    if (status != DALV_OK)
        return status;
    if (verdict.result == OUTCOME_REFUSED) {
        refused.status = verdict.status;
        refused.operation = verdict.operation;
        refuse(pushing, place, &refused);
        return DALV_OK;
    }
    accept(pushing, place, &verdict);
    return DALV_OK;
}

static enum dalv_status judge_all(struct pushing *pushing, size_t skipped,
                                  size_t end)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = skipped; status == DALV_OK && i < end &&
                             pushing->outcome_count - pushing->drop_count <
                                 BOUNDS_REFUSALS_UNCONFIRMED_MAX;
         i++)
        status = judge_push(pushing, i);
    return status;
}

/*
 * Refusals alone, and what is forgotten, make a record without a revision. If
 * there is no room for it, what it would have said was not decided.
 */
static enum dalv_status log_rest(struct pushing *pushing)
{
    struct device_state *logged = &pushing->entry->state;
    uint64_t unlogged = pushing->device.push_settled - logged->push_settled;
    struct effect *effects;

    if (unlogged == 0 && effects_due(pushing) == 0)
        return DALV_OK;
    effects = judge_begin_record(pushing->judge, effects_due(pushing) + 1);
    if (effects != NULL) {
        log_device(pushing, effects, 0, 0);
        return DALV_OK;
    }
    if (unlogged < pushing->applied_count)
        pushing->applied_count -= (size_t)unlogged;
    else
        pushing->applied_count = 0;
    pushing->outcome_count = pushing->outcome_logged;
    pushing->drop_count = pushing->drop_logged;
    pushing->device = *logged;
    return DALV_NO_MEMORY;
}

static void answer(struct pushing *pushing, struct push_answer *made)
{
    size_t first = 0;

    pushing->entry->outcomes = pushing->outcomes + pushing->drop_count;
    pushing->entry->outcome_count =
        pushing->outcome_count - pushing->drop_count;
    while (first < pushing->entry->outcome_count &&
           pushing->entry->outcomes[first].push_number <=
               pushing->device.confirmed)
        first++;
    made->settled = pushing->device.push_settled;
    made->outcomes = pushing->entry->outcomes + first;
    made->outcome_count = pushing->entry->outcome_count - first;
    if (pushing->applied_count > 0)
        made->applied_first =
            pushing->device.push_settled - pushing->applied_count + 1;
    made->applied = pushing->applied;
    made->applied_count = pushing->applied_count;
    made->filter = (struct push_filter){.revisions = pushing->revisions,
                                        .count = pushing->revision_count};
}

static enum dalv_status find_device(const struct push_request *request,
                                    const struct view_device *entry)
{
    if (!entry->is_found || request->named != request->device)
        return DALV_NOT_FOUND;
    return entry->state.is_retired ? DALV_NOT_PERMITTED : DALV_OK;
}

/* True if something was refused, and what came behind it found no memory. */
static bool is_torn(const struct pushing *pushing, size_t judged_end)
{
    return pushing->refused_count > 0 &&
           pushing->device.push_settled <
               pushing->request->first - 1 + judged_end;
}

/*
 * What was sent and is not judged here, behind a refusal: the next request
 * could not know what depends on what, so all of it waits.
 */
static void close_rest(struct pushing *pushing)
{
    const struct push_request *request = pushing->request;
    uint64_t judged = pushing->device.push_settled - (request->first - 1);
    uint64_t root = 0;

    if (pushing->refused_count == 0 ||
        pushing->outcome_count - pushing->drop_count >=
            BOUNDS_REFUSALS_UNCONFIRMED_MAX)
        return;
    for (size_t i = 0; i < pushing->refused_count; i++)
        root = earlier(root, pushing->refused[i].root);
    for (size_t i = (size_t)judged; i < request->sent_count; i++) {
        settle_next(pushing, i);
        keep_outcome(pushing, &(struct outcome){
                                  .push_number = pushing->device.push_settled,
                                  .result = OUTCOME_REFUSED,
                                  .status = DALV_WAITS,
                                  .waits_for = root,
                              });
    }
}

/* Judges up to there, and logs all of it. */
static enum dalv_status judge_and_log(struct pushing *pushing, size_t skipped,
                                      size_t end)
{
    enum dalv_status status;

    block_settled(pushing, skipped);
    status = judge_all(pushing, skipped, end);
    if (status == DALV_OK)
        close_rest(pushing);
    return log_rest(pushing) == DALV_OK ? status : DALV_NO_MEMORY;
}

enum dalv_status push_judge(struct judge *judge,
                            const struct push_request *request,
                            struct push_answer *out_answer)
{
    struct pushing pushing = {
        .judge = judge,
        .request = request,
        .entry = user_view_device(judge->view, request->device),
    };
    const struct user_state *user = &judge->view->state;
    struct push_answer made = {.status = DALV_OK};
    size_t record_count = judge->record_count;
    size_t skipped = 0;
    size_t judged_end;
    enum dalv_status status;

    ASSERT(pushing.entry != NULL);
    pushing.device = pushing.entry->state;
    pushing.can_tell = pushing.device.revision_last <= request->cursor.revision;
    made.status = find_device(request, pushing.entry);
    if (made.status == DALV_OK)
        made.status =
            push_check_chain(request, user, &pushing.device, &skipped);
    if (made.status != DALV_OK) {
        *out_answer = made;
        return DALV_OK;
    }
    status = take_memory(&pushing);
    if (status != DALV_OK)
        return status;
    judged_end = push_choose_mode(request, user, skipped, &made);
    /* A page of everything follows: nothing is left to tell by number. */
    if (made.mode != SYNC_TAIL)
        pushing.can_tell = false;
    confirm(&pushing);
    status = judge_and_log(&pushing, skipped, judged_end);
    if (status != DALV_OK && judge->record_count == record_count)
        return status;
    if (is_torn(&pushing, judged_end))
        return DALV_NO_MEMORY;
    /* Work that only found no room must come again as it is. */
    if (pushing.device.push_settled < request->first - 1 + judged_end)
        made.mode = SYNC_TAIL;
    answer(&pushing, &made);
    *out_answer = made;
    return DALV_OK;
}
