#include "storage/effect_format.h"

#include "base/bounds.h"

#include <stddef.h>

/* Who adds a field is reminded that it has to be written as well. */
_Static_assert(sizeof(struct user_state) == 15 * sizeof(uint64_t),
               "every field of a user's state is encoded");
_Static_assert(sizeof(struct effect_trail) == 10 * sizeof(uint64_t),
               "every field of a trail is encoded");

enum {
    /* EFFECT_USER of a user that was restored: its mark follows. So what was
       never restored is written as it always was. */
    TYPE_USER_RESTORED = 33,
};

bool effect_type_is_known(uint8_t type)
{
    return type == EFFECT_PUT || type == EFFECT_REMOVE ||
           (type >= EFFECT_COUNTER && type <= EFFECT_HISTORY_PURGED) ||
           (type >= EFFECT_UPLOAD_PART && type <= EFFECT_UPLOAD_DROP);
}

/* --- What each type has --- */

/* The effects on a key or an element: those with a whole trail. */
static bool is_on_key(enum effect_type type)
{
    return type <= EFFECT_ELEMENT_DROP;
}

static bool is_on_list(enum effect_type type)
{
    return type == EFFECT_LIST_ENDED || type == EFFECT_LIST_PURGED;
}

static bool is_on_element(enum effect_type type)
{
    return type == EFFECT_LIST_ADD || type == EFFECT_LIST_REMOVE ||
           type == EFFECT_ELEMENT_DROP;
}

static bool is_on_upload(enum effect_type type)
{
    return type >= EFFECT_UPLOAD_PART;
}

static enum dalv_status check_key(struct bytes key)
{
    if (key.size == 0)
        return DALV_INVALID;
    return key.size > BOUNDS_KEY_MAX ? DALV_TOO_BIG : DALV_OK;
}

static bool is_result(unsigned result)
{
    return result >= OUTCOME_APPLIED && result <= OUTCOME_REFUSED;
}

enum dalv_status effect_check(const struct effect *effect)
{
    if (!effect_type_is_known((uint8_t)effect->type))
        return DALV_INVALID;
    if (effect->type == EFFECT_PUT && !effect->has_expiry &&
        effect->expiry_us != 0)
        return DALV_INVALID;
    if (effect->type == EFFECT_OUTCOME && !is_result(effect->outcome.result))
        return DALV_INVALID;
    if (effect->type == EFFECT_CONFLICT)
        return check_key(effect->conflict.key);
    if (is_on_key(effect->type) || is_on_list(effect->type) ||
        is_on_upload(effect->type))
        return check_key(effect->key);
    return DALV_OK;
}

/* --- Encoding --- */

static void put_bytes(struct writer *writer, struct bytes bytes)
{
    if (bytes.size > UINT32_MAX) {
        writer->failed = true;
        return;
    }
    writer_u32(writer, (uint32_t)bytes.size);
    writer_bytes_put(writer, bytes);
}

static void put_dot(struct writer *writer, struct dot dot)
{
    writer_varint(writer, dot.device);
    writer_varint(writer, dot.local_id);
    writer_varint(writer, dot.position);
}

static void put_user(struct writer *writer, const struct user_state *user)
{
    writer_u64(writer, user->history_id);
    writer_varint(writer, user->revision);
    writer_varint(writer, user->floor);
    writer_u64(writer, user->common_history_id);
    writer_varint(writer, user->common);
    writer_u64(writer, user->erased_history_id);
    writer_varint(writer, user->live_count);
    writer_varint(writer, user->tombstone_count);
    writer_varint(writer, user->tombstone_oldest_us);
    writer_varint(writer, user->live_bytes);
    writer_varint(writer, user->conflict_bytes);
    writer_varint(writer, user->device_last);
    writer_varint(writer, user->device_count);
    writer_varint(writer, user->log_index);
    if (user->restored != 0)
        writer_u64(writer, user->restored);
}

static void put_device(struct writer *writer, const struct device_state *state)
{
    writer_varint(writer, state->device);
    writer_bytes_put(writer,
                     bytes_make(state->install.bytes, INSTALL_ID_BYTES));
    writer_u8(writer, state->is_retired ? 1 : 0);
    writer_varint(writer, state->push_settled);
    writer_varint(writer, state->revision_last);
    writer_u64(writer, state->chain);
    writer_varint(writer, state->confirmed);
    writer_varint(writer, state->seen_us);
}

static void put_outcome(struct writer *writer, const struct effect *effect)
{
    const struct outcome *outcome = &effect->outcome;

    writer_varint(writer, effect->device);
    writer_varint(writer, outcome->push_number);
    if (effect->type == EFFECT_OUTCOME_DROP)
        return;
    writer_u8(writer, (uint8_t)outcome->result);
    writer_varint(writer, (uint64_t)outcome->status);
    writer_varint(writer, outcome->revision);
    writer_varint(writer, outcome->waits_for);
    writer_varint(writer, outcome->operation);
}

