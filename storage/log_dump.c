#include "storage/log_dump.h"

#include "model/effect.h"
#include "storage/effect_format.h"
#include "storage/user_record.h"

static const char *type_name(enum record_type type)
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

static const char *effect_name(enum effect_type type)
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
    }
    return "unknown";
}

/* --- Fields --- */

static void put_number(struct text *text, const char *name, uint64_t value)
{
    text_put_char(text, ' ');
    text_put(text, name);
    text_put_char(text, '=');
    text_put_u64(text, value);
}

static void put_hex(struct text *text, const char *name, uint64_t value,
                    unsigned digits)
{
    text_put_char(text, ' ');
    text_put(text, name);
    text_put_char(text, '=');
    text_put_hex(text, value, digits);
}

static void put_bytes(struct text *text, const char *name, struct bytes bytes)
{
    struct bytes shown = bytes;

    if (shown.size > LOG_DUMP_VALUE_MAX)
        shown.size = LOG_DUMP_VALUE_MAX;
    text_put_char(text, ' ');
    text_put(text, name);
    text_put_char(text, '=');
    text_put_bytes(text, shown);
    if (shown.size < bytes.size) {
        text_put(text, "...(");
        text_put_u64(text, bytes.size);
        text_put(text, " bytes)");
    }
}

static void put_dot(struct text *text, struct dot dot)
{
    text_put(text, " dot=");
    text_put_u64(text, dot.device);
    text_put_char(text, '.');
    text_put_u64(text, dot.local_id);
    text_put_char(text, '.');
    text_put_u64(text, dot.position);
}

static void put_position(struct text *text, const char *name,
                         struct log_position position)
{
    text_put_char(text, ' ');
    text_put(text, name);
    text_put_char(text, '=');
    text_put_u64(text, position.epoch);
    text_put_char(text, ':');
    text_put_u64(text, position.index);
    text_put_char(text, ':');
    text_put_hex(text, position.crc, 8);
}

static void put_id(struct text *text, const char *name, const uint8_t *id,
                   size_t size)
{
    text_put_char(text, ' ');
    text_put(text, name);
    text_put_char(text, '=');
    text_put_bytes_hex(text, bytes_make(id, size));
}

static void put_status(struct text *text, enum dalv_status status)
{
    text_put(text, " status=");
    text_put(text, status_name(status));
}

/* --- Effects --- */

static void put_user(struct text *text, const struct user_state *user)
{
    put_hex(text, "history", user->history_id, 16);
    put_number(text, "revision", user->revision);
    put_number(text, "floor", user->floor);
    put_number(text, "live", user->live_count);
    put_number(text, "tombstones", user->tombstone_count);
    put_number(text, "live_bytes", user->live_bytes);
    put_number(text, "conflict_bytes", user->conflict_bytes);
    put_number(text, "devices", user->device_count);
    put_number(text, "log_index", user->log_index);
    if (user->restored != 0)
        put_hex(text, "restored", user->restored, 16);
}

static void put_device(struct text *text, const struct device_state *device)
{
    put_number(text, "device", device->device);
    put_id(text, "install", device->install.bytes, INSTALL_ID_BYTES);
    put_number(text, "retired", device->is_retired ? 1 : 0);
    put_number(text, "push_settled", device->push_settled);
    put_hex(text, "chain", device->chain, 16);
    put_number(text, "confirmed", device->confirmed);
    put_number(text, "seen_us", device->seen_us);
}

static void put_outcome(struct text *text, const struct effect *effect)
{
    static const char *const results[] = {"", "applied", "merged", "refused"};
    const struct outcome *outcome = &effect->outcome;

    put_number(text, "device", effect->device);
    put_number(text, "push", outcome->push_number);
    if (effect->type == EFFECT_OUTCOME_DROP)
        return;
    text_put(text, " result=");
    text_put(text, results[outcome->result]);
    put_status(text, outcome->status);
    put_number(text, "revision", outcome->revision);
    put_number(text, "waits_for", outcome->waits_for);
    put_number(text, "operation", outcome->operation);
}

static void put_request(struct text *text, const struct effect *effect)
{
    const struct request_state *request = &effect->request;

    put_id(text, "request", request->id.bytes, REQUEST_ID_BYTES);
    put_number(text, "time_us", request->time_us);
    if (effect->type == EFFECT_REQUEST_DROP)
        return;
    put_status(text, request->status);
    put_number(text, "revision", request->revision);
}

static void put_conflict(struct text *text, const struct effect *effect)
{
    const struct conflict_state *conflict = &effect->conflict;

    put_number(text, "revision", conflict->revision);
    put_number(text, "position", conflict->position);
    if (effect->type == EFFECT_CONFLICT_DROP)
        return;
    put_number(text, "loser", conflict->loser);
    put_number(text, "winner", conflict->winner);
    put_number(text, "operation", conflict->operation_type);
    put_bytes(text, "key", conflict->key);
    put_bytes(text, "value", conflict->value);
}

