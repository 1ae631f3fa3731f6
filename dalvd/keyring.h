/*
 * The keys of a process's ports, from the folder that its configuration names.
 *
 *     devices.key      secret: this process at the devices' port
 *     backends.key     secret: this process at the backends' port
 *     nodes.key        secret: this process among nodes and routers
 *     backends.allowed public keys of the backends that may connect
 *     nodes.allowed    public keys of the nodes and routers that may connect
 *
 * A process needs the files of the ports that it opens. Devices may have any
 * key: who they are is known by their token.
 */
#ifndef DALV_DALVD_KEYRING_H
#define DALV_DALVD_KEYRING_H

#include "base/status.h"
#include "config/config.h"
#include "net/endpoint.h"

#include <stdbool.h>

struct keyring {
    bool has_keys; /* False: nothing is encrypted, nothing below is set. */
    struct endpoint_keys devices;
    struct endpoint_keys backends;
    struct endpoint_keys nodes;
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
DALV_MUST_CHECK enum dalv_status keyring_reload(const struct keyring *keyring,
                                                const struct config *config,
                                                struct config_error *out_error);

/*
 * Who may connect to the nodes' port by the keyring alone, at most `capacity`
 * keys; gives how many. Of a list that cannot be read: nobody.
 */
size_t keyring_node_keys(const struct keyring *keyring,
                         const struct config *config,
                         struct curve_key *out_keys, size_t capacity);

/* After the last endpoint was closed. */
void keyring_close(struct keyring *keyring);

#endif