static void put_request(struct writer *writer, const struct effect *effect)
{
    const struct request_state *request = &effect->request;

    writer_bytes_put(writer, bytes_make(request->id.bytes, REQUEST_ID_BYTES));
    writer_varint(writer, request->time_us);
    if (effect->type == EFFECT_REQUEST_DROP)
        return;
    writer_u64(writer, request->body_hash);
    writer_varint(writer, (uint64_t)request->status);
    writer_varint(writer, request->revision);
    put_bytes(writer, request->numbers);
}

static void put_conflict(struct writer *writer, const struct effect *effect)
{
    const struct conflict_state *conflict = &effect->conflict;

    writer_varint(writer, conflict->revision);
    writer_varint(writer, conflict->position);
    if (effect->type == EFFECT_CONFLICT_DROP)
        return;
    writer_varint(writer, conflict->time_us);
    writer_varint(writer, conflict->loser);
    writer_varint(writer, conflict->winner);
    writer_u8(writer, conflict->operation_type);
    put_bytes(writer, conflict->key);
    put_bytes(writer, conflict->value);
}

/* What stands behind the type and the key. */
static void put_key_effect(struct writer *writer, const struct effect *effect)
{
    put_bytes(writer, effect->key);
    if (effect->type == EFFECT_PUT) {
        put_bytes(writer, effect->value);
        writer_u32(writer, effect->flags);
        writer_u8(writer, effect->has_expiry ? 1 : 0);
        writer_u64(writer, effect->expiry_us);
    }
    if (effect->type == EFFECT_COUNTER)
        writer_i64(writer, effect->number);
    if (effect->type == EFFECT_LIST_ADD)
        put_bytes(writer, effect->value);
    if (is_on_element(effect->type))
        put_dot(writer, effect->dot);
}

static void put_part(struct writer *writer, const struct effect *effect)
{
    put_bytes(writer, effect->key);
    writer_u64(writer, effect->trail.generation);
    writer_varint(writer, effect->dot.position);
    put_bytes(writer, effect->value);
}

static void put_upload(struct writer *writer, const struct effect *effect)
{
    const struct upload_state *upload = &effect->upload;

    put_bytes(writer, effect->key);
    writer_u64(writer, upload->upload);
    writer_varint(writer, upload->began_us);
    if (effect->type == EFFECT_UPLOAD_DROP)
        return;
    writer_varint(writer, upload->part_count);
    writer_varint(writer, upload->bytes);
    writer_u64(writer, upload->hash);
    writer_u8(writer, upload->is_closed ? 1 : 0);
}

void effect_encode(const struct effect *effect, struct writer *writer)
{
    bool is_restored =
        effect->type == EFFECT_USER && effect->user.restored != 0;

    writer_u8(writer, is_restored ? TYPE_USER_RESTORED : (uint8_t)effect->type);
    switch (effect->type) {
    case EFFECT_PUT:
    case EFFECT_REMOVE:
    case EFFECT_COUNTER:
    case EFFECT_LIST_ADD:
    case EFFECT_LIST_REMOVE:
    case EFFECT_KEY_DROP:
    case EFFECT_ELEMENT_DROP:
    case EFFECT_LIST_ENDED:
    case EFFECT_LIST_PURGED:
        put_key_effect(writer, effect);
        break;
    case EFFECT_USER:
        put_user(writer, &effect->user);
        break;
    case EFFECT_DEVICE:
        put_device(writer, &effect->device_state);
        break;
    case EFFECT_OUTCOME:
    case EFFECT_OUTCOME_DROP:
        put_outcome(writer, effect);
        break;
    case EFFECT_REQUEST:
    case EFFECT_REQUEST_DROP:
        put_request(writer, effect);
        break;
    case EFFECT_CONFLICT:
    case EFFECT_CONFLICT_DROP:
        put_conflict(writer, effect);
        break;
    case EFFECT_HISTORY_ENDED:
        writer_u64(writer, effect->history_id);
        break;
    case EFFECT_HISTORY_PURGED:
        writer_u64(writer, effect->history_id);
        put_bytes(writer, effect->value);
        break;
    case EFFECT_UPLOAD_PART:
        put_part(writer, effect);
        break;
    case EFFECT_UPLOAD:
    case EFFECT_UPLOAD_DROP:
        put_upload(writer, effect);
        break;
    }
}

