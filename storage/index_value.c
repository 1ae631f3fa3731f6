#include "storage/index_value.h"

enum {
    /* In place of its kind, a register whose value is in parts. */
    KIND_IN_PARTS = 4
};

void index_value_put_applied(struct writer *writer,
                             const struct index_applied_value *applied)
{
    writer_varint(writer, applied->position.epoch);
    writer_varint(writer, applied->position.index);
    writer_u32(writer, applied->position.crc);
    writer_varint(writer, applied->time_us);
}

bool index_value_read_applied(struct bytes value,
                              struct index_applied_value *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->position.epoch = reader_varint(&reader);
    out->position.index = reader_varint(&reader);
    out->position.crc = reader_u32(&reader);
    out->time_us = reader_varint(&reader);
    return reader_is_finished(&reader);
}

void index_value_put_changed(struct writer *writer,
                             const struct index_changed_value *changed)
{
    writer_varint(writer, changed->epoch);
    writer_u32(writer, changed->crc);
    writer_varint(writer, changed->time_us);
}

bool index_value_read_changed(struct bytes value,
                              struct index_changed_value *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->epoch = reader_varint(&reader);
    out->crc = reader_u32(&reader);
    out->time_us = reader_varint(&reader);
    out->user = reader_bytes(&reader, reader.rest.size);
    return reader_is_finished(&reader) && out->user.size > 0 &&
           out->user.size <= BOUNDS_USER_ID_MAX;
}

/* History ids are random: a varint would only be longer. */
void index_value_put_user(struct writer *writer, const struct user_state *state)
{
    writer_u64(writer, state->history_id);
    writer_varint(writer, state->revision);
    writer_varint(writer, state->floor);
    writer_u64(writer, state->common_history_id);
    writer_varint(writer, state->common);
    writer_u64(writer, state->erased_history_id);
    writer_varint(writer, state->live_count);
    writer_varint(writer, state->tombstone_count);
    writer_varint(writer, state->tombstone_oldest_us);
    writer_varint(writer, state->live_bytes);
    writer_varint(writer, state->conflict_bytes);
    writer_varint(writer, state->device_last);
    writer_varint(writer, state->device_count);
    writer_varint(writer, state->log_index);
    if (state->restored != 0)
        writer_u64(writer, state->restored);
}

bool index_value_read_user(struct bytes value, struct user_state *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->history_id = reader_u64(&reader);
    out->revision = reader_varint(&reader);
    out->floor = reader_varint(&reader);
    out->common_history_id = reader_u64(&reader);
    out->common = reader_varint(&reader);
    out->erased_history_id = reader_u64(&reader);
    out->live_count = reader_varint(&reader);
    out->tombstone_count = reader_varint(&reader);
    out->tombstone_oldest_us = reader_varint(&reader);
    out->live_bytes = reader_varint(&reader);
    out->conflict_bytes = reader_varint(&reader);
    out->device_last = reader_varint(&reader);
    out->device_count = reader_varint(&reader);
    out->log_index = reader_varint(&reader);
    out->restored = reader.rest.size > 0 ? reader_u64(&reader) : 0;
    return reader_is_finished(&reader);
}

void index_value_put_device(struct writer *writer,
                            const struct device_state *state)
{
    writer_varint(writer, state->device);
    writer_bytes_put(
        writer, bytes_make(state->install.bytes, sizeof(state->install.bytes)));
    writer_u8(writer, state->is_retired ? 1 : 0);
    writer_varint(writer, state->push_settled);
    writer_varint(writer, state->revision_last);
    writer_u64(writer, state->chain);
    writer_varint(writer, state->confirmed);
    writer_varint(writer, state->seen_us);
}

static void take_array(struct reader *reader, uint8_t *out, size_t size)
{
    struct bytes bytes = reader_bytes(reader, size);

    for (size_t i = 0; i < bytes.size; i++)
        out[i] = bytes.data[i];
}

static bool take_bool(struct reader *reader)
{
    uint8_t value = reader_u8(reader);

    if (value > 1)
        reader_fail(reader);
    return value == 1;
}

