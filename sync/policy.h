/*
 * Who may write a key, who wins when two did, and how much there may be.
 *
 * A policy is part of the cluster map and handed in by whoever judges; it is
 * the same for all users. Rules go by the longest prefix that matches.
 */
#ifndef DALV_SYNC_POLICY_H
#define DALV_SYNC_POLICY_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/transaction.h"

#include <stddef.h>
#include <stdint.h>

enum {
    POLICY_RULES_MAX = 64, /* Of each kind. */
};

/* Whose a key is. */
enum policy_domain {
    POLICY_USER = 1,   /* Devices and backends write it. */
    POLICY_SYSTEM = 2, /* Backends write it; devices get it by sync. */
};

/* What becomes of a device's operation in conflict. */
enum policy_merge {
    POLICY_ASK = 1,    /* Its transaction is refused, the application asked. */
    POLICY_MINE = 2,   /* It wins. */
    POLICY_THEIRS = 3, /* It is dropped, the rest of its transaction applies. */
};

struct policy_domain_rule {
    struct bytes prefix;
    enum policy_domain domain;
};

struct policy_merge_rule {
    struct bytes prefix;
    enum policy_merge merge;
};

struct policy {
    /* At most POLICY_RULES_MAX each, in any order, prefixes unique. */
    const struct policy_domain_rule *domains;
    size_t domain_count;
    const struct policy_merge_rule *merges;
    size_t merge_count;
    uint64_t live_bytes_max; /* The quota of one user; 0 for none. */
    uint64_t live_count_max; /* Keys and elements of one user; 0 for none. */
    uint64_t device_max;     /* Devices of one user that are not retired. */
    /* Of one transaction, within what base/bounds.h allows; 0: only that. */
    uint64_t key_bytes_max;
    uint64_t value_bytes_max;
    uint64_t transaction_bytes_max; /* As it travels. */
    uint64_t transaction_operation_max;
    uint64_t sync_operation_max; /* Judged for one SYNC; 0 for no limit. */
};

/*
 * Prefix "sys/" is the system's, all else the user's; conflicts are asked
 * about; 64 MiB and a million keys and elements a user.
 */
struct policy policy_default(void);

/* POLICY_USER where no rule matches. */
enum policy_domain policy_domain(const struct policy *policy, struct bytes key);

/* POLICY_ASK where no rule matches. */
enum policy_merge policy_merge(const struct policy *policy, struct bytes key);

/*
 * DALV_TOO_BIG if the transaction, `bytes` long as it came, is beyond the
 * policy; `out_operation` is the first one at fault, or 0.
 */
DALV_MUST_CHECK enum dalv_status policy_judge_size(
    const struct policy *policy, const struct transaction *transaction,
    size_t bytes, uint32_t *out_operation);

/* What the conflict log may hold of one user; UINT64_MAX without a quota. */
uint64_t policy_conflict_bytes_max(const struct policy *policy);

#endif
