#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_feed_walk.h"
#include "storage/index_internal.h"

/* What removes a tombstone; false if the change is none. */
static bool drop_of(const struct change *change, struct effect *out_effect)
{
    *out_effect = (struct effect){.key = change->key};
    if (change->type == CHANGE_KEY) {
        out_effect->type = EFFECT_KEY_DROP;
        out_effect->trail.feed_revision = change->state.revision;
        return change->state.kind == KEY_NONE;
    }
    index_element_drop(&change->element, out_effect);
    return change->element.is_removed;
}

void index_element_drop(const struct element_state *element,
                        struct effect *effect)
{
    effect->type = EFFECT_ELEMENT_DROP;
    effect->dot = element->dot;
    effect->trail.generation = element->generation;
    effect->trail.added_revision = element->added_revision;
    effect->trail.element_revision = element->revision;
}

/* DALV_TOO_BIG if there is no room. */
static enum dalv_status add_entry(struct index_feed_walk *walk,
                                  struct arena *arena,
                                  struct index_effects *effects)
{
    struct change change;
    struct effect effect;
    enum dalv_status status = index_feed_walk_change(walk, &change);

    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status != DALV_OK || !drop_of(&change, &effect))
        return status;
    if (effects->count == effects->capacity ||
        !arena_copy(arena, effect.key, &effect.key))
        return DALV_TOO_BIG;
    effects->items[effects->count++] = effect;
    return DALV_OK;
}

struct tombstones {
    const struct index_tombstones_query *query;
    struct index_feed_walk walk;
    struct arena *arena;
    struct feed_position reached;
};

static enum dalv_status take_all(struct tombstones *tombstones,
                                 struct index_effects *effects)
{
    struct index_feed_walk *walk = &tombstones->walk;

    for (size_t i = 0; i < INDEX_WALK_MAX; i++) {
        enum dalv_status status = index_feed_walk_read(walk);

        effects->is_whole =
            status == DALV_NOT_FOUND ||
            (status == DALV_OK &&
             walk->entry.revision > tombstones->query->revision_max);
        if (effects->is_whole)
            return DALV_OK;
        if (status == DALV_OK)
            status = add_entry(walk, tombstones->arena, effects);
        if (status == DALV_TOO_BIG)
            return index_list_cut(effects->count);
        if (status != DALV_OK)
            return status;
        tombstones->reached = index_feed_walk_reach(walk);
        index_feed_walk_next(walk);
    }
    return DALV_OK;
}

enum dalv_status index_list_tombstones(
    struct index *index, const struct index_tombstones_query *query,
    struct arena *arena, struct index_effects *effects,
    struct feed_position *out_reached)
{
    struct tombstones tombstones;
    enum dalv_status status;

    ASSERT(effects->capacity > 0);
    effects->count = 0;
    effects->is_whole = false;
    tombstones.query = query;
    tombstones.arena = arena;
    tombstones.reached = query->after;
    status = index_feed_walk_open(&tombstones.walk, index, &query->scope,
                                  &query->after);
    if (status == DALV_OK)
        status = take_all(&tombstones, effects);
    status = index_scan_close(&tombstones.walk.scan, status);
    if (status == DALV_OK)
        *out_reached =
            effects->is_whole
                ? (struct feed_position){.revision = query->revision_max}
                : tombstones.reached;
    return status;
}
