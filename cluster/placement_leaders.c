/* Leaders by weight, with as few changes as that takes. */
#include "cluster/placement_internal.h"

#include "base/assert.h"

static void cut_quotas(struct planner *planner)
{
    struct portion portions[CLUSTER_NODES_MAX] = {{0}};
    uint32_t total = planner->partition_count;

    for (size_t i = 0; i < planner->node_count; i++) {
        portions[i].weight = planner->nodes[i].weight;
        portions[i].max = planner->nodes[i].load;
        portions[i].held = planner->nodes[i].leader_load;
    }
    portions_cut(portions, planner->node_count, total);
    for (size_t i = 0; i < planner->node_count; i++)
        planner->nodes[i].leader_quota = portions[i].size;
}

static void lead(struct planner *planner, struct holders *holders,
                 uint16_t node)
{
    if (holders->leader != NOBODY)
        planner->nodes[holders->leader].leader_load--;
    holders->leader = node;
    planner->nodes[node].leader_load++;
}

static void count_old_leaders(struct planner *planner)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        struct holders *holders = &planner->partitions[p];

        if (holders->leader == NOBODY)
            continue;
        if (holders_has(holders, holders->leader))
            planner->nodes[holders->leader].leader_load++;
        else
            holders->leader = NOBODY;
    }
}

/* True if `a` has more left of its quota, as a part of it. */
static bool is_idler(const struct planned_node *a, const struct planned_node *b)
{
    uint64_t a_load = (uint64_t)a->leader_load * b->leader_quota;
    uint64_t b_load = (uint64_t)b->leader_load * a->leader_quota;

    if (a->leader_quota == 0 || b->leader_quota == 0)
        return a->leader_quota > b->leader_quota;
    return a_load < b_load;
}

static uint16_t idlest_holder(const struct planner *planner,
                              const struct holders *holders)
{
    uint16_t best = holders->nodes[0];

    for (size_t i = 1; i < holders->count; i++) {
        uint16_t node = holders->nodes[i];

        if (is_idler(&planner->nodes[node], &planner->nodes[best]))
            best = node;
    }
    return best;
}

static bool has_too_many(const struct planned_node *node)
{
    return node->leader_load > node->leader_quota;
}

static bool has_too_few(const struct planned_node *node)
{
    return node->leader_load < node->leader_quota;
}

/* Who leads too much hands over directly where it can. */
static void relieve(struct planner *planner)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        struct holders *holders = &planner->partitions[p];
        uint16_t heir = idlest_holder(planner, holders);

        if (has_too_many(&planner->nodes[holders->leader]) &&
            has_too_few(&planner->nodes[heir]))
            lead(planner, holders, heir);
    }
}

static void step_leader(const struct planner *planner, uint16_t from,
                        bool *out_tos)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        const struct holders *holders = &planner->partitions[p];

        for (size_t i = 0; holders->leader == from && i < holders->count; i++)
            out_tos[holders->nodes[i]] = true;
    }
}

static void hand_over(struct planner *planner, uint16_t from, uint16_t to)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        struct holders *holders = &planner->partitions[p];

        if (holders->leader == from && holders_has(holders, to)) {
            lead(planner, holders, to);
            return;
        }
    }
    ASSERT_UNREACHABLE("the way was searched among these");
}

/* One leader less where there are too many, one more where too few. */
static bool even_out(struct planner *planner)
{
    struct path_search search = {.planner = planner, .step = step_leader};
    uint16_t to;

    for (size_t i = 0; i < planner->node_count; i++) {
        search.is_surplus[i] = has_too_many(&planner->nodes[i]);
        search.is_deficit[i] = has_too_few(&planner->nodes[i]);
    }
    to = path_search_run(&search);
    if (to == NOBODY)
        return false;
    for (uint16_t from; (from = search.previous[to]) != NOBODY; to = from)
        hand_over(planner, from, to);
    return true;
}

/*
 * Where leaders are few, those that the quotas chose for one more may hold none
 * of what is left over: then anybody may have one more than its due.
 */
static void loosen_quotas(struct planner *planner)
{
    uint64_t all = 0;

    for (size_t i = 0; i < planner->node_count; i++)
        all += planner->nodes[i].weight;
    for (size_t i = 0; i < planner->node_count; i++) {
        struct planned_node *node = &planner->nodes[i];
        uint64_t due = (uint64_t)planner->partition_count * node->weight;

        if (node->leader_quota < node->load && node->leader_quota * all < due)
            node->leader_quota++;
    }
}

void planner_place_leaders(struct planner *planner)
{
    count_old_leaders(planner);
    cut_quotas(planner);
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        struct holders *holders = &planner->partitions[p];

        if (holders->leader == NOBODY)
            lead(planner, holders, idlest_holder(planner, holders));
    }
    relieve(planner);
    while (even_out(planner))
        continue;
    loosen_quotas(planner);
    while (even_out(planner))
        continue;
}
