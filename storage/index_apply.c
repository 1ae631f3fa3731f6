/*
 * Invariants that the entries keep, given true trails:
 *
 * 1. A key that is or was there has exactly one entry of its own in the feed,
 *    under key_state_feed_revision; an element of a list exactly one, under
 *    its revision.
 * 2. A register with an expiry has exactly one entry by expiry.
 * 3. A user that was written has exactly one entry in its partition's feed,
 *    under the state's log_index.
 *
 * So every put of such an entry goes with the drop of the one it replaces. The
 * drop comes first: both may name the same key.
 */
#include "storage/index_apply.h"

#include "base/assert.h"
#include "base/hash.h"
#include "storage/index_layout.h"
#include "storage/index_purge.h"
#include "storage/index_value.h"

#include <stddef.h>

enum {
    /* About what a change takes in a page beside its key and value. */
    CHANGE_OVERHEAD_BYTES = 16,
};

struct apply {
    const struct user_record *record;
    const struct index_sink *sink;
    const struct index_origin *origin;
    uint64_t log_index;
    struct index_place place;
    struct index_key key;
    struct writer head;
    uint8_t head_memory[INDEX_VALUE_HEAD_MAX];
};

static const struct bytes nothing = {0};

static struct writer *start_head(struct apply *apply)
{
    writer_init(&apply->head, apply->head_memory, sizeof(apply->head_memory));
    return &apply->head;
}

static void put(struct apply *apply, struct bytes tail)
{
    apply->sink->put(apply->sink->owner, index_key_bytes(&apply->key),
                     writer_bytes(&apply->head), tail);
}

static void drop(struct apply *apply)
{
    apply->sink->drop(apply->sink->owner, index_key_bytes(&apply->key));
}

static void put_feed(struct apply *apply, size_t value_size, size_t key_size)
{
    struct index_feed_value feed = {
        .change_bytes = key_size + value_size + CHANGE_OVERHEAD_BYTES,
        .log_index = apply->log_index,
    };

    index_value_put_feed(start_head(apply), &feed);
    put(apply, nothing);
}

static enum key_kind kind_after(enum effect_type type)
{
    if (type == EFFECT_PUT)
        return KEY_REGISTER;
    if (type == EFFECT_COUNTER)
        return KEY_COUNTER;
    if (type == EFFECT_LIST_ADD || type == EFFECT_LIST_REMOVE)
        return KEY_LIST;
    ASSERT(type == EFFECT_REMOVE);
    return KEY_NONE;
}

static struct key_state state_after(const struct apply *apply,
                                    const struct effect *effect)
{
    const struct effect_trail *trail = &effect->trail;
    struct key_state state = {
        .kind = kind_after(effect->type),
        .revision = apply->record->revision,
        .writer = apply->record->author.writer,
        .other_revision = trail->other_revision,
        .reset_revision = trail->reset_revision,
        .reset_writer = trail->reset_writer,
        .time_us = apply->record->time_us,
    };

    if (state.kind == KEY_REGISTER) {
        state.flags = effect->flags;
        state.expiry_us = effect->expiry_us;
        state.value = effect->value;
        state.generation = trail->generation;
        state.element_bytes = trail->element_bytes;
    }
    if (state.kind == KEY_LIST) {
        state.generation = trail->generation;
        state.element_count = trail->element_count;
        state.element_bytes = trail->element_bytes;
    }
    if (state.kind == KEY_COUNTER)
        state.number = effect->number;
    return state;
}

/* Invariant 1 for keys. A list's entry stands still while elements move. */
static void move_feed(struct apply *apply, const struct effect *effect,
                      const struct key_state *state)
{
    uint64_t revision = key_state_feed_revision(state);
    uint64_t revision_before = effect->trail.feed_revision;

    if (revision_before != 0 && revision_before != revision) {
        index_key_feed(&apply->key, &apply->place, revision_before,
                       effect->key);
        drop(apply);
    }
    if (revision == state->revision) {
        index_key_feed(&apply->key, &apply->place, revision, effect->key);
        put_feed(apply, state->value.size, effect->key.size);
    }
}

