#include "client/key_value.h"

#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

enum {
    ELEMENTS_MIN = 8,
};

struct key_value_block {
    struct key_value_block *next;
    uint8_t bytes[];
};

void key_value_init(struct key_value *value)
{
    *value = (struct key_value){0};
}

void key_value_deinit(struct key_value *value)
{
    struct key_value_block *block = value->blocks;

    while (block != NULL) {
        struct key_value_block *next = block->next;

        free(block);
        block = next;
    }
    free(value->elements);
    *value = (struct key_value){0};
}

void key_value_clear(struct key_value *value)
{
    key_value_deinit(value);
}

enum dalv_status key_value_keep(struct key_value *value, struct bytes bytes,
                                struct bytes *out_kept)
{
    struct key_value_block *block;

    if (bytes.size == 0) {
        *out_kept = (struct bytes){0};
        return DALV_OK;
    }
    block = malloc(sizeof(*block) + bytes.size);
    if (block == NULL)
        return DALV_NO_MEMORY;
    memcpy(block->bytes, bytes.data, bytes.size);
    block->next = value->blocks;
    value->blocks = block;
    *out_kept = bytes_make(block->bytes, bytes.size);
    return DALV_OK;
}

enum dalv_status key_value_set_state(struct key_value *value,
                                     const struct key_state *state)
{
    struct bytes kept;
    enum dalv_status status = key_value_keep(value, state->value, &kept);

    if (status != DALV_OK)
        return status;
    value->state = *state;
    value->state.value = kept;
    return DALV_OK;
}

static enum dalv_status grow(struct key_value *value)
{
    size_t capacity = value->element_capacity * 2;
    struct element_state *elements;

    if (value->element_count < value->element_capacity)
        return DALV_OK;
    if (capacity == 0)
        capacity = ELEMENTS_MIN;
    elements = realloc(value->elements, capacity * sizeof(*elements));
    if (elements == NULL)
        return DALV_NO_MEMORY;
    value->elements = elements;
    value->element_capacity = capacity;
    return DALV_OK;
}

enum dalv_status key_value_add_element(struct key_value *value,
                                       const struct element_state *element)
{
    struct bytes kept = {0};
    enum dalv_status status = grow(value);

    if (status == DALV_OK)
        status = key_value_keep(value, element->value, &kept);
    if (status != DALV_OK)
        return status;
    value->elements[value->element_count] = *element;
    value->elements[value->element_count].value = kept;
    value->element_count++;
    return DALV_OK;
}

bool key_value_remove_element(struct key_value *value, struct dot dot)
{
    for (size_t i = 0; i < value->element_count; i++) {
        if (!dot_equal(value->elements[i].dot, dot))
            continue;
        value->element_count--;
        memmove(&value->elements[i], &value->elements[i + 1],
                (value->element_count - i) * sizeof(value->elements[0]));
        return true;
    }
    return false;
}

static int compare_shown(const void *a, const void *b)
{
    const struct element_state *left = a;
    const struct element_state *right = b;

    if (left->added_revision != right->added_revision)
        return left->added_revision < right->added_revision ? -1 : 1;
    if (left->dot.position != right->dot.position)
        return left->dot.position < right->dot.position ? -1 : 1;
    return dot_compare(left->dot, right->dot);
}

void key_value_sort(struct key_value *value)
{
    sort_items(value->elements, value->element_count,
               sizeof(value->elements[0]), compare_shown);
}
