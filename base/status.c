#include "base/status.h"

/* A number beyond the list may arrive from a newer peer. */
static const char unknown_name[] = "DALV_?";
static const char unknown_text[] = "unknown status";

const char *status_name(enum dalv_status status)
{
    switch (status) {
#define STATUS_CASE(name, number, text)                                        \
    case name:                                                                 \
        return #name;
        DALV_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    }
    return unknown_name;
}

const char *status_text(enum dalv_status status)
{
    switch (status) {
#define STATUS_CASE(name, number, text)                                        \
    case name:                                                                 \
        return text;
        DALV_STATUS_LIST(STATUS_CASE)
#undef STATUS_CASE
    }
    return unknown_text;
}

bool status_is_known(uint32_t number)
{
    return status_name((enum dalv_status)number) != unknown_name;
}

enum status_outcome status_outcome(enum dalv_status status)
{
    switch (status) {
    case DALV_OK:
        return STATUS_DONE;

    /* Decided before anything was logged. */
    case DALV_NOT_FOUND:
    case DALV_INVALID:
    case DALV_TOO_BIG:
    case DALV_WRONG_KIND:
    case DALV_OCCUPIED:
    case DALV_PRECONDITION:
    case DALV_CONFLICT:
    case DALV_OVERFLOW:
    case DALV_WAITS:
    case DALV_NOT_PERMITTED:
    case DALV_QUOTA:
    case DALV_CLONED:
    case DALV_ERASED:
    case DALV_REBASE:
    case DALV_BUSY:
    case DALV_UNAVAILABLE:
    case DALV_UNSUPPORTED:
    case DALV_EXPIRED:
    case DALV_LOCKED:
        return STATUS_NOT_DONE;

    /*
     * The request was on its way, or the answer was lost, or something broke
     * at a moment that the status does not tell.
     */
    case DALV_TIMEOUT:
    case DALV_UNKNOWN:
    case DALV_PROTOCOL:
    case DALV_IO:
    case DALV_NO_SPACE:
    case DALV_DAMAGED:
    case DALV_NO_MEMORY:
    case DALV_CANCELLED:
    case DALV_INTERNAL:
        return STATUS_UNSURE;
    }
    return STATUS_UNSURE;
}
