#include "sync/changes.h"

void changes_init(struct changes *changes, const struct user_record *record,
                  struct bytes prefix)
{
    *changes = (struct changes){.record = record, .prefix = prefix};
}

static enum key_kind kind_of(enum effect_type type)
{
    if (type == EFFECT_PUT)
        return KEY_REGISTER;
    return type == EFFECT_COUNTER ? KEY_COUNTER : KEY_NONE;
}

static struct change key_change(const struct user_record *record,
                                const struct effect *effect, enum key_kind kind)
{
    struct change change = {
        .type = CHANGE_KEY,
        .key = effect->key,
        .state = {.kind = kind,
                  .revision = record->revision,
                  .writer = record->author.writer,
                  .time_us = record->time_us,
                  .reset_revision = effect->trail.reset_revision},
    };

    if (kind == KEY_REGISTER) {
        change.state.value = effect->value;
        change.state.flags = effect->flags;
        change.state.expiry_us = effect->expiry_us;
        change.state.generation = effect->trail.generation;
        change.state.element_bytes = effect->trail.element_bytes;
    }
    if (kind == KEY_COUNTER)
        change.state.number = effect->number;
    if (kind == KEY_LIST)
        change.state.generation = effect->trail.generation;
    return change;
}

static struct change element_change(const struct user_record *record,
                                    const struct effect *effect)
{
    return (struct change){
        .type = CHANGE_ELEMENT,
        .key = effect->key,
        .element = {.dot = effect->dot,
                    .generation = effect->trail.generation,
                    .added_revision = effect->trail.added_revision,
                    .revision = record->revision,
                    .is_removed = effect->type == EFFECT_LIST_REMOVE,
                    .value = effect->value},
        .writer = record->author.writer,
        .time_us = record->time_us,
    };
}

/*
 * The elements of one list need not stand together. Of a list that this record
 * makes, the first brings the key: told by an earlier effect, it is not told
 * again.
 */
static bool is_list_untold(const struct changes *changes)
{
    const struct effect *effects = changes->record->effects;
    const struct effect *effect = &effects[changes->next];

    if (effect->trail.generation != changes->record->revision ||
        changes->is_list_told)
        return false;
    for (size_t i = 0; i < changes->next; i++) {
        if ((effects[i].type == EFFECT_LIST_ADD ||
             effects[i].type == EFFECT_LIST_REMOVE) &&
            bytes_equal(effects[i].key, effect->key))
            return false;
    }
    return true;
}

static bool is_change(const struct effect *effect, struct bytes prefix)
{
    bool is_known =
        effect->type == EFFECT_PUT || effect->type == EFFECT_REMOVE ||
        effect->type == EFFECT_COUNTER || effect->type == EFFECT_LIST_ADD ||
        effect->type == EFFECT_LIST_REMOVE;

    return is_known && bytes_has_prefix(effect->key, prefix);
}

bool changes_next(struct changes *changes, struct change *out_change)
{
    const struct user_record *record = changes->record;
    const struct effect *effect;

    while (changes->next < record->effect_count &&
           !is_change(&record->effects[changes->next], changes->prefix))
        changes->next++;
    if (changes->next == record->effect_count)
        return false;
    effect = &record->effects[changes->next];
    if (effect->type != EFFECT_LIST_ADD && effect->type != EFFECT_LIST_REMOVE) {
        *out_change = key_change(record, effect, kind_of(effect->type));
        changes->next++;
        return true;
    }
    if (is_list_untold(changes)) {
        *out_change = key_change(record, effect, KEY_LIST);
        changes->is_list_told = true;
        return true;
    }
    *out_change = element_change(record, effect);
    changes->is_list_told = false;
    changes->next++;
    return true;
}

enum dalv_status changes_write(const struct user_record *record,
                               struct bytes prefix,
                               struct change_writer *writer)
{
    struct changes changes;
    struct change change;
    enum dalv_status status = DALV_OK;

    changes_init(&changes, record, prefix);
    while (status == DALV_OK && changes_next(&changes, &change))
        status = change_put(writer, &change);
    return status;
}