/* Invariant 2. */
static void move_expiry(struct apply *apply, const struct effect *effect,
                        const struct key_state *state)
{
    uint64_t expiry_before = effect->trail.expiry_us;

    if (expiry_before != 0) {
        index_key_expiry(&apply->key, &apply->place, expiry_before,
                         effect->key);
        drop(apply);
    }
    if (state->expiry_us != 0) {
        index_key_expiry(&apply->key, &apply->place, state->expiry_us,
                         effect->key);
        (void)start_head(apply);
        put(apply, nothing);
    }
}

static void on_key(struct apply *apply, const struct effect *effect)
{
    struct key_state state = state_after(apply, effect);

    index_key_register(&apply->key, &apply->place, effect->key);
    index_value_put_key(start_head(apply), &state);
    put(apply, state.value);
    move_feed(apply, effect, &state);
    move_expiry(apply, effect, &state);
}

static void on_key_drop(struct apply *apply, const struct effect *effect)
{
    index_key_register(&apply->key, &apply->place, effect->key);
    drop(apply);
    index_key_feed(&apply->key, &apply->place, effect->trail.feed_revision,
                   effect->key);
    drop(apply);
}

static void element_key(struct apply *apply, const struct effect *effect)
{
    index_key_list(&apply->key, &apply->place, effect->key,
                   effect->trail.generation);
    index_key_put_dot(&apply->key, effect->dot);
}

static void element_feed_key(struct apply *apply, const struct effect *effect,
                             uint64_t revision)
{
    index_key_feed_element(&apply->key, &apply->place, revision, effect->key,
                           effect->dot);
    writer_u64_be(&apply->key.writer, effect->trail.generation);
}

static void drop_element_feed(struct apply *apply, const struct effect *effect)
{
    if (effect->trail.element_revision == 0)
        return;
    element_feed_key(apply, effect, effect->trail.element_revision);
    drop(apply);
}

static void on_element(struct apply *apply, const struct effect *effect)
{
    bool is_removed = effect->type == EFFECT_LIST_REMOVE;
    struct bytes value = is_removed ? nothing : effect->value;
    struct index_element element = {
        .state = {.added_revision = effect->trail.added_revision,
                  .revision = apply->record->revision,
                  .is_removed = is_removed},
        .writer = apply->record->author.writer,
        .time_us = apply->record->time_us,
    };

    on_key(apply, effect);
    element_key(apply, effect);
    index_value_put_element(start_head(apply), &element);
    put(apply, value);
    drop_element_feed(apply, effect);
    element_feed_key(apply, effect, apply->record->revision);
    put_feed(apply, value.size + INDEX_DOT_BYTES, effect->key.size);
}

static void on_element_drop(struct apply *apply, const struct effect *effect)
{
    element_key(apply, effect);
    drop(apply);
    drop_element_feed(apply, effect);
}

static void changed_key(struct apply *apply, uint64_t log_index)
{
    index_key_start(&apply->key, &apply->place, INDEX_TABLE_CHANGED);
    writer_u64_be(&apply->key.writer, log_index);
}

/* Invariant 3. */
static void on_user(struct apply *apply, const struct effect *effect)
{
    const struct index_changed_value changed = {
        .epoch = apply->origin->position.epoch,
        .crc = apply->origin->position.crc,
        .time_us = apply->origin->time_us,
        .user = apply->place.user,
    };
    struct user_state state = effect->user;

    if (state.log_index != 0 && state.log_index != apply->log_index) {
        changed_key(apply, state.log_index);
        drop(apply);
    }
    state.log_index = apply->log_index;
    changed_key(apply, state.log_index);
    index_value_put_changed(start_head(apply), &changed);
    put(apply, changed.user);
    index_key_start_user(&apply->key, &apply->place);
    index_value_put_user(start_head(apply), &state);
    put(apply, nothing);
}

static void on_device(struct apply *apply, const struct effect *effect)
{
    const struct device_state *state = &effect->device_state;

    index_key_start_history(&apply->key, &apply->place, INDEX_TABLE_DEVICE);
    writer_u64_be(&apply->key.writer, state->device);
    index_value_put_device(start_head(apply), state);
    put(apply, nothing);
    index_key_install(&apply->key, &apply->place, &state->install);
    writer_varint(start_head(apply), state->device);
    put(apply, nothing);
}

