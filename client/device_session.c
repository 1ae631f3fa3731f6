/*
 * One question at a time over the device's connection.
 */
#include "base/clock.h"
#include "client/device_internal.h"

#include <stdio.h>

enum {
    REST_MAX_MS = 30000, /* A hundred thousand devices come back slowly. */
    AGAIN_MS = 100,
    NUMBER_FIRST = 16, /* Below are the connection's own. */
};

void device_session_end(struct dalv_device *device)
{
    connection_close(&device->connection);
}

/*
 * Who the device is its token says: its own key is of this connection alone.
 * False if the link's key is none.
 */
static bool make_keys(const struct device_link *link,
                      struct endpoint_keys *keys)
{
    *keys = (struct endpoint_keys){.gate = GATE_DEVICES};
    if (curve_key_parse(bytes_from_text(link->server_key), &keys->server) !=
        DALV_OK)
        return false;
    curve_pair_generate(&keys->own);
    return true;
}

enum dalv_status device_session_begin(struct dalv_device *device)
{
    const char *endpoints[CONNECTION_ENDPOINTS_MAX];
    const struct device_link *link = &device->link;
    struct endpoint_keys keys;
    struct connection_options options = {
        .endpoints = endpoints,
        .endpoint_count = link->endpoint_count,
        .token = bytes_from_text(link->token),
        .is_device = true,
        .install = ledger_identity(store_ledger(device->store))->install,
        .rest_max_ms = REST_MAX_MS,
    };
    enum dalv_status status;

    device_session_end(device);
    if (link->endpoint_count == 0 || link->token[0] == '\0')
        return device_fail(device, DALV_INVALID,
                           "the store knows no endpoint or no token yet");
    for (size_t i = 0; i < link->endpoint_count; i++)
        endpoints[i] = link->endpoints[i];
    if (link->server_key[0] != '\0') {
        if (!make_keys(link, &keys))
            return device_fail(device, DALV_DAMAGED,
                               "the server's key in the store is none");
        options.keys = &keys;
    }
    status = connection_open(&options, &device->connection);
    if (options.keys != NULL)
        curve_pair_wipe(&keys.own);
    return device_fail(device, status, "the connection cannot be made");
}

/* A token that is refused ends the session: the next begins with a new one. */
static enum dalv_status refuse(struct dalv_device *device,
                               const struct connection_event *event)
{
    enum dalv_status status = device_fail(device, event->status, event->text);

    device_session_end(device);
    return status;
}

enum dalv_status device_session_open(struct dalv_device *device,
                                     uint32_t timeout_ms,
                                     const struct message **out_welcomed)
{
    uint64_t deadline_ms = clock_boot_ms() + timeout_ms;
    struct connection_event event;

    do {
        connection_poll(device->connection, deadline_ms, &event);
        if (event.type == CONNECTION_REFUSED)
            return refuse(device, &event);
        if (event.type == CONNECTION_OPENED) {
            *out_welcomed = event.message;
            return DALV_OK;
        }
    } while (clock_boot_ms() < deadline_ms);
    return device_fail(device, DALV_UNAVAILABLE,
                       "no router could be reached in time");
}

/* One question on its way. */
struct asking {
    struct message question;
    bool is_sent;
    uint64_t send_ms; /* Not before. */
    uint64_t deadline_ms;
    enum dalv_status last; /* Of the last answer; DALV_OK if there was none. */
};

static bool is_passing(const struct message_refused *refused)
{
    enum dalv_status status = refused->status;

    /* A rate, not an amount, if waiting helps. */
    if (status == DALV_QUOTA)
        return refused->retry_after_ms > 0;
    return status == DALV_BUSY || status == DALV_UNAVAILABLE ||
           status == DALV_TIMEOUT || status == DALV_UNKNOWN;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static enum dalv_status send(struct dalv_device *device, struct asking *asking,
                             uint64_t *inout_wait_ms)
{
    uint64_t now_ms = clock_boot_ms();
    enum dalv_status status;

    if (asking->is_sent || !connection_is_open(device->connection))
        return DALV_OK;
    if (now_ms < asking->send_ms) {
        *inout_wait_ms = earlier(*inout_wait_ms, asking->send_ms);
        return DALV_OK;
    }
    asking->question.request = NUMBER_FIRST + device->next_number++ % INT32_MAX;
    status = connection_send(device->connection, &asking->question);
    asking->is_sent = status == DALV_OK;
    if (status == DALV_BUSY)
        *inout_wait_ms = earlier(*inout_wait_ms, now_ms + AGAIN_MS);
    return status == DALV_BUSY || status == DALV_UNAVAILABLE ? DALV_OK : status;
}

/* True if it is the answer, for good. */
static bool take(struct dalv_device *device, struct asking *asking,
                 const struct message *message)
{
    uint32_t pause_ms = AGAIN_MS;

    if (message->type == MESSAGE_CHANGED)
        device->is_stale = true;
    if (!asking->is_sent || message->request != asking->question.request)
        return false;
    if (message->type != MESSAGE_REFUSED || !is_passing(&message->refused))
        return true;
    asking->last = message->refused.status;
    asking->is_sent = false;
    if (message->refused.retry_after_ms > 0)
        pause_ms = message->refused.retry_after_ms;
    asking->send_ms = clock_boot_ms() + pause_ms;
    return false;
}

static enum dalv_status give_up(struct dalv_device *device,
                                const struct asking *asking)
{
    if (asking->is_sent)
        return device_fail(device, DALV_TIMEOUT, "no answer in time");
    if (asking->last != DALV_OK)
        return device_fail(device, asking->last, "the time to try again is up");
    return device_fail(device, DALV_UNAVAILABLE,
                       "no router could be reached in time");
}

enum dalv_status device_session_ask(struct dalv_device *device,
                                    const struct message *question,
                                    uint32_t timeout_ms,
                                    const struct message **out_answer)
{
    struct asking asking = {.question = *question,
                            .deadline_ms = clock_boot_ms() + timeout_ms};
    struct connection_event event;
    enum dalv_status status;

    connection_set_asked(device->connection, true);
    do {
        uint64_t wait_ms = asking.deadline_ms;

        status = send(device, &asking, &wait_ms);
        if (status != DALV_OK)
            return device_fail(device, status, "the question cannot be sent");
        connection_poll(device->connection, wait_ms, &event);
        if (event.type == CONNECTION_REFUSED)
            return refuse(device, &event);
        if (event.type == CONNECTION_LOST)
            asking.is_sent = false;
        if (event.type == CONNECTION_HEARD &&
            take(device, &asking, event.message)) {
            connection_set_asked(device->connection, false);
            *out_answer = event.message;
            return DALV_OK;
        }
    } while (clock_boot_ms() < asking.deadline_ms);
    connection_set_asked(device->connection, false);
    return give_up(device, &asking);
}

enum dalv_status
device_session_listen(struct dalv_device *device, uint64_t deadline_ms,
                      const struct message_changed **out_changed)
{
    struct connection_event event;

    *out_changed = NULL;
    do {
        connection_poll(device->connection, deadline_ms, &event);
        if (event.type == CONNECTION_REFUSED)
            return refuse(device, &event);
        if (event.type == CONNECTION_OPENED)
            device->is_stale = true;
        if (event.type == CONNECTION_HEARD &&
            event.message->type == MESSAGE_CHANGED) {
            *out_changed = &event.message->changed;
            return DALV_OK;
        }
    } while (!device->is_stale && clock_boot_ms() < deadline_ms);
    return DALV_OK;
}