static uint32_t take_u32(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (value > UINT32_MAX)
        reader_fail(reader);
    return (uint32_t)value;
}

static enum dalv_status take_status(struct reader *reader)
{
    uint32_t value = take_u32(reader);

    if (!status_is_known(value)) {
        reader_fail(reader);
        return DALV_INTERNAL;
    }
    return (enum dalv_status)value;
}

bool index_value_read_device(struct bytes value, struct device_state *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->device = reader_varint(&reader);
    take_array(&reader, out->install.bytes, sizeof(out->install.bytes));
    out->is_retired = take_bool(&reader);
    out->push_settled = reader_varint(&reader);
    out->revision_last = reader_varint(&reader);
    out->chain = reader_u64(&reader);
    out->confirmed = reader_varint(&reader);
    out->seen_us = reader_varint(&reader);
    return reader_is_finished(&reader);
}

void index_value_put_outcome(struct writer *writer,
                             const struct outcome *outcome)
{
    writer_varint(writer, outcome->push_number);
    writer_u8(writer, (uint8_t)outcome->result);
    writer_varint(writer, (uint64_t)outcome->status);
    writer_varint(writer, outcome->revision);
    writer_varint(writer, outcome->waits_for);
    writer_varint(writer, outcome->operation);
}

bool index_value_read_outcome(struct bytes value, struct outcome *out)
{
    struct reader reader;
    uint8_t result;

    reader_init(&reader, value);
    out->push_number = reader_varint(&reader);
    result = reader_u8(&reader);
    if (result < OUTCOME_APPLIED || result > OUTCOME_REFUSED)
        return false;
    out->result = (enum outcome_result)result;
    out->status = take_status(&reader);
    out->revision = reader_varint(&reader);
    out->waits_for = reader_varint(&reader);
    out->operation = take_u32(&reader);
    return reader_is_finished(&reader);
}

void index_value_put_request(struct writer *writer,
                             const struct request_state *state)
{
    writer_u64(writer, state->body_hash);
    writer_varint(writer, (uint64_t)state->status);
    writer_varint(writer, state->revision);
    writer_varint(writer, state->time_us);
}

bool index_value_read_request(struct bytes value, struct request_state *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->body_hash = reader_u64(&reader);
    out->status = take_status(&reader);
    out->revision = reader_varint(&reader);
    out->time_us = reader_varint(&reader);
    if (!reader_is_ok(&reader) || reader.rest.size % sizeof(int64_t) != 0)
        return false;
    out->numbers = reader.rest;
    return true;
}

void index_value_put_upload(struct writer *writer,
                            const struct upload_state *state)
{
    writer_varint(writer, state->began_us);
    writer_varint(writer, state->part_count);
    writer_varint(writer, state->bytes);
    writer_u64(writer, state->hash);
    writer_u8(writer, state->is_closed ? 1 : 0);
}

bool index_value_read_upload(struct bytes value, struct upload_state *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->began_us = reader_varint(&reader);
    out->part_count = take_u32(&reader);
    out->bytes = reader_varint(&reader);
    out->hash = reader_u64(&reader);
    out->is_closed = take_bool(&reader);
    return reader_is_finished(&reader);
}

void index_value_put_key(struct writer *writer, const struct key_state *state)
{
    writer_u8(writer, key_state_is_in_parts(state) ? KIND_IN_PARTS
                                                   : (uint8_t)state->kind);
    writer_varint(writer, state->revision);
    writer_varint(writer, state->writer);
    writer_varint(writer, state->other_revision);
    writer_varint(writer, state->reset_revision);
    writer_varint(writer, state->reset_writer);
    writer_varint(writer, state->time_us);
    switch (state->kind) {
    case KEY_NONE:
        break;
    case KEY_REGISTER:
        writer_varint(writer, state->flags);
        writer_varint(writer, state->expiry_us);
        if (!key_state_is_in_parts(state))
            break;
        writer_u64(writer, state->generation);
        writer_varint(writer, state->element_bytes);
        break;
    case KEY_LIST:
        writer_varint(writer, state->generation);
        writer_varint(writer, state->element_count);
        writer_varint(writer, state->element_bytes);
        break;
    case KEY_COUNTER:
        writer_i64(writer, state->number);
        break;
    }
}

