/*
 * What a configuration says, in the form in which judge and gate want it.
 */
#ifndef DALV_DALVD_RULES_H
#define DALV_DALVD_RULES_H

#include "base/status.h"
#include "config/config.h"
#include "router/admission.h"
#include "sync/policy.h"
#include "token/token.h"

/* A policy with the rules that it borrows. Not to be moved. */
struct rules {
    struct policy policy;
    struct policy_domain_rule domains[POLICY_RULES_MAX];
    struct policy_merge_rule merges[POLICY_RULES_MAX];
    struct admission_limits limits;
};

/* Borrows the prefixes from `config`. */
void rules_init(struct rules *rules, const struct config *config);

/*
 * Load the issuers' public keys. Texts are borrowed from `config`; failures
 * name the file in `out_error`.
 */
DALV_MUST_CHECK enum dalv_status rules_load_verifier(
    const struct config *config, struct token_verifier *out_verifier,
    struct config_error *out_error);

#endif
