#include "tests/support/node_group_internal.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "base/clock.h"
#include "cluster/ballot.h"
#include "model/change_format.h"
#include "model/transaction_format.h"
#include "net/network.h"
#include "node/core_internal.h"
#include "node/shell_internal.h"
#include "proto/codec.h"
#include "storage/files.h"
#include "storage/kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MEMORY_BYTES = 256 << 20,
    WATER_BYTES = 64 << 20,
    PARTS = NODE_GROUP_PARTITIONS,
    PATIENCE_MS = NODE_GROUP_PATIENCE_MS,
};

static struct member member_of(uint32_t node)
{
    struct member member = {.node = node};

    member.store.bytes[0] = (uint8_t)node;
    return member;
}

/* ---- The loop ---- */

static void decode(struct node_group *group, struct parcel **parcel_p,
                   size_t frame)
{
    parcel_destroy(&group->answer);
    group->answer = *parcel_p;
    *parcel_p = NULL;
    arena_init(&group->arena, group->arena_block, sizeof(group->arena_block));
    group->has_answer = codec_decode(parcel_frame(group->answer, frame),
                                     &group->arena, &group->message) == DALV_OK;
}

static void on_parcel(void *owner, struct endpoint *from,
                      struct parcel **parcel_p)
{
    struct node_group *group = owner;

    for (size_t i = 0; i < NODE_GROUP_NODES; i++) {
        struct group_node *node = &group->nodes[i];

        if (from == node->ask) {
            decode(group, parcel_p, parcel_frame_count(*parcel_p) - 1);
            return;
        }
        if (node->shell != NULL &&
            node_shell_on_parcel(node->shell, from, parcel_p))
            return;
    }
}

static void on_connection(void *owner, struct endpoint *from, bool is_connected)
{
    struct node_group *group = owner;

    for (size_t i = 0; i < NODE_GROUP_NODES; i++) {
        if (group->nodes[i].shell != NULL)
            (void)node_shell_on_connection(group->nodes[i].shell, from,
                                           is_connected);
    }
}

static void on_job_done(void *owner, struct worker *from, void *job)
{
    struct node_group *group = owner;

    for (size_t i = 0; i < NODE_GROUP_NODES; i++) {
        if (group->nodes[i].shell != NULL &&
            node_shell_on_job_done(group->nodes[i].shell, from, job))
            return;
    }
}

/* The end of the batch comes with it. */
static void on_deadline(void *owner, uint64_t now_ms)
{
    (void)owner;
    (void)now_ms;
}

static void on_batch_end(void *owner, uint64_t now_ms)
{
    struct node_group *group = owner;

    for (size_t i = 0; i < NODE_GROUP_NODES; i++) {
        if (group->nodes[i].shell != NULL)
            node_shell_on_batch_end(group->nodes[i].shell, now_ms);
    }
}

static uint64_t next_deadline_ms(void *owner)
{
    struct node_group *group = owner;
    uint64_t next_ms = LOOP_NO_DEADLINE;

    for (size_t i = 0; i < NODE_GROUP_NODES; i++) {
        uint64_t its_ms =
            group->nodes[i].shell == NULL
                ? LOOP_NO_DEADLINE
                : node_shell_next_deadline_ms(group->nodes[i].shell);

        if (its_ms < next_ms)
            next_ms = its_ms;
    }
    return next_ms;
}

void node_group_run(struct node_group *group)
{
    loop_run_once(group->loop, NODE_GROUP_TURN_MS);
}

/* ---- Nodes ---- */

static struct node_store *open_store(const struct node_group *group,
                                     const struct group_node *node)
{
    const struct node_store_options options = {
        .files = files_of_system(),
        .kvs = kv_opener_leveldb(),
        .folder = node->path,
        .partition_count = PARTS,
        .segment_bytes = 8 << 20,
        .log_id = group->boots,
        .boot_id = group->boots,
        .wall_us = clock_wall_us(),
        .is_member = true,
    };
    struct node_store *store = NULL;
    struct node_store_error error = {0};

    if (node_store_open(&options, &store, &error) != DALV_OK)
        (void)fprintf(stderr, "%s\n", error.text);
    ASSERT(store != NULL);
    return store;
}

/* Of another process than any before. */
static struct node_store *open_next_store(struct node_group *group,
                                          const struct group_node *node)
{
    group->boots++;
    return open_store(group, node);
}

static void set_map(struct node_group *group)
{
    group->map.head.version.version++;
    for (size_t i = 0; i < NODE_GROUP_NODES; i++) {
        if (group->nodes[i].shell != NULL)
            node_shell_set_map(group->nodes[i].shell, &group->map);
    }
}

