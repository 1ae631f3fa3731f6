/*
 * Between replication and the other nodes: who is who, and which message goes
 * by which connection.
 */
#include "base/assert.h"
#include "base/log.h"
#include "node/peers.h"
#include "node/shell_internal.h"
#include "storage/record.h"

#include <stdio.h>
#include <string.h>

enum {
    ENDPOINT_TEXT_BYTES = CLUSTER_ADDRESS_BYTES_MAX + 8,
    PEER_QUEUE_BYTES_MAX = 64 << 20,
};

struct peer_link *peers_find(struct peers *peers, uint32_t node)
{
    for (size_t i = 0; i < peers->count; i++) {
        if (peers->links[i].node.id == node)
            return &peers->links[i];
    }
    return NULL;
}

/* ---- Connections ---- */

static void close_endpoint(struct node_shell *shell,
                           struct endpoint **endpoint_p)
{
    if (*endpoint_p == NULL)
        return;
    loop_remove_endpoint(shell->loop, *endpoint_p);
    endpoint_close(endpoint_p);
}

static void close_link(struct node_shell *shell, struct peer_link *link)
{
    close_endpoint(shell, &link->stream);
    close_endpoint(shell, &link->bulk);
    link->stream_from = 0;
    link->bulk_from = 0;
}

/* An address that cannot be used is told once; the map will get another. */
static struct endpoint *connect(struct node_shell *shell,
                                const struct peer_link *link, bool is_bulk)
{
    const char *host = is_bulk && link->node.bulk_address[0] != '\0'
                           ? link->node.bulk_address
                           : link->node.address;
    char address[ENDPOINT_TEXT_BYTES];
    const struct endpoint_options options = {
        .role = ENDPOINT_TO_NODE,
        .address = address,
        .keys = cluster_node_has_key(&link->node) ? &link->keys : NULL,
        .queue_bytes_max = PEER_QUEUE_BYTES_MAX,
    };
    struct endpoint *endpoint = NULL;
    enum dalv_status status;

    (void)snprintf(address, sizeof(address), "tcp://%s", host);
    status = endpoint_open(&options, &endpoint);
    if (status == DALV_OK)
        loop_add_endpoint(shell->loop, endpoint);
    else
        LOG(LOG_ERROR, "peer_unusable", log_u64("node", link->node.id),
            log_text("address", address),
            log_text("status", status_text(status)));
    return endpoint;
}

/* ---- The map ---- */

static void set_link(struct node_shell *shell, struct peer_link *link,
                     const struct cluster_node *node)
{
    if (cluster_node_equal(&link->node, node))
        return;
    if (strcmp(link->node.address, node->address) != 0 ||
        memcmp(link->node.key, node->key, sizeof(node->key)) != 0)
        close_link(shell, link);
    link->node = *node;
    link->keys = (struct endpoint_keys){.gate = GATE_NODES};
    if (shell->options.keys != NULL)
        link->keys.own = shell->options.keys->own;
    memcpy(link->keys.server.bytes, node->key, sizeof(node->key));
}

static void learn_nodes(struct node_shell *shell, const struct cluster_map *map)
{
    struct peers *peers = shell->peers;

    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *node = &map->nodes[i];
        struct peer_link *link = peers_find(peers, node->id);

        if (node->id == shell->options.self.node)
            continue;
        if (link == NULL) {
            ASSERT(peers->count < CLUSTER_NODES_MAX);
            link = &peers->links[peers->count++];
            *link = (struct peer_link){.node = {.id = node->id}};
        }
        set_link(shell, link, node);
        if (node->state == CLUSTER_NODE_REMOVED)
            close_link(shell, link);
    }
}

/* Also of a copy that is here and should not be: it was expelled meanwhile. */
static bool concerns(const struct node_shell *shell, uint32_t partition,
                     const struct partition_record *record)
{
    const struct member *self = &shell->options.self;

    return joint_set_has(&record->joint, self) ||
           member_set_has(&record->learners, self) ||
           replicator_has_copy(shell->replicas->replicator, partition);
}

