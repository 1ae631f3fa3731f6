#include "cli/doctor_internal.h"

#include "cli/cluster_health.h"
#include "cli/number_spans.h"

#include <stdlib.h>

static const struct cluster_map *map_of(const struct doctor_case *facts)
{
    return &facts->known->map;
}

static const struct heartbeaten_part *part_of(
    const struct inspection *inspections, size_t count, uint32_t node,
    uint32_t partition)
{
    const struct inspection *inspection = doctor_find(inspections, count, node);

    return inspection == NULL ? NULL : inspection_part(inspection, partition);
}

static const struct heartbeaten_part *copy_of(const struct doctor_case *facts,
                                              uint32_t node, uint32_t partition)
{
    return part_of(facts->inspections, facts->count, node, partition);
}

static const char *name_of(const struct doctor_case *facts, uint32_t node)
{
    const struct cluster_node *known = cluster_map_node(map_of(facts), node);

    return known == NULL ? "?" : known->name;
}

/* ---- Who leads ---- */

/* It answers, and its copy can be counted on. */
static bool is_present(const struct doctor_case *facts,
                       const struct member *member, uint32_t partition)
{
    const struct heartbeaten_part *part =
        copy_of(facts, member->node, partition);

    return part != NULL && !part->is_not_whole;
}

static bool has_majority(const struct doctor_case *facts, uint32_t partition)
{
    const struct joint_set *joint = &map_of(facts)->records[partition].joint;
    struct joint_votes votes = {0};

    for (size_t i = 0; i < joint->members.count; i++) {
        if (is_present(facts, &joint->members.items[i], partition))
            joint_set_vote(joint, &joint->members.items[i], &votes);
    }
    for (size_t i = 0; i < joint->old_members.count; i++) {
        if (is_present(facts, &joint->old_members.items[i], partition))
            joint_set_vote(joint, &joint->old_members.items[i], &votes);
    }
    return joint_set_is_majority(joint, &votes);
}

static bool is_led(const struct doctor_case *facts, uint32_t partition)
{
    const struct partition_record *record = &map_of(facts)->records[partition];
    const struct inspection *master =
        doctor_find(facts->inspections, facts->count, record->master.node);
    const struct heartbeaten_part *part =
        master == NULL ? NULL : inspection_part(master, partition);

    return record->state == PARTITION_LED && part != NULL &&
           master->said.boot_id == record->master_boot &&
           part->role == PARTITION_LEADING;
}

static bool has_stood_down(const struct doctor_case *facts, uint32_t partition)
{
    const struct heartbeaten_part *part = copy_of(
        facts, map_of(facts)->records[partition].master.node, partition);

    return part != NULL && part->role == PARTITION_STALLED;
}

/* Somebody has heard of more than the control store knows. */
static bool is_put_back(const struct doctor_case *facts, uint32_t partition)
{
    uint64_t epoch = map_of(facts)->records[partition].epoch;

    for (size_t i = 0; i < facts->count; i++) {
        const struct heartbeaten_part *part =
            inspection_part(&facts->inspections[i], partition);

        if (part != NULL && (part->epoch > epoch || part->promised > epoch ||
                             part->known_epoch > epoch))
            return true;
    }
    return false;
}

/* FAULT_COUNT: none of this kind. */
static enum fault lead_fault(const struct doctor_case *facts,
                             uint32_t partition)
{
    if (is_put_back(facts, partition))
        return FAULT_STORE_PUT_BACK;
    if (is_led(facts, partition))
        return FAULT_COUNT;
    if (!has_majority(facts, partition))
        return FAULT_NO_MAJORITY;
    return has_stood_down(facts, partition) ? FAULT_STOOD_DOWN
                                            : FAULT_LEADERLESS;
}

/* ---- Many partitions in one finding ---- */

/* Which of them are absent in one of the partitions at fault. */
static void put_absent(const struct doctor_case *facts, const enum fault *found,
                       struct text *text)
{
    const struct cluster_map *map = map_of(facts);
    const char *between = "";

    for (size_t node = 0; node < map->node_count; node++) {
        bool is_missed = false;

        for (uint32_t i = 0; i < map->head.partition_count && !is_missed; i++) {
            const struct member *member = member_set_on_node(
                &map->records[i].joint.members, map->nodes[node].id);

            is_missed = found[i] == FAULT_NO_MAJORITY && member != NULL &&
                        !is_present(facts, member, i);
        }
        if (!is_missed)
            continue;
        text_put(text, between);
        text_put(text, map->nodes[node].name);
        between = ", ";
    }
}

