/*
 * A promise at a node: SEAL, the log, SEALED. Who leads is chosen by the
 * controller, from the promises of a majority: cluster/ballot.h.
 *
 *     SEAL  --> judged --+--> refused: leased, outbid, unable ----+
 *                        |                                        +--> SEALED
 *                        +--> ordered to the log --> durable -----+
 *
 * Invariants
 *
 * 1. A promise is told only when it is durable, and with the log's end as it is
 *    then: everything that was taken before the promise is durable with it.
 * 2. From the moment that it is ordered nothing older is taken, acknowledged,
 *    evaluated or served.
 * 3. It is refused while a lease that this node gave may be counted on, but for
 *    a master that released it.
 * 4. One message and one sync serve all partitions of a node.
 */
#ifndef DALV_REPLICATION_ELECTION_H
#define DALV_REPLICATION_ELECTION_H

#include "model/peer_message.h"
#include "replication/queue.h"
#include "replication/replica.h"

#include <stddef.h>
#include <stdint.h>

/* A SEAL that waits for the log. */
struct election {
    struct queue_link link;
    uint64_t peer; /* Whom to answer, ... */
    uint32_t request;
    uint64_t ticket; /* ... when this is durable. */
    size_t part_count;
    struct sealed_part parts[];
};

/* What a node knows of the leases that it gave. */
struct election_lease {
    uint64_t now_us;
    uint64_t refused_until_us;
};

/*
 * May `replica` promise the part's epoch? SEAL_PROMISED: it may, or has done
 * so. `out_wait_ms` is for SEAL_LEASED and SEAL_UNABLE.
 */
enum seal_verdict election_judge(const struct replica *replica,
                                 const struct seal_part *part,
                                 const struct election_lease *lease,
                                 uint32_t *out_wait_ms);

/* What is told of a promise that is durable. */
void election_complete(const struct replica *replica, struct sealed_part *part);

#endif
