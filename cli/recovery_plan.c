#include "cli/recovery_plan.h"

#include "cluster/ring.h"
#include "control/recovery.h"
#include "replication/epoch_start.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(struct recovery_plan *plan, const char *why)
{
    struct text text;

    text_init(&text, plan->problem, sizeof(plan->problem));
    text_put(&text, why);
    return false;
}

/* ---- The newest map ---- */

static bool take_map(struct recovery_plan *plan, struct bytes bytes)
{
    struct arena arena;
    struct cluster_map map;
    size_t size = cluster_map_memory(RING_PARTITIONS_MAX);
    void *memory = malloc(size);

    if (memory == NULL)
        return false;
    arena_init(&arena, memory, size);
    if (cluster_map_decode(bytes, &arena, &map) != DALV_OK ||
        (plan->memory != NULL &&
         cluster_version_compare(map.head.version, plan->map.head.version) <=
             0)) {
        free(memory);
        return true;
    }
    free(plan->memory);
    plan->memory = memory;
    plan->map = map;
    return true;
}

static bool are_of_one_cluster(const struct process_round *round)
{
    const struct inspection *first = NULL;

    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *item = &round->items[i];

        if (item->outcome != INSPECTION_ANSWERED)
            continue;
        if (first == NULL)
            first = item;
        if (!bytes_equal(item->said.cluster_id, first->said.cluster_id))
            return false;
    }
    return true;
}

bool recovery_plan_begin(struct recovery_plan *plan,
                         const struct process_round *round)
{
    memset(plan, 0, sizeof(*plan));
    if (!are_of_one_cluster(round))
        return refuse(plan, "the processes that answer are of several "
                            "clusters");
    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *item = &round->items[i];

        if (item->outcome == INSPECTION_ANSWERED && item->said.map.size > 0 &&
            !take_map(plan, item->said.map))
            return refuse(plan, "there is not enough memory");
    }
    if (plan->memory == NULL)
        return refuse(plan, "no process that answers still has a map: name "
                            "the admin ports of those that run since before "
                            "the control store was lost");
    return true;
}

/* ---- Records ---- */

static bool take_word(const struct inspection *item, uint32_t partition,
                      struct recovery_word *out_word)
{
    const struct heartbeaten_part *part = inspection_part(item, partition);
    struct epoch_start start;

    if (item->outcome != INSPECTION_ANSWERED || part == NULL)
        return false;
    *out_word = (struct recovery_word){.member = item->member,
                                       .heard_epoch = part->promised};
    if (part->epoch > out_word->heard_epoch)
        out_word->heard_epoch = part->epoch;
    if (part->outbid > out_word->heard_epoch)
        out_word->heard_epoch = part->outbid;
    if (part->known_epoch == 0 ||
        epoch_start_decode(part->known, &start) != DALV_OK)
        return true;
    out_word->known_epoch = start.epoch;
    out_word->known_change = start.change;
    out_word->known = start.joint;
    return true;
}

/* No log names members: nothing was ever committed, so the record that a map
   still has is as good, if a majority of it answers. */
static enum recovery_verdict decide_by_map(struct recovery_plan *plan,
                                           struct recovery_word *words,
                                           size_t count, uint32_t partition,
                                           struct partition_record *out_record)
{
    const struct partition_record *known = &plan->map.records[partition];

    if (known->epoch == 0)
        return RECOVERY_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        words[i].known_epoch = known->epoch;
        words[i].known = known->joint;
    }
    plan->by_map_count++;
    return recovery_decide(words, count, out_record);
}

static enum recovery_verdict decide(struct recovery_plan *plan,
                                    const struct process_round *round,
                                    uint32_t partition,
                                    struct partition_record *out_record)
{
    static struct recovery_word words[PROCESS_ROUND_MAX];
    enum recovery_verdict verdict;
    size_t count = 0;

    for (size_t i = 0; i < round->count; i++) {
        if (take_word(&round->items[i], partition, &words[count]))
            count++;
    }
    verdict = recovery_decide(words, count, out_record);
    if (verdict == RECOVERY_UNKNOWN)
        return decide_by_map(plan, words, count, partition, out_record);
    plan->by_log_count++;
    return verdict;
}

static bool answers(const struct process_round *round,
                    const struct member *member)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *item = &round->items[i];

        if (item->outcome == INSPECTION_ANSWERED && item->has_parts &&
            member_equal(&item->member, member))
            return true;
    }
    return false;
}

static void put_missing(const struct recovery_plan *plan,
                        const struct process_round *round,
                        const struct member_set *members, struct text *text)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct cluster_node *node =
            cluster_map_node(&plan->map, members->items[i].node);

        if (answers(round, &members->items[i]))
            continue;
        text_put(text, " ");
        text_put(text, node == NULL ? "?" : node->name);
    }
}

static bool refuse_partition(struct recovery_plan *plan,
                             const struct process_round *round,
                             enum recovery_verdict verdict, uint32_t partition,
                             const struct partition_record *record)
{
    struct text text;

    text_init(&text, plan->problem, sizeof(plan->problem));
    text_put(&text, "partition ");
    text_put_u64(&text, partition);
    if (verdict == RECOVERY_UNKNOWN) {
        text_put(&text, ": nobody knows its members");
        return false;
    }
    text_put(&text, ": no majority of its members answers; missing, with the "
                    "disks that they had:");
    put_missing(plan, round, &record->joint.members, &text);
    put_missing(plan, round, &record->joint.old_members, &text);
    return false;
}

/* Starts that the newest map has not heard of. */
static void take_starts(struct recovery_plan *plan,
                        const struct process_round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        const struct inspection *item = &round->items[i];

        for (size_t j = 0; item->has_parts && j < plan->map.node_count; j++) {
            struct cluster_node *node = &plan->map.nodes[j];

            if (node->id != item->member.node ||
                node->boot_number >= item->boot_number)
                continue;
            node->store = item->member.store;
            node->boot_number = item->boot_number;
        }
    }
}

bool recovery_plan_finish(struct recovery_plan *plan,
                          const struct process_round *round)
{
    for (uint32_t i = 0; i < plan->map.head.partition_count; i++) {
        struct partition_record record;
        enum recovery_verdict verdict = decide(plan, round, i, &record);

        if (verdict != RECOVERY_DONE)
            return refuse_partition(plan, round, verdict, i, &record);
        plan->map.records[i] = record;
    }
    take_starts(plan, round);
    plan->map.head.version = (struct cluster_version){
        .incarnation = plan->map.head.version.incarnation + 1, .version = 1};
    return true;
}

void recovery_plan_release(struct recovery_plan *plan)
{
    free(plan->memory);
    plan->memory = NULL;
}
