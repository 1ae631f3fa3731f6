#include "control/balance.h"

#include "control/plan.h"

#include <string.h>

/* What the nodes lead, and should. Those that may lead nothing have no weight;
   a surplus is counted in leads times the weight of all. */
struct scales {
    uint32_t leads[CLUSTER_NODES_MAX]; /* As map->nodes. */
    uint32_t weights[CLUSTER_NODES_MAX];
    uint64_t weight_sum;
    uint64_t lead_sum; /* Of those that may lead. */
};

void balance_init(struct balance *balance, uint32_t rest_ms, uint64_t now_ms)
{
    memset(balance, 0, sizeof(*balance));
    balance->rest_ms = rest_ms;
    balance_disturb(balance, now_ms);
}

void balance_disturb(struct balance *balance, uint64_t now_ms)
{
    balance->state = BALANCE_RESTING;
    balance->node = 0;
    balance->next_ms = now_ms + balance->rest_ms;
}

uint32_t balance_leader(const struct balance *balance, uint32_t partition)
{
    return balance->partition == partition ? balance->node : 0;
}

/* ---- Weighing ---- */

static bool may_lead(const struct balance_view *view,
                     const struct cluster_node *node)
{
    struct member member = cluster_node_member(node);

    if (node->state != CLUSTER_NODE_ACTIVE)
        return false;
    for (size_t i = 0; i < view->roster->count; i++) {
        const struct roster_entry *entry = &view->roster->items[i];

        if (entry->node == node->id)
            return !entry->is_stalled &&
                   roster_is_present(view->roster, &member);
    }
    return false;
}

static size_t place_of(const struct cluster_map *map, uint32_t id)
{
    const struct cluster_node *node = cluster_map_node(map, id);

    return node == NULL ? CLUSTER_NODES_MAX : (size_t)(node - map->nodes);
}

static void weigh(const struct balance_view *view, struct scales *scales)
{
    const struct cluster_map *map = view->map;

    memset(scales, 0, sizeof(*scales));
    for (size_t i = 0; i < map->node_count; i++) {
        if (!may_lead(view, &map->nodes[i]))
            continue;
        scales->weights[i] = map->nodes[i].weight;
        scales->weight_sum += map->nodes[i].weight;
    }
    for (uint32_t i = 0; i < map->head.partition_count; i++) {
        const struct partition_record *record = &map->records[i];
        size_t place = place_of(map, record->master.node);

        if (record->state != PARTITION_LED || place == CLUSTER_NODES_MAX ||
            scales->weights[place] == 0)
            continue;
        scales->leads[place]++;
        scales->lead_sum++;
    }
}

static int64_t surplus_of(const struct scales *scales, size_t place)
{
    return (int64_t)(scales->leads[place] * scales->weight_sum) -
           (int64_t)(scales->lead_sum * scales->weights[place]);
}

/* Somebody is so far from its share that it is worth the disturbance. */
static bool is_uneven(const struct scales *scales, size_t node_count)
{
    for (size_t i = 0; i < node_count; i++) {
        int64_t surplus = surplus_of(scales, i);
        uint64_t away = (uint64_t)(surplus < 0 ? -surplus : surplus);
        uint64_t share = scales->lead_sum * scales->weights[i];

        if (scales->weights[i] > 0 &&
            away >= BALANCE_LEADS_MIN * scales->weight_sum &&
            away >= share / BALANCE_SHARE_PART)
            return true;
    }
    return false;
}

/* ---- Choosing ---- */

/* How much more alike they become; not above 0: not at all. */
static int64_t gain_of(const struct balance_view *view,
                       const struct scales *scales, uint32_t partition,
                       const struct member *member)
{
    const struct partition_record *record = &view->map->records[partition];
    size_t from = place_of(view->map, record->master.node);
    size_t to = place_of(view->map, member->node);

    if (from == CLUSTER_NODES_MAX || to == CLUSTER_NODES_MAX || from == to ||
        scales->weights[from] == 0 || scales->weights[to] == 0 ||
        !plan_is_near(record, &view->copies[partition], view->roster, member))
        return 0;
    return surplus_of(scales, from) - surplus_of(scales, to) -
           (int64_t)scales->weight_sum;
}

static bool is_at_rest(const struct partition_record *record)
{
    return record->state == PARTITION_LED &&
           joint_set_is_settled(&record->joint) && record->learners.count == 0;
}

/* The change that helps most; false if none does. */
static bool choose(struct balance *balance, const struct balance_view *view,
                   const struct scales *scales)
{
    int64_t best = 0;

    for (uint32_t i = 0; i < view->map->head.partition_count; i++) {
        const struct partition_record *record = &view->map->records[i];

        if (!is_at_rest(record))
            continue;
        for (size_t j = 0; j < record->joint.members.count; j++) {
            const struct member *member = &record->joint.members.items[j];
            int64_t gain = gain_of(view, scales, i, member);

            if (gain <= best)
                continue;
            best = gain;
            balance->partition = i;
            balance->node = member->node;
            balance->epoch = record->epoch;
        }
    }
    return best > 0;
}

/* ---- Steps ---- */

/* The hand-over that is under way: done, still going on, or given up. */
static void look_at_move(struct balance *balance,
                         const struct balance_view *view, uint64_t now_ms)
{
    const struct partition_record *record =
        &view->map->records[balance->partition];
    bool is_decided =
        record->state == PARTITION_LED && record->epoch > balance->epoch;

    if (is_decided && record->master.node == balance->node) {
        balance->node = 0;
        balance->next_ms = now_ms + BALANCE_PAUSE_MS;
    } else if (is_decided || now_ms >= balance->patience_ms) {
        balance_disturb(balance, now_ms);
    }
}

static void look_for_move(struct balance *balance,
                          const struct balance_view *view, uint64_t now_ms)
{
    struct scales scales;

    weigh(view, &scales);
    balance->next_ms = now_ms + balance->rest_ms;
    if (balance->state == BALANCE_RESTING &&
        !is_uneven(&scales, view->map->node_count))
        return;
    if (!choose(balance, view, &scales)) {
        balance->state = BALANCE_RESTING;
        return;
    }
    balance->state = BALANCE_MOVING;
    balance->patience_ms = now_ms + BALANCE_PATIENCE_MS;
    balance->next_ms = now_ms;
}

void balance_step(struct balance *balance, const struct balance_view *view,
                  uint64_t now_ms)
{
    if (view->is_unsettled) {
        balance_disturb(balance, now_ms);
        return;
    }
    if (balance->node != 0)
        look_at_move(balance, view, now_ms);
    else if (now_ms >= balance->next_ms)
        look_for_move(balance, view, now_ms);
}
