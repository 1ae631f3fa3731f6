#include "control/controller_internal.h"

#include "base/assert.h"

#include <string.h>

/* Where partitions shall be. */

/* A node that is to hold nothing: it goes, or is away for too long. */
static bool is_unwanted(const struct controller *controller,
                        const struct cluster_node *node)
{
    const struct roster *roster = &controller->roster;

    if (node == NULL || node->state != CLUSTER_NODE_ACTIVE)
        return true;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_entry *entry = &roster->items[i];

        if (entry->node == node->id)
            return !entry->is_alive &&
                   controller->now_ms >=
                       entry->away_ms + controller->options.repair_ms;
    }
    return true;
}

/* The nodes as placement takes them, those unwanted with no weight. */
static size_t list_nodes(const struct controller *controller,
                         struct placement_node *nodes)
{
    const struct cluster_map *map = &controller->map->map;
    size_t count = placement_nodes(map, nodes);

    for (size_t i = 0; i < count; i++) {
        const struct cluster_node *node = cluster_map_node(map, nodes[i].node);

        if (is_unwanted(controller, node) || !store_id_is_set(&node->store))
            nodes[i].weight = 0;
    }
    return count;
}

static bool are_nodes_equal(const struct controller *controller,
                            const struct placement_node *nodes, size_t count)
{
    if (count != controller->placement_node_count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct placement_node *known = &controller->placement_nodes[i];

        if (known->node != nodes[i].node || known->weight != nodes[i].weight ||
            known->zone != nodes[i].zone)
            return false;
    }
    return true;
}

static bool make_places(struct controller *controller)
{
    const struct cluster_map *map = &controller->map->map;
    uint32_t count = controller->partition_count;
    struct placement placement = {
        .nodes = controller->placement_nodes,
        .node_count = controller->placement_node_count,
        .partition_count = count,
        .replica_count = map->head.replica_count,
        .old = controller->places,
    };
    struct place *places =
        allocator_take(controller->allocator, count * sizeof(*places));
    struct arena arena;
    bool is_made;

    if (places == NULL)
        return false;
    arena_init(&arena, controller->placement_memory,
               controller->placement_bytes);
    for (uint32_t i = 0; i < count; i++)
        controller->places[i] = placement_place(&map->records[i]);
    is_made = placement_make(&placement, &arena, places) == DALV_OK;
    if (is_made)
        memcpy(controller->places, places, count * sizeof(*places));
    allocator_give(controller->allocator, places, count * sizeof(*places));
    return is_made;
}

/* The same nodes give the same places: nothing flaps between two of them. */
void controller_place(struct controller *controller)
{
    struct placement_node nodes[CLUSTER_NODES_MAX];
    size_t count = list_nodes(controller, nodes);

    if (controller->has_places && are_nodes_equal(controller, nodes, count))
        return;
    memcpy(controller->placement_nodes, nodes, count * sizeof(nodes[0]));
    controller->placement_node_count = count;
    controller->has_places = make_places(controller);
}

/* The members that a place stands for; empty if one of its nodes has none. */
static struct member_set members_of(const struct controller *controller,
                                    const struct place *place)
{
    struct member_set set = {0};

    for (size_t i = 0; i < place->count; i++) {
        const struct cluster_node *node =
            cluster_map_node(&controller->map->map, place->nodes[i]);
        struct member member;

        if (node == NULL || !store_id_is_set(&node->store))
            return (struct member_set){0};
        member = cluster_node_member(node);
        ASSERT(member_set_add(&set, &member));
    }
    return set;
}

/* Members on disks that are no more are replaced where they are; whoever is on
   a node that is to hold nothing goes elsewhere. */
static bool is_misplaced(const struct controller *controller,
                         const struct partition_record *record)
{
    const struct cluster_map *map = &controller->map->map;
    const struct member_set *members = &record->joint.members;

    if (members->count < map->head.replica_count)
        return true;
    for (size_t i = 0; i < members->count; i++) {
        const struct cluster_node *node =
            cluster_map_node(map, members->items[i].node);

        if (is_unwanted(controller, node) ||
            !store_id_equal(&node->store, &members->items[i].store))
            return true;
    }
    return false;
}

/* Spreads what a node that failed has led over all that hold it. */
static uint32_t heir_of(const struct partition_record *record,
                        uint32_t partition)
{
    const struct member_set *members = &record->joint.members;
    size_t place = (partition + record->epoch) % members->count;

    if (members->items[place].node == record->master.node)
        place = (place + 1) % members->count;
    return members->items[place].node;
}

