/*
 * Moments as people and scripts read them: "2026-01-31T08:15:00Z".
 */
#ifndef DALV_CLI_TIME_TEXT_H
#define DALV_CLI_TIME_TEXT_H

#include <stdint.h>

enum {
    TIME_TEXT_MAX = 32
};

/* Seconds since 1970. What no calendar holds is shown as a number. */
void time_text_format(uint64_t time_s, char out_text[TIME_TEXT_MAX]);

#endif
