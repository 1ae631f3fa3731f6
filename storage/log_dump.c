#include "storage/log_dump.h"

#include "storage/effect_format.h"
#include "storage/record_fields.h"

/* --- Fields --- */

static void put_short(struct text *text, struct bytes bytes)
{
    struct bytes shown = bytes;

    if (shown.size > LOG_DUMP_VALUE_MAX)
        shown.size = LOG_DUMP_VALUE_MAX;
    text_put_bytes(text, shown);
    if (shown.size < bytes.size) {
        text_put(text, "...(");
        text_put_u64(text, bytes.size);
        text_put(text, " bytes)");
    }
}

static void put_position(struct text *text, struct log_position position)
{
    text_put_u64(text, position.epoch);
    text_put_char(text, ':');
    text_put_u64(text, position.index);
    text_put_char(text, ':');
    text_put_hex(text, position.crc, 8);
}

static void put_dot(struct text *text, struct dot dot)
{
    text_put_u64(text, dot.device);
    text_put_char(text, '.');
    text_put_u64(text, dot.local_id);
    text_put_char(text, '.');
    text_put_u64(text, dot.position);
}

static void put_field(void *owner, const struct record_field *field)
{
    struct text *text = owner;

    text_put_char(text, ' ');
    text_put(text, field->name);
    text_put_char(text, '=');
    switch (field->type) {
    case RECORD_FIELD_NUMBER:
        text_put_u64(text, field->number);
        break;
    case RECORD_FIELD_INTEGER:
        text_put_i64(text, field->integer);
        break;
    case RECORD_FIELD_HEX:
        text_put_hex(text, field->number, field->digits);
        break;
    case RECORD_FIELD_WORD:
        text_put(text, field->word);
        break;
    case RECORD_FIELD_BYTES:
        put_short(text, field->bytes);
        break;
    case RECORD_FIELD_ID:
        text_put_bytes_hex(text, field->bytes);
        break;
    case RECORD_FIELD_POSITION:
        put_position(text, field->position);
        break;
    case RECORD_FIELD_DOT:
        put_dot(text, field->dot);
        break;
    }
}

/* --- Records --- */

/* The record's line; true if effects are to follow it. */
static bool put_record(struct text *text, const struct record *record,
                       struct arena *arena, struct user_record *out_user)
{
    const struct record_fields fields = {.put = put_field, .owner = text};
    bool has_effects;

    text_put(text, record_type_name(record->type));
    has_effects = record_fields_tell(&fields, record, arena, out_user);
    text_put_char(text, '\n');
    return has_effects;
}

void log_dump_record(const struct record *record, struct arena *arena,
                     struct text *text)
{
    const struct record_fields fields = {.put = put_field, .owner = text};
    size_t mark = arena_mark(arena);
    struct user_record user;

    if (put_record(text, record, arena, &user)) {
        for (size_t i = 0; i < user.effect_count; i++) {
            text_put(text, "    ");
            text_put(text, record_effect_name(user.effects[i].type));
            record_fields_tell_effect(&fields, &user.effects[i]);
            text_put_char(text, '\n');
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

    if (!put_record(text, record, arena, &user)) {
        arena_rewind(arena, mark);
        return;
    }
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
