#include "tests/sim/chronicle.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

static const struct chronicle_version absent;

struct chronicle *chronicle_create(uint64_t history_id)
{
    struct chronicle *chronicle = calloc(1, sizeof(*chronicle));

    ASSERT(chronicle != NULL);
    chronicle->history_id = history_id;
    chronicle->erasure_told_us = UINT64_MAX;
    return chronicle;
}

void chronicle_destroy(struct chronicle **chronicle_p)
{
    struct chronicle *chronicle = *chronicle_p;

    if (chronicle == NULL)
        return;
    for (size_t i = 0; i < chronicle->key_count; i++) {
        free(chronicle->keys[i].versions);
        free(chronicle->keys[i].elements);
    }
    free(chronicle);
    *chronicle_p = NULL;
}

/* ---- Looking up ---- */

struct bytes chronicle_key_bytes(const struct chronicle_key *key)
{
    return bytes_make(key->key, key->key_size);
}

struct bytes chronicle_value(const struct chronicle_version *version)
{
    return bytes_make(version->value, version->value_size);
}

struct chronicle_key *chronicle_key(struct chronicle *chronicle,
                                    struct bytes key)
{
    for (size_t i = 0; i < chronicle->key_count; i++) {
        if (bytes_equal(chronicle_key_bytes(&chronicle->keys[i]), key))
            return &chronicle->keys[i];
    }
    return NULL;
}

const struct chronicle_version *chronicle_at(const struct chronicle_key *key,
                                             uint64_t revision)
{
    size_t count = key == NULL ? 0 : key->version_count;

    while (count > 0 && key->versions[count - 1].revision > revision)
        count--;
    return count == 0 ? &absent : &key->versions[count - 1];
}

bool chronicle_has(const struct chronicle_element *element, uint64_t revision)
{
    return element->added <= revision && element->removed > revision;
}

size_t chronicle_key_count(const struct chronicle *chronicle, uint64_t revision)
{
    size_t count = 0;

    for (size_t i = 0; i < chronicle->key_count; i++)
        count += chronicle_at(&chronicle->keys[i], revision)->kind != KEY_NONE;
    return count;
}

/* ---- Taking records ---- */

static struct chronicle_key *key_of(struct chronicle *chronicle,
                                    struct bytes bytes)
{
    struct chronicle_key *key = chronicle_key(chronicle, bytes);

    if (key != NULL)
        return key;
    ASSERT(chronicle->key_count < CHRONICLE_KEYS_MAX);
    ASSERT(bytes.size <= CHRONICLE_KEY_MAX);
    key = &chronicle->keys[chronicle->key_count++];
    memcpy(key->key, bytes.data, bytes.size);
    key->key_size = bytes.size;
    return key;
}

/* The version that this record makes: effects of one record are one. */
static struct chronicle_version *version_of(struct chronicle_key *key,
                                            const struct user_record *record)
{
    struct chronicle_version *version;

    if (key->version_count > 0 &&
        key->versions[key->version_count - 1].revision == record->revision)
        return &key->versions[key->version_count - 1];
    if (key->version_count == key->version_capacity) {
        key->version_capacity = 2 * key->version_capacity + 8;
        key->versions =
            realloc(key->versions, key->version_capacity * sizeof(*version));
        ASSERT(key->versions != NULL);
    }
    version = &key->versions[key->version_count++];
    *version = (struct chronicle_version){.revision = record->revision,
                                          .writer = record->author.writer};
    return version;
}

static void set_value(struct bytes value, uint8_t *out_value, size_t *out_size)
{
    ASSERT(value.size <= CHRONICLE_VALUE_MAX);
    memcpy(out_value, value.data, value.size);
    *out_size = value.size;
}

static void end_list(struct chronicle_key *key, uint64_t revision)
{
    for (size_t i = 0; i < key->element_count; i++) {
        if (key->elements[i].removed == UINT64_MAX)
            key->elements[i].removed = revision;
    }
}

static struct chronicle_element *find_element(struct chronicle_key *key,
                                              struct dot dot)
{
    for (size_t i = key->element_count; i > 0; i--) {
        if (dot_equal(key->elements[i - 1].dot, dot))
            return &key->elements[i - 1];
    }
    return NULL;
}

static const char *add_element(struct chronicle_key *key,
                               const struct effect *effect, uint64_t revision)
{
    struct chronicle_element *element;

    if (find_element(key, effect->dot) != NULL)
        return "an element is added a second time";
    if (key->element_count == key->element_capacity) {
        key->element_capacity = 2 * key->element_capacity + 8;
        key->elements =
            realloc(key->elements, key->element_capacity * sizeof(*element));
        ASSERT(key->elements != NULL);
    }
    element = &key->elements[key->element_count++];
    *element = (struct chronicle_element){
        .dot = effect->dot, .added = revision, .removed = UINT64_MAX};
    set_value(effect->value, element->value, &element->value_size);
    return NULL;
}

static const char *remove_element(struct chronicle_key *key, struct dot dot,
                                  uint64_t revision)
{
    struct chronicle_element *element = find_element(key, dot);

    if (element == NULL || element->removed != UINT64_MAX)
        return "an element is removed that is not there";
    element->removed = revision;
    return NULL;
}

