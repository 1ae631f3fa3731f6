/*
 * JSON Lines: {"user": ..., "key": ..., "kind": ...} as cli/value_json.h says.
 *
 * A line takes the key's place whatever was there, so that an import can be
 * repeated. A list that is too long for one transaction takes several, in
 * order; until the last is there it can be seen in part.
 */
#include "base/bounds.h"
#include "base/clock.h"
#include "cli/import_source_internal.h"
#include "cli/value_json.h"

#include <stdlib.h>
#include <string.h>

/* A line while it is read. */
struct intake {
    struct import_source *source;
    struct import_item *item;
    const json_t *object;
    struct dalv_bytes key;
};

static enum dalv_status refuse(struct intake *intake, const char *reason)
{
    return import_source_refuse(intake->source, intake->source->reader.number,
                                "%s", reason);
}

/* What the transaction did not take is a line that cannot be used. */
static enum dalv_status checked(struct intake *intake, enum dalv_status status)
{
    if (status == DALV_INVALID || status == DALV_TOO_BIG)
        return refuse(intake, dalv_status_text(status));
    return status;
}

static bool read_count(const json_t *object, const char *name,
                       uint64_t *out_count)
{
    const json_t *number = json_object_get(object, name);

    *out_count = 0;
    if (number == NULL)
        return true;
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return false;
    *out_count = (uint64_t)json_integer_value(number);
    return true;
}

/* Sent when its turn comes. */
static enum dalv_status keep_large(struct intake *intake,
                                   struct dalv_bytes value,
                                   const struct dalv_put_options *options)
{
    struct import_item *item = intake->item;

    buffer_put(&item->large, bytes_make(value.data, value.size));
    buffer_put(&item->large_key,
               bytes_make(intake->key.data, intake->key.size));
    item->large_options = *options;
    return DALV_OK;
}

static enum dalv_status add_register(struct intake *intake)
{
    struct dalv_put_options options = {0};
    struct dalv_bytes value;
    uint64_t flags;
    uint64_t expiry_us;
    uint64_t now_us = clock_wall_us();
    void *owned = NULL;
    enum dalv_status status;

    if (!read_count(intake->object, "flags", &flags) || flags > UINT32_MAX ||
        !read_count(intake->object, "expiry_us", &expiry_us))
        return refuse(intake, "\"flags\" or \"expiry_us\" is out of range");
    if (expiry_us != 0 && expiry_us <= now_us) {
        intake->item->is_expired = true;
        return DALV_OK;
    }
    options.flags = (uint32_t)flags;
    if (expiry_us != 0)
        options.ttl_ms = (expiry_us - now_us + 999) / 1000;
    if (!value_json_get_bytes(intake->object, "value", &value, &owned))
        return refuse(intake, "\"value\" or \"value_base64\" is missing or no "
                              "string");
    status = value.size > BOUNDS_VALUE_MAX
                 ? keep_large(intake, value, &options)
                 : dalv_transaction_put(intake->item->transaction, intake->key,
                                        value, &options);
    free(owned);
    return checked(intake, status);
}

static enum dalv_status add_counter(struct intake *intake)
{
    const json_t *number = json_object_get(intake->object, "number");
    enum dalv_status status;

    if (!json_is_integer(number))
        return refuse(intake, "\"number\" is missing or no whole number");
    status = dalv_transaction_del(intake->item->transaction, intake->key);
    if (status == DALV_OK)
        status = dalv_transaction_increment(
            intake->item->transaction, intake->key, json_integer_value(number));
    return checked(intake, status);
}

static enum dalv_status add_element(struct intake *intake,
                                    const json_t *element)
{
    struct dalv_bytes bytes;
    void *owned = NULL;
    enum dalv_status status;

    if (!value_json_element(element, &bytes, &owned))
        return refuse(intake, "an element is no string and no base64");
    status = dalv_transaction_list_add(intake->item->transaction, intake->key,
                                       bytes);
    free(owned);
    return status;
}

