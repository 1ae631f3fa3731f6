/*
 * Durations as people write them: "250ms", "30s", "15m", "8h", "7d".
 */
#ifndef DALV_CLI_DURATION_H
#define DALV_CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* A whole number and a unit; a bare number is seconds. False if it is none,
   zero, or longer than a thousand years. */
bool duration_parse(const char *text, uint64_t *out_ms);

#endif
