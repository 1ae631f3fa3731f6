/*
 * The keys of a process's ports, from the folder that its configuration names.
 *
 *     devices.key      secret: this process at the devices' port
 *     backends.key     secret: this process at the backends' port
 *     nodes.key        secret: this process among nodes and routers
 *     admin.key        secret: this process at the admin port
 *     backends.allowed public keys of the backends that may connect
 *     admin.allowed    public keys of the operators that may connect
 *     nodes.allowed    public keys of the nodes that may connect, ...
 *     routers.allowed  ... and of the routers, which alone may say who leads
 *
 * A process needs the files of the ports that it opens; of the last one a node
 * of a cluster. Devices may have any key: who they are is known by their token.
 *
 * At the nodes' port those may connect too whom the cluster's map names.
 */
#ifndef DALV_DALVD_KEYRING_H
#define DALV_DALVD_KEYRING_H

#include "base/status.h"
#include "config/config.h"
#include "net/endpoint.h"
#include "net/gatekeeper.h"

#include <stdbool.h>
#include <stddef.h>

struct keyring_list {
    size_t count;
    struct curve_key *keys; /* Owned; NULL for none. */
};

struct keyring {
    bool has_keys; /* False: nothing is encrypted, nothing below is set. */
    struct endpoint_keys devices;
    struct endpoint_keys backends;
    struct endpoint_keys nodes;
    struct endpoint_keys admin;
    struct keyring_list nodes_allowed;
    struct keyring_list routers_allowed;
    struct keyring_list nodes_of_map;
};

/*
 * Load what the roles need, and tell the gatekeeper, which it starts, whom to
 * let in. Without a folder nothing is done. Failures name the file and what to
 * do in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status keyring_open(struct keyring *keyring,
                                              const struct config *config,
                                              struct config_error *out_error);

/*
 * Read the lists of who may connect again. Those who are connected stay. On a
 * failure, explained, the list at fault stays as it was.
 */
DALV_MUST_CHECK enum dalv_status keyring_reload(struct keyring *keyring,
                                                const struct config *config,
                                                struct config_error *out_error);

/*
 * Whom the map names, from now on and instead of whom it named before: they may
 * connect at the nodes' port beside those in the lists, also after a reload.
 * DALV_TOO_BIG, and nothing changed, if all together are too many.
 */
DALV_MUST_CHECK enum dalv_status keyring_admit_nodes(
    struct keyring *keyring, const struct curve_key *keys, size_t count);

/* True if the key is in routers.allowed. */
bool keyring_is_router(const struct keyring *keyring,
                       const struct curve_key *key);

/* After the last endpoint was closed. */
void keyring_close(struct keyring *keyring);

#endif