static void put_key_effect(struct text *text, const struct effect *effect)
{
    put_bytes(text, "key", effect->key);
    if (effect->type == EFFECT_PUT || effect->type == EFFECT_LIST_ADD)
        put_bytes(text, "value", effect->value);
    if (effect->type == EFFECT_PUT && effect->flags != 0)
        put_number(text, "flags", effect->flags);
    if (effect->has_expiry)
        put_number(text, "expiry_us", effect->expiry_us);
    if (effect->type == EFFECT_COUNTER) {
        text_put(text, " number=");
        text_put_i64(text, effect->number);
    }
    if (effect->type == EFFECT_LIST_ADD || effect->type == EFFECT_LIST_REMOVE ||
        effect->type == EFFECT_ELEMENT_DROP)
        put_dot(text, effect->dot);
}

static void put_content(struct text *text, const struct effect *effect)
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
        put_key_effect(text, effect);
        break;
    case EFFECT_USER:
        put_user(text, &effect->user);
        break;
    case EFFECT_DEVICE:
        put_device(text, &effect->device_state);
        break;
    case EFFECT_OUTCOME:
    case EFFECT_OUTCOME_DROP:
        put_outcome(text, effect);
        break;
    case EFFECT_REQUEST:
    case EFFECT_REQUEST_DROP:
        put_request(text, effect);
        break;
    case EFFECT_CONFLICT:
    case EFFECT_CONFLICT_DROP:
        put_conflict(text, effect);
        break;
    case EFFECT_HISTORY_ENDED:
    case EFFECT_HISTORY_PURGED:
        put_hex(text, "history", effect->history_id, 16);
        break;
    }
}

/* Of the trail only what is there: most of it is zero most of the time. */
static void put_trail(struct text *text, const struct effect_trail *trail)
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
            put_number(text, fields[i].name, fields[i].value);
    }
}

/* --- Records --- */

static void put_kept(struct text *text, struct bytes payload)
{
    struct log_position kept;

    if (record_kept_decode(payload, &kept) == DALV_OK)
        put_position(text, "kept", kept);
    else
        text_put(text, " malformed");
}

static void put_head(struct text *text, const struct record *record)
{
    text_put(text, type_name(record->type));
    put_number(text, "partition", record->partition);
    put_position(text, "position", record->position);
    put_hex(text, "previous", record->previous_crc, 8);
    put_number(text, "bytes", record->payload.size);
    if (record->type == RECORD_TRUNCATE || record->type == RECORD_MARK)
        put_kept(text, record->payload);
}

static void put_author(struct text *text, const struct user_record *user)
{
    put_bytes(text, "user", user->user);
    put_hex(text, "history", user->history_id, 16);
    put_number(text, "revision", user->revision);
    put_number(text, "time_us", user->time_us);
    put_number(text, "writer", user->author.writer);
    if (user->author.push_number != 0)
        put_number(text, "push", user->author.push_number);
}

/* The record's line; true if effects are to follow it. */
static bool put_record(struct text *text, const struct record *record,
                       struct arena *arena, struct user_record *out_user)
{
    enum dalv_status status;

    put_head(text, record);
    if (record->type != RECORD_DATA) {
        text_put(text, "\n");
        return false;
    }
    status = user_record_decode(record->payload, arena, out_user);
    if (status != DALV_OK)
        put_status(text, status);
    else
        put_author(text, out_user);
    text_put(text, "\n");
    return status == DALV_OK;
}

void log_dump_batch(const struct batch *batch, struct text *text)
{
    text_put(text, "batch ");
    text_put_u64(text, batch->sequence);
    put_number(text, "segment", batch->segment);
    put_number(text, "offset", batch->offset);
    put_number(text, "records", batch->record_count);
    put_number(text, "bytes", batch->body_size);
    put_hex(text, "crc", batch->crc, 8);
    if ((batch->flags & BATCH_IS_STATE) != 0)
        text_put(text, " state");
    if ((batch->flags & BATCH_IS_UNCERTAIN) != 0)
        text_put(text, " uncertain");
    text_put(text, "\n");
}

void log_dump_record(const struct record *record, struct arena *arena,
                     struct text *text)
{
    size_t mark = arena_mark(arena);
    struct user_record user;

    if (put_record(text, record, arena, &user)) {
        for (size_t i = 0; i < user.effect_count; i++) {
            text_put(text, "    ");
            text_put(text, effect_name(user.effects[i].type));
            put_content(text, &user.effects[i]);
            put_trail(text, &user.effects[i].trail);
            text_put(text, "\n");
        }
    }
    arena_rewind(arena, mark);
}

/* An effect has one form, so encoding it again gives the log's own bytes. */
static void put_effect_hex(struct text *text, const struct effect *effect,
                           struct writer *writer)
{
    writer->size = 0;
    effect_encode(effect, writer);
    text_put(text, "    ");
    text_put_bytes_hex(text, writer_bytes(writer));
    text_put(text, "\n");
}

void log_dump_record_hex(const struct record *record, struct arena *arena,
                         struct text *text)
{
    size_t mark = arena_mark(arena);
    struct user_record user;
    struct writer writer;
    uint8_t *memory;

    if (!put_record(text, record, arena, &user))
        return;
    memory = arena_take(arena, record->payload.size, 1);
    if (memory != NULL) {
        writer_init(&writer, memory, record->payload.size);
        for (size_t i = 0; i < user.effect_count; i++)
            put_effect_hex(text, &user.effects[i], &writer);
    } else {
        text_put(text, "    too big to show\n");
    }
    arena_rewind(arena, mark);
}