static void put_lead_cause(const struct doctor_case *facts, enum fault fault,
                           const enum fault *found, struct text *cause)
{
    switch ((int)fault) {
    case FAULT_STORE_PUT_BACK:
        text_put(cause, "nodes have promised newer epochs than the control "
                        "store knows of");
        break;
    case FAULT_NO_MAJORITY:
        text_put(cause, "their users wait: no majority of their copies is "
                        "there. Missing: ");
        put_absent(facts, found, cause);
        break;
    case FAULT_STOOD_DOWN:
        text_put(cause, "their users wait: their leader has stood down");
        break;
    default:
        text_put(cause, "their users wait: nobody leads them, though a "
                        "majority of their copies is there");
        break;
    }
}

static void put_partitions(const enum fault *found, uint32_t count,
                           enum fault fault, struct text *text)
{
    struct number_spans spans;

    text_put(text, "partitions ");
    number_spans_begin(&spans, text);
    for (uint32_t i = 0; i < count; i++) {
        if (found[i] == fault)
            number_spans_add(&spans, i);
    }
    number_spans_end(&spans);
}

static bool any_has(const enum fault *found, uint32_t count, enum fault fault)
{
    for (uint32_t i = 0; i < count; i++) {
        if (found[i] == fault)
            return true;
    }
    return false;
}

static void examine_leads(const struct doctor_case *facts, enum fault *found,
                          struct diagnosis *diagnosis)
{
    static const enum fault faults[] = {FAULT_STORE_PUT_BACK, FAULT_NO_MAJORITY,
                                        FAULT_LEADERLESS, FAULT_STOOD_DOWN};
    uint32_t count = map_of(facts)->head.partition_count;

    for (uint32_t i = 0; i < count; i++)
        found[i] = lead_fault(facts, i);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct text subject;
        struct text cause;

        if (!any_has(found, count, faults[i]))
            continue;
        diagnosis_add(diagnosis, faults[i], &subject, &cause);
        put_partitions(found, count, faults[i], &subject);
        put_lead_cause(facts, faults[i], found, &cause);
    }
}

static void examine_copy_counts(const struct doctor_case *facts,
                                enum fault *found, struct diagnosis *diagnosis)
{
    const struct cluster_map *map = map_of(facts);
    uint32_t count = map->head.partition_count;
    struct text subject;
    struct text cause;

    for (uint32_t i = 0; i < count; i++)
        found[i] = cluster_health_of(map, i) == PARTITION_THIN ? FAULT_THIN
                                                               : FAULT_COUNT;
    if (!any_has(found, count, FAULT_THIN))
        return;
    diagnosis_add(diagnosis, FAULT_THIN, &subject, &cause);
    put_partitions(found, count, FAULT_THIN, &subject);
    text_put(&cause, "they have fewer copies than ");
    text_put_u64(&cause, map->head.replica_count);
    text_put(&cause, " on nodes that are");
}

/* ---- Copies ---- */

static uint64_t lag_of(const struct heartbeaten_part *master,
                       const struct heartbeaten_part *copy)
{
    if (master == NULL || copy == NULL ||
        copy->durable_index >= master->commit_index)
        return 0;
    return master->commit_index - copy->durable_index;
}

/* Behind both times, and not a record further. */
static bool is_stuck(const struct doctor_case *facts, uint32_t node,
                     uint32_t partition)
{
    uint32_t leader = map_of(facts)->records[partition].master.node;
    const struct heartbeaten_part *copy = copy_of(facts, node, partition);
    const struct heartbeaten_part *before =
        part_of(facts->before, facts->count, node, partition);

    if (lag_of(copy_of(facts, leader, partition), copy) == 0 ||
        lag_of(part_of(facts->before, facts->count, leader, partition),
               before) == 0)
        return false;
    return copy->durable_index == before->durable_index;
}

static enum fault copy_fault(const struct doctor_case *facts, uint32_t node,
                             uint32_t partition)
{
    const struct partition_record *record = &map_of(facts)->records[partition];
    const struct heartbeaten_part *copy = copy_of(facts, node, partition);
    const struct heartbeaten_part *master =
        copy_of(facts, record->master.node, partition);
    /* At the first look any lag is a reason to look again. */
    uint64_t lag_max = facts->before == NULL ? 0 : DOCTOR_LAG_MAX;

    if (copy == NULL ||
        member_set_on_node(&record->joint.members, node) == NULL)
        return FAULT_COUNT;
    if (copy->is_not_whole)
        return FAULT_DAMAGED;
    if (copy == master)
        return FAULT_COUNT;
    if (is_stuck(facts, node, partition))
        return FAULT_STUCK;
    return lag_of(master, copy) > lag_max ? FAULT_LAGGING : FAULT_COUNT;
}

