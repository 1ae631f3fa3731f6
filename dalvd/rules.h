/*
 * What holds for users, in the form in which judge and gate want it: what the
 * configuration says, and in a cluster what its map says.
 */
#ifndef DALV_DALVD_RULES_H
#define DALV_DALVD_RULES_H

#include "base/status.h"
#include "cluster/cluster_policy.h"
#include "config/config.h"
#include "router/admission.h"
#include "sync/policy.h"
#include "token/token.h"

#include <stdbool.h>

/* A policy with the rules that it borrows. Not to be moved. */
struct rules {
    struct policy policy;
    struct cluster_policy agreed; /* In a cluster, once there is a map. */
    bool is_agreed;
    struct policy_domain_rule domains[POLICY_RULES_MAX];
    struct policy_merge_rule merges[POLICY_RULES_MAX];
    struct admission_limits limits;
};

/* Borrows the prefixes from `config`. */
void rules_init(struct rules *rules, const struct config *config);

/* The configuration was read again. What a cluster has agreed on stays. */
void rules_reload(struct rules *rules, const struct config *config);

/*
 * From now on what the cluster has agreed on holds, in place of what the
 * configuration says of the same; copied. True if that is anything new.
 */
bool rules_agree(struct rules *rules, const struct cluster_policy *agreed);

/*
 * Load the issuers' public keys. Texts are borrowed from `config`; failures
 * name the file in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status rules_load_verifier(
    const struct config *config, struct token_verifier *out_verifier,
    struct config_error *out_error);

#endif
