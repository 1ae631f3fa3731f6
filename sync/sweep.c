#include "sync/sweep.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "sync/judge_internal.h"
#include "sync/policy.h"

#include <string.h>

#define US_PER_HOUR (UINT64_C(3600) * 1000000)
#define US_PER_DAY (24 * US_PER_HOUR)

static const struct author system_author = {.writer = WRITER_SYSTEM};

static uint64_t earlier(uint64_t now_us, uint64_t by_us)
{
    return now_us > by_us ? now_us - by_us : 0;
}

uint64_t sweep_conflicts_before_us(uint64_t now_us)
{
    return earlier(now_us, SWEEP_CONFLICT_DAYS * US_PER_DAY);
}

uint64_t sweep_requests_before_us(uint64_t now_us)
{
    return earlier(now_us, BOUNDS_REQUEST_MEMORY_H * US_PER_HOUR);
}

static bool is_due(const struct view_key *entry, uint64_t now_us)
{
    return entry->state.kind != KEY_NONE && entry->state.expiry_us != 0 &&
           entry->state.expiry_us <= now_us;
}

/* An ordinary transaction: the due values are deleted. */
enum dalv_status sweep_due(struct judge *judge)
{
    struct user_view *view = judge->view;
    size_t mark = arena_mark(view->arena);
    struct transaction transaction = {0};
    struct judge_case judged = {.author = system_author,
                                .transaction = &transaction};
    struct operation *operations;
    struct verdict verdict;
    enum dalv_status status;
    size_t count = 0;

    for (size_t i = 0; i < view->key_count; i++)
        count += is_due(&view->keys[i], judge->options.now_us) ? 1 : 0;
    if (count == 0)
        return DALV_OK;
    operations = arena_take(view->arena, count, sizeof(*operations));
    if (operations == NULL)
        return DALV_NO_MEMORY;
    for (size_t i = 0; i < view->key_count; i++) {
        if (is_due(&view->keys[i], judge->options.now_us))
            operations[transaction.operation_count++] = (struct operation){
                .type = OPERATION_DEL, .key = view->keys[i].key};
    }
    transaction.operations = operations;
    status = judge_transaction(judge, &judged, &verdict);
    if (status != DALV_OK) {
        arena_rewind(view->arena, mark);
        return status;
    }
    ASSERT(verdict.revision != 0);
    judge_end_record(judge, &system_author, verdict.effects,
                     verdict.effect_count, verdict.revision);
    return DALV_OK;
}

uint64_t sweep_floor(const struct user_state *state, uint64_t now_us,
                     uint64_t bound)
{
    uint64_t highest = state->revision < bound ? state->revision : bound;
    bool is_many = state->tombstone_count >= SWEEP_TOMBSTONES_MIN &&
                   state->tombstone_count > state->live_count / 4;
    bool is_old = state->tombstone_count > 0 &&
                  state->tombstone_oldest_us <
                      earlier(now_us, SWEEP_TOMBSTONE_DAYS * US_PER_DAY);

    if ((!is_many && !is_old) || highest < state->floor)
        return state->floor;
    return highest;
}

/* A record of effects as they are given, with room for one more. */
static struct effect *begin(struct judge *judge, const struct effect *effects,
                            size_t count)
{
    struct effect *made = judge_begin_record(judge, count + 1);

    if (made != NULL && count > 0)
        memcpy(made, effects, count * sizeof(*made));
    return made;
}

static bool is_tombstone(const struct effect *effect)
{
    if (effect->type == EFFECT_KEY_DROP)
        return true;
    return effect->trail.added_revision != effect->trail.element_revision;
}

static void count_dropped(struct user_state *state, const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->effect_count; i++)
        state->tombstone_count -= is_tombstone(&sweep->effects[i]) ? 1 : 0;
    if (state->tombstone_count == 0)
        state->tombstone_oldest_us = 0;
}

enum dalv_status sweep_tombstones(struct judge *judge, uint64_t floor,
                                  const struct sweep *sweep)
{
    struct user_state *state = &judge->view->state;
    struct effect *effects = begin(judge, sweep->effects, sweep->effect_count);

    ASSERT(floor >= state->floor && floor <= state->revision);
    if (effects == NULL)
        return DALV_NO_MEMORY;
    state->floor = floor;
    count_dropped(state, sweep);
    /* What is left stands above the floor: taken for new, it is found too old
       no later than it would be by as much as the floor is behind. */
    if (sweep->is_whole && state->tombstone_count != 0)
        state->tombstone_oldest_us = judge->options.now_us;
    judge_end_record(judge, &system_author, effects, sweep->effect_count, 0);
    return DALV_OK;
}

