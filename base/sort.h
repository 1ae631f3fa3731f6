/*
 * Sorting arrays in place, without the C library and without further memory:
 * heap sort (Williams, "Algorithm 232", 1964), n log n in every case.
 */
#ifndef DALV_BASE_SORT_H
#define DALV_BASE_SORT_H

#include <stddef.h>

/* < 0, 0, > 0 as `a` belongs before, with or behind `b`. */
typedef int sort_compare(const void *a, const void *b);

/*
 * Put `count` items of `item_size` bytes each into ascending order. Items that
 * compare as equal may change places.
 */
void sort_items(void *items, size_t count, size_t item_size,
                sort_compare *compare);

/*
 * Of each run of equal items keep the first. Gives the number of items left,
 * which stand at the front.
 */
size_t sort_unique(void *items, size_t count, size_t item_size,
                   sort_compare *compare);

/*
 * The place in a sorted array where `item` stands, or would: of the first item
 * that is not before it; `count` if all are.
 */
size_t sort_place(const void *items, size_t count, size_t item_size,
                  const void *item, sort_compare *compare);

#endif