static void enter(struct node_group *group, uint32_t number,
                  const char *endpoint)
{
    struct cluster_node entry = {.id = number,
                                 .state = CLUSTER_NODE_ACTIVE,
                                 .weight = CLUSTER_WEIGHT_NORMAL,
                                 .store = member_of(number).store,
                                 .boot_number = 1};
    enum dalv_status status;

    (void)snprintf(entry.name, sizeof(entry.name), "node-%u", number);
    (void)snprintf(entry.address, sizeof(entry.address), "%s",
                   endpoint + strlen("tcp://"));
    status = cluster_map_put_node(&group->map, &entry);
    ASSERT(status == DALV_OK);
}

void node_group_start(struct node_group *group, uint32_t node)
{
    struct group_node *its = &group->nodes[node - 1];
    const struct node_shell_options options = {
        .address = "tcp://127.0.0.1:*",
        .store = open_next_store(group, its),
        .node_id = bytes_from_text("node"),
        .cluster_id = bytes_from_text("group"),
        .policy = &group->policy,
        .token_judge = &group->tokens.judge,
        .boot_id = group->boots,
        .boot_number = group->boots,
        .self = member_of(node),
        .seed = 7,
        .memory_bytes_max = MEMORY_BYTES,
        .waiting_bytes_max = WATER_BYTES,
        .log_bytes_kept = WATER_BYTES,
        .client_max = 10,
    };
    struct endpoint_options ask = {.role = ENDPOINT_TO_NODE};
    enum dalv_status status =
        node_shell_open(&options, group->loop, &its->shell);

    ASSERT(status == DALV_OK);
    its->boot_id = group->boots;
    its->is_attached = false;
    ask.address = endpoint_address(node_shell_endpoint(its->shell));
    status = endpoint_open(&ask, &its->ask);
    ASSERT(status == DALV_OK);
    loop_add_endpoint(group->loop, its->ask);
    enter(group, node, ask.address);
    set_map(group);
}

/* What was answered is applied, and everything is given back. */
static void finish(struct node_group *group, const struct node_shell *shell)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    while (!node_core_is_at_rest(shell->core) && clock_boot_ms() < until_ms)
        node_group_run(group);
}

void node_group_stop(struct node_group *group, uint32_t node)
{
    struct group_node *its = &group->nodes[node - 1];

    if (its->shell == NULL)
        return;
    finish(group, its->shell);
    loop_remove_endpoint(group->loop, its->ask);
    endpoint_close(&its->ask);
    ASSERT(node_shell_close(&its->shell) == DALV_OK);
}

struct node_group *node_group_open(void)
{
    const struct cluster_head head = {.version = {.incarnation = 1},
                                      .cluster_id = "group",
                                      .partition_count = PARTS,
                                      .replica_count = NODE_GROUP_NODES,
                                      .feature_level = 1};
    struct node_group *group = calloc(1, sizeof(*group));
    const struct loop_options loop_options = {
        .handlers = {.owner = group,
                     .on_parcel = on_parcel,
                     .on_connection = on_connection,
                     .on_job_done = on_job_done,
                     .on_deadline = on_deadline,
                     .on_batch_end = on_batch_end,
                     .next_deadline_ms = next_deadline_ms},
    };
    enum dalv_status status;

    ASSERT(group != NULL);
    network_start(1);
    folder_open(&group->folder);
    fake_tokens_init(&group->tokens);
    group->policy = policy_default();
    group->claims = fake_tokens_backend(UINT32_MAX);
    group->loop = loop_create(&loop_options);
    group->map_memory = malloc(cluster_map_memory(PARTS));
    ASSERT(group->map_memory != NULL);
    arena_init(&group->map_arena, group->map_memory, cluster_map_memory(PARTS));
    status = cluster_map_init(&group->map, &head, &group->map_arena);
    ASSERT(status == DALV_OK);
    for (uint32_t i = 1; i <= NODE_GROUP_NODES; i++) {
        (void)snprintf(group->nodes[i - 1].path,
                       sizeof(group->nodes[i - 1].path), "%.50s/%u",
                       group->folder.path, i);
        node_group_start(group, i);
    }
    return group;
}

void node_group_close(struct node_group **group_p)
{
    struct node_group *group = *group_p;

    *group_p = NULL;
    for (uint32_t i = 1; i <= NODE_GROUP_NODES; i++)
        node_group_stop(group, i);
    parcel_destroy(&group->answer);
    loop_destroy(&group->loop);
    folder_close(&group->folder);
    free(group->map_memory);
    free(group);
}

/* ---- Questions ---- */

