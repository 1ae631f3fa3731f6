#include "base/hash.h"
#include "demo/account.h"
#include "demo/chapters.h"
#include "demo/export.h"

static const char *const device_names[] = {"phone", "laptop", "sleeper"};

enum {
    DEVICE_COUNT = sizeof(device_names) / sizeof(device_names[0])
};

struct comparison {
    struct stage *stage;
    struct buffer cluster;
    struct buffer replica;
    uint64_t replicas;
    uint64_t bytes;
    uint64_t digest; /* Over the exports of all users. */
};

static bool bring_up_to_date(struct dalv_device *device, const char *user,
                             const char *name)
{
    const struct dalv_sync_options options = {.resolver = dalv_resolve_theirs};
    enum dalv_status status = dalv_device_sync(device, &options, NULL);

    if (status != DALV_OK)
        account_fail("%s of %s does not sync: %s (%s)", name, user,
                     dalv_status_text(status), dalv_device_error(device));
    return status == DALV_OK;
}

static void compare_replica(struct comparison *comparison, const char *user,
                            const char *name)
{
    struct bytes cluster = buffer_bytes(&comparison->cluster);
    struct bytes difference;

    difference = export_difference(cluster, buffer_bytes(&comparison->replica));
    if (difference.size > 0)
        account_fail("%s of %s differs from the cluster, which has: %.*s", name,
                     user, (int)difference.size, (const char *)difference.data);
    comparison->replicas++;
    comparison->bytes += comparison->replica.size;
}

static bool compare_device(struct comparison *comparison, const char *user,
                           const char *name)
{
    struct dalv_device *device =
        stage_open_device(comparison->stage, user, name);
    bool is_done = device != NULL && bring_up_to_date(device, user, name);

    buffer_clear(&comparison->replica);
    if (is_done)
        is_done = export_device(device, &comparison->replica) == DALV_OK;
    dalv_device_close(&device);
    if (is_done)
        compare_replica(comparison, user, name);
    return is_done;
}

/* Work that a device still had pending moves the cluster: sync all, then
   compare. */
static bool settle_user(struct stage *stage, const char *user)
{
    for (size_t i = 0; i < DEVICE_COUNT; i++) {
        struct dalv_device *device =
            stage_open_device(stage, user, device_names[i]);
        bool is_done =
            device != NULL && bring_up_to_date(device, user, device_names[i]);

        dalv_device_close(&device);
        if (!is_done)
            return false;
    }
    return true;
}

static bool compare_user(struct comparison *comparison, const char *user)
{
    bool is_done = settle_user(comparison->stage, user);

    buffer_clear(&comparison->cluster);
    if (is_done)
        is_done = export_cluster(comparison->stage->backend, user,
                                 &comparison->cluster) == DALV_OK;
    comparison->digest =
        hash64_seeded(buffer_bytes(&comparison->cluster), comparison->digest);
    for (size_t i = 0; is_done && i < DEVICE_COUNT; i++)
        is_done = compare_device(comparison, user, device_names[i]);
    return is_done;
}

bool chapter_compare(struct stage *stage)
{
    struct comparison comparison = {.stage = stage};
    size_t user_count = chapter_user_count(stage);
    bool is_done = true;

    account_chapter("Every replica is compared with the cluster, export "
                    "against export");
    buffer_init(&comparison.cluster);
    buffer_init(&comparison.replica);
    for (size_t i = 0; is_done && i < user_count; i++) {
        account_progress("comparing", i, user_count);
        is_done = compare_user(&comparison, stage->orders.customers[i]);
    }
    if (is_done)
        account_say("%llu replicas of %zu users, %llu bytes of exports, digest "
                    "%016llx",
                    (unsigned long long)comparison.replicas, user_count,
                    (unsigned long long)comparison.bytes,
                    (unsigned long long)comparison.digest);
    buffer_deinit(&comparison.cluster);
    buffer_deinit(&comparison.replica);
    return is_done;
}
