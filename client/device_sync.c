/*
 * The store's sync machine over the device's session.
 */
#include "base/clock.h"
#include "client/device_conflict.h"
#include "client/device_internal.h"
#include "client/live.h"
#include "client/public_bytes.h"
#include "client/sync_machine.h"

#include <string.h>

enum {
    ANSWER_TIMEOUT_MS = 10000,
    PART_TIMEOUT_MS = 120000, /* More for one of 1 MiB, at 10 KiB a second. */
    LIVE_TURN_MS = 1000, /* How often a live session asks whether to go on. */
    LIVE_AGAIN_MS = 500,
};

/* One sync while it runs. */
struct syncing {
    struct dalv_device *device;
    const struct dalv_sync_options *options;
    struct sync_machine *machine;
    struct device_resolver resolver;
    struct buffer changed; /* Keys to tell of: size and bytes of each. */
    uint64_t changed_count;
    bool is_memory_out;
};

static const struct dalv_sync_options no_options;

/* A page is about to be shown: told is what it changed, once it is. */
static void note_change(void *owner, struct bytes key)
{
    struct syncing *syncing = owner;
    uint16_t size = (uint16_t)key.size;
    struct bytes prefix = buffer_bytes(&syncing->device->watch_prefix);

    syncing->changed_count++;
    if (syncing->device->watch == NULL || !bytes_has_prefix(key, prefix))
        return;
    if (buffer_reserve(&syncing->changed, sizeof(size) + key.size) != DALV_OK) {
        syncing->is_memory_out = true;
        return;
    }
    buffer_put(&syncing->changed, bytes_make(&size, sizeof(size)));
    buffer_put(&syncing->changed, key);
}

static enum dalv_status tell_key(struct dalv_device *device, struct bytes key)
{
    struct dalv_value *value = NULL;
    struct key_value held;
    enum dalv_status status;

    key_value_init(&held);
    status = store_get(device->store, key, &held);
    if (status == DALV_OK)
        status = device_value(&held, &value);
    key_value_deinit(&held);
    if (status != DALV_OK)
        return status;
    device->watch(device->watch_owner, public_bytes_out(key), value);
    dalv_value_destroy(&value);
    return DALV_OK;
}

static enum dalv_status tell_changes(struct syncing *syncing)
{
    struct reader reader;
    enum dalv_status status = syncing->is_memory_out ? DALV_NO_MEMORY : DALV_OK;

    reader_init(&reader, buffer_bytes(&syncing->changed));
    while (status == DALV_OK && !reader_is_finished(&reader)) {
        uint16_t size;

        memcpy(&size, reader_bytes(&reader, sizeof(size)).data, sizeof(size));
        status = tell_key(syncing->device, reader_bytes(&reader, size));
    }
    buffer_clear(&syncing->changed);
    return status;
}

static uint32_t timeout_ms(const struct dalv_sync_options *options)
{
    return options->timeout_ms == 0 ? ANSWER_TIMEOUT_MS : options->timeout_ms;
}

/* The store has no device id, or a new install id: only HELLO tells. */
static enum dalv_status greet(struct syncing *syncing)
{
    const struct message *welcomed = NULL;
    enum dalv_status status = device_session_begin(syncing->device);

    if (status == DALV_OK)
        status = device_session_open(syncing->device,
                                     timeout_ms(syncing->options), &welcomed);
    if (status == DALV_OK)
        status = sync_machine_take(syncing->machine, clock_wall_us(), welcomed);
    return status;
}

static enum dalv_status take_answer(struct syncing *syncing,
                                    const struct message *answer)
{
    enum dalv_status status =
        sync_machine_take(syncing->machine, clock_wall_us(), answer);

    if (status == DALV_OK)
        return tell_changes(syncing);
    if (answer->type == MESSAGE_REFUSED && answer->refused.text.size > 0)
        return device_fail(syncing->device, status,
                           "the cluster refused to sync");
    return device_fail(syncing->device, status, dalv_status_text(status));
}

static bool moves_part(const struct message *question)
{
    return question->type == MESSAGE_UPDATE ||
           (question->type == MESSAGE_RANGE && question->range.has_parts);
}

