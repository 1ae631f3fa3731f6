/*
 * CSV: the first record names the columns, each further one becomes a JSON
 * object of them, under a key that a template makes.
 */
#include "base/bounds.h"
#include "base/hash.h"
#include "cli/import_source_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Room for the brackets and commas around what is gathered. */
    GATHERED_BYTES_MAX = BOUNDS_VALUE_MAX - 4096,
};

/* Where a record goes. */
struct place {
    struct bytes user;
    struct bytes key;
    uint64_t line;
    uint64_t line_last;
};

static size_t column_index(const struct import_source *source, const char *name,
                           size_t size)
{
    size_t index = 0;

    while (index < json_array_size(source->columns)) {
        const json_t *column = json_array_get(source->columns, index);

        if (json_string_length(column) == size &&
            memcmp(json_string_value(column), name, size) == 0)
            break;
        index++;
    }
    return index;
}

/* Every {COLUMN} of the template is a column. */
static bool template_fits(const struct import_source *source)
{
    const char *rest = source->mapping->key_template;

    while ((rest = strchr(rest, '{')) != NULL) {
        size_t size = strcspn(rest + 1, "}");

        if (rest[size + 1] != '}' || column_index(source, rest + 1, size) ==
                                         json_array_size(source->columns))
            return false;
        rest += size + 2;
    }
    return true;
}

static enum dalv_status end_import(struct import_source *source,
                                   const char *reason)
{
    (void)import_source_refuse(source, source->reader.number, "%s", reason);
    return DALV_UNSUPPORTED;
}

static enum dalv_status read_header(struct import_source *source)
{
    struct csv_record record = {0};
    const char *user = source->mapping->user_column;
    enum dalv_status status =
        csv_next(&source->reader, source->mapping->separator, &record);

    if (status == DALV_NOT_FOUND)
        return status;
    if (status != DALV_OK)
        return end_import(source, "the first record does not name the columns");
    source->columns = json_array();
    for (size_t i = 0; i < record.count; i++) {
        const struct bytes *field = &record.fields[i];

        if (json_array_append_new(
                source->columns,
                json_stringn((const char *)field->data, field->size)) != 0)
            return end_import(source, "a column's name is no UTF-8");
    }
    if (source->user == NULL)
        source->user_index = column_index(source, user, strlen(user));
    if (source->user == NULL &&
        source->user_index == json_array_size(source->columns))
        return end_import(source, "there is no column of the name that "
                                  "--user-column gives");
    if (!template_fits(source))
        return end_import(source, "--key-template names a column that is not "
                                  "there");
    source->has_header = true;
    return DALV_OK;
}

/* The template with the record's fields; 0 if it does not fit. */
static size_t make_key(const struct import_source *source,
                       const struct csv_record *record, char *key)
{
    const char *rest = source->mapping->key_template;
    struct writer writer;

    writer_init(&writer, key, BOUNDS_KEY_MAX);
    while (*rest != '\0') {
        size_t size = strcspn(rest, "{");

        writer_bytes_put(&writer, bytes_make(rest, size));
        rest += size;
        if (*rest == '\0')
            break;
        size = strcspn(rest + 1, "}");
        writer_bytes_put(&writer,
                         record->fields[column_index(source, rest + 1, size)]);
        rest += size + 2;
    }
    return writer_is_ok(&writer) ? writer.size : 0;
}

