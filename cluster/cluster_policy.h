/*
 * What holds for all users of the cluster: whose keys are whose, who wins a
 * conflict, how much there may be.
 *
 * The judge's own form is sync/policy.h, with the same numbers; this one is
 * what is agreed on, kept in the map and changed with `dalv config set`.
 */
#ifndef DALV_CLUSTER_CLUSTER_POLICY_H
#define DALV_CLUSTER_CLUSTER_POLICY_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLUSTER_POLICY_RULES_MAX = 32, /* Of each kind. */
    CLUSTER_POLICY_PREFIX_BYTES_MAX = 64,
    CLUSTER_POLICY_LIMITS = 8,
    CLUSTER_POLICY_BYTES_MAX =
        1 +
        2 * (1 +
             CLUSTER_POLICY_RULES_MAX * (2 + CLUSTER_POLICY_PREFIX_BYTES_MAX)) +
        CLUSTER_POLICY_LIMITS * 10
};

/* Numbers of enum policy_domain. */
enum cluster_domain {
    CLUSTER_DOMAIN_USER = 1,
    CLUSTER_DOMAIN_SYSTEM = 2,
};

/* Numbers of enum policy_merge. */
enum cluster_merge {
    CLUSTER_MERGE_ASK = 1,
    CLUSTER_MERGE_MINE = 2,
    CLUSTER_MERGE_THEIRS = 3,
};

/* What holds for the keys under a prefix, which may be empty. */
struct cluster_rule {
    uint8_t prefix[CLUSTER_POLICY_PREFIX_BYTES_MAX];
    uint8_t prefix_size;
    uint8_t choice; /* A cluster_domain, or a cluster_merge. */
};

/* Ascending by prefix, each prefix once. */
struct cluster_rules {
    struct cluster_rule items[CLUSTER_POLICY_RULES_MAX];
    size_t count;
};

struct cluster_policy {
    struct cluster_rules domains;
    struct cluster_rules merges;
    /* Limits; 0 where there is none beyond base/bounds.h. */
    uint64_t live_bytes_max; /* Of one user. */
    uint64_t live_count_max; /* Keys and elements of one user. */
    uint64_t device_max;     /* Devices of one user, not retired. */
    uint64_t key_bytes_max;  /* Of one transaction from here on. */
    uint64_t value_bytes_max;
    uint64_t transaction_bytes_max;
    uint64_t transaction_operation_max;
    uint64_t sync_operation_max; /* Judged for one SYNC. */
};

/* Prefix "sys/" is the system's, all else as sync/policy.h's default. */
struct cluster_policy cluster_policy_default(void);

/*
 * Put a rule in its place, over one for the same prefix. DALV_TOO_BIG if there
 * are CLUSTER_POLICY_RULES_MAX others or the prefix is too long.
 */
DALV_MUST_CHECK enum dalv_status cluster_rules_set(struct cluster_rules *rules,
                                                   struct bytes prefix,
                                                   uint8_t choice);

/* Take the rule for this prefix out; there need be none. */
void cluster_rules_clear(struct cluster_rules *rules, struct bytes prefix);

/* DALV_TOO_BIG if it does not fit. */
DALV_MUST_CHECK enum dalv_status cluster_policy_encode(
    const struct cluster_policy *policy, struct writer *writer);

/*
 * DALV_PROTOCOL if malformed or not canonical, DALV_UNSUPPORTED for a newer
 * format.
 */
DALV_MUST_CHECK enum dalv_status cluster_policy_decode(
    struct bytes bytes, struct cluster_policy *out_policy);

#endif
