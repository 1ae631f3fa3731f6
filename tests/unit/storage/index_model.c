#include "tests/unit/storage/index_model.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEVICE = 1,
};

struct bytes model_key_name(size_t i)
{
    static const struct {
        const char *data;
        size_t size;
    } names[MODEL_KEYS] = {
        {"\0", 1}, {"a", 1}, {"a\0", 2},  {"a\0b", 3},
        {"ab", 2}, {"b", 1}, {"\xFF", 1},
    };

    ASSERT(i < MODEL_KEYS);
    return bytes_make(names[i].data, names[i].size);
}

static void random_value(struct prng *prng, char value[MODEL_VALUE_MAX + 1])
{
    size_t size = prng_below(prng, MODEL_VALUE_MAX + 1);

    for (size_t i = 0; i < size; i++)
        value[i] = (char)('a' + prng_below(prng, 26));
    value[size] = '\0';
}

static struct model_element *free_element(struct index_model *model)
{
    for (size_t i = 0; i < MODEL_ELEMENTS_MAX; i++) {
        if (!model->elements[i].is_known)
            return &model->elements[i];
    }
    return NULL;
}

static struct model_element *live_element(struct index_model *model, size_t key)
{
    for (size_t i = 0; i < MODEL_ELEMENTS_MAX; i++) {
        struct model_element *element = &model->elements[i];

        if (element->is_known && element->key == key && !element->is_removed)
            return element;
    }
    return NULL;
}

/* Elements of a list that ended are not there, whatever still lies around. */
static void end_list(struct index_model *model, size_t key)
{
    for (size_t i = 0; i < MODEL_ELEMENTS_MAX; i++) {
        if (model->elements[i].key == key)
            model->elements[i].is_known = false;
    }
}

/* What the effect says of the key as it was. */
static struct effect begin_effect(const struct index_model *model, size_t i,
                                  enum effect_type type)
{
    const struct model_key *key = &model->keys[i];
    struct effect effect = {.type = type, .key = model_key_name(i)};

    if (key->is_known)
        effect.trail.feed_revision =
            key->kind == KEY_LIST ? key->reset_revision : key->revision;
    effect.trail.expiry_us = key->expiry_us;
    return effect;
}

static void reset_key(struct index_model *model, size_t i, enum key_kind kind)
{
    struct model_key *key = &model->keys[i];
    uint64_t generation_last = key->generation_last;

    if (key->kind == KEY_LIST)
        end_list(model, i);
    memset(key, 0, sizeof(*key));
    key->generation_last = generation_last;
    key->is_known = true;
    key->kind = kind;
    key->revision = model->revision;
    key->reset_revision = model->revision;
}

static void finish_effect(const struct model_key *key, struct effect *effect)
{
    effect->trail.reset_revision = key->reset_revision;
    effect->trail.generation = key->generation;
}

static void step_put(struct index_model *model, size_t i, struct prng *prng,
                     struct effect *effect)
{
    struct model_key *key = &model->keys[i];

    *effect = begin_effect(model, i, EFFECT_PUT);
    reset_key(model, i, KEY_REGISTER);
    random_value(prng, key->value);
    if (prng_chance(prng, 1, 3))
        key->expiry_us = 1 + prng_below(prng, 100);
    effect->value = bytes_from_text(key->value);
    effect->expiry_us = key->expiry_us;
    effect->has_expiry = key->expiry_us != 0;
    finish_effect(key, effect);
}

static void step_remove(struct index_model *model, size_t i,
                        struct effect *effect)
{
    *effect = begin_effect(model, i, EFFECT_REMOVE);
    reset_key(model, i, KEY_NONE);
    finish_effect(&model->keys[i], effect);
}

static void step_counter(struct index_model *model, size_t i, int64_t number,
                         struct effect *effect)
{
    struct model_key *key = &model->keys[i];

    *effect = begin_effect(model, i, EFFECT_COUNTER);
    if (key->kind != KEY_COUNTER)
        reset_key(model, i, KEY_COUNTER);
    key->revision = model->revision;
    key->number = number;
    effect->number = number;
    finish_effect(key, effect);
}

static bool step_add(struct index_model *model, size_t i, struct prng *prng,
                     struct effect *effect)
{
    struct model_key *key = &model->keys[i];
    struct model_element *element = free_element(model);

    if (element == NULL)
        return false;
    /* A generation is a revision: one transaction makes a list once. */
    if (key->kind != KEY_LIST && key->generation_last == model->revision)
        return false;
    *effect = begin_effect(model, i, EFFECT_LIST_ADD);
    if (key->kind != KEY_LIST) {
        reset_key(model, i, KEY_LIST);
        key->generation = model->revision;
        key->generation_last = model->revision;
    }
    key->revision = model->revision;
    *element = (struct model_element){
        .is_known = true,
        .key = i,
        .generation = key->generation,
        .local_id = ++model->local_id_last,
        .added_revision = model->revision,
        .revision = model->revision,
    };
    random_value(prng, element->value);
    effect->value = bytes_from_text(element->value);
    effect->dot = (struct dot){.device = DEVICE, .local_id = element->local_id};
    effect->trail.added_revision = element->added_revision;
    finish_effect(key, effect);
    return true;
}

static bool step_take_out(struct index_model *model, size_t i,
                          struct effect *effect)
{
    struct model_key *key = &model->keys[i];
    struct model_element *element = live_element(model, i);

    if (key->kind != KEY_LIST || element == NULL)
        return false;
    *effect = begin_effect(model, i, EFFECT_LIST_REMOVE);
    effect->dot = (struct dot){.device = DEVICE, .local_id = element->local_id};
    effect->trail.added_revision = element->added_revision;
    effect->trail.element_revision = element->revision;
    key->revision = model->revision;
    element->revision = model->revision;
    element->is_removed = true;
    element->value[0] = '\0';
    finish_effect(key, effect);
    return true;
}

