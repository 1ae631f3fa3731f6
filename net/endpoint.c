#include "net/endpoint.h"

#include "base/assert.h"
#include "net/endpoint_internal.h"
#include "net/parcel_internal.h"
#include "net/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_BYTES_MAX = 4 << 20,
    /* Peers that one flush tries: a thousand stuck ones must cost little. */
    FLUSH_PEERS_MAX = 64,
    /* A peer's id as the library makes it: a zero and 32 bits. One that
       begins otherwise was chosen by the peer, and means nothing. */
    ID_BYTES = 5,
    NO_DESCRIPTOR = -1,
    /* Parcels that are refused in one call, before others get their turn. */
    REFUSALS_MAX = 64,
    /* Of a monitor's event: a number of 16 bits, and one of 32. */
    MONITOR_EVENT_BYTES = 6,
};

static void read_address(struct endpoint *endpoint)
{
    size_t size = sizeof(endpoint->address);

    ASSERT(zmq_getsockopt(endpoint->handle, ZMQ_LAST_ENDPOINT,
                          endpoint->address, &size) == 0);
}

static int descriptor_of(void *handle)
{
    int descriptor = NO_DESCRIPTOR;
    size_t size = sizeof(descriptor);

    ASSERT(zmq_getsockopt(handle, ZMQ_FD, &descriptor, &size) == 0);
    return descriptor;
}

static void use_socket(struct endpoint *endpoint)
{
    endpoint->handle = zsock_resolve(endpoint->socket);
    endpoint->descriptor = descriptor_of(endpoint->handle);
    if (endpoint->monitor != NULL)
        endpoint->monitor_descriptor =
            descriptor_of(zsock_resolve(endpoint->monitor));
    read_address(endpoint);
}

enum dalv_status endpoint_open(const struct endpoint_options *options,
                               struct endpoint **out_endpoint)
{
    zsock_t *socket = NULL;
    zsock_t *monitor = NULL;
    struct endpoint *endpoint;
    enum dalv_status status = DALV_OK;

    if (options->address != NULL)
        status = socket_open(options, &socket, &monitor);
    if (status != DALV_OK)
        return status;
    endpoint = calloc(1, sizeof(*endpoint));
    ASSERT(endpoint != NULL);
    endpoint->socket = socket;
    endpoint->monitor = monitor;
    endpoint->descriptor = NO_DESCRIPTOR;
    endpoint->monitor_descriptor = NO_DESCRIPTOR;
    endpoint->is_bound = socket_is_bound(options->role);
    endpoint->queue_bytes_max = options->queue_bytes_max != 0
                                    ? options->queue_bytes_max
                                    : QUEUE_BYTES_MAX;
    endpoint->is_for_clients = options->role == ENDPOINT_FOR_CLIENTS;
    accounts_init(&endpoint->accounts, endpoint->queue_bytes_max,
                  options->total_bytes_max != 0 ? options->total_bytes_max
                                                : SIZE_MAX);
    outboxes_init(&endpoint->boxes);
    if (socket != NULL)
        use_socket(endpoint);
    else if (!endpoint->is_bound)
        endpoint_within_connect(endpoint, options->within);
    *out_endpoint = endpoint;
    return DALV_OK;
}

void endpoint_close(struct endpoint **endpoint_p)
{
    struct endpoint *endpoint = *endpoint_p;

    if (endpoint == NULL)
        return;
    if (endpoint->socket == NULL)
        endpoint_within_leave(endpoint);
    outboxes_deinit(&endpoint->boxes);
    accounts_deinit(&endpoint->accounts);
    if (endpoint->monitor != NULL)
        socket_silence(endpoint->socket);
    socket_close(&endpoint->socket);
    socket_close(&endpoint->monitor);
    free(endpoint);
    *endpoint_p = NULL;
}

/* A signal may come between: that is no reason to stop in the middle. */
static bool send_frame(struct endpoint *endpoint, zmq_msg_t *frame, int more)
{
    int result;

    do {
        result = zmq_msg_send(frame, endpoint->handle, ZMQ_DONTWAIT | more);
    } while (result < 0 && errno == EINTR);
    return result >= 0;
}

