#include "control/controller_internal.h"

#include <string.h>

/* What is newer than the record is read for, before anything is believed. */
static void doubt(struct controller *controller, uint32_t partition)
{
    struct partition_watch *watch = &controller->watches[partition];
    const struct partition_record *record =
        &controller->map->map.records[partition];

    if (watch->is_halted || watch->is_suspect ||
        !copies_are_ahead(&controller->copies[partition], record))
        return;
    watch->is_suspect = true;
    controller_read_anew(controller);
}

static void hear_part(struct controller *controller,
                      const struct member *member, uint64_t boot,
                      const struct heartbeaten_part *part)
{
    struct copies *copies = &controller->copies[part->partition];
    struct copy *copy = copies_find(copies, member);

    copies_hear_of(copies, part->epoch, part->change);
    copies_hear_of(copies, part->promised, 0);
    copies_hear_of(copies, part->outbid, 0);
    copies_hear_of(copies, part->known_epoch, 0);
    doubt(controller, part->partition);
    controller->watches[part->partition].is_busy = true;
    if (copy == NULL)
        return;
    copy->boot = boot;
    copy->epoch = part->epoch;
    copy->change = part->change;
    copy->role = part->role;
    copy->is_caught_up = part->is_caught_up;
    copy->is_not_whole = part->is_not_whole;
}

static void forget_node(struct controller *controller, uint32_t node)
{
    for (uint32_t i = 0; i < controller->partition_count; i++)
        copies_forget(&controller->copies[i], node);
    controller_stir(controller);
}

static void hear_node(struct controller *controller, struct roster_entry *entry,
                      const struct message_heartbeaten *heard,
                      struct controller_effects *effects)
{
    const struct cluster_node *node =
        cluster_map_node(&controller->map->map, entry->node);
    bool was_alive = entry->is_alive;
    bool was_stalled = entry->is_stalled;
    bool is_other = roster_hear(entry, heard, controller->now_ms);

    if (is_other)
        forget_node(controller, entry->node);
    roster_judge(entry, node);
    if (is_other || !was_alive || was_stalled != entry->is_stalled) {
        struct controller_news news = {
            .type = entry->standing == ROSTER_PUT_BACK
                        ? CONTROLLER_NODE_PUT_BACK
                        : CONTROLLER_NODE_BACK,
            .node = entry->node,
        };

        controller_report(effects, &news);
        controller_stir(controller);
        balance_disturb(&controller->balance, controller->now_ms);
    }
}

static void on_heartbeaten(struct controller *controller,
                           const struct message_heartbeaten *heard,
                           struct controller_effects *effects)
{
    struct roster_entry *entry = roster_find(&controller->roster, heard->node);
    struct member member = {.node = heard->node};

    if (entry == NULL || heard->store.size != STORE_ID_BYTES ||
        heard->boot_id == 0)
        return;
    /* A late answer must not put the newer one back. */
    if (heard->boot_id == entry->boot_before ||
        (heard->boot_id == entry->boot && heard->report < entry->report))
        return;
    hear_node(controller, entry, heard, effects);
    if (entry->standing == ROSTER_PUT_BACK)
        return;
    memcpy(member.store.bytes, heard->store.data, STORE_ID_BYTES);
    for (size_t i = 0; i < heard->part_count; i++) {
        if (heard->parts[i].partition < controller->partition_count)
            hear_part(controller, &member, heard->boot_id, &heard->parts[i]);
    }
}

/* Its lease binds nobody any more: ask those again who waited for its end. */
static void take_release(struct copies *copies, uint64_t released)
{
    if (released <= copies->released)
        return;
    copies->released = released;
    for (size_t i = 0; i < copies->count; i++)
        copies->items[i].next_ms = 0;
}

static void take_vote(struct controller *controller, struct copies *copies,
                      struct copy *copy, const struct sealed_part *part)
{
    const struct partition_record *record =
        &controller->map->map.records[part->partition];

    switch (part->verdict) {
    case SEAL_PROMISED:
        if (part->promised != record->epoch)
            return;
        copy->sealed_epoch = part->promised;
        copy->end = part->end;
        copy->is_uncertain = part->is_uncertain;
        take_release(copies, part->released);
        break;
    case SEAL_LEASED:
        copy->next_ms = controller->now_ms + part->wait_ms;
        break;
    case SEAL_OUTBID:
    case SEAL_UNABLE:
        break;
    }
}

static void on_sealed(struct controller *controller,
                      const struct message_sealed *sealed)
{
    struct roster_entry *entry = roster_find(&controller->roster, sealed->node);
    struct member member = {.node = sealed->node};

    if (entry == NULL || sealed->store.size != STORE_ID_BYTES ||
        sealed->boot_id != entry->boot)
        return;
    memcpy(member.store.bytes, sealed->store.data, STORE_ID_BYTES);
    for (size_t i = 0; i < sealed->part_count; i++) {
        const struct sealed_part *part = &sealed->parts[i];
        struct copies *copies;
        struct copy *copy;

        if (part->partition >= controller->partition_count)
            continue;
        copies = &controller->copies[part->partition];
        copies_hear_of(copies, part->promised, 0);
        copies_hear_of(copies, part->known_epoch, 0);
        doubt(controller, part->partition);
        controller->watches[part->partition].is_busy = true;
        copy = copies_find(copies, &member);
        if (copy == NULL)
            continue;
        copy->boot = sealed->boot_id;
        take_vote(controller, copies, copy, part);
    }
}

static void on_started(struct controller *controller,
                       const struct message_started *started)
{
    struct roster_entry *entry =
        roster_find(&controller->roster, started->node);
    struct member member;

    if (entry == NULL || started->boot_id != entry->boot)
        return;
    member = (struct member){entry->node, entry->store};
    for (size_t i = 0; i < started->part_count; i++) {
        const struct started_part *part = &started->parts[i];
        struct copy *copy;

        if (part->partition >= controller->partition_count)
            continue;
        copies_hear_of(&controller->copies[part->partition], part->epoch,
                       part->change);
        doubt(controller, part->partition);
        copy = copies_find(&controller->copies[part->partition], &member);
        if (copy == NULL)
            continue;
        /* What it does by a new record the next heartbeat tells. */
        if (copy->epoch != part->epoch)
            copy->role = PARTITION_IDLE;
        copy->boot = started->boot_id;
        copy->epoch = part->epoch;
        copy->change = part->change;
    }
}

void controller_hear(struct controller *controller,
                     const struct controller_event *event,
                     struct controller_effects *effects)
{
    const struct message *message = event->message;

    /* Who speaks is known by the connection: nobody speaks for another. */
    if (message->type == MESSAGE_HEARTBEATEN &&
        message->heartbeaten.node == event->node)
        on_heartbeaten(controller, &message->heartbeaten, effects);
    else if (message->type == MESSAGE_SEALED &&
             message->sealed.node == event->node)
        on_sealed(controller, &message->sealed);
    else if (message->type == MESSAGE_STARTED &&
             message->started.node == event->node)
        on_started(controller, &message->started);
}
