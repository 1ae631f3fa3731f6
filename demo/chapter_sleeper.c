#include "demo/account.h"
#include "demo/chapters.h"

#include <stdio.h>
#include <unistd.h>

enum {
    DROPPED_KEYS = 400, /* Enough tombstones for the floor to move. */
    SETTLE_MS = 1500,
};

/* Keys that come and go: what remains of them is compacted away. */
static enum dalv_status churn(struct stage *stage, const char *user)
{
    enum dalv_status status = DALV_OK;
    char key[32];

    for (int i = 0; status == DALV_OK && i < DROPPED_KEYS; i++) {
        (void)snprintf(key, sizeof(key), "recent/%d", i);
        status = dalv_backend_put(stage->backend, dalv_text(user),
                                  dalv_text(key), dalv_text("seen"), NULL);
        if (status == DALV_OK)
            status = dalv_backend_del(stage->backend, dalv_text(user),
                                      dalv_text(key));
        account_progress("changing", (uint64_t)i, DROPPED_KEYS);
    }
    return status;
}

static bool edit_asleep(struct dalv_device *sleeper)
{
    enum dalv_status status =
        dalv_device_list_add(sleeper, dalv_text("cart/items"),
                             dalv_text("a pillow, added while asleep"));

    if (status == DALV_OK)
        status = dalv_device_put(sleeper, dalv_text("dreams/1"),
                                 dalv_text("of sheep"));
    if (status == DALV_OK)
        status = dalv_device_increment(sleeper, dalv_text("visits"), 100);
    if (status != DALV_OK)
        account_fail("the sleeper cannot write: %s", dalv_status_text(status));
    return status == DALV_OK;
}

static bool wake(struct dalv_device *sleeper, const char *user)
{
    const struct dalv_sync_options options = {.resolver = dalv_resolve_merge};
    struct dalv_sync_report report;
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_device_sync(sleeper, &options, &report);

    if (status != DALV_OK) {
        account_fail("the sleeper of %s does not sync: %s (%s)", user,
                     dalv_status_text(status), dalv_device_error(sleeper));
        return false;
    }
    account_say("it is back in %llu round trips: %llu changes received, %llu "
                "of its own transactions pushed",
                (unsigned long long)report.round_trips,
                (unsigned long long)report.received_count,
                (unsigned long long)report.pushed_count);
    status = dalv_device_get(sleeper, dalv_text("cart/items"), &value);
    if (status != DALV_OK || dalv_value_element_count(value) != 3)
        account_fail("the cart of %s does not have its three items", user);
    dalv_value_destroy(&value);
    if (dalv_device_get(sleeper, dalv_text("recent/7"), &value) !=
        DALV_NOT_FOUND)
        account_fail("a deleted key is back at %s", user);
    dalv_value_destroy(&value);
    return true;
}

bool chapter_sleeper(struct stage *stage)
{
    const char *user = stage->orders.customers[0];
    struct dalv_device *sleeper = NULL;
    enum dalv_status status;
    bool is_done;

    account_chapter("A device that slept through everything and through "
                    "compaction returns");
    sleeper = stage_open_device(stage, user, "sleeper");
    is_done = sleeper != NULL && edit_asleep(sleeper);
    status = is_done ? churn(stage, user) : DALV_OK;
    if (status != DALV_OK)
        account_fail("the backend's changes: %s", dalv_status_text(status));
    if (is_done && status == DALV_OK) {
        account_say("%d keys of user %s came and went meanwhile", DROPPED_KEYS,
                    user);
        (void)usleep(SETTLE_MS * 1000);
        is_done = wake(sleeper, user);
    }
    dalv_device_close(&sleeper);
    return is_done && status == DALV_OK;
}