/* What cleans up must not change what anybody can see. */
static const char *judge_drop(struct chronicle *chronicle,
                              const struct effect *effect)
{
    struct chronicle_key *key = chronicle_key(chronicle, effect->key);
    const struct chronicle_element *element;

    if (key == NULL)
        return "a key is dropped that never was";
    if (effect->type == EFFECT_KEY_DROP)
        return chronicle_at(key, UINT64_MAX)->kind == KEY_NONE
                   ? NULL
                   : "a key is dropped that is there";
    element = find_element(key, effect->dot);
    return element != NULL && element->removed != UINT64_MAX
               ? NULL
               : "an element is dropped that is there";
}

static const char *take_key_effect(struct chronicle *chronicle,
                                   const struct user_record *record,
                                   const struct effect *effect)
{
    struct chronicle_key *key = key_of(chronicle, effect->key);
    struct chronicle_version *version = version_of(key, record);

    version->expiry_us = effect->has_expiry ? effect->expiry_us : 0;
    version->value_size = 0;
    version->number = effect->number;
    if (effect->type == EFFECT_LIST_ADD || effect->type == EFFECT_LIST_REMOVE)
        version->kind = KEY_LIST;
    else
        end_list(key, record->revision);
    switch ((int)effect->type) {
    case EFFECT_PUT:
        version->kind = KEY_REGISTER;
        set_value(effect->value, version->value, &version->value_size);
        break;
    case EFFECT_REMOVE:
        version->kind = KEY_NONE;
        break;
    case EFFECT_COUNTER:
        version->kind = KEY_COUNTER;
        break;
    case EFFECT_LIST_ADD:
        return add_element(key, effect, record->revision);
    default:
        return remove_element(key, effect->dot, record->revision);
    }
    return NULL;
}

static const char *take_device(struct chronicle *chronicle,
                               const struct device_state *state)
{
    ASSERT(state->device < CHRONICLE_DEVICES_MAX);
    chronicle->is_retired[state->device] = state->is_retired;
    chronicle->was_retired[state->device] |= state->is_retired;
    return NULL;
}

/* Nobody writes where everything was erased, nor a device that is retired. */
static const char *judge_writer(const struct chronicle *chronicle,
                                const struct user_record *record)
{
    uint64_t writer = record->author.writer;

    if (record->revision != 0 && chronicle->is_erased)
        return "a history goes on that was erased";
    if (writer < CHRONICLE_DEVICES_MAX && chronicle->is_retired[writer])
        return "a device that is retired was let in";
    return NULL;
}

static const char *take_effect(struct chronicle *chronicle,
                               const struct user_record *record,
                               const struct effect *effect)
{
    switch ((int)effect->type) {
    case EFFECT_PUT:
    case EFFECT_REMOVE:
    case EFFECT_COUNTER:
    case EFFECT_LIST_ADD:
    case EFFECT_LIST_REMOVE:
        if (record->revision == 0)
            return "a record without a revision changes a key";
        return take_key_effect(chronicle, record, effect);
    case EFFECT_KEY_DROP:
    case EFFECT_ELEMENT_DROP:
        return judge_drop(chronicle, effect);
    case EFFECT_DEVICE:
        return take_device(chronicle, &effect->device_state);
    case EFFECT_HISTORY_ENDED:
        chronicle->is_erased = true;
        return NULL;
    default:
        return NULL;
    }
}

const char *chronicle_take(struct chronicle *chronicle,
                           const struct user_record *record)
{
    const char *wrong = judge_writer(chronicle, record);

    if (record->revision != 0 && record->revision != chronicle->revision + 1)
        return "revisions are not contiguous";
    if (record->revision != 0)
        chronicle->revision = record->revision;
    for (size_t i = 0; wrong == NULL && i < record->effect_count; i++)
        wrong = take_effect(chronicle, record, &record->effects[i]);
    return wrong;
}

/* ---- Judging ---- */

static const char *judge_elements(const struct chronicle_key *key,
                                  uint64_t revision,
                                  const struct chronicle_claim *claim)
{
    size_t place = 0;

    for (size_t i = 0; i < key->element_count; i++) {
        const struct chronicle_element *element = &key->elements[i];
        const struct element_state *claimed = &claim->elements[place];

        if (!chronicle_has(element, revision))
            continue;
        if (place == claim->element_count)
            return "an element is missing";
        if (!dot_equal(element->dot, claimed->dot) ||
            !bytes_equal(bytes_make(element->value, element->value_size),
                         claimed->value) ||
            element->added != claimed->added_revision)
            return "an element is another one, or in another place";
        place++;
    }
    return place == claim->element_count ? NULL : "there are elements too many";
}

const char *chronicle_judge(struct chronicle *chronicle, uint64_t revision,
                            const struct chronicle_claim *claim)
{
    const struct chronicle_key *key = chronicle_key(chronicle, claim->key);
    const struct chronicle_version *version = chronicle_at(key, revision);

    if (revision > chronicle->revision)
        return "the revision is not in the log";
    if (version->kind != claim->state->kind)
        return version->kind == KEY_NONE ? "it was absent"
                                         : "it was of another kind";
    if (version->kind == KEY_COUNTER && version->number != claim->state->number)
        return "the counter was another";
    if (version->kind == KEY_REGISTER &&
        !bytes_equal(chronicle_value(version), claim->state->value))
        return "the value was another";
    if (version->kind == KEY_LIST)
        return judge_elements(key, revision, claim);
    return NULL;
}
