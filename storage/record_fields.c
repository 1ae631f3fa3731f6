#include "storage/record_fields.h"

#include "storage/user_record.h"

const char *record_type_name(enum record_type type)
{
    switch (type) {
    case RECORD_DATA:
        return "data";
    case RECORD_EPOCH_START:
        return "epoch_start";
    case RECORD_PROMISE:
        return "promise";
    case RECORD_TRUNCATE:
        return "truncate";
    case RECORD_MEMBERS:
        return "members";
    case RECORD_MARK:
        return "mark";
    case RECORD_STATE:
        return "state";
    }
    return "unknown";
}

const char *record_effect_name(enum effect_type type)
{
    switch (type) {
    case EFFECT_PUT:
        return "put";
    case EFFECT_REMOVE:
        return "remove";
    case EFFECT_COUNTER:
        return "counter";
    case EFFECT_LIST_ADD:
        return "list_add";
    case EFFECT_LIST_REMOVE:
        return "list_remove";
    case EFFECT_KEY_DROP:
        return "key_drop";
    case EFFECT_ELEMENT_DROP:
        return "element_drop";
    case EFFECT_USER:
        return "user";
    case EFFECT_DEVICE:
        return "device";
    case EFFECT_OUTCOME:
        return "outcome";
    case EFFECT_OUTCOME_DROP:
        return "outcome_drop";
    case EFFECT_REQUEST:
        return "request";
    case EFFECT_REQUEST_DROP:
        return "request_drop";
    case EFFECT_CONFLICT:
        return "conflict";
    case EFFECT_CONFLICT_DROP:
        return "conflict_drop";
    case EFFECT_LIST_ENDED:
        return "list_ended";
    case EFFECT_LIST_PURGED:
        return "list_purged";
    case EFFECT_HISTORY_ENDED:
        return "history_ended";
    case EFFECT_HISTORY_PURGED:
        return "history_purged";
    case EFFECT_UPLOAD_PART:
        return "upload_part";
    case EFFECT_UPLOAD:
        return "upload";
    case EFFECT_UPLOAD_DROP:
        return "upload_drop";
    }
    return "unknown";
}

/* --- Fields --- */

static void put(const struct record_fields *to, struct record_field field)
{
    to->put(to->owner, &field);
}

static void put_number(const struct record_fields *to, const char *name,
                       uint64_t value)
{
    put(to, (struct record_field){
                .name = name, .type = RECORD_FIELD_NUMBER, .number = value});
}

static void put_integer(const struct record_fields *to, const char *name,
                        int64_t value)
{
    put(to, (struct record_field){
                .name = name, .type = RECORD_FIELD_INTEGER, .integer = value});
}

static void put_hex(const struct record_fields *to, const char *name,
                    uint64_t value, unsigned digits)
{
    put(to, (struct record_field){.name = name,
                                  .type = RECORD_FIELD_HEX,
                                  .digits = digits,
                                  .number = value});
}

static void put_word(const struct record_fields *to, const char *name,
                     const char *word)
{
    put(to, (struct record_field){
                .name = name, .type = RECORD_FIELD_WORD, .word = word});
}

static void put_status(const struct record_fields *to, enum dalv_status status)
{
    put_word(to, "status", status_name(status));
}

static void put_bytes(const struct record_fields *to, const char *name,
                      struct bytes bytes)
{
    put(to, (struct record_field){
                .name = name, .type = RECORD_FIELD_BYTES, .bytes = bytes});
}

static void put_id(const struct record_fields *to, const char *name,
                   const uint8_t *id, size_t size)
{
    put(to, (struct record_field){.name = name,
                                  .type = RECORD_FIELD_ID,
                                  .bytes = bytes_make(id, size)});
}

static void put_position(const struct record_fields *to, const char *name,
                         struct log_position position)
{
    put(to, (struct record_field){.name = name,
                                  .type = RECORD_FIELD_POSITION,
                                  .position = position});
}

