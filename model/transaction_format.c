#include "model/transaction_format.h"

#include "base/bounds.h"
#include "base/hash.h"

enum {
    FORMAT_VERSION = 1,

    /* The first byte: the version below, what follows above. */
    HEAD_VERSION_MASK = 0x0F,
    HEAD_IS_DEVICE = 0x10,
    HEAD_HAS_AFTER = 0x20,
    HEAD_HAS_PRECONDITIONS = 0x40,
    HEAD_UNUSED = 0x80,

    /* An operation's first byte: its type below, what follows above. */
    OPERATION_TYPE_MASK = 0x0F,
    OPERATION_HAS_FLAGS = 0x10,
    OPERATION_HAS_TTL = 0x20,
    OPERATION_KEY_AGAIN = 0x40, /* The key of the operation before it. */
    OPERATION_UNUSED = 0x80,

    /* The least that each takes: no count can ask for more memory. */
    OPERATION_BYTES_MIN = 1,
    DOT_BYTES_MIN = 3,
    PRECONDITION_BYTES_MIN = 3,
};

static bool has_value(enum operation_type type)
{
    return type == OPERATION_PUT || type == OPERATION_ADD ||
           type == OPERATION_ADD_TO_LIST || type == OPERATION_UPLOAD;
}

static bool has_flags(enum operation_type type)
{
    return type == OPERATION_PUT || type == OPERATION_ADD ||
           type == OPERATION_PUT_UPLOADED;
}

static void put_dots(struct writer *writer, const struct operation *operation)
{
    struct dot before = {0};

    writer_varint(writer, operation->dot_count);
    for (size_t i = 0; i < operation->dot_count; i++) {
        struct dot dot = operation->dots[i];

        writer_varint_signed(writer, (int64_t)(dot.device - before.device));
        writer_varint_signed(writer, (int64_t)(dot.local_id - before.local_id));
        writer_varint(writer, dot.position);
        before = dot;
    }
}

static void put_upload(struct writer *writer, const struct operation *operation)
{
    writer_u64(writer, operation->upload);
    if (operation->type == OPERATION_UPLOAD) {
        writer_varint(writer, operation->position);
        return;
    }
    writer_varint(writer, operation->bytes);
    writer_u64(writer, operation->hash);
}

static bool is_of_upload(enum operation_type type)
{
    return type == OPERATION_UPLOAD || type == OPERATION_PUT_UPLOADED;
}

/* What stands behind the head, the key, flags and life. */
static void put_payload(struct writer *writer,
                        const struct operation *operation)
{
    if (is_of_upload(operation->type))
        put_upload(writer, operation);
    if (has_value(operation->type))
        writer_sized(writer, operation->value);
    if (operation->type == OPERATION_INCREMENT)
        writer_varint_signed(writer, operation->number);
    if (operation->type == OPERATION_REMOVE_FROM_LIST)
        put_dots(writer, operation);
}

static void put_operation(struct writer *writer,
                          const struct operation *operation,
                          struct bytes key_before)
{
    uint8_t head = (uint8_t)operation->type;
    bool is_again = bytes_equal(operation->key, key_before);
    bool is_flagged = has_flags(operation->type) && operation->flags != 0;
    bool is_mortal = has_flags(operation->type) && operation->ttl_ms != 0;

    if (is_flagged)
        head |= OPERATION_HAS_FLAGS;
    if (is_mortal)
        head |= OPERATION_HAS_TTL;
    if (is_again)
        head |= OPERATION_KEY_AGAIN;
    writer_u8(writer, head);
    if (!is_again)
        writer_sized(writer, operation->key);
    if (is_flagged)
        writer_varint(writer, operation->flags);
    if (is_mortal)
        writer_varint(writer, operation->ttl_ms);
    put_payload(writer, operation);
}

static void put_preconditions(struct writer *writer,
                              const struct transaction *transaction)
{
    writer_varint(writer, transaction->precondition_count);
    for (size_t i = 0; i < transaction->precondition_count; i++) {
        const struct precondition *condition = &transaction->preconditions[i];

        writer_u8(writer, (uint8_t)condition->type);
        writer_sized(writer, condition->key);
        if (condition->type == PRECONDITION_REVISION)
            writer_varint(writer, condition->revision);
    }
}

static bool is_device(const struct transaction *transaction)
{
    return transaction->local_id != 0 || transaction->base_revision != 0;
}

static void put_head(struct writer *writer,
                     const struct transaction *transaction)
{
    uint8_t head = FORMAT_VERSION;

    if (is_device(transaction))
        head |= HEAD_IS_DEVICE;
    if (transaction->after != 0)
        head |= HEAD_HAS_AFTER;
    if (transaction->precondition_count != 0)
        head |= HEAD_HAS_PRECONDITIONS;
    writer_u8(writer, head);
    if (is_device(transaction)) {
        writer_varint(writer, transaction->local_id);
        writer_varint(writer, transaction->base_revision);
    }
    if (transaction->after != 0)
        writer_varint(writer, transaction->after);
    if (transaction->precondition_count != 0)
        put_preconditions(writer, transaction);
}

