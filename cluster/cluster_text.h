/*
 * Short texts in the cluster's records: names, zones, addresses.
 *
 * Each stands in an array of its own and ends with a zero.
 */
#ifndef DALV_CLUSTER_CLUSTER_TEXT_H
#define DALV_CLUSTER_CLUSTER_TEXT_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>

/* True if the array holds UTF-8 and a zero behind it. */
bool cluster_text_is_one(const char *text, size_t capacity);

/* Set to `value`; false, and nothing written, if it does not fit or is not
   UTF-8. */
bool cluster_text_set(char *text, size_t capacity, struct bytes value);

/* The next sized bytes of the reader, which fails if they are no such text. */
void cluster_text_read(struct reader *reader, char *out_text, size_t capacity);

#endif
