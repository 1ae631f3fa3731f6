#include "node/core_internal.h"

#include "sync/sweep.h"

#include <string.h>

enum {
    US_PER_MS = 1000,
    PATROL_EVERY_MS = 1000,       /* Of a partition in which work is known. */
    PATROL_IDLE_MS = 3600 * 1000, /* Of any other: old request ids. */
    PATROLS_AT_ONCE = 16,
    WALK_EVERY_MS = 24 * 3600 * 1000, /* Over all users of a partition. */
};

/* ---- When to look ---- */

void core_expect_chores(struct node_core *core, uint32_t partition,
                        uint64_t due_ms)
{
    if (due_ms < core->beats[partition].due_ms)
        core->beats[partition].due_ms = due_ms;
    if (due_ms < core->patrol_next_ms)
        core->patrol_next_ms = due_ms;
}

/* A time by the wall clock as one of the loop's; what is past is now. */
static uint64_t loop_ms_of(uint64_t time_us, const struct node_event *event)
{
    if (time_us <= event->wall_us)
        return event->now_ms;
    if (time_us - event->wall_us > (uint64_t)PATROL_IDLE_MS * US_PER_MS)
        return event->now_ms + PATROL_IDLE_MS;
    return event->now_ms + (time_us - event->wall_us) / US_PER_MS + 1;
}

static void expect_by_effect(struct node_core *core, const struct turn *turn,
                             const struct effect *effect,
                             const struct node_event *event)
{
    if (effect->type == EFFECT_PUT && effect->has_expiry)
        core_expect_chores(core, turn->partition,
                           loop_ms_of(effect->expiry_us, event));
    else if (effect->type == EFFECT_LIST_ENDED ||
             effect->type == EFFECT_HISTORY_ENDED)
        core_expect_chores(core, turn->partition,
                           event->now_ms + PATROL_EVERY_MS);
}

/* ---- The walk over all users ---- */

static void begin_walk(const struct node_beat *beat, struct patrol *patrol)
{
    patrol->has_walk = true;
    patrol->walked_size = beat->walked_size;
    memcpy(patrol->walked, beat->walked, beat->walked_size);
}

static void end_walk(struct node_core *core, const struct patrol *patrol,
                     uint64_t now_ms)
{
    struct node_beat *beat = &core->beats[patrol->partition];

    if (!patrol->has_walk)
        return;
    if (patrol->is_walk_whole) {
        beat->walked_size = 0;
        beat->walk_due_ms = now_ms + WALK_EVERY_MS;
        return;
    }
    beat->walked_size = patrol->walked_size;
    memcpy(beat->walked, patrol->walked, patrol->walked_size);
    core_expect_chores(core, patrol->partition, now_ms + PATROL_EVERY_MS);
}

/* ---- Patrols ---- */

static void start_patrol(struct node_core *core, uint32_t partition,
                         const struct node_event *event,
                         struct node_effects *effects)
{
    struct patrol *patrol =
        allocator_take_zeroed(core->options.allocator, sizeof(*patrol));

    if (patrol == NULL)
        return;
    patrol->partition = partition;
    patrol->now_us = event->wall_us;
    if (event->now_ms >= core->beats[partition].walk_due_ms)
        begin_walk(&core->beats[partition], patrol);
    core->beats[partition].is_patrolled = true;
    core->beats[partition].due_ms = UINT64_MAX;
    core->patrol_count++;
    list_append(&effects->patrols, &patrol->link);
}

/* True if the partition's chores are done, and more are looked for in time. */
static bool is_waiting(const struct node_core *core, uint32_t partition)
{
    const struct node_beat *beat = &core->beats[partition];

    return !beat->is_patrolled && beat->chore_count == 0 &&
           appender_leads(&core->appender, partition);
}

void core_on_ticked(struct node_core *core, const struct node_event *event,
                    struct node_effects *effects)
{
    uint64_t next_ms = UINT64_MAX;

    if (event->now_ms < core->patrol_next_ms)
        return;
    for (uint32_t i = 0; i < core->options.partition_count; i++) {
        const struct node_beat *beat = &core->beats[i];

        if (is_waiting(core, i) && beat->due_ms <= event->now_ms &&
            core->patrol_count < PATROLS_AT_ONCE)
            start_patrol(core, i, event, effects);
        if (is_waiting(core, i) && beat->due_ms < next_ms)
            next_ms = beat->due_ms;
    }
    /* What is due and has no room now waits for a patrol that comes back. */
    core->patrol_next_ms =
        core->patrol_count >= PATROLS_AT_ONCE ? UINT64_MAX : next_ms;
}

