/*
 * A question that owns what it says.
 */
#ifndef DALV_CLIENT_CALL_COPY_H
#define DALV_CLIENT_CALL_COPY_H

#include "client/calls.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * A call in one block of memory, its question a copy of `question` with all
 * the bytes it names. NULL without memory. Release with free().
 */
struct call *call_copy_make(const struct message *question);

/* True if the question changes something. */
bool call_copy_is_write(const struct message *question);

#endif