static void put_dot(const struct record_fields *to, struct dot dot)
{
    put(to, (struct record_field){
                .name = "dot", .type = RECORD_FIELD_DOT, .dot = dot});
}

/* --- Effects --- */

static void put_user(const struct record_fields *to,
                     const struct user_state *user)
{
    put_hex(to, "history", user->history_id, 16);
    put_number(to, "revision", user->revision);
    put_number(to, "floor", user->floor);
    put_number(to, "live", user->live_count);
    put_number(to, "tombstones", user->tombstone_count);
    put_number(to, "live_bytes", user->live_bytes);
    put_number(to, "conflict_bytes", user->conflict_bytes);
    put_number(to, "devices", user->device_count);
    put_number(to, "log_index", user->log_index);
    if (user->restored != 0)
        put_hex(to, "restored", user->restored, 16);
}

static void put_device(const struct record_fields *to,
                       const struct device_state *device)
{
    put_number(to, "device", device->device);
    put_id(to, "install", device->install.bytes, INSTALL_ID_BYTES);
    put_number(to, "retired", device->is_retired ? 1 : 0);
    put_number(to, "push_settled", device->push_settled);
    put_hex(to, "chain", device->chain, 16);
    put_number(to, "confirmed", device->confirmed);
    put_number(to, "seen_us", device->seen_us);
}

static void put_outcome(const struct record_fields *to,
                        const struct effect *effect)
{
    static const char *const results[] = {"", "applied", "merged", "refused"};
    const struct outcome *outcome = &effect->outcome;

    put_number(to, "device", effect->device);
    put_number(to, "push", outcome->push_number);
    if (effect->type == EFFECT_OUTCOME_DROP)
        return;
    put_word(to, "result", results[outcome->result]);
    put_status(to, outcome->status);
    put_number(to, "revision", outcome->revision);
    put_number(to, "waits_for", outcome->waits_for);
    put_number(to, "operation", outcome->operation);
}

static void put_request(const struct record_fields *to,
                        const struct effect *effect)
{
    const struct request_state *request = &effect->request;

    put_id(to, "request", request->id.bytes, REQUEST_ID_BYTES);
    put_number(to, "time_us", request->time_us);
    if (effect->type == EFFECT_REQUEST_DROP)
        return;
    put_status(to, request->status);
    put_number(to, "revision", request->revision);
}

static void put_conflict(const struct record_fields *to,
                         const struct effect *effect)
{
    const struct conflict_state *conflict = &effect->conflict;

    put_number(to, "revision", conflict->revision);
    put_number(to, "position", conflict->position);
    if (effect->type == EFFECT_CONFLICT_DROP)
        return;
    put_number(to, "loser", conflict->loser);
    put_number(to, "winner", conflict->winner);
    put_number(to, "operation", conflict->operation_type);
    put_bytes(to, "key", conflict->key);
    put_bytes(to, "value", conflict->value);
}

static void put_key_effect(const struct record_fields *to,
                           const struct effect *effect)
{
    put_bytes(to, "key", effect->key);
    if (effect->type == EFFECT_PUT || effect->type == EFFECT_LIST_ADD)
        put_bytes(to, "value", effect->value);
    if (effect->type == EFFECT_PUT && effect->flags != 0)
        put_number(to, "flags", effect->flags);
    if (effect->has_expiry)
        put_number(to, "expiry_us", effect->expiry_us);
    if (effect->type == EFFECT_COUNTER)
        put_integer(to, "number", effect->number);
    if (effect->type == EFFECT_LIST_ADD || effect->type == EFFECT_LIST_REMOVE ||
        effect->type == EFFECT_ELEMENT_DROP)
        put_dot(to, effect->dot);
}

static void put_part(const struct record_fields *to,
                     const struct effect *effect)
{
    put_bytes(to, "key", effect->key);
    put_hex(to, "upload", effect->trail.generation, 16);
    put_number(to, "part", effect->dot.position);
    put_number(to, "bytes", effect->value.size);
}