static json_t *make_object(const struct import_source *source,
                           const struct csv_record *record)
{
    json_t *object = json_object();

    for (size_t i = 0; i < record->count; i++) {
        const char *name =
            json_string_value(json_array_get(source->columns, i));
        const struct bytes *field = &record->fields[i];

        if (json_object_set_new(
                object, name,
                json_stringn(field->size == 0 ? "" : (const char *)field->data,
                             field->size)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static bool is_same_key(const struct import_gathering *gathering,
                        const struct place *place)
{
    return gathering->is_begun &&
           bytes_equal(buffer_bytes(&gathering->user), place->user) &&
           bytes_equal(buffer_bytes(&gathering->key), place->key);
}

static bool has_room(const struct import_gathering *gathering, size_t bytes)
{
    return json_array_size(gathering->records) <
               BOUNDS_TRANSACTION_OPERATIONS_MAX &&
           gathering->bytes + bytes < GATHERED_BYTES_MAX;
}

static void gather(struct import_gathering *gathering,
                   const struct place *place, json_t *object, size_t bytes)
{
    if (!gathering->is_begun) {
        gathering->is_begun = true;
        buffer_clear(&gathering->user);
        buffer_put(&gathering->user, place->user);
        buffer_clear(&gathering->key);
        buffer_put(&gathering->key, place->key);
        gathering->records = json_array();
        gathering->bytes = 0;
        gathering->line = place->line;
    }
    (void)json_array_append(gathering->records, object);
    gathering->bytes += bytes;
    gathering->line_last = place->line_last;
}

static struct dalv_bytes lend(const struct buffer *buffer)
{
    return dalv_bytes(buffer->data, buffer->size);
}

static enum dalv_status put_document(struct import_item *item,
                                     struct dalv_bytes key,
                                     const json_t *document, bool is_element)
{
    char *text = json_dumps(document, JSON_COMPACT);
    enum dalv_status status = DALV_NO_MEMORY;

    if (text != NULL && is_element)
        status =
            dalv_transaction_list_add(item->transaction, key, dalv_text(text));
    else if (text != NULL)
        status =
            dalv_transaction_put(item->transaction, key, dalv_text(text), NULL);
    free(text);
    return status;
}

static enum dalv_status fill(const struct import_source *source,
                             struct import_item *item)
{
    const struct import_gathering *gathering = &source->gathering;
    struct dalv_bytes key = lend(&gathering->key);
    size_t count = json_array_size(gathering->records);
    enum dalv_status status = DALV_OK;

    if (source->mapping->grouping == IMPORT_GROUP)
        return put_document(item, key, gathering->records, false);
    for (size_t i = 0; status == DALV_OK && i < count; i++)
        status = put_document(item, key, json_array_get(gathering->records, i),
                              source->mapping->grouping == IMPORT_LIST);
    return status;
}

/* What was gathered, as an item; the gathering is empty afterwards. */
static enum dalv_status emit(struct import_source *source,
                             struct import_item *item)
{
    struct import_gathering *gathering = &source->gathering;
    enum dalv_status status = import_item_begin(
        item, buffer_bytes(&gathering->user), buffer_bytes(&gathering->key));

    if (status == DALV_OK)
        status = fill(source, item);
    item->line = gathering->line;
    item->line_last = gathering->line_last;
    item->record_count = json_array_size(gathering->records);
    item->part = 0;
    item->is_expired = false;
    gathering->is_begun = false;
    json_decref(gathering->records);
    gathering->records = NULL;
    if (source->mapping->grouping == IMPORT_GROUP &&
        !key_set_put(&source->ended, item->key_hash))
        status = DALV_NO_MEMORY;
    if (status == DALV_INVALID || status == DALV_TOO_BIG)
        return import_source_refuse(source, item->line, "%s",
                                    dalv_status_text(status));
    return status;
}

/* The key's value was sent already: it would be lost under this one. */
static bool is_ended(const struct import_source *source,
                     const struct place *place)
{
    return source->mapping->grouping == IMPORT_GROUP &&
           key_set_has(&source->ended,
                       hash64_seeded(place->key, hash64(place->user)));
}

static enum dalv_status check_record(struct import_source *source,
                                     const struct csv_record *record,
                                     struct place *place)
{
    size_t count = json_array_size(source->columns);

    if (record->count != count)
        return import_source_refuse(source, place->line,
                                    "%zu fields instead of %zu", record->count,
                                    count);
    if (source->user == NULL)
        place->user = record->fields[source->user_index];
    else
        place->user = bytes_from_text(source->user);
    if (place->user.size == 0)
        return import_source_refuse(source, place->line,
                                    "no user: the column %s is empty",
                                    source->mapping->user_column);
    if (place->user.size > BOUNDS_USER_ID_MAX || !bytes_is_utf8(place->user))
        return import_source_refuse(source, place->line,
                                    "the user is no user id: 1 to 255 bytes "
                                    "of UTF-8");
    return DALV_OK;
}

static size_t text_bytes(const json_t *object)
{
    return json_dumpb(object, NULL, 0, JSON_COMPACT) + 1;
}

/* Put a record where it belongs; if that ends what was gathered before, this
   is the item. DALV_WAITS: there is none yet. */
static enum dalv_status take_record(struct import_source *source,
                                    const struct place *place, json_t *object,
                                    struct import_item *out_item)
{
    struct import_gathering *gathering = &source->gathering;
    enum import_grouping grouping = source->mapping->grouping;
    size_t bytes = text_bytes(object);
    bool is_same = is_same_key(gathering, place);
    bool fits = has_room(gathering, bytes);
    enum dalv_status status = DALV_WAITS;

    if (grouping == IMPORT_GROUP && is_same && !fits)
        return import_source_refuse(source, place->line,
                                    "the group is larger than a value may be");
    if (!is_same && is_ended(source, place))
        return import_source_refuse(source, place->line,
                                    "its group ended at an earlier line: sort "
                                    "the file by the key");
    if (gathering->is_begun && (grouping == IMPORT_EACH || !is_same || !fits))
        status = emit(source, out_item);
    gather(gathering, place, object, bytes);
    return status;
}

static enum dalv_status use_record(struct import_source *source,
                                   const struct csv_record *record,
                                   uint64_t line, struct import_item *out_item)
{
    char key[BOUNDS_KEY_MAX];
    struct place place = {.line = line, .line_last = source->reader.number};
    json_t *object;
    enum dalv_status status = check_record(source, record, &place);

    if (status != DALV_OK)
        return status;
    place.key = bytes_make(key, make_key(source, record, key));
    if (place.key.size == 0)
        return import_source_refuse(source, line,
                                    "the key is empty or longer than %d bytes",
                                    (int)BOUNDS_KEY_MAX);
    object = make_object(source, record);
    if (object == NULL)
        return import_source_refuse(source, line, "a field is no UTF-8");
    status = take_record(source, &place, object, out_item);
    json_decref(object);
    return status;
}

static enum dalv_status next_record(struct import_source *source,
                                    struct import_item *out_item)
{
    struct csv_record record = {0};
    uint64_t line = source->reader.number + 1;
    enum dalv_status status =
        csv_next(&source->reader, source->mapping->separator, &record);

    if (status == DALV_OK && record.count == 1 && record.fields[0].size == 0)
        return DALV_WAITS; /* An empty line. */
    if (status == DALV_OK)
        return use_record(source, &record, line, out_item);
    if (status == DALV_INVALID)
        return import_source_refuse(source, line, "%s", record.reason);
    if (status == DALV_TOO_BIG)
        return import_source_refuse(source, line,
                                    "the record is longer than 8 MiB");
    if (status == DALV_NOT_FOUND && source->gathering.is_begun)
        return emit(source, out_item);
    return status;
}

enum dalv_status import_csv_next(struct import_source *source,
                                 struct import_item *out_item)
{
    enum dalv_status status = DALV_OK;

    if (!source->has_header)
        status = read_header(source);
    if (status != DALV_OK)
        return status;
    do
        status = next_record(source, out_item);
    while (status == DALV_WAITS);
    return status;
}