static void learn_records(struct node_shell *shell,
                          const struct cluster_map *map)
{
    for (uint32_t i = 0; i < map->head.partition_count; i++) {
        const struct partition_record *record = &map->records[i];
        const struct partition_record *known =
            replicator_record(shell->replicas->replicator, i);

        if (record->epoch == 0 ||
            (known == NULL && !concerns(shell, i, record)) ||
            (known != NULL && partition_record_compare(known, record) >= 0))
            continue;
        shell_replicate(shell, (struct replicator_event){
                                   .type = REPLICATOR_RECORD_LEARNT,
                                   .partition = i,
                                   .record = record,
                               });
    }
}

void node_shell_set_map(struct node_shell *shell, const struct cluster_map *map)
{
    ASSERT(shell->replicas != NULL);
    shell->peers->version = map->head.version;
    learn_nodes(shell, map);
    learn_records(shell, map);
    shell_act(shell);
}

/* ---- Out ---- */

static struct parcel *pack(uint64_t peer,
                           const struct replicator_effect *effect)
{
    struct parcel *parcel = gateway_reply(peer, &effect->message);
    struct buffer content;

    if (effect->piece_count == 0)
        return parcel;
    buffer_init(&content);
    for (size_t i = 0; i < effect->piece_count; i++)
        buffer_put(&content, effect->pieces[i]);
    parcel_push_buffer(parcel, &content);
    buffer_deinit(&content);
    return parcel;
}

/* What is lost on its way is asked for again: replication sees to that. */
static void send(struct endpoint *endpoint, struct parcel *parcel)
{
    if (endpoint_send(endpoint, &parcel) != DALV_OK)
        return;
}

static bool is_answer(enum message_type type)
{
    return type == MESSAGE_JOINED || type == MESSAGE_STREAMED ||
           type == MESSAGE_CAUGHT_UP;
}

static void answer_link(struct node_shell *shell, const struct peer_link *link,
                        const struct replicator_effect *effect)
{
    uint64_t peer = effect->is_bulk ? link->bulk_from : link->stream_from;

    if (peer != 0)
        send(shell->endpoint, pack(peer, effect));
}

static void ask_link(struct node_shell *shell, struct peer_link *link,
                     const struct replicator_effect *effect)
{
    struct endpoint **endpoint_p =
        effect->is_bulk ? &link->bulk : &link->stream;

    if (*endpoint_p == NULL)
        *endpoint_p = connect(shell, link, effect->is_bulk);
    if (*endpoint_p != NULL)
        send(*endpoint_p, pack(PARCEL_ONLY_PEER, effect));
}

void shell_send_to_peer(struct node_shell *shell,
                        const struct replicator_effect *effect)
{
    struct peer_link *link;

    if (effect->type == REPLICATOR_REPLY) {
        send(shell->endpoint, pack(effect->peer, effect));
        return;
    }
    link = peers_find(shell->peers, effect->node);
    if (link == NULL || link->node.state == CLUSTER_NODE_REMOVED)
        return;
    if (is_answer(effect->message.type))
        answer_link(shell, link, effect);
    else
        ask_link(shell, link, effect);
}

/* ---- In ---- */

/* The node that a message says it is from; 0 if it is of none. */
static uint32_t sender_of(const struct message *message)
{
    switch ((int)message->type) {
    case MESSAGE_JOIN:
        return message->join.node;
    case MESSAGE_JOINED:
        return message->joined.node;
    case MESSAGE_STREAM:
        return message->stream.node;
    case MESSAGE_STREAMED:
        return message->streamed.node;
    case MESSAGE_CATCH_UP:
        return message->catch_up.node;
    case MESSAGE_CAUGHT_UP:
        return message->caught_up.node;
    default:
        return 0;
    }
}

/* At our port: who it is its key says; on loopback without keys it is
   believed. */
static bool is_genuine(const struct peer_link *link,
                       const struct parcel *parcel)
{
    struct curve_key key;

    if (link == NULL)
        return false;
    if (!cluster_node_has_key(&link->node))
        return true;
    return parcel_sender(parcel, &key) &&
           memcmp(key.bytes, link->node.key, sizeof(key.bytes)) == 0;
}

/*
 * Entries as they stand in a log, one behind the other. Whether their bytes are
 * whole the log itself looks at, on its own thread.
 */
