/*
 * The storage role: carries out what the node's core decides.
 *
 * It owns the endpoint that routers attach to, the two workers and the store.
 * A failure of the log or the index ends the service at once: what is not
 * known to be durable is never acknowledged, and the next start finds out what
 * the disk holds.
 *
 * One thread uses it, that of the loop. The handlers are the loop's: each
 * gives false for what is not this shell's.
 */
#ifndef DALV_NODE_SHELL_H
#define DALV_NODE_SHELL_H

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/cluster_map.h"
#include "http/metrics.h"
#include "net/loop.h"
#include "node/core.h"
#include "node/store.h"

#include <stdbool.h>
#include <stdint.h>

struct node_shell_options {
    const char *address;      /* For routers; NULL: within the process. */
    struct node_store *store; /* Taken, also on failure: the shell closes it. */
    struct bytes node_id;
    struct bytes cluster_id;
    const struct policy *policy;
    struct token_judge *token_judge;
    uint64_t boot_id;
    uint64_t boot_number; /* How often this store was started. */
    /* Of a cluster: who this is. Unset: the only replica, which leads all. */
    struct member self;
    const struct endpoint_keys *keys; /* Among nodes; NULL on loopback. */
    /* Whose key may say who leads; NULL on loopback: whoever gets there. */
    bool (*is_router)(const void *owner, const struct curve_key *key);
    const void *is_router_owner;
    uint64_t seed;
    size_t memory_bytes_max;  /* For requests and turns, ... */
    size_t request_bytes_max; /* ... of it for requests, ... */
    size_t waiting_bytes_max; /* ... and of those for writes that wait. */
    size_t client_bytes_max;  /* Answers that one client has not taken, ... */
    size_t answer_bytes_max;  /* ... and those of all clients. */
    uint64_t log_bytes_kept;  /* Of old log segments. */
    uint64_t erased_kept_us;  /* How long the log keeps what was erased. */
    uint32_t client_max;
    /* 0 for the defaults: */
    uint64_t checkpoint_bytes; /* Of log, between two checkpoints. */
    uint32_t user_max;         /* With work under way. */
    uint32_t refusal_max;      /* Remembered: a minute's. */
};

struct node_shell;

/* Binds and starts the workers. DALV_LOCKED, DALV_INVALID: the address. */
DALV_MUST_CHECK enum dalv_status node_shell_open(
    const struct node_shell_options *options, struct loop *loop,
    struct node_shell **out_shell);

/*
 * What is agreed on now, as far as it is newer than what the node knows: it
 * acts by it. Of a cluster only; the map is borrowed for the call.
 */
void node_shell_set_map(struct node_shell *shell,
                        const struct cluster_map *map);

/* From now on a client may have so many watches. */
void node_shell_set_watch_max(struct node_shell *shell, uint32_t watch_max);

/*
 * What the node says to a HEARTBEAT, to be sent to `peer`; owned by the caller.
 * NULL if it is not one of several nodes, or was asked for another cluster.
 */
struct parcel *node_shell_answer_heartbeat(const struct node_shell *shell,
                                           uint64_t peer,
                                           const struct message *question);

/* Tell how each of its copies is, one after another, as a controller hears it.
   Nothing is told if it is not one of several nodes. */
typedef void node_shell_tell(void *owner, const struct heartbeaten_part *part);
void node_shell_tell_copies(const struct node_shell *shell,
                            node_shell_tell *tell, void *owner);

bool node_shell_on_parcel(struct node_shell *shell, const struct endpoint *from,
                          struct parcel **parcel_p);
bool node_shell_on_connection(struct node_shell *shell,
                              const struct endpoint *from, bool is_connected);
bool node_shell_on_refused(struct node_shell *shell,
                           const struct endpoint *from);
bool node_shell_on_job_done(struct node_shell *shell, const struct worker *from,
                            void *job);
void node_shell_on_batch_end(struct node_shell *shell, uint64_t now_ms);
uint64_t node_shell_next_deadline_ms(const struct node_shell *shell);

/* What routers within the process name to attach; borrowed. */
struct endpoint *node_shell_endpoint(const struct node_shell *shell);

/* What the role tells of itself; updated by node_shell_measure. */
struct node_metrics {
    struct metric_counter requests;
    struct metric_counter refused;
    struct metric_counter unreadable;
    struct metric_counter reads;
    struct metric_counter stale_reads; /* Of them, as a slave. */
    struct metric_counter records;
    struct metric_counter turns;
    struct metric_gauge under_way;
    struct metric_gauge memory_bytes;
    struct metric_gauge log_bytes;
    struct metric_gauge erasures_in_log; /* When it looked last. */
    struct metric_durations syncs;       /* Of the log. */
    struct metric_counter cache_hits;    /* Of the index's entries. */
    struct metric_counter cache_misses;
    struct metric_gauge cache_bytes;
};

/* The role's metrics; borrowed until it closes. */
const struct node_metrics *node_shell_metrics(const struct node_shell *shell);

/* Bring the metrics up to date; on the loop's thread, now and then. */
void node_shell_measure(struct node_shell *shell);

/* True once nothing is under way: everything that came is answered. */
bool node_shell_is_idle(const struct node_shell *shell);

/*
 * Stops the workers and closes the store, in order if nothing failed. DALV_OK,
 * or what failed, be it among the last orders: then the loop was stopped.
 */
enum dalv_status node_shell_close(struct node_shell **shell_p);

#endif
