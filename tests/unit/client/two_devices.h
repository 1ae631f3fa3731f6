/*
 * A cluster and two devices of the same user, and a resolver that answers by a
 * script.
 */
#ifndef DALV_TESTS_UNIT_CLIENT_TWO_DEVICES_H
#define DALV_TESTS_UNIT_CLIENT_TWO_DEVICES_H

#include "tests/unit/client/device_fixture.h"

struct two_devices {
    struct small_cluster *cluster;
    struct device phone;
    struct device tablet;
    struct policy policy;
    struct policy_merge_rule merge;
};

struct script {
    enum sync_resolution resolution;
    const struct operation *operations;
    size_t operation_count;
    unsigned asked_count;
    char seen[128]; /* Of the last question: base, theirs. */
};

struct two_devices *two_devices_begin(void);
/* The phone comes second with a change of "name": Cid, where Bea is. */
struct two_devices *two_devices_begin_conflict(void);
void two_devices_end(struct two_devices *fixture);
/* What becomes of every conflict. */
void two_devices_set_merge(struct two_devices *fixture,
                           enum policy_merge merge);
/* Power fails, and the store is opened again. */
void two_devices_crash(struct device *device);
/* The device's next syncs ask the script. */
void two_devices_answer(struct device *device, struct script *script);

#define DO(device, ...)                                                        \
    CU_ASSERT_EQUAL(                                                           \
        device_do((device), &(struct operation[]){__VA_ARGS__}[0]), DALV_OK)
#define UPDATE(fixture, ...)                                                   \
    small_cluster_update((fixture)->cluster,                                   \
                         &(struct operation[]){__VA_ARGS__}[0], 1)
#define SYNC(device) CU_ASSERT_EQUAL(device_sync(device), DALV_OK)
#define SEES(device, key, text)                                                \
    CU_ASSERT_STRING_EQUAL(device_sees((device), (key)), (text))
#define HOLDS(fixture, key, text)                                              \
    CU_ASSERT_STRING_EQUAL(cluster_holds(&(fixture)->phone, (key)), (text))

#endif
