#include "config/field.h"

#include "base/assert.h"
#include "config/quantity.h"

#include <string.h>

static const char auto_word[] = "auto";

static void *member(const struct field *field, void *target)
{
    return (char *)target + field->offset;
}

static const void *member_of(const struct field *field, const void *source)
{
    return (const char *)source + field->offset;
}

static enum quantity_kind kind_of(const struct field *field)
{
    if (field->type == FIELD_SIZE)
        return QUANTITY_BYTES;
    return field->type == FIELD_DURATION ? QUANTITY_DURATION : QUANTITY_COUNT;
}

/* Explaining */

static void put_choices(const struct field *field, struct text *text)
{
    for (size_t i = 0; field->choices[i] != NULL; i++) {
        text_put(text, i == 0 ? "" : ", ");
        text_put(text, field->choices[i]);
    }
}

static void put_range(const struct field *field, const char *noun,
                      struct text *text)
{
    text_put(text, noun);
    text_put(text, " from ");
    quantity_format(kind_of(field), field->min, text);
    text_put(text, " to ");
    quantity_format(kind_of(field), field->max, text);
}

static void put_expected(const struct field *field, struct text *text)
{
    switch (field->type) {
    case FIELD_GROUP:
        text_put(text, "a mapping of keys");
        break;
    case FIELD_TEXT:
    case FIELD_TEXTS:
        put_range(field, "a text without control characters, of a length",
                  text);
        break;
    case FIELD_HOST:
        text_put(text, "a numeric address such as 127.0.0.1 or ::1");
        break;
    case FIELD_ADDRESS:
        text_put(text, "HOST:PORT such as 127.0.0.1:7470 or [::1]:7470, "
                       "or auto");
        break;
    case FIELD_ADDRESSES:
        text_put(text, "HOST:PORT such as 127.0.0.1:7470 or db1.example:7470, "
                       "a list of them, or auto");
        break;
    case FIELD_NUMBER:
        put_range(field, "a number", text);
        break;
    case FIELD_SIZE:
        put_range(field, "a size", text);
        break;
    case FIELD_DURATION:
        put_range(field, "a duration", text);
        break;
    case FIELD_CHOICE:
    case FIELD_FLAGS:
    case FIELD_RULES:
        text_put(text, "one of: ");
        put_choices(field, text);
        break;
    }
}

static bool refuse(const struct field *field, struct bytes value,
                   struct text *reason)
{
    text_put(reason, "must be ");
    put_expected(field, reason);
    text_put(reason, "; it is \"");
    /* A long value would leave no room for the rest of the message. */
    text_put_bytes(reason,
                   bytes_make(value.data, value.size > 64 ? 64 : value.size));
    text_put(reason, "\"");
    return false;
}

/* Reading */

static bool is_plain_text(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < 0x20 || value.data[i] == 0x7F)
            return false;
    }
    return bytes_is_utf8(value);
}

static bool is_within(const struct field *field, uint64_t amount)
{
    return amount >= field->min && amount <= field->max;
}

/* Zeros behind the text make equal values equal bytes. */
static bool assign_text(const struct field *field, struct bytes value,
                        char *text, size_t capacity)
{
    if (!is_within(field, value.size) || !is_plain_text(value))
        return false;
    ASSERT(value.size < capacity);
    memset(text, 0, capacity);
    if (value.size > 0)
        memcpy(text, value.data, value.size);
    return true;
}

static bool assign_address(struct bytes value, struct address *address)
{
    if (bytes_equal(value, bytes_from_text(auto_word))) {
        memset(address, 0, sizeof(*address));
        return true;
    }
    return address_parse(value, address);
}

static bool assign_one_more(struct bytes value, struct addresses *addresses)
{
    if (addresses->count == 0 && bytes_equal(value, bytes_from_text(auto_word)))
        return true;
    if (addresses->count == ADDRESSES_MAX ||
        !address_parse_named(value, &addresses->items[addresses->count]))
        return false;
    addresses->count++;
    return true;
}

static bool assign_amount(const struct field *field, struct bytes value,
                          uint64_t *amount)
{
    uint64_t parsed;

    if (!quantity_parse(kind_of(field), value, &parsed) ||
        !is_within(field, parsed))
        return false;
    *amount = parsed;
    return true;
}

