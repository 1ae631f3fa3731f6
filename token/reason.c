#include "token/reason.h"

#include "base/assert.h"

static const struct {
    const char *name;
    const char *text;
} reasons[] = {
#define TOKEN_REASON_ROW(name, text) {#name, text},
    TOKEN_REASON_LIST(TOKEN_REASON_ROW)
#undef TOKEN_REASON_ROW
};

_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == TOKEN_REASON_COUNT,
               "the last reason of the list gives the count");

const char *token_reason_name(enum token_reason reason)
{
    ASSERT((unsigned)reason < TOKEN_REASON_COUNT);
    return reasons[reason].name;
}

const char *token_reason_text(enum token_reason reason)
{
    ASSERT((unsigned)reason < TOKEN_REASON_COUNT);
    return reasons[reason].text;
}

enum dalv_status token_reason_status(enum token_reason reason)
{
    if (reason == TOKEN_ACCEPTED)
        return DALV_OK;
    return reason == TOKEN_EXPIRED ? DALV_EXPIRED : DALV_NOT_PERMITTED;
}
