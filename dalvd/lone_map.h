/*
 * The map of a process that is its own cluster: one node, which leads all.
 */
#ifndef DALV_DALVD_LONE_MAP_H
#define DALV_DALVD_LONE_MAP_H

#include "base/status.h"
#include "config/config.h"
#include "router/shell.h"

#include <stdint.h>

/*
 * Tell the router of this node, in this boot. The configuration is one that
 * was checked. As router_shell_set_map.
 */
DALV_MUST_CHECK enum dalv_status lone_map_tell(const struct config *config,
                                               uint64_t boot_id,
                                               struct router_shell *router);

#endif