/* Copies are never given up because there are too few nodes. */
static bool is_enough(const struct controller *controller,
                      const struct partition_record *record,
                      const struct place *place)
{
    return place->count >= controller->map->map.head.replica_count ||
           place->count >= record->joint.members.count;
}

/* A move that was begun and can not be ended is given up. */
static struct member_set wished_members(const struct controller *controller,
                                        const struct partition_record *record,
                                        const struct place *place)
{
    if (is_enough(controller, record, place))
        return members_of(controller, place);
    return record->joint.members;
}

struct plan_wish controller_wish(const struct controller *controller,
                                 uint32_t partition)
{
    const struct partition_record *record =
        &controller->map->map.records[partition];
    const struct place *place = &controller->places[partition];
    struct plan_wish wish = {.leader = controller->watches[partition].leader};

    if (wish.leader == 0)
        wish.leader = balance_leader(&controller->balance, partition);
    /* Before its first record nobody holds it. */
    if (record->epoch == 0)
        return wish;
    wish.heir = heir_of(record, partition);
    if (!controller->has_places)
        return wish;
    if (!member_is_set(&record->master) && place->count > 0)
        wish.heir = place->nodes[0];
    if (controller->is_rebalancing || is_misplaced(controller, record) ||
        record->learners.count > 0)
        wish.members = wished_members(controller, record, place);
    if (controller->is_rebalancing && wish.leader == 0 && place->count > 0)
        wish.leader = place->nodes[0];
    return wish;
}

struct member_set controller_founders(const struct controller *controller,
                                      uint32_t partition)
{
    if (!controller->has_places)
        return (struct member_set){0};
    return members_of(controller, &controller->places[partition]);
}

/* What operators asked. */

void controller_on_requests(struct controller *controller,
                            const struct control_answer *answer)
{
    bool is_rebalancing = false;

    controller->request_count = 0;
    for (uint32_t i = 0; i < controller->partition_count; i++)
        controller->watches[i].leader = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct control_entry *entry = &answer->entries[i];
        struct map_change_request *request =
            &controller->requests[controller->request_count];
        struct bytes bytes;
        uint64_t number;

        /* What can not be read was written by a later version, or is damaged:
           its author looks after it. */
        if (control_frame_open(entry->value, entry->key, &bytes) == DALV_OK &&
            control_key_number(entry->key, control_prefix_requests(),
                               &number) &&
            operator_request_decode(bytes, &request->request) == DALV_OK &&
            number == request->request.id) {
            request->revision = entry->revision;
            request->is_removal = false;
            controller->request_count++;
            is_rebalancing = is_rebalancing ||
                             (request->request.verb == OPERATOR_REBALANCE &&
                              !operator_request_is_ended(&request->request));
        }
    }
    controller->is_rebalancing = controller->is_rebalancing && is_rebalancing;
}

static void end_request(struct operator_request *request,
                        enum operator_state state, const char *why)
{
    size_t size = strlen(why);

    ASSERT(size <= OPERATOR_TEXT_BYTES_MAX);
    request->state = state;
    memcpy(request->text, why, size);
    request->text[size] = '\0';
}

static void serve_switch(struct controller *controller,
                         struct operator_request *request)
{
    const struct partition_record *record;
    struct partition_watch *watch;

    if (request->partition >= controller->partition_count) {
        end_request(request, OPERATOR_REFUSED, "there is no such partition");
        return;
    }
    record = &controller->map->map.records[request->partition];
    watch = &controller->watches[request->partition];
    watch->leader = 0;
    if (member_set_on_node(&record->joint.members, request->node) == NULL) {
        end_request(request, OPERATOR_REFUSED,
                    "that node is no member of the partition");
        return;
    }
    request->total = 1;
    request->left =
        record->state == PARTITION_LED && record->master.node == request->node
            ? 0
            : 1;
    if (request->left == 0) {
        end_request(request, OPERATOR_DONE, "");
        return;
    }
    request->state = OPERATOR_RUNNING;
    watch->leader = request->node;
    watch->is_busy = true;
}

static bool is_on_node(const struct member_set *set, uint32_t node)
{
    return member_set_on_node(set, node) != NULL;
}

