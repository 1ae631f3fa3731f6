/*
 * Leases: why a master may answer a read alone.
 *
 * Invariants
 *
 * 1. A slave that took a stamp of a master refuses to promise a newer epoch for
 *    1.1 L from its receipt, by its own boot-time clock.
 * 2. The master counts that promise until the stamp + 0.9 L, by the clock that
 *    made the stamp: the stamp was made before it was received, so the master
 *    stops counting before the slave stops refusing, as long as the two clocks
 *    drift apart by less than a fifth of L within L.
 * 3. A stamp counts for the session that it came back in, and a session belongs
 *    to one boot of each side; for a partition it counts if the slave has
 *    promised that very epoch. So no other master's stamp is ever taken for it.
 * 4. A node that starts does not know what it took before, and refuses for
 *    1.1 L.
 * 5. A master that promises a newer epoch serves nothing more. Slaves that are
 *    shown this release need not wait for its lease.
 */
#ifndef DALV_REPLICATION_LEASE_H
#define DALV_REPLICATION_LEASE_H

#include <stdint.h>

/* Until when a master that was stamped back counts on it. */
uint64_t lease_counted_until_us(uint64_t stamp_us, uint64_t lease_us);

/*
 * Until when a slave refuses to promise a newer epoch; 0 times never were.
 * `stamped_us` is when the last stamp was taken, `started_us` when the node
 * started.
 */
uint64_t lease_refused_until_us(uint64_t stamped_us, uint64_t started_us,
                                uint64_t lease_us);

#endif
