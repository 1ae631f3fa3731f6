#include "tests/unit/client/two_devices.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

struct two_devices *two_devices_begin(void)
{
    static struct two_devices fixture;

    fixture.cluster = small_cluster_create("ada");
    device_init(&fixture.phone, fixture.cluster, 1);
    device_init(&fixture.tablet, fixture.cluster, 2);
    return &fixture;
}

void two_devices_end(struct two_devices *fixture)
{
    device_deinit(&fixture->phone);
    device_deinit(&fixture->tablet);
    small_cluster_destroy(&fixture->cluster);
}

void two_devices_set_merge(struct two_devices *fixture, enum policy_merge merge)
{
    fixture->merge = (struct policy_merge_rule){.merge = merge};
    fixture->policy = policy_default();
    fixture->policy.merges = &fixture->merge;
    fixture->policy.merge_count = 1;
    small_cluster_set_policy(fixture->cluster, &fixture->policy);
}

void two_devices_crash(struct device *device)
{
    device_crash(device);
    CU_ASSERT_EQUAL_FATAL(device_start(device), DALV_OK);
}

static void resolve(void *owner, const struct sync_conflict *conflict,
                    struct sync_answer *out_answer)
{
    struct script *script = owner;

    script->asked_count++;
    (void)snprintf(script->seen, sizeof(script->seen), "%.*s: %.*s, %.*s",
                   (int)conflict->key.size, (const char *)conflict->key.data,
                   (int)conflict->base->state.value.size,
                   (const char *)conflict->base->state.value.data,
                   (int)conflict->theirs->state.value.size,
                   (const char *)conflict->theirs->state.value.data);
    *out_answer =
        (struct sync_answer){.resolution = script->resolution,
                             .operations = script->operations,
                             .operation_count = script->operation_count};
}

void two_devices_answer(struct device *device, struct script *script)
{
    device->options.resolver = resolve;
    device->options.resolver_owner = script;
}

struct two_devices *two_devices_begin_conflict(void)
{
    struct two_devices *fixture = two_devices_begin();

    DO(&fixture->phone, put("name", "Ann"));
    SYNC(&fixture->phone);
    SYNC(&fixture->tablet);
    DO(&fixture->tablet, put("name", "Bea"));
    SYNC(&fixture->tablet);
    DO(&fixture->phone, put("name", "Cid"));
    return fixture;
}
