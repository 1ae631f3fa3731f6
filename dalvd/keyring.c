#include "dalvd/keyring.h"

#include "base/assert.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_BYTES = CONFIG_PATH_MAX + 32,
};

static const char backends_list[] = "backends.allowed";
static const char nodes_list[] = "nodes.allowed";
static const char routers_list[] = "routers.allowed";
static const char admin_list[] = "admin.allowed";

/* A port's files, which only processes with one of the roles need. */
struct port {
    const char *secret_name;
    enum gate gate;
    uint32_t roles;
    size_t offset; /* In struct keyring. */
};

static const struct port ports[] = {
    {.secret_name = "devices.key",
     .gate = GATE_DEVICES,
     .roles = CONFIG_ROUTER,
     .offset = offsetof(struct keyring, devices)},
    {.secret_name = "backends.key",
     .gate = GATE_BACKENDS,
     .roles = CONFIG_ROUTER,
     .offset = offsetof(struct keyring, backends)},
    {.secret_name = "nodes.key",
     .gate = GATE_NODES,
     .roles = CONFIG_ROUTER | CONFIG_STORAGE,
     .offset = offsetof(struct keyring, nodes)},
    {.secret_name = "admin.key",
     .gate = GATE_ADMINS,
     .roles = CONFIG_ROUTER | CONFIG_STORAGE,
     .offset = offsetof(struct keyring, admin)},
};

enum {
    PORTS = sizeof(ports) / sizeof(ports[0]),
};

static const char *advice_on(enum dalv_status status)
{
    switch ((int)status) {
    case DALV_NOT_FOUND:
        return "; make the folder's files with `dalv keys make`";
    case DALV_NOT_PERMITTED:
        return "; a secret must be closed to all but its owner (chmod 0600), "
               "and nobody else may write a list";
    case DALV_INVALID:
        return "; a line of it is no key";
    default:
        return "";
    }
}

static enum dalv_status explain(struct config_error *error,
                                enum dalv_status status, const char *path)
{
    struct text text = config_error_begin(error, status, 0, 0);

    text_put(&text, "keys.folder: ");
    text_put(&text, path);
    text_put(&text, ": ");
    text_put(&text, status_text(status));
    text_put(&text, advice_on(status));
    return status;
}

static void path_of(const struct config *config, const char *name,
                    char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", config->keys.folder, name);
}

static enum dalv_status load_secret(struct keyring *keyring,
                                    const struct config *config,
                                    const struct port *port,
                                    struct config_error *error)
{
    void *place = (char *)keyring + port->offset;
    struct endpoint_keys *keys = place;
    char path[PATH_BYTES];
    enum dalv_status status;

    keys->gate = port->gate;
    path_of(config, port->secret_name, path);
    status = curve_pair_load(path, &keys->own);
    return status == DALV_OK ? DALV_OK : explain(error, status, path);
}

/* ---- Lists ---- */

static void set_list(struct keyring_list *list, const struct curve_key *keys,
                     size_t count)
{
    struct curve_key *copy = malloc((count + 1) * sizeof(*copy));

    ASSERT(copy != NULL);
    if (count > 0)
        memcpy(copy, keys, count * sizeof(*copy));
    free(list->keys);
    *list = (struct keyring_list){.count = count, .keys = copy};
}

static void clear_list(struct keyring_list *list)
{
    free(list->keys);
    *list = (struct keyring_list){0};
}

/* On a failure the list stays as it was. */
static enum dalv_status load_list(const struct config *config, const char *name,
                                  struct keyring_list *list,
                                  struct config_error *error)
{
    static struct curve_key keys[GATE_KEYS_MAX];
    char path[PATH_BYTES];
    size_t count = 0;
    enum dalv_status status;

    path_of(config, name, path);
    status = curve_keys_load(path, keys, GATE_KEYS_MAX, &count);
    if (status != DALV_OK)
        return explain(error, status, path);
    set_list(list, keys, count);
    return DALV_OK;
}

static bool fits(const struct keyring *keyring, size_t more)
{
    return keyring->nodes_allowed.count + keyring->routers_allowed.count +
               more <=
           GATE_KEYS_MAX;
}