static void take_parts(struct reader *reader, struct key_state *out)
{
    out->generation = reader_u64(reader);
    out->element_bytes = reader_varint(reader);
    if (!upload_is_number(out->generation))
        reader_fail(reader);
}

static void take_kind(struct reader *reader, struct key_state *out,
                      bool is_in_parts)
{
    switch (out->kind) {
    case KEY_NONE:
        break;
    case KEY_REGISTER:
        out->flags = take_u32(reader);
        out->expiry_us = reader_varint(reader);
        if (is_in_parts)
            take_parts(reader, out);
        out->value = reader_bytes(reader, reader->rest.size);
        break;
    case KEY_LIST:
        out->generation = reader_varint(reader);
        out->element_count = take_u32(reader);
        out->element_bytes = reader_varint(reader);
        break;
    case KEY_COUNTER:
        out->number = reader_i64(reader);
        break;
    }
}

bool index_value_read_key(struct bytes value, struct key_state *out)
{
    struct reader reader;
    uint8_t kind;

    *out = (struct key_state){0};
    reader_init(&reader, value);
    kind = reader_u8(&reader);
    if (kind > KIND_IN_PARTS)
        return false;
    out->kind = kind == KIND_IN_PARTS ? KEY_REGISTER : (enum key_kind)kind;
    out->revision = reader_varint(&reader);
    out->writer = reader_varint(&reader);
    out->other_revision = reader_varint(&reader);
    out->reset_revision = reader_varint(&reader);
    out->reset_writer = reader_varint(&reader);
    out->time_us = reader_varint(&reader);
    take_kind(&reader, out, kind == KIND_IN_PARTS);
    return reader_is_finished(&reader);
}

void index_value_put_element(struct writer *writer,
                             const struct index_element *element)
{
    writer_u8(writer, element->state.is_removed ? 1 : 0);
    writer_varint(writer, element->state.added_revision);
    writer_varint(writer, element->state.revision);
    writer_varint(writer, element->writer);
    writer_varint(writer, element->time_us);
}

bool index_value_read_element(struct bytes value, struct index_element *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->state.is_removed = take_bool(&reader);
    out->state.added_revision = reader_varint(&reader);
    out->state.revision = reader_varint(&reader);
    out->writer = reader_varint(&reader);
    out->time_us = reader_varint(&reader);
    out->state.value = reader_bytes(&reader, reader.rest.size);
    return reader_is_finished(&reader);
}

void index_value_put_conflict(struct writer *writer,
                              const struct conflict_state *state)
{
    writer_varint(writer, state->time_us);
    writer_varint(writer, state->loser);
    writer_varint(writer, state->winner);
    writer_u8(writer, state->operation_type);
    writer_sized(writer, state->key);
}

bool index_value_read_conflict(struct bytes value, struct conflict_state *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->time_us = reader_varint(&reader);
    out->loser = reader_varint(&reader);
    out->winner = reader_varint(&reader);
    out->operation_type = reader_u8(&reader);
    out->key = reader_sized(&reader, BOUNDS_KEY_MAX);
    out->value = reader_bytes(&reader, reader.rest.size);
    return reader_is_finished(&reader) && out->key.size > 0;
}

void index_value_put_feed(struct writer *writer,
                          const struct index_feed_value *feed)
{
    writer_varint(writer, feed->change_bytes);
    writer_varint(writer, feed->log_index);
}

bool index_value_read_feed(struct bytes value, struct index_feed_value *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->change_bytes = reader_varint(&reader);
    out->log_index = reader_varint(&reader);
    return reader_is_finished(&reader);
}

void index_value_put_stub(struct writer *writer, const struct index_stub *stub)
{
    writer_varint(writer, stub->log_index);
    writer_varint(writer, stub->time_us);
}

bool index_value_read_stub(struct bytes value, struct index_stub *out)
{
    struct reader reader;

    reader_init(&reader, value);
    out->log_index = reader_varint(&reader);
    out->time_us = reader_varint(&reader);
    return reader_is_finished(&reader);
}
