#include "client/connection.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "client/dalv.h"
#include "client/random.h"
#include "client/session.h"
#include "net/endpoint.h"
#include "net/network.h"
#include "proto/codec.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_BYTES_MAX = 256,
    PROTOCOL = 1,
    FLUSH_MS = 5, /* What waits in the endpoint's queue is tried so often. */
};

struct connection {
    struct connection_options options;
    struct endpoint_keys keys; /* If there are any. */
    bool is_barred;
    char endpoints[CONNECTION_ENDPOINTS_MAX][CONNECTION_ENDPOINT_BYTES_MAX];
    struct buffer token;
    struct session session;
    struct endpoint *endpoint; /* NULL between sessions. */
    struct buffer frame;       /* Of what is sent. */
    struct parcel *parcel;     /* What `message` borrows from. */
    void *arena_block;
    size_t arena_capacity;
    struct message message;
    bool was_open;   /* OPENED was told, LOST not yet. */
    bool is_waiting; /* The endpoint has something that was not handed over. */
    bool has_told_refusal;
    char text[TEXT_BYTES_MAX];
};

static enum dalv_status keep_options(struct connection *connection,
                                     const struct connection_options *options)
{
    if (options->endpoint_count == 0 ||
        options->endpoint_count > CONNECTION_ENDPOINTS_MAX)
        return DALV_INVALID;
    connection->options = *options;
    if (options->keys != NULL) {
        connection->keys = *options->keys;
        connection->options.keys = &connection->keys;
    }
    for (size_t i = 0; i < options->endpoint_count; i++) {
        if (strlen(options->endpoints[i]) >= CONNECTION_ENDPOINT_BYTES_MAX)
            return DALV_INVALID;
        (void)snprintf(connection->endpoints[i], CONNECTION_ENDPOINT_BYTES_MAX,
                       "%s", options->endpoints[i]);
    }
    if (buffer_reserve(&connection->token, options->token.size) != DALV_OK)
        return DALV_NO_MEMORY;
    buffer_put(&connection->token, options->token);
    return DALV_OK;
}

enum dalv_status connection_open(const struct connection_options *options,
                                 struct connection **out_connection)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    struct session_options session_options = {
        .endpoint_count = options->endpoint_count,
        .rest_max_ms = options->rest_max_ms,
        .seed = random_u64(),
    };
    enum dalv_status status;

    if (connection == NULL)
        return DALV_NO_MEMORY;
    buffer_init(&connection->token);
    buffer_init(&connection->frame);
    status = keep_options(connection, options);
    if (status != DALV_OK) {
        connection_close(&connection);
        return status;
    }
    network_start(1);
    session_init(&connection->session, &session_options);
    *out_connection = connection;
    return DALV_OK;
}

static void release_message(struct connection *connection)
{
    parcel_destroy(&connection->parcel);
}

void connection_close(struct connection **connection_p)
{
    struct connection *connection = *connection_p;

    *connection_p = NULL;
    if (connection == NULL)
        return;
    release_message(connection);
    endpoint_close(&connection->endpoint);
    buffer_deinit(&connection->token);
    buffer_deinit(&connection->frame);
    curve_pair_wipe(&connection->keys.own);
    free(connection->arena_block);
    free(connection);
}

bool connection_is_open(const struct connection *connection)
{
    return connection->was_open && connection->session.state == SESSION_OPEN;
}

bool connection_is_barred(const struct connection *connection)
{
    return connection->is_barred;
}

static enum dalv_status send_message(struct connection *connection,
                                     const struct message *message)
{
    struct parcel *parcel;
    enum dalv_status status;

    buffer_clear(&connection->frame);
    status = codec_encode(message, &connection->frame);
    if (status != DALV_OK)
        return status;
    parcel = parcel_create(PARCEL_ONLY_PEER);
    parcel_push_buffer(parcel, &connection->frame);
    status = endpoint_send(connection->endpoint, &parcel);
    connection->is_waiting = endpoint_flush(connection->endpoint);
    return status;
}

enum dalv_status connection_send(struct connection *connection,
                                 const struct message *message)
{
    if (!connection_is_open(connection))
        return DALV_UNAVAILABLE;
    return send_message(connection, message);
}