bool model_step(struct index_model *model, struct prng *prng,
                struct effect *out_effect)
{
    size_t i = prng_below(prng, MODEL_KEYS);
    enum key_kind kind = model->keys[i].kind;

    switch (prng_below(prng, 8)) {
    case 0:
    case 1:
        step_put(model, i, prng, out_effect);
        return true;
    case 2:
        if (kind == KEY_NONE)
            return false;
        step_remove(model, i, out_effect);
        return true;
    case 3:
        if (kind != KEY_NONE && kind != KEY_COUNTER)
            return false;
        step_counter(model, i, (int64_t)prng_next(prng), out_effect);
        return true;
    case 4:
        return step_take_out(model, i, out_effect);
    default:
        return (kind == KEY_NONE || kind == KEY_LIST) &&
               step_add(model, i, prng, out_effect);
    }
}

static bool drop_element(struct index_model *model, struct effect *effect)
{
    for (size_t i = 0; i < MODEL_ELEMENTS_MAX; i++) {
        struct model_element *element = &model->elements[i];

        if (!element->is_known || !element->is_removed)
            continue;
        *effect = (struct effect){
            .type = EFFECT_ELEMENT_DROP,
            .key = model_key_name(element->key),
            .dot = {.device = DEVICE, .local_id = element->local_id},
            .trail = {.generation = element->generation,
                      .element_revision = element->revision},
        };
        element->is_known = false;
        return true;
    }
    return false;
}

bool model_drop(struct index_model *model, struct effect *out_effect)
{
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        struct model_key *key = &model->keys[i];

        if (!key->is_known || key->kind != KEY_NONE)
            continue;
        *out_effect = begin_effect(model, i, EFFECT_KEY_DROP);
        memset(key, 0, sizeof(*key));
        return true;
    }
    return drop_element(model, out_effect);
}

/* One change to tell, and what it is sorted by. */
struct line {
    uint64_t revision;
    size_t key;
    const struct model_element *element; /* NULL for the key itself. */
};

static int by_place(const struct line *a, const struct line *b)
{
    uint64_t a_id = a->element == NULL ? 0 : a->element->local_id;
    uint64_t b_id = b->element == NULL ? 0 : b->element->local_id;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a_id > b_id) - (a_id < b_id);
}

static int compare_in_feed(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;

    if (x->revision != y->revision)
        return x->revision < y->revision ? -1 : 1;
    return by_place(x, y);
}

static int compare_in_range(const void *a, const void *b)
{
    return by_place(a, b);
}

static void tell_line(const struct index_model *model, const struct line *line,
                      struct text *text)
{
    const struct model_key *key = &model->keys[line->key];

    if (text->size > 0)
        text_put_char(text, ' ');
    text_put_bytes(text, model_key_name(line->key));
    if (line->element != NULL) {
        text_put(text, ".1.");
        text_put_u64(text, line->element->local_id);
        text_put(text, line->element->is_removed ? ".0=-" : ".0=");
        text_put(text, line->element->value);
        text_put_char(text, '@');
        text_put_u64(text, line->element->revision);
        return;
    }
    text_put_char(text, '=');
    if (key->kind == KEY_COUNTER) {
        text_put_char(text, '#');
        text_put_i64(text, key->number);
    } else if (key->kind == KEY_LIST) {
        text_put(text, "[]");
    } else {
        text_put(text, key->kind == KEY_NONE ? "-" : key->value);
    }
    text_put_char(text, '@');
    text_put_u64(text, key->revision);
}

enum {
    LINES_MAX = MODEL_KEYS + MODEL_ELEMENTS_MAX,
};

static size_t list_lines(const struct index_model *model,
                         struct line lines[LINES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < MODEL_KEYS; i++) {
        const struct model_key *key = &model->keys[i];

        if (key->is_known)
            lines[count++] = (struct line){
                .revision =
                    key->kind == KEY_LIST ? key->reset_revision : key->revision,
                .key = i,
            };
    }
    for (size_t i = 0; i < MODEL_ELEMENTS_MAX; i++) {
        const struct model_element *element = &model->elements[i];

        if (element->is_known)
            lines[count++] = (struct line){
                .revision = element->revision,
                .key = element->key,
                .element = element,
            };
    }
    return count;
}

void model_tell_feed(const struct index_model *model, uint64_t after_revision,
                     struct text *text)
{
    struct line lines[LINES_MAX];
    size_t count = list_lines(model, lines);

    qsort(lines, count, sizeof(lines[0]), compare_in_feed);
    for (size_t i = 0; i < count; i++) {
        if (lines[i].revision > after_revision)
            tell_line(model, &lines[i], text);
    }
}

static bool is_live(const struct index_model *model, const struct line *line)
{
    return line->element == NULL ? model->keys[line->key].kind != KEY_NONE
                                 : !line->element->is_removed;
}

void model_tell_range(const struct index_model *model, struct text *text)
{
    struct line lines[LINES_MAX];
    size_t count = list_lines(model, lines);

    qsort(lines, count, sizeof(lines[0]), compare_in_range);
    for (size_t i = 0; i < count; i++) {
        if (is_live(model, &lines[i]))
            tell_line(model, &lines[i], text);
    }
}

size_t model_due_count(const struct index_model *model, uint64_t now_us)
{
    size_t count = 0;

    for (size_t i = 0; i < MODEL_KEYS; i++) {
        uint64_t expiry_us = model->keys[i].expiry_us;

        if (expiry_us != 0 && expiry_us <= now_us)
            count++;
    }
    return count;
}
