#include "token/json.h"

#include "base/assert.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum member_type {
    MEMBER_TEXT,   /* A string of 1 to `size` - 1 bytes, no zero in it. */
    MEMBER_NUMBER, /* An integer of 0 or more. */
    MEMBER_ROLE,
    MEMBER_RIGHTS,
};

/* One member of an object and where it goes in the struct. */
struct member {
    const char *name;
    enum member_type type;
    bool is_required;
    size_t offset;
    size_t size;
};

#define MEMBER(owner, field, kind, required, label)                            \
    {                                                                          \
        .name = (label), .type = (kind), .is_required = (required),            \
        .offset = offsetof(struct owner, field),                               \
        .size = sizeof(((struct owner *)NULL)->field)                          \
    }

static const struct member header_members[] = {
    MEMBER(token_header, algorithm, MEMBER_TEXT, true, "alg"),
    MEMBER(token_header, type, MEMBER_TEXT, true, "typ"),
    MEMBER(token_header, kid, MEMBER_TEXT, false, "kid"),
};

static const struct member claims_members[] = {
    MEMBER(token_claims, issuer, MEMBER_TEXT, true, "iss"),
    MEMBER(token_claims, audience, MEMBER_TEXT, true, "aud"),
    MEMBER(token_claims, role, MEMBER_ROLE, true, "role"),
    MEMBER(token_claims, user, MEMBER_TEXT, false, "sub"),
    MEMBER(token_claims, device, MEMBER_TEXT, false, "dev"),
    MEMBER(token_claims, rights, MEMBER_RIGHTS, true, "dom"),
    MEMBER(token_claims, issued_s, MEMBER_NUMBER, true, "iat"),
    MEMBER(token_claims, not_before_s, MEMBER_NUMBER, true, "nbf"),
    MEMBER(token_claims, expires_s, MEMBER_NUMBER, true, "exp"),
    MEMBER(token_claims, id, MEMBER_TEXT, true, "jti"),
    MEMBER(token_claims, generation, MEMBER_NUMBER, true, "gen"),
};

enum {
    HEADER_MEMBERS = sizeof(header_members) / sizeof(header_members[0]),
    CLAIMS_MEMBERS = sizeof(claims_members) / sizeof(claims_members[0]),
    OPENED_MAX = 2, /* Brackets of both kinds. */
};

/* Reading */

/*
 * Brackets are counted before the parser, which recurses, sees the text: there
 * is one object with at most one array, so nothing can nest deeply.
 */
static bool is_flat(struct bytes json)
{
    size_t opened_count = 0;
    bool in_string = false;

    for (size_t i = 0; i < json.size; i++) {
        uint8_t character = json.data[i];

        if (in_string && character == '\\')
            i++;
        else if (character == '"')
            in_string = !in_string;
        else if (!in_string && (character == '{' || character == '['))
            opened_count++;
    }
    return opened_count <= OPENED_MAX;
}

static bool read_text(const json_t *value, char *field, size_t size)
{
    size_t length = json_string_length(value);

    if (!json_is_string(value) || length == 0 || length >= size)
        return false;
    memcpy(field, json_string_value(value), length + 1);
    return true;
}

static bool read_number(const json_t *value, uint64_t *field)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *field = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_rights(const json_t *value, struct token_claims *claims)
{
    size_t count = json_array_size(value);

    if (!json_is_array(value) || count > TOKEN_RIGHTS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);

        if (!json_is_string(item))
            return false;
        if (!token_right_parse(
                bytes_make(json_string_value(item), json_string_length(item)),
                &claims->rights[i]))
            return false;
    }
    claims->right_count = count;
    return true;
}

static bool read_member(const struct member *member, const json_t *value,
                        void *target)
{
    void *field = (char *)target + member->offset;

    switch (member->type) {
    case MEMBER_TEXT:
        return read_text(value, field, member->size);
    case MEMBER_NUMBER:
        return read_number(value, field);
    case MEMBER_ROLE:
        return json_is_string(value) &&
               token_role_parse(json_string_value(value), field);
    case MEMBER_RIGHTS:
        return read_rights(value, target);
    }
    return false;
}

enum read_result {
    READ_DONE,
    READ_MISSING, /* A required member. */
    READ_REFUSED,
};