static bool entries_are_sound(struct bytes entries,
                              const struct streamed_part *part)
{
    struct log_position last = part->before;
    struct reader reader;
    struct record record;

    reader_init(&reader, entries);
    while (!reader_is_finished(&reader)) {
        if (record_decode_unchecked(&reader, &record) != DALV_OK ||
            !record_is_entry(record.type) ||
            record.partition != part->partition ||
            record.position.index != last.index + 1 ||
            record.previous_crc != last.crc)
            return false;
        last = record.position;
    }
    return log_position_equal(last, part->end);
}

static bool streamed_is_sound(const struct message_streamed *streamed,
                              struct bytes content)
{
    for (size_t i = 0; i < streamed->part_count; i++) {
        const struct streamed_part *part = &streamed->parts[i];

        if (part->entry_bytes > content.size)
            return false;
        if (part->entry_bytes > 0 &&
            !entries_are_sound(bytes_make(content.data, part->entry_bytes),
                               part))
            return false;
        content = bytes_make(content.data + part->entry_bytes,
                             content.size - part->entry_bytes);
    }
    return content.size == 0;
}

static bool caught_up_is_sound(const struct message_caught_up *caught_up,
                               struct bytes content)
{
    const struct streamed_part part = {.partition = caught_up->partition,
                                       .before = caught_up->before,
                                       .end = caught_up->end};

    return caught_up->is_snapshot || caught_up->status != DALV_OK ||
           content.size == 0 || entries_are_sound(content, &part);
}

static bool is_sound(const struct message *message, struct bytes content)
{
    if (message->type == MESSAGE_STREAMED)
        return streamed_is_sound(&message->streamed, content);
    if (message->type == MESSAGE_CAUGHT_UP)
        return caught_up_is_sound(&message->caught_up, content);
    return true;
}

/* Where a slave is answered, and a master hears of it. */
static void note_way(struct peer_link *link, const struct message *message,
                     uint64_t peer)
{
    if (message->type == MESSAGE_JOIN || message->type == MESSAGE_STREAM)
        link->stream_from = peer;
    else if (message->type == MESSAGE_CATCH_UP)
        link->bulk_from = peer;
}

/* What a node said that is known to be the one that it says. */
static void hear(struct node_shell *shell, const struct peer_link *link,
                 const struct parcel *parcel, const struct message *message)
{
    struct bytes content = {0};

    if (parcel_frame_count(parcel) > 1)
        content = parcel_frame(parcel, 1);
    if (!is_sound(message, content)) {
        shell->peers->unknown_count++;
        return;
    }
    shell_replicate(shell, (struct replicator_event){
                               .type = REPLICATOR_PEER_SENT,
                               .node = link->node.id,
                               .message = message,
                               .content = content,
                           });
}

static void hear_at_port(struct node_shell *shell, const struct parcel *parcel,
                         const struct message *message)
{
    struct peer_link *link = peers_find(shell->peers, sender_of(message));

    /* Answers come where the question went. */
    if (is_answer(message->type) || !is_genuine(link, parcel)) {
        shell->peers->unknown_count++;
        return;
    }
    note_way(link, message, parcel_peer(parcel));
    hear(shell, link, parcel, message);
}

/* Where we connected the key was asked for: only that node can answer. */
static void hear_at_link(struct node_shell *shell, const struct peer_link *link,
                         const struct parcel *parcel,
                         const struct message *message)
{
    if (sender_of(message) == link->node.id)
        hear(shell, link, parcel, message);
    else
        shell->peers->unknown_count++;
}

/*
 * Who leads is for routers to say, one of which is the controller: where
 * connections have keys, it is known by them who is one.
 */
static bool is_of_router(const struct node_shell *shell,
                         const struct parcel *parcel)
{
    const struct node_shell_options *options = &shell->options;
    struct curve_key key;

    return options->is_router == NULL ||
           (parcel_sender(parcel, &key) &&
            options->is_router(options->is_router_owner, &key));
}

/* Told once: it may come ten times a second. */
static void refuse_controller(struct node_shell *shell,
                              const struct parcel *parcel,
                              const struct message *message)
{
    const struct message refusal = {
        .type = MESSAGE_REFUSED,
        .request = message->request,
        .refused = {.status = DALV_NOT_PERMITTED,
                    .text = bytes_from_text("only a router of this cluster "
                                            "says who leads")},
    };

    shell->peers->unknown_count++;
    send(shell->endpoint, gateway_reply(parcel_peer(parcel), &refusal));
    if (shell->peers->has_told_stranger)
        return;
    shell->peers->has_told_stranger = true;
    LOG(LOG_WARNING, "controller_refused",
        log_text("why", "its key is not in routers.allowed, or it is of "
                        "another cluster"));
}