static uint64_t count_on_node(const struct controller *controller,
                              uint32_t node)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < controller->partition_count; i++) {
        const struct partition_record *record =
            &controller->map->map.records[i];

        if (is_on_node(&record->joint.members, node) ||
            is_on_node(&record->joint.old_members, node) ||
            is_on_node(&record->learners, node))
            count++;
    }
    return count;
}

/* Another request of this very round empties it. */
static bool is_going(const struct controller *controller, uint32_t node)
{
    const struct map_change *change = &controller->change;

    for (size_t i = 0; i < change->node_count; i++) {
        if (change->nodes[i].id == node &&
            change->nodes[i].state != CLUSTER_NODE_ACTIVE)
            return true;
    }
    return false;
}

/* Without it there would be fewer nodes than copies are wanted. */
static bool is_needed(const struct controller *controller, uint32_t node)
{
    const struct cluster_map *map = &controller->map->map;
    size_t others = 0;

    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *other = &map->nodes[i];

        if (other->id != node && !is_unwanted(controller, other) &&
            !is_going(controller, other->id))
            others++;
    }
    return others < map->head.replica_count;
}

/* One that holds nothing yet may be needed as well: for the first partitions,
   which would never be founded. */
static bool must_stay(const struct controller *controller,
                      const struct cluster_node *node, uint64_t copy_count)
{
    return (copy_count > 0 || !is_unwanted(controller, node)) &&
           is_needed(controller, node->id);
}

static void change_state(struct controller *controller,
                         const struct cluster_node *known,
                         enum cluster_node_state state)
{
    struct cluster_node node = *known;

    node.state = state;
    /* If there is no room for it now, the next sweep does it. */
    (void)map_change_put_node(&controller->change, &node);
}

static void serve_empty(struct controller *controller,
                        struct operator_request *request)
{
    const struct cluster_node *node =
        cluster_map_node(&controller->map->map, request->node);
    bool is_removal = request->verb == OPERATOR_REMOVE;

    if (node == NULL || node->state == CLUSTER_NODE_REMOVED) {
        end_request(request, OPERATOR_DONE, "there is no such node");
        return;
    }
    request->left = count_on_node(controller, request->node);
    if (request->left > request->total)
        request->total = request->left;
    if (request->left == 0 && !is_removal &&
        node->state == CLUSTER_NODE_DRAINING) {
        end_request(request, OPERATOR_DONE, "");
        return;
    }
    if (must_stay(controller, node, request->left)) {
        end_request(request, OPERATOR_REFUSED,
                    "fewer nodes than wanted copies would be left: add a node "
                    "first");
        return;
    }
    request->state = OPERATOR_RUNNING;
    if (request->left == 0 && is_removal)
        change_state(controller, node, CLUSTER_NODE_REMOVED);
    else if (node->state != CLUSTER_NODE_DRAINING)
        change_state(controller, node, CLUSTER_NODE_DRAINING);
}

static void serve_rebalance(struct controller *controller,
                            struct operator_request *request)
{
    uint64_t left = 0;

    if (!controller->is_rebalancing) {
        controller->is_rebalancing = true;
        controller->has_places = false;
        controller_place(controller);
    }
    for (uint32_t i = 0; i < controller->partition_count; i++) {
        struct plan_wish wish = controller_wish(controller, i);

        if (!plan_is_at_rest(&controller->map->map.records[i], &wish))
            left++;
    }
    request->state = OPERATOR_RUNNING;
    request->left = left;
    if (left > request->total)
        request->total = left;
    if (left > 0)
        return;
    controller->is_rebalancing = false;
    end_request(request, OPERATOR_DONE, "");
}

static void serve(struct controller *controller,
                  struct operator_request *request)
{
    switch (request->verb) {
    case OPERATOR_SWITCH:
        serve_switch(controller, request);
        break;
    case OPERATOR_EMPTY:
    case OPERATOR_REMOVE:
        serve_empty(controller, request);
        break;
    case OPERATOR_REBALANCE:
        serve_rebalance(controller, request);
        break;
    }
}

/* What it says now is written down when it says something new. */
void controller_serve_requests(struct controller *controller)
{
    /* Those that were written since are read again first. */
    if (!controller->has_requests)
        return;
    for (size_t i = 0; i < controller->request_count; i++) {
        struct map_change_request served = controller->requests[i];
        const struct operator_request *before =
            &controller->requests[i].request;

        if (operator_request_is_ended(before))
            continue;
        serve(controller, &served.request);
        if (served.request.state != before->state ||
            served.request.left != before->left)
            (void)map_change_put_request(&controller->change, &served);
    }
}