void effect_trail_encode(const struct effect *effect, struct writer *writer)
{
    const struct effect_trail *trail = &effect->trail;

    if (is_on_list(effect->type))
        writer_varint(writer, trail->generation);
    if (!is_on_key(effect->type))
        return;
    writer_varint(writer, trail->feed_revision);
    writer_varint(writer, trail->expiry_us);
    writer_varint(writer, trail->other_revision);
    writer_varint(writer, trail->reset_revision);
    writer_varint(writer, trail->reset_writer);
    writer_varint(writer, trail->generation);
    writer_varint(writer, trail->element_count);
    writer_varint(writer, trail->element_bytes);
    if (!is_on_element(effect->type))
        return;
    writer_varint(writer, trail->added_revision);
    writer_varint(writer, trail->element_revision);
}

/* --- Decoding --- */

static struct bytes get_bytes(struct reader *reader)
{
    return reader_bytes(reader, reader_u32(reader));
}

static struct bytes get_key(struct reader *reader)
{
    struct bytes key = get_bytes(reader);

    if (check_key(key) != DALV_OK)
        reader_fail(reader);
    return key;
}

static uint32_t get_small(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (value > UINT32_MAX)
        reader_fail(reader);
    return (uint32_t)value;
}

static bool get_bool(struct reader *reader)
{
    uint8_t value = reader_u8(reader);

    if (value > 1)
        reader_fail(reader);
    return value == 1;
}

static enum dalv_status get_status(struct reader *reader)
{
    uint32_t value = get_small(reader);

    if (!status_is_known(value)) {
        reader_fail(reader);
        return DALV_OK;
    }
    return (enum dalv_status)value;
}

static struct dot get_dot(struct reader *reader)
{
    struct dot dot;

    dot.device = reader_varint(reader);
    dot.local_id = reader_varint(reader);
    dot.position = get_small(reader);
    return dot;
}

/* Fixed bytes of an id; left as they are if the reader fails. */
static void get_id(struct reader *reader, uint8_t *out_id, size_t size)
{
    struct bytes id = reader_bytes(reader, size);

    for (size_t i = 0; i < id.size; i++)
        out_id[i] = id.data[i];
}

static void get_user(struct reader *reader, struct user_state *user,
                     bool is_restored)
{
    user->history_id = reader_u64(reader);
    user->revision = reader_varint(reader);
    user->floor = reader_varint(reader);
    user->common_history_id = reader_u64(reader);
    user->common = reader_varint(reader);
    user->erased_history_id = reader_u64(reader);
    user->live_count = reader_varint(reader);
    user->tombstone_count = reader_varint(reader);
    user->tombstone_oldest_us = reader_varint(reader);
    user->live_bytes = reader_varint(reader);
    user->conflict_bytes = reader_varint(reader);
    user->device_last = reader_varint(reader);
    user->device_count = reader_varint(reader);
    user->log_index = reader_varint(reader);
    user->restored = is_restored ? reader_u64(reader) : 0;
    if (is_restored && user->restored == 0)
        reader_fail(reader);
}

static void get_device(struct reader *reader, struct device_state *state)
{
    state->device = reader_varint(reader);
    get_id(reader, state->install.bytes, INSTALL_ID_BYTES);
    state->is_retired = get_bool(reader);
    state->push_settled = reader_varint(reader);
    state->revision_last = reader_varint(reader);
    state->chain = reader_u64(reader);
    state->confirmed = reader_varint(reader);
    state->seen_us = reader_varint(reader);
}

static void get_outcome(struct reader *reader, struct effect *effect)
{
    struct outcome *outcome = &effect->outcome;
    uint8_t result;

    effect->device = reader_varint(reader);
    outcome->push_number = reader_varint(reader);
    if (effect->type == EFFECT_OUTCOME_DROP)
        return;
    result = reader_u8(reader);
    if (is_result(result))
        outcome->result = (enum outcome_result)result;
    else
        reader_fail(reader);
    outcome->status = get_status(reader);
    outcome->revision = reader_varint(reader);
    outcome->waits_for = reader_varint(reader);
    outcome->operation = get_small(reader);
}

static void get_request(struct reader *reader, struct effect *effect)
{
    struct request_state *request = &effect->request;

    get_id(reader, request->id.bytes, REQUEST_ID_BYTES);
    request->time_us = reader_varint(reader);
    if (effect->type == EFFECT_REQUEST_DROP)
        return;
    request->body_hash = reader_u64(reader);
    request->status = get_status(reader);
    request->revision = reader_varint(reader);
    request->numbers = get_bytes(reader);
}

static void get_conflict(struct reader *reader, struct effect *effect)
{
    struct conflict_state *conflict = &effect->conflict;

    conflict->revision = reader_varint(reader);
    conflict->position = get_small(reader);
    if (effect->type == EFFECT_CONFLICT_DROP)
        return;
    conflict->time_us = reader_varint(reader);
    conflict->loser = reader_varint(reader);
    conflict->winner = reader_varint(reader);
    conflict->operation_type = reader_u8(reader);
    conflict->key = get_key(reader);
    conflict->value = get_bytes(reader);
}

