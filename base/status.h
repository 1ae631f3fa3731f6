/*
 * What the outcomes of base/status_codes.h mean: their names, their texts, and
 * what a caller may conclude from them.
 */
#ifndef DALV_BASE_STATUS_H
#define DALV_BASE_STATUS_H

#include "base/status_codes.h" /* IWYU pragma: export */

#include <stdbool.h>
#include <stdint.h>

/* What a write that ended with a status left behind. */
enum status_outcome {
    STATUS_DONE,     /* It took effect, durably. */
    STATUS_NOT_DONE, /* It did not and never will. */
    STATUS_UNSURE,   /* Either; a retry with the same request id is safe. */
};

/* The constant's own name, e.g. "DALV_NOT_FOUND". Static, never NULL. */
const char *status_name(enum dalv_status status);

/* The text for people. Static, never NULL, also for an unknown number. */
const char *status_text(enum dalv_status status);

/* True if `number` is one of the list; an unknown one from the wire is not. */
bool status_is_known(uint32_t number);

/* What a client may conclude when a write was answered with `status`. */
enum status_outcome status_outcome(enum dalv_status status);

#endif
