#include "cli/exit_code.h"

#include <stddef.h>

int exit_code_of(enum dalv_status status)
{
    static const struct {
        enum dalv_status status;
        enum exit_code code;
    } codes[] = {
        {DALV_OK, EXIT_DONE},
        {DALV_NOT_FOUND, EXIT_NOT_FOUND},
        {DALV_ERASED, EXIT_NOT_FOUND},
        {DALV_INVALID, EXIT_USAGE},
        {DALV_TOO_BIG, EXIT_USAGE},
        {DALV_WRONG_KIND, EXIT_CONFLICT},
        {DALV_OCCUPIED, EXIT_CONFLICT},
        {DALV_PRECONDITION, EXIT_CONFLICT},
        {DALV_CONFLICT, EXIT_CONFLICT},
        {DALV_OVERFLOW, EXIT_CONFLICT},
        {DALV_WAITS, EXIT_CONFLICT},
        {DALV_QUOTA, EXIT_CONFLICT},
        {DALV_CLONED, EXIT_CONFLICT},
        {DALV_REBASE, EXIT_CONFLICT},
        {DALV_NOT_PERMITTED, EXIT_NOT_PERMITTED},
        {DALV_EXPIRED, EXIT_NOT_PERMITTED},
        {DALV_BUSY, EXIT_UNAVAILABLE},
        {DALV_UNAVAILABLE, EXIT_UNAVAILABLE},
        {DALV_TIMEOUT, EXIT_UNAVAILABLE},
        {DALV_UNKNOWN, EXIT_UNAVAILABLE},
        {DALV_LOCKED, EXIT_UNAVAILABLE},
        {DALV_CANCELLED, EXIT_UNAVAILABLE},
        {DALV_DAMAGED, EXIT_DAMAGED},
    };

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i].status == status)
            return (int)codes[i].code;
    }
    return EXIT_INTERNAL;
}
