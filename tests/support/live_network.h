/*
 * A network of places with an address each, 10.77.N.2, between which packets
 * can be dropped, in one direction or both.
 *
 * A place is a network namespace behind a veth of its own. The test's process
 * itself goes into a network and a mount namespace and passes on what goes from
 * one place to another; it reaches all of them. Nothing of it has a name
 * outside, so nothing is left, however the test ends: the kernel takes it all
 * away with the last process in it.
 */
#ifndef DALV_TESTS_SUPPORT_LIVE_NETWORK_H
#define DALV_TESTS_SUPPORT_LIVE_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LIVE_NETWORK_PLACES_MAX = 8,
    LIVE_NETWORK_HOST_BYTES = 16,
    LIVE_NETWORK_PATH_BYTES = 64,
};

/* Enter it, once a process, before any thread; false if there is no right to,
   or no `ip` or `iptables`: said on standard output. */
bool live_network_enter(size_t place_count);

/* The address of a place, counted from 1. */
void live_network_host(size_t place, char host[LIVE_NETWORK_HOST_BYTES]);
/* What a place is called. */
void live_network_path(size_t place, char path[LIVE_NETWORK_PATH_BYTES]);
/* The calling thread goes there, 0 if it did; a child may call it before it
   becomes another program. */
int live_network_go(const char *path);

/* From now on nothing goes from one place to another. */
void live_network_cut(size_t from, size_t to);
/* All goes everywhere again. */
void live_network_heal(void);

#endif