static bool find_choice(const struct field *field, struct bytes value,
                        uint32_t *out_choice)
{
    for (uint32_t i = 0; field->choices[i] != NULL; i++) {
        if (bytes_equal(value, bytes_from_text(field->choices[i]))) {
            *out_choice = i;
            return true;
        }
    }
    return false;
}

static bool assign_flag(const struct field *field, struct bytes value,
                        uint32_t *flags)
{
    uint32_t choice;

    if (!find_choice(field, value, &choice))
        return false;
    *flags |= UINT32_C(1) << choice;
    return true;
}

static bool assign_item(const struct field *field, struct bytes value,
                        struct field_texts *texts)
{
    if (texts->count == FIELD_TEXTS_MAX ||
        !assign_text(field, value, texts->items[texts->count],
                     FIELD_TEXT_ITEM_MAX))
        return false;
    texts->count++;
    return true;
}

static bool assign(const struct field *field, struct bytes value, void *place)
{
    switch (field->type) {
    case FIELD_TEXT:
        return assign_text(field, value, place, field->size);
    case FIELD_HOST:
        return address_host_parse(value, place);
    case FIELD_ADDRESS:
        return assign_address(value, place);
    case FIELD_ADDRESSES:
        return assign_one_more(value, place);
    case FIELD_NUMBER:
    case FIELD_SIZE:
    case FIELD_DURATION:
        return assign_amount(field, value, place);
    case FIELD_CHOICE:
        return find_choice(field, value, place);
    case FIELD_FLAGS:
        return assign_flag(field, value, place);
    case FIELD_TEXTS:
        return assign_item(field, value, place);
    case FIELD_GROUP:
    case FIELD_RULES:
        return false;
    }
    return false;
}

static bool is_full(const struct field *field, const void *place)
{
    const struct field_texts *texts = place;
    const struct addresses *addresses = place;

    return (field->type == FIELD_TEXTS && texts->count == FIELD_TEXTS_MAX) ||
           (field->type == FIELD_ADDRESSES &&
            addresses->count == ADDRESSES_MAX);
}

bool field_assign(const struct field *field, struct bytes value, void *target,
                  struct text *reason)
{
    if (assign(field, value, member(field, target)))
        return true;
    if (!is_full(field, member_of(field, target)))
        return refuse(field, value, reason);
    text_put(reason, "has too many items; the most are ");
    text_put_u64(reason,
                 field->type == FIELD_TEXTS ? FIELD_TEXTS_MAX : ADDRESSES_MAX);
    return false;
}

static bool has_prefix(const struct field_rules *rules, struct bytes prefix)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (bytes_equal(prefix, bytes_make(rules->items[i].prefix,
                                           rules->items[i].prefix_size)))
            return true;
    }
    return false;
}

/* Why a prefix cannot be added, or NULL. */
static const char *prefix_problem(const struct field_rules *rules,
                                  struct bytes prefix)
{
    if (prefix.size > FIELD_PREFIX_MAX)
        return "has a prefix of more than 64 bytes";
    if (!is_plain_text(prefix))
        return "has a prefix with control characters";
    if (has_prefix(rules, prefix))
        return "names a prefix twice";
    if (rules->count == FIELD_RULES_MAX)
        return "has more than 32 prefixes";
    return NULL;
}

bool field_assign_rule(const struct field *field, struct bytes prefix,
                       struct bytes value, void *target, struct text *reason)
{
    struct field_rules *rules = member(field, target);
    const char *problem = prefix_problem(rules, prefix);
    struct field_rule *rule;
    uint32_t choice;

    if (problem != NULL) {
        text_put(reason, problem);
        return false;
    }
    if (!find_choice(field, value, &choice))
        return refuse(field, value, reason);
    rule = &rules->items[rules->count];
    memset(rule, 0, sizeof(*rule));
    rule->choice = choice;
    rule->prefix_size = prefix.size;
    if (prefix.size > 0)
        memcpy(rule->prefix, prefix.data, prefix.size);
    rules->count++;
    return true;
}

void field_clear(const struct field *field, void *target)
{
    ASSERT(field->type == FIELD_FLAGS || field->type == FIELD_TEXTS ||
           field->type == FIELD_ADDRESSES || field->type == FIELD_RULES);
    memset(member(field, target), 0, field->size);
}

