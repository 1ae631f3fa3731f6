/*
 * Many numbers in few words: "3-14, 17". They are told in ascending order.
 */
#ifndef DALV_CLI_NUMBER_SPANS_H
#define DALV_CLI_NUMBER_SPANS_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

struct number_spans {
    struct text *text; /* Borrowed. */
    uint64_t first;    /* Of the span that is still open. */
    uint64_t last;
    size_t count;
};

void number_spans_begin(struct number_spans *spans, struct text *text);
void number_spans_add(struct number_spans *spans, uint64_t number);
/* Write the last one. */
void number_spans_end(struct number_spans *spans);

#endif
