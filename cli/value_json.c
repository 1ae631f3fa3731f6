#include "cli/value_json.h"

#include "base/bounds.h"
#include "base/bytes.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    MEMBER_BYTES_MAX = 64
};

static const char base64_suffix[] = "_base64";

static json_t *make_base64(struct dalv_bytes bytes)
{
    size_t capacity =
        sodium_base64_encoded_len(bytes.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(capacity);
    json_t *string = NULL;

    if (text == NULL)
        return NULL;
    (void)sodium_bin2base64(text, capacity, bytes.data, bytes.size,
                            sodium_base64_VARIANT_ORIGINAL);
    string = json_string(text);
    free(text);
    return string;
}

static bool is_text(struct dalv_bytes bytes)
{
    return bytes_is_utf8(bytes_make(bytes.data, bytes.size));
}

bool value_json_set_bytes(json_t *object, const char *name,
                          struct dalv_bytes bytes)
{
    char member[MEMBER_BYTES_MAX];

    /* As text a byte may take six: a large value is bounded as base64. */
    if (bytes.size <= BOUNDS_VALUE_MAX && is_text(bytes))
        return json_object_set_new(
                   object, name,
                   json_stringn(bytes.size == 0 ? "" : bytes.data,
                                bytes.size)) == 0;
    (void)snprintf(member, sizeof(member), "%s%s", name, base64_suffix);
    return json_object_set_new(object, member, make_base64(bytes)) == 0;
}

static json_t *make_element(struct dalv_bytes bytes)
{
    if (is_text(bytes))
        return json_stringn(bytes.size == 0 ? "" : bytes.data, bytes.size);
    return json_pack("{s:o}", "base64", make_base64(bytes));
}

static json_t *make_elements(const struct dalv_value *value)
{
    json_t *elements = json_array();

    for (size_t i = 0; i < dalv_value_element_count(value); i++) {
        if (dalv_value_element_is_removed(value, i))
            continue;
        if (json_array_append_new(
                elements, make_element(dalv_value_element(value, i))) != 0) {
            json_decref(elements);
            return NULL;
        }
    }
    return elements;
}

static bool set_number(json_t *object, const char *name, uint64_t number)
{
    return json_object_set_new(object, name,
                               json_integer((json_int_t)number)) == 0;
}

static bool set_register(json_t *object, const struct dalv_value *value)
{
    bool is_set =
        dalv_value_is_whole(value)
            ? value_json_set_bytes(object, "value", dalv_value_bytes(value))
            : set_number(object, "bytes", dalv_value_size(value));

    if (is_set && dalv_value_flags(value) != 0)
        is_set = set_number(object, "flags", dalv_value_flags(value));
    if (is_set && dalv_value_expiry_us(value) != 0)
        is_set = set_number(object, "expiry_us", dalv_value_expiry_us(value));
    return is_set;
}

static bool set_content(json_t *object, const struct dalv_value *value)
{
    switch (dalv_value_kind(value)) {
    case DALV_KIND_REGISTER:
        return set_register(object, value);
    case DALV_KIND_LIST:
        return json_object_set_new(object, "elements", make_elements(value)) ==
               0;
    case DALV_KIND_COUNTER:
        return json_object_set_new(object, "number",
                                   json_integer(dalv_value_number(value))) == 0;
    case DALV_KIND_NONE:
        break;
    }
    return true;
}

static bool set_history(json_t *object, const struct dalv_value *value)
{
    bool is_set = set_number(object, "revision", dalv_value_revision(value));

    if (is_set && dalv_value_is_pending(value))
        is_set = json_object_set_new(object, "pending", json_true()) == 0;
    return is_set;
}

json_t *value_json_make(struct dalv_bytes key, const struct dalv_value *value,
                        int flags)
{
    enum dalv_kind kind =
        value == NULL ? DALV_KIND_NONE : dalv_value_kind(value);
    json_t *object = json_object();
    bool is_made = value_json_set_bytes(object, "key", key);

    is_made = is_made &&
              json_object_set_new(object, "kind",
                                  json_string(value_json_kind_name(kind))) == 0;
    if (is_made && value != NULL)
        is_made = set_content(object, value);
    if (is_made && value != NULL && (flags & VALUE_JSON_PORTABLE) == 0)
        is_made = set_history(object, value);
    if (is_made)
        return object;
    json_decref(object);
    return NULL;
}

static bool decode_base64(const json_t *string, struct dalv_bytes *out_bytes,
                          void **out_owned)
{
    const char *text = json_string_value(string);
    size_t size = 0;
    unsigned char *bytes;

    if (text == NULL)
        return false;
    bytes = malloc(json_string_length(string) + 1);
    if (bytes == NULL)
        return false;
    if (sodium_base642bin(bytes, json_string_length(string), text,
                          json_string_length(string), NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        free(bytes);
        return false;
    }
    *out_bytes = dalv_bytes(bytes, size);
    *out_owned = bytes;
    return true;
}

static bool lend_text(const json_t *string, struct dalv_bytes *out_bytes,
                      void **out_owned)
{
    if (!json_is_string(string))
        return false;
    *out_bytes =
        dalv_bytes(json_string_value(string), json_string_length(string));
    *out_owned = NULL;
    return true;
}

bool value_json_get_bytes(const json_t *object, const char *name,
                          struct dalv_bytes *out_bytes, void **out_owned)
{
    char member[MEMBER_BYTES_MAX];
    const json_t *string = json_object_get(object, name);

    if (string != NULL)
        return lend_text(string, out_bytes, out_owned);
    (void)snprintf(member, sizeof(member), "%s%s", name, base64_suffix);
    return decode_base64(json_object_get(object, member), out_bytes, out_owned);
}

bool value_json_element(const json_t *element, struct dalv_bytes *out_bytes,
                        void **out_owned)
{
    if (json_is_object(element))
        return decode_base64(json_object_get(element, "base64"), out_bytes,
                             out_owned);
    return lend_text(element, out_bytes, out_owned);
}

void value_json_print(json_t *document, FILE *out)
{
    (void)json_dumpf(document, out, JSON_COMPACT);
    (void)fputc('\n', out);
    json_decref(document);
}

const char *value_json_kind_name(enum dalv_kind kind)
{
    switch (kind) {
    case DALV_KIND_NONE:
        return "none";
    case DALV_KIND_REGISTER:
        return "register";
    case DALV_KIND_LIST:
        return "list";
    case DALV_KIND_COUNTER:
        return "counter";
    }
    return "unknown";
}
