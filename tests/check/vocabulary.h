/*
 * Texts and their numbers: equal texts have one number, counted from 0 in the
 * order in which they were first met.
 */
#ifndef DALV_TESTS_CHECK_VOCABULARY_H
#define DALV_TESTS_CHECK_VOCABULARY_H

#include <stddef.h>
#include <stdint.h>

/* No text. */
#define VOCABULARY_NONE UINT32_MAX

/* Owns its memory; running out of it ends the program. */
struct vocabulary {
    char **texts;
    uint32_t count;
    uint32_t *slots; /* Numbers by hash; VOCABULARY_NONE: free. */
    uint32_t slot_count;
};

/* All zero is an empty one too. */
void vocabulary_deinit(struct vocabulary *vocabulary);

/* The number of a text, a new one if it is new. */
uint32_t vocabulary_number(struct vocabulary *vocabulary, const char *text);
/* Borrowed as long as the vocabulary lives. */
const char *vocabulary_text(const struct vocabulary *vocabulary,
                            uint32_t number);

#endif
