/*
 * What can be measured. Each scenario starts the servers that it needs, adds
 * its rows to the report, and ends them.
 */
#ifndef DALV_BENCH_SCENARIO_H
#define DALV_BENCH_SCENARIO_H

#include "bench/bench.h"

/* PUT and GET through the router beside Redis, at three shapes. */
void scenario_requests(struct bench *bench);

/* Pull and push of many operations by a device. */
void scenario_sync(struct bench *bench);

/* Bytes and round trips of a SYNC that has nothing, or one key, to say. */
void scenario_wire(struct bench *bench);

/* From a write until another device hears of it. */
void scenario_live(struct bench *bench);

/* PUT and GET at growing numbers of keys. */
void scenario_scale(struct bench *bench);

/* Start, restart, and the index made anew from the log. */
void scenario_start(struct bench *bench);

/* ---- Of a cluster ---- */

/* Durable writes of a majority, beside etcd and Redis. */
void scenario_majority(struct bench *bench);

/* How long nobody can write: a master killed, a master that hands over. */
void scenario_failover(struct bench *bench);

/* How far slaves are behind, and how soon one that was away is not. */
void scenario_catch_up(struct bench *bench);

/* A node is added, and takes its share, under load. */
void scenario_move(struct bench *bench);

#endif
