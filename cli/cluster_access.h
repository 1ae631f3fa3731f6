/*
 * The way to what a cluster agrees on: its control store, and the map in it.
 *
 * `--store` names the store, or the profile does (control.store), which also
 * has what etcd asks for. Nothing of the cluster need run.
 */
#ifndef DALV_CLI_CLUSTER_ACCESS_H
#define DALV_CLI_CLUSTER_ACCESS_H

#include "base/budget.h"
#include "cli/invocation.h"
#include "control/candidacy.h"
#include "control/control_layout.h"
#include "control/control_store.h"
#include "control/map_change.h"
#include "control/map_reader.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    CLUSTER_ACCESS_PROBLEM_BYTES = 1024,
};

struct cluster_access {
    struct invocation *invocation;
    bool is_making; /* The store need not be there. */
    struct control_store *store;
    struct budget budget;
    void *memory;
    struct control_answer answer; /* Of the question asked last. */
    struct control_map *map;      /* After cluster_access_read. */
    char problem[CLUSTER_ACCESS_PROBLEM_BYTES];
    bool is_patient; /* What the store lacks is kept in `problem`, not said. */
};

/* The option that all these commands take first. */
#define CLUSTER_ACCESS_OPTION                                                  \
    {                                                                          \
        .name = "store", .value = "STORE",                                     \
        .help = "The control store, file:PATH or etcd:URL,URL; default "       \
                "control.store of the profile"                                 \
    }

/*
 * EXIT_DONE, or the exit code of what was said. Close it in any case. Whoever
 * makes a cluster opens a store that may not be there yet.
 */
int cluster_access_open(struct cluster_access *access,
                        struct invocation *invocation);
void cluster_access_close(struct cluster_access *access);

/* Open it and read the map; the same, and EXIT_NOT_FOUND if the store holds no
   cluster. */
int cluster_access_begin(struct cluster_access *access,
                         struct invocation *invocation);

/*
 * The same for whoever goes on without a map: if the store cannot be read, or
 * holds no cluster, that is EXIT_DONE, no map, and a text in `problem`.
 */
int cluster_access_try(struct cluster_access *access,
                       struct invocation *invocation);

/* Read the map anew, in place of the one that was read. The same. */
int cluster_access_read(struct cluster_access *access);

/* Put into an empty change what is wanted. */
typedef void cluster_access_fill(struct map_change *change, const void *wanted);

/* Change the map that was read, in one transaction. As control_store_commit,
   and DALV_INVALID or DALV_TOO_BIG for what cannot be written. */
DALV_MUST_CHECK enum dalv_status cluster_access_change(
    struct cluster_access *access, cluster_access_fill *fill,
    const void *wanted);

/* What is framed under a key; borrowed from the answer. As control_store_get.
 */
DALV_MUST_CHECK enum dalv_status cluster_access_get(
    struct cluster_access *access, const struct control_key *key,
    struct bytes *out_bytes);

/* Who was elected to control the cluster. DALV_NOT_FOUND if nobody ever was. */
DALV_MUST_CHECK enum dalv_status cluster_access_controller(
    struct cluster_access *access, struct candidacy_record *out_record);

/* Say what the store said; the exit code. Of a write, say its outcome. */
int cluster_access_fail(const struct cluster_access *access,
                        enum dalv_status status);
int cluster_access_fail_write(const struct cluster_access *access,
                              enum dalv_status status);

#endif