static void hear_controller(struct node_shell *shell,
                            const struct parcel *parcel,
                            const struct message *message,
                            struct bytes cluster_id)
{
    if (!is_of_router(shell, parcel) ||
        !bytes_equal(cluster_id, shell->options.cluster_id)) {
        refuse_controller(shell, parcel, message);
        return;
    }
    if (message->type == MESSAGE_HEARTBEAT) {
        send(shell->endpoint,
             node_shell_answer_heartbeat(shell, parcel_peer(parcel), message));
        return;
    }
    shell_replicate(shell, (struct replicator_event){
                               .type = REPLICATOR_CONTROLLER_SENT,
                               .peer = parcel_peer(parcel),
                               .message = message,
                           });
}

bool shell_hear_peer(struct node_shell *shell, const struct parcel *parcel,
                     const struct message *message)
{
    if (shell->replicas == NULL)
        return false;
    switch ((int)message->type) {
    case MESSAGE_HEARTBEAT:
        hear_controller(shell, parcel, message, message->heartbeat.cluster_id);
        return true;
    case MESSAGE_SEAL:
        hear_controller(shell, parcel, message, message->seal.cluster_id);
        return true;
    case MESSAGE_START:
        hear_controller(shell, parcel, message, message->start.cluster_id);
        return true;
    default:
        if (sender_of(message) == 0)
            return false;
        hear_at_port(shell, parcel, message);
        return true;
    }
}

/* Entries come from masters alone, to whom we connect. */
static void hear_delivery(struct node_shell *shell,
                          const struct peer_link *link,
                          struct parcel **parcel_p,
                          const struct message *message)
{
    struct replicas *replicas = shell->replicas;

    replicas->hearing = parcel_p;
    hear_at_link(shell, link, *parcel_p, message);
    replicas->hearing = NULL;
    replicas->delivery = NULL;
}

static struct peer_link *find_by_endpoint(struct peers *peers,
                                          const struct endpoint *from)
{
    for (size_t i = 0; i < peers->count; i++) {
        if (peers->links[i].stream == from || peers->links[i].bulk == from)
            return &peers->links[i];
    }
    return NULL;
}

bool shell_on_peer_parcel(struct node_shell *shell, const struct endpoint *from,
                          struct parcel **parcel_p)
{
    const struct parcel *parcel = *parcel_p;
    const struct peer_link *link =
        shell->peers == NULL ? NULL : find_by_endpoint(shell->peers, from);
    struct gateway_intake intake;

    if (link == NULL)
        return false;
    if (gateway_take(shell->gateway, parcel, loop_now_ms(shell->loop),
                     &intake) != DALV_OK ||
        intake.request != NULL)
        shell->unreadable_count++;
    else
        hear_delivery(shell, link, parcel_p, &intake.message);
    return true;
}

bool node_shell_on_connection(struct node_shell *shell,
                              const struct endpoint *from, bool is_connected)
{
    struct peer_link *link =
        shell->peers == NULL ? NULL : find_by_endpoint(shell->peers, from);

    if (link == NULL)
        return false;
    if (!is_connected && from != link->stream)
        return true;
    shell_replicate(shell, (struct replicator_event){
                               .type = is_connected ? REPLICATOR_PEER_REACHED
                                                    : REPLICATOR_PEER_LOST,
                               .node = link->node.id,
                               .is_bulk = from == link->bulk,
                           });
    shell_act(shell);
    return true;
}

/* It is not let in, and would never try again: the next message does. */
bool node_shell_on_refused(struct node_shell *shell,
                           const struct endpoint *from)
{
    struct peer_link *link =
        shell->peers == NULL ? NULL : find_by_endpoint(shell->peers, from);

    if (link == NULL)
        return false;
    LOG(LOG_WARNING, "peer_refuses", log_u64("node", link->node.id));
    close_endpoint(shell, from == link->stream ? &link->stream : &link->bulk);
    return true;
}

void shell_close_peers(struct node_shell *shell)
{
    if (shell->peers == NULL)
        return;
    for (size_t i = 0; i < shell->peers->count; i++)
        close_link(shell, &shell->peers->links[i]);
}