enum dalv_status transaction_encode(const struct transaction *transaction,
                                    struct writer *writer)
{
    enum dalv_status status = transaction_check(transaction);
    struct bytes key_before = {0};

    if (status != DALV_OK)
        return status;
    put_head(writer, transaction);
    writer_varint(writer, transaction->operation_count);
    for (size_t i = 0; i < transaction->operation_count; i++) {
        put_operation(writer, &transaction->operations[i], key_before);
        key_before = transaction->operations[i].key;
    }
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

/* What is being decoded, and the first thing that was wrong with it. */
struct decoding {
    struct reader reader;
    struct arena *arena;
    enum dalv_status status;
};

static void refuse(struct decoding *decoding, enum dalv_status status)
{
    if (decoding->status == DALV_OK)
        decoding->status = status;
    reader_fail(&decoding->reader);
}

/* A number that is only written if it is not zero. */
static uint64_t take_nonzero(struct decoding *decoding)
{
    uint64_t value = reader_varint(&decoding->reader);

    if (value == 0)
        refuse(decoding, DALV_PROTOCOL);
    return value;
}

/*
 * Room for as many items as the bytes say there are: no more than `count_max`,
 * and no more than the bytes that are left can hold.
 */
struct item_shape {
    size_t item_size;
    size_t bytes_min;
    size_t count_max;
};

static void *take_items(struct decoding *decoding,
                        const struct item_shape *shape, size_t *out_count)
{
    uint64_t count = reader_varint(&decoding->reader);
    void *items;

    *out_count = 0;
    if (count > decoding->reader.rest.size / shape->bytes_min) {
        refuse(decoding, DALV_PROTOCOL);
        return NULL;
    }
    if (count > shape->count_max) {
        refuse(decoding, DALV_TOO_BIG);
        return NULL;
    }
    items = arena_take(decoding->arena, (size_t)count, shape->item_size);
    if (items == NULL) {
        refuse(decoding, DALV_NO_MEMORY);
        return NULL;
    }
    *out_count = (size_t)count;
    return items;
}

static void take_dots(struct decoding *decoding, struct operation *operation)
{
    static const struct item_shape shape = {sizeof(struct dot), DOT_BYTES_MIN,
                                            BOUNDS_OPERATION_DOTS_MAX};
    struct dot *dots = take_items(decoding, &shape, &operation->dot_count);
    struct dot before = {0};

    for (size_t i = 0; i < operation->dot_count; i++) {
        struct dot dot = before;
        uint64_t position;

        dot.device += (uint64_t)reader_varint_signed(&decoding->reader);
        dot.local_id += (uint64_t)reader_varint_signed(&decoding->reader);
        position = reader_varint(&decoding->reader);
        if (position > UINT32_MAX)
            refuse(decoding, DALV_PROTOCOL);
        dot.position = (uint32_t)position;
        dots[i] = dot;
        before = dot;
    }
    operation->dots = dots;
}

static struct bytes take_key(struct decoding *decoding, uint8_t head,
                             struct bytes key_before)
{
    struct bytes key;

    if ((head & OPERATION_KEY_AGAIN) != 0) {
        if (key_before.size == 0)
            refuse(decoding, DALV_PROTOCOL);
        return key_before;
    }
    key = reader_sized(&decoding->reader, SIZE_MAX);
    if (key.size > 0 && bytes_equal(key, key_before))
        refuse(decoding, DALV_PROTOCOL);
    return key;
}

static void take_upload(struct decoding *decoding, struct operation *operation)
{
    struct reader *reader = &decoding->reader;
    uint64_t position;

    operation->upload = reader_u64(reader);
    if (operation->type == OPERATION_UPLOAD) {
        position = reader_varint(reader);
        if (position > UINT32_MAX)
            refuse(decoding, DALV_PROTOCOL);
        operation->position = (uint32_t)position;
        return;
    }
    operation->bytes = reader_varint(reader);
    operation->hash = reader_u64(reader);
}

/* What a register is put with beside its value. */
static void take_flags(struct decoding *decoding, uint8_t head,
                       struct operation *operation)
{
    if ((head & (OPERATION_HAS_FLAGS | OPERATION_HAS_TTL)) != 0 &&
        !has_flags(operation->type))
        refuse(decoding, DALV_PROTOCOL);
    if ((head & OPERATION_HAS_FLAGS) != 0) {
        uint64_t flags = take_nonzero(decoding);

        if (flags > UINT32_MAX)
            refuse(decoding, DALV_PROTOCOL);
        operation->flags = (uint32_t)flags;
    }
    if ((head & OPERATION_HAS_TTL) != 0)
        operation->ttl_ms = take_nonzero(decoding);
}

static void take_operation(struct decoding *decoding, struct bytes key_before,
                           struct operation *operation)
{
    uint8_t head = reader_u8(&decoding->reader);
    uint8_t type = head & OPERATION_TYPE_MASK;

