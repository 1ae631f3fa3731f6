#include "sync/judge_internal.h"

enum {
    COUNTER_BYTES = 8
};

static bool is_tombstone(const struct key_state *state)
{
    return state->kind == KEY_NONE && state->revision != 0;
}

static uint64_t live_count(const struct key_state *state)
{
    return state->kind == KEY_NONE ? 0 : 1 + (uint64_t)state->element_count;
}

static uint64_t live_bytes(const struct view_key *entry,
                           const struct key_state *state)
{
    switch (state->kind) {
    case KEY_NONE:
        return 0;
    case KEY_REGISTER:
        return entry->key.size + (key_state_is_in_parts(state)
                                      ? state->element_bytes
                                      : state->value.size);
    case KEY_LIST:
        return entry->key.size + state->element_bytes;
    case KEY_COUNTER:
        break;
    }
    return entry->key.size + COUNTER_BYTES;
}

/* An absent key that came and went is as it was. */
static bool is_key_changed(const struct trial_key *key)
{
    return key->is_changed &&
           (key->before.kind != KEY_NONE || key->entry->state.kind != KEY_NONE);
}

static bool is_element_changed(const struct trial *trial,
                               const struct trial_element *element)
{
    return element->entry->is_found &&
           element->entry->state.revision == trial->revision;
}

bool effects_exist(const struct trial *trial)
{
    for (size_t i = 0; i < trial->key_count; i++) {
        if (is_key_changed(&trial->keys[i]))
            return true;
    }
    return trial->conflict_count != 0 || trial->upload_count != 0;
}

static void count_key(const struct trial_key *key, struct user_state *user)
{
    const struct key_state *before = &key->before;
    const struct key_state *after = &key->entry->state;

    user->live_count += live_count(after) - live_count(before);
    user->live_bytes +=
        live_bytes(key->entry, after) - live_bytes(key->entry, before);
    if (is_tombstone(after) && !is_tombstone(before))
        user->tombstone_count++;
    if (!is_tombstone(after) && is_tombstone(before))
        user->tombstone_count--;
}

struct user_state effects_user(const struct trial *trial)
{
    struct user_state user = trial->judge->view->state;

    user.revision = trial->revision;
    for (size_t i = 0; i < trial->key_count; i++) {
        if (is_key_changed(&trial->keys[i]))
            count_key(&trial->keys[i], &user);
    }
    for (size_t i = 0; i < trial->element_count; i++) {
        const struct trial_element *element = &trial->elements[i];

        if (is_element_changed(trial, element) &&
            element->entry->state.is_removed)
            user.tombstone_count++;
    }
    /* They were counted as they came, and are their key's from now on. */
    for (size_t i = 0; i < trial->upload_count; i++)
        user.live_bytes -= trial->uploads[i]->state.bytes;
    for (size_t i = 0; i < trial->conflict_count; i++)
        user.conflict_bytes +=
            trial->conflicts[i].key.size + trial->conflicts[i].value.size;
    if (user.tombstone_count == 0)
        user.tombstone_oldest_us = 0;
    else if (user.tombstone_oldest_us == 0)
        user.tombstone_oldest_us = trial->judge->options.now_us;
    return user;
}

static struct effect_trail make_trail(const struct key_state *after)
{
    return (struct effect_trail){
        .other_revision = after->other_revision,
        .reset_revision = after->reset_revision,
        .reset_writer = after->reset_writer,
        .generation = after->generation,
        .element_count = after->element_count,
        .element_bytes = after->element_bytes,
    };
}

static enum effect_type key_effect_type(enum key_kind kind)
{
    switch (kind) {
    case KEY_NONE:
    case KEY_LIST:
        return EFFECT_REMOVE;
    case KEY_COUNTER:
        return EFFECT_COUNTER;
    case KEY_REGISTER:
        break;
    }
    return EFFECT_PUT;
}

