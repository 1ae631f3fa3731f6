#include "control/controller_internal.h"

#include "base/assert.h"

static bool names_store(const struct partition_record *record,
                        const struct member *member)
{
    return joint_set_has(&record->joint, member) ||
           member_set_has(&record->learners, member);
}

/*
 * A node came back with a store that it had before another one: an old disk. If
 * a record still counts on that store, what it lacks would be missed.
 */
static bool is_old_store(const struct controller *controller,
                         const struct cluster_node *node,
                         const struct roster_entry *entry)
{
    struct member member = {entry->node, entry->store};

    if (!store_id_is_set(&node->store) ||
        store_id_equal(&node->store, &entry->store))
        return false;
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        if (names_store(&controller->map->map.records[i], &member))
            return true;
    }
    return false;
}

/* Starts of nodes are entered in the store before they count. */
static void enter_nodes(struct controller *controller,
                        struct controller_effects *effects)
{
    for (size_t i = 0; i < controller->roster.count; i++) {
        struct roster_entry *entry = &controller->roster.items[i];
        const struct cluster_node *known =
            cluster_map_node(&controller->map->map, entry->node);
        struct cluster_node node;

        if (entry->standing != ROSTER_ENTERING)
            continue;
        if (is_old_store(controller, known, entry)) {
            struct controller_news news = {.type = CONTROLLER_NODE_PUT_BACK,
                                           .node = entry->node};

            entry->standing = ROSTER_PUT_BACK;
            controller_report(effects, &news);
            continue;
        }
        node = *known;
        node.store = entry->store;
        node.boot_number = entry->boot_number;
        if (node.state == CLUSTER_NODE_JOINING)
            node.state = CLUSTER_NODE_ACTIVE;
        if (!map_change_put_node(&controller->change, &node))
            return;
    }
}

static bool is_moving(const struct partition_record *record)
{
    return record->learners.count > 0 || !joint_set_is_settled(&record->joint);
}

/* A move that would be one too many waits. */
static struct plan_wish bounded_wish(const struct controller *controller,
                                     uint32_t partition)
{
    const struct partition_record *record =
        &controller->map->map.records[partition];
    struct plan_wish wish = controller_wish(controller, partition);

    if (controller->moving >= CONTROLLER_MOVES_MAX && !is_moving(record))
        wish.members = (struct member_set){0};
    return wish;
}

static bool is_page_halted(const struct controller *controller, uint32_t first,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (controller->watches[first + i].is_halted)
            return true;
    }
    return false;
}

/*
 * The first records of a page of partitions: epoch 1 is to be opened, where
 * placement wants it. It waits until there are as many nodes as copies.
 */
static bool found_page(struct controller *controller, uint32_t first)
{
    const struct cluster_head *head = &controller->map->map.head;
    size_t count = cluster_map_page_size(head->partition_count,
                                         first / PARTITION_PAGE_RECORDS);

    if (is_page_halted(controller, first, count))
        return true;
    for (uint32_t i = 0; i < count; i++) {
        struct partition_record record = {.epoch = 1,
                                          .state = PARTITION_OPENING};

        record.joint.members = controller_founders(controller, first + i);
        if (record.joint.members.count < head->replica_count)
            return true;
        if (!map_change_put_record(&controller->change, first + i, &record))
            return false;
    }
    return true;
}

/* False if there is no room for more in this transaction. */
static bool plan_partition(struct controller *controller, uint32_t partition)
{
    const struct partition_record *record =
        &controller->map->map.records[partition];
    struct partition_watch *watch = &controller->watches[partition];
    struct plan_wish wish;
    struct partition_record next;

    if (!watch->is_busy || watch->is_halted ||
        copies_are_ahead(&controller->copies[partition], record))
        return true;
    if (record->epoch == 0)
        return partition % PARTITION_PAGE_RECORDS != 0 ||
               found_page(controller, partition);
    wish = bounded_wish(controller, partition);
    if (!plan_next(record, &controller->copies[partition], &controller->roster,
                   &wish, &next))
        return true;
    if (!map_change_put_record(&controller->change, partition, &next))
        return false;
    if (is_moving(&next) && !is_moving(record))
        controller->moving++;
    return true;
}

static void count_moving(struct controller *controller)
{
    controller->moving = 0;
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        if (is_moving(&controller->map->map.records[i]))
            controller->moving++;
    }
}

bool controller_work(struct controller *controller,
                     struct control_question *out_question,
                     struct controller_effects *effects)
{
    struct map_change *change = &controller->change;
    struct control_question question = {.type = CONTROL_COMMIT};

    map_change_clear(change);
    enter_nodes(controller, effects);
    controller_serve_requests(controller);
    count_moving(controller);
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        if (!plan_partition(controller, i))
            break;
    }
    if (map_change_is_empty(change))
        return false;
    /* All of it was decoded or decided here, so it can be encoded. */
    ASSERT(map_change_compose(change, controller->map, &question.transaction) ==
           DALV_OK);
    *out_question = question;
    return true;
}

static void announce(struct controller *controller,
                     const struct map_change_record *one,
                     struct controller_effects *effects)
{
    struct copies *copies = &controller->copies[one->partition];
    bool is_led = one->record.state == PARTITION_LED;
    struct controller_news news = {
        .type = is_led ? CONTROLLER_STARTED : CONTROLLER_OPENED,
        .node = one->record.master.node,
        .partition = one->partition,
        .epoch = one->record.epoch,
    };

    controller_align(controller, one->partition, &one->record);
    for (size_t i = 0; i < copies->count; i++)
        copies->items[i].next_ms = 0;
    controller->watches[one->partition].is_busy = true;
    if (!is_led || one->record.change == 1)
        controller_report(effects, &news);
}

static void judge_nodes(struct controller *controller)
{
    const struct map_change *change = &controller->change;

    for (size_t i = 0; i < change->node_count; i++) {
        const struct cluster_node *node = &change->nodes[i];
        struct roster_entry *entry = roster_find(&controller->roster, node->id);

        if (entry != NULL)
            roster_judge(entry, node);
    }
    if (change->node_count > 0) {
        roster_align(&controller->roster, &controller->map->map,
                     controller->now_ms);
        controller->has_places = false;
        controller->sweep_ms = controller->now_ms;
        controller_stir(controller);
    }
}

void controller_on_committed(struct controller *controller,
                             const struct control_reply *reply,
                             struct controller_effects *effects)
{
    struct map_change *change = &controller->change;

    /* It may be an answer from an earlier term. */
    if (reply->status == DALV_OK && controller->state == CONTROLLER_LEADING) {
        map_change_apply(change, controller->map, reply->revision);
        for (size_t i = 0; i < change->record_count; i++)
            announce(controller, &change->records[i], effects);
        judge_nodes(controller);
        /* Their revisions are read again. */
        if (change->request_count > 0)
            controller->has_requests = false;
    } else {
        controller_read_anew(controller);
    }
    map_change_clear(change);
}