enum dalv_status sweep_list(struct judge *judge, struct bytes key,
                            uint64_t generation, const struct sweep *sweep)
{
    size_t count = sweep->effect_count;
    struct effect *effects = begin(judge, sweep->effects, count);

    if (effects == NULL)
        return DALV_NO_MEMORY;
    count_dropped(&judge->view->state, sweep);
    if (sweep->is_whole)
        effects[count++] = (struct effect){.type = EFFECT_LIST_PURGED,
                                           .key = key,
                                           .trail.generation = generation};
    judge_end_record(judge, &system_author, effects, count, 0);
    return DALV_OK;
}

enum dalv_status sweep_requests(struct judge *judge,
                                const struct request_state *old, size_t count)
{
    struct effect *effects = judge_begin_record(judge, count);

    if (effects == NULL)
        return DALV_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        effects[i] = (struct effect){
            .type = EFFECT_REQUEST_DROP,
            .request = {.id = old[i].id, .time_us = old[i].time_us}};
    judge_end_record(judge, &system_author, effects, count, 0);
    return DALV_OK;
}

static uint64_t conflict_size(const struct conflict_state *conflict)
{
    return conflict->key.size + conflict->value.size;
}

/* How many of the oldest entries must go. */
static size_t count_old(const struct judge *judge,
                        const struct conflict_state *conflicts, size_t count)
{
    uint64_t before_us = sweep_conflicts_before_us(judge->options.now_us);
    uint64_t bytes_max = policy_conflict_bytes_max(judge->options.policy);
    uint64_t bytes = judge->view->state.conflict_bytes;
    size_t old = 0;

    while (old < count &&
           (conflicts[old].time_us < before_us || bytes > bytes_max)) {
        bytes -= conflict_size(&conflicts[old]);
        old++;
    }
    return old;
}

enum dalv_status sweep_conflicts(struct judge *judge,
                                 const struct conflict_state *conflicts,
                                 size_t count, size_t *out_count)
{
    size_t old = count_old(judge, conflicts, count);
    struct effect *effects;

    if (old > 0) {
        effects = judge_begin_record(judge, old);
        if (effects == NULL)
            return DALV_NO_MEMORY;
        for (size_t i = 0; i < old; i++) {
            effects[i] = (struct effect){
                .type = EFFECT_CONFLICT_DROP,
                .conflict = {.revision = conflicts[i].revision,
                             .position = conflicts[i].position}};
            judge->view->state.conflict_bytes -= conflict_size(&conflicts[i]);
        }
        judge_end_record(judge, &system_author, effects, old, 0);
    }
    *out_count = old;
    return DALV_OK;
}

enum dalv_status sweep_erase(struct judge *judge,
                             const struct request_state *request)
{
    struct user_state *state = &judge->view->state;
    struct user_record record = {.history_id = state->history_id,
                                 .author = {.writer = WRITER_BACKEND}};
    struct effect *effects;

    if (state->history_id == 0)
        return DALV_OK;
    effects = judge_begin_record(judge, 2);
    if (effects == NULL)
        return DALV_NO_MEMORY;
    effects[record.effect_count++] = (struct effect){
        .type = EFFECT_HISTORY_ENDED, .history_id = state->history_id};
    if (request != NULL) {
        record.author.request = request->id;
        effects[record.effect_count++] =
            (struct effect){.type = EFFECT_REQUEST, .request = *request};
    }
    *state = (struct user_state){.erased_history_id = state->history_id,
                                 .device_last = state->device_last,
                                 .log_index = state->log_index};
    judge_put_record(judge, &record, effects);
    return DALV_OK;
}

enum dalv_status sweep_history(struct judge *judge, uint64_t history_id,
                               struct bytes rest)
{
    struct user_record record = {
        .history_id = history_id,
        .author = system_author,
        .effect_count = 1,
    };
    struct effect *effects = judge_begin_record(judge, 1);

    if (effects == NULL)
        return DALV_NO_MEMORY;
    effects[0] = (struct effect){
        .type = EFFECT_HISTORY_PURGED, .value = rest, .history_id = history_id};
    judge_put_record(judge, &record, effects);
    return DALV_OK;
}