static void put_upload(const struct record_fields *to,
                       const struct effect *effect)
{
    const struct upload_state *upload = &effect->upload;

    put_bytes(to, "key", effect->key);
    put_hex(to, "upload", upload->upload, 16);
    put_number(to, "began_us", upload->began_us);
    if (effect->type == EFFECT_UPLOAD_DROP)
        return;
    put_number(to, "parts", upload->part_count);
    put_number(to, "bytes", upload->bytes);
    put_hex(to, "hash", upload->hash, 16);
    put_number(to, "closed", upload->is_closed ? 1 : 0);
}

static void put_content(const struct record_fields *to,
                        const struct effect *effect)
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
        put_key_effect(to, effect);
        break;
    case EFFECT_USER:
        put_user(to, &effect->user);
        break;
    case EFFECT_DEVICE:
        put_device(to, &effect->device_state);
        break;
    case EFFECT_OUTCOME:
    case EFFECT_OUTCOME_DROP:
        put_outcome(to, effect);
        break;
    case EFFECT_REQUEST:
    case EFFECT_REQUEST_DROP:
        put_request(to, effect);
        break;
    case EFFECT_CONFLICT:
    case EFFECT_CONFLICT_DROP:
        put_conflict(to, effect);
        break;
    case EFFECT_HISTORY_ENDED:
    case EFFECT_HISTORY_PURGED:
        put_hex(to, "history", effect->history_id, 16);
        break;
    case EFFECT_UPLOAD_PART:
        put_part(to, effect);
        break;
    case EFFECT_UPLOAD:
    case EFFECT_UPLOAD_DROP:
        put_upload(to, effect);
        break;
    }
}

/* Of the trail only what is there: most of it is zero most of the time. */
static void put_trail(const struct record_fields *to,
                      const struct effect_trail *trail)
{
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {
        {"feed", trail->feed_revision},
        {"old_expiry_us", trail->expiry_us},
        {"other", trail->other_revision},
        {"reset", trail->reset_revision},
        {"reset_writer", trail->reset_writer},
        {"generation", trail->generation},
        {"elements", trail->element_count},
        {"element_bytes", trail->element_bytes},
        {"added", trail->added_revision},
        {"element", trail->element_revision},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (fields[i].value != 0)
            put_number(to, fields[i].name, fields[i].value);
    }
}

void record_fields_tell_effect(const struct record_fields *fields,
                               const struct effect *effect)
{
    put_content(fields, effect);
    put_trail(fields, &effect->trail);
}

/* --- Records --- */

static void put_kept(const struct record_fields *to, struct bytes payload)
{
    struct log_position kept;
    enum dalv_status status = record_kept_decode(payload, &kept);

    if (status == DALV_OK)
        put_position(to, "kept", kept);
    else
        put_status(to, status);
}

static void put_head(const struct record_fields *to,
                     const struct record *record)
{
    put_number(to, "partition", record->partition);
    put_position(to, "position", record->position);
    put_hex(to, "previous", record->previous_crc, 8);
    put_number(to, "bytes", record->payload.size);
    if (record->type == RECORD_TRUNCATE || record->type == RECORD_MARK)
        put_kept(to, record->payload);
}

static void put_author(const struct record_fields *to,
                       const struct user_record *user)
{
    put_bytes(to, "user", user->user);
    put_hex(to, "history", user->history_id, 16);
    put_number(to, "revision", user->revision);
    put_number(to, "time_us", user->time_us);
    put_number(to, "writer", user->author.writer);
    if (user->author.push_number != 0)
        put_number(to, "push", user->author.push_number);
}

bool record_fields_tell(const struct record_fields *fields,
                        const struct record *record, struct arena *arena,
                        struct user_record *out_user)
{
    enum dalv_status status;

    put_head(fields, record);
    if (record->type != RECORD_DATA)
        return false;
    status = user_record_decode(record->payload, arena, out_user);
    if (status == DALV_OK)
        put_author(fields, out_user);
    else
        put_status(fields, status);
    return status == DALV_OK;
}
