#include "base/status.h"
#include "client/dalv.h"

#include <string.h>

#define QUOTE(number) #number
#define VERSION(major, minor, patch)                                           \
    QUOTE(major) "." QUOTE(minor) "." QUOTE(patch)

const char *dalv_version(void)
{
    return VERSION(DALV_VERSION_MAJOR, DALV_VERSION_MINOR, DALV_VERSION_PATCH);
}

const char *dalv_status_text(enum dalv_status status)
{
    return status_text(status);
}

const char *dalv_status_name(enum dalv_status status)
{
    return status_name(status);
}

int dalv_status_outcome(enum dalv_status status)
{
    switch (status_outcome(status)) {
    case STATUS_DONE:
        return 0;
    case STATUS_NOT_DONE:
        return 1;
    case STATUS_UNSURE:
        break;
    }
    return 2;
}

struct dalv_bytes dalv_bytes(const void *data, size_t size)
{
    return (struct dalv_bytes){.data = data, .size = size};
}

struct dalv_bytes dalv_text(const char *text)
{
    return dalv_bytes(text, strlen(text));
}
