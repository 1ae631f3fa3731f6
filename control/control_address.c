#include "control/control_address.h"

#include "control/control_etcd.h"
#include "control/control_file.h"

#include <string.h>

static const char file_scheme[] = "file:";
static const char etcd_scheme[] = "etcd:";

static const char *given(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum dalv_status control_address_open(
    const char *address, const struct control_credentials *credentials,
    struct control_store **out_store, struct text *problem)
{
    struct control_etcd_options options = {.prefix = "dalv/"};

    if (begins(address, file_scheme))
        return control_file_open(address + strlen(file_scheme), out_store,
                                 problem);
    if (!begins(address, etcd_scheme)) {
        text_put(problem, "a control store is file:PATH, or "
                          "etcd:https://HOST:2379,...");
        return DALV_INVALID;
    }
    options.http.endpoints = address + strlen(etcd_scheme);
    options.http.authority = given(credentials->authority);
    options.http.certificate = given(credentials->certificate);
    options.http.key = given(credentials->key);
    return control_etcd_open(&options, out_store, problem);
}
