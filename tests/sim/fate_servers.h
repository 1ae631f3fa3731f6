/*
 * What befalls nodes, routers, the network between them and the control store.
 */
#ifndef DALV_TESTS_SIM_FATE_SERVERS_H
#define DALV_TESTS_SIM_FATE_SERVERS_H

struct world;

/* Whatever strikes now does. */
void fate_strike_servers(struct world *world);
/* Nothing is broken any more, or will be mended by itself. */
void fate_mend_servers(struct world *world);

/* Of clusters; for directed schedules too. */

/* Nothing comes from one process to another, or to any at all. */
void fate_block(struct world *world, unsigned from, unsigned to);
/* One process is cut off from all others, in both directions. */
void fate_isolate(struct world *world, unsigned process);
void fate_unblock_all(struct world *world);
/* It stands still for so long: its clocks do not. */
void fate_pause(struct world *world, unsigned process, unsigned ms);

#endif
