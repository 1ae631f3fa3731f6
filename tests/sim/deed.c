#include "tests/sim/deed.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOGS = 12, /* Deeds that share no list need not wait for each other. */
};

void deeds_init(struct deeds *deeds)
{
    *deeds = (struct deeds){.items = NULL};
}

void deeds_deinit(struct deeds *deeds)
{
    for (size_t i = 0; i < deeds->count; i++)
        free(deeds->items[i]);
    free(deeds->items);
}

struct deed *deeds_add(struct deeds *deeds)
{
    struct deed *deed = calloc(1, sizeof(*deed));
    struct deed_operation *tag;
    char key[DEED_KEY_MAX];

    ASSERT(deed != NULL);
    if (deeds->count == deeds->capacity) {
        deeds->capacity = 2 * deeds->capacity + 64;
        deeds->items = realloc(deeds->items, deeds->capacity * sizeof(deed));
        ASSERT(deeds->items != NULL);
    }
    deeds->items[deeds->count++] = deed;
    deed->number = (uint32_t)deeds->count;
    deed->copy_count = 1;
    (void)snprintf(key, sizeof(key), "log/%u", deed->number % LOGS);
    tag = deed_put(deed, OPERATION_ADD_TO_LIST, key);
    (void)snprintf(tag->value, DEED_VALUE_MAX, "t%u", deed->number);
    return deed;
}

bool deed_is_log(struct bytes key)
{
    return key.size > 4 && memcmp(key.data, "log/", 4) == 0;
}

struct deed *deeds_find(const struct deeds *deeds, struct bytes tag)
{
    char text[DEED_VALUE_MAX];
    unsigned long number;

    if (tag.size < 2 || tag.size >= sizeof(text) || tag.data[0] != 't')
        return NULL;
    memcpy(text, tag.data, tag.size);
    text[tag.size] = '\0';
    number = strtoul(text + 1, NULL, 10);
    return number == 0 || number > deeds->count ? NULL
                                                : deeds->items[number - 1];
}

struct deed *deeds_find_request(const struct deeds *deeds,
                                const struct request_id *request)
{
    for (size_t i = deeds->count; i > 0; i--) {
        struct deed *deed = deeds->items[i - 1];

        if (!deed->is_device &&
            memcmp(&deed->request, request, sizeof(*request)) == 0)
            return deed;
    }
    return NULL;
}

struct deed_operation *deed_put(struct deed *deed, enum operation_type type,
                                const char *key)
{
    struct deed_operation *operation;

    ASSERT(deed->operation_count < DEED_OPERATIONS_MAX);
    ASSERT(strlen(key) < DEED_KEY_MAX);
    operation = &deed->operations[deed->operation_count++];
    operation->type = type;
    memcpy(operation->key, key, strlen(key) + 1);
    return operation;
}

void deed_operations(const struct deed *deed, struct operation *out_operations)
{
    for (size_t i = 0; i < deed->operation_count; i++) {
        const struct deed_operation *from = &deed->operations[i];
        bool is_removal = from->type == OPERATION_REMOVE_FROM_LIST;

        out_operations[i] = (struct operation){
            .type = from->type,
            .key = bytes_from_text(from->key),
            .value = bytes_from_text(from->value),
            .number = from->number,
            .ttl_ms = from->ttl_ms,
            .dots = is_removal ? &from->dot : NULL,
            .dot_count = is_removal ? 1 : 0,
        };
    }
}

void deed_describe(const struct deed *deed, struct text *text)
{
    for (size_t i = 1; i < deed->operation_count; i++) {
        const struct deed_operation *operation = &deed->operations[i];

        text_put(text, i == 1 ? "" : ", ");
        text_put(text, operation_type_name(operation->type));
        text_put(text, " ");
        text_put(text, operation->key);
        text_put(text, " ");
        text_put(text, operation->value);
    }
}
