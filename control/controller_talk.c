/*
 * What nodes are told: heartbeats by the clock; SEAL and START by what is known
 * of them. A message that is lost leaves a difference behind, and the
 * difference is told again.
 */
#include "control/controller_internal.h"

#include "base/assert.h"
#include "base/bounds.h"

/* What one node is told in this step. */
struct address {
    struct controller *controller;
    const struct roster_entry *entry;
    struct seal_part *seals;
    size_t seal_count;
    struct start_part *starts;
    size_t start_count;
};

static struct bytes cluster_id(const struct controller *controller)
{
    return bytes_from_text(controller->map->map.head.cluster_id);
}

static struct message *add_message(struct controller_effects *effects,
                                   uint32_t node, enum message_type type)
{
    struct controller_message *message;

    ASSERT(effects->message_count < CONTROLLER_MESSAGES_MAX);
    message = &effects->messages[effects->message_count++];
    *message =
        (struct controller_message){.node = node, .message = {.type = type}};
    return &message->message;
}

static void send_heartbeat(struct controller *controller,
                           struct roster_entry *entry,
                           struct controller_effects *effects)
{
    struct cluster_version version = controller->map->map.head.version;
    bool is_due = controller->now_ms >=
                  entry->asked_ms + controller->options.heartbeat_ms;

    if (!is_due && !entry->is_asked_again)
        return;
    entry->asked_ms = controller->now_ms;
    entry->is_asked_again = false;
    add_message(effects, entry->node, MESSAGE_HEARTBEAT)->heartbeat =
        (struct message_heartbeat){
            .cluster_id = cluster_id(controller),
            .controller = bytes_from_text(controller->options.name),
            .incarnation = version.incarnation,
            .version = version.version,
            .report = entry->whole,
            .wall_us = controller->wall_us,
        };
}

/* It does not have the record yet, as far as is known. */
static bool is_behind(const struct copy *copy,
                      const struct partition_record *record, uint64_t boot)
{
    if (copy->boot != boot || copy->epoch < record->epoch)
        return true;
    return copy->epoch == record->epoch && copy->change < record->change;
}

static void add_seal(struct address *address, uint32_t partition,
                     struct copy *copy)
{
    struct controller *controller = address->controller;

    if (address->seal_count == BOUNDS_PARTITIONS_LISTED_MAX)
        return;
    if (address->seals == NULL)
        address->seals =
            arena_take(&controller->scratch, BOUNDS_PARTITIONS_LISTED_MAX,
                       sizeof(*address->seals));
    /* No memory is left in this step: the next one goes on. */
    if (address->seals == NULL)
        return;
    address->seals[address->seal_count++] = (struct seal_part){
        .partition = partition,
        .epoch = controller->map->map.records[partition].epoch,
        .released = controller->copies[partition].released,
    };
    copy->next_ms = controller->now_ms + CONTROLLER_AGAIN_MS;
}

static void add_start(struct address *address, uint32_t partition,
                      struct copy *copy)
{
    struct controller *controller = address->controller;
    uint8_t *memory;
    struct writer writer;

    if (address->start_count == BOUNDS_PARTITIONS_LISTED_MAX)
        return;
    if (address->starts == NULL)
        address->starts =
            arena_take(&controller->scratch, BOUNDS_PARTITIONS_LISTED_MAX,
                       sizeof(*address->starts));
    memory = arena_take(&controller->scratch, 1, PARTITION_RECORD_BYTES_MAX);
    if (address->starts == NULL || memory == NULL)
        return;
    writer_init(&writer, memory, PARTITION_RECORD_BYTES_MAX);
    ASSERT(partition_record_encode(&controller->map->map.records[partition],
                                   &writer) == DALV_OK);
    address->starts[address->start_count++] = (struct start_part){
        .partition = partition, .record = writer_bytes(&writer)};
    copy->next_ms = controller->now_ms + CONTROLLER_AGAIN_MS;
}

static void tell_of(struct address *address, uint32_t partition)
{
    struct controller *controller = address->controller;
    const struct partition_record *record =
        &controller->map->map.records[partition];
    struct copies *copies = &controller->copies[partition];
    struct member member = {address->entry->node, address->entry->store};
    struct copy *copy = copies_find(copies, &member);

    if (copy == NULL || controller->now_ms < copy->next_ms)
        return;
    if (record->state == PARTITION_OPENING) {
        if (copy->sealed_epoch != record->epoch ||
            copy->boot != address->entry->boot)
            add_seal(address, partition, copy);
    } else if (is_behind(copy, record, address->entry->boot)) {
        add_start(address, partition, copy);
    }
}

/* Nothing of what stands in the record is left to be told to those who can
   hear it, and nothing to be decided before something is heard. */
static bool is_quiet(const struct controller *controller, uint32_t partition)
{
    const struct partition_record *record =
        &controller->map->map.records[partition];
    const struct copies *copies = &controller->copies[partition];
    struct plan_wish wish;

    if (record->state != PARTITION_LED)
        return false;
    for (size_t i = 0; i < copies->count; i++) {
        const struct copy *copy = &copies->items[i];
        uint64_t boot = roster_boot(&controller->roster, &copy->member);

        if (boot != 0 && is_behind(copy, record, boot))
            return false;
    }
    wish = controller_wish(controller, partition);
    return plan_is_at_rest(record, &wish);
}

static void talk_to(struct controller *controller, struct roster_entry *entry,
                    struct controller_effects *effects)
{
    struct address address = {.controller = controller, .entry = entry};

    for (uint32_t i = 0; i < controller->partition_count; i++) {
        const struct partition_watch *watch = &controller->watches[i];

        if (watch->is_busy && !watch->is_halted &&
            controller->map->map.records[i].epoch > 0)
            tell_of(&address, i);
    }
    if (address.seal_count > 0)
        add_message(effects, entry->node, MESSAGE_SEAL)->seal =
            (struct message_seal){.cluster_id = cluster_id(controller),
                                  .parts = address.seals,
                                  .part_count = address.seal_count};
    if (address.start_count > 0)
        add_message(effects, entry->node, MESSAGE_START)->start =
            (struct message_start){.cluster_id = cluster_id(controller),
                                   .parts = address.starts,
                                   .part_count = address.start_count};
}

void controller_talk(struct controller *controller,
                     struct controller_effects *effects)
{
    for (size_t i = 0; i < controller->roster.count; i++) {
        struct roster_entry *entry = &controller->roster.items[i];

        send_heartbeat(controller, entry, effects);
        if (controller->state == CONTROLLER_LEADING && entry->is_alive &&
            entry->standing == ROSTER_COUNTED)
            talk_to(controller, entry, effects);
    }
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        if (controller->watches[i].is_busy && is_quiet(controller, i))
            controller->watches[i].is_busy = false;
    }
}
