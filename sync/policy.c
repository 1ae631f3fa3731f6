#include "sync/policy.h"

struct policy policy_default(void)
{
    static const uint8_t system_prefix[] = {'s', 'y', 's', '/'};
    static const struct policy_domain_rule domains[] = {
        {.prefix = {.data = system_prefix, .size = sizeof(system_prefix)},
         .domain = POLICY_SYSTEM},
    };

    return (struct policy){
        .domains = domains,
        .domain_count = sizeof(domains) / sizeof(domains[0]),
        .live_bytes_max = UINT64_C(64) << 20,
        .live_count_max = 1000000,
        .device_max = 32,
    };
}

enum policy_domain policy_domain(const struct policy *policy, struct bytes key)
{
    enum policy_domain domain = POLICY_USER;
    size_t longest = 0;

    for (size_t i = 0; i < policy->domain_count; i++) {
        const struct policy_domain_rule *rule = &policy->domains[i];

        if (rule->prefix.size >= longest &&
            bytes_has_prefix(key, rule->prefix)) {
            domain = rule->domain;
            longest = rule->prefix.size;
        }
    }
    return domain;
}

enum policy_merge policy_merge(const struct policy *policy, struct bytes key)
{
    enum policy_merge merge = POLICY_ASK;
    size_t longest = 0;

    for (size_t i = 0; i < policy->merge_count; i++) {
        const struct policy_merge_rule *rule = &policy->merges[i];

        if (rule->prefix.size >= longest &&
            bytes_has_prefix(key, rule->prefix)) {
            merge = rule->merge;
            longest = rule->prefix.size;
        }
    }
    return merge;
}

static bool is_beyond(uint64_t size, uint64_t size_max)
{
    return size_max != 0 && size > size_max;
}

enum dalv_status policy_judge_size(const struct policy *policy,
                                   const struct transaction *transaction,
                                   size_t bytes, uint32_t *out_operation)
{
    if (is_beyond(bytes, policy->transaction_bytes_max) ||
        is_beyond(transaction->operation_count,
                  policy->transaction_operation_max)) {
        *out_operation = 0;
        return DALV_TOO_BIG;
    }
    for (size_t i = 0; i < transaction->operation_count; i++) {
        const struct operation *operation = &transaction->operations[i];

        if (is_beyond(operation->key.size, policy->key_bytes_max) ||
            is_beyond(operation->value.size, policy->value_bytes_max)) {
            *out_operation = (uint32_t)i;
            return DALV_TOO_BIG;
        }
    }
    return DALV_OK;
}

uint64_t policy_conflict_bytes_max(const struct policy *policy)
{
    return policy->live_bytes_max == 0 ? UINT64_MAX
                                       : policy->live_bytes_max / 10;
}
