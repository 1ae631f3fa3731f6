/*
 * The nodes that a router has connections to, each by a number of its own.
 *
 * A node that is attached takes questions. Sets of nodes are sets of these
 * numbers.
 */
#ifndef DALV_ROUTER_LINKS_H
#define DALV_ROUTER_LINKS_H

#include "cluster/cluster_map.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LINKS_MAX = CLUSTER_NODES_MAX,
    LINK_NONE = LINKS_MAX,
    LINK_SET_WORDS = LINKS_MAX / 64
};

struct link {
    uint32_t node; /* 0: the number is free. */
    bool is_attached;
};

struct links {
    struct link items[LINKS_MAX];
    uint32_t attached_count;
};

struct link_set {
    uint64_t words[LINK_SET_WORDS];
};

/* The number of a node; LINK_NONE if it has none. */
uint16_t links_find(const struct links *links, uint32_t node);
/* The same; one that is new gets a number. LINK_NONE if there are too many. */
uint16_t links_add(struct links *links, uint32_t node);
/* Its number is free again: no set may hold it any more. */
void links_remove(struct links *links, uint16_t link);

void links_attach(struct links *links, uint16_t link);
void links_detach(struct links *links, uint16_t link);
/* False for LINK_NONE. */
bool links_is_attached(const struct links *links, uint16_t link);

void link_set_add(struct link_set *set, uint16_t link);
void link_set_remove(struct link_set *set, uint16_t link);
bool link_set_has(const struct link_set *set, uint16_t link);
bool link_set_is_empty(const struct link_set *set);
/* The one that it holds; LINK_NONE if it holds none, or several. */
uint16_t link_set_only(const struct link_set *set);

#endif
