#include "cluster/cluster_policy.h"

#include "base/assert.h"
#include "cluster/part.h"

#include <string.h>

struct cluster_policy cluster_policy_default(void)
{
    struct cluster_policy policy = {
        .live_bytes_max = UINT64_C(64) << 20,
        .live_count_max = 1000000,
        .device_max = 32,
    };
    enum dalv_status status = cluster_rules_set(
        &policy.domains, bytes_from_text("sys/"), CLUSTER_DOMAIN_SYSTEM);

    ASSERT(status == DALV_OK);
    return policy;
}

static struct bytes prefix_of(const struct cluster_rule *rule)
{
    return bytes_make(rule->prefix, rule->prefix_size);
}

enum dalv_status cluster_rules_set(struct cluster_rules *rules,
                                   struct bytes prefix, uint8_t choice)
{
    struct cluster_rule *rule = rules->items;
    struct cluster_rule *end = rules->items + rules->count;

    if (prefix.size > CLUSTER_POLICY_PREFIX_BYTES_MAX)
        return DALV_TOO_BIG;
    while (rule < end && bytes_compare(prefix_of(rule), prefix) < 0)
        rule++;
    if (rule == end || !bytes_equal(prefix_of(rule), prefix)) {
        if (rules->count == CLUSTER_POLICY_RULES_MAX)
            return DALV_TOO_BIG;
        memmove(rule + 1, rule, (size_t)(end - rule) * sizeof(*rule));
        *rule = (struct cluster_rule){.prefix_size = (uint8_t)prefix.size};
        if (prefix.size > 0)
            memcpy(rule->prefix, prefix.data, prefix.size);
        rules->count++;
    }
    rule->choice = choice;
    return DALV_OK;
}

void cluster_rules_clear(struct cluster_rules *rules, struct bytes prefix)
{
    for (size_t i = 0; i < rules->count; i++) {
        struct cluster_rule *rule = &rules->items[i];

        if (!bytes_equal(prefix_of(rule), prefix))
            continue;
        memmove(rule, rule + 1, (rules->count - 1 - i) * sizeof(*rule));
        rules->count--;
        return;
    }
}

static void put_rules(struct writer *writer, const struct cluster_rules *rules)
{
    writer_u8(writer, (uint8_t)rules->count);
    for (size_t i = 0; i < rules->count; i++) {
        writer_sized(writer, prefix_of(&rules->items[i]));
        writer_u8(writer, rules->items[i].choice);
    }
}

static void read_rules(struct reader *reader, uint8_t choice_max,
                       struct cluster_rules *rules)
{
    size_t count = reader_u8(reader);
    struct bytes before = {0};

    if (count > CLUSTER_POLICY_RULES_MAX)
        reader_fail(reader);
    for (size_t i = 0; i < count && reader_is_ok(reader); i++) {
        struct bytes prefix =
            reader_sized(reader, CLUSTER_POLICY_PREFIX_BYTES_MAX);
        uint8_t choice = reader_u8(reader);

        if (choice == 0 || choice > choice_max ||
            (i > 0 && bytes_compare(before, prefix) >= 0) ||
            cluster_rules_set(rules, prefix, choice) != DALV_OK)
            reader_fail(reader);
        before = prefix;
    }
}

enum dalv_status cluster_policy_encode(const struct cluster_policy *policy,
                                       struct writer *writer)
{
    part_begin(writer);
    put_rules(writer, &policy->domains);
    put_rules(writer, &policy->merges);
    writer_varint(writer, policy->live_bytes_max);
    writer_varint(writer, policy->live_count_max);
    writer_varint(writer, policy->device_max);
    writer_varint(writer, policy->key_bytes_max);
    writer_varint(writer, policy->value_bytes_max);
    writer_varint(writer, policy->transaction_bytes_max);
    writer_varint(writer, policy->transaction_operation_max);
    writer_varint(writer, policy->sync_operation_max);
    return writer_is_ok(writer) ? DALV_OK : DALV_TOO_BIG;
}

enum dalv_status cluster_policy_decode(struct bytes bytes,
                                       struct cluster_policy *out_policy)
{
    struct cluster_policy policy = {.device_max = 0};
    struct reader reader;
    enum dalv_status status = part_open(&reader, bytes);

    if (status != DALV_OK)
        return status;
    read_rules(&reader, CLUSTER_DOMAIN_SYSTEM, &policy.domains);
    read_rules(&reader, CLUSTER_MERGE_THEIRS, &policy.merges);
    policy.live_bytes_max = reader_varint(&reader);
    policy.live_count_max = reader_varint(&reader);
    policy.device_max = reader_varint(&reader);
    policy.key_bytes_max = reader_varint(&reader);
    policy.value_bytes_max = reader_varint(&reader);
    policy.transaction_bytes_max = reader_varint(&reader);
    policy.transaction_operation_max = reader_varint(&reader);
    policy.sync_operation_max = reader_varint(&reader);
    if (!reader_is_finished(&reader))
        return DALV_PROTOCOL;
    *out_policy = policy;
    return DALV_OK;
}
