#include "replication/follower.h"

bool follower_obeys(const struct replica *replica, uint64_t epoch)
{
    return replica->master != NULL && replica->record.epoch == epoch &&
           replica->promised <= epoch;
}

bool follower_takes(const struct replica *replica, const struct entry_run *run,
                    uint64_t epoch)
{
    return follower_obeys(replica, epoch) && !replica->is_cutting &&
           !replica->is_lost && entry_run_is_sound(run) &&
           run->end.epoch <= epoch &&
           log_position_equal(run->before, replica->end);
}

/*
 * The master names the end of the newest epoch that both may have; here that
 * epoch, or the newest older one, may end earlier.
 */
static uint64_t kept_index(const struct replica *replica,
                           const struct streamed_part *part)
{
    uint64_t epoch;
    uint64_t index = epochs_end_of(&replica->epochs, part->end.epoch,
                                   replica->end.index, &epoch);

    if (part->end.index < index)
        index = part->end.index;
    return index < replica->end.index ? index : replica->end.index - 1;
}

enum follower_cut follower_judge_cut(const struct replica *replica,
                                     const struct streamed_part *part,
                                     uint64_t *out_kept_index)
{
    if (!follower_obeys(replica, part->epoch) || replica->is_cutting ||
        replica->end.index == 0 ||
        !log_position_equal(part->before, replica->end) ||
        !log_position_equal(replica->durable, replica->end))
        return FOLLOWER_CUT_NOT;
    if (replica->end.epoch >= part->epoch)
        return FOLLOWER_CUT_DAMAGE;
    *out_kept_index = kept_index(replica, part);
    if (*out_kept_index < replica->told_index ||
        *out_kept_index < replica->start.index)
        return FOLLOWER_CUT_DAMAGE;
    return FOLLOWER_CUT;
}

/*
 * A promise is told when it is durable, but for one to another master: that
 * ends what this one may count on at once.
 */
struct stream_part follower_position(const struct replica *replica)
{
    bool is_fenced = replica->promised > replica->record.epoch;

    return (struct stream_part){
        .partition = replica->partition,
        .epoch = is_fenced ? replica->promised : replica->promised_durable,
        .end = replica->end,
        .durable_index = replica->durable.index,
        .is_not_whole = replica->is_not_whole,
        .is_asking = replica->is_asking,
        .is_sealing = replica->is_sealing,
    };
}
