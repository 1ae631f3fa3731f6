#include "control/etcd_json.h"

#include "base/assert.h"
#include "base/decimal.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NAME_BYTES_MAX = ETCD_PREFIX_BYTES_MAX + CONTROL_KEY_BYTES_MAX + 1,
    NAME_TEXT_MAX = sodium_base64_ENCODED_LEN(NAME_BYTES_MAX,
                                              sodium_base64_VARIANT_ORIGINAL),
    NUMBER_TEXT_MAX = 24,
};

/* Memory for JSON may not run out: see base/buffer.h. */
static json_t *made(json_t *json)
{
    ASSERT(json != NULL);
    return json;
}

static void put(json_t *object, const char *name, json_t *value)
{
    ASSERT(json_object_set_new(object, name, made(value)) == 0);
}

static void add(json_t *array, json_t *value)
{
    ASSERT(json_array_append_new(array, made(value)) == 0);
}

static json_t *base64(struct bytes bytes)
{
    size_t size =
        sodium_base64_encoded_len(bytes.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    json_t *json;

    ASSERT(text != NULL);
    (void)sodium_bin2base64(text, size, bytes.data, bytes.size,
                            sodium_base64_VARIANT_ORIGINAL);
    json = made(json_string(text));
    free(text);
    return json;
}

/* Prefix, key, and behind them `last`, if it is not negative. */
static json_t *name_of(struct bytes prefix, struct bytes key, int last)
{
    uint8_t memory[NAME_BYTES_MAX];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    writer_bytes_put(&writer, prefix);
    writer_bytes_put(&writer, key);
    if (last >= 0)
        writer_u8(&writer, (uint8_t)last);
    ASSERT(writer_is_ok(&writer));
    return base64(writer_bytes(&writer));
}

/* The first name behind all that begin with prefix and key. */
static json_t *name_behind(struct bytes prefix, struct bytes key)
{
    uint8_t memory[NAME_BYTES_MAX];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    writer_bytes_put(&writer, prefix);
    writer_bytes_put(&writer, key);
    ASSERT(writer_is_ok(&writer));
    while (writer.size > 0 && memory[writer.size - 1] == UINT8_MAX)
        writer.size--;
    ASSERT(writer.size > 0);
    memory[writer.size - 1]++;
    return base64(writer_bytes(&writer));
}

/* Numbers of 64 bits are texts: JSON's have 53. */
static json_t *number(uint64_t value)
{
    char text[NUMBER_TEXT_MAX];

    (void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    return made(json_string(text));
}

/* Takes the JSON. */
static void finish(json_t *json, struct buffer *out_body)
{
    char *text = json_dumps(json, JSON_COMPACT);

    ASSERT(text != NULL);
    buffer_put(out_body, bytes_from_text(text));
    free(text);
    json_decref(json);
}

void etcd_json_ask_key(struct bytes prefix, struct bytes key,
                       struct buffer *out_body)
{
    json_t *question = made(json_object());

    put(question, "key", name_of(prefix, key, -1));
    finish(question, out_body);
}

void etcd_json_ask_list(struct bytes prefix, struct bytes keys,
                        struct bytes after, struct buffer *out_body)
{
    json_t *question = made(json_object());

    if (after.size > 0)
        put(question, "key", name_of(prefix, after, 0));
    else
        put(question, "key", name_of(prefix, keys, -1));
    put(question, "range_end", name_behind(prefix, keys));
    put(question, "limit", number(CONTROL_ENTRIES_MAX));
    finish(question, out_body);
}

static json_t *comparison(struct bytes prefix,
                          const struct control_change *change)
{
    json_t *compare = made(json_object());

    put(compare, "key", name_of(prefix, change->key, -1));
    put(compare, "target", json_string("MOD"));
    put(compare, "result", json_string("EQUAL"));
    put(compare, "mod_revision", number(change->revision));
    return compare;
}

static json_t *operation(struct bytes prefix,
                         const struct control_change *change)
{
    bool is_put = change->verb == CONTROL_PUT;
    json_t *request = made(json_object());
    json_t *one = made(json_object());

    put(request, "key", name_of(prefix, change->key, -1));
    if (is_put)
        put(request, "value", base64(change->value));
    put(one, is_put ? "request_put" : "request_delete_range", request);
    return one;
}

void etcd_json_ask_commit(struct bytes prefix,
                          const struct control_transaction *transaction,
                          struct buffer *out_body)
{
    json_t *question = made(json_object());
    json_t *compare = made(json_array());
    json_t *success = made(json_array());

    for (size_t i = 0; i < transaction->count; i++) {
        const struct control_change *change = &transaction->changes[i];

        add(compare, comparison(prefix, change));
        if (change->verb != CONTROL_EXPECT)
            add(success, operation(prefix, change));
    }
    put(question, "compare", compare);
    put(question, "success", success);
    finish(question, out_body);
}

void etcd_json_ask_watch(struct bytes prefix, struct bytes key,
                         uint64_t revision, struct buffer *out_body)
{
    json_t *question = made(json_object());
    json_t *create = made(json_object());

    put(create, "key", name_of(prefix, key, -1));
    put(create, "start_revision", number(revision));
    put(question, "create_request", create);
    finish(question, out_body);
}

/* Answers. */

static json_t *parse(struct bytes body)
{
    if (body.size == 0)
        return NULL;
    return json_loadb((const char *)body.data, body.size,
                      JSON_REJECT_DUPLICATES, NULL);
}

/* A number as the gateway writes it; what is 0 it leaves out. */
static bool read_number(const json_t *object, const char *name,
                        uint64_t *out_number)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL) {
        *out_number = 0;
        return true;
    }
    return json_is_string(value) &&
           decimal_read(
               bytes_make(json_string_value(value), json_string_length(value)),
               UINT64_MAX, out_number);
}

