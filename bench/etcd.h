/*
 * A peer of the cluster: three members of Debian's etcd-server, loopback
 * without TLS, each with a folder of its own on the same disk.
 *
 * h2load, the load generator of nghttp2, asks its leader, so that nothing is
 * forwarded: gRPC calls of etcdserverpb.KV/Put with binary protobuf over
 * HTTP/2 that stays open. Every put writes the same key anew: to etcd each is a
 * new revision, and no index grows, which is to its advantage. h2load does not
 * read what a call came to; so the revision is compared before and after.
 */
#ifndef DALV_BENCH_ETCD_H
#define DALV_BENCH_ETCD_H

#include "bench/bench.h"
#include "bench/process.h"

#include <stdint.h>

enum {
    ETCD_MEMBERS = 3
};

struct etcd {
    const struct bench *bench;
    struct process members[ETCD_MEMBERS];
    uint16_t client_ports[ETCD_MEMBERS];
    uint16_t peer_ports[ETCD_MEMBERS];
    size_t leader;
};

struct etcd_result {
    double rate;
    double p50_ms;
    double p99_ms;
};

/* A cluster on new folders; it has a leader on return. */
void etcd_start(struct etcd *etcd, const struct bench *bench);
void etcd_stop(struct etcd *etcd);

/* PUTs for the plan's time: so many at once on each of so many connections. */
struct etcd_result etcd_measure(const struct etcd *etcd, unsigned connections,
                                unsigned streams);

#endif