static bool receive_frame(struct endpoint *endpoint, zmq_msg_t *frame)
{
    int result;

    do {
        result = zmq_msg_recv(frame, endpoint->handle, ZMQ_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    return result >= 0;
}

/* DALV_OK: sent, `parcel` is empty. DALV_BUSY: it is as it was. */
static enum dalv_status send_frames(struct endpoint *endpoint,
                                    struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->count; i++) {
        int more = i + 1 < parcel->count ? ZMQ_SNDMORE : 0;

        if (send_frame(endpoint, &parcel->frames[i], more))
            continue;
        /* Once the first is taken the others fail only with the connection. */
        return i == 0 && errno == EAGAIN ? DALV_BUSY : DALV_UNAVAILABLE;
    }
    endpoint->counters.sent++;
    return DALV_OK;
}

/* Says to the socket for whom the frames after it are. */
static enum dalv_status send_id(struct endpoint *endpoint, uint64_t peer)
{
    uint32_t number = (uint32_t)peer;
    uint8_t id[ID_BYTES] = {0};

    memcpy(id + 1, &number, sizeof(number));
    if (zmq_send(endpoint->handle, id, sizeof(id),
                 ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0)
        return DALV_OK;
    return errno == EHOSTUNREACH ? DALV_UNAVAILABLE : DALV_BUSY;
}

static enum dalv_status try_send(struct endpoint *endpoint,
                                 struct parcel *parcel)
{
    enum dalv_status status = DALV_OK;

    endpoint->is_drained = false;
    if (endpoint->is_bound)
        status = send_id(endpoint, parcel->peer);
    if (status == DALV_OK)
        status = send_frames(endpoint, parcel);
    return status;
}

static void throw_away(struct endpoint *endpoint, struct parcel **parcel_p)
{
    endpoint->counters.thrown_away++;
    parcel_destroy(parcel_p);
}

static void give_up(struct endpoint *endpoint, struct outbox *box)
{
    outbox_clear(&endpoint->boxes, box);
    box->is_given_up = true;
    endpoint->counters.gave_up++;
}

/* It reads too little: nothing of it waits any more, until it was told so. */
static enum dalv_status refuse(struct endpoint *endpoint, struct outbox *box,
                               struct parcel **parcel_p)
{
    if (box == NULL)
        box = outboxes_add(&endpoint->boxes, (*parcel_p)->peer);
    throw_away(endpoint, parcel_p);
    if (!box->is_given_up)
        give_up(endpoint, box);
    return DALV_UNAVAILABLE;
}

/* A parcel for a peer that takes nothing at the moment. */
static enum dalv_status wait_in(struct endpoint *endpoint, struct outbox *box,
                                struct parcel **parcel_p)
{
    size_t bytes = parcel_bytes(*parcel_p);
    bool fits =
        box->first == NULL || (box->bytes <= endpoint->queue_bytes_max &&
                               bytes <= endpoint->queue_bytes_max - box->bytes);

    if (fits && !box->is_given_up) {
        outbox_put(&endpoint->boxes, box, parcel_p);
        endpoint->counters.queued++;
        return DALV_OK;
    }
    if (endpoint->is_bound)
        return refuse(endpoint, box, parcel_p);
    throw_away(endpoint, parcel_p);
    return DALV_BUSY;
}

/*
 * Counts a client's parcel until the client has taken it. False if it may not
 * leave that much: a client who has taken everything may always.
 */
static bool charge(struct endpoint *endpoint, const struct outbox *box,
                   struct parcel *parcel)
{
    size_t bytes = parcel_chargeable_bytes(parcel);
    struct account *account;

    if (!endpoint->is_for_clients || bytes == 0)
        return true;
    account = accounts_of(&endpoint->accounts,
                          (struct account_key){.peer = parcel->peer});
    if (box != NULL)
        bytes += box->bytes - box->charged_bytes;
    if (account_bytes(account) > 0 && !account_has_room(account, bytes))
        return false;
    parcel_charge(parcel, account);
    return true;
}

enum dalv_status endpoint_send(struct endpoint *endpoint,
                               struct parcel **parcel_p)
{
    uint64_t peer = (*parcel_p)->peer;
    struct outbox *box = outboxes_find(&endpoint->boxes, peer);
    enum dalv_status status;

    ASSERT((*parcel_p)->count > 0);
    ASSERT(endpoint->is_bound == (peer != PARCEL_ONLY_PEER));
    if (!endpoint->is_bound && !endpoint->is_connected) {
        throw_away(endpoint, parcel_p);
        return DALV_UNAVAILABLE;
    }
    if (endpoint->socket == NULL)
        return endpoint_within_send(endpoint, parcel_p);
    if (!charge(endpoint, box, *parcel_p))
        return refuse(endpoint, box, parcel_p);
    if (box != NULL)
        return wait_in(endpoint, box, parcel_p);
    status = try_send(endpoint, *parcel_p);
    if (status == DALV_BUSY)
        return wait_in(endpoint, outboxes_add(&endpoint->boxes, peer),
                       parcel_p);
    if (status != DALV_OK)
        endpoint->counters.thrown_away++;
    parcel_destroy(parcel_p);
    return status;
}

/* An empty frame: what was for you was thrown away. */
static enum dalv_status say_given_up(struct endpoint *endpoint, uint64_t peer)
{
    struct parcel *parcel = parcel_create(peer);
    enum dalv_status status;

    parcel_push_back(parcel, (struct bytes){0});
    status = try_send(endpoint, parcel);
    parcel_destroy(&parcel);
    return status;
}

/* DALV_BUSY if something is left. */
static enum dalv_status flush_box(struct endpoint *endpoint, struct outbox *box)
{
    if (box->is_given_up)
        return say_given_up(endpoint, box->peer);
    while (box->first != NULL) {
        enum dalv_status status = try_send(endpoint, box->first);
        struct parcel *parcel;

        if (status != DALV_OK)
            return status;
        parcel = outbox_take(&endpoint->boxes, box);
        parcel_destroy(&parcel);
    }
    return DALV_OK;
}

bool endpoint_flush(struct endpoint *endpoint)
{
    size_t turns = endpoint->boxes.count;

    if (turns > FLUSH_PEERS_MAX)
        turns = FLUSH_PEERS_MAX;
    for (size_t i = 0; i < turns; i++) {
        struct outbox *box = endpoint->boxes.first;

        if (flush_box(endpoint, box) == DALV_BUSY)
            outboxes_move_last(&endpoint->boxes, box);
        else
            outboxes_remove(&endpoint->boxes, &box);
    }
    return endpoint->boxes.count > 0;
}

/* The rest of a message that is not wanted; there is some. */
static void skip_frames(struct endpoint *endpoint)
{
    zmq_msg_t frame;

    ASSERT(zmq_msg_init(&frame) == 0);
    do {
        if (!receive_frame(endpoint, &frame))
            break;
    } while (zmq_msg_more(&frame) != 0);
    ASSERT(zmq_msg_close(&frame) == 0);
}

/*
 * The id that ZeroMQ puts before a peer's frames. DALV_NOT_FOUND: no message
 * is there; DALV_NOT_PERMITTED: of a peer that chose its own.
 */
static enum dalv_status receive_id(struct endpoint *endpoint,
                                   uint64_t *out_peer)
{
    uint8_t id[ID_BYTES];
    uint32_t number;
    int size = zmq_recv(endpoint->handle, id, sizeof(id), ZMQ_DONTWAIT);

    if (size < 0)
        return DALV_NOT_FOUND;
    if (size != ID_BYTES || id[0] != 0)
        return DALV_NOT_PERMITTED;
    memcpy(&number, id + 1, sizeof(number));
    *out_peer = ENDPOINT_PEER_FLAG | number;
    return DALV_OK;
}

/* ZeroMQ gives a message whole: once its first frame is there, all are. */
static enum dalv_status receive_frames(struct endpoint *endpoint,
                                       struct parcel *parcel)
{
    bool has_more = true;

    while (has_more && parcel->count < PARCEL_FRAMES_MAX) {
        zmq_msg_t *frame = &parcel->frames[parcel->count];

        ASSERT(zmq_msg_init(frame) == 0);
        parcel->count++;
        if (!receive_frame(endpoint, frame))
            return DALV_NOT_FOUND;
        has_more = zmq_msg_more(frame) != 0;
    }
    if (!has_more)
        return DALV_OK;
    skip_frames(endpoint);
    return DALV_PROTOCOL;
}

/* DALV_NOT_FOUND: nothing is there; other failures: counted, and no more. */
static enum dalv_status receive_parcel(struct endpoint *endpoint,
                                       struct parcel **out_parcel)
{
    uint64_t peer = PARCEL_ONLY_PEER;
    struct parcel *parcel;
    enum dalv_status status = DALV_OK;

    if (endpoint->is_bound)
        status = receive_id(endpoint, &peer);
    if (status == DALV_NOT_PERMITTED) {
        endpoint->counters.refused_peers++;
        skip_frames(endpoint);
    }
    if (status != DALV_OK)
        return status;
    parcel = parcel_create(peer);
    status = receive_frames(endpoint, parcel);
    if (status != DALV_OK) {
        endpoint->counters.refused_frames += status == DALV_PROTOCOL;
        parcel_destroy(&parcel);
        return status;
    }
    endpoint->counters.received++;
    *out_parcel = parcel;
    return DALV_OK;
}

static void forget_queue(struct endpoint *endpoint)
{
    struct outbox *box = outboxes_find(&endpoint->boxes, PARCEL_ONLY_PEER);

    if (box != NULL)
        outboxes_remove(&endpoint->boxes, &box);
}

bool endpoint_note_connection(struct endpoint *endpoint, bool is_connected,
                              struct endpoint_event *out_event)
{
    if (endpoint->is_connected == is_connected)
        return false;
    endpoint->is_connected = is_connected;
    forget_queue(endpoint);
    *out_event = (struct endpoint_event){
        .type = is_connected ? ENDPOINT_CONNECTED : ENDPOINT_DISCONNECTED};
    return true;
}

static bool is_refusal(uint16_t event)
{
    return event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ||
           event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
}

/* An event of two frames: a number, and an address that we know. */
static bool hear_monitor(struct endpoint *endpoint,
                         struct endpoint_event *out_event)
{
    uint8_t event[MONITOR_EVENT_BYTES];
    char address[ENDPOINT_ADDRESS_BYTES];
    void *handle;
    uint16_t number;

    if (endpoint->monitor == NULL)
        return false;
    handle = zsock_resolve(endpoint->monitor);
    while (zmq_recv(handle, event, sizeof(event), ZMQ_DONTWAIT) >= 0) {
        (void)zmq_recv(handle, address, sizeof(address), ZMQ_DONTWAIT);
        memcpy(&number, event, sizeof(number));
        if (is_refusal(number)) {
            *out_event = (struct endpoint_event){.type = ENDPOINT_REFUSED};
            return true;
        }
        if (endpoint_note_connection(
                endpoint, number == ZMQ_EVENT_HANDSHAKE_SUCCEEDED, out_event))
            return true;
    }
    return false;
}

/* From the bound side: what was for us was thrown away. */
static bool is_farewell(const struct endpoint *endpoint,
                        const struct parcel *parcel)
{
    return !endpoint->is_bound && parcel->count == 1 &&
           parcel_bytes(parcel) == 0;
}

bool endpoint_receive(struct endpoint *endpoint,
                      struct endpoint_event *out_event)
{
    struct parcel *parcel = NULL;
    enum dalv_status status = DALV_OK;

    if (endpoint->is_connected_due) {
        endpoint->is_connected_due = false;
        return endpoint_note_connection(endpoint, true, out_event);
    }
    if (endpoint->socket == NULL)
        return endpoint_within_receive(endpoint, out_event);
    for (int i = 0; i < REFUSALS_MAX; i++) {
        status = receive_parcel(endpoint, &parcel);
        if (status == DALV_OK || status == DALV_NOT_FOUND)
            break;
    }
    endpoint->is_drained = status == DALV_NOT_FOUND;
    if (parcel == NULL)
        return hear_monitor(endpoint, out_event);
    if (is_farewell(endpoint, parcel)) {
        parcel_destroy(&parcel);
        endpoint->is_connected_due = true;
        return endpoint_note_connection(endpoint, false, out_event);
    }
    *out_event =
        (struct endpoint_event){.type = ENDPOINT_RECEIVED, .parcel = parcel};
    return true;
}

const char *endpoint_address(const struct endpoint *endpoint)
{
    return endpoint->address;
}

struct endpoint_counters endpoint_counters(const struct endpoint *endpoint)
{
    return endpoint->counters;
}

size_t endpoint_waiting_bytes(const struct endpoint *endpoint)
{
    return endpoint->boxes.bytes;
}

size_t endpoint_untaken_bytes(const struct endpoint *endpoint)
{
    return accounts_bytes(&endpoint->accounts);
}

void *endpoint_socket(const struct endpoint *endpoint)
{
    return endpoint->handle;
}

void *endpoint_monitor(const struct endpoint *endpoint)
{
    return endpoint->monitor == NULL ? NULL : zsock_resolve(endpoint->monitor);
}

int endpoint_descriptor(const struct endpoint *endpoint)
{
    return endpoint->descriptor;
}

int endpoint_monitor_descriptor(const struct endpoint *endpoint)
{
    return endpoint->monitor_descriptor;
}

bool endpoint_is_drained(const struct endpoint *endpoint)
{
    return endpoint->socket != NULL ? endpoint->is_drained
                                    : endpoint_within_is_drained(endpoint);
}
