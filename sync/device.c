#include "sync/device.h"

#include "base/assert.h"
#include "sync/sweep.h"

static const struct author system_author = {.writer = WRITER_SYSTEM};

static enum dalv_status log_device(struct judge *judge,
                                   const struct device_state *device,
                                   const struct user_state *user)
{
    struct effect *effects = judge_begin_record(judge, 1);

    if (effects == NULL)
        return DALV_NO_MEMORY;
    effects[0] =
        (struct effect){.type = EFFECT_DEVICE, .device_state = *device};
    judge->view->state = *user;
    judge_end_record(judge, &system_author, effects, 1, 0);
    return DALV_OK;
}

enum dalv_status device_open(struct judge *judge,
                             const struct install_id *install,
                             struct device_opened *out_opened)
{
    struct view_device *entry = user_view_install(judge->view, install);
    struct user_state user = judge->view->state;
    struct device_state device;
    enum dalv_status status;

    ASSERT(entry != NULL);
    device = entry->state;
    if (entry->is_found && !device.is_retired) {
        *out_opened = (struct device_opened){.device = device.device};
        return DALV_OK;
    }
    if (user.device_count >= judge->options.policy->device_max) {
        *out_opened = (struct device_opened){.status = DALV_QUOTA};
        return DALV_OK;
    }
    if (!entry->is_found)
        device = (struct device_state){.device = ++user.device_last,
                                       .install = *install};
    device.is_retired = false;
    device.seen_us = judge->options.now_us;
    user.device_count++;
    status = log_device(judge, &device, &user);
    if (status != DALV_OK)
        return status;
    entry->is_found = true;
    entry->state = device;
    *out_opened = (struct device_opened){.device = device.device};
    return DALV_OK;
}

/* It waits to hear how its work ended, and may still come for that. */
static bool is_waiting(const struct judge *judge,
                       const struct view_device *entry)
{
    return entry->outcome_count > 0 &&
           entry->state.seen_us >
               sweep_conflicts_before_us(judge->options.now_us);
}

enum dalv_status device_retire(struct judge *judge, uint64_t device)
{
    struct view_device *entry = user_view_device(judge->view, device);
    struct user_state user = judge->view->state;
    struct device_state retired;
    enum dalv_status status;

    ASSERT(entry != NULL);
    if (!entry->is_found)
        return DALV_NOT_FOUND;
    if (entry->state.is_retired)
        return DALV_OK;
    if (is_waiting(judge, entry))
        return DALV_PRECONDITION;
    retired = entry->state;
    retired.is_retired = true;
    user.device_count--;
    status = log_device(judge, &retired, &user);
    if (status == DALV_OK)
        entry->state = retired;
    return status;
}
