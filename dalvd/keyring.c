#include "dalvd/keyring.h"

#include "net/gatekeeper.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    PATH_BYTES = CONFIG_PATH_MAX + 32,
};

/* A port's files, which only processes with one of the roles need. */
struct port {
    const char *secret_name;
    const char *list_name; /* NULL: whoever has any key. */
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
     .list_name = "backends.allowed",
     .gate = GATE_BACKENDS,
     .roles = CONFIG_ROUTER,
     .offset = offsetof(struct keyring, backends)},
    {.secret_name = "nodes.key",
     .list_name = "nodes.allowed",
     .gate = GATE_NODES,
     .roles = CONFIG_ROUTER | CONFIG_STORAGE,
     .offset = offsetof(struct keyring, nodes)},
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

static enum dalv_status admit_listed(const struct config *config,
                                     const struct port *port,
                                     struct config_error *error)
{
    static struct curve_key keys[GATE_KEYS_MAX];
    char path[PATH_BYTES];
    size_t count = 0;
    enum dalv_status status;

    path_of(config, port->list_name, path);
    status = curve_keys_load(path, keys, GATE_KEYS_MAX, &count);
    if (status == DALV_OK)
        status = gatekeeper_admit(port->gate, keys, count);
    return status == DALV_OK ? DALV_OK : explain(error, status, path);
}

enum dalv_status keyring_reload(const struct keyring *keyring,
                                const struct config *config,
                                struct config_error *out_error)
{
    if (!keyring->has_keys)
        return DALV_OK;
    for (size_t i = 0; i < PORTS; i++) {
        enum dalv_status status = DALV_OK;

        if ((ports[i].roles & config->roles) == 0)
            continue;
        if (ports[i].list_name == NULL)
            gatekeeper_admit_all(ports[i].gate);
        else
            status = admit_listed(config, &ports[i], out_error);
        if (status != DALV_OK)
            return status;
    }
    return DALV_OK;
}

size_t keyring_node_keys(const struct keyring *keyring,
                         const struct config *config,
                         struct curve_key *out_keys, size_t capacity)
{
    char path[PATH_BYTES];
    size_t count = 0;

    if (!keyring->has_keys)
        return 0;
    path_of(config, "nodes.allowed", path);
    return curve_keys_load(path, out_keys, capacity, &count) == DALV_OK ? count
                                                                        : 0;
}

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
    keyring->has_keys = false;
}
