/*
 * How this process takes part in a cluster: it keeps up with the map in the
 * control store and tells the roles, and where it routes it stands for
 * controller.
 *
 * One thread uses it, that of the loop. The handlers are the loop's: each gives
 * false for what is not its own.
 */
#ifndef DALV_DALVD_MEMBERSHIP_H
#define DALV_DALVD_MEMBERSHIP_H

#include "base/status.h"
#include "cluster/cluster_map.h"
#include "cluster/member.h"
#include "config/config.h"
#include "dalvd/keyring.h"
#include "net/loop.h"
#include "node/shell.h"
#include "router/shell.h"

#include <stdbool.h>
#include <stdint.h>

struct membership;

/*
 * Open the control store that the configuration names, which must. Failures are
 * explained in `out_error`. The keyring is
 * borrowed, and told whom the map names.
 */
DALV_MUST_CHECK enum dalv_status membership_open(
    const struct config *config, struct keyring *keyring, struct loop *loop,
    struct membership **out_membership, struct config_error *out_error);
/* NULL is fine; before the roles are closed. */
void membership_close(struct membership **membership_p);

/* Whom to tell of a newer map. */
struct membership_roles {
    struct node_shell *node;     /* Or NULL, as ... */
    struct router_shell *router; /* ... this one. */
    /* What holds for all users is in this map; NULL: nobody asks. */
    void (*agree)(void *owner, const struct cluster_map *map);
    void *owner;
};

void membership_set_roles(struct membership *membership,
                          const struct membership_roles *roles);

/* How it stands with what is agreed on, for operators. */
struct membership_state {
    struct cluster_version version; /* Of the map; zeros: none yet. */
    enum dalv_status store_status;  /* Of the last reading of the store. */
    bool is_controller;
};

/* The map that it has; NULL: none yet. */
const struct cluster_map *membership_map(const struct membership *membership);

struct membership_state membership_state(const struct membership *membership);

/* A router has heard that there is a newer map. */
void membership_want_map(void *membership);

bool membership_on_parcel(struct membership *membership,
                          const struct endpoint *from,
                          const struct parcel *parcel);
bool membership_on_connection(struct membership *membership,
                              const struct endpoint *from);
bool membership_on_refused(struct membership *membership,
                           const struct endpoint *from);
bool membership_on_job_done(struct membership *membership,
                            const struct worker *from);
void membership_on_batch_end(struct membership *membership, uint64_t now_ms);
uint64_t membership_next_deadline_ms(const struct membership *membership);

/*
 * Which member of the cluster this data folder makes the node: its store's id
 * is made with the folder, and lies in its file `store`. Failures are explained
 * in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status membership_identify(
    const struct config *config, struct member *out_member,
    struct config_error *out_error);

#endif
