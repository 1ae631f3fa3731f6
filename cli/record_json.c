#include "cli/record_json.h"

#include "base/text.h"
#include "cli/value_json.h"
#include "storage/effect_format.h"
#include "storage/record_fields.h"

#include <stdlib.h>

enum {
    HEX_DIGITS_MAX = 16
};

/* An object while its fields are told. */
struct telling {
    json_t *object;
    bool has_failed;
};

static json_t *make_hex(uint64_t number, unsigned digits)
{
    char memory[HEX_DIGITS_MAX + 1];
    struct text text;

    text_init(&text, memory, sizeof(memory));
    text_put_hex(&text, number, digits);
    return json_string(text_string(&text));
}

static json_t *make_bytes_hex(struct bytes bytes)
{
    size_t capacity = 2 * bytes.size + 1;
    char *memory = malloc(capacity);
    json_t *string = NULL;
    struct text text;

    if (memory == NULL)
        return NULL;
    text_init(&text, memory, capacity);
    text_put_bytes_hex(&text, bytes);
    string = json_string(text_string(&text));
    free(memory);
    return string;
}

static json_t *make_position(struct log_position position)
{
    return json_pack("{s:I, s:I, s:o}", "epoch", (json_int_t)position.epoch,
                     "index", (json_int_t)position.index, "crc",
                     make_hex(position.crc, 8));
}

static json_t *make_dot(struct dot dot)
{
    return json_pack("{s:I, s:I, s:I}", "device", (json_int_t)dot.device,
                     "local_id", (json_int_t)dot.local_id, "position",
                     (json_int_t)dot.position);
}

static json_t *make_field(const struct record_field *field)
{
    switch (field->type) {
    case RECORD_FIELD_NUMBER:
        return json_integer((json_int_t)field->number);
    case RECORD_FIELD_INTEGER:
        return json_integer(field->integer);
    case RECORD_FIELD_HEX:
        return make_hex(field->number, field->digits);
    case RECORD_FIELD_WORD:
        return json_string(field->word);
    case RECORD_FIELD_ID:
        return make_bytes_hex(field->bytes);
    case RECORD_FIELD_POSITION:
        return make_position(field->position);
    case RECORD_FIELD_DOT:
        return make_dot(field->dot);
    case RECORD_FIELD_BYTES:
        break; /* Its member's name depends on what they are. */
    }
    return NULL;
}

static void put_field(void *owner, const struct record_field *field)
{
    struct telling *telling = owner;
    bool is_put;

    if (field->type == RECORD_FIELD_BYTES)
        is_put = value_json_set_bytes(
            telling->object, field->name,
            (struct dalv_bytes){field->bytes.data, field->bytes.size});
    else
        is_put = json_object_set_new(telling->object, field->name,
                                     make_field(field)) == 0;
    telling->has_failed |= !is_put;
}

/* An effect has one form, so encoding it again gives the log's own bytes. */
static json_t *make_effect_hex(const struct effect *effect, size_t size_max)
{
    uint8_t *memory = malloc(size_max);
    json_t *string = NULL;
    struct writer writer;

    if (memory == NULL)
        return NULL;
    writer_init(&writer, memory, size_max);
    effect_encode(effect, &writer);
    string = make_bytes_hex(writer_bytes(&writer));
    free(memory);
    return string;
}

static json_t *make_effect(const struct effect *effect, size_t size_max,
                           bool is_hex)
{
    struct telling telling = {
        .object =
            json_pack("{s:s}", "effect", record_effect_name(effect->type))};
    const struct record_fields fields = {.put = put_field, .owner = &telling};

    if (is_hex)
        telling.has_failed =
            json_object_set_new(telling.object, "hex",
                                make_effect_hex(effect, size_max)) != 0;
    else
        record_fields_tell_effect(&fields, effect);
    if (!telling.has_failed)
        return telling.object;
    json_decref(telling.object);
    return NULL;
}

static bool put_effects(json_t *object, const struct user_record *user,
                        size_t size_max, bool is_hex)
{
    json_t *effects = json_array();

    if (json_object_set_new(object, "effects", effects) != 0)
        return false;
    for (size_t i = 0; i < user->effect_count; i++) {
        if (json_array_append_new(
                effects, make_effect(&user->effects[i], size_max, is_hex)) != 0)
            return false;
    }
    return true;
}

json_t *record_json_make(const struct record *record, struct arena *arena,
                         bool is_hex)
{
    struct telling telling = {
        .object = json_pack("{s:s}", "record", record_type_name(record->type))};
    const struct record_fields fields = {.put = put_field, .owner = &telling};
    size_t mark = arena_mark(arena);
    struct user_record user;

    if (record_fields_tell(&fields, record, arena, &user) &&
        !put_effects(telling.object, &user, record->payload.size, is_hex))
        telling.has_failed = true;
    arena_rewind(arena, mark);
    if (!telling.has_failed)
        return telling.object;
    json_decref(telling.object);
    return NULL;
}
