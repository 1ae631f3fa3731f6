#include "tests/sim/page.h"

#include "base/assert.h"

#include <stdlib.h>

static int compare_elements(const void *a, const void *b)
{
    const struct element_state *first = a;
    const struct element_state *second = b;

    if (first->added_revision != second->added_revision)
        return first->added_revision < second->added_revision ? -1 : 1;
    return dot_compare(first->dot, second->dot);
}

static bool take(struct page *page, const struct change *change)
{
    struct chronicle_claim *claim;

    if (change->type == CHANGE_ELEMENT) {
        if (page->count == 0 ||
            !bytes_equal(page->claims[page->count - 1].key, change->key))
            return false;
        ASSERT(page->element_count < PAGE_ELEMENTS_MAX);
        page->elements[page->element_count++] = change->element;
        page->claims[page->count - 1].element_count++;
        return true;
    }
    ASSERT(page->count < CHRONICLE_KEYS_MAX);
    page->states[page->count] = change->state;
    claim = &page->claims[page->count];
    *claim = (struct chronicle_claim){
        .key = change->key,
        .state = &page->states[page->count],
        .elements = &page->elements[page->element_count],
    };
    page->count++;
    return true;
}

bool page_read(struct page *page, struct bytes bytes)
{
    struct change_reader reader;
    struct change change;
    enum dalv_status status;
    size_t first = 0;

    page->count = 0;
    page->element_count = 0;
    change_reader_init(&reader, bytes);
    while ((status = change_next(&reader, &change)) == DALV_OK) {
        if (!take(page, &change))
            return false;
    }
    for (size_t i = 0; i < page->count; i++) {
        qsort(&page->elements[first], page->claims[i].element_count,
              sizeof(page->elements[0]), compare_elements);
        first += page->claims[i].element_count;
    }
    return status == DALV_NOT_FOUND;
}

const struct chronicle_claim *page_claim(const struct page *page,
                                         struct bytes key)
{
    for (size_t i = 0; i < page->count; i++) {
        if (bytes_equal(page->claims[i].key, key))
            return &page->claims[i];
    }
    return NULL;
}
