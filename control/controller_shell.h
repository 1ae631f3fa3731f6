/*
 * The controller of a process that routes: carries out what control/controller
 * decides, with a thread for each lane of questions to the store and a
 * connection to each node.
 *
 * One thread uses it, that of the loop. The handlers are the loop's: each gives
 * false for what is not this shell's.
 */
#ifndef DALV_CONTROL_CONTROLLER_SHELL_H
#define DALV_CONTROL_CONTROLLER_SHELL_H

#include "base/allocator.h"
#include "base/status.h"
#include "control/controller.h"
#include "net/endpoint.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct controller_shell_options {
    uint64_t id;                      /* Random. */
    const char *name;                 /* Of the process; copied. */
    const struct endpoint_keys *keys; /* Towards nodes; NULL on loopback. */
    struct allocator *allocator;
    /* A session for each lane; taken, also on failure. */
    struct control_store *stores[CONTROLLER_LANES];
};

struct controller_shell;

DALV_MUST_CHECK enum dalv_status controller_shell_open(
    const struct controller_shell_options *options, struct loop *loop,
    struct controller_shell **out_shell);
/* NULL is fine. */
void controller_shell_close(struct controller_shell **shell_p);

/* Where the nodes are, from now on. */
void controller_shell_set_map(struct controller_shell *shell,
                              const struct cluster_map *map);

/* True while it is the controller, as far as it knows. */
bool controller_shell_is_leading(const struct controller_shell *shell);

bool controller_shell_on_parcel(struct controller_shell *shell,
                                const struct endpoint *from,
                                const struct parcel *parcel);
bool controller_shell_on_connection(struct controller_shell *shell,
                                    const struct endpoint *from);
bool controller_shell_on_refused(struct controller_shell *shell,
                                 const struct endpoint *from);
bool controller_shell_on_job_done(struct controller_shell *shell,
                                  const struct worker *from);
void controller_shell_on_batch_end(struct controller_shell *shell,
                                   uint64_t now_ms);
uint64_t controller_shell_next_deadline_ms(
    const struct controller_shell *shell);

#endif
