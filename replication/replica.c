#include "replication/replica.h"

#include "base/assert.h"
#include "replication/epoch_start.h"
#include "replication/leader.h"

void replica_init(struct replica *replica, uint32_t partition)
{
    *replica = (struct replica){.partition = partition};
    queue_init(&replica->in_flight);
}

void replica_extend(struct replica *replica, struct log_position end)
{
    ASSERT(end.index > replica->end.index);
    epochs_put(&replica->epochs, end.epoch, replica->end.index + 1);
    replica->end = end;
    if (end.epoch > replica->promised)
        replica->promised = end.epoch;
}

void replica_cut(struct replica *replica, struct log_position end)
{
    ASSERT(end.index >= replica->told_index);
    epochs_cut(&replica->epochs, end.index);
    replica->end = end;
    replica->durable = end;
    replica->is_cutting = false;
}

void replica_begin_anew(struct replica *replica, struct log_position start)
{
    replica->epochs = (struct epochs){0};
    if (start.index > 0)
        epochs_put(&replica->epochs, start.epoch, start.index);
    replica->start = start;
    replica->end = start;
    replica->durable = start;
    replica->commit_index = start.index;
    replica->told_index = start.index;
    replica->applied_index = start.index;
    replica->matched_index = 0;
}

uint64_t replica_ready_index(const struct replica *replica)
{
    uint64_t commit = replica->commit_index;

    return commit < replica->durable.index ? commit : replica->durable.index;
}

bool replica_can_vote(const struct replica *replica)
{
    return !replica->is_not_whole || replica->is_intact;
}

enum partition_role replica_role(const struct replica *replica)
{
    if (replica->leader != NULL) {
        if (!replica->leader->is_open)
            return PARTITION_BEGINNING;
        return replica->leader->is_stalled ? PARTITION_STALLED
                                           : PARTITION_LEADING;
    }
    return replica->master != NULL ? PARTITION_FOLLOWING : PARTITION_IDLE;
}

static struct bytes put_known(const struct replica *replica,
                              struct writer *known)
{
    size_t from = known->size;

    if (replica->known_epoch == 0)
        return (struct bytes){0};
    epoch_start_encode(&(struct epoch_start){.epoch = replica->known_epoch,
                                             .change = replica->known_change,
                                             .joint = replica->known},
                       known);
    return bytes_make(known->data + from, known->size - from);
}

struct heartbeaten_part replica_report(const struct replica *replica,
                                       struct writer *known)
{
    return (struct heartbeaten_part){
        .partition = replica->partition,
        .role = replica_role(replica),
        .epoch = replica->record.epoch,
        .change = replica->record.change,
        .promised = replica->promised,
        .outbid = replica->leader != NULL ? replica->leader->outbid : 0,
        .known_epoch = replica->known_epoch,
        .known = put_known(replica, known),
        .end = replica->end,
        .durable_index = replica->durable.index,
        .commit_index = replica->commit_index,
        .applied_index = replica->applied_index,
        .is_uncertain = replica->is_uncertain,
        .is_not_whole = !replica_can_vote(replica),
        .is_caught_up = replica->is_caught_up,
    };
}