/* The bytes of a field in memory of the caller; false if they do not fit. */
static bool read_bytes(const json_t *object, const char *name, uint8_t *memory,
                       size_t capacity, size_t *out_size)
{
    const json_t *value = json_object_get(object, name);

    *out_size = 0;
    if (value == NULL)
        return true;
    return json_is_string(value) &&
           sodium_base642bin(memory, capacity, json_string_value(value),
                             json_string_length(value), NULL, out_size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0;
}

static enum dalv_status read_entry(const json_t *object, struct bytes prefix,
                                   uint8_t *value_memory,
                                   struct control_answer *answer)
{
    uint8_t name_memory[NAME_BYTES_MAX];
    struct control_entry entry;
    struct bytes name;
    size_t name_size;
    size_t value_size;

    if (!read_bytes(object, "key", name_memory, sizeof(name_memory),
                    &name_size) ||
        !read_bytes(object, "value", value_memory, CONTROL_VALUE_BYTES_MAX,
                    &value_size) ||
        !read_number(object, "mod_revision", &entry.revision))
        return DALV_DAMAGED;
    name = bytes_make(name_memory, name_size);
    if (!bytes_has_prefix(name, prefix))
        return DALV_DAMAGED;
    entry.key = bytes_make(name.data + prefix.size, name.size - prefix.size);
    entry.value = bytes_make(value_memory, value_size);
    return control_answer_add(answer, &entry);
}

static enum dalv_status read_entries(const json_t *entries, struct bytes prefix,
                                     struct control_answer *answer)
{
    enum dalv_status status = DALV_OK;
    uint8_t *memory = malloc(CONTROL_VALUE_BYTES_MAX);

    ASSERT(memory != NULL);
    for (size_t i = 0; i < json_array_size(entries) && status == DALV_OK; i++)
        status = read_entry(json_array_get(entries, i), prefix, memory, answer);
    free(memory);
    return status;
}

/* What stands before every answer. */
static bool read_header(const json_t *json, uint64_t *out_revision,
                        uint64_t *out_cluster)
{
    const json_t *header = json_object_get(json, "header");

    return json_is_object(header) &&
           read_number(header, "cluster_id", out_cluster) &&
           read_number(header, "revision", out_revision) && *out_revision > 0;
}

enum dalv_status etcd_json_read_range(struct bytes body, struct bytes prefix,
                                      struct control_answer *answer,
                                      uint64_t *out_cluster)
{
    json_t *json = parse(body);
    const json_t *entries = json_object_get(json, "kvs");
    enum dalv_status status = DALV_DAMAGED;
    uint64_t revision;
    uint64_t cluster;

    if (read_header(json, &revision, &cluster) &&
        (entries == NULL || json_is_array(entries)))
        status = read_entries(entries, prefix, answer);
    if (status == DALV_OK) {
        answer->is_whole = !json_is_true(json_object_get(json, "more"));
        *out_cluster = cluster;
    }
    json_decref(json);
    return status;
}

enum dalv_status etcd_json_read_commit(struct bytes body,
                                       uint64_t *out_revision,
                                       uint64_t *out_cluster)
{
    json_t *json = parse(body);
    enum dalv_status status = DALV_DAMAGED;
    uint64_t revision;
    uint64_t cluster;

    if (read_header(json, &revision, &cluster)) {
        bool is_done = json_is_true(json_object_get(json, "succeeded"));

        status = is_done ? DALV_OK : DALV_PRECONDITION;
        *out_cluster = cluster;
        if (is_done)
            *out_revision = revision;
    }
    json_decref(json);
    return status;
}

bool etcd_json_read_refusal(struct bytes body, struct etcd_refusal *out_refusal)
{
    json_t *json = parse(body);
    const json_t *code = json_object_get(json, "code");
    const json_t *text = json_object_get(json, "error");
    bool is_refusal = json_is_integer(code);

    if (is_refusal) {
        json_int_t value = json_integer_value(code);

        out_refusal->code = value >= 0 && value <= 16 ? (int)value : -1;
        (void)snprintf(out_refusal->text, sizeof(out_refusal->text), "%s",
                       json_is_string(text) ? json_string_value(text) : "");
    }
    json_decref(json);
    return is_refusal;
}
