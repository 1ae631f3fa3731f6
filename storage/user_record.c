#include "storage/user_record.h"

#include "base/bounds.h"
#include "storage/effect_format.h"

#include <stdbool.h>

_Static_assert((int)BOUNDS_USER_ID_MAX <= (int)UINT8_MAX,
               "the size of a user id is one byte");

static bool has_request(const struct author *author)
{
    for (size_t i = 0; i < REQUEST_ID_BYTES; i++) {
        if (author->request.bytes[i] != 0)
            return true;
    }
    return false;
}

static enum dalv_status check(const struct user_record *record)
{
    enum dalv_status status = DALV_OK;

    if (record->user.size == 0)
        return DALV_INVALID;
    if (record->user.size > BOUNDS_USER_ID_MAX)
        return DALV_TOO_BIG;
    for (size_t i = 0; i < record->effect_count && status == DALV_OK; i++)
        status = effect_check(&record->effects[i]);
    return status;
}

static void put_head(struct writer *writer, const struct user_record *record)
{
    const struct author *author = &record->author;
    bool is_requested = has_request(author);

    writer_u8(writer, (uint8_t)record->user.size);
    writer_bytes_put(writer, record->user);
    writer_u64(writer, record->history_id);
    writer_varint(writer, record->revision);
    writer_varint(writer, record->time_us);
    writer_varint(writer, author->writer);
    writer_varint(writer, author->push_number);
    writer_u8(writer, is_requested ? 1 : 0);
    if (is_requested)
        writer_bytes_put(writer,
                         bytes_make(author->request.bytes, REQUEST_ID_BYTES));
    writer_varint(writer, record->effect_count);
}

enum dalv_status user_record_encode(const struct user_record *record,
                                    struct writer *writer)
{
    enum dalv_status status = check(record);
    struct writer before = *writer;

    if (status != DALV_OK)
        return status;
    put_head(writer, record);
    for (size_t i = 0; i < record->effect_count; i++)
        effect_encode(&record->effects[i], writer);
    for (size_t i = 0; i < record->effect_count; i++)
        effect_trail_encode(&record->effects[i], writer);
    if (writer_is_ok(writer))
        return DALV_OK;
    *writer = before;
    return DALV_TOO_BIG;
}

static void get_author(struct reader *reader, struct author *out_author)
{
    struct bytes request;
    uint8_t is_requested;

    out_author->writer = reader_varint(reader);
    out_author->push_number = reader_varint(reader);
    is_requested = reader_u8(reader);
    if (is_requested == 0)
        return;
    request = reader_bytes(reader, REQUEST_ID_BYTES);
    for (size_t i = 0; i < request.size; i++)
        out_author->request.bytes[i] = request.data[i];
    /* An id of zeros is written as none: each record has one form. */
    if (is_requested > 1 || !has_request(out_author))
        reader_fail(reader);
}

static enum dalv_status get_effects(struct reader *reader,
                                    struct effect *effects, size_t count)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; i < count && status == DALV_OK; i++) {
        status = effect_decode(reader, &effects[i]);
        if (status == DALV_OK && !reader_is_ok(reader))
            status = DALV_DAMAGED;
    }
    for (size_t i = 0; i < count && status == DALV_OK; i++)
        effect_trail_decode(reader, &effects[i]);
    if (status == DALV_OK && !reader_is_finished(reader))
        status = DALV_DAMAGED;
    return status;
}

enum dalv_status user_record_decode(struct bytes payload, struct arena *arena,
                                    struct user_record *out_record)
{
    struct user_record record = {0};
    struct effect *effects;
    struct reader reader;
    enum dalv_status status;
    uint64_t count;

    reader_init(&reader, payload);
    record.user = reader_bytes(&reader, reader_u8(&reader));
    record.history_id = reader_u64(&reader);
    record.revision = reader_varint(&reader);
    record.time_us = reader_varint(&reader);
    get_author(&reader, &record.author);
    count = reader_varint(&reader);
    if (!reader_is_ok(&reader) || record.user.size == 0 ||
        count > reader.rest.size / EFFECT_BYTES_MIN)
        return DALV_DAMAGED;
    effects = arena_take(arena, (size_t)count, sizeof(*effects));
    if (effects == NULL)
        return DALV_TOO_BIG;
    status = get_effects(&reader, effects, (size_t)count);
    if (status != DALV_OK)
        return status;
    record.effects = effects;
    record.effect_count = (size_t)count;
    *out_record = record;
    return DALV_OK;
}
