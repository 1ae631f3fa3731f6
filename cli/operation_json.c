#include "cli/operation_json.h"

#include "cli/duration.h"
#include "cli/value_json.h"

#include "base/bounds.h"

#include <stdlib.h>
#include <string.h>

/* An operation while it is read. */
struct intake {
    const json_t *object;
    struct dalv_transaction *transaction;
    struct dalv_bytes key;
    const char *reason; /* NULL: the status says it all. */
};

static enum dalv_status refuse(struct intake *intake, const char *reason)
{
    intake->reason = reason;
    return DALV_INVALID;
}

static bool read_number(const json_t *object, const char *name, int64_t min,
                        int64_t *inout_number)
{
    const json_t *number = json_object_get(object, name);

    if (number == NULL)
        return true;
    if (!json_is_integer(number) || json_integer_value(number) < min)
        return false;
    *inout_number = json_integer_value(number);
    return true;
}

static bool read_options(const json_t *object,
                         struct dalv_put_options *out_options)
{
    const json_t *ttl = json_object_get(object, "ttl");
    int64_t flags = 0;

    if (!read_number(object, "flags", 0, &flags) || flags > UINT32_MAX)
        return false;
    out_options->flags = (uint32_t)flags;
    if (ttl == NULL)
        return true;
    return json_is_string(ttl) &&
           duration_parse(json_string_value(ttl), &out_options->ttl_ms);
}

typedef enum dalv_status register_maker(struct dalv_transaction *transaction,
                                        struct dalv_bytes key,
                                        struct dalv_bytes value,
                                        const struct dalv_put_options *options);

static enum dalv_status add_register(struct intake *intake,
                                     register_maker *make)
{
    struct dalv_put_options options = {0};
    struct dalv_bytes value;
    void *owned = NULL;
    enum dalv_status status;

    if (!read_options(intake->object, &options))
        return refuse(intake, "\"flags\" is a number of 32 bits, \"ttl\" a "
                              "duration such as \"30s\"");
    if (!value_json_get_bytes(intake->object, "value", &value, &owned))
        return refuse(intake, "\"value\" or \"value_base64\" is missing or no "
                              "string");
    status = make(intake->transaction, intake->key, value, &options);
    free(owned);
    return status;
}

static enum dalv_status add_put(struct intake *intake)
{
    return add_register(intake, dalv_transaction_put);
}

static enum dalv_status add_add(struct intake *intake)
{
    return add_register(intake, dalv_transaction_add);
}

static enum dalv_status add_del(struct intake *intake)
{
    return dalv_transaction_del(intake->transaction, intake->key);
}

static enum dalv_status add_incr(struct intake *intake)
{
    int64_t number = 1;

    if (!read_number(intake->object, "number", INT64_MIN, &number))
        return refuse(intake, "\"number\" is no whole number");
    return dalv_transaction_increment(intake->transaction, intake->key, number);
}

static enum dalv_status add_list_add(struct intake *intake)
{
    struct dalv_bytes element;
    void *owned = NULL;
    enum dalv_status status;

    if (!value_json_get_bytes(intake->object, "element", &element, &owned))
        return refuse(intake, "\"element\" or \"element_base64\" is missing or "
                              "no string");
    status =
        dalv_transaction_list_add(intake->transaction, intake->key, element);
    free(owned);
    return status;
}

static bool read_id(const json_t *array, struct dalv_element_id *out_id)
{
    json_int_t parts[3];

    if (!json_is_array(array) || json_array_size(array) != 3)
        return false;
    for (size_t i = 0; i < 3; i++) {
        const json_t *part = json_array_get(array, i);

        if (!json_is_integer(part) || json_integer_value(part) < 0)
            return false;
        parts[i] = json_integer_value(part);
    }
    if (parts[2] > UINT32_MAX)
        return false;
    *out_id = (struct dalv_element_id){.device = (uint64_t)parts[0],
                                       .local_id = (uint64_t)parts[1],
                                       .position = (uint32_t)parts[2]};
    return true;
}

static enum dalv_status add_list_remove(struct intake *intake)
{
    const json_t *array = json_object_get(intake->object, "ids");
    size_t count = json_array_size(array);
    struct dalv_element_id *ids;
    enum dalv_status status = DALV_OK;

    if (count == 0 || count > BOUNDS_OPERATION_DOTS_MAX)
        return refuse(intake, "\"ids\" is no list of 1 to 1000 [DEVICE, "
                              "LOCAL_ID, POSITION]");
    ids = malloc(count * sizeof(*ids));
    if (ids == NULL)
        return DALV_NO_MEMORY;
    for (size_t i = 0; status == DALV_OK && i < count; i++) {
        if (!read_id(json_array_get(array, i), &ids[i]))
            status = refuse(intake, "an id is no [DEVICE, LOCAL_ID, POSITION]");
    }
    if (status == DALV_OK)
        status = dalv_transaction_list_remove(intake->transaction, intake->key,
                                              ids, count);
    free(ids);
    return status;
}

static enum dalv_status add_if_absent(struct intake *intake)
{
    return dalv_transaction_if_absent(intake->transaction, intake->key);
}

static enum dalv_status add_if_revision(struct intake *intake)
{
    int64_t revision = -1;

    if (!read_number(intake->object, "revision", 0, &revision) || revision < 0)
        return refuse(intake, "\"revision\" is missing or no number");
    return dalv_transaction_if_revision(intake->transaction, intake->key,
                                        (uint64_t)revision);
}

static const struct {
    const char *name;
    enum dalv_status (*add)(struct intake *intake);
} operations[] = {
    {"put", add_put},
    {"add", add_add},
    {"del", add_del},
    {"incr", add_incr},
    {"list_add", add_list_add},
    {"list_remove", add_list_remove},
    {"if_absent", add_if_absent},
    {"if_revision", add_if_revision},
};

static enum dalv_status add(struct intake *intake)
{
    const char *name = json_string_value(json_object_get(intake->object, "op"));

    if (name == NULL)
        return refuse(intake, "\"op\" is missing");
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(operations[i].name, name) == 0)
            return operations[i].add(intake);
    }
    return refuse(intake, "\"op\" is none of put, add, del, incr, list_add, "
                          "list_remove, if_absent, if_revision");
}

enum dalv_status operation_json_add(const json_t *object,
                                    struct dalv_transaction *transaction,
                                    const char **out_reason)
{
    struct intake intake = {.object = object, .transaction = transaction};
    void *owned = NULL;
    enum dalv_status status;

    if (!json_is_object(object))
        status = refuse(&intake, "the line is no JSON object");
    else if (!value_json_get_bytes(object, "key", &intake.key, &owned))
        status = refuse(&intake, "\"key\" or \"key_base64\" is missing or no "
                                 "string");
    else
        status = add(&intake);
    free(owned);
    if (status != DALV_OK)
        *out_reason =
            intake.reason == NULL ? dalv_status_text(status) : intake.reason;
    return status;
}
