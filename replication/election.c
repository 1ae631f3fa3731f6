#include "replication/election.h"

enum {
    UNABLE_WAIT_MS = 20
};

/*
 * A lease counts only for an epoch that this copy has promised, so nothing that
 * is newer than both its promise and its record needs a release. The master
 * itself waits for nobody: it knows that it serves no more.
 */
static bool is_released(const struct replica *replica,
                        const struct seal_part *part)
{
    uint64_t released = replica->released;

    if (replica->leader != NULL)
        return true;
    if (part->released > released)
        released = part->released;
    return released >= replica->record.epoch && released >= replica->promised;
}

enum seal_verdict election_judge(const struct replica *replica,
                                 const struct seal_part *part,
                                 const struct election_lease *lease,
                                 uint32_t *out_wait_ms)
{
    *out_wait_ms = 0;
    if (part->epoch < replica->promised)
        return SEAL_OUTBID;
    if (!replica_can_vote(replica) || replica->is_cutting) {
        *out_wait_ms = UNABLE_WAIT_MS;
        return SEAL_UNABLE;
    }
    if (part->epoch == replica->promised || is_released(replica, part) ||
        lease->now_us >= lease->refused_until_us)
        return SEAL_PROMISED;
    *out_wait_ms =
        (uint32_t)((lease->refused_until_us - lease->now_us) / 1000 + 1);
    return SEAL_LEASED;
}

void election_complete(const struct replica *replica, struct sealed_part *part)
{
    part->promised = replica->promised_durable;
    part->end = replica->durable;
    part->released = replica->released;
    part->known_epoch = replica->known_epoch;
    part->is_uncertain = replica->is_uncertain;
}