static void send_ping(struct connection *connection)
{
    const struct message ping = {.type = MESSAGE_PING,
                                 .request = CONNECTION_PING_NUMBER};

    /* One that does not go out is not answered: the session notices. */
    if (send_message(connection, &ping) != DALV_OK)
        return;
}

static enum dalv_status connect(struct connection *connection, size_t endpoint)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_TO_ROUTER,
        .address = connection->endpoints[endpoint],
        .keys = connection->options.keys,
    };
    enum dalv_status status = endpoint_open(&options, &connection->endpoint);

    if (status != DALV_OK)
        (void)snprintf(connection->text, sizeof(connection->text),
                       "the endpoint %s cannot be used", options.address);
    return status;
}

static enum dalv_status act(struct connection *connection,
                            const struct session_effect *effect)
{
    switch (effect->type) {
    case SESSION_CONNECT:
        return connect(connection, effect->endpoint);
    case SESSION_DISCONNECT:
        endpoint_close(&connection->endpoint);
        break;
    case SESSION_PING:
        send_ping(connection);
        break;
    }
    return DALV_OK;
}

static void step(struct connection *connection, enum session_event_type type,
                 enum dalv_status status)
{
    struct session_event event = {
        .type = type, .now_ms = clock_boot_ms(), .status = status};
    struct session_effects effects;

    do {
        session_step(&connection->session, &event, &effects);
        status = DALV_OK;
        for (size_t i = 0; i < effects.count && status == DALV_OK; i++)
            status = act(connection, &effects.items[i]);
        /* An address that no attempt can mend is like a refused token. */
        event.type = SESSION_TURNED_DOWN;
        event.status = status;
    } while (status != DALV_OK);
}

static void send_hello(struct connection *connection)
{
    char client[64];
    struct message hello = {
        .type = MESSAGE_HELLO,
        .request = CONNECTION_HELLO_NUMBER,
        .hello = {.protocol = PROTOCOL,
                  .token = buffer_bytes(&connection->token),
                  .is_device = connection->options.is_device,
                  .install = connection->options.install},
    };

    (void)snprintf(client, sizeof(client), "libdalv %s", dalv_version());
    hello.hello.client = bytes_from_text(client);
    if (send_message(connection, &hello) != DALV_OK)
        step(connection, SESSION_BROKEN, DALV_OK);
}

void connection_set_asked(struct connection *connection, bool is_asked)
{
    step(connection, is_asked ? SESSION_ASKED : SESSION_ANSWERED, DALV_OK);
}

/* Room for what a frame decodes to; the SDK does not abort for lack of it. */
static bool reserve_arena(struct connection *connection, size_t bytes)
{
    void *block;

    if (bytes <= connection->arena_capacity)
        return true;
    block = realloc(connection->arena_block, bytes);
    if (block == NULL)
        return false;
    connection->arena_block = block;
    connection->arena_capacity = bytes;
    return true;
}

static bool decode(struct connection *connection)
{
    struct bytes frame = parcel_frame(connection->parcel, 0);
    struct arena arena;

    if (!reserve_arena(connection, codec_arena_bytes(frame.size)))
        return false;
    arena_init(&arena, connection->arena_block, connection->arena_capacity);
    return codec_decode(frame, &arena, &connection->message) == DALV_OK;
}

static void on_refused(struct connection *connection)
{
    const struct message_refused *refused = &connection->message.refused;

    (void)snprintf(connection->text, sizeof(connection->text), "%.*s",
                   (int)refused->text.size,
                   refused->text.size == 0 ? ""
                                           : (const char *)refused->text.data);
    step(connection, SESSION_TURNED_DOWN, refused->status);
}

/* Asked for by nobody: whoever only listens would wait for ever. */
static bool has_ended(const struct message *message)
{
    return message->request == 0 && message->type == MESSAGE_REFUSED &&
           (message->refused.status == DALV_EXPIRED ||
            message->refused.status == DALV_UNAVAILABLE);
}

/* What is between the router and us is not told further. */
static void on_message(struct connection *connection,
                       struct connection_event *out_event)
{
    const struct message *message = &connection->message;