static uint64_t greatest_lag(const struct doctor_case *facts, uint32_t node,
                             const enum fault *found, enum fault fault)
{
    uint64_t greatest = 0;

    for (uint32_t i = 0; i < map_of(facts)->head.partition_count; i++) {
        uint64_t lag =
            lag_of(copy_of(facts, map_of(facts)->records[i].master.node, i),
                   copy_of(facts, node, i));

        if (found[i] == fault && lag > greatest)
            greatest = lag;
    }
    return greatest;
}

static void add_copy_fault(const struct doctor_case *facts, uint32_t node,
                           const enum fault *found, enum fault fault,
                           struct diagnosis *diagnosis)
{
    uint32_t count = map_of(facts)->head.partition_count;
    struct text subject;
    struct text cause;

    if (!any_has(found, count, fault))
        return;
    diagnosis_add(diagnosis, fault, &subject, &cause);
    text_put(&subject, "node ");
    text_put(&subject, name_of(facts, node));
    if (fault == FAULT_DAMAGED) {
        text_put(&cause, "its copies are damaged, or being made anew, of ");
    } else {
        text_put(&cause, "it is up to ");
        text_put_u64(&cause, greatest_lag(facts, node, found, fault));
        text_put(&cause, fault == FAULT_STUCK
                             ? " records behind and gets none, of "
                             : " records behind, of ");
    }
    put_partitions(found, count, fault, &cause);
}

static void examine_copies(const struct doctor_case *facts, uint32_t node,
                           enum fault *found, struct diagnosis *diagnosis)
{
    static const enum fault faults[] = {FAULT_DAMAGED, FAULT_STUCK,
                                        FAULT_LAGGING};

    if (doctor_find(facts->inspections, facts->count, node) == NULL)
        return;
    for (uint32_t i = 0; i < map_of(facts)->head.partition_count; i++)
        found[i] = copy_fault(facts, node, i);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        add_copy_fault(facts, node, found, faults[i], diagnosis);
}

/* ---- Balance ---- */

/* What a node would lead if leads were spread by weight. */
static uint32_t fair_leads(const struct cluster_map *map, size_t node)
{
    uint64_t weights = 0;

    for (size_t i = 0; i < map->node_count; i++) {
        if (map->nodes[i].state == CLUSTER_NODE_ACTIVE)
            weights += map->nodes[i].weight;
    }
    if (weights == 0 || map->nodes[node].state != CLUSTER_NODE_ACTIVE)
        return 0;
    return (uint32_t)((uint64_t)map->head.partition_count *
                      map->nodes[node].weight / weights);
}

static void examine_balance(const struct doctor_case *facts,
                            struct diagnosis *diagnosis)
{
    const struct cluster_map *map = map_of(facts);
    struct cluster_health *health = calloc(1, sizeof(*health));

    if (health == NULL)
        return;
    cluster_health_make(map, facts->known->is_founded, health);
    for (size_t i = 0; i < map->node_count; i++) {
        uint32_t fair = fair_leads(map, i);
        uint32_t leads = health->shares[i].leads;
        struct text subject;
        struct text cause;

        /* A third beside its share, or two where shares are small. */
        if (fair == 0 ||
            (leads + fair / 3 + 2 >= fair && leads <= fair + fair / 3 + 2))
            continue;
        diagnosis_add(diagnosis, FAULT_UNBALANCED, &subject, &cause);
        text_put(&subject, "node ");
        text_put(&subject, map->nodes[i].name);
        text_put(&cause, "it leads ");
        text_put_u64(&cause, leads);
        text_put(&cause, " partitions; its share are ");
        text_put_u64(&cause, fair);
    }
    free(health);
}

void doctor_examine_partitions(const struct doctor_case *facts,
                               struct diagnosis *diagnosis)
{
    const struct cluster_map *map = map_of(facts);
    enum fault *found = calloc(map->head.partition_count, sizeof(*found));

    if (found == NULL)
        return;
    examine_leads(facts, found, diagnosis);
    examine_copy_counts(facts, found, diagnosis);
    for (size_t i = 0; i < map->node_count; i++)
        examine_copies(facts, map->nodes[i].id, found, diagnosis);
    examine_balance(facts, diagnosis);
    free(found);
}
