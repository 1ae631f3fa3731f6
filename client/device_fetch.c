/*
 * One key of the cluster, past the replica.
 */
#include "base/clock.h"
#include "client/device_internal.h"
#include "client/public_bytes.h"
#include "client/value_stream.h"

struct fetch {
    struct dalv_device *device;
    struct bytes key;
    uint64_t deadline_ms;
    struct value_stream stream;
    struct dalv_value *value;
    struct buffer resume;
};

static bool keep_value(void *owner, struct bytes key,
                       struct dalv_value **value_p)
{
    struct fetch *fetch = owner;

    if (!bytes_equal(key, fetch->key))
        return true;
    dalv_value_destroy(&fetch->value);
    fetch->value = *value_p;
    *value_p = NULL;
    return true;
}

static enum dalv_status ask(struct fetch *fetch, const struct message *question,
                            enum message_type expected,
                            const struct message **out_answer)
{
    uint64_t now_ms = clock_boot_ms();
    uint32_t left_ms = fetch->deadline_ms > now_ms
                           ? (uint32_t)(fetch->deadline_ms - now_ms)
                           : 0;
    enum dalv_status status =
        device_session_ask(fetch->device, question, left_ms, out_answer);

    if (status != DALV_OK)
        return status;
    if ((*out_answer)->type == MESSAGE_REFUSED)
        return device_fail(fetch->device, (*out_answer)->refused.status,
                           "the cluster refused");
    return (*out_answer)->type == expected ? DALV_OK : DALV_PROTOCOL;
}

static enum dalv_status keep_resume(struct fetch *fetch, struct bytes resume)
{
    enum dalv_status status;

    buffer_clear(&fetch->resume);
    status = buffer_reserve(&fetch->resume, resume.size);
    if (status == DALV_OK)
        buffer_put(&fetch->resume, resume);
    return status;
}

/* The key as a range of one key, page by page. */
static enum dalv_status read_range(struct fetch *fetch)
{
    struct message question = {
        .type = MESSAGE_RANGE,
        .range = {.prefix = fetch->key,
                  .to_key = fetch->key,
                  .has_parts = true},
    };
    const struct message *answer = NULL;
    bool is_whole = false;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && !is_whole) {
        question.range.resume = buffer_bytes(&fetch->resume);
        status = ask(fetch, &question, MESSAGE_RANGED, &answer);
        if (status != DALV_OK)
            return status;
        is_whole = answer->ranged.is_whole;
        status = keep_resume(fetch, answer->ranged.resume);
        if (status == DALV_OK)
            status = value_stream_page(&fetch->stream, answer->ranged.page);
    }
    return status;
}

static enum dalv_status read_key(struct fetch *fetch)
{
    const struct message question = {.type = MESSAGE_GET,
                                     .get = {.key = fetch->key}};
    const struct message *answer = NULL;
    enum dalv_status status = DALV_OK;

    if (fetch->device->connection == NULL)
        status = device_session_begin(fetch->device);
    if (status == DALV_OK)
        status = ask(fetch, &question, MESSAGE_GOT, &answer);
    if (status != DALV_OK)
        return status;
    if (!answer->got.is_whole)
        return read_range(fetch);
    status = value_stream_page(&fetch->stream, answer->got.page);
    return status == DALV_OK && value_stream_lacks_parts(&fetch->stream)
               ? read_range(fetch)
               : status;
}

enum dalv_status dalv_device_fetch(struct dalv_device *device,
                                   struct dalv_bytes key, uint32_t timeout_ms,
                                   struct dalv_value **out_value)
{
    struct fetch fetch = {
        .device = device,
        .key = public_bytes_in(key),
        .deadline_ms = clock_boot_ms() + timeout_ms,
    };
    enum dalv_status status = DALV_INVALID;

    buffer_init(&fetch.resume);
    value_stream_init(&fetch.stream, keep_value, &fetch);
    if (key.size > 0)
        status = read_key(&fetch);
    if (status == DALV_OK)
        value_stream_finish(&fetch.stream);
    if (status == DALV_OK && fetch.value == NULL)
        status = DALV_NOT_FOUND;
    if (status == DALV_OK && !dalv_value_is_whole(fetch.value))
        status = device_fail(device, DALV_BUSY,
                             "it was replaced while it was read: again");
    if (status == DALV_OK)
        *out_value = fetch.value;
    else
        dalv_value_destroy(&fetch.value);
    value_stream_deinit(&fetch.stream);
    buffer_deinit(&fetch.resume);
    return status;
}
