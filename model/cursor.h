/*
 * A position in a user's data: the history and the last revision seen of it.
 *
 * History 0 is the start of any history: a device that has seen nothing.
 */
#ifndef DALV_MODEL_CURSOR_H
#define DALV_MODEL_CURSOR_H

#include <stdint.h>

struct cursor {
    uint64_t history_id;
    uint64_t revision;
};

#endif
