/*
 * A set of hashes that grows: which keys an import has met.
 */
#ifndef DALV_CLI_KEY_SET_H
#define DALV_CLI_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_set {
    uint64_t *slots; /* 0: free. */
    size_t slot_count;
    size_t count;
};

void key_set_init(struct key_set *set);
void key_set_deinit(struct key_set *set);
bool key_set_has(const struct key_set *set, uint64_t hash);
/* False if there is no memory. */
bool key_set_put(struct key_set *set, uint64_t hash);

#endif
