/*
 * All processes of a cluster that an operator can know of, asked at once: the
 * nodes of the map, at the port of theirs that is two above the nodes' one; and
 * those that the command line and the profile name, as routers.
 */
#ifndef DALV_CLI_PROCESS_ROUND_H
#define DALV_CLI_PROCESS_ROUND_H

#include "cli/inspection.h"
#include "cli/invocation.h"
#include "cluster/cluster_map.h"

#include <stddef.h>

enum {
    PROCESS_ROUND_OPERANDS_MAX = 64,
    PROCESS_ROUND_MAX =
        CLUSTER_NODES_MAX + PROCESS_ROUND_OPERANDS_MAX + ADDRESSES_MAX,
    PROCESS_ROUND_PATIENCE_MS = 3000,
};

/* On the heap: it is large. Zeroed, it has asked nobody. */
struct process_round {
    struct inspection items[PROCESS_ROUND_MAX];
    size_t count;
    struct endpoint_keys keys;
    bool has_keys;
};

/*
 * List whom to ask; `map` may be NULL. EXIT_DONE, or the exit code of what was
 * said. Operands are addresses, HOST:PORT, of admin ports. Once in a process.
 */
int process_round_list(struct process_round *round,
                       struct invocation *invocation,
                       const struct cluster_map *map);

/* And the nodes of a map, which is known only now. */
void process_round_add_nodes(struct process_round *round,
                             const struct cluster_map *map);

/* Ask them, with our keys, and leave out who was asked by two addresses. */
void process_round_ask(struct process_round *round,
                       const struct inspection_options *wanted);

/* The same list, of whom nobody was asked yet. */
void process_round_copy(struct process_round *round,
                        const struct process_round *like);

void process_round_release(struct process_round *round);

#endif
