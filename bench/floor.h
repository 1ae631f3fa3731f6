/*
 * What any system must pay that does what ours does: for a durable write one
 * fdatasync, for a message libzmq, for a lookup LevelDB.
 */
#ifndef DALV_BENCH_FLOOR_H
#define DALV_BENCH_FLOOR_H

#include "bench/bench.h"
#include "bench/load.h"
#include "bench/process.h"

#include <stddef.h>
#include <stdint.h>

enum {
    FLOOR_VERSION_BYTES = 32
};

/*
 * Append `batch` records of the plan's value size to a preallocated file, then
 * fdatasync; again and again. Gives records made durable in a second.
 */
double floor_disk_rate(const struct bench *bench, unsigned batch,
                       uint32_t ms_max);

/* ---- libzmq ---- */

/* A ROUTER that sends back what it receives, in a process of its own. */
struct floor_echo {
    struct process process;
    uint16_t port;
};

void floor_echo_start(struct floor_echo *echo_process,
                      const struct bench *bench);
void floor_echo_stop(struct floor_echo *echo_process);

/* Requests in a second through it, of `frame_bytes` each way. */
double floor_echo_rate(const struct floor_echo *echo_process,
                       struct load_shape shape, size_t frame_bytes,
                       uint32_t ms_max);

/* What that process does: serve until it is ended. */
int floor_echo_serve(const char *port);
void floor_echo_version(char text[FLOOR_VERSION_BYTES]);

/* ---- LevelDB ---- */

struct floor_leveldb;

/* An empty database in the scratch folder, with the options of our index. */
struct floor_leveldb *floor_leveldb_open(const struct bench *bench);
void floor_leveldb_close(struct floor_leveldb **database_p);

/* Write keys `first` up to `end` - 1, in batches without sync. */
void floor_leveldb_fill(struct floor_leveldb *database, uint32_t first,
                        uint32_t end);

/* Puts in batches of 50 without sync, and gets, of random keys of the first
   `keys`; each in a second. */
double floor_leveldb_put_rate(struct floor_leveldb *database, uint32_t keys,
                              uint32_t ms_max);
double floor_leveldb_get_rate(struct floor_leveldb *database, uint32_t keys,
                              uint32_t ms_max);
void floor_leveldb_version(char text[FLOOR_VERSION_BYTES]);

#endif
