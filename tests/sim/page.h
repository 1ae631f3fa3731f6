/*
 * A page of state, taken apart into claims about keys.
 */
#ifndef DALV_TESTS_SIM_PAGE_H
#define DALV_TESTS_SIM_PAGE_H

#include "model/change_format.h"
#include "tests/sim/chronicle.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    PAGE_ELEMENTS_MAX = 4096,
};

struct page {
    struct chronicle_claim claims[CHRONICLE_KEYS_MAX];
    struct key_state states[CHRONICLE_KEYS_MAX];
    size_t count;
    struct element_state elements[PAGE_ELEMENTS_MAX];
    size_t element_count;
};

/* Borrows from the bytes. False if they are no page of whole keys. */
bool page_read(struct page *page, struct bytes bytes);

/* The claim about a key; NULL if the page does not name it. */
const struct chronicle_claim *page_claim(const struct page *page,
                                         struct bytes key);

#endif