static enum read_result read_members(const json_t *object,
                                     const struct member *members, size_t count,
                                     void *target)
{
    size_t known_count = 0;
    enum read_result result = READ_DONE;

    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, members[i].name);

        if (value == NULL) {
            if (members[i].is_required)
                result = READ_MISSING;
            continue;
        }
        if (!read_member(&members[i], value, target))
            return READ_REFUSED;
        known_count++;
    }
    return known_count == json_object_size(object) ? result : READ_REFUSED;
}

static enum read_result read_object(struct bytes json,
                                    const struct member *members, size_t count,
                                    void *target)
{
    json_t *object;
    enum read_result result = READ_REFUSED;

    if (json.size == 0 || !is_flat(json))
        return READ_REFUSED;
    object = json_loadb((const char *)json.data, json.size,
                        JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(object))
        result = read_members(object, members, count, target);
    json_decref(object);
    return result;
}

enum token_reason token_json_parse_header(struct bytes json,
                                          struct token_header *out_header)
{
    struct token_header header = {0};

    if (json.size > TOKEN_HEADER_MAX ||
        read_object(json, header_members, HEADER_MEMBERS, &header) != READ_DONE)
        return TOKEN_HEADER_REFUSED;
    *out_header = header;
    return TOKEN_ACCEPTED;
}

enum token_reason token_json_parse_claims(struct bytes json,
                                          struct token_claims *out_claims)
{
    struct token_claims claims = {.issuer = ""};

    if (json.size > TOKEN_CLAIMS_MAX)
        return TOKEN_CLAIMS_REFUSED;
    switch (read_object(json, claims_members, CLAIMS_MEMBERS, &claims)) {
    case READ_DONE:
        break;
    case READ_MISSING:
        return TOKEN_CLAIM_MISSING;
    case READ_REFUSED:
        return TOKEN_CLAIMS_REFUSED;
    }
    *out_claims = claims;
    return TOKEN_ACCEPTED;
}

/* Writing */

/* jansson gives NULL if there is no memory, and nothing else goes wrong. */
static json_t *made(json_t *value)
{
    ASSERT(value != NULL);
    return value;
}

static json_t *make_rights(const struct token_claims *claims)
{
    json_t *rights = made(json_array());

    for (size_t i = 0; i < claims->right_count; i++) {
        char storage[TOKEN_RIGHT_TEXT_MAX + 1];
        struct text text;

        text_init(&text, storage, sizeof(storage));
        token_right_format(&claims->rights[i], &text);
        (void)json_array_append_new(rights,
                                    made(json_stringn(text.data, text.size)));
    }
    return rights;
}

static json_t *make_value(const struct member *member, const void *source)
{
    const void *field = (const char *)source + member->offset;

    switch (member->type) {
    case MEMBER_TEXT:
        return made(json_string(field));
    case MEMBER_NUMBER:
        return made(json_integer((json_int_t) * (const uint64_t *)field));
    case MEMBER_ROLE:
        return made(
            json_string(token_role_name(*(const enum token_role *)field)));
    case MEMBER_RIGHTS:
        return make_rights(source);
    }
    return made(NULL);
}

/* An empty text stands for a member that is left out. */
static bool is_left_out(const struct member *member, const void *source)
{
    return member->type == MEMBER_TEXT &&
           ((const char *)source)[member->offset] == '\0';
}

static enum dalv_status write_object(const struct member *members, size_t count,
                                     const void *source, struct text *json)
{
    json_t *object = made(json_object());
    char *dump;

    for (size_t i = 0; i < count; i++) {
        if (is_left_out(&members[i], source))
            continue;
        (void)json_object_set_new(object, members[i].name,
                                  make_value(&members[i], source));
    }
    dump = json_dumps(object, JSON_COMPACT);
    ASSERT(dump != NULL);
    text_put(json, dump);
    free(dump);
    json_decref(object);
    return json->is_cut ? DALV_TOO_BIG : DALV_OK;
}

enum dalv_status token_json_format_header(const struct token_header *header,
                                          struct text *json)
{
    return write_object(header_members, HEADER_MEMBERS, header, json);
}

enum dalv_status token_json_format_claims(const struct token_claims *claims,
                                          struct text *json)
{
    return write_object(claims_members, CLAIMS_MEMBERS, claims, json);
}
