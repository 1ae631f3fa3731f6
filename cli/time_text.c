#include "cli/time_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

void time_text_format(uint64_t time_s, char out_text[TIME_TEXT_MAX])
{
    time_t seconds = (time_t)time_s;
    struct tm broken;

    if (gmtime_r(&seconds, &broken) == NULL ||
        strftime(out_text, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &broken) == 0)
        (void)snprintf(out_text, TIME_TEXT_MAX, "%" PRIu64 " s", time_s);
}