static enum dalv_status ask(struct syncing *syncing,
                            const struct message *question)
{
    struct dalv_device *device = syncing->device;
    uint32_t wait_ms = timeout_ms(syncing->options);
    const struct message *answer = NULL;
    enum dalv_status status = DALV_OK;

    if (device->connection == NULL)
        status = device_session_begin(device);
    if (status == DALV_OK)
        status = device_session_ask(
            device, question,
            moves_part(question) ? wait_ms + PART_TIMEOUT_MS : wait_ms,
            &answer);
    return status == DALV_OK ? take_answer(syncing, answer) : status;
}

static struct dalv_progress progress_now(const struct syncing *syncing)
{
    const struct sync_report *report = sync_machine_report(syncing->machine);

    return (struct dalv_progress){
        .received_count = syncing->changed_count,
        .received_bytes = report->received_bytes,
        .sent_bytes = report->sent_bytes,
        .remaining_count = report->remaining_count,
        .remaining_bytes = report->remaining_bytes,
        .pushed_count = report->pushed_count,
        .pending_count = store_status(syncing->device->store).pending_count,
    };
}

static bool goes_on(const struct syncing *syncing)
{
    const struct dalv_sync_options *options = syncing->options;
    struct dalv_progress progress;

    if (options->progress == NULL)
        return true;
    progress = progress_now(syncing);
    return options->progress(options->progress_owner, &progress);
}

static enum dalv_status run(struct syncing *syncing)
{
    struct message question;
    enum sync_step step = SYNC_STEP_SEND;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK) {
        if (!goes_on(syncing))
            return device_fail(syncing->device, DALV_CANCELLED, "cancelled");
        status = sync_machine_next(syncing->machine, clock_wall_us(), &step,
                                   &question);
        if (status != DALV_OK || step == SYNC_STEP_DONE)
            break;
        if (step == SYNC_STEP_HELLO)
            status = greet(syncing);
        else
            status = ask(syncing, &question);
    }
    return status;
}

static void add_report(const struct syncing *syncing,
                       struct dalv_sync_report *report)
{
    const struct sync_report *now = sync_machine_report(syncing->machine);

    report->round_trips += now->round_trips;
    report->received_count += syncing->changed_count;
    report->pushed_count += now->pushed_count;
    report->merged_count += now->merged_count;
    report->conflict_count += now->conflict_count;
    report->refused_count += now->refused_count;
}

static enum dalv_status note_synced(struct dalv_device *device)
{
    uint64_t now_us = clock_wall_us();
    enum dalv_status status = store_prune(device->store, now_us);

    device->link.synced_us = now_us;
    if (status == DALV_OK)
        status = device_link_save(&device->link);
    return device_fail(device, status, "the store's folder cannot be written");
}

static enum dalv_status sync_once(struct dalv_device *device,
                                  const struct dalv_sync_options *options,
                                  bool is_live, struct dalv_sync_report *report)
{
    struct syncing syncing = {.device = device, .options = options};
    const struct sync_options machine_options = {
        .resolver = options->resolver == NULL ? NULL : device_resolver_call,
        .resolver_owner = &syncing.resolver,
        .told = note_change,
        .told_owner = &syncing,
        .is_live = is_live,
    };
    enum dalv_status status =
        sync_machine_create(device->store, &machine_options, &syncing.machine);

    if (status != DALV_OK)
        return device_fail(device, status, dalv_status_text(status));
    device->is_stale = false;
    buffer_init(&syncing.changed);
    device_resolver_init(&syncing.resolver, options->resolver,
                         options->resolver_owner);
    status = run(&syncing);
    add_report(&syncing, report);
    sync_machine_destroy(&syncing.machine);
    device_resolver_deinit(&syncing.resolver);
    buffer_deinit(&syncing.changed);
    return status == DALV_OK ? note_synced(device) : status;
}

/* What is left at the end, and what that means. */
static enum dalv_status conclude(struct dalv_device *device,
                                 enum dalv_status status,
                                 struct dalv_sync_report *report)
{
    struct store_status now = store_status(device->store);

