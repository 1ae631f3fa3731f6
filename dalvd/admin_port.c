#include "dalvd/admin_port.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "base/clock.h"
#include "dalvd/data_folder.h"
#include "proto/codec.h"

#include <stdlib.h>

enum {
    ENDPOINT_TEXT_BYTES = ADDRESS_TEXT_MAX + 8,
    /* A HEARTBEAT or an INSPECT, decoded. */
    ARENA_BYTES = 4096,
};

struct admin_port {
    struct admin_port_options options;
    struct loop *loop;
    struct endpoint *endpoint;
    uint64_t opened_ms;
    uint64_t unreadable_count;
    struct buffer frame;
    struct buffer map; /* Encoded. */
    char configuration[BOUNDS_CONFIGURATION_BYTES_MAX];
    char metrics[BOUNDS_METRICS_BYTES_MAX];
    uint8_t arena_block[ARENA_BYTES];
};

static void put_identity(const struct admin_port *port,
                         struct message_inspected *inspected)
{
    const struct config *config = port->options.config;
    const struct keyring *keyring = port->options.keyring;

    inspected->name = bytes_from_text(config->node.name);
    inspected->software = bytes_from_text(DALV_VERSION);
    inspected->cluster_id = bytes_from_text(config->cluster.id);
    inspected->node = (uint32_t)config->node.id;
    inspected->roles = config->roles;
    inspected->boot_id = port->options.boot_id;
    inspected->uptime_ms = clock_boot_ms() - port->opened_ms;
    inspected->wall_us = clock_wall_us();
    if (keyring->has_keys)
        inspected->node_key =
            bytes_make(keyring->nodes.own.public_key.bytes, CURVE_KEY_BYTES);
}

static void put_membership(const struct admin_port *port,
                           struct message_inspected *inspected)
{
    struct membership_state state;

    if (port->options.membership == NULL)
        return;
    state = membership_state(port->options.membership);
    inspected->incarnation = state.version.incarnation;
    inspected->version = state.version.version;
    inspected->control_status = state.store_status;
    inspected->is_controller = state.is_controller;
}

static struct bytes describe_configuration(struct admin_port *port)
{
    struct text text;

    text_init(&text, port->configuration, sizeof(port->configuration));
    config_describe(port->options.config, &text);
    return bytes_make(text.data, text.size);
}

static struct bytes describe_metrics(struct admin_port *port)
{
    struct text text;

    text_init(&text, port->metrics, sizeof(port->metrics));
    monitor_describe(port->options.monitor, &text);
    return bytes_make(text.data, text.size);
}

/* Nothing if there is none, or if it is too large to be told. */
static struct bytes describe_map(struct admin_port *port)
{
    const struct cluster_map *map =
        port->options.membership == NULL
            ? NULL
            : membership_map(port->options.membership);
    struct writer writer;
    size_t size;

    buffer_clear(&port->map);
    if (map == NULL)
        return (struct bytes){0};
    size = cluster_map_bytes_max(map->head.partition_count, map->node_count);
    if (buffer_reserve(&port->map, size) != DALV_OK)
        return (struct bytes){0};
    writer_init(&writer, port->map.data, size);
    if (cluster_map_encode(map, &writer) != DALV_OK ||
        writer.size > BOUNDS_MAP_BYTES_MAX)
        return (struct bytes){0};
    return writer_bytes(&writer);
}

static struct message inspect(struct admin_port *port,
                              const struct message *question)
{
    struct message answer = {.type = MESSAGE_INSPECTED,
                             .request = question->request};
    struct message_inspected *inspected = &answer.inspected;

    put_identity(port, inspected);
    put_membership(port, inspected);
    inspected->is_ready = monitor_is_ready(port->options.monitor);
    if ((inspected->roles & CONFIG_STORAGE) != 0)
        data_folder_room(port->options.config, &inspected->disk_free_bytes,
                         &inspected->disk_bytes);
    if (question->inspect.wants_configuration)
        inspected->configuration = describe_configuration(port);
    if (question->inspect.wants_metrics)
        inspected->metrics = describe_metrics(port);
    if (question->inspect.wants_map)
        inspected->map = describe_map(port);
    return answer;
}

/* NULL if it cannot be told. */
static struct parcel *answer_inspect(struct admin_port *port, uint64_t peer,
                                     const struct message *question)
{
    struct message answer = inspect(port, question);
    struct parcel *parcel = NULL;

    buffer_clear(&port->frame);
    if (codec_encode(&answer, &port->frame) == DALV_OK) {
        parcel = parcel_create(peer);
        parcel_push_buffer(parcel, &port->frame);
    }
    /* Nobody asks for it twice in a year. */
    buffer_deinit(&port->map);
    buffer_init(&port->map);
    return parcel;
}

/* NULL to what it does not understand. */
static struct parcel *answer_to(struct admin_port *port,
                                const struct parcel *parcel)
{
    uint64_t peer = parcel_peer(parcel);
    struct message question;
    struct arena arena;

    arena_init(&arena, port->arena_block, sizeof(port->arena_block));
    if (codec_decode(parcel_frame(parcel, 0), &arena, &question) != DALV_OK)
        return NULL;
    if (question.type == MESSAGE_INSPECT)
        return answer_inspect(port, peer, &question);
    if (question.type == MESSAGE_HEARTBEAT && port->options.node != NULL)
        return node_shell_answer_heartbeat(port->options.node, peer, &question);
    return NULL;
}

bool admin_port_on_parcel(struct admin_port *port, const struct endpoint *from,
                          const struct parcel *parcel)
{
    struct parcel *answer;

    if (from != port->endpoint)
        return false;
    answer = answer_to(port, parcel);
    /* An operator that is gone asks again. */
    if (answer == NULL || endpoint_send(port->endpoint, &answer) != DALV_OK)
        port->unreadable_count++;
    return true;
}

enum dalv_status admin_port_open(const struct admin_port_options *options,
                                 struct loop *loop,
                                 struct admin_port **out_port)
{
    struct admin_port *port = calloc(1, sizeof(*port));
    char address[ENDPOINT_TEXT_BYTES];
    const struct endpoint_options endpoint = {
        .role = ENDPOINT_FOR_SERVERS,
        .address = address,
        .frame_bytes_max = ARENA_BYTES,
        .keys = options->keyring->has_keys ? &options->keyring->admin : NULL,
    };
    struct text text;
    enum dalv_status status;

    ASSERT(port != NULL);
    port->options = *options;
    port->loop = loop;
    port->opened_ms = clock_boot_ms();
    buffer_init(&port->frame);
    buffer_init(&port->map);
    text_init(&text, address, sizeof(address));
    text_put(&text, "tcp://");
    address_format(&options->config->listen.admin, &text);
    status = endpoint_open(&endpoint, &port->endpoint);
    if (status != DALV_OK) {
        admin_port_close(&port);
        return status;
    }
    loop_add_endpoint(loop, port->endpoint);
    *out_port = port;
    return DALV_OK;
}

void admin_port_close(struct admin_port **port_p)
{
    struct admin_port *port = *port_p;

    *port_p = NULL;
    if (port == NULL)
        return;
    if (port->endpoint != NULL) {
        loop_remove_endpoint(port->loop, port->endpoint);
        endpoint_close(&port->endpoint);
    }
    buffer_deinit(&port->frame);
    buffer_deinit(&port->map);
    free(port);
}
