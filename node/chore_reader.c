#include "node/chore_reader.h"

#include "node/resume.h"
#include "sync/sweep.h"
#include "sync/upload.h"

#include <string.h>

/* ---- Patrols ---- */

/* Without memory the rest is found by a later patrol. */
static void put_chore(struct allocator *allocator, struct patrol *patrol,
                      struct chore_wish wish)
{
    struct chore *chore;

    wish.partition = patrol->partition;
    chore = chore_create(allocator, &wish);
    if (chore == NULL)
        patrol->is_whole = false;
    else
        list_append(&patrol->chores, &chore->link);
}

static enum dalv_status find_due(struct index *index, struct arena *arena,
                                 struct allocator *allocator,
                                 struct patrol *patrol)
{
    struct index_due items[PATROL_CHORES_MAX] = {0};
    struct index_dues dues = {.items = items, .capacity = PATROL_CHORES_MAX};
    enum dalv_status status =
        index_expired(index, patrol->partition, patrol->now_us, arena, &dues);

    for (size_t i = 0; status == DALV_OK && i < dues.count; i++)
        put_chore(allocator, patrol,
                  (struct chore_wish){.type = CHORE_EXPIRY,
                                      .user = dues.items[i].user,
                                      .key = dues.items[i].key,
                                      .history_id = dues.items[i].history_id});
    if (status == DALV_OK)
        patrol->is_whole = patrol->is_whole && dues.is_whole;
    return status;
}

static enum dalv_status find_requests(struct index *index, struct arena *arena,
                                      struct allocator *allocator,
                                      struct patrol *patrol)
{
    struct index_old_request items[PATROL_CHORES_MAX] = {0};
    struct index_old_requests old = {.items = items,
                                     .capacity = PATROL_CHORES_MAX};
    enum dalv_status status = index_list_old_requests(
        index, patrol->partition, sweep_requests_before_us(patrol->now_us),
        arena, &old);

    for (size_t i = 0; status == DALV_OK && i < old.count; i++)
        put_chore(allocator, patrol,
                  (struct chore_wish){
                      .type = CHORE_REQUESTS,
                      .user = old.items[i].user,
                      .history_id = old.items[i].history_id,
                      .request = {.id = old.items[i].id,
                                  .time_us = old.items[i].time_us},
                  });
    if (status == DALV_OK)
        patrol->is_whole = patrol->is_whole && old.is_whole;
    return status;
}

static enum dalv_status find_uploads(struct index *index, struct arena *arena,
                                     struct allocator *allocator,
                                     struct patrol *patrol)
{
    struct index_old_upload items[PATROL_CHORES_MAX] = {0};
    struct index_old_uploads old = {.items = items,
                                    .capacity = PATROL_CHORES_MAX};
    enum dalv_status status =
        index_list_old_uploads(index, patrol->partition,
                               upload_before_us(patrol->now_us), arena, &old);

    for (size_t i = 0; status == DALV_OK && i < old.count; i++)
        put_chore(allocator, patrol,
                  (struct chore_wish){.type = CHORE_UPLOAD,
                                      .user = old.items[i].user,
                                      .key = old.items[i].key,
                                      .history_id = old.items[i].history_id,
                                      .generation = old.items[i].upload});
    if (status == DALV_OK)
        patrol->is_whole = patrol->is_whole && old.is_whole;
    return status;
}

static void put_endeds(struct allocator *allocator, struct patrol *patrol,
                       const struct index_endeds *endeds, enum chore_type type)
{
    for (size_t i = 0; i < endeds->count; i++) {
        const struct index_ended *ended = &endeds->items[i];

        put_chore(allocator, patrol,
                  (struct chore_wish){.type = type,
                                      .user = ended->scope.user,
                                      .key = ended->key,
                                      .history_id = ended->scope.history_id,
                                      .generation = ended->generation});
    }
    patrol->is_whole = patrol->is_whole && endeds->is_whole;
}

static enum dalv_status find_endeds(struct index *index, struct arena *arena,
                                    struct allocator *allocator,
                                    struct patrol *patrol)
{
    struct index_ended items[PATROL_CHORES_MAX] = {0};
    struct index_endeds endeds = {.items = items,
                                  .capacity = PATROL_CHORES_MAX};
    enum dalv_status status =
        index_list_ended_lists(index, patrol->partition, arena, &endeds);

    if (status != DALV_OK)
        return status;
    put_endeds(allocator, patrol, &endeds, CHORE_LIST);
    endeds.count = 0;
    status =
        index_list_ended_histories(index, patrol->partition, arena, &endeds);
    if (status == DALV_OK)
        put_endeds(allocator, patrol, &endeds, CHORE_HISTORY);
    return status;
}

/* What time alone has made due for one user. */
static void look_at_user(struct allocator *allocator, struct patrol *patrol,
                         const struct index_user *user)
{
    const struct user_state *state = &user->state;
    struct chore_wish wish = {.user = user->user,
                              .history_id = state->history_id};

    wish.floor = sweep_floor(state, patrol->now_us, UINT64_MAX);
    if (wish.floor > state->floor) {
        wish.type = CHORE_TOMBSTONES;
        put_chore(allocator, patrol, wish);
    }
    if (state->conflict_bytes > 0) {
        wish.type = CHORE_CONFLICTS;
        put_chore(allocator, patrol, wish);
    }
}

static enum dalv_status walk(struct index *index, struct arena *arena,
                             struct allocator *allocator, struct patrol *patrol)
{
    struct index_user items[PATROL_USERS_MAX] = {0};
    struct index_users users = {.items = items, .capacity = PATROL_USERS_MAX};
    enum dalv_status status = index_list_users(
        index, patrol->partition,
        bytes_make(patrol->walked, patrol->walked_size), arena, &users);