    report->waiting_count = now.conflict_count;
    report->revision = now.cursor.revision;
    if (status == DALV_OK && now.conflict_count > 0)
        return device_fail(device, DALV_CONFLICT,
                           "conflicts wait for a resolver");
    return status;
}

enum dalv_status dalv_device_sync(struct dalv_device *device,
                                  const struct dalv_sync_options *options,
                                  struct dalv_sync_report *out_report)
{
    struct dalv_sync_report report = {0};
    enum dalv_status status;

    if (options == NULL)
        options = &no_options;
    status = sync_once(device, options, /* is_live = */ false, &report);
    status = conclude(device, status, &report);
    if (out_report != NULL)
        *out_report = report;
    return status;
}

/* What a live session survives. */
static bool is_passing(enum dalv_status status)
{
    return status == DALV_OK || status == DALV_UNAVAILABLE ||
           status == DALV_TIMEOUT || status == DALV_BUSY ||
           status == DALV_UNKNOWN;
}

static bool live_goes_on(struct dalv_device *device,
                         const struct dalv_sync_options *options)
{
    const struct dalv_progress progress = {
        .pending_count = store_status(device->store).pending_count};

    return options->progress == NULL ||
           options->progress(options->progress_owner, &progress);
}

/* Show what was pushed; where something is missing before it, a sync brings
   it. */
static enum dalv_status take_pushed(struct dalv_device *device,
                                    const struct message_changed *changed,
                                    struct dalv_sync_report *report)
{
    struct syncing syncing = {.device = device};
    enum dalv_status status;

    buffer_init(&syncing.changed);
    status = live_take(device->store, changed, note_change, &syncing);
    if (status == DALV_OK)
        status = tell_changes(&syncing);
    report->received_count += syncing.changed_count;
    buffer_deinit(&syncing.changed);
    if (status == DALV_REBASE) {
        device->is_stale = true;
        return DALV_OK;
    }
    return device_fail(device, status, dalv_status_text(status));
}

/* Until a sync is needed, the time is up, or it is to stop. */
static enum dalv_status listen(struct dalv_device *device,
                               const struct dalv_sync_options *options,
                               uint64_t deadline_ms,
                               struct dalv_sync_report *report)
{
    const struct message_changed *changed = NULL;
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && !device->is_stale &&
           clock_boot_ms() < deadline_ms) {
        uint64_t turn_ms = clock_boot_ms() + LIVE_TURN_MS;

        if (!live_goes_on(device, options))
            return DALV_CANCELLED;
        status = device_session_listen(
            device, turn_ms < deadline_ms ? turn_ms : deadline_ms, &changed);
        if (status == DALV_OK && changed != NULL)
            status = take_pushed(device, changed, report);
    }
    return status;
}

/* After a sync that failed in passing: let some time go by, what comes
   meanwhile is brought by the next one. */
static enum dalv_status pause_live(struct dalv_device *device)
{
    const struct message_changed *changed = NULL;

    return device_session_listen(device, clock_boot_ms() + LIVE_AGAIN_MS,
                                 &changed);
}

enum dalv_status dalv_device_live(struct dalv_device *device,
                                  const struct dalv_sync_options *options,
                                  uint64_t duration_ms,
                                  struct dalv_sync_report *out_report)
{
    struct dalv_sync_report report = {0};
    uint64_t deadline_ms =
        duration_ms == 0 ? UINT64_MAX : clock_boot_ms() + duration_ms;
    enum dalv_status status;

    if (options == NULL)
        options = &no_options;
    do {
        status = sync_once(device, options, /* is_live = */ true, &report);
        if (!is_passing(status))
            break;
        /* One that failed is tried again, in a while. */
        if (status != DALV_OK && device->connection != NULL)
            status = pause_live(device);
        else
            status = listen(device, options, deadline_ms, &report);
    } while (status == DALV_OK && clock_boot_ms() < deadline_ms);
    if (status == DALV_CANCELLED)
        status = DALV_OK;
    status = conclude(device, status, &report);
    if (out_report != NULL)
        *out_report = report;
    return status;
}