static enum dalv_status admit_nodes(const struct keyring *keyring)
{
    static struct curve_key all[GATE_KEYS_MAX];
    const struct keyring_list *const lists[] = {&keyring->nodes_allowed,
                                                &keyring->routers_allowed,
                                                &keyring->nodes_of_map};
    size_t count = 0;

    if (!fits(keyring, keyring->nodes_of_map.count))
        return DALV_TOO_BIG;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        for (size_t k = 0; k < lists[i]->count; k++)
            all[count++] = lists[i]->keys[k];
    }
    return gatekeeper_admit(GATE_NODES, all, count);
}

/* Of a gate that has a list of its own. */
static enum dalv_status reload_list(const struct config *config,
                                    const char *name, enum gate gate,
                                    struct config_error *error)
{
    struct keyring_list list = {0};
    enum dalv_status status = load_list(config, name, &list, error);

    if (status == DALV_OK)
        status = gatekeeper_admit(gate, list.keys, list.count);
    clear_list(&list);
    return status;
}

/* Of a server of its own nobody but itself says who leads. */
static bool has_routers(const struct config *config)
{
    return (config->roles & CONFIG_STORAGE) != 0 &&
           config->control.store[0] != '\0';
}

static enum dalv_status reload_nodes(struct keyring *keyring,
                                     const struct config *config,
                                     struct config_error *error)
{
    enum dalv_status status =
        load_list(config, nodes_list, &keyring->nodes_allowed, error);

    if (status == DALV_OK && has_routers(config))
        status =
            load_list(config, routers_list, &keyring->routers_allowed, error);
    if (status != DALV_OK)
        return status;
    status = admit_nodes(keyring);
    return status == DALV_OK ? DALV_OK : explain(error, status, nodes_list);
}

enum dalv_status keyring_reload(struct keyring *keyring,
                                const struct config *config,
                                struct config_error *out_error)
{
    enum dalv_status status = DALV_OK;

    if (!keyring->has_keys)
        return DALV_OK;
    if ((config->roles & CONFIG_ROUTER) != 0) {
        gatekeeper_admit_all(GATE_DEVICES);
        status = reload_list(config, backends_list, GATE_BACKENDS, out_error);
    }
    if (status == DALV_OK)
        status = reload_list(config, admin_list, GATE_ADMINS, out_error);
    return status == DALV_OK ? reload_nodes(keyring, config, out_error)
                             : status;
}

enum dalv_status keyring_admit_nodes(struct keyring *keyring,
                                     const struct curve_key *keys, size_t count)
{
    if (!keyring->has_keys)
        return DALV_OK;
    if (!fits(keyring, count))
        return DALV_TOO_BIG;
    set_list(&keyring->nodes_of_map, keys, count);
    return admit_nodes(keyring);
}

bool keyring_is_router(const struct keyring *keyring,
                       const struct curve_key *key)
{
    const struct keyring_list *list = &keyring->routers_allowed;

    for (size_t i = 0; i < list->count; i++) {
        if (curve_key_equal(&list->keys[i], key))
            return true;
    }
    return false;
}

/* ---- Life ---- */

enum dalv_status keyring_open(struct keyring *keyring,
                              const struct config *config,
                              struct config_error *out_error)
{
    memset(keyring, 0, sizeof(*keyring));
    if (config->keys.folder[0] == '\0')
        return DALV_OK;
    for (size_t i = 0; i < PORTS; i++) {
        enum dalv_status status = DALV_OK;

        if ((ports[i].roles & config->roles) != 0)
            status = load_secret(keyring, config, &ports[i], out_error);
        if (status != DALV_OK) {
            keyring_close(keyring);
            return status;
        }
    }
    keyring->has_keys = true;
    gatekeeper_start();
    return keyring_reload(keyring, config, out_error);
}

void keyring_close(struct keyring *keyring)
{
    gatekeeper_stop();
    curve_pair_wipe(&keyring->devices.own);
    curve_pair_wipe(&keyring->backends.own);
    curve_pair_wipe(&keyring->nodes.own);
    curve_pair_wipe(&keyring->admin.own);
    clear_list(&keyring->nodes_allowed);
    clear_list(&keyring->routers_allowed);
    clear_list(&keyring->nodes_of_map);
    keyring->has_keys = false;
}
