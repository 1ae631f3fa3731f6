#include "replication/leader.h"

#include "base/assert.h"
#include "replication/peer.h"
#include "replication/quorum.h"

struct leader_slot *leader_slot_on_node(struct leader *leader, uint32_t node)
{
    for (size_t i = 0; i < leader->slot_count; i++) {
        if (leader->slots[i].member.node == node)
            return &leader->slots[i];
    }
    return NULL;
}

void leader_tell_slot(struct leader_slot *slot)
{
    if (slot->peer->up.is_open)
        queue_renew(&slot->peer->up.telling, &slot->telling);
}

void leader_tell_commit(struct leader_slot *slot, uint64_t due_us)
{
    struct uplink *up = &slot->peer->up;

    if (!up->is_open)
        return;
    if (slot->state != SLOT_STREAMING ||
        slot->next.index < slot->replica->end.index) {
        leader_tell_slot(slot);
        return;
    }
    if (queue_is_empty(&up->commits))
        up->commits_us = due_us;
    queue_put(&up->commits, &slot->telling);
}

static bool is_of_member(const struct leader_slot *slot)
{
    return store_id_equal(&slot->peer->up.store, &slot->member.store);
}

/*
 * A log that ends in the master's epoch is a prefix of the master's. What the
 * copy holds of it is acknowledged even if its promise was told before.
 */
static bool acknowledge(const struct leader *leader, struct leader_slot *slot,
                        const struct stream_part *part)
{
    if (part->epoch != leader->epoch || part->end.epoch != leader->epoch ||
        part->is_not_whole || !is_of_member(slot) ||
        part->durable_index <= slot->match_index)
        return false;
    slot->match_index = part->durable_index;
    return true;
}

bool leader_hear(struct leader *leader, struct leader_slot *slot,
                 const struct stream_part *part)
{
    bool was_joined = slot->is_joined;
    bool is_changed = acknowledge(leader, slot, part);

    if (part->epoch > leader->outbid && part->epoch > leader->epoch) {
        leader->outbid = part->epoch;
        is_changed = true;
    }
    slot->is_joined = part->epoch == leader->epoch && !part->is_not_whole &&
                      !part->is_sealing && is_of_member(slot);
    return is_changed || was_joined != slot->is_joined;
}

uint64_t leader_commit_index(const struct replica *replica)
{
    const struct leader *leader = replica->leader;
    struct quorum_value values[LEADER_SLOTS_MAX + 1];
    uint64_t reached;

    for (size_t i = 0; i < leader->slot_count; i++)
        values[i] = (struct quorum_value){
            .member = leader->slots[i].member,
            .value = leader->slots[i].match_index,
        };
    values[leader->slot_count] = (struct quorum_value){
        .member = replica->record.master, .value = replica->durable.index};
    reached =
        quorum_reached(&replica->record.joint, values, leader->slot_count + 1);
    if (reached > replica->durable.index)
        reached = replica->durable.index;
    if (leader->begin_index == 0 || reached < leader->begin_index ||
        reached < replica->commit_index)
        return replica->commit_index;
    return reached;
}

uint64_t leader_stamped_us(const struct replica *replica, uint64_t now_us)
{
    const struct leader *leader = replica->leader;
    struct quorum_value values[LEADER_SLOTS_MAX + 1];

    for (size_t i = 0; i < leader->slot_count; i++) {
        const struct leader_slot *slot = &leader->slots[i];

        values[i] = (struct quorum_value){.member = slot->member};
        if (slot->is_joined)
            values[i].value = slot->peer->up.echo_us;
    }
    values[leader->slot_count] = (struct quorum_value){
        .member = replica->record.master, .value = now_us};
    return quorum_reached(&replica->record.joint, values,
                          leader->slot_count + 1);
}

static enum leader_match compare_known(struct log_position ours,
                                       struct log_position end)
{
    return log_position_equal(ours, end) ? LEADER_MATCHES : LEADER_DIVERGES;
}

enum leader_match leader_compare(const struct replica *replica,
                                 struct log_position end)
{
    uint64_t epoch;

    if (end.index < replica->start.index)
        return LEADER_REACHES_NOT;
    if (end.index == replica->start.index)
        return compare_known(replica->start, end);
    if (end.index == replica->end.index)
        return compare_known(replica->end, end);
    if (end.index > replica->end.index)
        return LEADER_DIVERGES;
    epoch = epochs_at(&replica->epochs, end.index);
    return epoch == 0 || epoch == end.epoch ? LEADER_MATCH_READS
                                            : LEADER_DIVERGES;
}

/*
 * An entry of the same epoch with another CRC is damage; the copy may have
 * everything before that epoch in common.
 */
struct log_position leader_common(const struct replica *replica,
                                  struct log_position end)
{
    struct log_position common = {0};
    uint64_t epoch = end.epoch;

    ASSERT(epoch > 0);
    if (end.index <= replica->end.index &&
        epochs_at(&replica->epochs, end.index) == epoch)
        epoch--;
    common.index = epochs_end_of(&replica->epochs, epoch, replica->end.index,
                                 &common.epoch);
    if (common.epoch == 0)
        common.epoch = epoch;
    return common;
}
