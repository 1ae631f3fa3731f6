/*
 * What is wrong with a configuration: made where it is known, for people.
 */
#ifndef DALV_CONFIG_ERROR_H
#define DALV_CONFIG_ERROR_H

#include "base/status.h"
#include "base/text.h"

#include <stddef.h>

enum {
    CONFIG_ERROR_TEXT_MAX = 512,
};

struct config_error {
    enum dalv_status status;
    size_t line; /* From 1; 0 if it is about the file, or not in the file. */
    size_t column;
    char text[CONFIG_ERROR_TEXT_MAX]; /* Names the key and what to do. */
};

/* Begin an error; its text is what is put into the result. */
struct text config_error_begin(struct config_error *error,
                               enum dalv_status status, size_t line,
                               size_t column);

#endif