/* As many elements as fit; the rest comes with the next call. */
static enum dalv_status add_list(struct intake *intake)
{
    struct import_source *source = intake->source;
    const json_t *elements = json_object_get(intake->object, "elements");
    size_t before = source->next_element;
    enum dalv_status status = DALV_OK;

    if (!json_is_array(elements))
        return refuse(intake, "\"elements\" is missing or no array");
    if (json_array_size(elements) > BOUNDS_LIST_ELEMENTS_MAX)
        return refuse(intake, "more elements than a list may have");
    if (source->next_part == 0)
        status = dalv_transaction_del(intake->item->transaction, intake->key);
    while (status == DALV_OK &&
           source->next_element < json_array_size(elements)) {
        status =
            add_element(intake, json_array_get(elements, source->next_element));
        if (status == DALV_OK)
            source->next_element++;
    }
    if (status == DALV_TOO_BIG && source->next_element > before) {
        source->next_part++;
        return DALV_OK;
    }
    if (status != DALV_OK)
        return checked(intake, status);
    source->next_part = 0;
    return DALV_OK;
}

static enum dalv_status add_content(struct intake *intake)
{
    const char *kind =
        json_string_value(json_object_get(intake->object, "kind"));

    if (kind == NULL || strcmp(kind, "register") == 0)
        return add_register(intake);
    if (strcmp(kind, "list") == 0)
        return add_list(intake);
    if (strcmp(kind, "counter") == 0)
        return add_counter(intake);
    return refuse(intake, "\"kind\" is none of register, list, counter");
}

static struct bytes view(struct dalv_bytes bytes)
{
    return bytes_make(bytes.data, bytes.size);
}

static enum dalv_status read_object(struct intake *intake)
{
    struct import_source *source = intake->source;
    struct dalv_bytes user;
    void *owned_user = NULL;
    void *owned_key = NULL;
    enum dalv_status status;

    if (!json_is_object(intake->object))
        return refuse(intake, "the line is no JSON object");
    if (source->user != NULL)
        user = dalv_text(source->user);
    else if (!value_json_get_bytes(intake->object, "user", &user, &owned_user))
        return refuse(intake, "\"user\" is missing or no string");
    if (!value_json_get_bytes(intake->object, "key", &intake->key,
                              &owned_key)) {
        free(owned_user);
        return refuse(intake, "\"key\" is missing or no string");
    }
    intake->item->part = source->next_part;
    status = import_item_begin(intake->item, view(user), view(intake->key));
    if (status == DALV_OK)
        status = add_content(intake);
    free(owned_user);
    free(owned_key);
    return status;
}

/* The line that goes on, or the next one that is not empty. */
static enum dalv_status read_document(struct import_source *source)
{
    struct bytes line = {0};
    json_error_t error;
    enum dalv_status status = DALV_OK;

    if (source->next_part > 0)
        return DALV_OK;
    json_decref(source->document);
    source->document = NULL;
    source->next_element = 0;
    while (status == DALV_OK && line.size == 0)
        status = line_reader_next(&source->reader, &line);
    if (status == DALV_TOO_BIG)
        return import_source_refuse(source, source->reader.number,
                                    "the line is longer than 8 MiB");
    if (status != DALV_OK)
        return status;
    source->document =
        json_loadb((const char *)line.data, line.size,
                   JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (source->document == NULL)
        return import_source_refuse(source, source->reader.number,
                                    "no JSON: %s", error.text);
    return DALV_OK;
}

enum dalv_status import_json_next(struct import_source *source,
                                  struct import_item *out_item)
{
    struct intake intake = {.source = source, .item = out_item};
    enum dalv_status status = read_document(source);

    if (status != DALV_OK)
        return status;
    intake.object = source->document;
    out_item->line = source->reader.number;
    out_item->record_count = 1;
    out_item->is_expired = false;
    status = read_object(&intake);
    /* With further parts to come the line is not done. */
    out_item->line_last = out_item->line - (source->next_part > 0);
    if (status != DALV_OK)
        source->next_part = 0;
    return status;
}