    step(connection, SESSION_HEARD, DALV_OK);
    if (message->type == MESSAGE_WELCOMED) {
        step(connection, SESSION_WELCOMED, DALV_OK);
        if (connection->session.state != SESSION_OPEN)
            return;
        connection->was_open = true;
        out_event->type = CONNECTION_OPENED;
        out_event->message = message;
    } else if (has_ended(message)) {
        on_refused(connection);
    } else if (message->request == CONNECTION_HELLO_NUMBER) {
        if (message->type == MESSAGE_REFUSED)
            on_refused(connection);
        else
            step(connection, SESSION_BROKEN, DALV_OK);
    } else if (message->type != MESSAGE_PONGED &&
               connection_is_open(connection)) {
        out_event->type = CONNECTION_HEARD;
        out_event->message = message;
    }
}

static void on_received(struct connection *connection,
                        struct connection_event *out_event)
{
    if (parcel_frame_count(connection->parcel) == 1 && decode(connection))
        on_message(connection, out_event);
    else
        step(connection, SESSION_BROKEN, DALV_OK);
}

static void on_event(struct connection *connection,
                     struct endpoint_event *event,
                     struct connection_event *out_event)
{
    switch (event->type) {
    case ENDPOINT_RECEIVED:
        connection->parcel = event->parcel;
        on_received(connection, out_event);
        break;
    case ENDPOINT_CONNECTED:
        connection->is_barred = false;
        send_hello(connection);
        break;
    case ENDPOINT_REFUSED:
        connection->is_barred = true;
        step(connection, SESSION_BROKEN, DALV_OK);
        break;
    case ENDPOINT_DISCONNECTED:
        step(connection, SESSION_BROKEN, DALV_OK);
        break;
    }
}

/* What the session went through since it was told last. */
static bool tell_change(struct connection *connection,
                        struct connection_event *out_event)
{
    if (connection->was_open && connection->session.state != SESSION_OPEN) {
        connection->was_open = false;
        *out_event = (struct connection_event){.type = CONNECTION_LOST};
        return true;
    }
    if (connection->session.state == SESSION_REFUSED &&
        !connection->has_told_refusal) {
        connection->has_told_refusal = true;
        *out_event = (struct connection_event){
            .type = CONNECTION_REFUSED,
            .status = connection->session.refusal,
            .text = connection->text,
        };
        return true;
    }
    return false;
}

/* Take what is there, up to the first thing that is to be told. */
static bool receive(struct connection *connection,
                    struct connection_event *out_event)
{
    struct endpoint_event event;

    while (connection->endpoint != NULL &&
           endpoint_receive(connection->endpoint, &event)) {
        on_event(connection, &event, out_event);
        if (out_event->type != CONNECTION_SILENT ||
            tell_change(connection, out_event))
            return true;
        release_message(connection);
    }
    return false;
}

static uint64_t next_deadline_ms(struct connection *connection, uint64_t now_ms,
                                 uint64_t deadline_ms)
{
    uint64_t session_ms = session_next_deadline_ms(&connection->session);

    if (session_ms < deadline_ms)
        deadline_ms = session_ms;
    if (connection->is_waiting && now_ms + FLUSH_MS < deadline_ms)
        deadline_ms = now_ms + FLUSH_MS;
    return deadline_ms;
}

static void wait(struct connection *connection, uint64_t deadline_ms)
{
    uint64_t now_ms = clock_boot_ms();
    uint64_t until_ms = next_deadline_ms(connection, now_ms, deadline_ms);
    uint64_t wait_ms = until_ms > now_ms ? until_ms - now_ms : 0;

    endpoint_wait(connection->endpoint,
                  wait_ms > INT_MAX ? INT_MAX : (int)wait_ms);
    if (connection->endpoint != NULL)
        connection->is_waiting = endpoint_flush(connection->endpoint);
}

void connection_poll(struct connection *connection, uint64_t deadline_ms,
                     struct connection_event *out_event)
{
    *out_event = (struct connection_event){.type = CONNECTION_SILENT};
    release_message(connection);
    for (;;) {
        step(connection, SESSION_TICKED, DALV_OK);
        if (tell_change(connection, out_event) ||
            receive(connection, out_event) || clock_boot_ms() >= deadline_ms)
            return;
        wait(connection, deadline_ms);
    }
}