/* Until it is answered; sent again as long as there is no connection. */
static bool ask(struct node_group *group, uint32_t number,
                const struct message *envelope, struct bytes inner)
{
    struct group_node *node = &group->nodes[number - 1];
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    bool is_sent = false;
    struct buffer frame;

    buffer_init(&frame);
    group->has_answer = false;
    while (!group->has_answer && clock_boot_ms() < until_ms) {
        if (!is_sent) {
            struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
            enum dalv_status status = codec_encode(envelope, &frame);

            ASSERT(status == DALV_OK);
            parcel_push_buffer(parcel, &frame);
            if (inner.size > 0)
                parcel_push_back(parcel, inner);
            is_sent = endpoint_send(node->ask, &parcel) == DALV_OK;
        }
        node_group_run(group);
    }
    buffer_deinit(&frame);
    return group->has_answer;
}

static void attach(struct node_group *group, uint32_t number)
{
    struct group_node *node = &group->nodes[number - 1];
    struct message message = {.type = MESSAGE_ATTACH};

    if (node->is_attached)
        return;
    message.attach =
        (struct message_attach){.cluster_id = bytes_from_text("group"),
                                .router = bytes_from_text("test"),
                                .session = ++group->session};
    if (!ask(group, number, &message, (struct bytes){0}))
        return;
    message = (struct message){.type = MESSAGE_VOUCH};
    message.vouch = (struct message_vouch){
        .number = 1, .token = fake_tokens_show(&group->claims)};
    node->is_attached = ask(group, number, &message, (struct bytes){0});
}

static bool forward(struct node_group *group, uint32_t number,
                    const struct message *question, const char *user)
{
    struct message envelope = {.type = MESSAGE_FORWARD,
                               .request = ++group->request};
    struct buffer inner;
    bool is_answered;
    enum dalv_status status;

    attach(group, number);
    envelope.forward = (struct message_forward){.session = group->session,
                                                .token = 1,
                                                .user = bytes_from_text(user),
                                                .client = 1,
                                                .deadline_ms = PATIENCE_MS};
    buffer_init(&inner);
    status = codec_encode(question, &inner);
    ASSERT(status == DALV_OK);
    is_answered = ask(group, number, &envelope, buffer_bytes(&inner));
    buffer_deinit(&inner);
    return is_answered;
}

enum dalv_status node_group_put(struct node_group *group, uint32_t node,
                                const char *user, const char *key,
                                const char *value)
{
    struct operation operation = {.type = OPERATION_PUT,
                                  .key = bytes_from_text(key),
                                  .value = bytes_from_text(value)};
    const struct transaction transaction = {.operations = &operation,
                                            .operation_count = 1};
    struct message update = {.type = MESSAGE_UPDATE, .request = 1};
    static uint8_t memory[BOUNDS_VALUE_MAX];
    struct writer writer;
    enum dalv_status status;

    writer_init(&writer, memory, sizeof(memory));
    status = transaction_encode(&transaction, &writer);
    ASSERT(status == DALV_OK);
    update.update.user = bytes_from_text(user);
    update.update.transaction = writer_bytes(&writer);
    update.update.deadline_ms = PATIENCE_MS;
    memcpy(update.update.id.bytes, &group->request, sizeof(group->request));
    update.update.id.bytes[15] = 1;
    if (!forward(group, node, &update, user))
        return DALV_TIMEOUT;
    if (group->message.type == MESSAGE_NOT_MASTER)
        return DALV_UNAVAILABLE;
    return group->message.type == MESSAGE_UPDATED
               ? group->message.updated.status
               : group->message.refused.status;
}

const char *node_group_get(struct node_group *group, uint32_t node,
                           const char *user, const char *key)
{
    struct message get = {.type = MESSAGE_GET, .request = 1};
    struct change_reader changes;
    struct change change;

    get.get = (struct message_get){.user = bytes_from_text(user),
                                   .key = bytes_from_text(key)};
    if (!forward(group, node, &get, user))
        return "no answer";
    if (group->message.type == MESSAGE_NOT_MASTER)
        return "not master";
    if (group->message.type == MESSAGE_REFUSED)
        return status_text(group->message.refused.status);
    if (group->message.got.page.size == 0)
        return "nothing";
    change_reader_init(&changes, group->message.got.page);
    if (change_next(&changes, &change) != DALV_OK)
        return "unreadable";
    (void)snprintf(group->value, sizeof(group->value), "%.*s",
                   (int)change.state.value.size,
                   (const char *)change.state.value.data);
    return group->value;
}

/* ---- The controller ---- */

static bool seal(struct node_group *group, uint32_t node,
                 struct ballot ballots[PARTS])
{
    struct message message = {.type = MESSAGE_SEAL,
                              .request = ++group->request};
    struct seal_part parts[PARTS];
    const struct message_sealed *sealed = &group->message.sealed;

