#include "config/quantity.h"

#include <stddef.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* From the smallest to the largest; each list ends with a NULL. */
static const struct unit count_units[] = {{"", 1}, {NULL, 0}};

static const struct unit bytes_units[] = {
    {"", 1}, {"KiB", KIB}, {"MiB", MIB}, {"GiB", GIB}, {"TiB", TIB}, {NULL, 0},
};

static const struct unit duration_units[] = {
    {"ms", 1}, {"s", SECOND}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY}, {NULL, 0},
};

static const struct unit *const units_of[] = {
    [QUANTITY_COUNT] = count_units,
    [QUANTITY_BYTES] = bytes_units,
    [QUANTITY_DURATION] = duration_units,
};

/* The digits at the front of `rest`, which then begins behind them. */
static bool take_digits(struct bytes *rest, uint64_t *out_number)
{
    uint64_t number = 0;
    size_t i = 0;

    for (; i < rest->size; i++) {
        uint8_t digit = (uint8_t)(rest->data[i] - '0');

        if (digit > 9)
            break;
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    /* A leading zero would read as octal to some. */
    if (i == 0 || (i > 1 && rest->data[0] == '0'))
        return false;
    *rest = bytes_make(rest->data + i, rest->size - i);
    *out_number = number;
    return true;
}

bool quantity_parse(enum quantity_kind kind, struct bytes text,
                    uint64_t *out_amount)
{
    uint64_t number;

    if (!take_digits(&text, &number))
        return false;
    for (const struct unit *unit = units_of[kind]; unit->name != NULL; unit++) {
        if (!bytes_equal(text, bytes_from_text(unit->name)))
            continue;
        if (number > UINT64_MAX / unit->factor)
            return false;
        *out_amount = number * unit->factor;
        return true;
    }
    return false;
}

void quantity_format(enum quantity_kind kind, uint64_t amount,
                     struct text *text)
{
    const struct unit *best = units_of[kind];

    for (const struct unit *unit = best; unit->name != NULL; unit++) {
        if (amount != 0 && amount % unit->factor == 0)
            best = unit;
    }
    text_put_u64(text, amount / best->factor);
    text_put(text, best->name);
}
