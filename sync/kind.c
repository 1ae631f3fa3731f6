#include "sync/kind.h"

enum dalv_status kind_admits(enum key_kind kind, enum operation_type operation)
{
    switch (operation) {
    case OPERATION_PUT:
    case OPERATION_PUT_UPLOADED:
    case OPERATION_DEL:
        return DALV_OK;
    case OPERATION_UPLOAD: /* It changes no key. */
        return DALV_INVALID;
    case OPERATION_ADD:
        return kind == KEY_NONE ? DALV_OK : DALV_OCCUPIED;
    case OPERATION_ADD_TO_LIST:
    case OPERATION_REMOVE_FROM_LIST:
        return kind == KEY_NONE || kind == KEY_LIST ? DALV_OK : DALV_WRONG_KIND;
    case OPERATION_INCREMENT:
        return kind == KEY_NONE || kind == KEY_COUNTER ? DALV_OK
                                                       : DALV_WRONG_KIND;
    }
    return DALV_INVALID;
}

enum key_kind kind_after(enum key_kind kind, enum operation_type operation)
{
    switch (operation) {
    case OPERATION_PUT:
    case OPERATION_PUT_UPLOADED:
    case OPERATION_ADD:
        return KEY_REGISTER;
    case OPERATION_DEL:
        return KEY_NONE;
    case OPERATION_ADD_TO_LIST:
        return KEY_LIST;
    case OPERATION_INCREMENT:
        return KEY_COUNTER;
    case OPERATION_REMOVE_FROM_LIST:
    case OPERATION_UPLOAD:
        break;
    }
    return kind;
}

enum dalv_status kind_add(int64_t number, int64_t addend, int64_t *out_sum)
{
    int64_t sum;

    if (__builtin_add_overflow(number, addend, &sum))
        return DALV_OVERFLOW;
    *out_sum = sum;
    return DALV_OK;
}

static bool is_equal_value(const struct key_state *state,
                           const struct operation *operation)
{
    bool is_in_parts = key_state_is_in_parts(state);

    if (is_in_parts != (operation->type == OPERATION_PUT_UPLOADED))
        return false;
    return is_in_parts ? state->element_bytes == operation->bytes &&
                             key_state_parts_hash(state) == operation->hash
                       : bytes_equal(state->value, operation->value);
}

bool kind_is_equal_put(const struct key_state *state,
                       const struct operation *operation)
{
    return state->kind == KEY_REGISTER && state->flags == operation->flags &&
           (state->expiry_us != 0) == (operation->ttl_ms != 0) &&
           is_equal_value(state, operation);
}
