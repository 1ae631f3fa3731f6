/*
 * Copies: quotas first, then what is kept, filled, moved and evened out.
 */
#include "cluster/placement_internal.h"

#include "base/assert.h"
#include "base/sort.h"

bool holders_has(const struct holders *holders, uint16_t node)
{
    for (size_t i = 0; i < holders->count; i++) {
        if (holders->nodes[i] == node)
            return true;
    }
    return false;
}

void holders_add(struct planner *planner, uint32_t partition, uint16_t node)
{
    struct holders *holders = &planner->partitions[partition];

    ASSERT(holders->count < MEMBER_SET_MAX);
    holders->nodes[holders->count++] = node;
    planner->nodes[node].load++;
}

void holders_remove(struct planner *planner, uint32_t partition, uint16_t node)
{
    struct holders *holders = &planner->partitions[partition];
    size_t place = 0;

    while (holders->nodes[place] != node)
        place++;
    holders->nodes[place] = holders->nodes[--holders->count];
    planner->nodes[node].load--;
}

/*
 * How many copies of a partition each zone may have: filled like water, one
 * more in each that still has nodes, until all copies have a place.
 */
static void bound_zones(struct planner *planner)
{
    uint32_t level = 0;
    uint32_t room = 0;

    while (room < planner->copy_count) {
        level++;
        for (size_t i = 0; i < planner->zone_count; i++) {
            if (planner->zones[i].node_count >= level)
                room++;
        }
    }
    for (size_t i = 0; i < planner->zone_count; i++) {
        struct zone *zone = &planner->zones[i];

        zone->copy_max = zone->node_count < level ? zone->node_count : level;
        zone->copy_min =
            zone->node_count < level ? zone->node_count : level - 1;
        planner->zone_copy_min += zone->copy_min;
    }
}

static void cut_zone_quotas(struct planner *planner)
{
    struct portion portions[CLUSTER_NODES_MAX] = {{0}};
    uint32_t partitions = planner->partition_count;

    for (size_t i = 0; i < planner->zone_count; i++) {
        portions[i].weight = planner->zones[i].weight;
        portions[i].min = partitions * planner->zones[i].copy_min;
        portions[i].max = partitions * planner->zones[i].copy_max;
    }
    for (size_t i = 0; i < planner->node_count; i++)
        portions[planner->nodes[i].zone].held += planner->nodes[i].load;
    portions_cut(portions, planner->zone_count,
                 partitions * planner->copy_count);
    for (size_t i = 0; i < planner->zone_count; i++)
        planner->zones[i].quota = portions[i].size;
}

static void cut_node_quotas(struct planner *planner, uint16_t zone)
{
    struct portion portions[CLUSTER_NODES_MAX] = {{0}};
    uint16_t numbers[CLUSTER_NODES_MAX];
    size_t count = 0;

    for (uint16_t i = 0; i < planner->node_count; i++) {
        if (planner->nodes[i].zone != zone)
            continue;
        numbers[count] = i;
        portions[count].weight = planner->nodes[i].weight;
        portions[count].max = planner->partition_count;
        portions[count].held = planner->nodes[i].load;
        count++;
    }
    portions_cut(portions, count, planner->zones[zone].quota);
    for (size_t i = 0; i < count; i++)
        planner->nodes[numbers[i]].quota = portions[i].size;
}

static uint32_t copies_in_zone(const struct planner *planner,
                               const struct holders *holders, uint16_t zone)
{
    uint32_t count = 0;

    for (size_t i = 0; i < holders->count; i++) {
        if (planner->nodes[holders->nodes[i]].zone == zone)
            count++;
    }
    return count;
}

/* How many copies are still to be put into zones that have too few. */
static uint32_t copies_owed(const struct planner *planner,
                            const struct holders *holders)
{
    uint32_t owed = planner->zone_copy_min;

    for (size_t i = 0; i < holders->count; i++) {
        uint16_t zone = planner->nodes[holders->nodes[i]].zone;
        uint32_t before = 0;

        for (size_t k = 0; k < i; k++) {
            if (planner->nodes[holders->nodes[k]].zone == zone)
                before++;
        }
        if (before < planner->zones[zone].copy_min)
            owed--;
    }
    return owed;
}

/* True if one more copy on the node leaves a way to fulfil the zones' rules. */
static bool fits(const struct planner *planner, const struct holders *holders,
                 uint16_t node)
{
    const struct zone *zone = &planner->zones[planner->nodes[node].zone];
    uint32_t missing = planner->copy_count - holders->count;
    uint32_t count;

    if (missing == 0 || holders_has(holders, node))
        return false;
    count = copies_in_zone(planner, holders, planner->nodes[node].zone);
    if (count < zone->copy_min)
        return true;
    return count < zone->copy_max && copies_owed(planner, holders) < missing;
}

/* True if the copy on `from` could as well be on `to`. */
static bool can_move(const struct planner *planner,
                     const struct holders *holders, uint16_t from, uint16_t to)
{
    struct holders rest = {.count = 0};

    if (holders_has(holders, to))
        return false;
    if (planner->nodes[from].zone == planner->nodes[to].zone)
        return true;
    for (size_t i = 0; i < holders->count; i++) {
        if (holders->nodes[i] != from)
            rest.nodes[rest.count++] = holders->nodes[i];
    }
    return fits(planner, &rest, to);
}

static void move(struct planner *planner, uint32_t partition, uint16_t from,
                 uint16_t to)
{
    holders_remove(planner, partition, from);
    holders_add(planner, partition, to);
}

/* By how much a node holds more than its quota; negative: less. */
static int64_t surplus(const struct planned_node *node)
{
    return (int64_t)node->load - (int64_t)node->quota;
}

