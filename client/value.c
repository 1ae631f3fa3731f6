#include "client/value.h"

#include "base/assert.h"
#include "model/dot.h"

#include <stdlib.h>
#include <string.h>

enum {
    ELEMENTS_MIN = 8
};

enum dalv_status value_create(const struct key_state *state,
                              struct dalv_value **out_value)
{
    struct dalv_value *value = calloc(1, sizeof(*value));
    bool is_in_parts = key_state_is_in_parts(state);
    struct bytes bytes = is_in_parts ? (struct bytes){0} : state->value;

    if (value == NULL)
        return DALV_NO_MEMORY;
    value->kind = (enum dalv_kind)state->kind;
    value->flags = state->flags;
    value->expiry_us = state->expiry_us;
    value->number = state->number;
    value->revision = state->revision;
    value->generation = state->generation;
    buffer_init(&value->bytes);
    value->size = is_in_parts ? state->element_bytes : state->value.size;
    if (buffer_reserve(&value->bytes, bytes.size) != DALV_OK) {
        dalv_value_destroy(&value);
        return DALV_NO_MEMORY;
    }
    buffer_put(&value->bytes, bytes);
    *out_value = value;
    return DALV_OK;
}

static enum dalv_status copy_into(const struct dalv_value *value,
                                  struct dalv_value *copy)
{
    size_t size = value->element_count * sizeof(*value->elements);

    *copy = *value;
    copy->elements = NULL;
    copy->element_capacity = value->element_count;
    buffer_init(&copy->bytes);
    if (buffer_reserve(&copy->bytes, value->bytes.size) != DALV_OK)
        return DALV_NO_MEMORY;
    buffer_put(&copy->bytes, buffer_bytes(&value->bytes));
    if (size == 0)
        return DALV_OK;
    copy->elements = malloc(size);
    if (copy->elements == NULL)
        return DALV_NO_MEMORY;
    memcpy(copy->elements, value->elements, size);
    return DALV_OK;
}

enum dalv_status value_copy(const struct dalv_value *value,
                            struct dalv_value **out_value)
{
    struct dalv_value *copy = malloc(sizeof(*copy));

    if (copy == NULL)
        return DALV_NO_MEMORY;
    if (copy_into(value, copy) != DALV_OK) {
        dalv_value_destroy(&copy);
        return DALV_NO_MEMORY;
    }
    *out_value = copy;
    return DALV_OK;
}

void dalv_value_destroy(struct dalv_value **value_p)
{
    struct dalv_value *value = *value_p;

    *value_p = NULL;
    if (value == NULL)
        return;
    buffer_deinit(&value->bytes);
    free(value->elements);
    free(value);
}

static enum dalv_status reserve_element(struct dalv_value *value)
{
    size_t capacity = value->element_capacity;
    struct value_element *grown;

    if (value->element_count < capacity)
        return DALV_OK;
    capacity = capacity == 0 ? ELEMENTS_MIN : capacity * 2;
    if (capacity > SIZE_MAX / sizeof(*grown))
        return DALV_NO_MEMORY;
    grown = realloc(value->elements, capacity * sizeof(*grown));
    if (grown == NULL)
        return DALV_NO_MEMORY;
    value->elements = grown;
    value->element_capacity = capacity;
    return DALV_OK;
}

/* The element of that dot if it is the last one: a page that was read again
   from where it was cut repeats one at most. */
static struct value_element *place(struct dalv_value *value, struct dot dot)
{
    struct value_element *last;

    if (value->element_count > 0) {
        last = &value->elements[value->element_count - 1];
        if (dot_equal(last->dot, dot))
            return last;
    }
    return &value->elements[value->element_count++];
}

