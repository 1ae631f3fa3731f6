#include "control/operator_request.h"

#include <string.h>

enum {
    FORMAT = 1,
};

bool operator_request_is_ended(const struct operator_request *request)
{
    return request->state == OPERATOR_DONE ||
           request->state == OPERATOR_REFUSED;
}

enum dalv_status operator_request_encode(const struct operator_request *request,
                                         struct writer *writer)
{
    writer_u8(writer, FORMAT);
    writer_u8(writer, (uint8_t)request->verb);
    writer_u8(writer, (uint8_t)request->state);
    writer_varint(writer, request->id);
    writer_varint(writer, request->node);
    writer_varint(writer, request->partition);
    writer_varint(writer, request->left);
    writer_varint(writer, request->total);
    writer_sized(writer, bytes_from_text(request->text));
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

static bool read_choices(struct reader *reader,
                         struct operator_request *request)
{
    uint8_t verb = reader_u8(reader);
    uint8_t state = reader_u8(reader);

    if (verb < OPERATOR_SWITCH || verb > OPERATOR_REBALANCE ||
        state < OPERATOR_WAITING || state > OPERATOR_REFUSED)
        return false;
    request->verb = (enum operator_verb)verb;
    request->state = (enum operator_state)state;
    return true;
}

static uint32_t read_u32(struct reader *reader)
{
    uint64_t value = reader_varint(reader);

    if (value > UINT32_MAX)
        reader_fail(reader);
    return (uint32_t)value;
}

enum dalv_status operator_request_decode(struct bytes bytes,
                                         struct operator_request *out_request)
{
    struct operator_request request = {0};
    struct reader reader;
    struct bytes text;

    reader_init(&reader, bytes);
    if (reader_u8(&reader) > FORMAT)
        return DALV_UNSUPPORTED;
    if (!read_choices(&reader, &request))
        return DALV_PROTOCOL;
    request.id = reader_varint(&reader);
    request.node = read_u32(&reader);
    request.partition = read_u32(&reader);
    request.left = reader_varint(&reader);
    request.total = reader_varint(&reader);
    text = reader_sized(&reader, OPERATOR_TEXT_BYTES_MAX);
    if (!reader_is_finished(&reader) || !bytes_is_utf8(text))
        return DALV_PROTOCOL;
    if (text.size > 0)
        memcpy(request.text, text.data, text.size);
    *out_request = request;
    return DALV_OK;
}
