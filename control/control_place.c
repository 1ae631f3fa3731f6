#include "control/control_place.h"

#include "control/control_etcd.h"
#include "control/control_file.h"

#include <stddef.h>
#include <string.h>

static const char file_form[] = "file:";
static const char etcd_form[] = "etcd:";

/* What stands behind the form; NULL if the name is of another. */
static const char *behind(const char *name, const char *form)
{
    size_t size = strlen(form);

    return strncmp(name, form, size) == 0 && name[size] != '\0' ? name + size
                                                                : NULL;
}

static bool has_form(struct bytes name, const char *form)
{
    size_t size = strlen(form);

    return name.size > size && memcmp(name.data, form, size) == 0;
}

bool control_place_is_name(struct bytes name)
{
    return has_form(name, file_form) || has_form(name, etcd_form);
}

static const char *given(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static enum dalv_status open_etcd(const struct control_place *place,
                                  const char *endpoints,
                                  struct control_store **out_store,
                                  struct text *problem)
{
    const char *prefix = given(place->prefix);
    const struct control_etcd_options options = {
        .http = {.endpoints = endpoints,
                 .authority = given(place->authority),
                 .certificate = given(place->certificate),
                 .key = given(place->key)},
        .prefix = prefix == NULL ? CONTROL_PLACE_PREFIX : prefix,
    };

    return control_etcd_open(&options, out_store, problem);
}

enum dalv_status control_place_open(const struct control_place *place,
                                    struct control_store **out_store,
                                    struct text *problem)
{
    const char *path = behind(place->name, file_form);
    const char *endpoints = behind(place->name, etcd_form);

    if (path != NULL)
        return control_file_open(path, out_store, problem);
    if (endpoints != NULL)
        return open_etcd(place, endpoints, out_store, problem);
    text_put(problem, "a control store is file:PATH or "
                      "etcd:https://HOST:PORT,..., not \"");
    text_put_bytes(problem, bytes_from_text(place->name));
    text_put(problem, "\"");
    return DALV_INVALID;
}