static void get_key_effect(struct reader *reader, struct effect *effect)
{
    effect->key = get_key(reader);
    if (effect->type == EFFECT_PUT) {
        effect->value = get_bytes(reader);
        effect->flags = reader_u32(reader);
        effect->has_expiry = get_bool(reader);
        effect->expiry_us = reader_u64(reader);
        if (!effect->has_expiry && effect->expiry_us != 0)
            reader_fail(reader);
    }
    if (effect->type == EFFECT_COUNTER)
        effect->number = reader_i64(reader);
    if (effect->type == EFFECT_LIST_ADD)
        effect->value = get_bytes(reader);
    if (is_on_element(effect->type))
        effect->dot = get_dot(reader);
}

static uint64_t get_upload_number(struct reader *reader)
{
    uint64_t number = reader_u64(reader);

    if (!upload_is_number(number))
        reader_fail(reader);
    return number;
}

static void get_part(struct reader *reader, struct effect *effect)
{
    effect->key = get_key(reader);
    effect->trail.generation = get_upload_number(reader);
    effect->dot.position = get_small(reader);
    effect->value = get_bytes(reader);
}

static void get_upload(struct reader *reader, struct effect *effect)
{
    struct upload_state *upload = &effect->upload;

    effect->key = get_key(reader);
    upload->upload = get_upload_number(reader);
    upload->began_us = reader_varint(reader);
    if (effect->type == EFFECT_UPLOAD_DROP)
        return;
    upload->part_count = get_small(reader);
    upload->bytes = reader_varint(reader);
    upload->hash = reader_u64(reader);
    upload->is_closed = get_bool(reader);
}

static void get_content(struct reader *reader, struct effect *effect)
{
    switch (effect->type) {
    case EFFECT_PUT:
    case EFFECT_REMOVE:
    case EFFECT_COUNTER:
    case EFFECT_LIST_ADD:
    case EFFECT_LIST_REMOVE:
    case EFFECT_KEY_DROP:
    case EFFECT_ELEMENT_DROP:
    case EFFECT_LIST_ENDED:
    case EFFECT_LIST_PURGED:
        get_key_effect(reader, effect);
        break;
    case EFFECT_USER:
        get_user(reader, &effect->user, /* is_restored= */ false);
        break;
    case EFFECT_DEVICE:
        get_device(reader, &effect->device_state);
        break;
    case EFFECT_OUTCOME:
    case EFFECT_OUTCOME_DROP:
        get_outcome(reader, effect);
        break;
    case EFFECT_REQUEST:
    case EFFECT_REQUEST_DROP:
        get_request(reader, effect);
        break;
    case EFFECT_CONFLICT:
    case EFFECT_CONFLICT_DROP:
        get_conflict(reader, effect);
        break;
    case EFFECT_HISTORY_ENDED:
        effect->history_id = reader_u64(reader);
        break;
    case EFFECT_HISTORY_PURGED:
        effect->history_id = reader_u64(reader);
        effect->value = get_bytes(reader);
        break;
    case EFFECT_UPLOAD_PART:
        get_part(reader, effect);
        break;
    case EFFECT_UPLOAD:
    case EFFECT_UPLOAD_DROP:
        get_upload(reader, effect);
        break;
    }
}

enum dalv_status effect_decode(struct reader *reader, struct effect *effect)
{
    uint8_t type = reader_u8(reader);

    if (!reader_is_ok(reader))
        return DALV_OK;
    if (type == TYPE_USER_RESTORED) {
        effect->type = EFFECT_USER;
        get_user(reader, &effect->user, /* is_restored= */ true);
        return DALV_OK;
    }
    if (!effect_type_is_known(type))
        return DALV_UNSUPPORTED;
    effect->type = (enum effect_type)type;
    get_content(reader, effect);
    return DALV_OK;
}

void effect_trail_decode(struct reader *reader, struct effect *effect)
{
    struct effect_trail *trail = &effect->trail;

    if (is_on_list(effect->type))
        trail->generation = reader_varint(reader);
    if (!is_on_key(effect->type))
        return;
    trail->feed_revision = reader_varint(reader);
    trail->expiry_us = reader_varint(reader);
    trail->other_revision = reader_varint(reader);
    trail->reset_revision = reader_varint(reader);
    trail->reset_writer = reader_varint(reader);
    trail->generation = reader_varint(reader);
    trail->element_count = get_small(reader);
    trail->element_bytes = reader_varint(reader);
    if (!is_on_element(effect->type))
        return;
    trail->added_revision = reader_varint(reader);
    trail->element_revision = reader_varint(reader);
}