    for (uint32_t i = 0; i < PARTS; i++)
        parts[i] = (struct seal_part){.partition = i,
                                      .epoch = ballots[i].epoch,
                                      .released = group->released[i]};
    message.seal = (struct message_seal){.cluster_id = bytes_from_text("group"),
                                         .parts = parts,
                                         .part_count = PARTS};
    if (!ask(group, node, &message, (struct bytes){0}) ||
        group->message.type != MESSAGE_SEALED)
        return false;
    for (size_t i = 0; i < sealed->part_count; i++) {
        const struct sealed_part *part = &sealed->parts[i];
        const struct ballot_vote vote = {.member = member_of(node),
                                         .boot_id = sealed->boot_id,
                                         .end = part->end,
                                         .is_uncertain = part->is_uncertain};

        /* Whoever led says that it serves no more: its lease binds nobody. */
        if (part->released > group->released[part->partition])
            group->released[part->partition] = part->released;
        if (part->verdict == SEAL_PROMISED)
            ballot_put(&ballots[part->partition], part->promised, &vote);
    }
    return true;
}

static bool choose(struct node_group *group, uint32_t master,
                   const struct ballot ballots[PARTS])
{
    for (uint32_t i = 0; i < PARTS; i++) {
        struct partition_record *record = &group->map.records[i];
        const struct ballot_vote *vote = ballot_choose(&ballots[i], master);

        if (vote == NULL || vote->member.node != master)
            return false;
        record->change++;
        record->state = PARTITION_LED;
        record->master = vote->member;
        record->master_boot = vote->boot_id;
    }
    return true;
}

static void open_epoch(struct node_group *group, struct ballot ballots[PARTS])
{
    for (uint32_t i = 0; i < PARTS; i++) {
        struct partition_record *record = &group->map.records[i];
        struct member_set *members = &record->joint.members;

        record->epoch++;
        record->change = 0;
        record->state = PARTITION_OPENING;
        *members = (struct member_set){0};
        for (uint32_t k = 1; k <= NODE_GROUP_NODES; k++) {
            const struct member member = member_of(k);

            if (!group->nodes[k - 1].is_expelled &&
                !member_set_has(members, &member))
                (void)member_set_add(members, &member);
        }
        ballot_init(&ballots[i], record->epoch, &record->joint);
    }
}

static bool leads_all(const struct node_group *group, uint32_t master)
{
    const struct node_shell *shell = group->nodes[master - 1].shell;

    for (uint32_t i = 0; i < PARTS; i++) {
        if (!appender_leads(&shell->core->appender, i))
            return false;
    }
    return true;
}

bool node_group_elect(struct node_group *group, uint32_t master)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    struct ballot ballots[PARTS];
    bool is_chosen = false;

    open_epoch(group, ballots);
    while (!is_chosen && clock_boot_ms() < until_ms) {
        for (uint32_t i = 1; i <= NODE_GROUP_NODES; i++) {
            if (group->nodes[i - 1].shell != NULL)
                (void)seal(group, i, ballots);
        }
        is_chosen = choose(group, master, ballots);
    }
    if (!is_chosen)
        return false;
    set_map(group);
    while (!leads_all(group, master) && clock_boot_ms() < until_ms)
        node_group_run(group);
    return leads_all(group, master);
}

enum dalv_status node_group_command(struct node_group *group, uint32_t node,
                                    enum message_type type)
{
    const struct bytes cluster_id = bytes_from_text("group");
    const struct seal_part seal = {.epoch = 1};
    const struct start_part start = {.record = bytes_from_text("no record")};
    struct message message = {.type = type, .request = ++group->request};

    if (type == MESSAGE_HEARTBEAT)
        message.heartbeat = (struct message_heartbeat){
            .cluster_id = cluster_id, .controller = bytes_from_text("test")};
    else if (type == MESSAGE_SEAL)
        message.seal = (struct message_seal){
            .cluster_id = cluster_id, .parts = &seal, .part_count = 1};
    else
        message.start = (struct message_start){
            .cluster_id = cluster_id, .parts = &start, .part_count = 1};
    if (!ask(group, node, &message, (struct bytes){0}))
        return DALV_TIMEOUT;
    return group->message.type == MESSAGE_REFUSED
               ? group->message.refused.status
               : DALV_OK;
}

bool node_group_follows(struct node_group *group, uint32_t node,
                        uint32_t master)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    const struct node_shell *one = group->nodes[node - 1].shell;
    const struct node_shell *other = group->nodes[master - 1].shell;

    while (clock_boot_ms() < until_ms) {
        bool is_equal = true;

        node_group_run(group);
        for (uint32_t i = 0; i < PARTS; i++)
            is_equal = is_equal && one->replicas->places[i].ordered_index ==
                                       other->replicas->places[i].ordered_index;
        if (is_equal)
            return true;
    }
    return false;
}
