/*
 * Nothing is encrypted between simulated processes: nobody has a key, and
 * nobody asks at a gate.
 */
#include "dalvd/keyring.h"
#include "net/gatekeeper.h"

size_t keyring_node_keys(const struct keyring *keyring,
                         const struct config *config,
                         struct curve_key *out_keys, size_t capacity)
{
    (void)keyring;
    (void)config;
    (void)out_keys;
    (void)capacity;
    return 0;
}

enum dalv_status gatekeeper_admit(enum gate gate, const struct curve_key *keys,
                                  size_t count)
{
    (void)gate;
    (void)keys;
    (void)count;
    return DALV_OK;
}