/*
 * Too many copies, too many in one zone, or too few left for the others: true
 * if the rules would be better kept without the copy on this node.
 */
static bool is_superfluous(const struct planner *planner,
                           const struct holders *holders, uint16_t node)
{
    uint16_t zone = planner->nodes[node].zone;
    uint32_t count = copies_in_zone(planner, holders, zone);

    if (count > planner->zones[zone].copy_max)
        return true;
    if (count <= planner->zones[zone].copy_min)
        return false;
    return holders->count + copies_owed(planner, holders) > planner->copy_count;
}

static void drop_superfluous(struct planner *planner, uint32_t partition)
{
    struct holders *holders = &planner->partitions[partition];
    uint16_t worst;

    do {
        worst = NOBODY;
        for (size_t i = 0; i < holders->count; i++) {
            uint16_t node = holders->nodes[i];

            if (is_superfluous(planner, holders, node) &&
                (worst == NOBODY || surplus(&planner->nodes[node]) >
                                        surplus(&planner->nodes[worst])))
                worst = node;
        }
        if (worst != NOBODY)
            holders_remove(planner, partition, worst);
    } while (worst != NOBODY);
}

/* The node that wants the partition most, of those with room if any has. */
static uint16_t best_for(const struct planner *planner, uint32_t partition)
{
    const struct holders *holders = &planner->partitions[partition];
    uint16_t best = NOBODY;
    uint64_t best_cost = 0;
    bool best_has_room = false;

    for (uint16_t i = 0; i < planner->node_count; i++) {
        const struct planned_node *node = &planner->nodes[i];
        bool has_room = node->load < node->quota;
        uint64_t cost;

        if (!fits(planner, holders, i) || (best_has_room && !has_room))
            continue;
        cost = rendezvous_cost(node->node, partition, node->quota);
        if (best == NOBODY || has_room != best_has_room || cost < best_cost) {
            best = i;
            best_cost = cost;
            best_has_room = has_room;
        }
    }
    ASSERT(best != NOBODY);
    return best;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *one = a;
    const struct candidate *other = b;

    if (one->cost != other->cost)
        return one->cost < other->cost ? -1 : 1;
    return one->partition < other->partition
               ? -1
               : one->partition > other->partition;
}

/* The holder with the largest surplus whose copy can go to `to`. */
static uint16_t giver_of(const struct planner *planner, uint32_t partition,
                         uint16_t to)
{
    const struct holders *holders = &planner->partitions[partition];
    uint16_t giver = NOBODY;
    int64_t most = 0;

    for (size_t i = 0; i < holders->count; i++) {
        uint16_t from = holders->nodes[i];
        int64_t excess = surplus(&planner->nodes[from]);

        if (excess > most && can_move(planner, holders, from, to)) {
            giver = from;
            most = excess;
        }
    }
    return giver;
}

/* A node with room takes from those with too much what it wants most. */
static void take_share(struct planner *planner, uint16_t to)
{
    const struct planned_node *node = &planner->nodes[to];

    if (surplus(node) >= 0)
        return;
    for (uint32_t p = 0; p < planner->partition_count; p++)
        planner->candidates[p] = (struct candidate){
            .cost = rendezvous_cost(node->node, p, node->quota),
            .partition = p};
    sort_items(planner->candidates, planner->partition_count,
               sizeof(planner->candidates[0]), compare_candidates);
    for (uint32_t i = 0; i < planner->partition_count && surplus(node) < 0;
         i++) {
        uint32_t partition = planner->candidates[i].partition;
        uint16_t from = giver_of(planner, partition, to);

        if (from != NOBODY)
            move(planner, partition, from, to);
    }
}

static void step_copy(const struct planner *planner, uint16_t from,
                      bool *out_tos)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        const struct holders *holders = &planner->partitions[p];

        if (!holders_has(holders, from))
            continue;
        for (uint16_t to = 0; to < planner->node_count; to++)
            out_tos[to] = out_tos[to] || can_move(planner, holders, from, to);
    }
}

/* Move one copy; false if moves made before it on the way took the chance. */
static bool move_any(struct planner *planner, uint16_t from, uint16_t to)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        const struct holders *holders = &planner->partitions[p];

        if (holders_has(holders, from) &&
            can_move(planner, holders, from, to)) {
            move(planner, p, from, to);
            return true;
        }
    }
    return false;
}

/* One copy less where there are too many, one more where too few. */
static bool even_out(struct planner *planner)
{
    struct path_search search = {.planner = planner, .step = step_copy};
    uint16_t to;

    for (size_t i = 0; i < planner->node_count; i++) {
        search.is_surplus[i] = surplus(&planner->nodes[i]) > 0;
        search.is_deficit[i] = surplus(&planner->nodes[i]) < 0;
    }
    to = path_search_run(&search);
    if (to == NOBODY)
        return false;
    for (uint16_t from; (from = search.previous[to]) != NOBODY; to = from) {
        if (!move_any(planner, from, to))
            return false;
    }
    return true;
}

static void cut_quotas(struct planner *planner)
{
    cut_zone_quotas(planner);
    for (uint16_t zone = 0; zone < planner->zone_count; zone++)
        cut_node_quotas(planner, zone);
}

void planner_place_copies(struct planner *planner)
{
    bound_zones(planner);
    cut_quotas(planner);
    for (uint32_t p = 0; p < planner->partition_count; p++)
        drop_superfluous(planner, p);
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        while (planner->partitions[p].count < planner->copy_count)
            holders_add(planner, p, best_for(planner, p));
    }
    for (uint16_t node = 0; node < planner->node_count; node++)
        take_share(planner, node);
    while (even_out(planner))
        continue;
}
