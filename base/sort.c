#include "base/sort.h"

#include "base/assert.h"

#include <stdint.h>
#include <string.h>

enum {
    SWAP_BYTES = 64,
};

struct heap {
    uint8_t *items;
    size_t item_size;
    sort_compare *compare;
};

static uint8_t *item_at(const struct heap *heap, size_t place)
{
    return heap->items + place * heap->item_size;
}

static void swap(const struct heap *heap, size_t a, size_t b)
{
    uint8_t kept[SWAP_BYTES];
    size_t done = 0;

    while (done < heap->item_size) {
        size_t left = heap->item_size - done;
        size_t size = left < SWAP_BYTES ? left : SWAP_BYTES;

        memcpy(kept, item_at(heap, a) + done, size);
        memcpy(item_at(heap, a) + done, item_at(heap, b) + done, size);
        memcpy(item_at(heap, b) + done, kept, size);
        done += size;
    }
}

/* Let the item at `place` sink until neither child is behind it. */
static void sink(const struct heap *heap, size_t place, size_t count)
{
    while (place < count / 2) {
        size_t child = 2 * place + 1;

        if (child + 1 < count &&
            heap->compare(item_at(heap, child), item_at(heap, child + 1)) < 0)
            child++;
        if (heap->compare(item_at(heap, place), item_at(heap, child)) >= 0)
            return;
        swap(heap, place, child);
        place = child;
    }
}

void sort_items(void *items, size_t count, size_t item_size,
                sort_compare *compare)
{
    struct heap heap = {items, item_size, compare};

    ASSERT(items != NULL || count == 0);
    for (size_t place = count / 2; place > 0; place--)
        sink(&heap, place - 1, count);
    for (size_t left = count; left > 1; left--) {
        swap(&heap, 0, left - 1);
        sink(&heap, 0, left - 1);
    }
}

size_t sort_unique(void *items, size_t count, size_t item_size,
                   sort_compare *compare)
{
    struct heap heap = {items, item_size, compare};
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept > 0 &&
            compare(item_at(&heap, kept - 1), item_at(&heap, i)) == 0)
            continue;
        if (kept != i)
            memcpy(item_at(&heap, kept), item_at(&heap, i), item_size);
        kept++;
    }
    return kept;
}

size_t sort_place(const void *items, size_t count, size_t item_size,
                  const void *item, sort_compare *compare)
{
    const uint8_t *first = items;
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(first + middle * item_size, item) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
