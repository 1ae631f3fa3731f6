/*
 * Nothing is encrypted between simulated processes: nobody has a key, and
 * nobody asks at a gate.
 */
#include "dalvd/keyring.h"

enum dalv_status keyring_admit_nodes(struct keyring *keyring,
                                     const struct curve_key *keys, size_t count)
{
    (void)keyring;
    (void)keys;
    (void)count;
    return DALV_OK;
}