    if (status != DALV_OK)
        return status;
    for (size_t i = 0; i < users.count; i++)
        look_at_user(allocator, patrol, &items[i]);
    patrol->is_walk_whole = users.is_whole;
    if (users.count > 0) {
        struct bytes last = items[users.count - 1].user;

        patrol->walked_size = last.size;
        memcpy(patrol->walked, last.data, last.size);
    }
    return DALV_OK;
}

enum dalv_status chore_reader_patrol(struct index *index, struct arena *arena,
                                     struct allocator *allocator,
                                     struct patrol *patrol)
{
    enum dalv_status status;

    patrol->is_whole = true;
    status = find_due(index, arena, allocator, patrol);
    if (status == DALV_OK)
        status = find_requests(index, arena, allocator, patrol);
    if (status == DALV_OK)
        status = find_uploads(index, arena, allocator, patrol);
    if (status == DALV_OK)
        status = find_endeds(index, arena, allocator, patrol);
    if (status == DALV_OK && patrol->has_walk)
        status = walk(index, arena, allocator, patrol);
    if (status == DALV_OK)
        status = index_expiry_next(index, patrol->partition,
                                   &patrol->expiry_next_us);
    return status;
}

/* ---- What a chore removes ---- */

static enum dalv_status make_room(struct turn *turn,
                                  struct index_effects *effects)
{
    *effects = (struct index_effects){.capacity = CHORE_EFFECTS_MAX};
    effects->items =
        arena_take(&turn->arena, effects->capacity, sizeof(*effects->items));
    return effects->items == NULL ? DALV_TOO_BIG : DALV_OK;
}

static void keep(struct turn *turn, const struct index_effects *effects)
{
    turn->findings.sweep = (struct sweep){.effects = effects->items,
                                          .effect_count = effects->count,
                                          .is_whole = effects->is_whole};
}

static enum dalv_status find_tombstones(struct index *index, struct turn *turn,
                                        struct chore *chore,
                                        const struct index_scope *scope)
{
    struct index_tombstones_query query = {.scope = *scope,
                                           .revision_max = chore->wish.floor};
    struct feed_position reached;
    struct index_effects effects;
    struct writer resume;
    enum dalv_status status = make_room(turn, &effects);

    if (status == DALV_OK && chore->resume_size > 0 &&
        resume_get_feed(bytes_make(chore->resume, chore->resume_size),
                        &query.after) != DALV_OK)
        status = DALV_INTERNAL;
    if (status == DALV_OK)
        status = index_list_tombstones(index, &query, &turn->arena, &effects,
                                       &reached);
    if (status != DALV_OK)
        return status;
    keep(turn, &effects);
    writer_init(&resume, turn->findings.resume, CHORE_RESUME_BYTES_MAX);
    resume_put_feed(&resume, &reached);
    turn->findings.resume_size = resume.size;
    return DALV_OK;
}

static enum dalv_status find_elements(struct index *index, struct turn *turn,
                                      const struct chore *chore,
                                      const struct index_scope *scope)
{
    const struct index_ended ended = {.scope = *scope,
                                      .key = chore->wish.key,
                                      .generation = chore->wish.generation};
    struct index_effects effects;
    enum dalv_status status = make_room(turn, &effects);

    if (status == DALV_OK)
        status = index_list_elements(index, &ended, &turn->arena, &effects);
    if (status == DALV_OK)
        keep(turn, &effects);
    return status;
}

static enum dalv_status find_rest(struct index *index, struct turn *turn,
                                  const struct index_scope *scope)
{
    uint8_t *block = arena_take(&turn->arena, TURN_REST_BYTES, 1);
    struct writer writer;
    enum dalv_status status;

    if (block == NULL)
        return DALV_TOO_BIG;
    writer_init(&writer, block, TURN_REST_BYTES);
    status = index_history_rest(index, scope, &writer);
    turn->findings.rest = writer_bytes(&writer);
    turn->findings.sweep.is_whole = writer.size == 0;
    return status;
}

static enum dalv_status find_conflicts(struct index *index, struct turn *turn,
                                       const struct index_scope *scope)
{
    const struct index_conflicts_query query = {.scope = *scope};
    struct index_conflicts conflicts = {.capacity = CHORE_EFFECTS_MAX};
    enum dalv_status status;

    conflicts.items =
        arena_take(&turn->arena, conflicts.capacity, sizeof(*conflicts.items));
    if (conflicts.items == NULL)
        return DALV_TOO_BIG;
    status = index_list_conflicts(index, &query, &turn->arena, &conflicts);
    turn->findings.conflicts = conflicts.items;
    turn->findings.conflict_count = conflicts.count;
    turn->findings.sweep.is_whole = true;
    return status;
}

enum dalv_status chore_reader_find(struct index *index, struct turn *turn)
{
    struct chore *chore = LIST_ITEM(turn->chores.first, struct chore, link);
    struct index_scope scope;

    if (chore == NULL)
        return DALV_OK;
    scope = (struct index_scope){.partition = turn->partition,
                                 .user = turn->view.user,
                                 .history_id = chore->wish.history_id};
    switch (chore->wish.type) {
    case CHORE_EXPIRY:
    case CHORE_REQUESTS:
    case CHORE_UPLOAD:
        return DALV_OK;
    case CHORE_TOMBSTONES:
        return find_tombstones(index, turn, chore, &scope);
    case CHORE_LIST:
        return find_elements(index, turn, chore, &scope);
    case CHORE_HISTORY:
        return find_rest(index, turn, &scope);
    case CHORE_CONFLICTS:
        return find_conflicts(index, turn, &scope);
    }
    return DALV_INTERNAL;
}