enum dalv_status value_put_element(struct dalv_value *value,
                                   const struct element_state *element)
{
    struct value_element *placed;

    if (reserve_element(value) != DALV_OK ||
        buffer_reserve(&value->bytes, element->value.size) != DALV_OK)
        return DALV_NO_MEMORY;
    placed = place(value, element->dot);
    *placed = (struct value_element){
        .dot = element->dot,
        .added_revision = element->added_revision,
        .is_removed = element->is_removed,
        .offset = value->bytes.size,
        .size = element->value.size,
    };
    buffer_put(&value->bytes, element->value);
    if (element->revision > value->revision)
        value->revision = element->revision;
    return DALV_OK;
}

enum dalv_status value_put_part(struct dalv_value *value,
                                const struct element_state *part)
{
    if (part->generation != value->generation ||
        part->dot.position != value->part_count ||
        part->value.size > value->size - value->bytes.size)
        return DALV_OK;
    if (buffer_reserve(&value->bytes, part->value.size) != DALV_OK)
        return DALV_NO_MEMORY;
    buffer_put(&value->bytes, part->value);
    value->part_count++;
    return DALV_OK;
}

/* What is pending has no revision yet and stands behind what has one. */
static uint64_t rank(const struct value_element *element)
{
    return element->added_revision == 0 ? UINT64_MAX : element->added_revision;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_shown(const void *left, const void *right)
{
    const struct value_element *a = left;
    const struct value_element *b = right;
    int order = compare_u64(rank(a), rank(b));

    if (order == 0 && a->added_revision == 0)
        order = compare_u64(a->dot.local_id, b->dot.local_id);
    if (order == 0)
        order = compare_u64(a->dot.position, b->dot.position);
    /* Nothing else may decide an order that every replica shows alike; the
       rest only makes the sort repeatable. */
    return order == 0 ? dot_compare(a->dot, b->dot) : order;
}

void value_sort(struct dalv_value *value)
{
    if (value->element_count > 1)
        qsort(value->elements, value->element_count, sizeof(*value->elements),
              compare_shown);
}

enum dalv_kind dalv_value_kind(const struct dalv_value *value)
{
    return value->kind;
}

struct dalv_bytes dalv_value_bytes(const struct dalv_value *value)
{
    if (value->kind != DALV_KIND_REGISTER)
        return dalv_bytes("", 0);
    return dalv_bytes(value->bytes.data, value->bytes.size);
}

uint64_t dalv_value_size(const struct dalv_value *value)
{
    return value->kind == DALV_KIND_REGISTER ? value->size : 0;
}

bool dalv_value_is_whole(const struct dalv_value *value)
{
    return value->kind != DALV_KIND_REGISTER ||
           value->bytes.size == value->size;
}

uint32_t dalv_value_flags(const struct dalv_value *value)
{
    return value->flags;
}

uint64_t dalv_value_expiry_us(const struct dalv_value *value)
{
    return value->expiry_us;
}

int64_t dalv_value_number(const struct dalv_value *value)
{
    return value->number;
}

uint64_t dalv_value_revision(const struct dalv_value *value)
{
    return value->revision;
}

bool dalv_value_is_pending(const struct dalv_value *value)
{
    return value->is_pending;
}

size_t dalv_value_element_count(const struct dalv_value *value)
{
    return value->element_count;
}

static const struct value_element *element_at(const struct dalv_value *value,
                                              size_t index)
{
    ASSERT(index < value->element_count);
    return &value->elements[index];
}

struct dalv_bytes dalv_value_element(const struct dalv_value *value,
                                     size_t index)
{
    const struct value_element *element = element_at(value, index);

    if (element->size == 0)
        return dalv_bytes("", 0);
    return dalv_bytes(value->bytes.data + element->offset, element->size);
}

struct dalv_element_id dalv_value_element_id(const struct dalv_value *value,
                                             size_t index)
{
    const struct value_element *element = element_at(value, index);

    return (struct dalv_element_id){
        .device = element->dot.device,
        .local_id = element->dot.local_id,
        .position = element->dot.position,
    };
}

bool dalv_value_element_is_removed(const struct dalv_value *value, size_t index)
{
    return element_at(value, index)->is_removed;
}
