#include "tests/property/replication/judge.h"

#include "base/assert.h"

#include <string.h>

void judge_fail(struct judge *judge, const char *promise)
{
    if (judge->broken == NULL)
        judge->broken = promise;
}

void judge_record(struct judge *judge, uint32_t partition,
                  const struct partition_record *record)
{
    ASSERT(record->epoch < JUDGE_EPOCHS_MAX);
    judge->partitions[partition].records[record->epoch] = *record;
}

/* What is on disks. */

static size_t place_of(const struct member *keeper)
{
    return (keeper->node * 8 + keeper->store.bytes[1] % 8) % JUDGE_KEEPERS;
}

void judge_keep(struct judge *judge, uint32_t partition,
                const struct member *keeper, const struct entry *entry,
                bool is_whole)
{
    struct verdicts *verdicts = &judge->partitions[partition];
    size_t place = place_of(keeper);

    ASSERT(entry->index < JUDGE_ENTRIES_MAX);
    verdicts->kept[place][entry->index] = entry->crc;
    if (is_whole)
        verdicts->counted[place][entry->index] = entry->crc;
}

void judge_cut(struct judge *judge, uint32_t partition,
               const struct member *keeper, uint64_t index)
{
    uint32_t *kept = judge->partitions[partition].kept[place_of(keeper)];

    while (kept[++index] != 0)
        kept[index] = 0; /* What was counted there has another CRC. */
}

static bool is_kept(const struct verdicts *verdicts,
                    const struct member *keeper, const struct entry *entry)
{
    return verdicts->kept[place_of(keeper)][entry->index] == entry->crc;
}

static bool is_counted(const struct verdicts *verdicts,
                       const struct member *keeper, const struct entry *entry)
{
    return is_kept(verdicts, keeper, entry) &&
           verdicts->counted[place_of(keeper)][entry->index] == entry->crc;
}

static bool is_kept_by_most(const struct verdicts *verdicts,
                            const struct member_set *set,
                            const struct entry *entry)
{
    size_t count = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (is_counted(verdicts, &set->items[i], entry))
            count++;
    }
    return 2 * count > set->count;
}

/* By a majority of each set of members, and the master is one of them. */
static bool is_stable(const struct verdicts *verdicts, uint64_t epoch,
                      const struct entry *entry)
{
    const struct partition_record *record = &verdicts->records[epoch];

    return is_kept(verdicts, &record->master, entry) &&
           is_kept_by_most(verdicts, &record->joint.members, entry) &&
           (joint_set_is_settled(&record->joint) ||
            is_kept_by_most(verdicts, &record->joint.old_members, entry));
}

void judge_commit(struct judge *judge, uint32_t partition, uint64_t epoch,
                  const struct entry *entry)
{
    struct verdicts *verdicts = &judge->partitions[partition];

    ASSERT(entry->index < JUDGE_ENTRIES_MAX);
    if (verdicts->committed[entry->index] == 0) {
        if (!is_stable(verdicts, epoch, entry))
            judge_fail(judge, "what was committed no majority has on disk");
        verdicts->committed[entry->index] = entry->value + 1;
        verdicts->committed_epoch[entry->index] = entry->epoch;
        while (verdicts->committed[verdicts->commit_index + 1] != 0)
            verdicts->commit_index++;
        return;
    }
    if (verdicts->committed[entry->index] != entry->value + 1 ||
        verdicts->committed_epoch[entry->index] != entry->epoch)
        judge_fail(judge, "two entries were committed at one index");
}

void judge_apply(struct judge *judge, uint32_t partition,
                 const struct member *keeper, const struct entry *entry)
{
    if (!is_kept(&judge->partitions[partition], keeper, entry))
        judge_fail(judge, "an index was to hold what its own log does not");
}

void judge_acknowledge(struct judge *judge, uint32_t partition, uint32_t node,
                       const struct entry *entry)
{
    struct verdicts *verdicts = &judge->partitions[partition];

    ASSERT(entry->epoch < JUDGE_EPOCHS_MAX);
    if (verdicts->master[entry->epoch] == 0)
        verdicts->master[entry->epoch] = node;
    if (verdicts->master[entry->epoch] != node)
        judge_fail(judge, "two masters acknowledged in one epoch");
    verdicts->is_acknowledged[entry->index] = true;
    if (entry->index > verdicts->acknowledged_index)
        verdicts->acknowledged_index = entry->index;
    judge->acknowledged++;
}

/* What newer masters acknowledged meanwhile an old one need not have. */
void judge_lead(struct judge *judge, uint32_t partition, uint64_t epoch,
                const struct copy *copy)
{
    struct verdicts *verdicts = &judge->partitions[partition];

    judge->elections++;
    for (uint64_t i = copy->start.index + 1; i <= verdicts->acknowledged_index;
         i++) {
        const struct entry *entry = copy_entry(copy, i);

        if (!verdicts->is_acknowledged[i] ||
            verdicts->committed_epoch[i] > epoch)
            continue;
        if (entry == NULL || entry->value + 1 != verdicts->committed[i])
            judge_fail(judge, "an acknowledged entry is lost");
    }
}

void judge_read(struct judge *judge, uint64_t acknowledged_index,
                uint64_t index)
{
    judge->reads++;
    if (index < acknowledged_index)
        judge_fail(judge, "a read was stale");
}

void judge_state(struct judge *judge, uint32_t partition, uint64_t index,
                 const struct state *state)
{
    struct verdicts *verdicts = &judge->partitions[partition];

    if (index < verdicts->state_index) {
        verdicts->state = (struct state){0};
        verdicts->state_index = 0;
    }
    while (verdicts->state_index < index) {
        struct entry entry = {.index = ++verdicts->state_index};

        entry.value = verdicts->committed[entry.index] - 1;
        state_apply(&verdicts->state, &entry);
    }
    if (memcmp(state, &verdicts->state, sizeof(*state)) != 0)
        judge_fail(judge, "two copies differ at one position");
}
