#include "tests/property/replication/judge.h"

#include "base/assert.h"

#include <string.h>

void judge_fail(struct judge *judge, const char *promise)
{
    if (judge->broken == NULL)
        judge->broken = promise;
}

void judge_commit(struct judge *judge, uint32_t partition,
                  const struct entry *entry)
{
    struct verdicts *verdicts = &judge->partitions[partition];

    ASSERT(entry->index < JUDGE_ENTRIES_MAX);
    if (verdicts->committed[entry->index] == 0) {
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
