#include "dalvd/rules.h"

#include <string.h>

enum {
    MS_PER_S = 1000
};

static enum policy_domain domain_of(uint64_t choice)
{
    return choice == CONFIG_OWNER_SYSTEM ? POLICY_SYSTEM : POLICY_USER;
}

static enum policy_merge merge_of(uint64_t choice)
{
    if (choice == CONFIG_MERGE_MINE)
        return POLICY_MINE;
    return choice == CONFIG_MERGE_THEIRS ? POLICY_THEIRS : POLICY_ASK;
}

_Static_assert((int)CLUSTER_DOMAIN_USER == (int)POLICY_USER &&
                   (int)CLUSTER_DOMAIN_SYSTEM == (int)POLICY_SYSTEM &&
                   (int)CLUSTER_MERGE_ASK == (int)POLICY_ASK &&
                   (int)CLUSTER_MERGE_MINE == (int)POLICY_MINE &&
                   (int)CLUSTER_MERGE_THEIRS == (int)POLICY_THEIRS &&
                   (int)CLUSTER_POLICY_RULES_MAX <= (int)POLICY_RULES_MAX,
               "the map's rules are the judge's");

static void take_limits(struct rules *rules, const struct config_limits *limits)
{
    struct policy *policy = &rules->policy;

    policy->live_bytes_max = limits->user_bytes;
    policy->device_max = limits->devices_per_user;
    policy->key_bytes_max = limits->key_bytes;
    policy->value_bytes_max = limits->value_bytes;
    policy->transaction_bytes_max = limits->transaction_bytes;
    policy->transaction_operation_max = limits->transaction_operations;
    policy->sync_operation_max = limits->sync_operations;
    rules->limits = (struct admission_limits){
        .requests = {.per_s = limits->requests_per_s, .burst_s = limits->burst},
        .bytes = {.per_s = limits->bytes_per_s, .burst_s = limits->burst},
    };
}

void rules_init(struct rules *rules, const struct config *config)
{
    rules->policy = policy_default();
    take_limits(rules, &config->limits);
    for (size_t i = 0; i < config->domains.count; i++) {
        const struct field_rule *rule = &config->domains.items[i];

        rules->domains[i] = (struct policy_domain_rule){
            .prefix = bytes_make(rule->prefix, rule->prefix_size),
            .domain = domain_of(rule->choice)};
    }
    for (size_t i = 0; i < config->merge_policies.count; i++) {
        const struct field_rule *rule = &config->merge_policies.items[i];

        rules->merges[i] = (struct policy_merge_rule){
            .prefix = bytes_make(rule->prefix, rule->prefix_size),
            .merge = merge_of(rule->choice)};
    }
    rules->policy.domains = rules->domains;
    rules->policy.domain_count = config->domains.count;
    rules->policy.merges = rules->merges;
    rules->policy.merge_count = config->merge_policies.count;
}

static void use_agreed(struct rules *rules)
{
    const struct cluster_policy *agreed = &rules->agreed;
    struct policy *policy = &rules->policy;

    for (size_t i = 0; i < agreed->domains.count; i++) {
        const struct cluster_rule *rule = &agreed->domains.items[i];

        rules->domains[i] = (struct policy_domain_rule){
            .prefix = bytes_make(rule->prefix, rule->prefix_size),
            .domain = (enum policy_domain)rule->choice};
    }
    for (size_t i = 0; i < agreed->merges.count; i++) {
        const struct cluster_rule *rule = &agreed->merges.items[i];

        rules->merges[i] = (struct policy_merge_rule){
            .prefix = bytes_make(rule->prefix, rule->prefix_size),
            .merge = (enum policy_merge)rule->choice};
    }
    *policy = (struct policy){
        .domains = rules->domains,
        .domain_count = agreed->domains.count,
        .merges = rules->merges,
        .merge_count = agreed->merges.count,
        .live_bytes_max = agreed->live_bytes_max,
        .live_count_max = agreed->live_count_max,
        .device_max = agreed->device_max,
        .key_bytes_max = agreed->key_bytes_max,
        .value_bytes_max = agreed->value_bytes_max,
        .transaction_bytes_max = agreed->transaction_bytes_max,
        .transaction_operation_max = agreed->transaction_operation_max,
        .sync_operation_max = agreed->sync_operation_max,
    };
}

void rules_reload(struct rules *rules, const struct config *config)
{
    rules_init(rules, config);
    if (rules->is_agreed)
        use_agreed(rules);
}

bool rules_agree(struct rules *rules, const struct cluster_policy *agreed)
{
    if (rules->is_agreed &&
        memcmp(&rules->agreed, agreed, sizeof(*agreed)) == 0)
        return false;
    rules->agreed = *agreed;
    rules->is_agreed = true;
    use_agreed(rules);
    return true;
}

enum dalv_status rules_load_verifier(const struct config *config,
                                     struct token_verifier *out_verifier,
                                     struct config_error *out_error)
{
    struct token_verifier verifier = {
        .issuer = config->tokens.issuer,
        .audience = config->cluster.id,
        .device_life_s_max = config->tokens.device_life_max_ms / MS_PER_S,
        .service_life_s_max = config->tokens.service_life_max_ms / MS_PER_S,
    };

    for (size_t i = 0; i < config->tokens.key_files.count; i++) {
        const char *path = config->tokens.key_files.items[i];
        enum dalv_status status = token_key_set_load(path, &verifier.keys);
        struct text text;

        if (status == DALV_OK)
            continue;
        text = config_error_begin(out_error, status, 0, 0);
        text_put(&text, "tokens.key_files: ");
        text_put(&text, path);
        text_put(&text, ": ");
        text_put(&text, status_text(status));
        return status;
    }
    *out_verifier = verifier;
    return DALV_OK;
}
