/*
 * Randomness for ids and jitter, from the system (libsodium).
 */
#ifndef DALV_CLIENT_RANDOM_H
#define DALV_CLIENT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

uint64_t random_u64(void);
void random_fill(uint8_t *bytes, size_t size);

#endif