/* Writing */

static void put_quoted(struct bytes value, struct text *text)
{
    text_put_char(text, '"');
    for (size_t i = 0; i < value.size; i++) {
        char character = (char)value.data[i];

        if (character == '"' || character == '\\')
            text_put_char(text, '\\');
        text_put_char(text, character);
    }
    text_put_char(text, '"');
}

static void put_address(const struct address *address, struct text *text)
{
    /* Quoted, since an address in brackets would read as a list. */
    text_put_char(text, '"');
    if (address_is_set(address))
        address_format(address, text);
    else
        text_put(text, auto_word);
    text_put_char(text, '"');
}

static void put_addresses(const struct addresses *addresses, struct text *text)
{
    static const struct address none;

    if (addresses->count <= 1) {
        put_address(addresses->count == 0 ? &none : &addresses->items[0], text);
        return;
    }
    text_put_char(text, '[');
    for (size_t i = 0; i < addresses->count; i++) {
        text_put(text, i == 0 ? "" : ", ");
        put_address(&addresses->items[i], text);
    }
    text_put_char(text, ']');
}

static void put_flags(const struct field *field, uint32_t flags,
                      struct text *text)
{
    const char *separator = "";

    text_put_char(text, '[');
    for (size_t i = 0; field->choices[i] != NULL; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        text_put(text, separator);
        text_put(text, field->choices[i]);
        separator = ", ";
    }
    text_put_char(text, ']');
}

static void put_texts(const struct field_texts *texts, struct text *text)
{
    text_put_char(text, '[');
    for (size_t i = 0; i < texts->count; i++) {
        text_put(text, i == 0 ? "" : ", ");
        put_quoted(bytes_from_text(texts->items[i]), text);
    }
    text_put_char(text, ']');
}

static void put_rules(const struct field *field,
                      const struct field_rules *rules, struct text *text)
{
    text_put_char(text, '{');
    for (size_t i = 0; i < rules->count; i++) {
        const struct field_rule *rule = &rules->items[i];

        text_put(text, i == 0 ? "" : ", ");
        put_quoted(bytes_make(rule->prefix, rule->prefix_size), text);
        text_put(text, ": ");
        text_put(text, field->choices[rule->choice]);
    }
    text_put_char(text, '}');
}

void field_format(const struct field *field, const void *source,
                  struct text *text)
{
    const void *place = member_of(field, source);

    switch (field->type) {
    case FIELD_GROUP:
        break;
    case FIELD_TEXT:
    case FIELD_HOST:
        put_quoted(bytes_from_text(place), text);
        break;
    case FIELD_ADDRESS:
        put_address(place, text);
        break;
    case FIELD_ADDRESSES:
        put_addresses(place, text);
        break;
    case FIELD_NUMBER:
    case FIELD_SIZE:
    case FIELD_DURATION:
        quantity_format(kind_of(field), *(const uint64_t *)place, text);
        break;
    case FIELD_CHOICE:
        text_put(text, field->choices[*(const uint32_t *)place]);
        break;
    case FIELD_FLAGS:
        put_flags(field, *(const uint32_t *)place, text);
        break;
    case FIELD_TEXTS:
        put_texts(place, text);
        break;
    case FIELD_RULES:
        put_rules(field, place, text);
        break;
    }
}

/* Comparing and copying: values are zeroed where they hold nothing. */

bool field_is_equal(const struct field *field, const void *a, const void *b)
{
    return memcmp(member_of(field, a), member_of(field, b), field->size) == 0;
}

void field_copy(const struct field *field, void *target, const void *source)
{
    memcpy(member(field, target), member_of(field, source), field->size);
}

uint32_t field_rules_match(const struct field_rules *rules, struct bytes key,
                           uint32_t fallback)
{
    const struct field_rule *best = NULL;

    for (size_t i = 0; i < rules->count; i++) {
        const struct field_rule *rule = &rules->items[i];

        if (!bytes_has_prefix(key, bytes_make(rule->prefix, rule->prefix_size)))
            continue;
        if (best == NULL || rule->prefix_size >= best->prefix_size)
            best = rule;
    }
    return best == NULL ? fallback : (uint32_t)best->choice;
}
