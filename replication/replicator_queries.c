#include "replication/lease.h"
#include "replication/replicator_internal.h"

uint64_t replicator_next_us(const struct replicator *replicator)
{
    return replicator->next_beat_us;
}

bool replicator_may_read(const struct replicator *replicator,
                         uint32_t partition, uint64_t now_us)
{
    const struct replica *replica = replicator_get(replicator, partition);

    if (replica == NULL || replica->leader == NULL || !replica->leader->is_open)
        return false;
    return lease_counted_until_us(leader_stamped_us(replica, now_us),
                                  replicator->options.lease_us) > now_us;
}

uint64_t replicator_staleness_us(const struct replicator *replicator,
                                 uint32_t partition, uint64_t now_us)
{
    const struct replica *replica = replicator_get(replicator, partition);

    if (replicator_may_read(replicator, partition, now_us))
        return 0;
    if (replica == NULL || replica->master == NULL || !replica->is_leased ||
        replica->is_not_whole || replica->master->down.echo_us == 0)
        return UINT64_MAX;
    return now_us - replica->master->down.echo_us;
}

const struct partition_record *replicator_record(
    const struct replicator *replicator, uint32_t partition)
{
    const struct replica *replica = replicator_get(replicator, partition);

    return replica != NULL && replica->record.epoch > 0 ? &replica->record
                                                        : NULL;
}

bool replicator_has_copy(const struct replicator *replicator,
                         uint32_t partition)
{
    const struct replica *replica = replicator_get(replicator, partition);

    return replica != NULL && replica->end.index > 0;
}

uint64_t replicator_commit_index(const struct replicator *replicator,
                                 uint32_t partition)
{
    const struct replica *replica = replicator_get(replicator, partition);

    if (replica == NULL)
        return 0;
    return replica->heard_commit_index > replica->commit_index
               ? replica->heard_commit_index
               : replica->commit_index;
}

uint64_t replicator_wanted_index(const struct replicator *replicator,
                                 uint32_t partition)
{
    const struct replica *replica = replicator_get(replicator, partition);
    const struct leader *leader;
    uint64_t wanted;

    if (replica == NULL || replica->end.index == 0)
        return UINT64_MAX;
    leader = replica->leader;
    /* The only copy: without the others, an index is made anew of its log. */
    if (leader == NULL || leader->slot_count == 0)
        return 0;
    wanted = replica->end.index;
    for (size_t i = 0; i < leader->slot_count; i++) {
        uint64_t index = leader->slots[i].wanted_index;

        if (index < wanted)
            wanted = index;
    }
    return wanted;
}

/* The oldest change behind `since`. */
static struct queue_link *first_behind(const struct replicator *replicator,
                                       uint64_t since)
{
    const struct queue *queue = &replicator->reports;
    struct queue_link *first = NULL;
    struct queue_link *link = queue->head.previous;

    while (link != &queue->head &&
           QUEUE_ITEM(link, struct replica, report)->report_number > since) {
        first = link;
        link = link->previous;
    }
    return first;
}

void replicator_fill_report(const struct replicator *replicator, uint64_t since,
                            struct replicator_report *report)
{
    struct queue_link *link = first_behind(replicator, since);

    report->part_count = 0;
    report->number = replicator->report;
    while (link != NULL && report->part_count < report->part_max) {
        const struct replica *replica =
            QUEUE_ITEM(link, struct replica, report);

        report->parts[report->part_count++] =
            replica_report(replica, report->known);
        report->number = replica->report_number;
        link = queue_next(&replicator->reports, link);
    }
}
