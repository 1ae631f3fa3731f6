#include "cli/duration.h"

#include "base/decimal.h"

#include <stddef.h>
#include <string.h>

#define DAY_MS (UINT64_C(24) * 60 * 60 * 1000)

static const struct {
    const char *name;
    uint64_t ms;
} units[] = {
    {"", 1000},   {"ms", 1},          {"s", 1000},
    {"m", 60000}, {"h", DAY_MS / 24}, {"d", DAY_MS},
};

static const uint64_t longest_ms = DAY_MS * 365 * 1000;

bool duration_parse(const char *text, uint64_t *out_ms)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number;

    if (!decimal_read(bytes_make(text, digits), UINT64_MAX, &number))
        return false;
    /* Nobody who writes 0 means for ever, which an absent duration says. */
    if (number == 0)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + digits, units[i].name) != 0)
            continue;
        if (number > longest_ms / units[i].ms)
            return false;
        *out_ms = number * units[i].ms;
        return true;
    }
    return false;
}