/* No feed has it: the key's own entry tells of all its parts. */
static void on_upload_part(struct apply *apply, const struct effect *effect)
{
    const struct index_element element = {
        .writer = apply->record->author.writer,
        .time_us = apply->record->time_us,
    };

    element_key(apply, effect);
    index_value_put_element(start_head(apply), &element);
    put(apply, effect->value);
}

static void on_upload(struct apply *apply, const struct effect *effect)
{
    const struct upload_state *state = &effect->upload;

    index_key_upload(&apply->key, &apply->place, effect->key, state->upload);
    index_value_put_upload(start_head(apply), state);
    put(apply, nothing);
    index_key_upload_age(&apply->key, &apply->place, state->began_us,
                         effect->key, state->upload);
    (void)start_head(apply);
    put(apply, nothing);
}

static void on_upload_drop(struct apply *apply, const struct effect *effect)
{
    const struct upload_state *state = &effect->upload;

    index_key_upload(&apply->key, &apply->place, effect->key, state->upload);
    drop(apply);
    index_key_upload_age(&apply->key, &apply->place, state->began_us,
                         effect->key, state->upload);
    drop(apply);
}

static void outcome_key(struct apply *apply, const struct effect *effect)
{
    index_key_start_history(&apply->key, &apply->place, INDEX_TABLE_OUTCOME);
    writer_u64_be(&apply->key.writer, effect->device);
    writer_u64_be(&apply->key.writer, effect->outcome.push_number);
}

static void on_outcome(struct apply *apply, const struct effect *effect)
{
    outcome_key(apply, effect);
    index_value_put_outcome(start_head(apply), &effect->outcome);
    put(apply, nothing);
}

static void on_outcome_drop(struct apply *apply, const struct effect *effect)
{
    outcome_key(apply, effect);
    drop(apply);
}

static void on_request(struct apply *apply, const struct effect *effect)
{
    const struct request_state *request = &effect->request;

    index_key_request(&apply->key, &apply->place, &request->id);
    index_value_put_request(start_head(apply), request);
    put(apply, request->numbers);
    index_key_request_age(&apply->key, &apply->place, request->time_us,
                          &request->id);
    (void)start_head(apply);
    put(apply, nothing);
}

static void on_request_drop(struct apply *apply, const struct effect *effect)
{
    const struct request_state *request = &effect->request;

    index_key_request(&apply->key, &apply->place, &request->id);
    drop(apply);
    index_key_request_age(&apply->key, &apply->place, request->time_us,
                          &request->id);
    drop(apply);
}

static void conflict_key(struct apply *apply, const struct effect *effect)
{
    index_key_start_history(&apply->key, &apply->place, INDEX_TABLE_CONFLICT);
    writer_u64_be(&apply->key.writer, effect->conflict.revision);
    writer_u32_be(&apply->key.writer, effect->conflict.position);
}

static void on_conflict(struct apply *apply, const struct effect *effect)
{
    conflict_key(apply, effect);
    index_value_put_conflict(start_head(apply), &effect->conflict);
    put(apply, effect->conflict.value);
}

static void on_conflict_drop(struct apply *apply, const struct effect *effect)
{
    conflict_key(apply, effect);
    drop(apply);
}

static void list_ended_key(struct apply *apply, const struct effect *effect)
{
    index_key_start(&apply->key, &apply->place, INDEX_TABLE_LIST_ENDED);
    index_key_put_owner(&apply->key, &apply->place);
    index_key_put_escaped(&apply->key, effect->key);
    writer_u64_be(&apply->key.writer, effect->trail.generation);
}

static void on_list_ended(struct apply *apply, const struct effect *effect)
{
    list_ended_key(apply, effect);
    (void)start_head(apply);
    put(apply, nothing);
}

static void on_list_purged(struct apply *apply, const struct effect *effect)
{
    list_ended_key(apply, effect);
    drop(apply);
}