    if (!operation_type_is_known(type) || (head & OPERATION_UNUSED) != 0) {
        refuse(decoding, DALV_PROTOCOL);
        return;
    }
    operation->type = (enum operation_type)type;
    operation->key = take_key(decoding, head, key_before);
    take_flags(decoding, head, operation);
    if (is_of_upload(operation->type))
        take_upload(decoding, operation);
    if (has_value(operation->type))
        operation->value = reader_sized(&decoding->reader, SIZE_MAX);
    if (operation->type == OPERATION_INCREMENT)
        operation->number = reader_varint_signed(&decoding->reader);
    if (operation->type == OPERATION_REMOVE_FROM_LIST)
        take_dots(decoding, operation);
}

static void take_operations(struct decoding *decoding,
                            struct transaction *transaction)
{
    static const struct item_shape shape = {sizeof(struct operation),
                                            OPERATION_BYTES_MIN,
                                            BOUNDS_TRANSACTION_OPERATIONS_MAX};
    struct operation *operations =
        take_items(decoding, &shape, &transaction->operation_count);
    struct bytes key_before = {0};

    for (size_t i = 0; i < transaction->operation_count; i++) {
        take_operation(decoding, key_before, &operations[i]);
        if (!reader_is_ok(&decoding->reader))
            return;
        key_before = operations[i].key;
    }
    transaction->operations = operations;
}

static void take_preconditions(struct decoding *decoding,
                               struct transaction *transaction)
{
    static const struct item_shape shape = {sizeof(struct precondition),
                                            PRECONDITION_BYTES_MIN,
                                            BOUNDS_TRANSACTION_OPERATIONS_MAX};
    struct precondition *conditions =
        take_items(decoding, &shape, &transaction->precondition_count);

    if (transaction->precondition_count == 0)
        refuse(decoding, DALV_PROTOCOL);
    for (size_t i = 0; i < transaction->precondition_count; i++) {
        uint8_t type = reader_u8(&decoding->reader);

        conditions[i].type = (enum precondition_type)type;
        conditions[i].key = reader_sized(&decoding->reader, SIZE_MAX);
        if (type == PRECONDITION_REVISION)
            conditions[i].revision = reader_varint(&decoding->reader);
        else if (type != PRECONDITION_ABSENT)
            refuse(decoding, DALV_PROTOCOL);
    }
    transaction->preconditions = conditions;
}

static void take_head(struct decoding *decoding,
                      struct transaction *transaction)
{
    uint8_t head = reader_u8(&decoding->reader);

    if (reader_is_ok(&decoding->reader) &&
        (head & HEAD_VERSION_MASK) > FORMAT_VERSION)
        refuse(decoding, DALV_UNSUPPORTED);
    if ((head & HEAD_VERSION_MASK) != FORMAT_VERSION ||
        (head & HEAD_UNUSED) != 0)
        refuse(decoding, DALV_PROTOCOL);
    if ((head & HEAD_IS_DEVICE) != 0) {
        transaction->local_id = reader_varint(&decoding->reader);
        transaction->base_revision = reader_varint(&decoding->reader);
        if (!is_device(transaction))
            refuse(decoding, DALV_PROTOCOL);
    }
    if ((head & HEAD_HAS_AFTER) != 0)
        transaction->after = take_nonzero(decoding);
    if ((head & HEAD_HAS_PRECONDITIONS) != 0)
        take_preconditions(decoding, transaction);
}

enum dalv_status transaction_decode(struct bytes bytes, struct arena *arena,
                                    struct transaction *out_transaction)
{
    struct decoding decoding = {.arena = arena, .status = DALV_OK};
    struct transaction transaction = {0};
    enum dalv_status status;

    reader_init(&decoding.reader, bytes);
    take_head(&decoding, &transaction);
    take_operations(&decoding, &transaction);
    if (!reader_is_finished(&decoding.reader))
        refuse(&decoding, DALV_PROTOCOL);
    if (decoding.status != DALV_OK)
        return decoding.status;
    status = transaction_check(&transaction);
    if (status == DALV_OK)
        *out_transaction = transaction;
    return status;
}

uint64_t chain_extend(uint64_t chain, struct bytes push)
{
    return hash64_seeded(push, chain);
}
