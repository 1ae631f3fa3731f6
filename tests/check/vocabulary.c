#include "tests/check/vocabulary.h"

#include "base/assert.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_FIRST = 256,
};

void vocabulary_deinit(struct vocabulary *vocabulary)
{
    for (uint32_t i = 0; i < vocabulary->count; i++)
        free(vocabulary->texts[i]);
    free(vocabulary->texts);
    free(vocabulary->slots);
    *vocabulary = (struct vocabulary){0};
}

/* Where the text stands, or the free slot where it would. */
static uint32_t *find(const struct vocabulary *vocabulary, const char *text)
{
    uint32_t mask = vocabulary->slot_count - 1;
    uint32_t slot = (uint32_t)hash64(bytes_from_text(text)) & mask;

    while (vocabulary->slots[slot] != VOCABULARY_NONE &&
           strcmp(vocabulary->texts[vocabulary->slots[slot]], text) != 0)
        slot = (slot + 1) & mask;
    return &vocabulary->slots[slot];
}

/* At most half of the slots are used. */
static void grow(struct vocabulary *vocabulary)
{
    uint32_t count = vocabulary->slot_count == 0 ? (uint32_t)SLOTS_FIRST
                                                 : vocabulary->slot_count * 2;

    free(vocabulary->slots);
    vocabulary->slots = malloc(count * sizeof(*vocabulary->slots));
    vocabulary->texts =
        realloc(vocabulary->texts, count / 2 * sizeof(*vocabulary->texts));
    ASSERT(vocabulary->slots != NULL && vocabulary->texts != NULL);
    vocabulary->slot_count = count;
    for (uint32_t i = 0; i < count; i++)
        vocabulary->slots[i] = VOCABULARY_NONE;
    for (uint32_t i = 0; i < vocabulary->count; i++)
        *find(vocabulary, vocabulary->texts[i]) = i;
}

uint32_t vocabulary_number(struct vocabulary *vocabulary, const char *text)
{
    uint32_t *slot;

    if (vocabulary->count == vocabulary->slot_count / 2)
        grow(vocabulary);
    slot = find(vocabulary, text);
    if (*slot == VOCABULARY_NONE) {
        vocabulary->texts[vocabulary->count] = strdup(text);
        ASSERT(vocabulary->texts[vocabulary->count] != NULL);
        *slot = vocabulary->count++;
    }
    return *slot;
}

const char *vocabulary_text(const struct vocabulary *vocabulary,
                            uint32_t number)
{
    ASSERT(number < vocabulary->count);
    return vocabulary->texts[number];
}
