#include "client/overlay.h"

#include "base/bounds.h"
#include "model/upload.h"
#include "sync/kind.h"

static void drop_elements(struct key_value *value)
{
    value->element_count = 0;
    value->state.element_count = 0;
    value->state.element_bytes = 0;
}

static enum dalv_status put(struct key_value *value,
                            const struct operation *operation)
{
    struct bytes kept;
    enum dalv_status status = key_value_keep(value, operation->value, &kept);

    if (status != DALV_OK)
        return status;
    drop_elements(value);
    value->state.kind = KEY_REGISTER;
    value->state.generation = 0;
    value->state.value = kept;
    value->state.flags = operation->flags;
    value->state.expiry_us = 0;
    value->state.number = 0;
    return DALV_OK;
}

/* Its parts are kept beside: see client/store_large.h. */
static enum dalv_status put_uploaded(struct key_value *value,
                                     const struct operation *operation)
{
    uint8_t memory[UPLOAD_HASH_BYTES];
    struct operation whole = *operation;
    struct writer writer;
    enum dalv_status status;

    writer_init(&writer, memory, sizeof(memory));
    writer_u64(&writer, operation->hash);
    whole.value = writer_bytes(&writer);
    status = put(value, &whole);
    if (status != DALV_OK)
        return status;
    value->state.generation = operation->upload;
    value->state.element_bytes = operation->bytes;
    return DALV_OK;
}

static void remove_key(struct key_value *value)
{
    struct key_state *state = &value->state;

    drop_elements(value);
    state->kind = KEY_NONE;
    state->value = (struct bytes){0};
    state->flags = 0;
    state->expiry_us = 0;
    state->number = 0;
}

static enum dalv_status add_element(struct key_value *value,
                                    const struct operation *operation,
                                    struct dot dot)
{
    const struct element_state element = {
        .dot = dot,
        .added_revision = KEY_VALUE_PENDING,
        .revision = KEY_VALUE_PENDING,
        .value = operation->value,
    };
    enum dalv_status status;

    if (value->element_count >= BOUNDS_LIST_ELEMENTS_MAX)
        return DALV_TOO_BIG;
    status = key_value_add_element(value, &element);
    if (status == DALV_OK) {
        value->state.kind = KEY_LIST;
        value->state.element_count++;
    }
    return status;
}

static void remove_elements(struct key_value *value,
                            const struct operation *operation)
{
    for (size_t i = 0; i < operation->dot_count; i++) {
        if (key_value_remove_element(value, operation->dots[i]))
            value->state.element_count--;
    }
}

static enum dalv_status increment(struct key_value *value,
                                  const struct operation *operation)
{
    int64_t sum = 0;
    enum dalv_status status =
        kind_add(value->state.number, operation->number, &sum);

    if (status != DALV_OK)
        return status;
    value->state.kind = KEY_COUNTER;
    value->state.number = sum;
    return DALV_OK;
}

static enum dalv_status apply(struct key_value *value,
                              const struct operation *operation, struct dot dot)
{
    switch (operation->type) {
    case OPERATION_PUT:
    case OPERATION_ADD:
        return put(value, operation);
    case OPERATION_DEL:
        remove_key(value);
        return DALV_OK;
    case OPERATION_ADD_TO_LIST:
        return add_element(value, operation, dot);
    case OPERATION_REMOVE_FROM_LIST:
        remove_elements(value, operation);
        return DALV_OK;
    case OPERATION_INCREMENT:
        return increment(value, operation);
    case OPERATION_PUT_UPLOADED:
        return put_uploaded(value, operation);
    case OPERATION_UPLOAD: /* No part of a transaction. */
        break;
    }
    return DALV_INVALID;
}

enum dalv_status overlay_apply(struct key_value *value,
                               const struct operation *operation,
                               struct dot dot)
{
    enum dalv_status status = kind_admits(value->state.kind, operation->type);

    if (status == DALV_OK)
        status = apply(value, operation, dot);
    if (status == DALV_OK)
        value->is_pending = true;
    return status;
}