/* ---- Chores ---- */

/* A chore that cannot wait in its lane is found again by a later patrol. */
static void put_chore(struct node_core *core, struct chore *chore,
                      uint64_t now_ms)
{
    uint32_t partition = chore->wish.partition;

    if (lanes_put_chore(&core->lanes, chore) == DALV_OK) {
        core->beats[partition].chore_count++;
        return;
    }
    core_expect_chores(core, partition, now_ms + PATROL_EVERY_MS);
    chore_destroy(&chore, core->options.allocator);
}

void core_on_patrolled(struct node_core *core, const struct node_event *event)
{
    struct patrol *patrol = event->patrol;
    uint32_t partition = patrol->partition;
    struct list_link *link;

    core->patrol_count--;
    core->patrol_next_ms = event->now_ms; /* Others may have waited. */
    core->beats[partition].is_patrolled = false;
    while ((link = list_take(&patrol->chores)) != NULL)
        put_chore(core, LIST_ITEM(link, struct chore, link), event->now_ms);
    end_walk(core, patrol, event->now_ms);
    core_expect_chores(core, partition,
                       patrol->is_whole
                           ? loop_ms_of(patrol->expiry_next_us, event)
                           : event->now_ms);
    core_expect_chores(core, partition, event->now_ms + PATROL_IDLE_MS);
    allocator_give(core->options.allocator, patrol, sizeof(*patrol));
}

/* One piece is done: the rest of it, if any, takes another turn. */
static void finish_chore(struct node_core *core, struct turn *turn,
                         struct chore *chore, uint64_t now_ms)
{
    struct node_beat *beat = &core->beats[chore->wish.partition];
    const struct findings *findings = &turn->findings;

    beat->chore_count--;
    if (!findings->sweep.is_whole) {
        chore->resume_size = findings->resume_size;
        memcpy(chore->resume, findings->resume, findings->resume_size);
        put_chore(core, chore, now_ms);
        return;
    }
    if (beat->chore_count == 0 && beat->due_ms < core->patrol_next_ms)
        core->patrol_next_ms = beat->due_ms;
    chore_destroy(&chore, core->options.allocator);
}

/* What a turn has left behind may be a chore for the same user. */
static void want_chore(struct node_core *core, const struct turn *turn,
                       enum chore_type type, uint64_t floor, uint64_t now_ms)
{
    struct chore *chore = chore_create(
        core->options.allocator,
        &(struct chore_wish){.type = type,
                             .partition = turn->partition,
                             .user = turn->view.user,
                             .history_id = turn->view.state.history_id,
                             .floor = floor});

    if (chore != NULL)
        put_chore(core, chore, now_ms);
}

static bool has_effect(const struct turn *turn, enum effect_type type)
{
    for (size_t i = 0; i < turn->judge.record_count; i++) {
        const struct user_record *record = &turn->judge.records[i];

        for (size_t k = 0; k < record->effect_count; k++) {
            if (record->effects[k].type == type)
                return true;
        }
    }
    return false;
}

/* Writes make tombstones and conflicts: see whether there are too many. */
static void look_after_user(struct node_core *core, const struct turn *turn,
                            const struct node_event *event)
{
    const struct user_state *state = &turn->view.state;
    uint64_t bound = marks_bound(&core->marks, turn->view.user, event->now_ms);
    uint64_t floor = sweep_floor(state, event->wall_us, bound);

    if (floor > state->floor)
        want_chore(core, turn, CHORE_TOMBSTONES, floor, event->now_ms);
    if (has_effect(turn, EFFECT_CONFLICT))
        want_chore(core, turn, CHORE_CONFLICTS, 0, event->now_ms);
}

void core_end_chores(struct node_core *core, struct turn *turn,
                     const struct node_event *event)
{
    struct list_link *link;

    for (size_t i = 0; i < turn->judge.record_count; i++) {
        const struct user_record *record = &turn->judge.records[i];

        for (size_t k = 0; k < record->effect_count; k++)
            expect_by_effect(core, turn, &record->effects[k], event);
    }
    if (list_is_empty(&turn->chores) && turn->judge.record_count > 0)
        look_after_user(core, turn, event);
    while ((link = list_take(&turn->chores)) != NULL)
        finish_chore(core, turn, LIST_ITEM(link, struct chore, link),
                     event->now_ms);
}