static size_t put_key(const struct trial_key *key, struct effect *effects)
{
    const struct key_state *before = &key->before;
    const struct key_state *after = &key->entry->state;
    size_t count = 0;

    if (before->generation != 0 && before->generation != after->generation)
        effects[count++] =
            (struct effect){.type = EFFECT_LIST_ENDED,
                            .key = key->entry->key,
                            .trail.generation = before->generation};
    /* A list is told by its elements. */
    if (after->kind == KEY_LIST)
        return count;
    effects[count] = (struct effect){
        .type = key_effect_type(after->kind),
        .key = key->entry->key,
        .value = after->value,
        .flags = after->flags,
        .has_expiry = after->expiry_us != 0,
        .expiry_us = after->expiry_us,
        .number = after->number,
        .trail = make_trail(after),
    };
    effects[count].trail.feed_revision = key_state_feed_revision(before);
    effects[count].trail.expiry_us = before->expiry_us;
    return count + 1;
}

/*
 * The first element of a list that is made brings the key with it: `is_told`
 * of the key's index says whether that was done.
 */
static void put_element(const struct trial *trial,
                        const struct trial_element *element, bool *is_told,
                        struct effect *effect)
{
    const struct trial_key *key = &trial->keys[element->key];
    const struct key_state *after = &key->entry->state;
    const struct element_state *state = &element->entry->state;
    bool was_there = element->before.is_found &&
                     element->before.state.generation == after->generation;

    *effect = (struct effect){
        .type = state->is_removed ? EFFECT_LIST_REMOVE : EFFECT_LIST_ADD,
        .key = key->entry->key,
        .value = state->value,
        .dot = element->entry->dot,
        .trail = make_trail(after),
    };
    effect->trail.added_revision = state->added_revision;
    /* Added and removed at once: that tells it from an element that is. */
    if (state->is_removed && !was_there)
        effect->trail.added_revision = 0;
    if (was_there)
        effect->trail.element_revision = element->before.state.revision;
    if (after->generation == trial->revision && !is_told[element->key]) {
        is_told[element->key] = true;
        effect->trail.feed_revision = key_state_feed_revision(&key->before);
        effect->trail.expiry_us = key->before.expiry_us;
    }
}

/* One that the same transaction has replaced again is given up. */
static size_t put_upload(const struct trial *trial,
                         const struct view_upload *upload,
                         struct effect *effects)
{
    const struct view_key *entry =
        user_view_key(trial->judge->view, upload->key);
    size_t count = 0;

    effects[count++] = (struct effect){
        .type = EFFECT_UPLOAD, .key = upload->key, .upload = upload->state};
    if (entry->state.generation != upload->state.upload)
        effects[count++] =
            (struct effect){.type = EFFECT_LIST_ENDED,
                            .key = upload->key,
                            .trail.generation = upload->state.upload};
    return count;
}

struct effect *effects_make(const struct trial *trial, size_t reserved,
                            size_t *out_count)
{
    struct arena *arena = trial->judge->view->arena;
    size_t count = 0;
    size_t count_max = 2 * trial->key_count + trial->element_count +
                       trial->conflict_count + 2 * trial->upload_count +
                       reserved;
    struct effect *effects = arena_take(arena, count_max, sizeof(*effects));
    bool *is_told = arena_take(arena, trial->key_count, sizeof(*is_told));

    if (effects == NULL || is_told == NULL)
        return NULL;
    for (size_t i = 0; i < trial->key_count; i++) {
        if (is_key_changed(&trial->keys[i]))
            count += put_key(&trial->keys[i], effects + count);
    }
    for (size_t i = 0; i < trial->element_count; i++) {
        if (is_element_changed(trial, &trial->elements[i]))
            put_element(trial, &trial->elements[i], is_told, &effects[count++]);
    }
    for (size_t i = 0; i < trial->upload_count; i++)
        count += put_upload(trial, trial->uploads[i], effects + count);
    for (size_t i = 0; i < trial->conflict_count; i++)
        effects[count++] = (struct effect){.type = EFFECT_CONFLICT,
                                           .conflict = trial->conflicts[i]};
    *out_count = count;
    return effects;
}