static void history_ended_key(struct apply *apply, const struct effect *effect)
{
    struct index_place place = apply->place;

    place.history_id = effect->history_id;
    index_key_start(&apply->key, &place, INDEX_TABLE_HISTORY_ENDED);
    index_key_put_owner(&apply->key, &place);
}

/* Which of an erasure's records a stub tells of: the first, or the last. */
enum stub_part {
    STUB_ENDED = 1,
    STUB_PURGED = 2,
};

/* Nothing in it tells who the user was, but to who asks for one by name. */
static void put_stub(struct apply *apply, const struct effect *effect,
                     enum stub_part part)
{
    const struct index_stub stub = {.log_index = apply->log_index,
                                    .time_us = apply->record->time_us};

    index_key_start(&apply->key, &apply->place, INDEX_TABLE_ERASED);
    writer_u64_be(&apply->key.writer, hash64(apply->place.user));
    writer_u64_be(&apply->key.writer, effect->history_id);
    writer_u8(&apply->key.writer, (uint8_t)part);
    index_value_put_stub(start_head(apply), &stub);
    put(apply, nothing);
}

static void on_history_ended(struct apply *apply, const struct effect *effect)
{
    history_ended_key(apply, effect);
    (void)start_head(apply);
    put(apply, nothing);
    put_stub(apply, effect, STUB_ENDED);
}

/*
 * Each entry of `value` names a table and what stands beside user and history
 * in the key, which are put in here: a purge can reach no other data.
 */
static void on_history_purged(struct apply *apply, const struct effect *effect)
{
    struct index_place place = apply->place;
    struct reader reader;

    if (effect->value.size == 0) {
        history_ended_key(apply, effect);
        drop(apply);
        put_stub(apply, effect, STUB_PURGED);
        return;
    }
    place.history_id = effect->history_id;
    reader_init(&reader, effect->value);
    while (index_purge_read(&reader, &place, &apply->key))
        drop(apply);
}

typedef void reaction(struct apply *apply, const struct effect *effect);

static reaction *const reactions[] = {
    [EFFECT_PUT] = on_key,
    [EFFECT_REMOVE] = on_key,
    [EFFECT_COUNTER] = on_key,
    [EFFECT_LIST_ADD] = on_element,
    [EFFECT_LIST_REMOVE] = on_element,
    [EFFECT_KEY_DROP] = on_key_drop,
    [EFFECT_ELEMENT_DROP] = on_element_drop,
    [EFFECT_USER] = on_user,
    [EFFECT_DEVICE] = on_device,
    [EFFECT_OUTCOME] = on_outcome,
    [EFFECT_OUTCOME_DROP] = on_outcome_drop,
    [EFFECT_REQUEST] = on_request,
    [EFFECT_REQUEST_DROP] = on_request_drop,
    [EFFECT_CONFLICT] = on_conflict,
    [EFFECT_CONFLICT_DROP] = on_conflict_drop,
    [EFFECT_LIST_ENDED] = on_list_ended,
    [EFFECT_LIST_PURGED] = on_list_purged,
    [EFFECT_HISTORY_ENDED] = on_history_ended,
    [EFFECT_HISTORY_PURGED] = on_history_purged,
    [EFFECT_UPLOAD_PART] = on_upload_part,
    [EFFECT_UPLOAD] = on_upload,
    [EFFECT_UPLOAD_DROP] = on_upload_drop,
};

static void on_effect(struct apply *apply, const struct effect *effect)
{
    size_t type = (size_t)effect->type;

    /* What reads the log refuses the types that it does not know. */
    ASSERT(type < sizeof(reactions) / sizeof(reactions[0]));
    ASSERT(reactions[type] != NULL);
    reactions[type](apply, effect);
}

void index_apply_record(const struct user_record *record,
                        const struct index_origin *origin,
                        const struct index_sink *sink)
{
    struct apply apply;

    apply.record = record;
    apply.sink = sink;
    apply.origin = origin;
    apply.log_index = origin->position.index;
    apply.place = (struct index_place){
        .partition = origin->partition,
        .local_generation = origin->local_generation,
        .user = record->user,
        .history_id = record->history_id,
    };
    for (size_t i = 0; i < record->effect_count; i++)
        on_effect(&apply, &record->effects[i]);
}
